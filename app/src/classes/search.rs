//! How near a query is to a class or a branch of the tree: pure text, no list of classes.

use super::{
    Class,
    typo::{Mistakes, Typed},
};

/// Lower case, every run of other characters than letters and digits one space.
pub(super) fn fold(text: &str) -> String {
    // Apostrophes vanish rather than split: "carpenter's kit".
    let plain = text.to_lowercase().replace(['\'', '’'], "");
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// The kinds of match, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Exact,
    Prefix,
    WordPrefix,
    /// Every word of the query starts some word of the key, in any order.
    Words,
    Substring,
    /// With typing mistakes.
    Typo(Mistakes),
}

/// How near: smaller is nearer. Among equals the name goes before synonyms, the shorter before the longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    kind: Kind,
    synonym: bool,
    length: usize,
}

impl Rank {
    /// Whether the query is words of the name, or their starts, as typed.
    fn is_of_words(&self) -> bool {
        self.kind < Kind::Substring
    }
}

/// What a query is compared with for one class, folded.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    number: String,
    wnid: String,
    name: String,
    synonyms: Vec<String>,
}

impl Keys {
    pub(super) fn of(class: &Class) -> Self {
        Self {
            number: class.id.to_string(),
            wnid: fold(&class.wnid),
            name: fold(&class.name),
            synonyms: class.synonyms.iter().map(|text| fold(text)).collect(),
        }
    }

    /// Of a branch of the tree.
    pub(super) fn of_branch(wnid: &str, name: &str) -> Self {
        Self {
            number: String::new(),
            wnid: fold(wnid),
            name: fold(name),
            synonyms: Vec::new(),
        }
    }

    pub(super) fn is_number_or_wnid(&self, query: &str) -> bool {
        self.number == query || self.wnid == query
    }

    pub(super) fn is_name(&self, query: &str) -> bool {
        self.name == query
    }

    pub(super) fn is_synonym(&self, query: &str) -> bool {
        self.synonyms.iter().any(|synonym| synonym == query)
    }

    /// How near the folded, non-empty `query` is as it was typed; `None` when it is not near at all.
    fn rank(&self, query: &str) -> Option<Rank> {
        let codes = [&self.number, &self.wnid]
            .into_iter()
            .filter_map(|key| Some((near_code(query, key)?, key.len())))
            .map(|(kind, length)| Rank {
                kind,
                synonym: false,
                length,
            });
        codes
            .min()
            .into_iter()
            .chain(self.best(|key| near_name(query, key)))
            .min()
    }

    /// How near the query is when typing mistakes are forgiven.
    fn rank_forgiving(&self, query: &Query) -> Option<Rank> {
        self.best(|key| query.mistakes(key).map(Kind::Typo))
    }

    /// The best match among name and synonyms.
    fn best(&self, near: impl Fn(&str) -> Option<Kind>) -> Option<Rank> {
        let name = std::iter::once((&self.name, false));
        let names = name.chain(self.synonyms.iter().map(|key| (key, true)));
        let ranks = names.filter_map(|(key, synonym)| {
            Some(Rank {
                kind: near(key)?,
                synonym,
                length: key.len(),
            })
        });
        ranks.min()
    }
}

/// What was typed, for comparing with mistakes.
struct Query {
    whole: Typed,
    words: Vec<(String, Typed)>,
}

impl Query {
    fn of(folded: &str) -> Self {
        let words = folded.split(' ');
        Self {
            whole: Typed::new(folded),
            words: words
                .map(|word| (word.to_owned(), Typed::new(word)))
                .collect(),
        }
    }

    /// The fewest mistakes that turn the query into the key, or each of its words into one of the key.
    fn mistakes(&self, key: &str) -> Option<Mistakes> {
        let by_word = self.words.iter().map(|(text, typed)| {
            let words = key.split(' ');
            words.filter_map(|word| near_word(text, typed, word)).min()
        });
        let none = Mistakes {
            count: 0,
            unfinished: false,
        };
        let by_word = by_word.into_iter().try_fold(none, |sum, next| {
            let next = next?;
            Some(Mistakes {
                count: sum.count + next.count,
                unfinished: sum.unfinished || next.unfinished,
            })
        });
        let whole = self.whole.mistakes(key);
        whole.into_iter().chain(by_word).min()
    }
}

/// Words too short for mistakes still match their own start.
fn near_word(text: &str, typed: &Typed, word: &str) -> Option<Mistakes> {
    match word.strip_prefix(text) {
        Some(rest) => Some(Mistakes {
            count: 0,
            unfinished: !rest.is_empty(),
        }),
        None => typed.mistakes(word),
    }
}

/// The places in `keys` that are near the folded, non-empty `query`, best first. What could be meant by
/// a typing mistake is found when no word starts as the query does.
pub(super) fn search(query: &str, keys: &[Keys]) -> Vec<usize> {
    let plain = ranked(keys, |key| key.rank(query));
    if plain.first().is_some_and(|(rank, _)| rank.is_of_words()) {
        return places(plain);
    }
    let forgiving = Query::of(query);
    places(ranked(keys, |key| {
        key.rank(query).or_else(|| key.rank_forgiving(&forgiving))
    }))
}

/// The places in `keys` whose name is `query`, starts with it, or holds it as words; best first.
pub(super) fn search_words(query: &str, keys: &[Keys]) -> Vec<usize> {
    places(ranked(keys, |key| {
        key.rank(query).filter(Rank::is_of_words)
    }))
}

fn ranked(keys: &[Keys], rank: impl Fn(&Keys) -> Option<Rank>) -> Vec<(Rank, usize)> {
    let ranks = keys.iter().enumerate();
    let mut found: Vec<(Rank, usize)> = ranks
        .filter_map(|(at, key)| Some((rank(key)?, at)))
        .collect();
    found.sort_unstable();
    found
}

fn places(found: Vec<(Rank, usize)>) -> Vec<usize> {
    found.into_iter().map(|(_, at)| at).collect()
}

/// Numbers and ids match whole or from their start: a mistake in one means another class.
fn near_code(query: &str, key: &str) -> Option<Kind> {
    if key == query {
        Some(Kind::Exact)
    } else if key.starts_with(query) {
        Some(Kind::Prefix)
    } else {
        None
    }
}

fn near_name(query: &str, key: &str) -> Option<Kind> {
    if key == query {
        return Some(Kind::Exact);
    }
    if key.starts_with(query) {
        return Some(Kind::Prefix);
    }
    if key
        .match_indices(query)
        .any(|(at, _)| key.as_bytes().get(at.wrapping_sub(1)) == Some(&b' '))
    {
        return Some(Kind::WordPrefix);
    }
    if query
        .split(' ')
        .all(|asked| key.split(' ').any(|word| word.starts_with(asked)))
    {
        return Some(Kind::Words);
    }
    key.contains(query).then_some(Kind::Substring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        assert_eq!(fold("  Jack-o'-Lantern "), "jack o lantern");
        assert_eq!(fold("golden_retriever"), "golden retriever");
        assert_eq!(fold("!?"), "");
    }

    fn mistakes(query: &str, key: &str) -> Option<(usize, bool)> {
        let found = Query::of(query).mistakes(key)?;
        Some((found.count, found.unfinished))
    }

    #[test]
    fn kinds_in_order() {
        let kinds: Vec<Option<Kind>> = ["red fox", "red", "fox", "fox red", "ed f", "read fox"]
            .iter()
            .map(|query| near_name(query, "red fox"))
            .collect();
        assert_eq!(
            kinds,
            [
                Some(Kind::Exact),
                Some(Kind::Prefix),
                Some(Kind::WordPrefix),
                Some(Kind::Words),
                Some(Kind::Substring),
                None
            ]
        );
        assert!(kinds[..5].is_sorted());
        assert_eq!(mistakes("read fox", "red fox"), Some((1, false)));
        assert_eq!(mistakes("cat", "red fox"), None);
    }

    #[test]
    fn each_word_may_have_its_mistake() {
        assert_eq!(
            mistakes("goldn retriver", "golden retriever"),
            Some((2, false))
        );
        assert_eq!(
            mistakes("goldenretriever", "golden retriever"),
            Some((1, false))
        );
        assert_eq!(
            mistakes("retreiv gol", "golden retriever"),
            Some((1, true)),
            "neither word is typed to its end"
        );
        assert_eq!(mistakes("cot", "cat"), None, "short words are exact");
    }

    #[test]
    fn numbers_match_from_their_start_only() {
        assert_eq!(near_code("20", "207"), Some(Kind::Prefix));
        assert_eq!(near_code("07", "207"), None);
    }
}
