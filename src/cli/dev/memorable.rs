//! Passwords that a person can type from the screen.

use secrecy::SecretString;

use crate::random;

/// 64 short words: six random bits each.
const WORDS: [&str; 64] = [
    "amber", "anchor", "apple", "arrow", "bamboo", "basil", "beacon", "birch", "breeze", "bridge",
    "candle", "canyon", "cedar", "cherry", "clover", "cobalt", "copper", "coral", "cotton",
    "crystal", "dahlia", "desert", "dolphin", "ember", "falcon", "fern", "forest", "garden",
    "ginger", "glacier", "harbor", "hazel", "indigo", "island", "ivory", "jasmine", "juniper",
    "lagoon", "lantern", "lemon", "linen", "lotus", "maple", "marble", "meadow", "mint", "nectar",
    "ocean", "olive", "orchid", "pebble", "pepper", "prairie", "quartz", "river", "saffron",
    "silver", "sparrow", "thunder", "tulip", "velvet", "walnut", "willow", "winter",
];

/// Four words and four digits: some 37 bits, enough for a server that only this machine reaches.
pub(super) fn password() -> SecretString {
    let [a, b, c, d, high, low] = random::bytes();
    let word = |byte: u8| WORDS.get(usize::from(byte & 63)).copied().unwrap_or_default();
    let digits = u16::from_be_bytes([high, low]) % 10_000;
    let words = [a, b, c, d].map(word).join("-");
    SecretString::from(format!("{words}-{digits:04}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn words_are_distinct_and_passwords_differ() {
        assert_eq!(WORDS.iter().collect::<HashSet<_>>().len(), 64);
        assert_ne!(password().expose_secret(), password().expose_secret());
    }
}
