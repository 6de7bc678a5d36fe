//! Names as they are compared: of accounts, and the local part of addresses.

use icu_properties::props::{DefaultIgnorableCodePoint, Script};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization as _;

/// In characters.
const LONGEST_SEARCHED: usize = 200;

/// The compared form: NFKC, lower case, single spaces and none at the ends. Wide letters, the
/// Kelvin sign and ligatures become what they stand for; ß, the dotless ı and accents stay.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    if folded.contains(char::is_whitespace) { single_spaced(&folded) } else { folded }
}

/// The compared form of what is searched and may be long: its beginning, which fits into an index.
#[must_use]
pub fn searched_text(text: &str) -> String {
    canonical_name(text).chars().take(LONGEST_SEARCHED).collect()
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
/// direction, fillers, variation selectors (Unicode's Default_Ignorable_Code_Point), marks of
/// annotations, and the Braille pattern without a dot.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{fff9}'..='\u{fffc}' | '\u{2800}')
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a text can stand on a page or in a mail among our words: on one line, with something to
/// see, and without what would turn the order of the letters around it or hide some of them
/// (Unicode Technical Report 36 §2). Joiners and variation selectors are part of some scripts, and
/// may stand there.
#[must_use]
pub fn is_plain_line(text: &str) -> bool {
    let is_seen = |c: char| !c.is_whitespace() && !is_invisible(c);
    plainness(text).all(|(_, is_plain)| is_plain)
        && (text.trim().is_empty() || text.contains(is_seen))
}

/// Every character, and whether it does nothing but stand where it is.
pub fn plainness(text: &str) -> impl Iterator<Item = (char, bool)> {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    text.chars().zip(before).map(|(c, before)| {
        let is_unfit = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_invisible(c);
        (c, !is_unfit || changes_shape(c, before))
    })
}

/// Whether an invisible character shapes the one before it, as it does in its own script: after
/// letters that join nothing it would only make two names of one.
fn changes_shape(c: char, before: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let script = CodePointMapData::<Script>::new().get(before);
    match c {
        '\u{180b}'..='\u{180d}' | '\u{180f}' => script == Script::Mongolian,
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            let joins_nothing = [Script::Latin, Script::Greek, Script::Cyrillic].contains(&script);
            let is_selected = c == '\u{200d}' && before == '\u{fe0f}';
            is_selected || !(joins_nothing || before.is_whitespace() || is_invisible(before))
        }
        _ => false,
    }
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
        for c in [
            '\u{180e}', '\u{2800}', '\u{fffc}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}',
            '\u{feff}', '\u{ad}', '\u{3164}',
        ] {
            assert!(is_invisible(c), "{c:?}");
        }
        assert!("aé漢 🦊ß".chars().all(|c| !is_invisible(c)));
        assert_eq!(trimmed("\u{feff} ada\u{200b}\n"), "ada");
    }

    #[test]
    fn a_line_that_turns_or_hides_letters_is_not_plain() {
        for c in ('\0'..='\u{1f}')
            .chain('\u{202a}'..='\u{202e}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(['\u{7f}', '\u{85}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}'])
            .chain(['\u{200b}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{3164}', '\u{e0041}'])
            .chain(['\u{180e}', '\u{180b}', '\u{34f}', '\u{fff9}', '\u{2800}', '\u{200d}'])
        {
            assert!(!is_plain_line(&format!("Ada {c}Lovelace")), "{c:?}");
        }
        assert!(!is_plain_line("\u{200d}"), "nothing to see");
        for name in [
            "A\u{200d}da",
            "Ada\u{fe0f}",
            "Ada\u{200c}",
            "А\u{200d}да",
            "می\u{200c}\u{200c}خواهم",
            "می \u{200c}خواهم",
            "می\u{180e}خواهم",
            "می\u{180b}خواهم",
        ] {
            assert!(!is_plain_line(name), "{name:?} looks like another");
        }
        for name in [
            "",
            "Ada",
            "José",
            "علي",
            "می\u{200c}خواهم",
            "葛\u{e0100}城",
            "🏳\u{fe0f}\u{200d}🌈",
            "क्\u{200d}ष",
            "ᠮᠣᠩ\u{180b}ᠭᠣᠯ",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert!(is_plain_line(name), "{name:?}");
        }
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
