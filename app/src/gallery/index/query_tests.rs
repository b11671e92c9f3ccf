//! Filters and orders, each against a plain statement of what it means, and their speed at 20,000 rows.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::{
    super::{fixture, marks::MarkChange, row::Found},
    *,
};

const MANY: u64 = 20_000;

struct Bench {
    catalogue: Catalogue,
    marks: Marks,
    _folder: tempfile::TempDir,
}

/// Every seventh picture is a favourite, every eleventh has three stars, every 22nd five.
fn bench(count: u64) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (mut marks, _) = Marks::open(folder.path());
    let of = |step: usize| -> Vec<Identity> {
        let rows = (0..count).step_by(step).map(fixture::row);
        rows.map(|row| row.facts().unwrap().identity).collect()
    };
    marks.change(&of(7), MarkChange::Favourite(true));
    marks.change(&of(11), MarkChange::Rating(3));
    marks.change(&of(22), MarkChange::Rating(5));
    Bench {
        catalogue: Catalogue::new((0..count).map(fixture::row)),
        marks,
        _folder: folder,
    }
}

impl Bench {
    fn list(&mut self, filter: Filter, sort: SortBy, descending: bool) -> Listing {
        let query = Query {
            filter,
            sort,
            descending,
        };
        self.catalogue.list(&query, &self.marks)
    }
}

fn filters() -> Vec<(&'static str, Filter)> {
    let filter = Filter::default;
    vec![
        ("all", filter()),
        (
            "class",
            Filter {
                classes: vec![37, 74],
                ..filter()
            },
        ),
        (
            "model",
            Filter {
                model: Some("starter".into()),
                ..filter()
            },
        ),
        (
            "mode",
            Filter {
                mode: Some(Mode::Documents),
                ..filter()
            },
        ),
        (
            "date",
            Filter {
                since_secs: Some(1_700_100_000),
                before_secs: Some(1_700_500_000),
                ..filter()
            },
        ),
        (
            "favourite",
            Filter {
                favourites: true,
                ..filter()
            },
        ),
        (
            "rating",
            Filter {
                rating: 4,
                ..filter()
            },
        ),
        (
            "text",
            Filter {
                text: "Picture starter 7".into(),
                ..filter()
            },
        ),
        (
            "together",
            Filter {
                mode: Some(Mode::Classes),
                rating: 3,
                favourites: true,
                text: "png".into(),
                ..filter()
            },
        ),
    ]
}

/// What a filter means, said once more and slowly.
fn expected(filter: &Filter, number: u64) -> bool {
    let row = fixture::row(number);
    let facts = row.facts().unwrap();
    let rating = match number {
        number if number % 22 == 0 => 5,
        number if number % 11 == 0 => 3,
        _ => 0,
    };
    let words = row.words.clone();
    let text = filter.text.to_lowercase();
    (filter.classes.is_empty()
        || filter
            .classes
            .iter()
            .any(|class| facts.class() == Some(*class)))
        && filter
            .model
            .as_deref()
            .is_none_or(|model| model == facts.model)
        && filter
            .mode
            .is_none_or(|mode| (mode == Mode::Documents) == (number % 50 == 49))
        && filter
            .since_secs
            .is_none_or(|since| since <= row.created_secs())
        && filter
            .before_secs
            .is_none_or(|before| before > row.created_secs())
        && (!filter.favourites || number.is_multiple_of(7))
        && rating >= filter.rating
        && text.split(' ').all(|word| words.contains(word))
}

#[test]
fn filters_give_what_they_say() {
    let mut bench = bench(2_000);
    for (name, filter) in filters() {
        let listing = bench.list(filter.clone(), SortBy::Name, false);
        let fits = (0..2_000).filter(|number| expected(&filter, *number));
        let paths: Vec<String> = fits.map(|number| fixture::row(number).file.path).collect();
        let found: Vec<&String> = listing
            .entries
            .iter()
            .map(|entry| &entry.row.file.path)
            .collect();
        assert!(!paths.is_empty(), "{name} is no test");
        assert_eq!(found, paths.iter().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn orders_are_orders_both_ways() {
    let mut bench = bench(500);
    let classes = Classes::shipped();
    let class_name = |row: &Row| match row.facts().unwrap().class() {
        Some(class) => (0, classes.get(class).unwrap().name.to_lowercase()),
        None => (1, String::new()),
    };
    for sort in [
        SortBy::Date,
        SortBy::Name,
        SortBy::Class,
        SortBy::Rating,
        SortBy::Seed,
    ] {
        let up = bench.list(Filter::default(), sort, false);
        let down = bench.list(Filter::default(), sort, true);
        assert!(up.entries.iter().eq(down.entries.iter().rev()));
        assert_eq!(up.len(), 500);
        for pair in up.entries.windows(2) {
            let (one, two) = (&pair[0], &pair[1]);
            let ordered = match sort {
                SortBy::Date => one.row.file.modified_nanos <= two.row.file.modified_nanos,
                SortBy::Name => one.row.file.path < two.row.file.path,
                SortBy::Class => class_name(&one.row) <= class_name(&two.row),
                SortBy::Rating => one.mark.rating <= two.mark.rating,
                SortBy::Seed => one.row.facts().unwrap().seed <= two.row.facts().unwrap().seed,
            };
            assert!(ordered, "{sort:?}: {one:?} {two:?}");
        }
    }
}

#[test]
fn windows_neighbours_and_ranges() {
    let mut bench = bench(100);
    let listing = bench.list(
        Filter {
            favourites: true,
            ..Filter::default()
        },
        SortBy::Name,
        false,
    );
    let path = |number: u64| fixture::row(number).file.path;
    assert_eq!(listing.len(), 15);
    assert_eq!(listing.window(3..5).len(), 2);
    assert_eq!(listing.window(13..99).len(), 2);
    assert!(listing.window(50..99).is_empty());
    assert_eq!(
        listing.neighbour(&path(7), 1).unwrap().row.file.path,
        path(14)
    );
    assert_eq!(
        listing.neighbour(&path(7), -1).unwrap().row.file.path,
        path(0)
    );
    assert!(listing.neighbour(&path(0), -1).is_none());
    assert!(listing.neighbour(&path(98), 1).is_none());
    assert!(
        listing.neighbour(&path(1), 1).is_none(),
        "it is not in the list"
    );
    assert_eq!(listing.between(&path(21), &path(7)).len(), 3);
    assert_eq!(listing.between(&path(7), &path(7)).len(), 1);
    assert!(listing.between(&path(7), &path(8)).is_empty());
    assert_eq!(identities(listing.window(0..2)).len(), 2);
}

#[test]
fn foreign_files_are_not_shown_and_unreadable_ones_are() {
    let file = |path: &str| Found {
        path: path.into(),
        bytes: 1,
        modified_nanos: 1,
    };
    let mut bench = bench(10);
    bench
        .catalogue
        .put(Row::new(file("x.png"), Content::Foreign));
    bench.catalogue.put(Row::new(
        file("y.png"),
        Content::Unreadable("cut off".into()),
    ));
    let all = bench.list(Filter::default(), SortBy::Class, false);
    assert_eq!(all.len(), 11);
    assert_eq!(all.entries[10].row.name(), "y.png");
    assert_eq!((all.overview.files, all.overview.unreadable), (11, 1));
    let models = all.overview.models.values();
    assert_eq!(models.map(|model| model.pictures).sum::<usize>(), 10);
    let newest = all.overview.classes[&37].newest.as_ref().unwrap();
    assert_eq!(newest.facts().unwrap().class(), Some(37));
    let modes = Filter {
        mode: Some(Mode::Classes),
        ..Filter::default()
    };
    assert_eq!(bench.list(modes, SortBy::Date, true).len(), 10);
}

#[test]
fn the_newest_pictures_of_each_model_are_known() {
    let mut bench = bench(100);
    let all = bench.list(Filter::default(), SortBy::Date, true);
    for (id, model) in &all.overview.models {
        let of_model = |entry: &&Entry| {
            let facts = entry.row.facts();
            facts.is_some_and(|facts| facts.model == *id && facts.complete)
        };
        let expected: Vec<_> = all.entries.iter().filter(of_model).take(8).collect();
        let times = |row: &Row| row.file.modified_nanos;
        let expected: Vec<i64> = expected.iter().map(|entry| times(&entry.row)).collect();
        let found: Vec<i64> = model.newest.iter().map(|row| times(row)).collect();
        assert!(!found.is_empty());
        assert_eq!(found, expected, "{id}");
    }
}

/// The limit is generous, because tests run beside others on slow machines; the figures are printed.
#[test]
fn twenty_thousand_rows_are_quick() {
    let mut bench = bench(MANY);
    bench.list(Filter::default(), SortBy::Class, true);
    let mut slowest = Duration::ZERO;
    for (name, filter) in filters() {
        for sort in [
            SortBy::Date,
            SortBy::Name,
            SortBy::Class,
            SortBy::Rating,
            SortBy::Seed,
        ] {
            let mut best = Duration::MAX;
            let mut found = 0;
            for _ in 0..3 {
                let start = Instant::now();
                found = bench.list(filter.clone(), sort, true).len();
                best = best.min(start.elapsed());
            }
            println!("{name:>9} by {sort:?}: {found} of {MANY} in {best:.2?}");
            slowest = slowest.max(best);
        }
    }
    let listing = bench.list(Filter::default(), SortBy::Date, true);
    let last = &listing.entries[listing.len() - 1].row.file.path.clone();
    let start = Instant::now();
    let paged = listing.window(19_900..20_000).len();
    let neighbour = listing.neighbour(last, -1).is_some();
    let range = listing
        .between(last, &listing.entries[0].row.file.path)
        .len();
    println!("window, neighbour and range: {:.2?}", start.elapsed());
    assert_eq!((paged, neighbour, range), (100, true, MANY as usize));
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
}
