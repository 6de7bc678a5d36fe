//! What every catalogue keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::catalogue::{ARABIC, ENGLISH, GERMAN, mirror};
use super::*;

/// Parts of the names of files that only complete languages need: what lies behind a sign-in (see
/// `paths::is_on_the_way_in`), and the developer inbox.
const BEHIND_THE_SIGN_IN: [&str; 22] = [
    "pages/account_home",
    "pages/account_app",
    "pages/account_password",
    "pages/account_sessions",
    "pages/account_activity",
    "pages/account_data",
    "pages/account_delete",
    "pages/account_email",
    "pages/account_phone",
    "pages/account_profile",
    "pages/activity",
    "pages/profile",
    "views/phone",
    "views/profile",
    "change_email",
    "own_data",
    "samples/own_account",
    "views/account",
    "views/activity",
    "views/change_password",
    "inbox",
    "pages/admin",
];

/// A text of one catalogue, by key.
type Catalogue = BTreeMap<String, String>;

fn catalogue(source: &str) -> Catalogue {
    let mut texts = Catalogue::new();
    let mut key = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((start, text)) =
            line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_alphabetic()))
        {
            start.clone_into(&mut key);
            assert!(texts.insert(key.clone(), text.to_owned()).is_none(), "{key} is there twice");
        } else if let Some(text) = texts.get_mut(&key) {
            text.push('\n');
            text.push_str(line);
        }
    }
    texts
}

/// `{ $name }` in a text.
fn variables(text: &str) -> BTreeSet<&str> {
    let names = text.split('$').skip(1);
    names
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

/// `[name]words[/name]` in a text.
fn links(text: &str) -> BTreeSet<&str> {
    let names: BTreeSet<_> =
        text.split("[/").skip(1).map(|rest| rest.split(']').next().unwrap()).collect();
    assert!(names.iter().all(|name| text.contains(&format!("[{name}]"))), "{text}");
    names
}

fn assert_same_shape(language: &str, key: &str, text: &str, english: &str) {
    assert_eq!(variables(text), variables(english), "{language}: {key}");
    assert_eq!(links(text), links(english), "{language}: {key}");
}

#[test]
fn the_catalogues_read_without_an_error() {
    for source in [ENGLISH, GERMAN, ARABIC] {
        let resource = FluentResource::try_new(source.to_owned());
        assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
    }
}

#[test]
fn german_has_every_text_with_the_same_values_and_links_and_no_other() {
    let (english, german) = (catalogue(ENGLISH), catalogue(GERMAN));
    let missing: Vec<_> = english.keys().filter(|key| !german.contains_key(*key)).collect();
    assert!(missing.is_empty(), "missing in de.ftl: {missing:#?}");
    for (key, text) in &german {
        let english = english.get(key).unwrap_or_else(|| panic!("{key} is left over in de.ftl"));
        assert_same_shape("de.ftl", key, text, english);
    }
}

#[test]
fn arabic_has_every_text_on_the_way_into_an_account_with_the_same_values_and_links() {
    let (english, arabic) = (catalogue(ENGLISH), catalogue(ARABIC));
    let needed = used(|file| !is_behind_the_sign_in(file));
    let missing: Vec<_> = needed.iter().filter(|key| !arabic.contains_key(*key)).collect();
    assert!(
        missing.is_empty(),
        "missing in ar.ftl, or their file in BEHIND_THE_SIGN_IN: {missing:#?}"
    );
    for (key, text) in &arabic {
        let english = english.get(key).unwrap_or_else(|| panic!("{key} is left over in ar.ftl"));
        assert_same_shape("ar.ftl", key, text, english);
    }
}

#[test]
fn a_translation_is_one() {
    // Words that German has taken over, and texts that are nothing but a value.
    let same = [
        "account-name",
        "apps-title",
        "inbox-code",
        "inbox-link",
        "inbox-mails",
        "inbox-sms",
        "inbox-text",
        "oauth-error-client",
        "oauth-error-parameter",
        "passkey-name",
        "scope-api",
        "security-passkeys",
    ];
    let is_month = |key: &str| key.starts_with("month-");
    let (english, german) = (catalogue(ENGLISH), catalogue(GERMAN));
    let untouched: Vec<_> = german
        .iter()
        .filter(|(key, text)| english.get(*key) == Some(text))
        .filter(|(key, _)| !same.contains(&key.as_str()) && !is_month(key))
        .map(|(key, _)| key)
        .collect();
    assert!(untouched.is_empty(), "still English in de.ftl: {untouched:#?}");
    for (key, text) in catalogue(ARABIC) {
        let is_arabic = text.contains(|c| ('\u{600}'..='\u{6ff}').contains(&c));
        assert!(
            is_arabic || ["new-codes-file", "scope-api"].contains(&key.as_str()),
            "still English in ar.ftl: {key}"
        );
    }
}

#[test]
fn quotation_marks_and_dashes_are_those_of_the_language() {
    for (key, text) in catalogue(GERMAN) {
        for wrong in ["\"", "'", " - ", "…", "“.", "”", "‘"] {
            let is_closing = wrong == "“." || wrong == "…";
            assert!(is_closing || !text.contains(wrong), "de.ftl: {key}: {wrong}");
        }
        assert_eq!(text.matches('„').count(), text.matches('“').count(), "de.ftl: {key}");
    }
    for (key, text) in catalogue(ARABIC) {
        for wrong in ["\"", "'", "“", "”", ", ", "?", ";"] {
            assert!(!text.contains(wrong), "ar.ftl: {key}: {wrong}");
        }
    }
}

#[test]
fn arabic_counts_in_six_forms_and_the_others_in_two() {
    // Arabic writes 11 and 100 minutes with the same word, and hours as well; not so days.
    for (key, arabic) in [("wait-minutes", 5), ("wait-hours", 5), ("wait-days", 6)] {
        for (locale, forms) in [(Locale::English, 2), (Locale::German, 2), (Locale::Arabic, arabic)]
        {
            let text = |count: u32| locale.texts().text1(key, "count", count);
            let words: BTreeSet<String> = [0, 1, 2, 3, 11, 100]
                .map(|number| text(number).replace(&number.to_string(), "#"))
                .into();
            assert_eq!(words.len(), forms, "{key} {words:#?}");
        }
    }
    for (key, text) in catalogue(ARABIC).iter().filter(|(_, text)| text.contains("->")) {
        for form in ["[zero]", "[one]", "[two]", "[few]", "[many]", "*[other]"] {
            assert!(text.contains(form), "ar.ftl: {key} has no {form}");
        }
    }
}

#[test]
fn large_numbers_are_grouped_as_the_language_does() {
    let told = |locale: Locale| {
        let text = locale.texts().text1("password-too-long", "max", 1_234_567_u32);
        text.chars().filter(|c| c.is_ascii_digit() || [',', '.'].contains(c)).collect::<String>()
    };
    assert_eq!(told(Locale::English), "1,234,567");
    assert_eq!(told(Locale::German), "1.234.567");
    assert_eq!(told(Locale::Arabic), "1,234,567");
    let small = Locale::German.texts().text1("password-too-long", "max", 256_u32);
    assert!(small.contains(" 256 "), "{small}");
}

#[test]
fn a_value_keeps_its_direction_in_an_arabic_text() {
    let text = Locale::Arabic.texts().text1("already-lead", "email", "ada@x.example");
    assert!(text.contains("\u{2068}ada@x.example\u{2069}"), "{text}");
    let text = Locale::German.texts().text1("already-lead", "email", "ada@x.example");
    assert!(!text.contains('\u{2068}'), "{text}");
}

#[test]
fn a_text_that_a_partial_language_lacks_is_in_english_and_keeps_its_direction() {
    let key = "inbox-title";
    assert!(!catalogue(ARABIC).contains_key(key));
    assert_eq!(Locale::Arabic.texts().text(key), "\u{2066}Developer inbox\u{2069}");
}

#[test]
fn a_missing_text_shows_its_key() {
    assert_eq!(Locale::English.texts().text("no-such-text"), "no-such-text");
}

#[test]
fn the_test_language_turns_words_around_and_leaves_markup_and_values() {
    assert_eq!(mirror("a [b]c[/b] 1"), "\u{202e}a\u{202c} [b]\u{202e}c\u{202c}[/b] 1");
    let texts = Locale::PseudoRightToLeft.texts();
    let text = texts.text1("status-reference", "reference", "req_1");
    assert!(text.ends_with(" req_1") && text.contains('\u{202e}'), "{text}");
}

#[test]
fn every_text_that_is_used_exists() {
    let known = catalogue(ENGLISH);
    let missing: Vec<_> =
        used(|_| true).into_iter().filter(|key| !known.contains_key(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_text_that_exists_is_used() {
    let used = used(|_| true);
    let unused: Vec<_> = catalogue(ENGLISH).into_keys().filter(|key| !used.contains(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

fn is_behind_the_sign_in(file: &Path) -> bool {
    let path = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy();
    BEHIND_THE_SIGN_IN.iter().any(|part| path.contains(part))
}

/// The keys in the templates and the code of the files that are wanted.
fn used(is_wanted: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = files(&root.join("src")).into_iter().chain(files(&root.join("templates")));
    let mut found = BTreeSet::new();
    for file in sources.filter(|file| is_wanted(file) && !file.ends_with("texts/tests.rs")) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // A call may be broken after its bracket.
        let code: String = code.split_whitespace().collect();
        for start in [".t(\"", ".t1(\"", "Key(\""] {
            found.extend(
                code.split(start)
                    .skip(1)
                    .filter_map(|rest| rest.split_once('"').map(|(key, _)| key.to_owned())),
            );
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
