//! Rules every page keeps.

use std::collections::BTreeSet;

use askama::Template as _;

use super::SignUpPage;
use super::samples::{Sample, samples};
use crate::texts::Locale;

const LOCALES: [Locale; 4] =
    [Locale::English, Locale::German, Locale::Arabic, Locale::PseudoRightToLeft];

fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    let found = html.split(start.as_str()).skip(1).filter(|rest| rest.starts_with([' ', '>']));
    found.map(|rest| rest.split('>').next().unwrap()).collect()
}

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn visible(html: &str) -> String {
    html.split('<').filter_map(|piece| piece.split_once('>').map(|(_, text)| text)).collect()
}

fn all() -> Vec<Sample> {
    LOCALES.into_iter().flat_map(|locale| samples(locale, false)).collect()
}

#[test]
fn a_page_names_its_language_and_direction_and_stays_small() {
    for locale in LOCALES {
        for Sample { name, html } in samples(locale, false) {
            let root = format!("<html lang=\"{}\" dir=\"{}\"", locale.lang(), locale.dir());
            assert!(html.starts_with("<!doctype html>"), "{name}");
            assert!(html.contains(&root), "{name}");
            // Arabic letters take two bytes, and the test language wraps each word in six.
            let most = match locale {
                Locale::English | Locale::German => 8_000,
                Locale::Arabic => 10_000,
                Locale::PseudoRightToLeft => 16_000,
            };
            assert!(html.len() <= most, "{name} has {} bytes", html.len());
            assert_eq!(tags(&html, "h1").len(), 1, "{name}");
            assert!(!html.contains("{{") && !html.contains("{%"), "{name}");
        }
    }
}

#[test]
fn a_page_has_no_style_or_script_of_its_own() {
    for Sample { name, html } in all() {
        for banned in
            [" style=", "<style", "javascript:", " onclick", " onload", "http-equiv=\"Con"]
        {
            assert!(!html.contains(banned), "{name}: {banned}");
        }
        let known = [" src=\"/static/js/protekt.", " src=\"/static/js/passkey."];
        let scripts = tags(&html, "script");
        assert_eq!(
            scripts.len(),
            1 + usize::from(html.contains("data-passkey") || html.contains("passkey-login")),
            "{name}"
        );
        for script in scripts {
            assert!(known.iter().any(|known| script.contains(known)), "{name}: {script}");
        }
    }
}

#[test]
fn a_form_posts_with_a_token_and_leaves_checking_to_the_server() {
    for Sample { name, html } in all() {
        for form in html.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let tag = form.split('>').next().unwrap();
            assert!(tag.contains("method=\"post\""), "{name}: {tag}");
            if tag.contains("data-autosubmit") {
                assert!(!form.contains("name=\"csrf\""), "{name}: our token would leave");
                continue;
            }
            assert!(tag.contains("action=\"/") && tag.contains(" novalidate"), "{name}: {tag}");
            assert_eq!(form.matches("type=\"hidden\" name=\"csrf\"").count(), 1, "{name}");
            let in_flow = html.contains(" data-flow>");
            assert_eq!(form.contains("type=\"hidden\" name=\"flow\""), in_flow, "{name}");
        }
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    for Sample { name, html } in all() {
        let ids = values(&html, "id");
        let known: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name}: {ids:?}");
        let references = ["for", "aria-describedby", "aria-labelledby", "aria-controls"];
        let named = references.iter().flat_map(|attribute| values(&html, attribute));
        let links = values(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#'));
        for id in named.flat_map(str::split_whitespace).chain(links) {
            assert!(known.contains(id), "{name}: {id}");
        }
    }
}

#[test]
fn what_comes_from_outside_is_never_markup() {
    for locale in LOCALES {
        for Sample { name, html } in samples(locale, true) {
            let scripts = tags(&html, "script");
            assert!(scripts.iter().all(|script| script.contains(" src=\"/static/js/")), "{name}");
            assert!(!html.contains("alert('"), "{name}");
            assert!(!html.contains("alert(\""), "{name}");
            assert!(!html.contains("&\""), "{name}");
        }
    }
}

#[test]
fn every_word_comes_from_the_catalogue() {
    let given = [
        "Northwind",
        "Example ID",
        "Ada",
        "ada@",
        "grace@",
        "localhost",
        "Nov",
        "21 ",
        "id.",
        "req_",
        "@northwind",
        "Firefox",
        "7KQ4",
        "Call the help desk, too.",
        "GEZD",
    ];
    for Sample { name, html } in samples(Locale::PseudoRightToLeft, false) {
        let body = html.split("<body").nth(1).unwrap();
        let text = visible(&format!("<body{body}"));
        // A word of the catalogue stands between marks; what is left must be a value.
        let rest: String = text
            .split('\u{202e}')
            .map(|part| part.split('\u{202c}').next_back().unwrap())
            .collect();
        for line in rest.lines().filter(|line| line.contains(char::is_alphabetic)) {
            let is_given = given.iter().any(|value| line.contains(value))
                || !line.trim().contains(' ')
                || name == "inbox-message";
            assert!(is_given, "{name}: {line}");
        }
    }
}

#[test]
fn a_page_with_a_problem_says_so_in_its_title_and_moves_the_focus_there() {
    for Sample { name, html } in samples(Locale::English, false) {
        let summary = html.contains("id=\"errors\" role=\"alert\" tabindex=\"-1\" autofocus");
        let title = html.contains("<title>Error: ");
        let is_error_page = html.contains("id=\"error-page\"") || html.contains("data-outcome");
        assert!(summary == title || is_error_page, "{name}");
        assert_eq!(summary, html.contains("class=\"errs\""), "{name}");
    }
}

#[test]
fn the_hooks_for_browser_tests_stay() {
    let hooks = [
        ("login", "login-form"),
        ("login", "login-submit"),
        ("accounts", "select-account"),
        ("signup", "signup-form"),
        ("check-email", "verify-form"),
        ("consent", "consent-form"),
        ("consent", "consent-allow"),
        ("consent", "consent-deny"),
        ("logout-1", "logout-confirm"),
        ("logged-out", "logged-out"),
        ("oauth-error-mismatch", "error-page"),
        ("hand-back-signed-in", "hand-back"),
        ("form-post", "hand-back"),
    ];
    let pages = samples(Locale::English, false);
    for (name, hook) in hooks {
        let page = pages.iter().find(|page| page.name == name).unwrap();
        assert!(page.html.contains(&format!("id=\"{hook}\"")), "{name}: {hook}");
    }
}

#[test]
fn a_refused_request_leads_its_developer_to_the_clause() {
    let pages = samples(Locale::English, false);
    let errors: Vec<_> = pages.iter().filter(|page| page.name.starts_with("oauth-error")).collect();
    assert!(!errors.is_empty());
    for Sample { name, html } in errors {
        let links =
            tags(html, "a").into_iter().filter(|tag| tag.contains("://www.rfc-editor.org/"));
        let links: Vec<_> = links.collect();
        assert_eq!(links.len(), 1, "{name}");
        assert!(
            links[0].contains("#section-") && links[0].contains("rel=\"noreferrer\""),
            "{name}"
        );
    }
}

#[test]
fn refusing_comes_before_allowing() {
    let pages = samples(Locale::English, false);
    for page in pages.iter().filter(|page| page.name.starts_with("consent")) {
        let place = |id: &str| page.html.find(id).unwrap();
        assert!(place("consent-deny") < place("consent-allow"), "{}", page.name);
    }
}

#[test]
fn a_sign_up_promises_a_code_only_where_one_is_sent() {
    for (sends_code, is_said) in [(true, true), (false, false)] {
        let page = SignUpPage { sends_code, ..SignUpPage::default() };
        let html = page.render().unwrap();
        assert_eq!(html.contains("send a code"), is_said);
        assert_eq!(html.contains("email-hint"), is_said);
    }
}

#[test]
fn pages_are_written_out_to_be_looked_at() {
    let Ok(folder) = std::env::var("PROTEKT_RENDER_TO") else { return };
    for (locale, suffix) in LOCALES.into_iter().zip(["", ".de", ".ar", ".rtl"]) {
        for Sample { name, html } in samples(locale, false) {
            std::fs::write(format!("{folder}/{name}{suffix}.html"), html).unwrap();
        }
    }
    for name in ["css/protekt.css", "js/protekt.js", "img/icon.svg", "img/rosette.svg"] {
        let path = super::super::assets::path(name);
        let asset = super::super::assets::find(path.strip_prefix("/static/").unwrap()).unwrap();
        let file = format!("{folder}{path}");
        std::fs::create_dir_all(std::path::Path::new(&file).parent().unwrap()).unwrap();
        std::fs::write(file, &asset.bytes).unwrap();
    }
}
