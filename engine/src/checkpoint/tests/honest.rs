//! Files as PyTorch writes them: layouts, types, strides, leftovers; and the errors of taking.

use super::forge::{self, Pickle, Tensor, f32s, one_tensor};
use crate::Error;

fn wrapped(key: &str) -> Vec<u8> {
    let dict = Pickle::new().raw(b"}").text(key).ordered().text("w");
    let pickle = dict.tensor(&Tensor::new(&[2])).raw(b"ss");
    forge::torch(pickle.stop(), &[&f32s(&[1.0, 2.0])])
}

#[test]
fn the_state_dict_is_found_in_every_layout() {
    for key in ["model", "module", "state_dict"] {
        assert_eq!(
            forge::read(wrapped(key)).unwrap(),
            [("w".to_owned(), vec![1.0, 2.0])],
            "{key}"
        );
    }
    assert!(forge::damage(wrapped("weights")).contains("only weights"));

    let top = Pickle::new().ordered().raw(b"(").text("w");
    let top = top
        .tensor(&Tensor::new(&[2]))
        .text("epoch")
        .int(3)
        .raw(b"u");
    let top = forge::torch(top.stop(), &[&f32s(&[1.0, 2.0])]);
    assert_eq!(
        forge::read(top).unwrap(),
        [("w".to_owned(), vec![1.0, 2.0])]
    );
}

#[test]
fn model_goes_before_module_before_state_dict() {
    let mut pickle = Pickle::new().raw(b"}(");
    for key in ["state_dict", "module", "model", "ema"] {
        pickle = pickle.text(key).raw(b"}").text(key);
        pickle = pickle.tensor(&Tensor::new(&[1])).raw(b"s");
    }
    let file = forge::torch(pickle.raw(b"u").stop(), &[&f32s(&[1.0])]);
    assert_eq!(
        forge::open(file).unwrap().names().collect::<Vec<_>>(),
        ["model"]
    );
}

#[test]
fn leftovers_of_trainers_are_passed_over() {
    // A namespace with state, a device, a NumPy number, a set, a float, a big number, a list of dictionaries.
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("args")
        .global("argparse", "Namespace")
        .raw(b")\x81}")
        .text("lr")
        .raw(b"G\x3f\xf0\0\0\0\0\0\0sb")
        .text("device")
        .global("torch", "device")
        .text("cuda")
        .raw(b"\x85R")
        .text("best")
        .global("numpy.core.multiarray", "scalar")
        .global("numpy", "dtype")
        .text("f8")
        .raw(b"\x89\x88\x87R(K\x03NNtb")
        .global("_codecs", "encode")
        .text("x")
        .text("latin1")
        .raw(b"\x86R\x86R")
        .text("seen")
        .global("__builtin__", "set")
        .raw(b"](K\x01K\x02e\x85R")
        .text("seed")
        .raw(b"\x8a\x0a0123456789")
        .text("optimizer")
        .raw(b"}")
        .text("param_groups")
        .raw(b"]}as")
        .text("scheduler")
        .global("trainer.own", "Scheduler")
        .raw(b")\x81}b")
        .text("model")
        .ordered()
        .text("w")
        .tensor(&Tensor::new(&[1]))
        .raw(b"s}")
        .text("_metadata")
        .ordered()
        .raw(b"sb")
        .raw(b"u");
    let file = forge::torch(pickle.stop(), &[&f32s(&[4.0])]);
    assert_eq!(forge::read(file).unwrap(), [("w".to_owned(), vec![4.0])]);
}

#[test]
fn what_is_not_a_tensor_has_no_place_in_a_state_dict() {
    let dict = Pickle::new().raw(b"}").text("model").ordered();
    let opaque = dict
        .clone()
        .text("w")
        .global("argparse", "Namespace")
        .raw(b")\x81ss");
    let reason = forge::damage(forge::torch(opaque.stop(), &[]));
    assert!(
        reason.contains("under w") && reason.contains("argparse.Namespace"),
        "{reason}"
    );
    let number = dict.clone().text("w").int(7).raw(b"ss");
    assert!(forge::damage(forge::torch(number.stop(), &[])).contains("number 7"));
    let key = dict.int(7).tensor(&Tensor::new(&[1])).raw(b"ss");
    assert!(forge::damage(forge::torch(key.stop(), &[&f32s(&[1.0])])).contains("number 7"));
    let model = Pickle::new().raw(b"}").text("model");
    let model = model.global("net", "Net").raw(b")\x81s");
    let reason = forge::damage(forge::torch(model.stop(), &[]));
    assert!(
        reason.contains("net.Net") && reason.contains("state_dict()"),
        "{reason}"
    );
}

#[test]
fn strides_offsets_shared_storages_and_parameters() {
    let numbers = f32s(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let stored = |shape: &[u64], strides: &[u64], offset| Tensor {
        stored: 6,
        offset,
        shape: shape.into(),
        strides: strides.into(),
        ..Tensor::new(shape)
    };
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("whole")
        .tensor(&stored(&[2, 3], &[3, 1], 0))
        .text("transposed")
        .tensor(&stored(&[3, 2], &[1, 3], 0))
        .text("column")
        .tensor(&stored(&[2], &[3], 2))
        .text("tail")
        .tensor(&stored(&[2], &[1], 4))
        .text("one")
        .tensor(&stored(&[1, 1], &[u64::MAX >> 1, 9], 5))
        .text("scalar")
        .tensor(&stored(&[], &[], 3))
        .text("nothing")
        .tensor(&stored(&[0, 5], &[5, 1], 6))
        .text("parameter")
        .global("torch._utils", "_rebuild_parameter")
        .raw(b"(")
        .tensor(&stored(&[3], &[2], 1))
        .raw(b"\x88")
        .ordered()
        .raw(b"tRu");
    let tensors = forge::read(forge::torch(pickle.stop(), &[&numbers])).unwrap();
    let expected: [(&str, &[f32]); 8] = [
        ("whole", &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        ("transposed", &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
        ("column", &[2.0, 5.0]),
        ("tail", &[4.0, 5.0]),
        ("one", &[5.0]),
        ("scalar", &[3.0]),
        ("nothing", &[]),
        ("parameter", &[1.0, 3.0, 5.0]),
    ];
    let expected = expected.map(|(name, numbers)| (name.to_owned(), numbers.to_vec()));
    assert_eq!(tensors, expected);
}

#[test]
fn every_floating_point_storage_is_read_and_no_other() {
    let of = |class| Tensor {
        class,
        ..Tensor::new(&[2])
    };
    for (class, storage) in [
        ("FloatStorage", f32s(&[1.5, -2.0])),
        ("HalfStorage", vec![0x00, 0x3e, 0x00, 0xc0]),
        ("BFloat16Storage", vec![0xc0, 0x3f, 0x00, 0xc0]),
        (
            "DoubleStorage",
            [1.5_f64, -2.0]
                .iter()
                .flat_map(|n| n.to_le_bytes())
                .collect(),
        ),
    ] {
        let tensors = forge::read(one_tensor(&of(class), &storage)).unwrap();
        assert_eq!(tensors, [("w".to_owned(), vec![1.5, -2.0])], "{class}");
    }
    for (class, size, name) in [
        ("LongStorage", 8, "int64"),
        ("BoolStorage", 1, "bool"),
        ("ComplexFloatStorage", 8, "complex64"),
    ] {
        let error = forge::read(one_tensor(&of(class), &vec![0; 2 * size])).unwrap_err();
        let expected = Error::WrongType {
            path: "forged".into(),
            tensor: "w".into(),
            found: name.into(),
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn taking_names_the_tensor_that_is_wrong() {
    let file = |numbers: &[f32]| {
        let tensor = Tensor::new(&[3]);
        forge::open(one_tensor(&tensor, &f32s(numbers))).unwrap()
    };
    let mut dict = file(&[1.0, f32::NAN, f32::INFINITY]);
    assert_eq!(
        dict.take("v", &[3]),
        Err(Error::MissingTensor {
            path: "forged".into(),
            tensor: "v".into(),
            expected: vec![3],
        })
    );
    assert_eq!(
        dict.take("w", &[1, 3]),
        Err(Error::WrongShape {
            path: "forged".into(),
            tensor: "w".into(),
            expected: vec![1, 3],
            found: vec![3],
        })
    );
    for (numbers, found, index) in [
        ([1.0, f32::NAN, f32::INFINITY], "NaN", 1),
        ([1.0, 2.0, f32::INFINITY], "inf", 2),
        ([f32::NEG_INFINITY, 2.0, 3.0], "-inf", 0),
    ] {
        assert_eq!(
            file(&numbers).take("w", &[3]),
            Err(Error::NotFinite {
                path: "forged".into(),
                tensor: "w".into(),
                found: found.into(),
                index,
            })
        );
    }
}

#[test]
fn nothing_is_left_over_unnoticed() {
    let names: Vec<String> = (0..12).map(|index| format!("t{index}")).collect();
    let file = || {
        let mut pickle = Pickle::new().raw(b"}(");
        for name in &names {
            pickle = pickle.text(name).tensor(&Tensor::new(&[1]));
        }
        forge::open(forge::torch(pickle.raw(b"u").stop(), &[&f32s(&[1.0])])).unwrap()
    };
    let mut dict = file();
    dict.take("t0", &[1]).unwrap();
    dict.ignore(|name| name == "t1");
    assert_eq!(dict.left_over().count(), 10);
    assert_eq!(
        dict.finish(),
        Err(Error::ExtraTensors {
            path: "forged".into(),
            tensors: names[2..10].to_vec(),
        })
    );
    let mut dict = file();
    dict.ignore(|name| name != "t3");
    // A failed take is no use.
    assert!(dict.take("t3", &[2]).is_err());
    assert_eq!(dict.left_over().collect::<Vec<_>>(), ["t3"]);
    dict.take("t3", &[1]).unwrap();
    assert_eq!(dict.finish(), Ok(()));
}
