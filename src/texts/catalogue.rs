//! The texts of one language.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::Locale;

pub(super) const ENGLISH: &str = include_str!("../../templates/texts/en.ftl");
pub(super) const GERMAN: &str = include_str!("../../templates/texts/de.ftl");
pub(super) const ARABIC: &str = include_str!("../../templates/texts/ar.ftl");

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
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    pub(super) fn of(locale: Locale) -> &'static Self {
        static ENGLISH_TEXTS: LazyLock<Texts> =
            LazyLock::new(|| Texts::load(Locale::English, ENGLISH));
        static GERMAN_TEXTS: LazyLock<Texts> =
            LazyLock::new(|| Texts::load(Locale::German, GERMAN));
        static ARABIC_TEXTS: LazyLock<Texts> =
            LazyLock::new(|| Texts::load(Locale::Arabic, ARABIC));
        static PSEUDO_TEXTS: LazyLock<Texts> =
            LazyLock::new(|| Texts::load(Locale::PseudoRightToLeft, ENGLISH));
        match locale {
            Locale::English => &ENGLISH_TEXTS,
            Locale::German => &GERMAN_TEXTS,
            Locale::Arabic => &ARABIC_TEXTS,
            Locale::PseudoRightToLeft => &PSEUDO_TEXTS,
        }
    }

    fn load(locale: Locale, source: &str) -> Self {
        let resource =
            FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, errors)| {
                tracing::error!(?errors, "the catalogue of texts has errors");
                rest
            });
        let is_pseudo = locale == Locale::PseudoRightToLeft;
        // Plurals follow the language that the texts are written in.
        let written_in = if is_pseudo { Locale::English } else { locale };
        let mut bundle =
            FluentBundle::new_concurrent(vec![written_in.lang().parse().unwrap_or_default()]);
        // Most values are Latin: set into a text from right to left they would take the points and
        // brackets beside them along. Elsewhere the marks would only be in the way of who copies.
        bundle.set_use_isolating(locale == Locale::Arabic);
        bundle.set_transform(is_pseudo.then_some(mirror as fn(&str) -> Cow<'_, str>));
        bundle.set_formatter(Some(match locale {
            Locale::German => |value, _| grouped(value, '.'),
            _ => |value, _| grouped(value, ','),
        }));
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, "the catalogue of texts has a key twice");
        }
        Self { locale, bundle }
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
            return self.format_elsewhere(key, arguments);
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text could not be completed");
        }
        text
    }

    /// The English text, which keeps its own direction wherever it is set.
    fn format_elsewhere(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        if matches!(self.locale, Locale::English | Locale::PseudoRightToLeft) {
            tracing::error!(key, "a text is missing from the catalogue");
            return key.to_owned();
        }
        let text = Self::of(Locale::English).format(key, arguments);
        if self.locale.dir() == Locale::English.dir() {
            text
        } else {
            format!("\u{2066}{text}\u{2069}")
        }
    }
}

/// A whole number with a mark between its thousands; `None` leaves other values as they are.
fn grouped(value: &FluentValue<'_>, mark: char) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let digits = number.as_string();
    if digits.len() <= 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    Some(text)
}

/// Turns each word around with explicit direction marks. `[name]` is markup and stays.
pub(super) fn mirror(text: &str) -> Cow<'_, str> {
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
