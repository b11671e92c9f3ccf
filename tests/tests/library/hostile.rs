//! Files that hurt, files that are damaged, and work that ends early: what was there stays as it was.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
};

use strata_engine::{
    Device, Error,
    checkpoint::{Source, StateDict},
    library::{
        Precision,
        convert::{Settings, convert},
        hub::Cancel,
        identify::{About, Answers, Value},
        import::{Order, import, import_folder},
        verify::{Check, Report, Verdict, verify},
    },
};
use strata_tests::random_model::{TINY, TINY_LLAMAGEN};

use super::{House, names, quiet};

fn order(id: &str, precision: Option<Precision>) -> Order {
    let mut answers = Answers::default();
    answers.set(About::AttentionHeads, Value::AttentionHeads(2));
    answers.set(About::HeadLayers, Value::HeadLayers(vec![0, 1]));
    answers.set(About::Grid, Value::Grid(4));
    Order {
        answers,
        precision,
        id: Some(id.into()),
        name: None,
    }
}

/// The tiny model as published, in the house's home.
fn published(house: &House) -> [PathBuf; 2] {
    TINY.publish(house.home.path(), false).unwrap();
    ["transformer.pt", "tokenizer.pt"].map(|name| house.path(name))
}

/// Everything below a folder, with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = names(folder).into_iter();
    names
        .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
        .collect()
}

#[test]
fn what_is_no_model_is_refused_with_its_reason() {
    let house = House::new();
    let files: [(&str, &[u8]); 6] = [
        ("empty.pt", b""),
        ("page.pt", b"<!DOCTYPE html>"),
        (
            "bomb.yaml",
            b"a: &a [x]\nb: [*a, *a, *a]\narch: {type: rq-vae}",
        ),
        ("text.safetensors", b"hello"),
        ("cut.gguf", b"GGUF\x03\0\0\0"),
        ("pickle.pth", b"\x80\x04\x95"),
    ];
    let paths = files.map(|(name, bytes)| {
        fs::write(house.path(name), bytes).unwrap();
        house.path(name)
    });
    let found = house.identify(&paths);
    assert_eq!((found.parts.len(), found.models.len()), (0, 0));
    assert_eq!(found.refused.len(), paths.len());

    let missing = house.identify(&[house.path("nowhere.pt")]);
    assert!(matches!(&missing.refused[0].error, Error::File { .. }));
    let nothing = house.path("nothing");
    fs::create_dir(&nothing).unwrap();
    assert_eq!(house.identify(&[nothing]).refused.len(), 1);
    let crowd = house.path("crowd");
    fs::create_dir(&crowd).unwrap();
    for number in 0..300 {
        fs::write(crowd.join(format!("{number}.pt")), b"").unwrap();
    }
    let found = house.identify(&[crowd]);
    assert!(matches!(&found.refused[..], [only] if matches!(only.error, Error::Refused { .. })));
    assert!(house.identify(&[]).missing.is_empty());
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_circle_of_links_end() {
    let house = House::new();
    std::os::unix::fs::symlink(house.path("b.pt"), house.path("a.pt")).unwrap();
    std::os::unix::fs::symlink(house.path("a.pt"), house.path("b.pt")).unwrap();
    let found = house.identify(&[house.path("a.pt"), PathBuf::from("/dev/zero")]);
    assert_eq!(found.refused.len(), 2, "{found:?}");
}

/// Names that count to four thousand million, in a file of a hundred bytes.
#[test]
fn absurd_sizes_cost_nothing() {
    let house = House::new();
    let empty = r#"{"dtype":"F32","shape":[0,0],"data_offsets":[0,0]}"#;
    for names in [
        ["layers.4294967295.x", "norm.0.weight"],
        ["layers.1023.x", "norm.4294967295.weight"],
        ["layers.4294967295.x", "norm.4294967295.weight"],
    ] {
        let all = names.into_iter().chain([
            "tok_embeddings.weight",
            "cls_embedding.embedding_table.weight",
        ]);
        let all: Vec<String> = all.map(|name| format!("{name:?}:{empty}")).collect();
        let header = format!("{{{}}}", all.join(","));
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        fs::write(house.path("x.safetensors"), bytes).unwrap();
        let found = house.identify(&[house.path("x.safetensors")]);
        assert!(
            matches!(&found.refused[0].error, Error::Malformed { .. }),
            "{found:?}"
        );
    }
}

#[test]
fn a_folder_that_is_a_model_is_copied_and_one_that_reaches_outside_is_not() {
    let house = House::new();
    TINY_LLAMAGEN.write(house.home.path()).unwrap();
    let folder = house.path(TINY_LLAMAGEN.id);
    fs::write(folder.join("secret"), b"x").unwrap();
    let found = house.identify(std::slice::from_ref(&folder));
    assert_eq!(found.folders, std::slice::from_ref(&folder));
    let cancel = Cancel::default();
    let imported = import_folder(&folder, &house.models(), &cancel, &mut quiet).unwrap();
    assert_eq!(house.names(), [TINY_LLAMAGEN.id]);
    assert!(!imported.folder.join("secret").exists());
    assert_eq!(
        house.greedy(TINY_LLAMAGEN.id, Some(3)).codes.values.len(),
        16
    );

    let manifest = folder.join("model.toml");
    let good = fs::read_to_string(&manifest).unwrap();
    for (from, to) in [
        (
            "transformer.safetensors",
            "../tiny-llamagen/transformer.safetensors",
        ),
        ("id = \"tiny-llamagen\"", "id = \"../escaped\""),
        ("id = \"tiny-llamagen\"", "id = \"..\""),
        ("[files]", "[files]\noriginals = [\"model.toml\"]"),
        (
            "[files]",
            "[files]\noriginals = [\"tokenizer.safetensors\"]",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(&manifest, good.replace(from, to)).unwrap();
        let error = import_folder(&folder, &house.models(), &cancel, &mut quiet).unwrap_err();
        let refused = matches!(error, Error::Malformed { .. } | Error::Config(_));
        assert!(refused, "{to}: {error}");
        assert_eq!(house.names(), [TINY_LLAMAGEN.id], "{to}: {error}");
    }
}

#[test]
fn an_id_names_a_folder_of_the_library_and_nothing_else() {
    let house = House::new();
    let files = published(&house);
    let found = house.identify(&files);
    for id in ["", "..", ".", "a/b", "/tmp/x", ".hidden", "a b"] {
        let error = house.import(&found, &order(id, None)).unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{id}: {error}");
    }
    assert_eq!(house.names(), [""; 0]);
}

/// Stops after `steps` times that progress was told.
fn stopping(
    steps: usize,
) -> (
    Cancel,
    impl FnMut(strata_engine::library::download::Progress),
) {
    let cancel = Cancel::default();
    let (told, stop) = (Cell::new(0), cancel.clone());
    let tell = move |_| {
        told.set(told.get() + 1);
        if told.get() == steps {
            stop.cancel();
        }
    };
    (cancel, tell)
}

#[test]
fn cancelled_work_leaves_everything_as_it_was() {
    let house = House::new();
    let found = house.identify(&published(&house));
    let catalogue = house.catalogue();
    for precision in [None, Some(Precision::Q8_0)] {
        for steps in [1, 2, 5, 20] {
            let (cancel, mut tell) = stopping(steps);
            let order = order("tiny", precision);
            let models = house.models();
            let model = &found.models[0];
            let done = import(
                &found, model, &order, &catalogue, &models, &cancel, &mut tell,
            );
            assert_eq!(done.unwrap_err(), Error::Cancelled);
            assert_eq!(house.names(), [""; 0], "after {steps} steps");
        }
    }
    let folder = house.import(&found, &order("tiny", None)).unwrap().folder;
    let before = contents(&folder);
    for steps in [1, 2, 5, 20] {
        let (cancel, mut tell) = stopping(steps);
        let settings = Settings::to(Precision::Q8_0);
        let done = convert(&house.models(), &folder, &settings, &cancel, &mut tell);
        assert_eq!(done.unwrap_err(), Error::Cancelled);
        assert!(contents(&folder) == before, "after {steps} steps");
        assert_eq!(house.names(), ["tiny"]);
    }
}

fn report(house: &House, id: &str) -> Report {
    let device = Device::default();
    verify(
        &house.library(),
        id,
        &device,
        None,
        &Cancel::default(),
        &mut quiet,
    )
    .unwrap()
}

/// What is wrong, and with which file.
fn faults(report: &Report) -> Vec<(Check, Option<&str>)> {
    let bad = report
        .findings
        .iter()
        .filter(|own| own.verdict == Verdict::Bad);
    bad.map(|own| (own.check, own.file.as_deref())).collect()
}

#[test]
fn a_check_names_what_is_wrong() {
    let house = House::new();
    let found = house.identify(&published(&house));
    let order = order("tiny", Some(Precision::F32));
    let folder = house.import(&found, &order).unwrap().folder;
    let file = "transformer-f32.safetensors";
    let path = folder.join(file);
    let good = fs::read(&path).unwrap();
    assert_eq!(faults(&report(&house, "tiny")), []);

    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    fs::write(&path, &altered).unwrap();
    assert_eq!(faults(&report(&house, "tiny")), [(Check::Hash, Some(file))]);

    let mut infinite = good.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, &infinite).unwrap();
    let found = report(&house, "tiny");
    assert_eq!(
        faults(&found),
        [(Check::Hash, Some(file)), (Check::Numbers, Some(file))]
    );
    let numbers = found
        .findings
        .iter()
        .find(|own| own.check == Check::Numbers);
    let error = numbers.unwrap().error.as_ref().unwrap();
    assert!(matches!(error, Error::NotFinite { tensor, .. } if tensor == "output.1.weight"));
    // No file of such numbers is written.
    let settings = Settings::to(Precision::Q8_0);
    let before = contents(&folder);
    let cancel = Cancel::default();
    let error = convert(&house.models(), &folder, &settings, &cancel, &mut quiet).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    assert!(contents(&folder) == before);

    fs::write(&path, &good[..good.len() - 1]).unwrap();
    let expected = [(Check::Hash, Some(file)), (Check::Tensors, Some(file))];
    assert_eq!(faults(&report(&house, "tiny")), expected);
    fs::write(&path, &good).unwrap();

    let manifest = fs::read_to_string(folder.join("model.toml")).unwrap();
    let other = manifest.replace("codebook = 64", "codebook = 65");
    assert_ne!(other, manifest);
    fs::write(folder.join("model.toml"), other).unwrap();
    let found = report(&house, "tiny");
    assert!(
        faults(&found).contains(&(Check::Pairing, None)),
        "{found:?}"
    );
    fs::write(folder.join("model.toml"), "id = \"other\"").unwrap();
    assert_eq!(
        faults(&report(&house, "tiny")),
        [(Check::Manifest, Some("model.toml"))]
    );
}

/// The header says what follows: names, shapes and order are those of the file that it was made of.
#[test]
fn what_is_written_holds_what_was_read() {
    let house = House::new();
    let files = published(&house);
    let found = house.identify(&files);
    let mut original = StateDict::open(&Source::File(files[0].clone())).unwrap();
    for precision in Precision::TARGETS {
        let order = order(precision.name(), Some(precision));
        let folder = house.import(&found, &order).unwrap().folder;
        let ending = match precision {
            Precision::F32 | Precision::Bf16 => "safetensors",
            _ => "gguf",
        };
        let file = folder.join(format!("transformer-{precision}.{ending}"));
        let mut made = StateDict::open(&Source::File(file)).unwrap();
        let names: Vec<String> = original.names().map(str::to_owned).collect();
        assert!(made.names().eq(names.iter().map(String::as_str)));
        for name in &names {
            let shape = original.shape(name).unwrap().to_vec();
            let [before, after] =
                [&mut original, &mut made].map(|state| state.take(name, &shape).unwrap());
            let far = before.iter().zip(&after).map(|(a, b)| (a - b).abs());
            let far = far.fold(0.0, f32::max);
            // Numbers are within 0.31; a step of four bits is an eighth of that, and the far end is a whole one off.
            let most = match precision {
                Precision::F32 => 0.0,
                Precision::Bf16 => 0.001,
                Precision::Q8_0 => 0.002,
                _ => 0.05,
            };
            let is_norm = shape.len() == 1;
            assert!(
                far <= if is_norm { 0.0 } else { most },
                "{precision} {name}: {far}"
            );
        }
    }
}
