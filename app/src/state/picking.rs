//! Which classes to draw and how many pictures of each, and the lists they are picked from: search,
//! tree, favourites, recent ones. How pictures are made of them is the business of `making`.

use std::{collections::BTreeSet, sync::Arc};

use strata_engine::Mode;

use super::{Effect, MOST_PICTURES, State, desk_of};
use crate::{classes::NodeId, gallery::index::Overview, settings::Preferences};

/// Most classes that a search lists; past them it is quicker to type one more letter.
const MOST_RESULTS: usize = 80;
/// Most branches of the tree that a search lists.
const MOST_BRANCHES: usize = 3;

/// The list that is shown while nothing is searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassView {
    /// All classes by name.
    #[default]
    All,
    /// The WordNet tree.
    Tree,
    /// Favourites.
    Favourites,
    /// Classes drawn lately.
    Recent,
}

/// A class to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its number.
    pub class: u32,
    /// How many pictures of it; `None` for as many as of the others.
    pub own_count: Option<u32>,
}

/// A line of the tree that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// Which.
    pub node: NodeId,
    /// The class that it is, if it is one.
    pub class: Option<u32>,
    /// Counts up, so that the same line can be asked for again.
    pub serial: u64,
}

/// The lists that classes are picked from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picking {
    /// The list that is shown while nothing is searched for.
    pub view: ClassView,
    /// The open branches of the tree.
    pub open: BTreeSet<NodeId>,
    /// The line of the tree that was asked for last.
    pub revealed: Option<Revealed>,
    /// What the pictures folder holds of each class.
    pub overview: Arc<Overview>,
}

impl State {
    /// The chosen classes, those that the model does not know included.
    pub fn chosen_classes(&self) -> Vec<u32> {
        self.chosen.iter().map(|chosen| chosen.class).collect()
    }

    /// How many pictures of a chosen class are made.
    pub fn count_of(&self, chosen: &Chosen) -> u32 {
        let common = self.desks[desk_of(Mode::Classes)].count;
        chosen.own_count.unwrap_or(common)
    }

    /// The classes that are drawn, each with its number of pictures. What the model does not know
    /// stays chosen for another model, but is not drawn.
    pub fn to_draw(&self) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        let known = self.known_classes();
        let known = move |chosen: &&Chosen| known.binary_search(&chosen.class).is_ok();
        let drawn = self.chosen.iter().filter(known);
        drawn.map(|chosen| (chosen.class, self.count_of(chosen)))
    }

    /// Classes that the class model knows, ascending.
    pub fn known_classes(&self) -> Vec<u32> {
        let model = self.desks[desk_of(Mode::Classes)].model.as_deref();
        let card = model.and_then(|id| self.card_of(id));
        card.map(|card| card.classes.clone()).unwrap_or_default()
    }

    /// Chooses the class that stands first in the list, so that Generate works at once.
    pub(super) fn choose_first_class(&mut self) {
        let mut known = self.known_classes();
        known.sort_by_cached_key(|class| self.class_name(*class).to_lowercase());
        self.chosen = known.first().copied().map(chosen).into_iter().collect();
    }

    pub(super) fn choose_class(&mut self, class: u32) {
        if self.known_classes().contains(&class) {
            let already = self.chosen.iter().find(|chosen| chosen.class == class);
            self.chosen = vec![already.copied().unwrap_or(chosen(class))];
        }
    }

    /// The last class cannot be taken away: Generate always has something to draw.
    pub(super) fn toggle_class(&mut self, class: u32) {
        let place = self.chosen.iter().position(|chosen| chosen.class == class);
        match place {
            Some(at) if self.chosen.len() > 1 => {
                self.chosen.remove(at);
            }
            None if self.known_classes().contains(&class) => self.chosen.push(chosen(class)),
            _ => {}
        }
    }

    /// A class with the common number follows it again when that changes.
    pub(super) fn set_class_count(&mut self, class: u32, count: u32) {
        let common = self.desks[desk_of(Mode::Classes)].count;
        let count = count.clamp(1, MOST_PICTURES);
        let this = |chosen: &&mut Chosen| chosen.class == class;
        if let Some(chosen) = self.chosen.iter_mut().find(this) {
            chosen.own_count = (count != common).then_some(count);
        }
    }

    /// Lists what fits the text: by likeness when something was typed, by name otherwise.
    pub(super) fn search_classes(&mut self, text: String) {
        let known = self.known_classes();
        let typed = text.trim();
        let (all, branches): (Vec<u32>, _) = match typed.is_empty() {
            true => (self.classes_by_name(&known), Vec::new()),
            false => {
                let found = self.classes.search(typed, usize::MAX);
                let branches = self.classes.search_branches(typed, MOST_BRANCHES);
                (found.into_iter().map(|class| class.id).collect(), branches)
            }
        };
        let (mut found, unknown): (Vec<u32>, Vec<u32>) = all
            .into_iter()
            .partition(|class| known.binary_search(class).is_ok());
        self.search.known = found.len();
        found.extend(unknown);
        if !typed.is_empty() {
            found.truncate(MOST_RESULTS.max(self.search.known));
        }
        self.search.found = found;
        self.search.branches = branches;
        self.search.text = text;
    }

    fn classes_by_name(&self, known: &[u32]) -> Vec<u32> {
        let mut all: Vec<u32> = self.classes.all().iter().map(|class| class.id).collect();
        // A model may know numbers that the list of names does not.
        all.extend(known.iter().filter(|id| self.classes.get(**id).is_none()));
        all.sort_by_cached_key(|class| self.class_name(*class).to_lowercase());
        all
    }

    /// Asking for a list ends a search: there is one list at a time.
    pub(super) fn set_class_view(&mut self, view: ClassView) {
        self.picking.view = view;
        self.search_classes(String::new());
    }

    pub(super) fn toggle_branch(&mut self, node: NodeId) {
        if !self.picking.open.remove(&node) {
            self.picking.open.insert(node);
        }
    }

    /// Opens the tree at a line; a branch is opened itself.
    pub(super) fn show_in_tree(&mut self, node: NodeId) {
        let outline = self.classes.outline();
        let Some(entry) = outline.get(node) else {
            return;
        };
        self.picking.open.extend(outline.ancestors(node));
        if entry.class.is_none() {
            self.picking.open.insert(node);
        }
        let serial = self.picking.revealed.map_or(0, |last| last.serial) + 1;
        self.picking.revealed = Some(Revealed {
            node,
            class: entry.class,
            serial,
        });
        self.set_class_view(ClassView::Tree);
    }

    pub(super) fn show_class(&mut self, class: u32) {
        if let Some(node) = self.classes.outline().node_of(class) {
            self.show_in_tree(node);
        }
    }

    pub(super) fn toggle_favourite(&mut self, class: u32) -> Option<Effect> {
        let is_one = self.preferences.favourite_classes.contains(&class);
        self.prefer(|preferences| preferences.set_favourite(class, !is_one))
    }

    /// What is drawn now is recent; the first chosen class is the most recent.
    pub(super) fn note_drawn(&mut self) -> Option<Effect> {
        if self.mode != Mode::Classes {
            return None;
        }
        let drawn: Vec<u32> = self.to_draw().map(|(class, _)| class).rev().collect();
        self.prefer(|preferences| {
            for class in drawn {
                preferences.remember_class(class);
            }
        })
    }

    /// What the pictures folder holds, for the small pictures beside classes.
    pub fn note_overview(&mut self, overview: &Arc<Overview>) {
        self.picking.overview = Arc::clone(overview);
    }

    /// Takes up what an earlier session left. Classes of a model that is gone stay chosen.
    pub(super) fn take_up_classes(&mut self, left: &Preferences) {
        self.picking.view = left.class_view;
        let own_count = |class: u32| {
            let mut counts = left.classes.own_counts.iter();
            let (_, count) = counts.find(|(other, _)| *other == class)?;
            Some((*count).clamp(1, MOST_PICTURES))
        };
        let mut chosen: Vec<Chosen> = Vec::new();
        for class in left.classes.chosen.iter().copied() {
            if chosen.iter().all(|other| other.class != class) {
                let own_count = own_count(class);
                chosen.push(Chosen { class, own_count });
            }
        }
        if !chosen.is_empty() {
            self.chosen = chosen;
        }
    }

    pub(super) fn keep_classes(&self, kept: &mut Preferences) {
        kept.class_view = self.picking.view;
        if self.chosen.is_empty() {
            return;
        }
        let own_count = |chosen: &Chosen| Some((chosen.class, chosen.own_count?));
        kept.classes.chosen = self.chosen_classes();
        kept.classes.own_counts = self.chosen.iter().filter_map(own_count).collect();
    }
}

fn chosen(class: u32) -> Chosen {
    Chosen {
        class,
        own_count: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::{Command, Subject};

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{act, restarted, state},
    };

    /// The classes of the pictures that were asked for.
    fn asked(effects: &[Effect]) -> Vec<u32> {
        let class = |effect: &Effect| match effect {
            Effect::Engine(Command::Enqueue { recipe, .. }) => match recipe.subject {
                Subject::Class(class) => Some(class),
                Subject::Page => None,
            },
            _ => None,
        };
        effects.iter().filter_map(class).collect()
    }

    fn remembered(effects: &[Effect]) -> Preferences {
        let of = |effect: &Effect| match effect {
            Effect::Remember(preferences) => Some((**preferences).clone()),
            _ => None,
        };
        effects.iter().rev().find_map(of).unwrap()
    }

    fn own(class: u32, count: u32) -> Action {
        Action::SetClassCount { class, count }
    }

    #[test]
    fn every_class_has_a_count_of_its_own_or_the_common_one() {
        let mut state = state();
        let effects = act(
            &mut state,
            [
                Action::SetCount(2),
                Action::ToggleClass(963),
                own(963, 3),
                own(999, 7),
                Action::Generate,
            ],
        );
        assert_eq!(asked(&effects), [207, 207, 963, 963, 963]);
        assert_eq!(state.batch_size(), 5);
        act(&mut state, [Action::SetCount(1)]);
        assert_eq!(
            state.to_draw().collect::<Vec<_>>(),
            [(207, 1), (963, 3)],
            "an own count stays when the common one changes"
        );
        act(&mut state, [own(963, 1), Action::SetCount(5)]);
        assert_eq!(state.batch_size(), 10, "the common one is followed again");
        act(&mut state, [own(963, 1_000_000)]);
        assert_eq!(state.count_of(&state.chosen[1]), MOST_PICTURES);
    }

    #[test]
    fn counts_and_view_are_there_after_a_restart() {
        let mut before = state();
        let effects = act(
            &mut before,
            [
                Action::ToggleClass(963),
                own(963, 9),
                Action::SetClassView(ClassView::Tree),
            ],
        );
        let after = restarted(remembered(&effects));
        assert_eq!(after.chosen, before.chosen);
        assert_eq!(after.picking.view, ClassView::Tree);
    }

    #[test]
    fn favourites_are_kept_at_once() {
        let mut state = state();
        let effects = act(
            &mut state,
            [Action::ToggleFavourite(1), Action::ToggleFavourite(207)],
        );
        assert_eq!(remembered(&effects).favourite_classes, [1, 207]);
        let effects = act(&mut state, [Action::ToggleFavourite(1)]);
        assert_eq!(remembered(&effects).favourite_classes, [207]);
        assert_eq!(state.preferences.favourite_classes, [207]);
    }

    #[test]
    fn what_is_drawn_becomes_recent() {
        let mut state = state();
        act(&mut state, [Action::Generate, Action::ChooseClass(387)]);
        let effects = act(&mut state, [Action::ToggleClass(963), Action::Generate]);
        assert_eq!(remembered(&effects).recent_classes, [387, 963, 207]);
        act(&mut state, [Action::SetMode(Mode::Documents)]);
        act(&mut state, [Action::Generate]);
        assert_eq!(state.preferences.recent_classes, [387, 963, 207]);
    }

    #[test]
    fn a_search_finds_known_classes_however_many_are_nearer() {
        let mut state = state();
        act(&mut state, [Action::SearchClasses("a".into())]);
        let known = &state.search.found[..state.search.known];
        assert!(known.contains(&387), "red panda is one of hundreds");
        assert_eq!(state.search.found.len(), MOST_RESULTS);
    }

    #[test]
    fn a_branch_is_opened_from_a_search() {
        let mut state = state();
        act(&mut state, [Action::SearchClasses("dog".into())]);
        let dog = state.search.branches[0];
        act(&mut state, [Action::ShowBranch(dog)]);
        assert_eq!(state.search.text, "");
        assert_eq!(state.picking.view, ClassView::Tree);
        let outline = state.classes.outline();
        let shown = outline.visible(&state.picking.open);
        let pug = outline.node_of(254).unwrap();
        assert!(shown.contains(&dog) && shown.contains(&pug));
        assert_eq!(state.picking.revealed.unwrap().node, dog);
        act(&mut state, [Action::ToggleBranch(dog)]);
        let shown = state.classes.outline().visible(&state.picking.open);
        assert!(shown.contains(&dog) && !shown.contains(&pug));
        act(&mut state, [Action::ShowBranch(NodeId(usize::MAX))]);
    }
}
