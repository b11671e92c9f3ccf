//! What the class panel shows. Lines borrow their words: a thousand of them are made each frame.

use std::borrow::Cow;

use crate::{
    classes::NodeId,
    gallery::{index::Content, thumbnails::Key},
    state::{ClassView, Revealed, State},
    wording,
};

/// The edge of a small picture beside a class, in pixels.
const PICTURE_PIXELS: f32 = 64.0;

/// The class panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes<'a> {
    /// What was typed.
    pub search: &'a str,
    /// The list that is shown; `None` while something is searched for.
    pub view: Option<ClassView>,
    /// The chosen classes.
    pub chips: Vec<Chip<'a>>,
    /// Pictures of a class without a number of its own.
    pub common_count: u32,
    /// The list.
    pub lines: Vec<Line<'a>>,
    /// Said in place of an empty list.
    pub empty: &'static str,
    /// The class that Enter in the search field chooses.
    pub first: Option<u32>,
    /// Why classes are greyed.
    pub unknown_reason: String,
    /// Whether any line has room for a picture.
    pub pictured: bool,
    /// The line of the tree to bring into view.
    pub revealed: Option<Revealed>,
}

/// A chosen class.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip<'a> {
    /// Its number.
    pub class: u32,
    /// Its name.
    pub name: Cow<'a, str>,
    /// How many pictures of it are made.
    pub count: u32,
    /// Whether that number is its own.
    pub own: bool,
    /// Whether the model knows it; what it does not know is left out.
    pub known: bool,
    /// Its newest picture.
    pub picture: Option<SmallPicture<'a>>,
    /// Whether it can be taken away: the last one cannot.
    pub removable: bool,
}

/// A picture beside a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmallPicture<'a> {
    /// Which small copy.
    pub key: Key,
    /// The picture's file, relative to the pictures folder, `/` between the parts.
    pub path: &'a str,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// A class.
    Class(Row<'a>),
    /// A branch of the tree.
    Branch(Branch<'a>),
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
    /// Whether it is a favourite.
    pub favourite: bool,
    /// How many branches it is in, in the tree; `None` in the other lists.
    pub depth: Option<usize>,
    /// Its newest picture.
    pub picture: Option<SmallPicture<'a>>,
}

/// A branch of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch<'a> {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: &'a str,
    /// How many branches it is in; `None` when it was found by a search.
    pub depth: Option<usize>,
    /// Whether it is open.
    pub open: bool,
    /// How many of its classes the model knows.
    pub known: usize,
    /// How many classes it has.
    pub all: usize,
}

impl<'a> Classes<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let search = &state.search;
        let known = state.known_classes();
        let view = search.text.trim().is_empty().then_some(state.picking.view);
        let lines = match view {
            None => found(state, &known),
            Some(ClassView::All) => by_name(state),
            Some(ClassView::Tree) => tree(state, &known),
            Some(ClassView::Favourites) => {
                listed(state, &known, &state.preferences.favourite_classes)
            }
            Some(ClassView::Recent) => listed(state, &known, &state.preferences.recent_classes),
        };
        Self {
            search: &search.text,
            view,
            chips: chips(state, &known),
            common_count: state.desk().count,
            lines,
            empty: match view {
                Some(ClassView::Favourites) => wording::classes::NO_FAVOURITES,
                Some(ClassView::Recent) => wording::classes::NO_RECENT,
                _ => wording::NO_CLASS_FOUND,
            },
            first: search.found.first().copied().filter(|_| search.known > 0),
            unknown_reason: match state.card() {
                Some(card) => wording::class_not_known(&card.name),
                None => wording::classes::NO_MODEL.into(),
            },
            pictured: !state.picking.overview.classes.is_empty(),
            revealed: state.picking.revealed,
        }
    }
}

fn chips<'a>(state: &'a State, known: &[u32]) -> Vec<Chip<'a>> {
    let chips = state.chosen.iter().map(|chosen| Chip {
        class: chosen.class,
        name: name(state, chosen.class),
        count: state.count_of(chosen),
        own: chosen.own_count.is_some(),
        known: known.binary_search(&chosen.class).is_ok(),
        picture: picture(state, chosen.class),
        removable: state.chosen.len() > 1,
    });
    chips.collect()
}

/// What a search found: branches, classes that the model knows, the others.
fn found<'a>(state: &'a State, known: &[u32]) -> Vec<Line<'a>> {
    let branches = match state.search.branches.is_empty() {
        true => Vec::new(),
        false => {
            let counts = state.classes.outline().count(known);
            let found = state.search.branches.iter();
            let line = |node: &NodeId| branch(state, *node, &counts);
            let each = found.filter_map(line).map(|branch| Branch {
                depth: None,
                open: false,
                ..branch
            });
            each.map(Line::Branch).collect()
        }
    };
    branches.into_iter().chain(by_name(state)).collect()
}

/// The classes as the reducer listed them.
fn by_name(state: &State) -> Vec<Line<'_>> {
    let search = &state.search;
    let mut lines = Vec::with_capacity(search.found.len() + 1);
    for (at, class) in search.found.iter().enumerate() {
        if at == search.known {
            lines.push(Line::Unknown);
        }
        lines.push(Line::Class(row(state, *class, at < search.known, None)));
    }
    lines
}

fn listed<'a>(state: &'a State, known: &[u32], classes: &[u32]) -> Vec<Line<'a>> {
    let rows = classes.iter().map(|class| {
        let known = known.binary_search(class).is_ok();
        Line::Class(row(state, *class, known, None))
    });
    rows.collect()
}

fn tree<'a>(state: &'a State, known: &[u32]) -> Vec<Line<'a>> {
    let outline = state.classes.outline();
    let counts = outline.count(known);
    let visible = outline.visible(&state.picking.open).into_iter();
    let lines = visible.filter_map(|node| {
        let entry = outline.get(node)?;
        match entry.class {
            None => branch(state, node, &counts).map(Line::Branch),
            Some(class) => {
                let known = counts.get(node.0).is_some_and(|count| *count > 0);
                Some(Line::Class(row(state, class, known, Some(entry.depth))))
            }
        }
    });
    lines.collect()
}

fn branch<'a>(state: &'a State, node: NodeId, counts: &[usize]) -> Option<Branch<'a>> {
    let entry = state.classes.outline().get(node)?;
    Some(Branch {
        node,
        name: &entry.name,
        depth: Some(entry.depth),
        open: state.picking.open.contains(&node),
        known: counts.get(node.0).copied().unwrap_or_default(),
        all: entry.classes,
    })
}

fn name(state: &State, class: u32) -> Cow<'_, str> {
    match state.classes.get(class) {
        Some(class) => Cow::Borrowed(&class.name),
        None => Cow::Owned(state.class_name(class)),
    }
}

fn row(state: &State, class: u32, known: bool, depth: Option<usize>) -> Row<'_> {
    let listed = state.classes.get(class);
    Row {
        class,
        name: name(state, class),
        wnid: listed.map_or("", |class| &class.wnid),
        synonyms: listed.map_or(&[], |class| &class.synonyms),
        chosen: state.chosen.iter().any(|chosen| chosen.class == class),
        known,
        favourite: state.preferences.favourite_classes.contains(&class),
        depth,
        picture: picture(state, class),
    }
}

/// The newest picture of a class.
fn picture(state: &State, class: u32) -> Option<SmallPicture<'_>> {
    let newest = state
        .picking
        .overview
        .classes
        .get(&class)?
        .newest
        .as_ref()?;
    match &newest.content {
        Content::Picture(facts) => Some(SmallPicture {
            key: Key::fitting(facts.identity, PICTURE_PIXELS),
            path: &newest.file.path,
        }),
        Content::Foreign | Content::Unreadable(_) => None,
    }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
