//! The engine on a graphics card: finished rows of a picture that still grows are the decoder's.

use std::ops::Range;

use strata_engine::{
    Codes, Device, Opened, Pixels, checkpoint::StateDict, family::dnd::Preset, library::Library,
    tokenizer::Tokenizer,
};
use strata_tests::{
    card::card,
    random_model::{RandomModel, TINY},
};

use super::*;

/// A picture of few pixels by a transformer that takes its time: decoding costs little beside.
const THOROUGH: RandomModel = RandomModel {
    id: "thorough",
    size: Preset {
        name: "thorough",
        layers: 8,
        heads: 4,
        width: 256,
    },
    head_layers: &[3, 7],
    grid: 8,
    tokenizer: (32, &[1]),
    ..TINY
};

/// What the decoder makes of the first positions on the processor, with the mean in place of the others.
fn partial(tokenizer: &Tokenizer, codes: &Codes, positions: usize) -> Pixels {
    let quantiser = tokenizer.quantiser();
    let mut latents = vec![0.0; positions * quantiser.dim];
    let cells = latents.chunks_exact_mut(quantiser.dim);
    for (latent, codes) in cells.zip(codes.values.chunks_exact(codes.depth)) {
        for (depth, code) in codes.iter().enumerate() {
            quantiser.add(latent, depth, *code);
        }
    }
    let mut mean = vec![0.0; quantiser.dim];
    for latent in latents.chunks_exact(quantiser.dim) {
        for (mean, number) in mean.iter_mut().zip(latent) {
            *mean += number / positions as f32;
        }
    }
    for _ in positions..codes.rows * codes.columns {
        latents.extend(&mean);
    }
    let image = tokenizer.decode_latents(&latents, codes.rows, codes.columns, |_, _| {});
    tokenizer.to_pixels(&image.unwrap())
}

fn tokenizer(library: &Library) -> Tokenizer {
    let (home, _) = library.find(THOROUGH.id).unwrap();
    let manifest = home.manifest().unwrap();
    let state = StateDict::open(&home.file(&manifest.files.tokenizer)).unwrap();
    let processor: Opened = Device::default().open().unwrap();
    Tokenizer::read(&home.layout(&manifest).unwrap(), state, &processor).unwrap()
}

#[test]
fn finished_rows_are_the_decoders_while_the_picture_grows() {
    let Some(card) = card().unwrap() else { return };
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    THOROUGH.write(&places.models).unwrap();
    let session = open_at(
        home.path(),
        Device::Gpu {
            adapter: Some(card.about().title()),
            format: None,
        },
    );
    session.enqueue(
        1,
        Recipe {
            guidance: Guidance::constant(1.5),
            ..recipe(THOROUGH.id, Subject::Class(5))
        },
    );
    let mut previews = Vec::new();
    let picture = loop {
        let Event::Job { event, .. } = session.next() else {
            continue;
        };
        match event {
            JobEvent::Preview { positions, lanes } => previews.push((positions, lanes)),
            JobEvent::Finished(picture) => break picture,
            JobEvent::Failed(error) => panic!("{error}"),
            _ => {}
        }
    };
    let tokenizer = tokenizer(&shipped::library(&places));
    let total = THOROUGH.grid * THOROUGH.grid;
    let ends = (THOROUGH.grid..total).step_by(THOROUGH.grid);
    let decoded: Vec<(usize, Pixels)> = ends
        .map(|end| (end, partial(&tokenizer, &picture.codes, end)))
        .collect();
    let growing = previews.iter().filter(|(positions, _)| *positions < total);
    let growing = growing.map(|(positions, lanes)| (*positions, lanes.last().unwrap()));
    // Its finished rows are what the decoder makes of the end of some row before it.
    let is_sharp = |(positions, lane): &(usize, &Arc<Pixels>)| {
        let mut before = decoded.iter().filter(|(end, _)| end <= positions);
        before.any(|(end, decoded)| apart(lane, decoded, 0..*end) <= 1)
    };
    let sharp = growing.clone().filter(is_sharp).count();
    assert!(sharp > 0, "no row was decoded");
    // What is drawn of a row before its end is something else, so that is no accident.
    let (end, second) = &decoded[1];
    let mut begun = growing.filter(|(positions, _)| (THOROUGH.grid + 1..*end).contains(positions));
    let (positions, lane) = begun.next().unwrap();
    assert!(apart(lane, second, THOROUGH.grid..positions) > 1);
}

/// The largest distance of two pictures' bytes at some positions of one pixel.
fn apart(a: &Pixels, b: &Pixels, positions: Range<usize>) -> u8 {
    let bytes = 3 * positions.start..3 * positions.end;
    let pairs = a.rgb[bytes.clone()].iter().zip(&b.rgb[bytes]);
    pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}
