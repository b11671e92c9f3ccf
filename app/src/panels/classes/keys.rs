//! Where the arrow keys lead in the lists of classes. Which line has the focus, and how it is drawn, is
//! the business of `list`.

use super::Line;
use crate::actions::Action;

/// A key that moves in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// Fold, or to the branch that this is in.
    Left,
    /// Open, or into the branch; in a list, to the same line of the tree.
    Right,
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

/// What an arrow does.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The focus goes to this line.
    To(usize),
    /// The focus goes back to the search field.
    ToSearch,
    /// Something is done.
    Do(Action),
}

/// What `arrow` does at line `at`.
pub fn step(lines: &[Line<'_>], at: usize, arrow: Arrow) -> Option<Step> {
    match arrow {
        Arrow::Up => Some(before(lines, at).map_or(Step::ToSearch, Step::To)),
        Arrow::Down => after(lines, at + 1).map(Step::To),
        Arrow::First => after(lines, 0).map(Step::To),
        Arrow::Last => before(lines, lines.len()).map(Step::To),
        Arrow::Left => match lines.get(at)? {
            Line::Branch(branch) if branch.open => {
                Some(Step::Do(Action::ToggleBranch(branch.node)))
            }
            line => parent(lines, at, depth(line)?).map(Step::To),
        },
        Arrow::Right => match lines.get(at)? {
            Line::Branch(branch) if branch.depth.is_none() => {
                Some(Step::Do(Action::ShowBranch(branch.node)))
            }
            Line::Branch(branch) if !branch.open => {
                Some(Step::Do(Action::ToggleBranch(branch.node)))
            }
            Line::Class(row) if row.depth.is_none() => Some(Step::Do(Action::ShowClass(row.class))),
            line => {
                let below = after(lines, at + 1)?;
                (depth(lines.get(below)?) > depth(line)).then_some(Step::To(below))
            }
        },
    }
}

/// The first line from `at` on that takes the focus.
pub fn after(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let rest = lines.get(at..)?;
    rest.iter().position(takes_focus).map(|found| at + found)
}

fn before(lines: &[Line<'_>], at: usize) -> Option<usize> {
    lines.get(..at)?.iter().rposition(takes_focus)
}

fn parent(lines: &[Line<'_>], at: usize, depth: usize) -> Option<usize> {
    let holds =
        |line: &Line<'_>| matches!(line, Line::Branch(branch) if branch.depth < Some(depth));
    lines.get(..at)?.iter().rposition(holds)
}

/// What cannot be chosen is passed over.
fn takes_focus(line: &Line<'_>) -> bool {
    match line {
        Line::Class(row) => row.known,
        Line::Branch(_) => true,
        Line::Unknown => false,
    }
}

fn depth(line: &Line<'_>) -> Option<usize> {
    match line {
        Line::Class(row) => row.depth,
        Line::Branch(branch) => branch.depth,
        Line::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        panels::{
            classes::Classes,
            fixture::{act, state},
        },
        state::ClassView,
    };

    fn named(lines: &[Line<'_>], name: &str) -> usize {
        let this = |line: &Line<'_>| match line {
            Line::Branch(branch) => branch.name == name,
            Line::Class(row) => row.name == name,
            Line::Unknown => false,
        };
        lines.iter().position(this).unwrap()
    }

    #[test]
    fn up_and_down_pass_over_what_cannot_be_chosen() {
        let state = state();
        let lines = Classes::of(&state).lines;
        assert_eq!(step(&lines, 0, Arrow::Up), Some(Step::ToSearch));
        assert_eq!(step(&lines, 0, Arrow::Down), Some(Step::To(1)));
        assert_eq!(step(&lines, 2, Arrow::Down), None, "unknown ones follow");
        assert_eq!(step(&lines, 0, Arrow::Last), Some(Step::To(2)));
        assert_eq!(step(&lines, 2, Arrow::First), Some(Step::To(0)));
        assert_eq!(
            step(&lines, 1, Arrow::Right),
            Some(Step::Do(Action::ShowClass(963)))
        );
        assert_eq!(step(&lines, 1, Arrow::Left), None);
    }

    #[test]
    fn left_and_right_fold_and_open_branches() {
        let mut state = state();
        act(&mut state, [Action::SetClassView(ClassView::Tree)]);
        let lines = Classes::of(&state).lines;
        let animal = named(&lines, "animal");
        let Some(Step::Do(open)) = step(&lines, animal, Arrow::Right) else {
            panic!("a folded branch opens");
        };
        assert_eq!(step(&lines, animal, Arrow::Left), None);
        act(&mut state, [open.clone()]);
        let lines = Classes::of(&state).lines;
        assert_eq!(
            step(&lines, animal, Arrow::Right),
            Some(Step::To(animal + 1))
        );
        assert_eq!(
            step(&lines, animal + 1, Arrow::Left),
            Some(Step::To(animal))
        );
        assert_eq!(step(&lines, animal, Arrow::Left), Some(Step::Do(open)));
    }

    #[test]
    fn right_opens_the_tree_at_a_branch_that_was_found() {
        let mut state = state();
        act(&mut state, [Action::SearchClasses("retriever".into())]);
        let node = state.search.branches[0];
        let classes = Classes::of(&state);
        assert_eq!(
            step(&classes.lines, 0, Arrow::Right),
            Some(Step::Do(Action::ShowBranch(node)))
        );
    }
}
