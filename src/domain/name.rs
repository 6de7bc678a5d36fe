//! Names as they are compared: of accounts, and the local part of addresses.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use unicode_normalization::UnicodeNormalization as _;

/// The compared form: NFKC, lower case, single spaces and none at the ends. Wide letters, the
/// Kelvin sign and ligatures become what they stand for; ß, the dotless ı and accents stay.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    if folded.contains(char::is_whitespace) { single_spaced(&folded) } else { folded }
}

/// The same words with single spaces between them.
#[must_use]
pub fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without the spaces at its ends, and without what nobody sees there: it comes with pasting.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Whether a character cannot be seen, so that two names would look the same: joiners, marks of
/// direction, fillers, variation selectors (Unicode's Default_Ignorable_Code_Point).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_that_mean_the_same_compare_equal() {
        for (one, other) in [
            ("Ada Lovelace", "ada lovelace"),
            ("ａｄａ", "ada"),
            ("\u{212a}elvin", "kelvin"),
            ("of\u{fb01}ce", "office"),
            ("Ada\u{a0} \u{2003}Lovelace ", "ada lovelace"),
            ("JOSE\u{301}", "josé"),
            ("\u{1e9e}", "ß"),
            ("ÅNGSTRÖM", "\u{212b}ngström"),
        ] {
            assert_eq!(canonical_name(one), canonical_name(other), "{one:?}");
        }
    }

    #[test]
    fn letters_that_are_others_stay_others() {
        for (one, other) in
            [("ı", "i"), ("İ", "i"), ("ß", "ss"), ("é", "e"), ("\u{430}da", "ada"), ("0", "o")]
        {
            assert_ne!(canonical_name(one), canonical_name(other), "{one:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_known() {
        for c in ['\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{3164}']
        {
            assert!(is_invisible(c), "{c:?}");
        }
        assert!("aé漢 🦊ß".chars().all(|c| !is_invisible(c)));
        assert_eq!(trimmed("\u{feff} ada\u{200b}\n"), "ada");
    }

    proptest! {
        #[test]
        fn the_compared_form_is_its_own(name in "\\PC{0,20}") {
            let canonical = canonical_name(&name);
            prop_assert_eq!(&canonical_name(&canonical), &canonical);
            prop_assert_eq!(canonical.trim(), canonical.as_str());
        }
    }
}
