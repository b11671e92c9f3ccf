//! The commands, end to end, with the starter models.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use strata_tests::{
    hub::{Server, tiny_catalogue},
    program::User,
    random_model::{TINY, TINY_LLAMAGEN},
};

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// A command line's words.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Two classes, two pictures each.
fn sample(user: &User, out: &str, more: &[&str]) -> Value {
    let classes = ["--class", "113", "--class", "ice cream"];
    let first = words("sample --model illustrations --seed 5 --count 2 --out");
    user.json(&[&first[..], &[out], &classes, more].concat())
}

#[test]
fn models_and_classes_are_listed() {
    let user = User::new();
    let models = user.json(&["models"]);
    let ids: Vec<&str> = models
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["illustrations", "pages", "typewriter"]);
    assert_eq!(models[0]["mode"], "classes");
    assert_eq!(models[1]["mode"], "documents");
    assert_eq!(models[2]["mode"], "documents");
    assert_eq!(models[0]["depth"], 2);
    let classes = user.json(&["classes", "golden retriever"]);
    assert_eq!(classes[0]["id"], 207);
    assert_eq!(classes[0]["wnid"], "n02099601");
}

#[test]
fn a_recipe_gives_the_same_bytes_in_any_batch_and_shard() {
    let user = User::new();
    let made = sample(&user, "one", &["--batch", "1"]);
    assert_eq!(made.as_array().unwrap().len(), 4);
    assert!(made[0]["seconds"].as_f64().unwrap() > 0.0);
    let one = files(&user.path("one"));
    assert_eq!(one.len(), 4);
    let distinct: std::collections::BTreeSet<_> = one.values().collect();
    assert_eq!(distinct.len(), 4, "four pictures, not one four times");
    sample(&user, "four", &["--batch", "4"]);
    assert!(files(&user.path("four")) == one, "a batch of four");
    sample(&user, "shards", &["--shard", "1/2"]);
    assert_eq!(files(&user.path("shards")).len(), 2);
    sample(&user, "shards", &["--shard", "2/2"]);
    assert!(files(&user.path("shards")) == one, "two shards");
    // A set that is there already is kept, to the file's time.
    let time = |name: &str| {
        fs::metadata(user.path("one").join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before: Vec<_> = one.keys().map(|name| time(name)).collect();
    sample(&user, "one", &[]);
    assert_eq!(
        before,
        one.keys().map(|name| time(name)).collect::<Vec<_>>()
    );
}

#[test]
fn a_llamagen_folder_is_listed_sampled_and_inspected() {
    let user = User::new();
    TINY_LLAMAGEN.write(&user.path("models")).unwrap();
    let id = TINY_LLAMAGEN.id;
    let models = user.json(&["models"]);
    let models = models.as_array().unwrap();
    let own = models.iter().find(|model| model["id"] == id).unwrap();
    assert_eq!(own["mode"], "classes");
    assert_eq!((&own["depth"], &own["guidable"]), (&1.into(), &true.into()));
    assert_eq!(own["size"], serde_json::json!([32, 32]));

    let line = format!(
        "sample --model {id} --class snail --cfg 3 --guidance-schedule interval:0-8 --out made"
    );
    let made = user.json(&words(&line));
    let file = made[0]["file"].as_str().unwrap();
    let told = user.json(&["inspect", file]);
    assert_eq!(told["recipe"]["model"], id);
    assert_eq!(told["size"], serde_json::json!([32, 32]));
    assert_eq!(told["codes"]["grid"], serde_json::json!([4, 4]));
    assert_eq!(told["codes"]["distinct"].as_array().unwrap().len(), 1);
    assert_eq!(told["codes"]["complete"], true);
    assert_eq!(told["replay"]["depths"], 1);
    let interval = serde_json::json!({"interval": {"first": 0, "last": 8}});
    assert_eq!(told["recipe"]["guidance"]["schedule"], interval);
}

#[test]
fn a_picture_replays_to_itself() {
    let user = User::new();
    let made = sample(&user, "out", &["--shard", "1/4"]);
    let file = made[0]["file"].as_str().unwrap();
    let original = image(&user.home.path().join(file));
    user.json(&["replay", file, "--out", "depths", "--by", "depth"]);
    let frames = files(&user.path("depths"));
    assert_eq!(frames.len(), 2, "one for each depth");
    let last = frames.keys().next_back().unwrap();
    assert!(image(&user.path("depths").join(last)) == original);
    user.json(&["replay", file, "--out", "rows", "--by", "position"]);
    let frames = files(&user.path("rows"));
    let last = frames.keys().next_back().unwrap();
    assert!(image(&user.path("rows").join(last)) == original);
    let told = user.json(&["inspect", file]);
    assert_eq!(told["recipe"]["model"], "illustrations");
    assert_eq!(told["recipe"]["seed"], 5);
}

/// Copies, moving pictures and a sheet of one picture.
#[test]
fn a_picture_is_exported() {
    use image::AnimationDecoder;

    let user = User::new();
    sample(&user, "out", &["--shard", "1/4"]);
    let export = |more: &[&str]| {
        let told = user.json(&[&["export", "out", "--out", "shared"][..], more].concat());
        let file = told["files"][0]["file"].as_str().unwrap().to_owned();
        user.home.path().join(file)
    };
    let copy = export(&["--pattern", "{model} {seed}", "--sheet", "sheet.png"]);
    assert!(copy.ends_with("shared/illustrations 5.png"), "{copy:?}");
    let original = image(&copy);
    let sheet = strata_engine::picture::sheet::read(user.path("sheet.png")).unwrap();
    assert_eq!((sheet.len(), sheet[0].recipe.seed), (1, 5));
    assert!(image(&user.path("sheet.png")).width() > original.width());

    let growing = export(&["--animate", "growth", "--seconds", "0.2"]);
    assert!(image(&growing) == original, "still, it is the picture");
    let file = std::io::BufReader::new(fs::File::open(&growing).unwrap());
    let apng = image::codecs::png::PngDecoder::new(file).unwrap();
    let frames = apng.apng().unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 4);
    let rgb =
        |frame: &image::Frame| image::DynamicImage::ImageRgba8(frame.buffer().clone()).into_rgb8();
    assert!(rgb(frames.last().unwrap()) == original, "it ends as it is");
    assert_eq!(rgb(&frames[0]).get_pixel(255, 255).0, [128; 3]);
    assert!(rgb(&frames[0]).get_pixel(0, 0) != rgb(&frames[0]).get_pixel(255, 255));

    let gif = export(&["--animate", "depths", "--format", "gif"]);
    assert!(fs::read(gif).unwrap().starts_with(b"GIF89a"));
    user.refused(&["export", "out", "--out", "shared", "--pattern", "{klass}"]);
}

fn image(path: &Path) -> image::RgbImage {
    image::open(path).unwrap().to_rgb8()
}

#[test]
fn a_page_of_text_is_made_without_a_class() {
    let user = User::new();
    let made = user.json(&words(
        "sample --model typewriter --count 1 --seed 3 --out pages",
    ));
    let page =
        strata_engine::picture::read_png(user.home.path().join(made[0]["file"].as_str().unwrap()));
    let codes = page.unwrap().codes;
    assert_eq!((codes.rows, codes.columns, codes.depth), (24, 24, 1));
    let text: String = codes
        .values
        .iter()
        .map(|&code| char::from(code as u8))
        .collect();
    assert!(
        text.chars().all(|c| (' '..='~').contains(&c)),
        "only characters that have a glyph"
    );
    let letters = text
        .chars()
        .filter(|c| c.is_ascii_lowercase() || *c == ' ')
        .count();
    assert!(letters > 400, "mostly lower-case prose: {text}");
}

#[test]
fn npz_holds_the_pictures_in_order() {
    let user = User::new();
    let made = sample(&user, "out", &["--npz", "set.npz"]);
    let mut archive = zip::ZipArchive::new(fs::File::open(user.path("set.npz")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("arr_0.npy").unwrap(), &mut bytes).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = String::from_utf8_lossy(&bytes[10..header]).into_owned();
    assert!(
        text.contains("'descr': '|u1'") && text.contains("(4, 256, 256, 3)"),
        "{text}"
    );
    let size = 256 * 256 * 3;
    assert_eq!(bytes.len(), header + 4 * size);
    for (index, picture) in made.as_array().unwrap().iter().enumerate() {
        let png = image(&user.home.path().join(picture["file"].as_str().unwrap()));
        assert!(
            png.as_raw()[..] == bytes[header + index * size..][..size],
            "picture {index}"
        );
    }
}

#[test]
fn a_picture_is_reconstructed() {
    let user = User::new();
    let made = sample(&user, "out", &["--shard", "1/4"]);
    let file = made[0]["file"].as_str().unwrap();
    let reconstruct = |more: &[&str]| {
        let first = ["reconstruct", file, "--model", "illustrations"];
        user.json(&[&first[..], more].concat())
    };
    reconstruct(&["--out", "again.png"]);
    reconstruct(&["--depths", "1", "--out", "coarse.png"]);
    assert_eq!(image(&user.path("again.png")).dimensions(), (256, 256));
    assert!(image(&user.path("again.png")) != image(&user.path("coarse.png")));
}

#[test]
fn mistakes_get_one_sentence_and_the_next_step() {
    let user = User::new();
    fs::write(user.path("plain.png"), b"not a picture").unwrap();
    fs::write(user.path("file"), b"").unwrap();
    let sample = |rest: &str| format!("sample --model illustrations {rest}");
    for wrong in [
        "sample --model absent --out x".to_owned(),
        sample("--class crane --out x"),
        sample("--class xyzzyx --out x"),
        sample("--class 0 --out x"),
        "sample --model typewriter --cfg 3 --out x".to_owned(),
        sample("--class snail --out x --temperature -1"),
        sample("--class snail --out x --top-p 2"),
        sample("--class snail --out x --count 99999999999999999999"),
        sample("--class snail --out x --shard 3/2"),
        sample("--class snail --out file/x"),
        "inspect plain.png".to_owned(),
        "inspect absent.png".to_owned(),
        "replay plain.png --out x".to_owned(),
        "reconstruct plain.png --model illustrations --out x.png".to_owned(),
        "dance".to_owned(),
    ] {
        user.refused(&words(&wrong));
    }
    let (error, hint) = user.refused(&["sample", "--model", "absent", "--out", "x"]);
    assert!(
        error.contains("absent") && hint.contains("illustrations"),
        "{error} {hint}"
    );
}

#[test]
fn no_display_is_one_sentence_that_names_the_commands() {
    let output = User::new().run(&[]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("strata sample") && !told.contains("panicked"),
        "{told}"
    );
}

/// A model folder in the user's library works like a shipped one; a broken one is named and harms
/// nothing else.
#[test]
fn a_dropped_model_folder_works_and_a_broken_one_says_why() {
    let user = User::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/models/typewriter");
    let copy = |name: &str| {
        let folder = user.path("models").join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, bytes) in files(&shipped) {
            fs::write(folder.join(file), bytes).unwrap();
        }
        let manifest = fs::read_to_string(folder.join("model.toml")).unwrap();
        let manifest = manifest.replace("\"typewriter\"", &format!("{name:?}"));
        fs::write(folder.join("model.toml"), manifest).unwrap();
        folder
    };
    copy("mine");
    let broken = copy("broken");
    let weights = fs::read(broken.join("transformer.gguf")).unwrap();
    fs::write(
        broken.join("transformer.gguf"),
        &weights[..weights.len() / 2],
    )
    .unwrap();
    let ids: Vec<String> = user
        .json(&["models"])
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        ids,
        ["broken", "illustrations", "mine", "pages", "typewriter"]
    );
    user.json(&["sample", "--model", "mine", "--count", "1", "--out", "x"]);
    let (error, _) = user.refused(&["sample", "--model", "broken", "--count", "1", "--out", "y"]);
    assert!(error.contains("transformer.gguf"), "{error}");
}

#[test]
fn a_published_model_is_fetched_and_draws() {
    let user = User::new();
    TINY.write(&user.path("source")).unwrap();
    let read = |name: &str| fs::read(user.path("source").join("tiny").join(name)).unwrap();
    let transformer = read("transformer.safetensors");
    let server = Server::honest(&[
        ("tokenizers/small/config.yaml", &read("config.yaml")),
        (
            "tokenizers/small/epoch9.safetensors",
            &read("tokenizer.safetensors"),
        ),
        ("transformers/README.md", b"about"),
        ("transformers/early.safetensors", b"not this one"),
        ("transformers/late.safetensors", &transformer),
    ]);
    fs::create_dir_all(user.path("config")).unwrap();
    let catalogue = tiny_catalogue("small", "Small", ["tokenizers/small", "transformers"]);
    fs::write(user.path("config").join("catalogue.toml"), catalogue).unwrap();
    let get = ["models", "get", "small", "--endpoint", &server.endpoint];

    let listed = user.json(&["models", "catalogue"]);
    let listed = listed.as_array().unwrap();
    let row = listed.iter().find(|row| row["id"] == "small").unwrap();
    assert_eq!(
        (&row["installed"], &row["score"]),
        (&false.into(), &"gFID 400".into())
    );

    // Two files could be meant: nothing is guessed, and nothing is fetched.
    let (error, hint) = user.refused(&get);
    assert!(
        error.contains("early.safetensors, late.safetensors"),
        "{error}"
    );
    assert!(hint.contains("--file"), "{hint}");
    assert!(server.fetched().is_empty());

    let chosen = [&get[..], &["--file", "late.safetensors"]].concat();
    let told = user.json(&chosen);
    assert_eq!(told["model"], true);
    assert_eq!(told["files"][2]["name"], "transformer.safetensors");
    assert_eq!(told["files"][2]["path"], "transformers/late.safetensors");
    let sum = strata_tests::hub::sha256(&transformer);
    assert_eq!(told["files"][2]["sha256"], sum.as_str());
    let requests = server.fetched().len();
    user.json(&chosen);
    assert_eq!(
        server.fetched().len(),
        requests,
        "what is there is only checked"
    );

    let models = user.json(&["models"]);
    let models = models.as_array().unwrap();
    let small = models.iter().find(|model| model["id"] == "small").unwrap();
    assert_eq!(small["guidance"]["scale"], 1.5);
    assert_eq!(small["classes"].as_array().unwrap().len(), 1000);
    let sample = words("sample --model small --class 7 --seed 1 --out drawn");
    let drawn = user.json(&sample);
    let picture = image(&user.home.path().join(drawn[0]["file"].as_str().unwrap()));
    assert_eq!((picture.width(), picture.height()), (32, 32));
}

#[test]
fn a_hub_that_refuses_is_explained() {
    use strata_tests::hub::Twist;

    let user = User::new();
    let get = |status: u16| {
        let server = Server::start(&[], move |_| Some(Twist::Status(status, Vec::new())));
        let get = ["models", "get", "dnd-imagenet-xxl", "--token", "hf_secret"];
        user.refused(&[&get[..], &["--endpoint", &server.endpoint]].concat())
    };
    let (error, hint) = get(401);
    assert!(error.contains("2d_tokenzier_imagenet at main"), "{error}");
    assert!(
        error.contains("sign in") && hint.contains("HF_TOKEN"),
        "{error} {hint}"
    );
    assert!(!format!("{error}{hint}").contains("secret"));
    let (_, hint) = get(404);
    assert!(hint.contains("--revision"), "{hint}");
}
