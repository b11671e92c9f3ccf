//! The window as it looks, rendered once in each theme and at two sizes. Pictures differ from adapter to
//! adapter, so they are not compared; they are written to `STRATA_SCREENS` when that names a folder, to
//! be looked at. What is checked is that the canvas shows the picture's own pixels, unblurred.

use eframe::egui::{Theme, Vec2};
use egui_kittest::kittest::Queryable as _;
use strata_engine::JobEvent;

use super::script::{Setup, Studio, landscape, pages, picture, pictures, positions};

/// Whether an adapter is there. Without one the test is skipped, unless `STRATA_GPU=required`.
pub fn adapter() -> bool {
    let instance = wgpu::Instance::default();
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    if adapters.is_empty() {
        let required = std::env::var("STRATA_GPU").is_ok_and(|value| value == "required");
        assert!(
            !required,
            "STRATA_GPU=required, but there is no graphics adapter"
        );
        println!("skipped: no graphics adapter");
    }
    !adapters.is_empty()
}

/// Renders the window, and keeps the picture to be looked at.
pub fn keep(studio: &mut Studio, name: &str) -> image::RgbaImage {
    studio.harness.run();
    let image = studio.harness.render().unwrap();
    if let Some(folder) = std::env::var_os("STRATA_SCREENS") {
        std::fs::create_dir_all(&folder).unwrap();
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        image.save(path).unwrap();
    }
    image
}

pub fn open(folder: &std::path::Path, theme: Theme, size: Vec2, depth: usize) -> Studio {
    let mut setup = Setup::in_folder(folder);
    setup.draws = true;
    setup.theme = theme;
    setup.size = size;
    setup.models = vec![pictures(depth), pages()];
    setup.open()
}

#[test]
fn a_batch_at_work_in_both_themes() {
    if !adapter() {
        return;
    }
    let shapes = [
        ("dark-small", Theme::Dark, Vec2::new(1024.0, 640.0)),
        ("light-small", Theme::Light, Vec2::new(1024.0, 640.0)),
        ("dark-large", Theme::Dark, Vec2::new(1600.0, 1000.0)),
        ("light-large", Theme::Light, Vec2::new(1600.0, 1000.0)),
    ];
    for (name, theme, size) in shapes {
        let folder = tempfile::tempdir().unwrap();
        let card = pictures(8);
        let mut studio = open(folder.path(), theme, size, 8);
        studio.model_ready(&card);
        keep(&mut studio, &format!("{name}-start"));
        studio.harness.get_by_label("Generate").click();
        studio.harness.run();
        let jobs = studio.jobs();
        for (at, (job, recipe)) in jobs.iter().enumerate() {
            match at {
                0 => studio.make(*job, recipe, &card),
                3 => {}
                _ => {
                    studio.start(*job, &card);
                    studio.grow(*job, &card, 60 + at * 70);
                }
            }
        }
        let commands = studio.commands();
        studio.decode(&commands, &card);
        studio.wait("the first file", |app| app.state().shelf.saved == 1);
        let image = keep(&mut studio, &format!("{name}-work"));
        assert_eq!(
            (image.width() as f32, image.height() as f32),
            (size.x, size.y)
        );
    }
}

#[test]
fn the_large_picture_shows_its_own_pixels() {
    if !adapter() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(2);
    let mut studio = open(folder.path(), Theme::Dark, Vec2::new(1600.0, 1000.0), 2);
    studio.harness.get_by_label("Generate").click();
    studio.harness.run();
    for (job, recipe) in studio.jobs() {
        studio.start(job, &card);
        let whole = picture(&recipe, &card, positions(&card));
        studio.say_job(job, JobEvent::Finished(Box::new(whole)));
    }
    studio.wait("the files", |app| app.state().shelf.saved == 4);
    let first = studio.state().desk().board[0];
    let title = studio.state().pieces[&first].title.clone();
    let label = format!("Picture 1: {title}");
    studio
        .harness
        .get_by_label("Show this picture large")
        .click();
    studio.harness.run();
    let image = keep(&mut studio, "one");
    let area = studio.harness.get_by_label(&label).rect();
    let scale = (area.width() / 256.0).round() as u32;
    assert!(scale >= 2, "{area:?}");
    let whole = (area.width() - 256.0 * scale as f32).abs() < 0.01;
    assert!(whole, "whole multiples only: {area:?}");
    let pixels = landscape(&card, 1, 0, positions(&card));
    for (x, y) in [(0, 0), (17, 200), (128, 128), (183, 57), (255, 255)] {
        let at = (y * 256 + x) * 3;
        for offset in [0, scale - 1] {
            let seen = image.get_pixel(
                area.left().round() as u32 + x as u32 * scale + offset,
                area.top().round() as u32 + y as u32 * scale + offset,
            );
            // Colours pass through the card's blending; one step of rounding is no blur.
            for (seen, own) in seen.0.iter().zip(&pixels.rgb[at..at + 3]) {
                assert!(seen.abs_diff(*own) <= 1, "at {x}, {y}: {seen} for {own}");
            }
        }
    }
}

#[test]
fn a_page_a_failure_and_an_empty_studio() {
    if !adapter() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let card = pages();
    let mut studio = open(folder.path(), Theme::Light, Vec2::new(1280.0, 800.0), 2);
    studio.harness.get_by_label("Documents").click();
    studio.harness.run();
    studio.commands();
    studio.model_ready(&card);
    studio.harness.get_by_label("Generate").click();
    studio.harness.run();
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    studio.wait("the page", |app| app.state().shelf.saved == 1);
    keep(&mut studio, "page");
    studio.say(strata_engine::Event::Died {
        message: "index out of bounds: the len is 4 but the index is 9".into(),
    });
    keep(&mut studio, "notice");
    let mut setup = Setup::in_folder(folder.path());
    setup.draws = true;
    setup.models = Vec::new();
    keep(&mut setup.open(), "no-model");
}
