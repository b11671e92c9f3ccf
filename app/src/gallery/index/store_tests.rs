//! The index on the disk: kept, damaged, foreign, newer, and where no file can be.
#![allow(clippy::unwrap_used)]

use super::{super::fixture, *};

fn reading(number: u64) -> Reading {
    Reading {
        row: fixture::row(number),
        recipe: Some(format!("{{\"number\":{number}}}")),
    }
}

fn readings(count: u64) -> Vec<Reading> {
    (0..count).map(reading).collect()
}

fn sorted(store: &Store) -> Vec<Row> {
    let mut rows = store.rows().unwrap();
    rows.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    rows
}

/// A file with 200 rows, its folder, and the temporary folder that holds them.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let file = file_of(home.path(), Path::new("/pictures"));
    let (mut store, restart) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert_eq!(restart, None);
    store.change(&readings(200), &[]).unwrap();
    (home, file)
}

/// Opens the file and expects that it was replaced by an empty one.
fn expect_anew(file: &Path) {
    let (mut store, restart) = Store::open(file, Path::new("/pictures")).unwrap();
    assert!(
        matches!(&restart, Some(Restart::SetAside(aside)) if aside.exists()),
        "{restart:?}"
    );
    assert_eq!(store.rows().unwrap(), []);
    store.change(&readings(3), &[]).unwrap();
    drop(store);
    let (store, restart) = Store::open(file, Path::new("/pictures")).unwrap();
    assert_eq!((store.rows().unwrap().len(), restart), (3, None));
}

#[test]
fn rows_survive_as_they_are() {
    let (_home, file) = filled();
    let (mut store, restart) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert_eq!(restart, None);
    let expected: Vec<Row> = (0..200).map(fixture::row).collect();
    assert_eq!(sorted(&store), expected);
    let path = &expected[3].file.path;
    assert_eq!(store.recipe(path).unwrap().unwrap(), "{\"number\":3}");
    assert_eq!(store.recipe("none").unwrap(), None);

    let mut changed = reading(7);
    changed.row.file.bytes = 5;
    let gone = expected[0].file.path.clone();
    store.change(&[changed.clone()], &[gone]).unwrap();
    let rows = sorted(&store);
    assert_eq!((rows.len(), &rows[6]), (199, &changed.row));
}

#[test]
fn seeds_keep_all_their_bits_and_unreadable_files_are_tried_again() {
    let (_home, file) = filled();
    let (mut store, _) = Store::open(&file, Path::new("/pictures")).unwrap();
    let mut large = fixture::row(0);
    if let Content::Picture(facts) = &mut large.content {
        facts.seed = u64::MAX;
    }
    let mut broken = fixture::row(1);
    broken.content = Content::Unreadable("cut off".into());
    let foreign = Row::new(broken.file.clone(), Content::Foreign);
    let rows = [large.clone(), broken.clone()].map(|row| Reading { row, recipe: None });
    store.change(&rows, &[]).unwrap();
    let found = sorted(&store);
    assert_eq!(found[0].facts().unwrap().seed, u64::MAX);
    assert_eq!(found[1].content, broken.content);
    drop(store);

    let (mut store, _) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert_eq!(store.rows().unwrap().len(), 199);
    let foreign = Reading {
        row: foreign,
        recipe: None,
    };
    store.change(std::slice::from_ref(&foreign), &[]).unwrap();
    assert_eq!(sorted(&store)[1], foreign.row);
}

#[test]
fn damaged_files_are_set_aside() {
    let (_home, file) = filled();
    let whole = fs::read(&file).unwrap();
    assert!(whole.len() > 20_000);
    let mut garbled = whole.clone();
    for byte in &mut garbled[4096..16_384] {
        *byte = 0xa5;
    }
    let damages: [&[u8]; 5] = [
        b"this is no database, but it is longer than the header of one would be, so it is looked at \
          as if it were one, whose first sixteen bytes are wrong",
        &whole[..whole.len() / 2],
        &whole[..4096],
        &whole[..50],
        &garbled,
    ];
    for damage in damages {
        fs::write(&file, damage).unwrap();
        expect_anew(&file);
    }
}

#[test]
fn an_empty_file_is_an_empty_index() {
    let (_home, file) = filled();
    fs::write(&file, b"").unwrap();
    let (store, restart) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert_eq!((store.rows().unwrap().len(), restart), (0, None));
}

#[test]
fn newer_foreign_and_other_folders_databases_are_set_aside() {
    let (home, file) = filled();
    let tamper = |sql: &str| {
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    tamper("PRAGMA user_version = 99");
    expect_anew(&file);
    tamper("PRAGMA application_id = 7");
    expect_anew(&file);
    tamper("DROP TABLE folder; CREATE TABLE folder (other TEXT)");
    expect_anew(&file);
    tamper("UPDATE folder SET path = '/elsewhere'");
    expect_anew(&file);

    fs::remove_file(&file).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE recipes_for_soup (name TEXT)")
        .unwrap();
    expect_anew(&file);
    assert_ne!(file, file_of(home.path(), Path::new("/other")));
}

#[test]
fn damage_found_in_use_begins_anew() {
    let (_home, file) = filled();
    let (store, _) = Store::open(&file, Path::new("/pictures")).unwrap();
    let (store, restart) = store.restart(Path::new("/pictures")).unwrap();
    assert!(matches!(restart, Some(Restart::SetAside(_))));
    assert_eq!(store.rows().unwrap(), []);
}

#[test]
fn where_no_file_can_be_the_index_is_in_memory() {
    let home = tempfile::tempdir().unwrap();
    let taken = home.path().join("gallery");
    fs::write(&taken, "in the way").unwrap();
    let file = file_of(home.path(), Path::new("/pictures"));
    let (mut store, restart) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert!(matches!(restart, Some(Restart::InMemory(_))));
    store.change(&readings(3), &[]).unwrap();
    assert_eq!(store.rows().unwrap().len(), 3);
}

/// Two windows may look at one folder.
#[test]
fn two_may_write_to_one_index() {
    let (_home, file) = filled();
    let (mut one, _) = Store::open(&file, Path::new("/pictures")).unwrap();
    let (mut two, restart) = Store::open(&file, Path::new("/pictures")).unwrap();
    assert_eq!(restart, None);
    one.change(&[reading(500)], &[]).unwrap();
    two.change(&[reading(501)], &[]).unwrap();
    assert_eq!(one.rows().unwrap().len(), 202);
}
