//! The names of picture files: a number that sorts them by age, what they show, and the seed.

/// Longest part of a name that comes from a title, in bytes.
const TITLE_LENGTH: usize = 60;

/// `00042-golden-retriever-123456789-0.png`.
pub fn file_name(number: u32, title: &str, seed: u64, index: u32) -> String {
    format!("{number:05}-{}-{seed}-{index}.png", slug(title))
}

/// The number that a file's name begins with.
pub fn number(file: &str) -> Option<u32> {
    let (digits, rest) = file.split_once('-')?;
    (digits.len() >= 5 && rest.ends_with(".png"))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Lower-case ASCII letters and digits, single hyphens between them; safe on every file system.
pub fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if slug.len() + word.len() >= TITLE_LENGTH {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    match slug.is_empty() {
        true => "picture".into(),
        false => slug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_sort_by_age() {
        assert_eq!(
            file_name(7, "jack-o'-lantern", 5, 0),
            "00007-jack-o-lantern-5-0.png"
        );
        assert_eq!(file_name(1, "../ü/..", 5, 3), "00001-picture-5-3.png");
        assert!(file_name(99, "a", 0, 0) < file_name(100, "a", 0, 0));
        assert!(file_name(1, &"word ".repeat(500), 0, 0).len() < 100);
    }

    #[test]
    fn numbers_are_read_back_from_our_names_only() {
        assert_eq!(number("00042-fox-1-0.png"), Some(42));
        assert_eq!(number("100000-fox-1-0.png"), Some(100_000));
        for other in [
            "42-fox.png",
            "fox.png",
            "00042-fox.jpg",
            "99999999999-x.png",
            "",
        ] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
