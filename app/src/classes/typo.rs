//! Typing mistakes: how many letters turn what was typed into a word, or into the start of one that is
//! not typed to its end yet. Which words are compared is the search's business.

/// Most letters of what was typed that are compared.
const LONGEST: usize = 32;

/// How what was typed differs from a word: fewer mistakes are nearer, a word typed to its end goes
/// before one that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mistakes {
    /// Letters that are wrong, missing, too many, or swapped with their neighbour.
    pub count: usize,
    /// Whether the word goes on.
    pub unfinished: bool,
}

/// A word as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    letters: Vec<char>,
}

impl Typed {
    pub(super) fn new(text: &str) -> Self {
        Self {
            letters: text.chars().collect(),
        }
    }

    /// How many mistakes are forgiven in a whole word of this length.
    fn forgiven(&self) -> usize {
        match self.letters.len() {
            0..=3 => 0,
            4..=5 => 1,
            6..=9 => 2,
            _ => 3,
        }
    }

    /// The fewest mistakes that turn this into `word` or, forgiving one less, into the start of it.
    ///
    /// Optimal string alignment (Boytsov 2011, section 2.2.3) in columns, a column for each letter of
    /// `word`: the last number of a column is the distance to the word so far.
    pub(super) fn mistakes(&self, word: &str) -> Option<Mistakes> {
        let asked = self.letters.as_slice();
        let forgiven = self.forgiven();
        if asked.len() > LONGEST {
            return None;
        }
        let mut two_ago = [0; LONGEST + 1];
        let mut before: [usize; LONGEST + 1] = std::array::from_fn(|at| at);
        let mut now = [0; LONGEST + 1];
        let mut last = None;
        let mut start = usize::MAX;
        let mut whole = asked.len();
        for (at, letter) in word.chars().enumerate() {
            now[0] = at + 1;
            for (row, typed) in asked.iter().enumerate() {
                let changed = before[row] + usize::from(*typed != letter);
                let mut least = changed.min(before[row + 1] + 1).min(now[row] + 1);
                if row > 0 && last == Some(*typed) && asked[row - 1] == letter {
                    least = least.min(two_ago[row - 1] + 1);
                }
                now[row + 1] = least;
            }
            whole = now[asked.len()];
            start = start.min(whole);
            // No later number is smaller than all of two columns.
            let hopeless = |column: &[usize]| column.iter().all(|count| *count > forgiven);
            if hopeless(&now[..=asked.len()]) && hopeless(&before[..=asked.len()]) {
                whole = usize::MAX;
                break;
            }
            (two_ago, before, now) = (before, now, two_ago);
            last = Some(letter);
        }
        let found = |count: usize, unfinished: bool| Mistakes { count, unfinished };
        let whole = (whole <= forgiven).then(|| found(whole, false));
        let start = (start < forgiven).then(|| found(start, true));
        whole.into_iter().chain(start).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(asked: &str, word: &str) -> Option<(usize, bool)> {
        let found = Typed::new(asked).mistakes(word)?;
        Some((found.count, found.unfinished))
    }

    #[test]
    fn wrong_missing_added_and_swapped_letters_are_one_mistake_each() {
        for asked in ["tigar", "tier", "tigger", "tigre"] {
            assert_eq!(mistakes(asked, "tiger"), Some((1, false)), "{asked}");
        }
        assert_eq!(mistakes("tiger", "tiger"), Some((0, false)));
        assert_eq!(mistakes("tgr", "tiger"), None, "short words are exact");
        assert_eq!(mistakes("volcano", "piano"), None);
    }

    #[test]
    fn the_start_of_a_word_may_hold_a_mistake_too() {
        assert_eq!(mistakes("strwab", "strawberry"), Some((1, true)));
        assert_eq!(mistakes("retreiv", "retriever"), Some((1, true)));
        assert_eq!(mistakes("lio", "lizard"), None);
    }

    #[test]
    fn it_counts_as_the_library_does() {
        let words = [
            "retriever",
            "retreiver",
            "volcano",
            "volcanoe",
            "strawberry",
            "strawbery",
            "bannana",
            "banana",
            "daisy",
            "dasiy",
            "pineapple",
            "pinapple",
            "apple",
            "hammerhead",
            "espresso",
            "expresso",
            "chihuahua",
            "chiuaua",
        ];
        for asked in words {
            for word in words {
                let expected = strsim::osa_distance(asked, word);
                let forgiven = Typed::new(asked).forgiven();
                let found = mistakes(asked, word);
                match found {
                    Some((count, false)) => assert_eq!(count, expected, "{asked} {word}"),
                    Some((count, true)) => assert!(count < expected, "{asked} {word}"),
                    None => assert!(expected > forgiven, "{asked} {word}"),
                }
            }
        }
    }

    #[test]
    fn endless_words_are_no_trouble() {
        let long = "a".repeat(1000);
        assert_eq!(mistakes(&long, "aardvark"), None);
        assert_eq!(mistakes("", "aardvark"), None);
        assert_eq!(mistakes("aaaaaaaa", &long), Some((0, true)));
    }
}
