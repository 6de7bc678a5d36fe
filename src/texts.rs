//! Every text a person reads, by key and language.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

const ENGLISH: &str = include_str!("../templates/texts/en.ftl");

/// The name of a text. The type marks every key in the code, so that a test can find them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub &'static str);

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// A language the pages can be shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// English, the default.
    #[default]
    English,
    /// `ar-XB`: English shown from right to left. It proves that no text is missing from the
    /// catalogue and that the layout mirrors; it is for tests only.
    PseudoRightToLeft,
}

impl Locale {
    /// The language to use: `ui_locales` first (OpenID Connect Core 1.0 §3.1.2.1), then the
    /// browser's `Accept-Language`, then English.
    pub fn choose(
        ui_locales: Option<&str>,
        accept_language: Option<&str>,
        pseudo_allowed: bool,
    ) -> Self {
        let asked = ui_locales.unwrap_or_default().split_whitespace();
        let accepted = by_preference(accept_language.unwrap_or_default());
        asked
            .chain(accepted)
            .find_map(Self::from_tag)
            .filter(|locale| pseudo_allowed || *locale == Self::English)
            .unwrap_or_default()
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        if tag.eq_ignore_ascii_case("ar-XB") {
            Some(Self::PseudoRightToLeft)
        } else {
            primary.eq_ignore_ascii_case("en").then_some(Self::English)
        }
    }

    /// The value of the `lang` attribute.
    pub const fn lang(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::PseudoRightToLeft => "ar",
        }
    }

    /// The value of the `dir` attribute.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::PseudoRightToLeft => "rtl",
        }
    }

    /// The catalogue of this language.
    pub fn texts(self) -> &'static Texts {
        static ENGLISH_TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::load(ENGLISH, None));
        static PSEUDO_TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::load(ENGLISH, Some(mirror)));
        match self {
            Self::English => &ENGLISH_TEXTS,
            Self::PseudoRightToLeft => &PSEUDO_TEXTS,
        }
    }
}

/// The tags of an `Accept-Language` value, best first (RFC 9110 §12.5.4).
fn by_preference(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(f32, &str)> = header.split(',').filter_map(range).collect();
    ranges.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranges.into_iter().map(|(_, tag)| tag).collect()
}

fn range(text: &str) -> Option<(f32, &str)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next()?;
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    let weight = quality.map_or(Some(1.0), |value| value.parse().ok())?;
    (weight > 0.0).then_some((weight, tag))
}

/// A value set into a text.
pub trait Argument {
    /// The value as the catalogue takes it.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Argument for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for u32 {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

/// The texts of one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    fn load(source: &str, transform: Option<fn(&str) -> Cow<'_, str>>) -> Self {
        let resource =
            FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, errors)| {
                tracing::error!(?errors, "the catalogue of texts has errors");
                rest
            });
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap_or_default()]);
        // The marks would end up in attributes, titles and mails; `dir="auto"` isolates names.
        bundle.set_use_isolating(false);
        bundle.set_transform(transform);
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, "the catalogue of texts has a key twice");
        }
        Self { bundle }
    }

    /// The text of a key. An unknown key is logged and shown as it is.
    pub fn text(&self, key: impl AsRef<str>) -> String {
        self.format(key.as_ref(), None)
    }

    /// A text with one value set into it.
    pub fn text1(&self, key: impl AsRef<str>, name: &str, value: impl Argument) -> String {
        self.text_with(key, &[(name, &value)])
    }

    /// A text with values set into it.
    pub fn text_with(&self, key: impl AsRef<str>, values: &[(&str, &dyn Argument)]) -> String {
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set((*name).to_owned(), value.value());
        }
        self.format(key.as_ref(), Some(&arguments))
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "a text is missing from the catalogue");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text could not be completed");
        }
        text
    }
}

/// Turns each word around with explicit direction marks. `[name]` is markup and stays.
fn mirror(text: &str) -> Cow<'_, str> {
    const START: char = '\u{202e}';
    const END: char = '\u{202c}';
    let mut mirrored = String::with_capacity(text.len() * 2);
    for (index, piece) in text.split('[').enumerate() {
        let (markup, plain) = match piece.split_once(']') {
            Some((markup, plain)) if index > 0 => (Some(markup), plain),
            _ => (None, piece),
        };
        if let Some(markup) = markup {
            write!(mirrored, "[{markup}]").unwrap_or_default();
        }
        for word in plain.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            let space = word.strip_prefix(bare).unwrap_or_default();
            if bare.chars().any(char::is_alphabetic) {
                write!(mirrored, "{START}{bare}{END}{space}").unwrap_or_default();
            } else {
                mirrored.push_str(word);
            }
        }
    }
    mirrored.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn the_catalogue_reads_without_an_error() {
        let resource = FluentResource::try_new(ENGLISH.to_owned());
        assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
    }

    #[test]
    fn a_missing_text_shows_its_key() {
        assert_eq!(Locale::English.texts().text("no-such-text"), "no-such-text");
    }

    #[test]
    fn the_language_follows_the_request_then_the_browser() {
        let choose = Locale::choose;
        assert_eq!(choose(None, None, true), Locale::English);
        assert_eq!(choose(Some("ar-XB en"), None, true), Locale::PseudoRightToLeft);
        assert_eq!(choose(Some("de en-GB"), Some("ar-XB"), true), Locale::English);
        assert_eq!(choose(None, Some("en;q=0.3, ar-xb;q=0.8"), true), Locale::PseudoRightToLeft);
        assert_eq!(choose(None, Some("ar-XB;q=0"), true), Locale::English);
        assert_eq!(choose(None, Some("ar-XB;q=oops,,;"), true), Locale::English);
    }

    #[test]
    fn the_test_language_is_only_given_where_it_is_allowed() {
        assert_eq!(Locale::choose(Some("ar-XB"), Some("ar-XB"), false), Locale::English);
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
        let known = keys();
        let missing: Vec<_> = used().into_iter().filter(|key| !known.contains(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_text_that_exists_is_used() {
        let used = used();
        let unused: Vec<_> = keys().into_iter().filter(|key| !used.contains(key)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    fn keys() -> BTreeSet<String> {
        let lines = ENGLISH.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic()));
        lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
    }

    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = files(&root.join("src")).into_iter().chain(files(&root.join("templates")));
        let mut found = BTreeSet::new();
        for file in sources {
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
}
