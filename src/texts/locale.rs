//! The languages, and which of them a reader gets.

use super::catalogue::Texts;

/// A language that pages and mails can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// English, in which every text exists.
    #[default]
    English,
    /// German, in which every text exists too.
    German,
    /// Arabic, for everything on the way into an account.
    Arabic,
    /// `ar-XB`: English shown from right to left. It proves that no text is missing from the
    /// catalogue and that the layout mirrors; it is for tests only.
    PseudoRightToLeft,
}

/// What is known of the language that a reader wants. Each is a list of BCP 47 tags, best first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes<'reader> {
    /// `ui_locales` of the request, separated by spaces (OpenID Connect Core 1.0 §3.1.2.1).
    pub ui_locales: Option<&'reader str>,
    /// The language of the account.
    pub account: Option<&'reader str>,
    /// `Accept-Language` of the browser (RFC 9110 §12.5.4).
    pub accept_language: Option<&'reader str>,
}

/// What there is to choose from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offer {
    /// What the operator chose for readers of whom nothing is known.
    pub fallback: Locale,
    /// Only languages in which every text exists.
    pub complete_only: bool,
    /// The test language too.
    pub with_pseudo: bool,
}

impl Locale {
    /// What operators and accounts can choose from.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Arabic];

    /// The language to use: that of the request, then of the account, then of the browser, then the
    /// operator's.
    pub fn choose(wishes: &Wishes<'_>, offer: Offer) -> Self {
        let asked = wishes.ui_locales.unwrap_or_default().split_whitespace();
        let accepted = by_preference(wishes.accept_language.unwrap_or_default());
        asked
            .chain(wishes.account)
            .chain(accepted)
            .filter_map(|tag| Self::of_tag(tag, offer.with_pseudo))
            .chain([offer.fallback])
            .find(|locale| locale.is_complete() || !offer.complete_only)
            .unwrap_or_default()
    }

    /// The language of a tag that we wrote down ourselves, such as that of a waiting mail.
    pub fn of_known_tag(tag: &str) -> Option<Self> {
        Self::of_tag(tag, false)
    }

    /// The best language for a tag, by its first subtag: `de-AT` is German (RFC 4647 §3.4).
    fn of_tag(tag: &str, with_pseudo: bool) -> Option<Self> {
        if with_pseudo && tag.eq_ignore_ascii_case("ar-XB") {
            return Some(Self::PseudoRightToLeft);
        }
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| primary.eq_ignore_ascii_case(locale.lang()))
    }

    /// Whether every text exists in it.
    pub const fn is_complete(self) -> bool {
        !matches!(self, Self::Arabic)
    }

    /// The value of the `lang` attribute, and the tag (BCP 47) under which it is stored.
    pub const fn lang(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Arabic | Self::PseudoRightToLeft => "ar",
        }
    }

    /// The value of the `dir` attribute.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::English | Self::German => "ltr",
            Self::Arabic | Self::PseudoRightToLeft => "rtl",
        }
    }

    /// Its name in itself, as people look for it in a list.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English | Self::PseudoRightToLeft => "English",
            Self::German => "Deutsch",
            Self::Arabic => "العربية",
        }
    }

    /// What people call the language of a tag, in that language; the tag where we do not have it.
    pub fn name_of(tag: &str) -> String {
        let known = Self::ALL.into_iter().find(|locale| locale.lang() == tag);
        known.map_or_else(|| tag.to_owned(), |locale| locale.own_name().to_owned())
    }

    /// The catalogue of this language.
    pub fn texts(self) -> &'static Texts {
        Texts::of(self)
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

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: Offer =
        Offer { fallback: Locale::English, complete_only: false, with_pseudo: true };

    #[test]
    fn the_language_is_that_of_the_request_then_the_account_then_the_browser_then_the_operator() {
        use Locale::{Arabic, English, German, PseudoRightToLeft};
        let cases = [
            ((None, None, None), English),
            ((Some("de"), Some("ar"), Some("en")), German),
            ((None, Some("ar"), Some("en")), Arabic),
            ((None, None, Some("de")), German),
            ((Some("fr de-AT en"), Some("ar"), None), German),
            ((Some("fr"), Some("fr"), Some("fr, de;q=0.2")), German),
            ((Some("DE-ch-1901"), None, None), German),
            ((Some("dex deu"), None, Some("ar-EG")), Arabic),
            ((Some(""), Some(""), Some("")), English),
            ((None, None, Some("en;q=0.3, de;q=0.8, ar;q=0.5")), German),
            ((None, None, Some("de;q=0, *")), English),
            ((None, None, Some("de;q=oops,,;, ar")), Arabic),
            ((Some("ar-XB en"), None, None), PseudoRightToLeft),
            ((None, None, Some("en;q=0.3, ar-xb;q=0.8")), PseudoRightToLeft),
        ];
        for ((ui_locales, account, accept_language), expected) in cases {
            let wishes = Wishes { ui_locales, account, accept_language };
            assert_eq!(Locale::choose(&wishes, EVERYTHING), expected, "{wishes:?}");
        }
    }

    #[test]
    fn who_says_nothing_gets_the_language_of_the_operator() {
        let offer = Offer { fallback: Locale::German, ..EVERYTHING };
        let wishes = Wishes { accept_language: Some("fr, es"), ..Wishes::default() };
        assert_eq!(Locale::choose(&wishes, offer), Locale::German);
    }

    #[test]
    fn where_a_language_would_be_partial_the_next_wish_counts() {
        let offer = Offer { fallback: Locale::Arabic, complete_only: true, ..EVERYTHING };
        let choose = |account, accept_language| {
            Locale::choose(&Wishes { account, accept_language, ui_locales: None }, offer)
        };
        assert_eq!(choose(Some("ar"), Some("ar, de;q=0.5")), Locale::German);
        assert_eq!(choose(Some("ar"), None), Locale::English);
    }

    #[test]
    fn the_test_language_is_only_given_where_it_is_allowed() {
        let wishes = Wishes { ui_locales: Some("ar-XB"), ..Wishes::default() };
        assert_eq!(Locale::choose(&wishes, Offer::default()), Locale::Arabic);
    }
}
