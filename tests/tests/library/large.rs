//! A model of the published size, with random weights.

use std::{fs, time::Instant};

use strata_engine::{
    Device,
    library::{
        Precision,
        hub::Cancel,
        identify::{Answers, What},
        import::{Order, import},
        verify::verify,
    },
};
use strata_tests::random_model::RandomModel;

use super::{House, quiet};

/// The most memory that this process had since [`forget_peak`], in bytes.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

#[test]
#[ignore = "writes 8 GB and takes some minutes"]
fn a_model_of_the_published_size_converts_in_little_memory() {
    const LARGEST: u64 = 16_384 * 1536 * 4;
    let house = House::new();
    let start = Instant::now();
    RandomModel::xxl()
        .publish(house.home.path(), false)
        .unwrap();
    let paths = ["transformer.pt", "tokenizer.pt"].map(|name| house.path(name));
    let bytes = paths
        .each_ref()
        .map(|path| fs::metadata(path).unwrap().len());
    println!("made {bytes:?} bytes in {:?}", start.elapsed());

    forget_peak();
    let start = Instant::now();
    let found = house.identify(&paths);
    println!("identified in {:?}", start.elapsed());
    let What::Transformer(transformer) = &found.parts[0].what else {
        panic!("{found:?}")
    };
    assert_eq!(
        (transformer.preset, transformer.heads),
        (Some("XXL"), Some(24))
    );
    assert_eq!(found.models[0].published, ["dnd-imagenet-xxl"]);

    let order = Order {
        answers: Answers::default(),
        precision: Some(Precision::Q8_0),
        ..Order::default()
    };
    let (catalogue, models, cancel) = (house.catalogue(), house.models(), Cancel::default());
    let start = Instant::now();
    let imported = import(
        &found,
        &found.models[0],
        &order,
        &catalogue,
        &models,
        &cancel,
        &mut quiet,
    );
    let imported = imported.unwrap();
    let peak_of_import = peak();
    println!(
        "imported as {} in {:?}: {} bytes, peak {peak_of_import:?}",
        imported.id,
        start.elapsed(),
        imported.bytes
    );
    if let Some(peak) = peak_of_import {
        assert!(peak < LARGEST + (1 << 30), "{peak} bytes");
    }
    let start = Instant::now();
    let (library, device) = (house.library(), Device::default());
    let report = verify(&library, &imported.id, &device, None, &cancel, &mut quiet).unwrap();
    println!("checked in {:?}, peak {:?}", start.elapsed(), peak());
    assert!(report.sound, "{report:#?}");
}
