//! The class panel as text, in each of its lists.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use crate::{
    actions::Action,
    gallery::index::{self, ClassOverview, Overview},
    panels::fixture::{self, act},
};

fn text(classes: &Classes<'_>, lines: usize) -> String {
    let mut text = String::new();
    for chip in &classes.chips {
        let count = match chip.own {
            true => format!("{}!", chip.count),
            false => chip.count.to_string(),
        };
        let grey = if chip.known { "" } else { "?" };
        let cross = if chip.removable { " x" } else { "" };
        text += &format!("[{count} {}{grey}{cross}] ", chip.name);
    }
    for line in classes.lines.iter().take(lines) {
        text += &match line {
            Line::Unknown => "\n--".to_owned(),
            Line::Branch(branch) => format!(
                "\n{}{} {} {}/{}",
                "  ".repeat(branch.depth.unwrap_or_default()),
                if branch.open { "v" } else { ">" },
                branch.name,
                branch.known,
                branch.all,
            ),
            Line::Class(row) => format!(
                "\n{}{}{} {}{}",
                "  ".repeat(row.depth.unwrap_or_default()),
                if row.chosen { "* " } else { "" },
                row.class,
                row.name,
                if row.known { "" } else { "?" },
            ),
        };
    }
    text
}

#[test]
fn known_classes_come_first_by_name_and_the_first_is_chosen() {
    let state = fixture::state();
    let unknown = first_unknown(&state);
    assert_eq!(
        text(&Classes::of(&state), 5),
        format!(
            "[4 Golden Retriever] \n* 207 Golden Retriever\n963 pizza\n387 red panda\n--\n{unknown}?"
        )
    );
}

/// The first class by name that the fixture's model does not know.
fn first_unknown(state: &State) -> String {
    let mut all: Vec<_> = state.classes.all().iter().collect();
    all.sort_by_key(|class| class.name.to_lowercase());
    let first = all
        .iter()
        .find(|class| ![207, 387, 963].contains(&class.id));
    let first = first.unwrap();
    format!("{} {}", first.id, first.name)
}

#[test]
fn a_search_lists_branches_then_known_classes_then_the_others() {
    let mut state = fixture::state();
    act(&mut state, [Action::SearchClasses("retriever".into())]);
    let classes = Classes::of(&state);
    assert_eq!((classes.first, classes.view), (Some(207), None));
    assert_eq!(
        text(&classes, 3),
        "[4 Golden Retriever] \n> retriever 1/5\n* 207 Golden Retriever\n--"
    );
    let known = |line: &Line<'_>| matches!(line, Line::Class(row) if row.known);
    assert_eq!(classes.lines.iter().filter(|line| known(line)).count(), 1);
    assert!(classes.lines.len() > 4, "{}", text(&classes, 9));
}

#[test]
fn nothing_found_is_an_empty_list() {
    let mut state = fixture::state();
    act(&mut state, [Action::SearchClasses("qqqqqqqqqq".into())]);
    let classes = Classes::of(&state);
    assert_eq!((classes.lines.len(), classes.first), (0, None));
    assert_eq!(classes.empty, wording::NO_CLASS_FOUND);
}

#[test]
fn several_chosen_classes_can_be_taken_away_until_one_is_left() {
    let mut state = fixture::state();
    act(
        &mut state,
        [Action::ToggleClass(963), Action::ToggleClass(0)],
    );
    assert!(text(&Classes::of(&state), 0).contains("[4 Golden Retriever x] [4 pizza x]"));
    let own = Action::SetClassCount {
        class: 963,
        count: 2,
    };
    act(&mut state, [Action::SetCount(5), own]);
    assert!(text(&Classes::of(&state), 0).contains("[5 Golden Retriever x] [2! pizza x]"));
    act(
        &mut state,
        [Action::ToggleClass(207), Action::ToggleClass(963)],
    );
    assert_eq!(text(&Classes::of(&state), 0), "[2! pizza] ");
}

#[test]
fn what_another_model_knows_stays_greyed() {
    let mut preferences = crate::settings::Preferences::default();
    preferences.classes.chosen = vec![1, 207];
    preferences.favourite_classes = vec![1];
    let mut state = fixture::restarted(preferences);
    let classes = Classes::of(&state);
    assert_eq!(text(&classes, 0), "[4 goldfish? x] [4 Golden Retriever x] ");
    assert!(classes.unknown_reason.contains("Sticker book"));
    assert_eq!(state.batch_size(), 4);
    act(&mut state, [Action::SetClassView(ClassView::Favourites)]);
    assert!(text(&Classes::of(&state), 9).ends_with("\n* 1 goldfish?"));
}

#[test]
fn the_tree_counts_what_the_model_knows() {
    let mut state = fixture::state();
    act(&mut state, [Action::SetClassView(ClassView::Tree)]);
    let folded = text(&Classes::of(&state), 40);
    assert!(folded.contains("\n> animal 2/398"), "{folded}");
    assert!(!folded.contains("207"), "{folded}");
    act(&mut state, [Action::ShowClass(207)]);
    let open = text(&Classes::of(&state), 200);
    assert!(open.contains("v retriever 1/5\n"), "{open}");
    assert!(open.contains("* 207 Golden Retriever\n"), "{open}");
}

#[test]
fn empty_lists_say_how_they_fill() {
    let mut state = fixture::state();
    for (view, words) in [
        (ClassView::Favourites, wording::classes::NO_FAVOURITES),
        (ClassView::Recent, wording::classes::NO_RECENT),
    ] {
        act(&mut state, [Action::SetClassView(view)]);
        let classes = Classes::of(&state);
        assert_eq!((classes.lines.len(), classes.empty), (0, words));
    }
    act(&mut state, [Action::Generate, Action::ToggleFavourite(963)]);
    assert!(text(&Classes::of(&state), 9).ends_with("\n* 207 Golden Retriever"));
}

#[test]
fn a_class_has_its_newest_picture_beside_it() {
    let mut state = fixture::state();
    assert!(!Classes::of(&state).pictured);
    let newest = Arc::new(index::fixture::row(3));
    let mut overview = Overview::default();
    let of_class = ClassOverview {
        pictures: 1,
        newest: Some(Arc::clone(&newest)),
    };
    overview.classes.insert(207, of_class);
    state.note_overview(&Arc::new(overview));
    let classes = Classes::of(&state);
    let picture = classes.chips[0].picture.unwrap();
    assert!(classes.pictured);
    assert_eq!(picture.path, newest.file.path);
    assert_eq!(picture.key.edge, 128);
    let without = |line: &&Line<'_>| matches!(line, Line::Class(row) if row.picture.is_none());
    assert_eq!(
        classes.lines.iter().filter(without).count(),
        classes.lines.len() - 2,
        "all but one class and the divider"
    );
}
