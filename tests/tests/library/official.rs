//! The conformance models in the layouts of their publishers: identified, imported, checked, converted, and sampled to
//! the codes that the published implementation finds.

use std::path::PathBuf;

use safetensors::SafeTensors;
use strata_engine::{
    Device, Error,
    library::{
        Precision,
        convert::{Settings, convert},
        hub::Cancel,
        identify::{About, Answers, Missing, Value, What},
        import::Order,
        remove::{self, remove_originals},
        verify::{Check, Verdict, verify},
    },
};
use strata_tests::{conformance::root, random_model::TINY};

use super::{House, names, quiet};

/// A pipeline of the conformance set, and what of its sizes no shape tells.
struct Published {
    pipeline: &'static str,
    transformer: &'static str,
    tokenizer: &'static str,
    answers: Vec<(About, Value)>,
    documents: bool,
}

fn published() -> Vec<Published> {
    let heads = |heads| (About::AttentionHeads, Value::AttentionHeads(heads));
    let layers = |layers: &[usize]| (About::HeadLayers, Value::HeadLayers(layers.to_vec()));
    vec![
        Published {
            pipeline: "pipeline-imagenet",
            transformer: "transformer-imagenet",
            tokenizer: "tokenizer-imagenet",
            answers: vec![heads(4), layers(&[3, 5])],
            documents: false,
        },
        Published {
            pipeline: "pipeline-text",
            transformer: "transformer-text",
            tokenizer: "tokenizer-text",
            answers: vec![heads(attention_heads("transformer-text"))],
            documents: true,
        },
        Published {
            pipeline: "pipeline-arxiv",
            transformer: "transformer-arxiv",
            tokenizer: "tokenizer-arxiv",
            answers: vec![
                heads(attention_heads("transformer-arxiv")),
                layers(&[2, 3, 4, 5, 6, 7, 8, 9]),
            ],
            documents: true,
        },
        Published {
            pipeline: "llamagen-pipeline",
            transformer: "llamagen-transformer",
            tokenizer: "llamagen-tokenizer",
            answers: vec![heads(4), (About::Grid, Value::Grid(4))],
            documents: false,
        },
    ]
}

fn attention_heads(case: &str) -> usize {
    let Some(root) = root() else { return 1 };
    let text = std::fs::read(root.join(case).join("case.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    json["config"]["n_head"].as_u64().unwrap() as usize
}

impl Published {
    /// The files as their publishers name them.
    fn files(&self, ending: &str) -> Option<Vec<PathBuf>> {
        let root = root()?;
        let mut files = vec![
            root.join(self.transformer)
                .join(format!("checkpoint.{ending}")),
            root.join(self.tokenizer).join(format!("model.{ending}")),
        ];
        let config = root.join(self.tokenizer).join("config.yaml");
        files.extend(config.exists().then_some(config));
        Some(files)
    }

    fn order(&self, precision: Option<Precision>) -> Order {
        let mut answers = Answers::default();
        for (about, value) in &self.answers {
            answers.set(*about, value.clone());
        }
        Order {
            answers,
            precision,
            id: Some("official".into()),
            name: None,
        }
    }

    /// The labels, and the greedy codes of each.
    fn expected(&self) -> Vec<(u32, Vec<u32>)> {
        let path = root()
            .unwrap()
            .join(self.pipeline)
            .join("expected.safetensors");
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let ints = |name: &str| -> Vec<u32> {
            let tensor = file.tensor(name).unwrap();
            let (whole, _) = tensor.data().as_chunks::<4>();
            whole
                .iter()
                .map(|bytes| u32::from_le_bytes(*bytes))
                .collect()
        };
        let (labels, codes) = (ints("labels"), ints("cfg1.0.grid_codes"));
        let each = codes.len() / labels.len();
        let codes = codes.chunks(each).map(<[u32]>::to_vec);
        labels.into_iter().zip(codes).collect()
    }

    fn is_reproduced(&self, house: &House) {
        for (label, codes) in self.expected() {
            let class = (!self.documents).then_some(label);
            let picture = house.greedy("official", class);
            assert_eq!(picture.codes.values, codes, "{}", self.pipeline);
        }
    }
}

fn is_sound(house: &House, id: &str) -> usize {
    let (library, device) = (house.library(), Device::default());
    let report = verify(&library, id, &device, None, &Cancel::default(), &mut quiet).unwrap();
    assert!(report.sound, "{report:#?}");
    let last = report.findings.last().unwrap();
    assert_eq!((last.check, last.verdict), (Check::Drawing, Verdict::Good));
    let hashes = report
        .findings
        .iter()
        .filter(|own| own.check == Check::Hash);
    let hashes: Vec<_> = hashes.collect();
    assert!(
        hashes.iter().all(|own| own.verdict == Verdict::Good),
        "{hashes:?}"
    );
    hashes.len()
}

#[test]
fn official_files_become_models_that_find_the_published_codes() {
    for published in published() {
        for ending in ["pt", "safetensors"] {
            let Some(files) = published.files(ending) else {
                return;
            };
            for precision in [None, Some(Precision::F32)] {
                let house = House::new();
                let found = house.identify(&files);
                assert_eq!(found.refused, []);
                let imported = house.import(&found, &published.order(precision)).unwrap();
                assert_eq!(house.names(), ["official"]);
                assert_eq!(imported.bytes, remove::size(&imported.folder));
                let card = house.library().card("official").unwrap();
                assert_eq!(card.precision, imported.precision);
                assert_eq!(card.bytes, imported.bytes);
                assert!(is_sound(&house, "official") >= 2);
                published.is_reproduced(&house);
            }
        }
    }
}

#[test]
fn what_cannot_be_told_is_asked_and_what_is_missing_is_said() {
    for published in published() {
        let Some(files) = published.files("pt") else {
            return;
        };
        let house = House::new();
        let found = house.identify(&files);
        let model = &found.models[0];
        for (about, _) in &published.answers {
            let asked = model
                .questions
                .iter()
                .any(|question| question.about == *about);
            assert!(asked, "{about:?}: {:?}", model.questions);
        }
        let order = Order {
            answers: Answers::default(),
            ..published.order(None)
        };
        let error = house.import(&found, &order).unwrap_err();
        assert!(matches!(error, Error::Unanswered { .. }), "{error}");
        assert_eq!(house.names(), [""; 0]);

        let alone = house.identify(&files[..1]);
        let Missing::Tokenizer { codebook, .. } = &alone.models[0].missing[0] else {
            panic!("{:?}", alone.models[0].missing)
        };
        let What::Transformer(transformer) = &alone.parts[0].what else {
            panic!("{:?}", alone.parts)
        };
        assert_eq!(*codebook, transformer.codebook);
        let error = house.import(&alone, &published.order(None)).unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error}");
        assert_eq!(
            house.identify(&files[1..2]).missing[0],
            Missing::Transformer
        );
    }
}

#[test]
fn a_tokenizer_of_another_model_does_not_fit_and_an_installed_one_does() {
    let all = published();
    let (imagenet, arxiv) = (&all[0], &all[2]);
    let (Some(own), Some(other)) = (imagenet.files("pt"), arxiv.files("pt")) else {
        return;
    };
    let house = House::new();
    let mixed = house.identify(&[own[0].clone(), other[1].clone()]);
    assert!(mixed.models[0].tokenizers.is_empty(), "{mixed:?}");

    let found = house.identify(&own);
    house.import(&found, &imagenet.order(None)).unwrap();
    let alone = house.identify(&own[..1]);
    assert_eq!(alone.models[0].tokenizers.len(), 1);
    let order = Order {
        id: Some("second".into()),
        ..imagenet.order(None)
    };
    house.import(&alone, &order).unwrap();
    assert_eq!(house.names(), ["official", "second"]);
    is_sound(&house, "second");
    // The id is taken now.
    let error = house.import(&alone, &order).unwrap_err();
    let kind = std::io::ErrorKind::AlreadyExists;
    assert!(matches!(error, Error::File { kind: found, .. } if found == kind));
    assert_eq!(house.names(), ["official", "second"]);
}

#[test]
fn an_installed_model_is_converted_and_its_original_given_up() {
    for published in published() {
        let Some(files) = published.files("pt") else {
            return;
        };
        let house = House::new();
        let found = house.identify(&files);
        let folder = house.import(&found, &published.order(None)).unwrap().folder;
        let to = |precision| {
            let settings = Settings::to(precision);
            convert(
                &house.models(),
                &folder,
                &settings,
                &Cancel::default(),
                &mut quiet,
            )
        };
        let before = house.greedy("official", (!published.documents).then_some(1));
        // The weights of these cases are exact in bfloat16.
        for precision in [
            Precision::Q8_0,
            Precision::Q4_0,
            Precision::Bf16,
            Precision::F32,
        ] {
            let converted = to(precision).unwrap();
            assert_eq!(converted.precision, precision);
            assert!(converted.originals > 0);
            assert_eq!(
                house.library().card("official").unwrap().precision,
                Some(precision)
            );
            is_sound(&house, "official");
            // Each is made of the original, and takes the place of the one before.
            let weights = names(&folder);
            let weights = weights
                .iter()
                .filter(|name| name.starts_with("transformer"));
            assert_eq!(weights.count(), 2, "{:?}", names(&folder));
        }
        let error = to(Precision::F32).unwrap_err();
        assert!(matches!(error, Error::Converted { .. }), "{error}");
        let removed = remove_originals(&house.models(), &folder).unwrap();
        assert!(removed.bytes > 0);
        assert_eq!(house.library().card("official").unwrap().originals, 0);
        is_sound(&house, "official");
        published.is_reproduced(&house);
        let after = house.greedy("official", (!published.documents).then_some(1));
        assert_eq!(before.codes, after.codes);
    }
}

/// The same numbers, whether they come by way of a file of blocks or straight from the original.
#[test]
fn blocks_in_a_file_are_those_that_loading_makes() {
    use strata_engine::checkpoint::{Source, StateDict};
    let house = House::new();
    TINY.publish(house.home.path(), false).unwrap();
    let paths = ["transformer.pt", "tokenizer.pt", "config.yaml"].map(|name| house.path(name));
    let found = house.identify(&paths);
    for (precision, id) in [(Precision::Q8_0, "eight"), (Precision::Q4_0, "four")] {
        let mut answers = Answers::default();
        answers.set(About::AttentionHeads, Value::AttentionHeads(2));
        answers.set(About::HeadLayers, Value::HeadLayers(vec![0, 1]));
        let order = Order {
            answers,
            precision: Some(precision),
            id: Some(id.into()),
            name: None,
        };
        let once = house.import(&found, &order).unwrap().folder;
        let name = format!("transformer-{precision}.gguf");
        let first = std::fs::read(once.join(&name)).unwrap();
        // A second conversion finds blocks that lose nothing.
        let state = StateDict::open(&Source::File(once.join(&name))).unwrap();
        assert!(
            state
                .names()
                .any(|name| name == "layers.1.attention.wqkv.weight")
        );
        let again = house.identify(&[once.join(&name), once.join("tokenizer-f32.safetensors")]);
        let order = Order {
            id: Some(format!("{id}-again")),
            ..order
        };
        let twice = house.import(&again, &order).unwrap().folder;
        assert!(
            std::fs::read(twice.join(&name)).unwrap() == first,
            "{precision}"
        );
        is_sound(&house, id);
    }
}

#[test]
fn averaged_weights_are_offered_and_taken_when_asked_for() {
    let house = House::new();
    TINY.publish(house.home.path(), true).unwrap();
    let found = house.identify(&[house.path("transformer.pt"), house.path("tokenizer.pt")]);
    let model = &found.models[0];
    let asked = |about| {
        model
            .questions
            .iter()
            .any(|question| question.about == about)
    };
    assert!(asked(About::TransformerWeights) && asked(About::TokenizerWeights));
    let import = |id: &str, variant| {
        let mut answers = Answers::default();
        answers.set(About::AttentionHeads, Value::AttentionHeads(2));
        answers.set(About::HeadLayers, Value::HeadLayers(vec![0, 1]));
        answers.set(About::TransformerWeights, Value::Weights(variant));
        let order = Order {
            answers,
            precision: None,
            id: Some(id.into()),
            name: None,
        };
        house.import(&found, &order).unwrap();
        is_sound(&house, id);
        house.greedy(id, Some(5)).codes
    };
    use strata_engine::checkpoint::Variant;
    let trained = import("trained", Variant::Trained);
    let averaged = import("averaged", Variant::Averaged);
    assert_ne!(trained, averaged);
    // As it lies in the folder, the copy still offers both.
    let folder = house.models().join("trained");
    let settings = Settings {
        transformer: Variant::Averaged,
        ..Settings::to(Precision::F32)
    };
    convert(
        &house.models(),
        &folder,
        &settings,
        &Cancel::default(),
        &mut quiet,
    )
    .unwrap();
    assert_eq!(house.greedy("trained", Some(5)).codes, averaged);
}
