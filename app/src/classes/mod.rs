//! The 1,000 ImageNet classes: names, synonyms, WordNet ids, numbers, and their tree.
//!
//! What a person types becomes a class here, for the window and the headless commands alike. Which
//! classes a model knows is the model card's business.

mod outline;
mod search;
mod tree;
mod typo;

use std::{fmt, sync::OnceLock};

use serde::{Deserialize, Serialize};

pub use outline::{Entry, NodeId, Outline};
pub use tree::Node;

const CLASSES: &[u8] = include_bytes!("../../../assets/classes/imagenet_classes.json");
const TREE: &[u8] = include_bytes!("../../../assets/classes/imagenet_tree.json");

/// How many candidates an error lists.
const NEAR: usize = 6;

/// One ImageNet class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// The ImageNet number, 0 to 999.
    pub id: u32,
    /// The WordNet id, such as `n02099601`.
    pub wnid: String,
    /// The name to show.
    pub name: String,
    /// Other names, as the ImageNet labels give them; they may repeat the name.
    pub synonyms: Vec<String>,
}

impl fmt::Display for Class {
    /// Number, name and WordNet id: two classes can share a name, never this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.id, self.name, self.wnid)
    }
}

/// Why a text names no single class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// Several classes have exactly this name.
    #[error("{text:?} is the name of {} classes: {}", candidates.len(), listed(candidates))]
    Unclear {
        /// What was asked for.
        text: String,
        /// Every class of that name.
        candidates: Vec<Class>,
    },
    /// No class has this name.
    #[error("no class is named {text:?}{}", suggestion(near))]
    Unknown {
        /// What was asked for.
        text: String,
        /// The nearest classes, best first; may be empty.
        near: Vec<Class>,
    },
}

fn listed(classes: &[Class]) -> String {
    let labels: Vec<String> = classes.iter().map(ToString::to_string).collect();
    labels.join(", ")
}

fn suggestion(near: &[Class]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", listed(near))
    }
}

/// The classes, in the order of their numbers, and their tree.
#[derive(Clone, Debug)]
pub struct Classes {
    list: Vec<Class>,
    /// Per class: what a search compares with, folded once.
    keys: Vec<search::Keys>,
    root: Node,
    outline: Outline,
    /// The branches of the outline, and what a search compares with for each.
    branches: Vec<NodeId>,
    branch_keys: Vec<search::Keys>,
}

/// One entry of `imagenet_classes.json`.
#[derive(Deserialize)]
struct Row {
    index: u32,
    wnid: String,
    name: String,
    labels: String,
}

impl Classes {
    /// The classes inside the program.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Classes> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            // The files are part of the program and a test reads them, so this cannot fail in the field;
            // if it ever did, a program without class names is better than none.
            Self::read(CLASSES, TREE).unwrap_or_else(|error| {
                tracing::error!("the class list in the program is damaged: {error}");
                Self::of(Vec::new(), Node::default())
            })
        })
    }

    /// Reads the two JSON files.
    fn read(classes: &[u8], tree: &[u8]) -> serde_json::Result<Self> {
        let mut rows: Vec<Row> = serde_json::from_slice(classes)?;
        rows.sort_by_key(|row| row.index);
        let list: Vec<Class> = rows
            .into_iter()
            .map(|row| Class {
                id: row.index,
                wnid: row.wnid,
                name: row.name,
                synonyms: row
                    .labels
                    .split(',')
                    .map(|label| label.trim().to_owned())
                    .filter(|label| !label.is_empty())
                    .collect(),
            })
            .collect();
        Ok(Self::of(list, serde_json::from_slice(tree)?))
    }

    fn of(list: Vec<Class>, root: Node) -> Self {
        let outline = Outline::of(&root);
        let (branches, branch_keys) = outline
            .branches()
            .map(|(node, entry)| (node, search::Keys::of_branch(&entry.wnid, &entry.name)))
            .unzip();
        Self {
            keys: list.iter().map(search::Keys::of).collect(),
            list,
            root,
            outline,
            branches,
            branch_keys,
        }
    }

    /// All classes, in the order of their numbers.
    pub fn all(&self) -> &[Class] {
        &self.list
    }

    /// The root of the WordNet tree whose leaves are the classes.
    pub fn tree(&self) -> &Node {
        &self.root
    }

    /// The tree as lines that fold.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The class of an ImageNet number.
    pub fn get(&self, id: u32) -> Option<&Class> {
        self.list
            .binary_search_by_key(&id, |class| class.id)
            .ok()
            .and_then(|at| self.list.get(at))
    }

    /// The classes nearest to `query`, best first, at most `limit`: exact, then prefix, word prefix,
    /// substring, and, when no word starts as it does, typing mistakes; over names, synonyms, WordNet ids and
    /// numbers. An empty query gives the classes in the order of their numbers.
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Class> {
        let query = search::fold(query);
        if query.is_empty() {
            return self.list.iter().take(limit).collect();
        }
        let found = search::search(&query, &self.keys).into_iter();
        found
            .take(limit)
            .filter_map(|at| self.list.get(at))
            .collect()
    }

    /// The branches of the tree with the words of `query` in their name, best first, at most `limit`.
    /// Fewer than three letters name none: every third branch has them.
    pub fn search_branches(&self, query: &str, limit: usize) -> Vec<NodeId> {
        let query = search::fold(query);
        if query.len() < 3 {
            return Vec::new();
        }
        let found = search::search_words(&query, &self.branch_keys).into_iter();
        found
            .take(limit)
            .filter_map(|at| self.branches.get(at).copied())
            .collect()
    }

    /// The one class that `text` names: by number, WordNet id, name or synonym, ignoring case and
    /// punctuation. A class's own name goes before another's synonym.
    ///
    /// # Errors
    /// [`ClassError::Unclear`] when several classes have this name, [`ClassError::Unknown`] when none.
    pub fn resolve(&self, text: &str) -> Result<&Class, ClassError> {
        let query = search::fold(text);
        for named in [
            search::Keys::is_number_or_wnid,
            search::Keys::is_name,
            search::Keys::is_synonym,
        ] {
            let matching: Vec<&Class> = self
                .keys
                .iter()
                .zip(&self.list)
                .filter(|(keys, _)| named(keys, &query))
                .map(|(_, class)| class)
                .collect();
            match matching.as_slice() {
                [] => {}
                [class] => return Ok(class),
                several => {
                    return Err(ClassError::Unclear {
                        text: text.to_owned(),
                        candidates: several.iter().map(|class| (*class).clone()).collect(),
                    });
                }
            }
        }
        // An empty query matches everything in a search; as a name it is merely unknown.
        let near = if query.is_empty() {
            Vec::new()
        } else {
            self.search(text, NEAR).into_iter().cloned().collect()
        };
        Err(ClassError::Unknown {
            text: text.to_owned(),
            near,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids(found: &[&Class]) -> Vec<u32> {
        found.iter().map(|class| class.id).collect()
    }

    #[test]
    fn shipped_list_is_whole() {
        let classes = Classes::shipped();
        assert_eq!(classes.all().len(), 1000);
        for (number, class) in classes.all().iter().enumerate() {
            assert_eq!(class.id as usize, number);
            assert!(class.wnid.starts_with('n') && class.wnid.len() == 9);
            assert!(!class.name.is_empty() && !class.synonyms.is_empty());
        }
        assert_eq!(classes.get(207).unwrap().wnid, "n02099601");
        assert!(classes.get(1000).is_none());
    }

    #[test]
    fn tree_has_every_class_once() {
        let mut leaves = Classes::shipped().tree().classes();
        leaves.sort_unstable();
        assert_eq!(leaves, (0..1000).collect::<Vec<u32>>());
    }

    #[test]
    fn resolves_every_way_of_naming() {
        let classes = Classes::shipped();
        for text in [
            "golden retriever",
            "Golden Retriever",
            " golden-retriever ",
            "n02099601",
            "N02099601",
            "207",
        ] {
            assert_eq!(classes.resolve(text).unwrap().id, 207, "{text:?}");
        }
        // A synonym.
        assert_eq!(classes.resolve("Carassius auratus").unwrap().id, 1);
        // A garment's name, and a synonym of a dog.
        assert_eq!(classes.resolve("cardigan").unwrap().id, 474);
    }

    #[test]
    fn unclear_names_list_all() {
        for (text, expected) in [
            ("crane", vec![134, 517]),
            ("maillot", vec![638, 639]),
            ("sunglasses", vec![836, 837]),
        ] {
            match Classes::shipped().resolve(text) {
                Err(ClassError::Unclear { candidates, .. }) => {
                    let found: Vec<u32> = candidates.iter().map(|class| class.id).collect();
                    assert_eq!(found, expected, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let error = Classes::shipped().resolve("crane").unwrap_err().to_string();
        assert!(error.contains("134 ") && error.contains("517 "), "{error}");
    }

    #[test]
    fn unknown_names_list_the_nearest() {
        let error = Classes::shipped().resolve("goldn retriver").unwrap_err();
        match &error {
            ClassError::Unknown { near, .. } => assert_eq!(near[0].id, 207),
            other => panic!("{other:?}"),
        }
        for text in ["", "  ", "--", "1000", "99999999999999999999", "qzxqzxqzx"] {
            assert!(
                matches!(
                    Classes::shipped().resolve(text),
                    Err(ClassError::Unknown { .. })
                ),
                "{text:?}"
            );
        }
    }

    #[test]
    fn search_ranks_exact_prefix_word_substring_typo() {
        let classes = Classes::shipped();
        assert_eq!(classes.search("lemon", 5)[0].id, 951);
        assert_eq!(classes.search("207", 1)[0].id, 207);
        assert_eq!(classes.search("n02099601", 1)[0].id, 207);
        // Exact before a longer name, a name before a synonym.
        assert_eq!(classes.search("hen", 1)[0].id, 8);
        assert_eq!(classes.search("harp", 1)[0].id, 594);
        // A word within the name.
        assert!(ids(&classes.search("retriever", 20)).contains(&207));
        // Words in another order.
        assert!(ids(&classes.search("retriever golden", 3)).contains(&207));
        // Typing mistakes.
        assert_eq!(classes.search("strawbery", 3)[0].id, 949);
        assert_eq!(classes.search("bananna", 3)[0].id, 954);
    }

    #[test]
    fn search_forgives_while_typing() {
        let classes = Classes::shipped();
        assert_eq!(classes.search("strwab", 3)[0].id, 949);
        assert_eq!(classes.search("goldn retr", 3)[0].id, 207);
        assert_eq!(classes.search("volcanoe", 3)[0].id, 980);
        assert_eq!(
            ids(&classes.search("lemon", 9)),
            [951],
            "nothing to forgive"
        );
    }

    #[test]
    fn branches_are_found_by_their_words() {
        let classes = Classes::shipped();
        let names = |query: &str| -> Vec<&str> {
            let found = classes.search_branches(query, 3).into_iter();
            let entries = found.filter_map(|node| classes.outline().get(node));
            entries.map(|entry| entry.name.as_str()).collect()
        };
        let dogs = names("dog");
        assert_eq!((dogs[0], dogs.len()), ("dog", 3));
        assert!(names("do").is_empty());
        assert!(names("qzxqzxqzx").is_empty());
    }

    /// The best of several runs, so that a busy machine does not count.
    #[test]
    fn every_letter_is_searched_in_a_few_milliseconds() {
        let classes = Classes::shipped();
        let typed = "golden retreiver with bannanas";
        for end in 1..=typed.len() {
            let run = || {
                let start = std::time::Instant::now();
                std::hint::black_box(classes.search(&typed[..end], 80));
                start.elapsed()
            };
            let quick = (0..40).any(|_| run().as_millis() < 10);
            assert!(quick, "{:?}: {:?}", &typed[..end], run());
        }
    }

    #[test]
    fn search_keeps_its_limit_and_finds_nothing_in_noise() {
        let classes = Classes::shipped();
        assert_eq!(classes.search("dog", 4).len(), 4);
        assert_eq!(ids(&classes.search("", 3)), [0, 1, 2]);
        assert!(classes.search("qzxqzxqzxqzx", 10).is_empty());
        assert!(classes.search("dog", 0).is_empty());
    }
}
