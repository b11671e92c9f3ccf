//! Lists of folders: in pages, without hashes, and such as are none.

use strata_engine::{
    Error,
    library::hub::{RemoteFile, Trouble},
};
use strata_tests::hub::{Server, Twist};

use super::{Fetcher, SIZE, bytes, hub, list};

#[test]
fn a_list_comes_page_by_page() {
    let page = |path: &str| {
        let oid = "0".repeat(64);
        format!(
            r#"[{{"type":"file","path":"{path}","size":9,"oid":"","lfs":{{"oid":"{oid}","size":7}}}}]"#
        )
    };
    // A mirror's pages name the hub that it mirrors; the token and the request stay with the mirror.
    let next = "<http://hub.invalid/api?expand=false&cursor=two>; rel=\"next\"".to_owned();
    let server = Server::start(&[], move |seen| {
        Some(match seen.path.contains("cursor=two") {
            false => Twist::Page(page("a.pt"), next.clone()),
            true => Twist::Says(page("b.pt")),
        })
    });
    let files = list(&hub(&server.endpoint, None)).unwrap();
    let names: Vec<&str> = files.iter().map(RemoteFile::name).collect();
    assert_eq!(names, ["a.pt", "b.pt"]);
    assert_eq!(files[0].size, 7, "of the file, not of git's pointer");
}

#[test]
fn a_list_that_is_none_is_told() {
    for said in [
        "",
        "<html>",
        "{}",
        r#"[{"type":"file","path":"../a.pt","size":1,"oid":"00"}]"#,
        r#"[{"type":"file","path":"a/b.pt","size":1,"oid":"00"}]"#,
    ] {
        let said = said.to_owned();
        let server = Server::start(&[], move |_| Some(Twist::Says(said.clone())));
        let error = list(&hub(&server.endpoint, None)).unwrap_err();
        let garbled = |trouble: &Trouble| matches!(trouble, Trouble::Garbled(_));
        assert!(
            matches!(&error, Error::Remote { trouble, .. } if garbled(trouble)),
            "{error}"
        );
    }
}

#[test]
fn hashes_that_a_list_leaves_out_are_asked_for() {
    let list_only = r#"[{"type":"file","path":"a.pt"}]"#;
    let server = Server::start(&[("a.pt", &bytes(SIZE))], move |seen| {
        let listing = seen.path.starts_with("/api/");
        listing.then(|| Twist::Says(list_only.to_owned()))
    });
    let fetcher = Fetcher::of(&server);
    assert_eq!(fetcher.file.size, SIZE as u64);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
}
