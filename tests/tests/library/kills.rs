//! A conversion in a process of its own, killed at some moment: the model is then the old one or the new one.

use std::{fs, path::PathBuf, thread, time::Duration};

use strata_engine::{
    Device, Error,
    library::{
        Precision,
        convert::{Settings, convert},
        hub::Cancel,
        verify::verify,
    },
};
use strata_tests::{
    killing::{Dice, Victim, say},
    random_model::TINY,
};

use super::{House, names, quiet};

/// Names the models folder; the test that finds it plays the program that is killed.
const MODELS: &str = "STRATA_TEST_CONVERSION_MODELS";

/// Not a test of its own: the program that is killed.
#[test]
fn the_conversion_that_is_killed() {
    let Some(models) = std::env::var_os(MODELS).map(PathBuf::from) else {
        return;
    };
    let folder = models.join(TINY.id);
    let tell = &mut |_| {
        thread::sleep(Duration::from_millis(2));
        say("step");
    };
    say("begun");
    for precision in Precision::TARGETS.into_iter().cycle() {
        let settings = Settings::to(precision);
        match convert(&models, &folder, &settings, &Cancel::default(), tell) {
            Ok(_) | Err(Error::Converted { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_killed_conversion_leaves_a_model_that_is_whole() {
    let house = House::new();
    TINY.write(&house.models()).unwrap();
    let folder = house.models().join(TINY.id);
    let mut dice = Dice::thrown();
    println!("seed {}", dice.seed);
    for _ in 0..8 {
        let variables =
            [(MODELS, house.models().as_os_str())].map(|(name, at)| (name, at.to_owned()));
        let variables = variables
            .each_ref()
            .map(|(name, at)| (*name, at.as_os_str()));
        let victim = Victim::start("kills::the_conversion_that_is_killed", &variables);
        assert_eq!(victim.line(), "begun");
        for _ in 0..dice.below(120) {
            victim.line();
        }
        victim.kill();
        let (library, device) = (house.library(), Device::default());
        let (cards, broken) = library.cards();
        assert_eq!((cards.len(), broken), (1, Vec::new()));
        let report = verify(
            &library,
            TINY.id,
            &device,
            None,
            &Cancel::default(),
            &mut quiet,
        );
        let report = report.unwrap();
        assert!(report.sound, "{report:#?}");
    }
    // The next one clears away what the killed ones left.
    let card = house.library().card(TINY.id).unwrap();
    let other = Precision::TARGETS
        .into_iter()
        .find(|own| Some(*own) != card.precision);
    let settings = Settings::to(other.unwrap());
    let cancel = Cancel::default();
    convert(&house.models(), &folder, &settings, &cancel, &mut quiet).unwrap();
    assert_eq!(house.names(), [TINY.id]);
    let weights = names(&folder);
    let weights = weights
        .iter()
        .filter(|name| name.starts_with("transformer"));
    let weights: Vec<_> = weights.collect();
    println!("{weights:?}");
    assert!(fs::metadata(folder.join("model.toml")).is_ok());
}
