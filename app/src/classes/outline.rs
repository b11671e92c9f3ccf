//! The tree of classes as lines, one below the other, of which branches can be folded. Which ones are
//! open, and how a line looks, is not said here.

use std::collections::BTreeSet;

use super::Node;

/// WordNet's uppermost groups ("entity", "object", "whole") tell a person nothing: a group of more
/// classes than this is left out, and what is below it stands in its place. "Animal" remains.
const MOST_CLASSES: usize = 400;

/// A line of the outline; valid as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// A branch or a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The WordNet id.
    pub wnid: String,
    /// The name to show.
    pub name: String,
    /// The class that it is; `None` for a branch.
    pub class: Option<u32>,
    /// How many branches it is in.
    pub depth: usize,
    /// The branch that it is in.
    pub parent: Option<NodeId>,
    /// How many classes are in it, itself included.
    pub classes: usize,
    /// The first line that is no longer in it.
    end: usize,
}

/// All lines: branches before classes, each kind by name, what is in a branch below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    entries: Vec<Entry>,
}

impl Outline {
    /// The outline of a tree.
    pub fn of(root: &Node) -> Self {
        let mut outline = Self::default();
        outline.add(top(root), 0, None);
        outline
    }

    fn add(&mut self, mut nodes: Vec<&Node>, depth: usize, parent: Option<NodeId>) {
        nodes.retain(|node| node.class.is_some() || !node.children.is_empty());
        nodes.sort_by_cached_key(|node| (node.children.is_empty(), node.name.to_lowercase()));
        for node in nodes {
            let at = self.entries.len();
            let is_class = node.children.is_empty();
            self.entries.push(Entry {
                wnid: node.wnid.clone(),
                name: node.name.clone(),
                class: node.class.filter(|_| is_class),
                depth,
                parent,
                classes: node.classes().len(),
                end: at + 1,
            });
            if !is_class {
                // A group that is a class as well has itself as its first line.
                let own = node.class.map(|class| Node {
                    class: Some(class),
                    children: Vec::new(),
                    ..node.clone()
                });
                let below = own.iter().chain(&node.children).collect();
                self.add(below, depth + 1, Some(NodeId(at)));
                self.entries[at].end = self.entries.len();
            }
        }
    }

    /// A line.
    pub fn get(&self, node: NodeId) -> Option<&Entry> {
        self.entries.get(node.0)
    }

    /// All branches.
    pub fn branches(&self) -> impl Iterator<Item = (NodeId, &Entry)> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(_, entry)| entry.class.is_none())
            .map(|(at, entry)| (NodeId(at), entry))
    }

    /// The line of a class.
    pub fn node_of(&self, class: u32) -> Option<NodeId> {
        let this = |entry: &Entry| entry.class == Some(class);
        self.entries.iter().position(this).map(NodeId)
    }

    /// The branches that a line is in, the nearest first.
    pub fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let parent = |node: NodeId| self.get(node)?.parent;
        std::iter::successors(parent(node), move |node| parent(*node))
    }

    /// The lines to show when these branches are open.
    pub fn visible(&self, open: &BTreeSet<NodeId>) -> Vec<NodeId> {
        let mut shown = Vec::new();
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            shown.push(NodeId(at));
            let folded = entry.class.is_none() && !open.contains(&NodeId(at));
            at = if folded { entry.end } else { at + 1 };
        }
        shown
    }

    /// For each line, how many of these classes (ascending) are in it.
    pub fn count(&self, known: &[u32]) -> Vec<usize> {
        let mut before = Vec::with_capacity(self.entries.len() + 1);
        before.push(0);
        for entry in &self.entries {
            let is_known = |class: u32| known.binary_search(&class).is_ok();
            let sum = before.last().copied().unwrap_or_default();
            before.push(sum + usize::from(entry.class.is_some_and(is_known)));
        }
        let entries = self.entries.iter().enumerate();
        entries
            .map(|(at, entry)| before[entry.end] - before[at])
            .collect()
    }
}

/// The tree without the groups that are too large to mean anything.
fn top(node: &Node) -> Vec<&Node> {
    let is_group = node.class.is_none() && !node.children.is_empty();
    match is_group && node.classes().len() > MOST_CLASSES {
        true => node.children.iter().flat_map(top).collect(),
        false => vec![node],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::classes::Classes;

    fn text(outline: &Outline, open: &BTreeSet<NodeId>) -> String {
        let lines = outline.visible(open).into_iter().map(|node| {
            let entry = outline.get(node).unwrap();
            format!("{}{}", "  ".repeat(entry.depth), entry.name)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn named(name: &str, class: Option<u32>, children: Vec<Node>) -> Node {
        Node {
            wnid: String::new(),
            name: name.into(),
            class,
            children,
        }
    }

    #[test]
    fn branches_come_before_classes_and_fold() {
        let tree = named(
            "all",
            None,
            vec![
                named("zebra", Some(1), Vec::new()),
                named("Ant", Some(2), Vec::new()),
                named("dog", Some(5), vec![named("pug", Some(3), Vec::new())]),
            ],
        );
        let outline = Outline::of(&tree);
        let mut open = BTreeSet::from([NodeId(0)]);
        assert_eq!(text(&outline, &open), "all\n  dog\n  Ant\n  zebra");
        open.insert(NodeId(1));
        assert_eq!(
            text(&outline, &open),
            "all\n  dog\n    dog\n    pug\n  Ant\n  zebra"
        );
        let pug = outline.node_of(3).unwrap();
        let ancestors: Vec<NodeId> = outline.ancestors(pug).collect();
        assert_eq!(ancestors, [NodeId(1), NodeId(0)]);
        assert_eq!(outline.count(&[2, 3])[..2], [2, 1]);
    }

    #[test]
    fn the_shipped_tree_has_every_class_and_a_short_top() {
        let outline = Classes::shipped().outline();
        let folded = outline.visible(&BTreeSet::new());
        assert!((10..40).contains(&folded.len()), "{}", folded.len());
        let entries = || folded.iter().map(|node| outline.get(*node).unwrap());
        assert_eq!(entries().map(|entry| entry.classes).sum::<usize>(), 1000);
        assert!(entries().any(|entry| entry.name == "animal"));
        let all: Vec<u32> = (0..1000).collect();
        let known = outline.count(&all);
        for (node, entry) in outline.branches() {
            assert_eq!(entry.classes, known[node.0], "{}", entry.name);
        }
        assert!(all.iter().all(|class| outline.node_of(*class).is_some()));
    }
}
