//! The classes under their WordNet parents, for browsing. Nothing is searched here.

use serde::Deserialize;

/// A node of the tree: a group of classes, a class, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Node {
    /// The WordNet id.
    pub wnid: String,
    /// The name to show.
    pub name: String,
    /// The class that this node is, by its ImageNet number.
    #[serde(default)]
    pub class: Option<u32>,
    /// What is below it.
    #[serde(default)]
    pub children: Vec<Node>,
}

impl Node {
    /// The classes at and below this node, in the order of the tree.
    pub fn classes(&self) -> Vec<u32> {
        let below = self.children.iter().flat_map(Self::classes);
        self.class.into_iter().chain(below).collect()
    }

    /// The other classes, nearest in the tree first: those of the smallest group with `class`, then of
    /// the next larger one, up to this node. Empty when `class` is not below.
    pub fn relatives(&self, class: u32) -> Vec<u32> {
        let mut found = Vec::new();
        self.gather(class, &mut found);
        found
    }

    /// Whether `class` is at or below this node; if so, `found` gets every other class of the node.
    fn gather(&self, class: u32, found: &mut Vec<u32>) -> bool {
        let Some(home) = self
            .children
            .iter()
            .position(|child| child.gather(class, found))
        else {
            return self.class == Some(class);
        };
        let others = self.children.iter().enumerate();
        found.extend(
            self.class.into_iter().chain(
                others
                    .filter(|(at, _)| *at != home)
                    .flat_map(|(_, child)| child.classes()),
            ),
        );
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(class: u32) -> Node {
        Node {
            class: Some(class),
            ..Node::default()
        }
    }

    fn group(children: Vec<Node>) -> Node {
        Node {
            children,
            ..Node::default()
        }
    }

    #[test]
    fn relatives_come_nearest_first() {
        let tree = group(vec![
            leaf(1),
            group(vec![group(vec![leaf(2), leaf(3)]), leaf(4)]),
        ]);
        assert_eq!(tree.relatives(2), [3, 4, 1]);
        assert_eq!(tree.relatives(1), [2, 3, 4]);
        assert_eq!(tree.relatives(9), [0_u32; 0]);
    }
}
