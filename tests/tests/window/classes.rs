//! The class panel: search, lists, tree, favourites and counts, as a person uses them.

use eframe::egui::{Key, Modifiers, Theme, Vec2, accesskit::Role};
use egui_kittest::kittest::{Queryable as _, by};
use strata::state::ClassView;
use strata_engine::Subject;

use super::{
    screens,
    script::{Setup, Studio, pictures},
};

fn search(studio: &mut Studio, text: &str) {
    studio.harness.get_by_label("Search classes").focus();
    studio.harness.run();
    let field = studio.harness.get_by_label("Search classes");
    field.type_text(text);
    studio.harness.run();
}

#[test]
fn each_chip_has_a_count_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "pizza");
    studio.click("Add pizza");
    let count = studio.harness.get_by_label("Pictures of pizza");
    count.increment_accesskit();
    studio.harness.run();
    studio.click("Generate");
    let jobs = studio.jobs();
    let is_pizza = |recipe: &strata_engine::Recipe| recipe.subject == Subject::Class(963);
    let pizzas = jobs.iter().filter(|(_, recipe)| is_pizza(recipe)).count();
    assert_eq!((jobs.len(), pizzas), (9, 5));
}

#[test]
fn shift_and_enter_add_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    let before = studio.state().chosen_classes();
    search(&mut studio, "vulcano");
    studio
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    studio.harness.run();
    assert_eq!(
        studio.state().chosen_classes(),
        [before, vec![980]].concat()
    );
}

#[test]
fn stars_and_drawn_classes_have_lists_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "pizza");
    studio.click("Make pizza a favourite");
    assert_eq!(studio.state().preferences.favourite_classes, [963]);
    studio.click("Favourites");
    assert_eq!(studio.state().search.text, "");
    studio.click("pizza");
    assert_eq!(studio.state().chosen_classes(), [963]);
    studio.click("pizza is a favourite");
    let pizza = by().role(Role::Button).label("pizza");
    assert!(studio.harness.query(pizza.clone()).is_none());
    studio.click("Generate");
    studio.click("Recent classes");
    assert!(studio.harness.query(pizza).is_some());
    studio.click("All classes");
    assert_eq!(studio.state().picking.view, ClassView::All);
}

#[test]
fn arrows_open_walk_and_fold_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Tree of classes");
    let animal = by().label_contains("animal: ");
    studio.harness.get(animal.clone()).focus();
    studio.harness.run();
    studio.press(Key::ArrowRight);
    assert_eq!(studio.state().picking.open.len(), 1);
    studio.press(Key::ArrowRight);
    assert!(!studio.harness.get(animal.clone()).is_focused());
    studio.press(Key::ArrowDown);
    studio.press(Key::ArrowLeft);
    assert!(studio.harness.get(animal.clone()).is_focused());
    studio.press(Key::ArrowLeft);
    assert!(studio.state().picking.open.is_empty());
    studio.press(Key::End);
    studio.press(Key::Home);
    studio.press(Key::ArrowUp);
    let field = studio.harness.get_by_label("Search classes");
    assert!(field.is_focused(), "above the first line is the search");
}

#[test]
fn the_focus_goes_on_where_the_list_scrolls() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.harness.get_by_label("Search classes").focus();
    studio.harness.run();
    studio.press(Key::ArrowDown);
    for _ in 0..40 {
        studio.press(Key::ArrowDown);
    }
    let at_forty = studio.state().search.found[40];
    studio.press(Key::Enter);
    assert_eq!(studio.state().chosen_classes(), [at_forty]);
}

#[test]
fn a_branch_is_opened_from_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "dog");
    studio.press(Key::ArrowDown);
    let dog = "dog: 1 of 118 classes";
    assert!(studio.harness.get_by_label(dog).is_focused());
    studio.press(Key::ArrowRight);
    assert_eq!(studio.state().picking.view, ClassView::Tree);
    assert_eq!(studio.state().search.text, "");
    assert!(studio.harness.get_by_label(dog).is_focused());
    assert!(
        studio.harness.query_by_label("pug").is_some()
            || studio
                .harness
                .query(by().label_contains("hunting dog: "))
                .is_some(),
        "what is in it is in sight"
    );
}

/// Written to `STRATA_SCREENS`, to be looked at.
#[test]
fn each_list_as_it_looks() {
    if !screens::adapter() {
        return;
    }
    for (theme, size) in [
        (Theme::Dark, Vec2::new(1024.0, 640.0)),
        (Theme::Light, Vec2::new(1600.0, 1000.0)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut studio = screens::open(folder.path(), theme, size, 4);
        studio.model_ready(&pictures(4));
        search(&mut studio, "retreiver");
        studio.click("Make Golden Retriever a favourite");
        studio.click("Add Golden Retriever");
        screens::keep(&mut studio, &format!("classes-{theme:?}-typo"));
        studio.click("Clear the search");
        search(&mut studio, "dog");
        screens::keep(&mut studio, &format!("classes-{theme:?}-search"));
        studio.press(Key::ArrowDown);
        studio.press(Key::ArrowRight);
        screens::keep(&mut studio, &format!("classes-{theme:?}-tree"));
        studio.click("Favourites");
        screens::keep(&mut studio, &format!("classes-{theme:?}-favourites"));
    }
}
