//! What refusing a file costs: every reader, on files that ask for as much as its limits let them, stays below
//! 64 MiB beyond the file itself, which is mapped. In a program of its own, because its allocator counts.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

#[path = "../src/checkpoint/tests"]
mod made {
    pub mod forge;
}
mod weights;

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    time::Instant,
};

use made::forge;
use peak_alloc::PeakAlloc;
use strata_engine::{
    Error, Result,
    checkpoint::{self, RqVaeConfig, Source, StateDict},
    library::{
        Manifest,
        catalogue::Catalogue,
        hub::{Cancel, Hub, Patience},
    },
    picture,
};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What a refusal may cost, in bytes.
const MOST: usize = 64 << 20;

/// The error of `work`, which is shown, and the memory that it took meanwhile.
fn refused<T>(what: &str, work: impl FnOnce() -> Result<T>) -> (Error, usize) {
    let (before, start) = (HEAP.current_usage(), Instant::now());
    HEAP.reset_peak_usage();
    let outcome = work();
    let taken = HEAP.peak_usage() - before;
    let Err(error) = outcome else {
        panic!("{what} was accepted");
    };
    let message = error.to_string();
    let seconds = start.elapsed().as_secs_f32();
    println!(
        "{:6.1} MiB {seconds:5.2} s  {what}: {message:.200}",
        taken as f32 / (1 << 20) as f32
    );
    assert!(
        message.len() < 4096,
        "{what}: {} bytes of message",
        message.len()
    );
    (error, taken)
}

fn check<T>(what: &str, work: impl FnOnce() -> Result<T>) {
    let (error, taken) = refused(what, work);
    assert!(taken < MOST, "{what}: {taken} bytes, {error}");
}

/// One test, so that nothing else takes memory meanwhile.
#[test]
fn a_refused_file_takes_less_than_64_mib() {
    the_measure_measures();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("forged");
    weights::each(|what, bytes| {
        std::fs::write(&file, bytes).unwrap();
        check(what, || StateDict::open(&Source::File(file.clone())));
    });
    for (what, text) in configs() {
        std::fs::write(&file, text).unwrap();
        check(what, || {
            RqVaeConfig::from_source(&Source::File(file.clone()))
        });
    }
    for (what, text) in tables() {
        check(what, || Manifest::parse(&text, &file)?.card(&file, None));
        check(what, || Catalogue::parse(&text, &file));
    }
    classes();
    for (what, bytes) in pictures() {
        std::fs::write(&file, bytes).unwrap();
        check(what, || picture::read_png(&file));
    }
    lists();
}

/// A test that cannot fail proves nothing.
fn the_measure_measures() {
    let (_, taken) = refused("a vector of the most", || -> Result<()> {
        let vector = vec![0_u8; MOST];
        Err(Error::Config(format!(
            "{} bytes",
            std::hint::black_box(vector).len()
        )))
    });
    assert!((MOST..MOST + 4096).contains(&taken), "{taken}");
}

const YAML: usize = 256 << 10;
/// Bytes of a manifest.
const TEXT: usize = 64 << 10;

fn repeated(before: &str, again: &str, size: usize) -> String {
    let times = size.saturating_sub(before.len()) / again.len();
    before.to_owned() + &again.repeat(times)
}

fn numbered(size: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0.. {
        let line = line(n);
        if text.len() + line.len() > size {
            break;
        }
        text += &line;
    }
    text
}

fn configs() -> Vec<(&'static str, String)> {
    let laughs = |n: usize| match n {
        0 => "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".into(),
        n => format!(
            "a{n}: &a{n} [{}]\n",
            vec![format!("*a{}", n - 1); 9].join(", ")
        ),
    };
    vec![
        ("YAML of a billion laughs", (0..12).map(laughs).collect()),
        ("YAML of open brackets", repeated("arch: ", "[", YAML)),
        ("YAML of open braces", repeated("arch: ", "{a: ", YAML)),
        (
            "YAML of deep lines",
            numbered(YAML, |n| format!("{}a:\n", " ".repeat(n))),
        ),
        ("YAML of many keys", numbered(YAML, |n| format!("k{n}: \n"))),
        ("YAML of one list", repeated("arch: [", "1,", YAML)),
        ("YAML of one text", repeated("arch: \"", "a", YAML)),
        (
            "YAML of anchors",
            numbered(YAML, |n| format!("- &a{n} x\n")),
        ),
        (
            "YAML of one anchor",
            repeated("a: &a [1,2,3,4,5,6,7,8]\nb:\n", " - *a\n", YAML),
        ),
        ("YAML of documents", repeated("", "--- a\n", YAML)),
        (
            "YAML of merges",
            repeated("a: &a {b: 1}\n", "c: {<<: *a}\n", YAML),
        ),
        ("YAML that is long", repeated("", "#\n", YAML + 2)),
        (
            "YAML with a wrong type",
            repeated("arch: {type: ", "x", YAML - 1) + "}",
        ),
    ]
}

fn tables() -> Vec<(&'static str, String)> {
    vec![
        ("TOML of many keys", numbered(TEXT, |n| format!("k{n}=1\n"))),
        ("TOML of one list", repeated("a=[", "1,", TEXT - 2) + "]"),
        (
            "TOML of empty lists",
            repeated("a=[", "[],", TEXT - 2) + "]",
        ),
        (
            "TOML of empty tables",
            repeated("a=[", "{},", TEXT - 2) + "]",
        ),
        (
            "TOML of small tables",
            repeated("a=[", "{b=1},", TEXT - 2) + "]",
        ),
        ("TOML of tables", numbered(TEXT, |n| format!("[t{n}]\n"))),
        ("TOML of tables in a list", repeated("", "[[a]]\n", TEXT)),
        ("TOML of open brackets", repeated("a=", "[", TEXT)),
        ("TOML of open braces", repeated("a=", "{a=", TEXT)),
        ("TOML of dots", repeated("a", ".a", TEXT - 2) + "=1"),
        (
            "TOML of many dots",
            numbered(TEXT, |n| format!("a{n}{}=1\n", ".a".repeat(60))),
        ),
        ("TOML of one key", repeated("", "k", TEXT - 2) + "=1"),
        ("TOML of wrong keys", repeated("", "k\n", TEXT)),
        (
            "TOML of one text",
            repeated("name=\"", "\\u0041", TEXT - 1) + "\"",
        ),
        ("TOML that is long", repeated("", "#\n", TEXT + 2)),
    ]
}

/// As many classes as there can be, in a manifest that is refused after they are counted.
fn classes() {
    let text = r#"
        name = "x"
        id = "x"
        family = "dnd"
        kind = "class"
        image = { width = 64, height = 64 }
        codes = { grid = [4, 4], depth = 1, codebook = 128 }
        sampling = { temperature = 1000 }
        transformer = { preset = "B", classes = CLASSES, class_dropout_prob = 0.1 }
        files = { transformer = "t", tokenizer = "t", config = "c" }
    "#;
    let path = Path::new("forged");
    for classes in ["1000", "1048576", "16777216", "9223372036854775807"] {
        let text = text.replace("CLASSES", classes);
        check(classes, || Manifest::parse(&text, path)?.card(path, None));
    }
}

const RECIPE: &str = r#"{"version":1,"recipe":{"model":"m","subject":"page","seed":0,"index":0,"guidance":{"scale":GUIDANCE},"sampling":{"temperature":1,"top_k":0,"top_p":1}},"codes":{"rows":1,"columns":1,"depth":1,"codebook":2,"bits":1,"data":"AA=="},"generator":"GENERATOR"}"#;

fn recipe(guidance: &str, generator: &str) -> String {
    RECIPE
        .replace("GUIDANCE", guidance)
        .replace("GENERATOR", generator)
}

/// A picture of this size with a text; `rows` of its pixels are there.
fn png(size: [u32; 2], rows: u32, color: png::ColorType, text: &str, packed: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let [width, height] = size;
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut chunk = png::text_metadata::ITXtChunk::new("strata", text);
    chunk.compressed = packed;
    writer.write_text_chunk(&chunk).unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let row = vec![0; width as usize * color.samples()];
    (0..rows).for_each(|_| stream.write_all(&row).unwrap());
    // It complains about the rows that are missing, and then does not end the file.
    let whole = stream.finish().is_ok();
    drop(writer);
    if !whole {
        file.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    }
    file
}

fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let small = |text: &str, packed| png([1, 1], 1, png::ColorType::Rgb, text, packed);
    let codes = RECIPE
        .replace("GUIDANCE", "1")
        .replace(r#""rows":1,"columns":1"#, r#""rows":4096,"columns":4096"#)
        .replace("AA==", &"/".repeat(2_796_204));
    let list = format!("[{}]", vec!["0"; 3 << 20].join(","));
    vec![
        ("a long text", small(&" ".repeat(80 << 20), false)),
        (
            "a text that unpacks to much",
            small(&" ".repeat(80 << 20), true),
        ),
        (
            "a text just short enough",
            small(&" ".repeat(8 << 20), true),
        ),
        ("a list of depths", small(&recipe(&list, ""), false)),
        ("a list of depths, packed", small(&recipe(&list, ""), true)),
        ("many codes", small(&codes, true)),
        (
            "a picture of nothing",
            png(
                [16_384, 16_384],
                3,
                png::ColorType::Rgb,
                &recipe("1", ""),
                false,
            ),
        ),
        (
            "a picture of half of its rows",
            png(
                [16_384, 16_384],
                8192,
                png::ColorType::Rgba,
                &recipe("1", ""),
                false,
            ),
        ),
        (
            "a picture that is too large",
            png(
                [20_000, 20_000],
                1,
                png::ColorType::Rgb,
                &recipe("1", ""),
                false,
            ),
        ),
    ]
}

/// Lists of a hub, which send as much as they like.
fn lists() {
    let file = |n: usize| format!(r#"{{"type":"file","path":"{n}","oid":"{n:040}"}},"#);
    let folder = |_| r#"{"type":"d","path":""},"#.to_owned();
    let size = 8 << 20;
    let pages = [
        (
            "a list of files",
            format!("[{}0]", numbered(size - 9, file)),
            false,
        ),
        (
            "a list of folders",
            format!("[{}0]", numbered(size - 9, folder)),
            false,
        ),
        ("a list without end", "[".repeat(4 * size), false),
        (
            "many pages",
            format!("[{}]", numbered(4000 * 60, file).trim_end_matches(',')),
            true,
        ),
    ];
    for (what, page, more) in pages {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", server.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in server.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let next = if more {
                    "link: </a?c=1>; rel=\"next\"\r\n"
                } else {
                    ""
                };
                let length = page.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nconnection: close\r\n{next}content-length: {length}\r\n\r\n"
                );
                let _ = stream.write_all(page.as_bytes());
            }
        });
        let hub = Hub::new(&address, None, Patience::default()).unwrap();
        check(what, || {
            hub.list("owner/name", "main", "", &Cancel::default())
        });
    }
}
