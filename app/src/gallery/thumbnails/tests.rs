//! Copies are made, kept, made again when damaged, in the order asked for, and never too many.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::{super::index::fixture, *};

fn wants(folder: &std::path::Path, count: u64) -> Vec<Want> {
    let want = |seed: u64| {
        let picture = fixture::picture(1, seed, 0);
        let file = folder.join(format!("{seed}.png"));
        picture.write_png(&file, "").unwrap();
        Want {
            key: Key {
                identity: Identity::of(&picture.recipe, &picture.codes),
                edge: 8,
            },
            file,
        }
    };
    (0..count).map(want).collect()
}

struct Stage {
    folder: tempfile::TempDir,
    events: Receiver<Event>,
    listener: Listener,
}

impl Stage {
    fn new() -> Self {
        let (sender, events) = crossbeam_channel::unbounded();
        Self {
            folder: tempfile::tempdir().unwrap(),
            events,
            listener: Arc::new(move |event| drop(sender.send(event))),
        }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn start(&self, limit_bytes: u64, threads: usize) -> Thumbnails {
        let listener = Arc::clone(&self.listener);
        Thumbnails::start(self.cache(), limit_bytes, threads, listener).unwrap()
    }

    fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    fn made(&self) -> (Key, Arc<Thumbnail>) {
        match self.next() {
            Event::Made { key, thumbnail } => (key, thumbnail),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn copies_are_made_once_and_kept() {
    let stage = Stage::new();
    let all = wants(stage.folder.path(), 20);
    let makers = stage.start(USUAL_LIMIT_BYTES, 2);
    makers.want(all.clone());
    let mut first: Vec<_> = all.iter().map(|_| stage.made()).collect();
    for want in &all {
        fs::remove_file(&want.file).unwrap();
    }
    makers.want(all.clone());
    let mut second: Vec<_> = all.iter().map(|_| stage.made()).collect();
    let order = |made: &(Key, Arc<Thumbnail>)| made.0.identity;
    first.sort_by_key(order);
    second.sort_by_key(order);
    for ((key, one), (again, two)) in first.iter().zip(&second) {
        assert_eq!(key, again);
        assert_eq!((one.width, one.height, one.rgba.len()), (8, 8, 8 * 8 * 4));
        assert_eq!((two.width, two.height), (8, 8));
        assert!(two.rgba.chunks(4).all(|pixel| pixel[3] == 255));
        let mean = |rgba: &[u8]| rgba.iter().map(|value| f64::from(*value)).sum::<f64>() / 256.0;
        assert!(
            (mean(&one.rgba) - mean(&two.rgba)).abs() < 6.0,
            "JPEG is near, not the same"
        );
    }
}

#[test]
fn damaged_copies_are_made_again_and_unreadable_pictures_are_told() {
    let stage = Stage::new();
    let all = wants(stage.folder.path(), 1);
    let cache = Cache::new(stage.cache(), USUAL_LIMIT_BYTES);
    let makers = stage.start(USUAL_LIMIT_BYTES, 1);
    makers.want(all.clone());
    let whole = stage.made();
    let path = cache.path(all[0].key);
    let bytes = fs::read(&path).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    let damages: [&[u8]; 4] = [&bytes[..bytes.len() / 2], &[], &flipped, b"nonsense"];
    for damage in damages {
        fs::write(&path, damage).unwrap();
        makers.want(all.clone());
        assert_eq!(stage.made(), whole);
    }
    fs::write(&path, b"").unwrap();
    fs::write(&all[0].file, b"no picture").unwrap();
    makers.want(all.clone());
    assert!(
        matches!(stage.next(), Event::Failed { key, reason } if key == all[0].key && !reason.is_empty())
    );
    makers.want(Vec::new());
}

/// The listener holds the only thread up, so that what comes next is certain.
#[test]
fn the_newest_list_counts_and_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let all = wants(folder.path(), 30);
    let (sender, events) = crossbeam_channel::bounded(0);
    let listener: Listener = Arc::new(move |event| drop(sender.send(event)));
    let makers = Thumbnails::start(folder.path().join("c"), 1 << 20, 1, listener).unwrap();
    let key = |event: Event| match event {
        Event::Made { key, .. } | Event::Failed { key, .. } => key,
    };
    let patience = Duration::from_secs(30);
    makers.want(all[..20].to_vec());
    assert_eq!(key(events.recv_timeout(patience).unwrap()), all[0].key);
    // One more of the old list may be in the making; the rest of it is forgotten.
    std::thread::sleep(Duration::from_millis(100));
    makers.want(vec![all[29].clone(), all[5].clone()]);
    let mut keys = Vec::new();
    while let Ok(event) = events.recv_timeout(Duration::from_secs(2)) {
        keys.push(key(event));
    }
    assert!(keys.len() <= 3, "{}", keys.len());
    assert!(keys.ends_with(&[all[29].key, all[5].key]), "{keys:?}");
}

#[test]
fn the_oldest_copies_make_room() {
    let stage = Stage::new();
    let all = wants(stage.folder.path(), 10);
    let unlimited = Cache::new(stage.cache(), u64::MAX);
    let pixels = strata_engine::Pixels {
        width: 8,
        height: 8,
        rgb: vec![100; 8 * 8 * 3],
    };
    let now = SystemTime::now();
    for (age, want) in all.iter().enumerate() {
        unlimited.put(want.key, &pixels).unwrap();
        let file = fs::File::options()
            .append(true)
            .open(unlimited.path(want.key))
            .unwrap();
        file.set_modified(now - Duration::from_secs(3600 * 24 * 2 * age as u64))
            .unwrap();
    }
    // The oldest was used just now.
    unlimited.get(all[9].key).unwrap();
    let size = fs::metadata(unlimited.path(all[0].key)).unwrap().len();
    let limited = Cache::new(stage.cache(), size * 5);
    limited.trim().unwrap();
    let there: Vec<bool> = all
        .iter()
        .map(|want| limited.path(want.key).exists())
        .collect();
    let expected = [
        true, true, true, false, false, false, false, false, false, true,
    ];
    assert_eq!(there, expected);
    Cache::new(stage.cache().join("none"), 1).trim().unwrap();
}

#[test]
fn sizes_are_few() {
    let identity = Identity([0; 16]);
    for (pixels, edge) in [
        (0.0, 128),
        (128.0, 128),
        (129.0, 256),
        (300.0, 512),
        (9999.0, 512),
    ] {
        assert_eq!(Key::fitting(identity, pixels).edge, edge);
    }
}
