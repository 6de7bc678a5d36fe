//! The page of attacks names the tests that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::code_spans;

/// Each row of `docs/attacks.md` is an id, the attack, and its tests or what has to exist first. A
/// test belongs to a row by the id in its comment: the rows name just these tests, and all of them.
#[test]
fn every_attack_names_the_tests_that_carry_its_id_or_what_has_to_exist_first() {
    let page = fs::read_to_string("docs/attacks.md").unwrap();
    let rows = attacks(&page);
    assert!(rows.len() > 100, "{}", rows.len());
    let mut by_id: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, ids) in tests_with_ids() {
        for id in ids {
            assert!(rows.contains_key(&*id), "{name}: docs/attacks.md has no row {id}");
            by_id.entry(id).or_default().insert(name.clone());
        }
    }
    for (id, cell) in rows {
        let named: BTreeSet<String> = code_spans(cell).into_iter().map(str::to_owned).collect();
        assert_eq!(named, by_id.remove(id).unwrap_or_default(), "{id}: named, and carrying the id");
        assert!(!named.is_empty() || cell.starts_with("After "), "{id}: {cell}");
    }
}

/// The rows of `docs/attacks.md`: the last cell by the id.
fn attacks(page: &str) -> BTreeMap<&str, &str> {
    let is_row = |line: &&str| {
        line.starts_with("| ") && !line.starts_with("| id") && !line.starts_with("| -")
    };
    let mut rows = BTreeMap::new();
    for row in page.lines().filter(is_row) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, _attack, tests] = cells.as_slice() else { panic!("three cells: {row}") };
        assert_eq!(case_ids(id).len(), 1, "{row}");
        assert!(rows.insert(*id, *tests).is_none(), "{id} stands twice");
    }
    rows
}

/// Every test whose comment, or whose title in the browser's tests, carries an id: the name of its
/// function or its title, and the ids.
fn tests_with_ids() -> Vec<(String, BTreeSet<String>)> {
    let rust = [rust_sources(Path::new("src")), rust_sources(Path::new("tests/protekt"))].concat();
    let browser = fs::read_dir("tests/browser").unwrap().map(|entry| entry.unwrap().path());
    let browser = browser.filter(|path| path.to_string_lossy().ends_with(".test.mjs"));
    let browser = browser.map(|path| fs::read_to_string(path).unwrap());
    let tests = rust.iter().flat_map(|text| rust_tests(text));
    let tests = tests.chain(browser.flat_map(|text| browser_tests(&text)));
    tests.filter(|(_, ids)| !ids.is_empty()).collect()
}

fn rust_sources(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = paths.map(|path| match path.extension() {
        _ if path.is_dir() => rust_sources(&path),
        Some(extension) if extension == "rs" => vec![fs::read_to_string(&path).unwrap()],
        _ => Vec::new(),
    });
    texts.flatten().collect()
}

/// The functions under a `test` attribute, with the ids in the comment above.
fn rust_tests(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let (mut found, mut comment, mut is_test) = (Vec::new(), String::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") {
            comment.push_str(line);
        } else if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else {
            let name = line.trim_start_matches("async ").strip_prefix("fn ");
            if let Some(name) = name.filter(|_| is_test) {
                let name = name.split(['(', '<']).next().unwrap();
                found.push((name.to_owned(), case_ids(&comment)));
            }
            comment.clear();
            is_test = false;
        }
    }
    found
}

/// The titles of `test(…)`, with the ids in them and in the comment above.
fn browser_tests(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let (mut found, mut comment) = (Vec::new(), String::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("//") {
            comment.push_str(line);
            continue;
        }
        let title = line.split_once("test(").map_or("", |(_, rest)| rest);
        if let Some(quote) = title.chars().next().filter(|letter| "'\"`".contains(*letter)) {
            let title = title.split(quote).nth(1).unwrap();
            found.push((title.to_owned(), case_ids(&format!("{comment} {title}"))));
        }
        comment.clear();
    }
    found
}

/// The ids in a text: two capitals, a hyphen, two digits.
fn case_ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_id = |word: &&str| {
        let bytes = word.as_bytes();
        bytes.len() == 5
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2] == b'-'
            && bytes[3..].iter().all(u8::is_ascii_digit)
    };
    words.filter(is_id).map(str::to_owned).collect()
}

#[test]
fn the_ids_of_a_test_stand_in_the_comment_right_above_it() {
    let text = "/// AZ-01, and PK-02: a rule.\n#[tokio::test]\nasync fn one() {}\n\n/// CD-03\nfn \
                helper() {}\n#[test]\nfn two() {}\n";
    let ids = |names: &[&str]| names.iter().map(|&id| id.to_owned()).collect::<BTreeSet<_>>();
    let expected =
        [("one".to_owned(), ids(&["AZ-01", "PK-02"])), ("two".to_owned(), BTreeSet::new())];
    assert_eq!(rust_tests(text), expected);
    let text = "// OR-01\n  test(`no way out, ${how}`, () =>\ntest('CS-01: cookies', async () => {";
    let expected = [
        ("no way out, ${how}".to_owned(), ids(&["OR-01"])),
        ("CS-01: cookies".to_owned(), ids(&["CS-01"])),
    ];
    assert_eq!(browser_tests(text), expected);
}
