//! Files made to harm: each is an error that says why, and none crashes or costs more than it should.

use super::forge::{
    self, Entry, Pickle, Tensor, damage, entry, f32s, one_tensor, refusal, torch, torch_entries,
    zip,
};

fn pickled(pickle: Pickle) -> Vec<u8> {
    torch(pickle.stop(), &[])
}

#[test]
fn running_code_is_refused_by_name() {
    for (module, attribute, argument) in [
        ("os", "system", "echo owned"),
        ("posix", "system", "echo owned"),
        ("builtins", "eval", "1"),
        ("subprocess", "Popen", "sh"),
    ] {
        let call = |pickle: Pickle| {
            pickle
                .global(module, attribute)
                .text(argument)
                .raw(b"\x85R")
        };
        let top = pickled(call(Pickle::new()));
        let beside = Pickle::new().raw(b"}(").text("model").ordered().text("w");
        let beside = beside.tensor(&Tensor::new(&[1])).raw(b"s").text("args");
        let beside = torch(call(beside).raw(b"u").stop(), &[&f32s(&[1.0])]);
        for file in [top, beside] {
            let reason = refusal(file);
            assert!(
                reason.contains("run code") && reason.contains(&format!("{module}.{attribute}")),
                "{reason}"
            );
        }
    }
}

#[test]
fn calling_the_result_of_a_call_is_refused() {
    let pickle = Pickle::new().global("trainer", "factory").raw(b")R)R");
    assert!(refusal(pickled(pickle)).contains("not a name"));
}

#[test]
fn other_opcodes_are_refused_with_name_and_place() {
    for (opcode, name) in [
        (b'i', "INST"),
        (b'o', "OBJ"),
        (b'S', "STRING"),
        (0x82, "EXT1"),
        (0x93, "STACK_GLOBAL"),
        (0x95, "FRAME"),
        (0xff, "no opcode"),
    ] {
        let reason = refusal(pickled(Pickle::new().raw(&[b'N', opcode])));
        assert!(
            reason.contains(name) && reason.contains("byte 3"),
            "{reason}"
        );
    }
    assert!(refusal(torch(vec![0x80, 4, b'N', b'.'], &[])).contains("protocol 4"));
}

#[test]
fn nesting_without_end_is_refused_on_a_small_stack() {
    const LEVELS: usize = 300_000;
    let repeated = |first: &[u8], again: &[u8], last: &[u8]| {
        let mut pickle = Pickle::new().raw(first);
        pickle.0.reserve(LEVELS * (again.len() + last.len()));
        for _ in 0..LEVELS {
            pickle.0.extend(again);
        }
        for _ in 0..LEVELS {
            pickle.0.extend(last);
        }
        pickled(pickle)
    };
    let files = [
        repeated(b")", b"\x85", b""),
        repeated(b"", b"(", b"t"),
        repeated(b"]", b"]", b"a"),
        repeated(b"}", b"}K\x00", b"s"),
        // Upwards from the memo: each list is put into a new one.
        repeated(b"]q\0", b"0]q\x01h\0aq\0", b""),
        repeated(b"]q\0", b"](h\0eq\0", b""),
        // A list in itself, again and again.
        repeated(b"]q\0", b"h\0a", b""),
        repeated(b"ctrainer\nThing\nq\0)R", b"q\x01h\0h\x01\x85R", b""),
    ];
    let thread = std::thread::Builder::new().stack_size(128 << 10);
    let reasons = thread.spawn(|| files.map(refusal)).unwrap().join().unwrap();
    for reason in reasons {
        assert!(
            ["deeper", "waiting", "open", "POP"]
                .iter()
                .any(|word| reason.contains(word)),
            "{reason}"
        );
    }
}

#[test]
fn bombs_are_refused_by_their_limits() {
    let many = |start: &[u8], again: &[u8], times: usize| {
        let mut pickle = Pickle::new().raw(start);
        for _ in 0..times {
            pickle.0.extend(again);
        }
        pickled(pickle)
    };
    // A memo place far beyond what was remembered.
    let memo = refusal(pickled(Pickle::new().raw(b"Nr\xff\xff\xff\xff")));
    assert!(memo.contains("remembers"), "{memo}");
    // Values without end, each dropped at once.
    let values = refusal(many(b"]", b"}a", 600_000));
    assert!(values.contains("values"), "{values}");
    // A thousand items again and again, two bytes an item.
    let wide_of = |end: &[u8]| [b"(", b"h\0".repeat(1000).as_slice(), end].concat();
    let wide = wide_of(b"ta");
    let items = refusal(many(b"]Nq\0a", &wide, 1100));
    assert!(items.contains("items"), "{items}");
    let pairs = refusal(many(b"]Nq\0a}", &wide_of(b"u"), 2200));
    assert!(pairs.contains("entries"), "{pairs}");
    // Tuples of twice the tuple before: 2 to the power of 900 in a few bytes are no more than the bytes.
    let mut doubling = Pickle::new().raw(b")q\0");
    for _ in 0..900 {
        doubling = doubling.raw(b"h\0h\0\x86q\0");
    }
    let doubled = forge::open(pickled(doubling)).unwrap_err().to_string();
    assert!(doubled.contains("other than one value"), "{doubled}");
    // Names without end.
    let names = refusal(many(b"]", b"ca\nb\na", 70_000));
    assert!(names.contains("names"), "{names}");
}

#[test]
fn texts_and_numbers_past_the_end() {
    for pickle in [
        &b"X\xff\xff\xff\xff"[..],
        b"X\xff\xff\xff\x7fab",
        b"\x8a\xff",
        b"J\0",
        b"G\0",
        b"cos",
        b"ca\nb",
    ] {
        let reason = damage(torch([b"\x80\x02", pickle].concat(), &[]));
        assert!(
            ["past its end", "ends early", "no end"]
                .iter()
                .any(|word| reason.contains(word)),
            "{reason}"
        );
    }
    let long = [b"c".to_vec(), vec![b'a'; 9000], b"\nb\n".to_vec()].concat();
    assert!(damage(pickled(Pickle::new().raw(&long))).contains("no end"));
    assert!(damage(pickled(Pickle::new().raw(b"X\x01\0\0\0\xff"))).contains("UTF-8"));
    let text = vec![b'a'; 17 << 20];
    let pickle = Pickle::new()
        .raw(b"X")
        .raw(&(text.len() as u32).to_le_bytes());
    assert!(refusal(pickled(pickle.raw(&text))).contains("text"));
    let long = torch(vec![0; (64 << 20) + 1], &[]);
    assert!(refusal(long).contains("pickle is"));
}

#[test]
fn stacks_are_not_read_below_their_end() {
    for pickle in [
        &b"R"[..],
        b"t",
        b"\x85",
        b"\x87",
        b"a",
        b"s",
        b"u",
        b"e",
        b"b",
        b"Q",
        b"q\0",
        b"h\0",
        b"NR",
        b"NNR",
        b"N(R",
        b"N(a",
        b"N(\x85",
        b"N(b",
        b"NN(s",
        b"]N(a",
        b"}(Nu",
        b"}NNNu",
        b"NNa",
        b"NNNs",
        b")Nb",
        b"NQ",
        b")Q",
        b"NN",
        b"N(",
        b"",
        b"cos.path\n\n",
    ] {
        assert!(
            forge::open(pickled(Pickle::new().raw(pickle))).is_err(),
            "{pickle:?}"
        );
    }
    assert!(damage(torch(b"\x80\x02}.}".to_vec(), &[])).contains("after its end"));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let whole = one_tensor(&Tensor::new(&[2]), &f32s(&[1.0, 2.0]));
    assert!(forge::read(whole.clone()).is_ok());
    for length in 0..whole.len() {
        let cut = whole.get(..length).unwrap().to_vec();
        assert!(forge::open(cut).is_err(), "cut to {length} bytes");
    }
    let pickle = Pickle::new()
        .raw(b"}")
        .text("w")
        .tensor(&Tensor::new(&[1]))
        .raw(b"s")
        .stop();
    for length in 0..pickle.len() {
        let cut = torch(pickle.get(..length).unwrap().to_vec(), &[&f32s(&[1.0])]);
        assert!(forge::open(cut).is_err(), "pickle cut to {length} bytes");
    }
}

#[test]
fn tensors_outside_their_storage() {
    let four = f32s(&[1.0, 2.0, 3.0, 4.0]);
    let stored = |shape: &[u64], strides: &[u64], offset| Tensor {
        class: "FloatStorage",
        entry: "0",
        stored: 4,
        offset,
        shape: shape.into(),
        strides: strides.into(),
    };
    for tensor in [
        stored(&[4], &[1], 1),
        stored(&[2, 2], &[3, 1], 0),
        stored(&[2], &[4], 0),
        stored(&[1], &[1], 4),
        stored(&[2], &[1], u64::MAX >> 1),
        stored(&[2], &[u64::MAX >> 1], 1),
        stored(&[3], &[u64::MAX >> 1], 0),
    ] {
        let reason = damage(one_tensor(&tensor, &four));
        assert!(
            reason.contains("tensor w") && reason.contains("past"),
            "{reason}"
        );
    }
    // Repeating one number a billion times is a small file that asks for much memory.
    assert!(refusal(one_tensor(&stored(&[1 << 30], &[0], 0), &four)).contains("more elements"));
    assert!(refusal(one_tensor(&stored(&[5], &[1], 0), &four)).contains("more elements"));
    let huge = stored(&[1 << 33, 1 << 33], &[1, 1], 0);
    assert!(damage(one_tensor(&huge, &four)).contains("impossible shape"));
    let dimensions = stored(&[1; 9], &[1; 9], 0);
    assert!(damage(one_tensor(&dimensions, &four)).contains("dimensions"));
    let uneven = stored(&[2, 2], &[1], 0);
    assert!(damage(one_tensor(&uneven, &four)).contains("strides"));
    let not_64_bits = stored(&[u64::MAX], &[1], 0);
    assert!(damage(one_tensor(&not_64_bits, &four)).contains("shape"));
}

#[test]
fn storages_that_do_not_fit_their_entry() {
    let tensor = Tensor::new(&[4]);
    for numbers in [&f32s(&[1.0; 3])[..], &f32s(&[1.0; 5]), b"", b"abc"] {
        assert!(damage(one_tensor(&tensor, numbers)).contains("data/0 of tensor w should hold 4"));
    }
    let elsewhere = Tensor {
        entry: "9",
        ..tensor.clone()
    };
    assert!(damage(one_tensor(&elsewhere, &f32s(&[1.0; 4]))).contains("no entry m/data/9"));
    let overflow = Tensor {
        stored: u64::MAX >> 1,
        ..tensor
    };
    assert!(damage(one_tensor(&overflow, &f32s(&[1.0; 4]))).contains("should hold"));
    let dict = Pickle::new()
        .raw(b"}")
        .text("w")
        .global("torch._utils", "_rebuild_tensor_v2");
    let bare = dict.raw(b"(NK\x00)))Nt").raw(b"Rs");
    assert!(damage(pickled(bare)).contains("storage"));
    let class = Pickle::new()
        .raw(b"(")
        .text("storage")
        .global("os2", "Thing")
        .text("0")
        .text("cpu")
        .int(1)
        .raw(b"tQ");
    assert!(damage(pickled(class)).contains("storage"));
}

#[test]
fn two_tensors_of_one_name() {
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("w")
        .tensor(&Tensor::new(&[1]));
    let pickle = pickle.text("w").tensor(&Tensor::new(&[1])).raw(b"u");
    assert!(damage(torch(pickle.stop(), &[&f32s(&[1.0])])).contains("two tensors named w"));
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("model")
        .raw(b"}")
        .text("model")
        .raw(b"}u");
    assert!(damage(pickled(pickle)).contains("two entries named model"));
}

/// An honest archive with one entry changed.
fn changed(index: usize, change: impl Fn(&mut Entry)) -> Vec<u8> {
    let pickle = Pickle::new()
        .raw(b"}")
        .text("w")
        .tensor(&Tensor::new(&[1]))
        .raw(b"s");
    let mut entries = torch_entries(pickle.stop(), &[&f32s(&[1.0])]);
    change(entries.get_mut(index).unwrap());
    zip(&entries)
}

#[test]
fn archives_that_contradict_themselves() {
    assert!(forge::read(changed(2, |_| {})).is_ok());
    for index in [0, 1, 2] {
        assert!(refusal(changed(index, |e| e.method = 8)).contains("compressed"));
        assert!(refusal(changed(index, |e| e.flags = 1)).contains("encrypted"));
        let name = changed(index, |e| e.local_name = Some("x".into()));
        assert!(damage(name).contains("contradicts"));
        assert!(damage(changed(index, |e| e.size = Some(1 << 30))).contains("contradicts"));
        assert!(damage(changed(index, |e| e.header = Some(1 << 30))).contains("outside"));
        assert!(damage(changed(index, |e| e.header = Some(1))).contains("no header"));
    }
    // Sizes that follow the data are not seen in front of it: then the directory alone counts.
    let long = |e: &mut Entry| {
        e.flags = 1 << 3;
        e.size = Some(1 << 30);
    };
    assert!(forge::open(changed(2, long)).is_err());
    assert!(damage(changed(2, |e| e.name = "m/data.pkl".into())).contains("two entries"));
    assert!(damage(changed(0, |e| e.name = "m/other".into())).contains("without data.pkl"));
    assert!(damage(changed(1, |e| e.name = "n/data.pkl".into())).contains("more than one"));
    assert!(refusal(changed(1, |e| e.name = "m/constants.pkl".into())).contains("TorchScript"));
    assert!(refusal(changed(1, |e| e.data = b"big".into())).contains("big-endian"));
    assert!(damage(changed(1, |e| e.data = b"middle".into())).contains("byte order"));
    assert!(damage(changed(2, |e| e.name = "m/data/7".into())).contains("no entry m/data/0"));
}

#[test]
fn entries_must_not_overlap() {
    let inner = zip(&[entry("m/version", b"3\n")]);
    let mut entries = torch_entries(Pickle::new().raw(b"}").stop(), &[]);
    entries.push(entry("m/data/0", &inner));
    let at = |entries: &[Entry]| zip(entries).windows(5).position(|w| w == b"m/dat").unwrap();
    assert!(at(&entries) > 0);
    // The directory points into the middle of another entry, at what looks like an entry itself.
    let file = zip(&entries);
    let needle = inner.get(..20).unwrap();
    let header = file
        .windows(20)
        .rposition(|window| window == needle)
        .unwrap();
    let last = entries.len() - 2;
    entries.get_mut(last).unwrap().header = Some(header as u32);
    assert!(damage(zip(&entries)).contains("overlap"));
}

#[test]
fn end_records_that_lie() {
    let whole = changed(0, |_| {});
    let end = whole.len() - 22;
    for (at, byte) in [
        (4, 1),
        (8, 9),
        (10, 9),
        (12, 1),
        (15, 0x7f),
        (16, 0),
        (19, 0xff),
        (20, 1),
    ] {
        let mut file = whole.clone();
        *file.get_mut(end + at).unwrap() = byte;
        assert!(
            forge::open(file).is_err(),
            "byte {at} of the end record set to {byte}"
        );
    }
    // Something before the archive, or between its directory and its end.
    assert!(damage([b"PK\x03\x04", whole.as_slice()].concat()).contains("not where it should be"));
    let (front, back) = whole.split_at(end);
    assert!(damage([front, b"gap", back].concat()).contains("not where it should be"));
    // More entries than bytes could hold.
    let mut many = whole.clone();
    many.get_mut(end + 8..end + 12).unwrap().fill(0xff);
    assert!(forge::open(many).is_err());
}

#[test]
fn zip64_records_that_lie() {
    let whole = changed(0, |_| {});
    let end = whole.len() - 22;
    let old = |range: std::ops::Range<usize>| {
        let field = whole.get(end + range.start..end + range.end).unwrap();
        field
            .iter()
            .rev()
            .fold(0_u64, |n, byte| n << 8 | u64::from(*byte))
    };
    let with = |entries: u64, size: u64, offset: u64, place: u64| {
        let mut file = whole.get(..end).unwrap().to_vec();
        file.extend(b"PK\x06\x06");
        file.extend(44_u64.to_le_bytes());
        file.extend([0; 12]);
        for field in [entries, entries, size, offset] {
            file.extend(field.to_le_bytes());
        }
        file.extend(b"PK\x06\x07\0\0\0\0");
        file.extend(place.to_le_bytes());
        file.extend([1, 0, 0, 0]);
        file.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        file
    };
    let (entries, size, offset, place) = (old(10..12), old(12..16), old(16..20), end as u64);
    assert!(forge::read(with(entries, size, offset, place)).is_ok());
    assert!(refusal(with(u64::MAX, size, offset, place)).contains("zip entries"));
    for file in [
        with(entries + 1, size, offset, place),
        with(entries - 1, size, offset, place),
        with(entries, size, u64::MAX, place),
        with(entries, u64::MAX, offset, place),
        with(entries, size - 1, offset + 1, place),
        with(entries, size, offset, u64::MAX),
        with(entries, size, offset, 3),
    ] {
        assert!(forge::open(file).is_err());
    }
}
