//! Files of weights that ask for as much memory as the readers' limits let them.

use super::forge::{
    Entry, Pickle, Tensor, entry,
    gguf::{Gguf, tensor, text},
    torch, zip,
};

/// Names of a pickle, items of its tuples and pairs of its dictionaries, as many as its limits let through.
const GLOBALS: usize = 1 << 16;
const ITEMS: usize = 1 << 20;
const VALUES: usize = 1 << 19;
/// Values on the stack of a pickle.
const STACK: usize = (1 << 17) - 8;

/// Hands each file to `check`, one after the other: together they are larger than they should be at once.
pub fn each(mut check: impl FnMut(&str, &[u8])) {
    check("a pickle at its limits", &torch(full(), &[]));
    check(
        "a pickle and an archive at their limits",
        &many_entries(full(), 130_000),
    );
    check(
        "entries without a pickle",
        &many_entries(Vec::new(), 131_072),
    );
    check(
        "more entries than there may be",
        &many_entries(Vec::new(), 131_073),
    );
    for length in [8, 60, 900] {
        check("many tensors", &many_tensors(length, false));
    }
    check("many tensors in a full pickle", &many_tensors(60, true));
    check("a text of 16 MiB", &torch(long_text(), &[]));
    safetensors(&mut check);
    gguf(&mut check);
}

/// Every kind of thing that a pickle can have many of, and then too many of one.
fn full() -> Vec<u8> {
    let pickle = filled(Pickle::new(), 16);
    pickle.raw(&b"}a".repeat(VALUES - GLOBALS + 100)).stop()
}

/// A list, for which as much is remembered and made as there may be: `rounds` of up to 16 of the pairs.
fn filled(pickle: Pickle, rounds: usize) -> Pickle {
    let wide = |pickle: Pickle, rounds: usize, end: &[u8]| {
        (0..rounds).fold(pickle, |pickle, _| {
            pickle.raw(b"(").raw(&b"h\0".repeat(STACK)).raw(end)
        })
    };
    let pickle = pickle.raw(b"]Nq\0r\xff\xff\x07\0a");
    let pickle = wide(pickle, ITEMS / STACK, b"ta");
    // A dictionary of pairs, of which each is two values on the stack.
    let pickle = wide(pickle.raw(b"}"), rounds, b"u");
    pickle.raw(b"a").raw(&b"ca\nb\na".repeat(GLOBALS - 8))
}

fn long_text() -> Vec<u8> {
    let text = vec![b'a'; 16 << 20];
    let pickle = Pickle::new().raw(b"X");
    let pickle = pickle.raw(&(text.len() as u32).to_le_bytes());
    pickle.raw(&text).stop()
}

/// A state dict of more tensors than there may be, with names of this length. The tensor is always the same, and
/// may stand beside a list that is as large as can be.
fn many_tensors(length: usize, beside: bool) -> Vec<u8> {
    let pickle = Pickle::new().raw(b"}(").text("x");
    let pickle = match beside {
        true => filled(pickle, 14),
        false => pickle.raw(b"N"),
    };
    let pickle = pickle.text("t").tensor(&Tensor::new(&[1; 8])).raw(b"q\x01");
    let mut pickle = pickle.text("model").raw(b"}");
    for chunk in 0..80 {
        pickle = pickle.raw(b"(");
        for n in 0..1000 {
            let name = format!("{:0length$}", chunk * 1000 + n);
            pickle = pickle.text(&name).raw(b"h\x01");
        }
        pickle = pickle.raw(b"u");
    }
    torch(pickle.raw(b"u").stop(), &[&[0; 4]])
}

/// An archive with this many empty entries, as zip64 has them.
fn many_entries(pickle: Vec<u8>, count: usize) -> Vec<u8> {
    let empty = |n: usize| entry(&format!("m/data/{n}"), &[]);
    let mut entries: Vec<Entry> = (1..count).map(empty).collect();
    entries.push(entry("m/data.pkl", &pickle));
    let mut file = zip(&entries);
    let end = file.len() - 22;
    let number =
        |at: usize| u64::from(u32::from_le_bytes(*file[end + at..].first_chunk().unwrap()));
    let (size, offset) = (number(12), number(16));
    file.truncate(end);
    file.extend(b"PK\x06\x06");
    file.extend(44_u64.to_le_bytes());
    file.extend([0; 12]);
    for field in [count as u64, count as u64, size, offset] {
        file.extend(field.to_le_bytes());
    }
    file.extend(b"PK\x06\x07\0\0\0\0");
    file.extend((end as u64).to_le_bytes());
    file.extend([1, 0, 0, 0]);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([0xff; 12]);
    file.extend([0, 0]);
    file
}

fn safetensors(check: &mut impl FnMut(&str, &[u8])) {
    const HEADER: usize = 4 << 20;
    let file = |header: String| {
        assert!(header.len() <= HEADER, "{}", header.len());
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
    };
    let filled = |before: &str, piece: &dyn Fn(usize) -> String, after: &str| {
        let mut header = before.to_owned();
        for n in 0.. {
            let piece = piece(n);
            if header.len() + piece.len() + after.len() > HEADER {
                break;
            }
            header += &piece;
        }
        file(header + after)
    };
    let tensor = |n| {
        format!(
            r#""{n:x}":{{"dtype":"U8","shape":[],"data_offsets":[{n},{}]}},"#,
            n + 1
        )
    };
    let one = r#""":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#;
    check("a header of tensors", &filled("{", &tensor, one));
    let metadata = |n: usize| format!(r#""{n:x}":"","#);
    let end = format!(r#""":""}},{one}"#);
    check(
        "a header of metadata",
        &filled(r#"{"__metadata__":{"#, &metadata, &end),
    );
    let zeros = |_| "0,".to_owned();
    let end = r#"0],"data_offsets":[0,0]}}"#;
    check(
        "a header of one shape",
        &filled(r#"{"a":{"dtype":"U8","shape":["#, &zeros, end),
    );
    let letters = |_| "\u{1}".to_owned();
    check(
        "a header of one name",
        &filled("{\"a", &|_| "\\u001b".into(), "\":1}"),
    );
    check(
        "a header of one type",
        &filled(r#"{"a":{"dtype":""#, &|_| "x".into(), "\"}}"),
    );
    check(
        "a header of one wrong name",
        &filled("{\"a", &letters, "\":1}"),
    );
    check(
        "a header of brackets",
        &filled("{\"a\":", &|_| "[".into(), ""),
    );
    check(
        "a header without end",
        &[u64::MAX.to_le_bytes().as_slice(), b"{"].concat(),
    );
    let absurd = [&(1_u64 << 31).to_le_bytes()[..], b"{"].concat();
    check("a header of two gigabytes", &absurd);
}

fn gguf(check: &mut impl FnMut(&str, &[u8])) {
    for length in [8, 60, 1000] {
        let mut file = Gguf::new();
        for n in 0..65_536 {
            let name = format!("{n:0length$}");
            file.tensors
                .push(tensor(&name, &[0, 1, 1, 1, 1, 1, 1, 1], 0, &[]));
        }
        let mut file = file.file();
        file.extend([0; 33]);
        check("GGUF tensors", &file);
    }
    let mut file = Gguf::new();
    for n in 0..65_536 {
        file = file.entry(&format!("{n}"), 7, &[1]);
    }
    file.counts[1] = Some(1);
    check("GGUF metadata", &file.file());
    file.counts = [Some(u64::MAX), Some(u64::MAX)];
    check("GGUF counts", &file.file());
    let long = text(vec![b'a'; 60_000]);
    let mut keys = Gguf::new();
    for n in 0..500_u32 {
        let key = [&n.to_le_bytes()[..], &long[8..]].concat();
        let entry = [&text(key)[..], &7_u32.to_le_bytes(), &[1]];
        keys.entries.push(entry.concat());
    }
    keys.counts[1] = Some(1);
    check("GGUF keys", &keys.file());
}
