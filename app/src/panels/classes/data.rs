//! What the class panel shows. Lines borrow their words: a thousand of them are made each frame.

use std::borrow::Cow;

use crate::state::State;

/// The class panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes<'a> {
    /// What was typed.
    pub search: &'a str,
    /// The chosen classes.
    pub chips: Vec<Chip<'a>>,
    /// The list.
    pub lines: Vec<Line<'a>>,
    /// The class that Enter in the search field chooses.
    pub first: Option<u32>,
    /// The model's name, for the words about classes that it does not know.
    pub model: &'a str,
}

/// A chosen class.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip<'a> {
    /// Its number.
    pub class: u32,
    /// Its name.
    pub name: Cow<'a, str>,
    /// Whether it can be taken away: the last one cannot.
    pub removable: bool,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// A class.
    Class(Row<'a>),
    /// Classes that the model does not know follow.
    Unknown,
}

/// A class in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// Its number.
    pub class: u32,
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its WordNet id.
    pub wnid: &'a str,
    /// Other names.
    pub synonyms: &'a [String],
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether the model knows it.
    pub known: bool,
}

impl<'a> Classes<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let search = &state.search;
        let row = |at: usize, class: u32| row(state, class, at < search.known);
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(search.found.len() + 1);
        for (at, class) in search.found.iter().enumerate() {
            if at == search.known {
                lines.push(Line::Unknown);
            }
            lines.push(Line::Class(row(at, *class)));
        }
        Self {
            search: &search.text,
            chips: state
                .chosen
                .iter()
                .map(|class| Chip {
                    class: *class,
                    name: name(state, *class),
                    removable: state.chosen.len() > 1,
                })
                .collect(),
            lines,
            first: search.found.first().copied().filter(|_| search.known > 0),
            model: state.card().map_or("", |card| &card.name),
        }
    }
}

fn name(state: &State, class: u32) -> Cow<'_, str> {
    match state.classes.get(class) {
        Some(class) => Cow::Borrowed(&class.name),
        None => Cow::Owned(state.class_name(class)),
    }
}

fn row(state: &State, class: u32, known: bool) -> Row<'_> {
    let listed = state.classes.get(class);
    Row {
        class,
        name: name(state, class),
        wnid: listed.map_or("", |class| &class.wnid),
        synonyms: listed.map_or(&[], |class| &class.synonyms),
        chosen: state.chosen.contains(&class),
        known,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{actions::Action, panels::fixture};

    fn text(classes: &Classes<'_>, lines: usize) -> String {
        let mut text = String::new();
        for chip in &classes.chips {
            text += &format!("[{}{}] ", chip.name, if chip.removable { " x" } else { "" });
        }
        for line in classes.lines.iter().take(lines) {
            text += &match line {
                Line::Unknown => "\n--".to_owned(),
                Line::Class(row) => format!(
                    "\n{}{} {}",
                    if row.chosen { "* " } else { "" },
                    row.class,
                    row.name
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
                "[Golden Retriever] \n* 207 Golden Retriever\n963 pizza\n387 red panda\n--\n{unknown}"
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
    fn search_puts_known_classes_before_unknown_ones() {
        let mut state = fixture::state();
        fixture::act(&mut state, [Action::SearchClasses("retriever".into())]);
        let classes = Classes::of(&state);
        assert_eq!(classes.first, Some(207));
        let known = |line: &Line<'_>| matches!(line, Line::Class(row) if row.known);
        assert_eq!(classes.lines.iter().filter(|line| known(line)).count(), 1);
        assert_eq!(classes.lines.get(1), Some(&Line::Unknown));
        assert!(classes.lines.len() > 3, "{}", text(&classes, 9));
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        let mut state = fixture::state();
        fixture::act(&mut state, [Action::SearchClasses("qqqqqqqqqq".into())]);
        let classes = Classes::of(&state);
        assert_eq!((classes.lines.len(), classes.first), (0, None));
    }

    #[test]
    fn several_chosen_classes_can_be_taken_away_until_one_is_left() {
        let mut state = fixture::state();
        fixture::act(
            &mut state,
            [Action::ToggleClass(963), Action::ToggleClass(0)],
        );
        assert!(text(&Classes::of(&state), 0).contains("[Golden Retriever x] [pizza x]"));
        fixture::act(
            &mut state,
            [Action::ToggleClass(207), Action::ToggleClass(963)],
        );
        assert_eq!(text(&Classes::of(&state), 0), "[pizza] ");
    }
}
