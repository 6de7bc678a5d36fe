//! Telephone numbers: as typed, and as ITU-T E.164 writes them.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

/// Fewer are no number that could be reached from abroad.
const FEWEST_DIGITS: usize = 8;
/// The most that E.164 §6.1 allows, the country's code among them.
const MOST_DIGITS: usize = 15;
/// How many a mask leaves to be recognised by.
const DIGITS_SHOWN: usize = 2;
/// The country codes of two digits; those of one are 1 and 7, and all others have three.
const TWO_DIGIT_CODES: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// A number that an SMS can be sent to: a plus sign and 8 to 15 digits, the country's code first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Not a telephone number with its country's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number with a plus sign and the country's code")]
pub struct MalformedPhoneNumber;

impl PhoneNumber {
    /// As E.164 writes it: `+14155550123`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last two digits behind dots: what a page shows of it.
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.0)
    }

    /// The code of its country, or of the countries that share it: `49`.
    #[must_use]
    pub fn country_code(&self) -> String {
        let first = |count: usize| self.0.chars().skip(1).take(count).collect::<String>();
        if matches!(first(1).as_str(), "1" | "7") {
            return first(1);
        }
        let two = first(2);
        if TWO_DIGIT_CODES.contains(&two.as_str()) { two } else { first(3) }
    }
}

/// [`PhoneNumber::masked`] of a number as it lies in storage.
#[must_use]
pub fn masked(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let hidden = digits.len().saturating_sub(DIGITS_SHOWN);
    let shown: String = digits.into_iter().skip(hidden).collect();
    format!("{}{shown}", "•".repeat(hidden))
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for PhoneNumber {
    type Err = MalformedPhoneNumber;

    /// Takes what people type between the digits: spaces, dots, dashes, slashes and parentheses. A
    /// zero in parentheses is the one that only callers from inside the country dial.
    fn from_str(text: &str) -> Result<Self, MalformedPhoneNumber> {
        let plain: String = text.trim().nfkc().collect::<String>().replace("(0)", "");
        let number = plain.strip_prefix('+').ok_or(MalformedPhoneNumber)?;
        let digits: String = number.chars().filter(|c| !is_between_digits(*c)).collect();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len())
            && !digits.starts_with('0');
        if is_number { Ok(Self(format!("+{digits}"))) } else { Err(MalformedPhoneNumber) }
    }
}

const fn is_between_digits(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        text.parse::<PhoneNumber>().ok().map(|number| number.0)
    }

    #[test]
    fn a_typed_number_becomes_plus_and_digits() {
        for text in [
            "+14155550123",
            " +1 (415) 555-0123 ",
            "+1.415.555.0123",
            "+1\u{a0}415\u{2009}555\u{2011}0123",
            "＋１４１５５５５０１２３",
            "+1 415/555 – 0123",
        ] {
            assert_eq!(parsed(text).as_deref(), Some("+14155550123"), "{text}");
        }
        assert_eq!(parsed("+49 (0)30 901820").as_deref(), Some("+4930901820"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "+",
            "4155550123",
            "004915112345678",
            "+1234567",
            "+1234567890123456",
            "+0415555012",
            "+1415555o123",
            "++14155550123",
            "+1415555\r\n0123",
            "+1 415 555 0123 ext. 4",
            "+14155550123\0",
        ] {
            assert_eq!(text.parse::<PhoneNumber>(), Err(MalformedPhoneNumber), "{text:?}");
        }
    }

    #[test]
    fn a_mask_leaves_two_digits() {
        let number: PhoneNumber = "+4915112345678".parse().unwrap();
        assert_eq!(number.masked(), "•••••••••••78");
    }

    #[test]
    fn the_code_of_the_country_has_one_to_three_digits() {
        for (number, code) in [
            ("+14155550123", "1"),
            ("+79161234567", "7"),
            ("+442071838750", "44"),
            ("+493090182000", "49"),
            ("+351211234567", "351"),
            ("+85212345678", "852"),
        ] {
            assert_eq!(number.parse::<PhoneNumber>().unwrap().country_code(), code);
        }
    }
}
