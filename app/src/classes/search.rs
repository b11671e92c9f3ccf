//! How near a query is to a class: pure text, no list of classes.

use super::Class;

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
    /// With this many mistakes.
    Typo(usize),
}

/// How near: smaller is nearer. Among equals the name goes before synonyms, the shorter before the longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    kind: Kind,
    synonym: bool,
    length: usize,
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

    pub(super) fn is_number_or_wnid(&self, query: &str) -> bool {
        self.number == query || self.wnid == query
    }

    pub(super) fn is_name(&self, query: &str) -> bool {
        self.name == query
    }

    pub(super) fn is_synonym(&self, query: &str) -> bool {
        self.synonyms.iter().any(|synonym| synonym == query)
    }

    /// How near the folded, non-empty `query` is; `None` when it is not near at all.
    pub(super) fn rank(&self, query: &str) -> Option<Rank> {
        let codes = [&self.number, &self.wnid]
            .into_iter()
            .filter_map(|key| Some((near_code(query, key)?, false, key.len())));
        let name = near_name(query, &self.name).map(|kind| (kind, false, self.name.len()));
        let synonyms = self
            .synonyms
            .iter()
            .filter_map(|key| Some((near_name(query, key)?, true, key.len())));
        codes
            .chain(name)
            .chain(synonyms)
            .map(|(kind, synonym, length)| Rank {
                kind,
                synonym,
                length,
            })
            .min()
    }
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
    if key.contains(query) {
        return Some(Kind::Substring);
    }
    mistakes(query, key).map(Kind::Typo)
}

/// The fewest typing mistakes that turn the query into the key or into words of it, if few enough.
fn mistakes(query: &str, key: &str) -> Option<usize> {
    let whole = within(query, key);
    let by_word: Option<usize> = query
        .split(' ')
        .map(|asked| key.split(' ').filter_map(|word| within(asked, word)).min())
        .sum();
    [whole, by_word].into_iter().flatten().min()
}

/// The distance of two words when it is small for their length.
fn within(asked: &str, word: &str) -> Option<usize> {
    let length = asked.chars().count();
    let allowed = match length {
        0..=3 => 0,
        4..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    if length.abs_diff(word.chars().count()) > allowed {
        return None;
    }
    let distance = strsim::osa_distance(asked, word);
    (distance <= allowed).then_some(distance)
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

    #[test]
    fn kinds_in_order() {
        let kinds: Vec<Option<Kind>> = [
            "red fox", "red", "fox", "fox red", "ed f", "read fox", "cat",
        ]
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
                Some(Kind::Typo(1)),
                None
            ]
        );
        assert!(kinds[..6].is_sorted());
    }

    #[test]
    fn short_words_allow_no_mistake() {
        assert_eq!(near_name("cot", "cat"), None);
        assert_eq!(near_name("tigre", "tiger"), Some(Kind::Typo(1)));
    }

    #[test]
    fn numbers_match_from_their_start_only() {
        assert_eq!(near_code("20", "207"), Some(Kind::Prefix));
        assert_eq!(near_code("07", "207"), None);
    }
}
