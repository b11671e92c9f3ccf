//! Safetensors files, honest and hostile.

use super::forge::{damage, f32s, open, read, refusal};

fn file(header: &str, numbers: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), numbers].concat()
}

fn tensor(name: &str, dtype: &str, shape: &str, from: u64, to: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}"#)
}

#[test]
fn an_honest_file_is_read() {
    let numbers = [f32s(&[1.5, -2.0]), vec![0, 0x3e], vec![0xc0, 0x3f]].concat();
    let header = format!(
        r#"{{"__metadata__":{{"format":"pt"}},{},{},{},{}}}"#,
        tensor("b", "BF16", "[]", 10, 12),
        tensor("a", "F32", "[2]", 0, 8),
        tensor("h", "F16", "[1]", 8, 10),
        tensor("empty", "F32", "[0,3]", 12, 12),
    );
    let tensors = read(file(&header, &numbers)).unwrap();
    let expected: [(&str, &[f32]); 4] = [
        ("a", &[1.5, -2.0]),
        ("h", &[1.5]),
        ("b", &[1.5]),
        ("empty", &[]),
    ];
    assert_eq!(
        tensors,
        expected.map(|(name, n)| (name.to_owned(), n.to_vec()))
    );
}

#[test]
fn hostile_headers_are_errors() {
    let four = [0; 4];
    let one = |shape: &str, from, to| {
        file(
            &format!("{{{}}}", tensor("w", "F32", shape, from, to)),
            &four,
        )
    };
    assert!(open(one("[1]", 0, 4)).is_ok());
    for (shape, from, to) in [
        ("[2]", 0, 4),
        ("[1]", 0, 8),
        ("[1]", 1, 5),
        ("[1]", 4, 0),
        ("[1]", 0, u64::MAX),
        ("[1]", u64::MAX, u64::MAX),
        ("[4294967296,4294967296,4294967296]", 0, 4),
        ("[18446744073709551615]", 0, 4),
        ("[-1]", 0, 4),
        ("[1e9]", 0, 4),
        ("[[1]]", 0, 4),
    ] {
        damage(one(shape, from, to));
    }
    for header in [
        "".to_owned(),
        "{".into(),
        "[]".into(),
        "null".into(),
        r#"{"w":1}"#.into(),
        r#"{"w":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#.into(),
        r#"{"w":{"dtype":"F32","shape":[1]}}"#.into(),
        r#"{"__metadata__":3}"#.into(),
        format!("{{\"w\":{}", "[".repeat(200_000)),
        format!("{{{}}}", tensor("w", "I64", "[1]", 0, 4)),
    ] {
        assert!(open(file(&header, &four)).is_err(), "{header:.60}");
    }
}

#[test]
fn overlaps_holes_and_repeated_names() {
    let two = |a: (u64, u64), b: (u64, u64), names: [&str; 2], bytes: usize| {
        let size = |(from, to): (u64, u64)| format!("[{}]", (to - from) / 4);
        let a = tensor(names[0], "F32", &size(a), a.0, a.1);
        let b = tensor(names[1], "F32", &size(b), b.0, b.1);
        file(&format!("{{{a},{b}}}"), &vec![0; bytes])
    };
    assert!(open(two((0, 4), (4, 8), ["a", "b"], 8)).is_ok());
    assert!(damage(two((0, 8), (4, 8), ["a", "b"], 8)).contains("tensor b does not begin"));
    assert!(damage(two((0, 4), (8, 12), ["a", "b"], 12)).contains("tensor b does not begin"));
    assert!(damage(two((0, 4), (0, 4), ["a", "b"], 4)).contains("does not begin"));
    assert!(damage(two((0, 4), (4, 8), ["a", "a"], 8)).contains("two tensors named"));
    assert!(damage(two((0, 0), (0, 0), ["a", "a"], 0)).contains("two tensors named"));
    assert!(damage(two((0, 4), (4, 8), ["a", "b"], 7)).contains("need 8 bytes and 7"));
    assert!(damage(two((0, 4), (4, 8), ["a", "b"], 9)).contains("need 8 bytes and 9"));
}

#[test]
fn lengths_that_lie() {
    let honest = file(&format!("{{{}}}", tensor("w", "F32", "[1]", 0, 4)), &[0; 4]);
    for length in 0..honest.len() {
        assert!(
            open(honest.get(..length).unwrap().to_vec()).is_err(),
            "cut to {length}"
        );
    }
    let with = |length: u32| [&length.to_le_bytes()[..], &honest[4..]].concat();
    assert!(refusal(with(u32::MAX)).contains("header is 4294967295 bytes"));
    assert!(damage(with(1 << 20)).contains("should end at byte"));
    let mut top = honest;
    top[7] = 0xff;
    assert!(open(top).is_err());
}

#[test]
fn integers_are_named_when_taken() {
    let header = format!("{{{}}}", tensor("w", "I64", "[1]", 0, 8));
    let error = read(file(&header, &[0; 8])).unwrap_err();
    assert!(
        error.to_string().contains("tensor w holds int64"),
        "{error}"
    );
}

#[test]
fn too_many_dimensions_are_refused() {
    let header = format!("{{{}}}", tensor("w", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4));
    assert!(refusal(file(&header, &[0; 4])).contains("9 dimensions"));
}
