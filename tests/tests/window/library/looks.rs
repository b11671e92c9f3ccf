//! Pictures of the page in its states, to be looked at.

use std::path::Path;

use eframe::egui::Key;
use strata::state::Page;
use strata_tests::{hub::Twist, random_model::TINY};

use super::{
    super::{
        real::{studio_of_size, wait},
        screens::adapter,
    },
    Window, drop_on, files, home, hub, open_models, press,
};

/// Keeps a picture of the window, to be looked at.
fn keep(window: &mut Window, name: &str) {
    for _ in 0..30 {
        window.step();
    }
    let image = window.render().unwrap();
    if let Some(folder) = std::env::var_os("STRATA_SCREENS") {
        std::fs::create_dir_all(&folder).unwrap();
        image
            .save(Path::new(&folder).join(format!("library-{name}.png")))
            .unwrap();
    }
}

#[test]
fn the_page_can_be_looked_at_in_its_states() {
    if !adapter() {
        return;
    }
    let (_folder, own) = files();
    for (name, size) in [("small", [1024.0, 640.0]), ("usual", [1280.0, 800.0])] {
        let server = hub(|seen| {
            let slow = seen.path.contains("a.safetensors");
            slow.then_some(Twist::Slow(8))
        });
        let (_home, places, preferences) = home(&server);
        TINY.write(&places.models).unwrap();
        let mut window = studio_of_size(&places, preferences, true, size);
        open_models(&mut window);
        wait(&mut window, "the machine", |app| {
            app.state().works.strength.is_some()
        });
        keep(&mut window, &format!("{name}-1-installed"));
        press(&mut window, "Server and token");
        keep(&mut window, &format!("{name}-2-server"));
        press(&mut window, "Close");
        press(&mut window, "Download Published tiny");
        wait(&mut window, "bytes of the weights", |app| {
            let work = app.state().works.each.get("published-tiny");
            work.is_some_and(|work| work.progress.left_secs.is_some_and(|left| left > 1.0))
        });
        keep(&mut window, &format!("{name}-3-download"));
        press(&mut window, "Pause Published tiny");
        keep(&mut window, &format!("{name}-4-paused"));
        press(&mut window, "Check tiny");
        wait(&mut window, "the report", |app| {
            !app.state().works.reports.is_empty()
        });
        keep(&mut window, &format!("{name}-5-report"));
        press(&mut window, "Convert tiny");
        keep(&mut window, &format!("{name}-6-convert"));
        window.key_press(Key::Escape);
        window.step();
        assert_eq!(
            window.state().state().page,
            Page::Models,
            "one thing at a time"
        );
        press(&mut window, "Remove tiny");
        keep(&mut window, &format!("{name}-7-remove"));
        window.key_press(Key::Escape);
        window.step();
        let parts = [
            "transformer.safetensors",
            "tokenizer.safetensors",
            "config.yaml",
        ];
        drop_on(&mut window, &parts.map(|part| own.join(part)));
        wait(&mut window, "the dialog", |app| {
            app.state().works.dialog.is_some()
        });
        keep(&mut window, &format!("{name}-8-import"));
    }
}
