//! Settings that come back as they were, and files that are broken, old or newer.
#![allow(clippy::unwrap_used)]

use strata_engine::{Guidance, Mode, PerDepth, Sampling, Schedule};

use super::{
    super::{Preset, Secret, Seed},
    *,
};
use crate::state::{ClassView, ThemeChoice};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config").join("settings.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    (folder, file)
}

fn full() -> Preferences {
    let mut preferences = Preferences {
        theme: ThemeChoice::Dark,
        mode: Some(Mode::Documents),
        folder: Some("/pictures \"of\" \\ mine".into()),
        favourite_classes: vec![1, 207],
        recent_classes: vec![3, 1],
        ..Preferences::default()
    };
    preferences.classes.model = Some("starter".into());
    preferences.classes.count = Some(4);
    preferences.classes.chosen = vec![207, 963];
    preferences.classes.own_counts = vec![(963, 2)];
    preferences.class_view = ClassView::Tree;
    preferences.classes.seed = Some(Seed(u64::MAX));
    preferences.classes.seed_locked = true;
    preferences.classes.remember_seed(7);
    preferences.classes.guidance = Some(Guidance {
        scale: PerDepth::Each(vec![2.5, 3.0]),
        schedule: Schedule::Interval { first: 1, last: 9 },
    });
    preferences.documents.sampling = Some(Sampling {
        temperature: PerDepth::Same(0.1),
        top_k: PerDepth::Same(600),
        top_p: PerDepth::Each(vec![0.9, 1.0]),
    });
    preferences.keep_preset(Preset {
        name: "calm ☂".into(),
        model: None,
        guidance: Guidance::NONE,
        sampling: Sampling::default(),
        other: Table::new(),
    });
    preferences.hub.endpoint = Some("https://mirror.example".into());
    preferences.hub.token = Some(Secret::typed("hf_own".into()));
    preferences.window.size = Some([1280.0, 800.5]);
    preferences.window.left = Some(292.0);
    preferences.gallery.tile_points = 200.0;
    preferences
}

#[test]
fn settings_come_back_as_they_were() {
    let (_folder, file) = folder();
    let first = load(&file);
    assert_eq!(
        (first.preferences, first.trouble),
        (Preferences::default(), None)
    );
    for preferences in [Preferences::default(), full()] {
        save(&file, &preferences).unwrap();
        let loaded = load(&file);
        assert_eq!((loaded.preferences, loaded.trouble), (preferences, None));
    }
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_a_newer_strata_added_is_kept() {
    let (_folder, file) = folder();
    let newer = r#"
        version = 7
        theme = "dark"
        sound = "gong"
        [classes]
        seed = 12
        palette = "warm"
        [window]
        maximized = true
        screen = { name = "left", number = 2 }
        [plugins.rain]
        on = true
    "#;
    fs::write(&file, newer).unwrap();
    let loaded = load(&file);
    assert_eq!(loaded.trouble, None);
    let mut preferences = loaded.preferences;
    assert_eq!(
        (preferences.version, preferences.theme),
        (7, ThemeChoice::Dark)
    );
    assert_eq!(preferences.classes.seed, Some(Seed(12)));
    preferences.theme = ThemeChoice::Light;
    save(&file, &preferences).unwrap();
    let table: Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    assert_eq!(table["version"].as_integer(), Some(7));
    assert_eq!(table["theme"].as_str(), Some("light"));
    assert_eq!(table["sound"].as_str(), Some("gong"));
    assert_eq!(table["classes"]["palette"].as_str(), Some("warm"));
    assert_eq!(table["window"]["screen"]["number"].as_integer(), Some(2));
    assert_eq!(table["plugins"]["rain"]["on"].as_bool(), Some(true));
}

#[test]
fn what_cannot_be_understood_is_left_out_alone() {
    let (_folder, file) = folder();
    let mut table = Table::try_from(full()).unwrap();
    table.insert("theme".into(), "sepia".into());
    table["favourite_classes"]
        .as_array_mut()
        .unwrap()
        .push("fox".into());
    table["window"]
        .as_table_mut()
        .unwrap()
        .insert("left".into(), "wide".into());
    let mut preset = table["presets"][0].clone();
    preset.as_table_mut().unwrap().remove("name");
    table["presets"].as_array_mut().unwrap().push(preset);
    let text = toml::to_string(&table).unwrap();
    fs::write(&file, &text).unwrap();

    let loaded = load(&file);
    let Some(Trouble::PartlyRead { copy, .. }) = &loaded.trouble else {
        panic!("{:?}", loaded.trouble);
    };
    assert_eq!(fs::read_to_string(copy).unwrap(), text);
    let mut expected = full();
    expected.theme = ThemeChoice::System;
    expected.window.left = None;
    assert_eq!(loaded.preferences, expected);
    let words = loaded.trouble.unwrap().explained();
    assert!(!words.sentence.contains('\n') && words.next_step.ends_with('.'));
}

#[test]
fn broken_files_are_set_aside_each_under_its_own_name() {
    let (_folder, file) = folder();
    save(&file, &full()).unwrap();
    let whole = fs::read(&file).unwrap();
    let cut = &whole[..whole.len() - 3];
    let broken: [&[u8]; 4] = [b"theme = ", b"\xff\xfe\x00", b"[[[", cut];
    for (at, bytes) in broken.iter().enumerate() {
        fs::write(&file, bytes).unwrap();
        let loaded = load(&file);
        let Some(Trouble::SetAside { copy, .. }) = loaded.trouble else {
            panic!("{at}: {:?}", loaded.trouble);
        };
        assert_eq!(fs::read(copy).unwrap(), *bytes);
        assert_eq!(loaded.preferences, Preferences::default());
        assert!(!file.exists());
    }
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 4);
}

#[test]
fn older_files_are_brought_up_to_date() {
    let (_folder, file) = folder();
    let steps: [Migration; 2] = [
        |table| {
            let look = table.remove("look");
            table.extend(look.map(|look| ("theme".to_owned(), look)));
        },
        |table| drop(table.insert("favourite_classes".into(), Value::Array(vec![5.into()]))),
    ];
    for (version, theme, favourites) in [
        ("", ThemeChoice::Dark, vec![5]),
        ("version = 1", ThemeChoice::Dark, vec![5]),
        ("version = 2", ThemeChoice::System, vec![5]),
        ("version = 3", ThemeChoice::System, vec![]),
        ("version = 4", ThemeChoice::System, vec![]),
        ("version = -1", ThemeChoice::Dark, vec![5]),
        ("version = 9223372036854775807", ThemeChoice::System, vec![]),
    ] {
        let text = format!("{version}\nlook = \"dark\"\n");
        let loaded = understand(&file, text.as_bytes(), &steps);
        if version.len() < 20 {
            assert_eq!(loaded.trouble, None, "{version}");
            assert_eq!(
                loaded.preferences.version,
                if version == "version = 4" { 4 } else { 3 }
            );
        }
        assert_eq!(loaded.preferences.theme, theme, "{version}");
        assert_eq!(
            loaded.preferences.favourite_classes, favourites,
            "{version}"
        );
    }
}

#[test]
fn a_folder_in_the_way_is_told() {
    let (_folder, file) = folder();
    fs::create_dir(&file).unwrap();
    assert!(matches!(load(&file).trouble, Some(Trouble::File(_))));
    save(&file, &full()).unwrap_err();
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_no_text_does_not_stop_the_rest() {
    use std::os::unix::ffi::OsStringExt;

    let (_folder, file) = folder();
    let mut preferences = full();
    preferences.folder = Some(std::ffi::OsString::from_vec(vec![b'/', 0xff]).into());
    save(&file, &preferences).unwrap();
    preferences.folder = None;
    assert_eq!(load(&file).preferences, preferences);
}

/// Only its owner reads a file that holds a token, and no error shows it.
#[test]
fn a_token_stays_its_owners() {
    let (_folder, file) = folder();
    save(&file, &full()).unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("hf_own"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    for torn in ["[hub]\ntoken = hf_own\n", "[hub]\ntoken = [\"hf_own\"]\n"] {
        fs::write(&file, torn).unwrap();
        let trouble = load(&file).trouble.unwrap();
        assert!(!format!("{trouble:?}").contains("hf_own"), "{trouble:?}");
    }
}
