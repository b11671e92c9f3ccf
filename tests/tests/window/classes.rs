//! The class panel: search, lists, tree, favourites and counts, as a person uses them.

use eframe::egui::{Key, Modifiers, Theme, Vec2, accesskit::Role};
use egui_kittest::kittest::{Queryable as _, by};
use strata::state::{ClassView, State};
use strata_engine::Subject;

use super::{
    screens,
    script::{Setup, Studio, pictures},
};

fn click(studio: &mut Studio, label: &str) {
    studio.harness.get_by_label(label).click();
    studio.harness.run();
}

fn search(studio: &mut Studio, text: &str) {
    studio.harness.get_by_label("Search classes").focus();
    studio.harness.run();
    let field = studio.harness.get_by_label("Search classes");
    field.type_text(text);
    studio.harness.run();
}

fn press(studio: &mut Studio, key: Key) {
    studio.harness.key_press(key);
    studio.harness.run();
}

fn state(studio: &Studio) -> &State {
    studio.harness.state().state()
}

#[test]
fn each_chip_has_a_count_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "pizza");
    click(&mut studio, "Add pizza");
    let count = studio.harness.get_by_label("Pictures of pizza");
    count.increment_accesskit();
    studio.harness.run();
    click(&mut studio, "Generate");
    let jobs = studio.jobs();
    let is_pizza = |recipe: &strata_engine::Recipe| recipe.subject == Subject::Class(963);
    let pizzas = jobs.iter().filter(|(_, recipe)| is_pizza(recipe)).count();
    assert_eq!((jobs.len(), pizzas), (9, 5));
}

#[test]
fn shift_and_enter_add_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    let before = state(&studio).chosen_classes();
    search(&mut studio, "vulcano");
    studio
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    studio.harness.run();
    assert_eq!(
        state(&studio).chosen_classes(),
        [before, vec![980]].concat()
    );
}

#[test]
fn stars_and_drawn_classes_have_lists_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "pizza");
    click(&mut studio, "Make pizza a favourite");
    assert_eq!(state(&studio).preferences.favourite_classes, [963]);
    click(&mut studio, "Favourites");
    assert_eq!(state(&studio).search.text, "");
    click(&mut studio, "pizza");
    assert_eq!(state(&studio).chosen_classes(), [963]);
    click(&mut studio, "pizza is a favourite");
    let pizza = by().role(Role::Button).label("pizza");
    assert!(studio.harness.query(pizza.clone()).is_none());
    click(&mut studio, "Generate");
    click(&mut studio, "Recent classes");
    assert!(studio.harness.query(pizza).is_some());
    click(&mut studio, "All classes");
    assert_eq!(state(&studio).picking.view, ClassView::All);
}

#[test]
fn arrows_open_walk_and_fold_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    click(&mut studio, "Tree of classes");
    let animal = by().label_contains("animal: ");
    studio.harness.get(animal.clone()).focus();
    studio.harness.run();
    press(&mut studio, Key::ArrowRight);
    assert_eq!(state(&studio).picking.open.len(), 1);
    press(&mut studio, Key::ArrowRight);
    assert!(!studio.harness.get(animal.clone()).is_focused());
    press(&mut studio, Key::ArrowDown);
    press(&mut studio, Key::ArrowLeft);
    assert!(studio.harness.get(animal.clone()).is_focused());
    press(&mut studio, Key::ArrowLeft);
    assert!(state(&studio).picking.open.is_empty());
    press(&mut studio, Key::End);
    press(&mut studio, Key::Home);
    press(&mut studio, Key::ArrowUp);
    let field = studio.harness.get_by_label("Search classes");
    assert!(field.is_focused(), "above the first line is the search");
}

#[test]
fn the_focus_goes_on_where_the_list_scrolls() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.harness.get_by_label("Search classes").focus();
    studio.harness.run();
    press(&mut studio, Key::ArrowDown);
    for _ in 0..40 {
        press(&mut studio, Key::ArrowDown);
    }
    let at_forty = state(&studio).search.found[40];
    press(&mut studio, Key::Enter);
    assert_eq!(state(&studio).chosen_classes(), [at_forty]);
}

#[test]
fn a_branch_is_opened_from_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    search(&mut studio, "dog");
    press(&mut studio, Key::ArrowDown);
    let dog = "dog: 1 of 118 classes";
    assert!(studio.harness.get_by_label(dog).is_focused());
    press(&mut studio, Key::ArrowRight);
    assert_eq!(state(&studio).picking.view, ClassView::Tree);
    assert_eq!(state(&studio).search.text, "");
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
        click(&mut studio, "Make Golden Retriever a favourite");
        click(&mut studio, "Add Golden Retriever");
        screens::keep(&mut studio, &format!("classes-{theme:?}-typo"));
        click(&mut studio, "Clear the search");
        search(&mut studio, "dog");
        screens::keep(&mut studio, &format!("classes-{theme:?}-search"));
        press(&mut studio, Key::ArrowDown);
        press(&mut studio, Key::ArrowRight);
        screens::keep(&mut studio, &format!("classes-{theme:?}-tree"));
        click(&mut studio, "Favourites");
        screens::keep(&mut studio, &format!("classes-{theme:?}-favourites"));
    }
}
