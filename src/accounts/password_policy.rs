//! Which passwords may be set (SP 800-63B §3.1.1.2, ASVS 5.0 6.2).

use secrecy::SecretString;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use super::leaked_passwords::LeakedPasswords;
use super::password::normalised;
use super::password_weakness::PasswordWeakness;

/// Its cost grows faster than the password; what follows can only make it better.
const MOST_JUDGED_CHARACTERS: usize = 100;
/// Shorter words stand in many a good password by chance.
const LEAST_OWN_WORD: usize = 3;

/// What is asked of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// In characters.
    pub least_characters: usize,
    /// Whether who signs in with a leaked password has to choose another one.
    pub leaked_ones_have_to_go: bool,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { least_characters: 8, leaked_ones_have_to_go: true }
    }
}

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Too few characters.
    #[error("it must have at least {least} characters")]
    TooShort {
        /// How many it needs.
        least: usize,
    },
    /// Too many bytes.
    #[error("it must have at most 1024 bytes")]
    TooLong,
    /// Common or leaked.
    #[error("it is on lists of leaked passwords")]
    Leaked,
    /// Few guesses lead to it.
    #[error("it is too easy to guess: {0}")]
    TooGuessable(PasswordWeakness),
    /// Little more than the person's names or their address.
    #[error("it is made of the person's own names or address")]
    HoldsOwnWords,
    /// Little more than the name of this service.
    #[error("it is made of the name of this service")]
    HoldsServiceName,
    /// A NUL character, which some programs take for the end.
    #[error("it holds a NUL character")]
    ContainsNul,
}

impl PasswordPolicy {
    /// What is wrong with a password, in the order to tell. `own` is what the person is called,
    /// `service` what this service is. Judged is what is hashed, however it was typed. Takes milliseconds: not for a thread that serves others.
    #[must_use]
    pub fn problems(
        self,
        password: &SecretString,
        own: &[String],
        service: &str,
    ) -> Vec<PasswordProblem> {
        let Some(password) = normalised(password) else { return vec![PasswordProblem::TooLong] };
        let password = password.as_str();
        if password.contains('\0') {
            return vec![PasswordProblem::ContainsNul];
        }
        if password.chars().count() < self.least_characters {
            return vec![PasswordProblem::TooShort { least: self.least_characters }];
        }
        let mut phrases: Vec<&str> = own.iter().map(String::as_str).collect();
        if self.is_made_of(&words_of(&phrases), password) {
            return vec![PasswordProblem::HoldsOwnWords];
        }
        phrases.push(service);
        let words = words_of(&phrases);
        if self.is_made_of(&words, password) {
            return vec![PasswordProblem::HoldsServiceName];
        }
        if LeakedPasswords::embedded_has(password) {
            return vec![PasswordProblem::Leaked];
        }
        let judged: Zeroizing<String> =
            Zeroizing::new(password.chars().take(MOST_JUDGED_CHARACTERS).collect());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let judged = zxcvbn(&judged, &words);
        if judged.score() < Score::Two {
            return vec![PasswordProblem::TooGuessable(PasswordWeakness::of(&judged))];
        }
        Vec::new()
    }

    /// Whether too little is left when the person's own words are taken away.
    fn is_made_of(self, words: &[String], password: &str) -> bool {
        let mut rest = Zeroizing::new(password.to_lowercase());
        let whole = rest.len();
        for word in words.iter().filter(|word| word.chars().count() >= LEAST_OWN_WORD) {
            rest = Zeroizing::new(rest.replace(word.as_str(), ""));
        }
        rest.len() < whole && rest.chars().count() < self.least_characters
    }
}

/// Each phrase and its words in NFKC and lower case, the long ones first.
fn words_of(phrases: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for phrase in phrases.iter().map(|phrase| phrase.nfkc().collect::<String>().to_lowercase()) {
        words.extend(phrase.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.push(phrase);
    }
    words.retain(|word| !word.is_empty());
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(password: &str) -> Vec<PasswordProblem> {
        let own = ["Ada Lovelace Müller", "countess@analytical.example"].map(str::to_owned);
        PasswordPolicy::default().problems(&password.into(), &own, "Lantern Hall")
    }

    /// PR-12
    #[test]
    fn good_passwords_of_every_kind_may_be_set() {
        for password in [
            "SecurePass123",
            "  leading and trailing  ",
            "дождь идёт весь день",
            "🦊🐢 nine lives 🐙",
            "my friend lovelace counts to twelve",
            &(1..=128_u8).map(|n| char::from(b'!' + n.wrapping_mul(37) % 94)).collect::<String>(),
        ] {
            assert_eq!(problems(password), [], "{password:?}");
        }
    }

    /// PR-12
    #[test]
    fn bad_passwords_are_refused_with_the_reason() {
        let short = PasswordProblem::TooShort { least: 8 };
        for (password, problem) in [
            ("", short),
            ("123456", short),
            ("secret", short),
            ("password", PasswordProblem::Leaked),
            ("PASSWORD123", PasswordProblem::Leaked),
            ("qwertyuiop", PasswordProblem::Leaked),
            ("lionking1", PasswordProblem::Leaked),
            ("bobobobobobo", PasswordProblem::TooGuessable(PasswordWeakness::Repetition)),
            ("P4ssw0rd!!", PasswordProblem::TooGuessable(PasswordWeakness::CloseToCommon)),
            (
                "ｐ４ｓｓｗ０ｒｄ！！",
                PasswordProblem::TooGuessable(PasswordWeakness::CloseToCommon),
            ),
            ("e\u{301}u\u{308}o\u{308}e\u{300}", short),
            ("ｌｏｖｅｌａｃｅ１", PasswordProblem::HoldsOwnWords),
            ("Mu\u{308}ller1990", PasswordProblem::HoldsOwnWords),
            ("lovelace1", PasswordProblem::HoldsOwnWords),
            ("AdaLovelace", PasswordProblem::HoldsOwnWords),
            ("countess@analytical.example", PasswordProblem::HoldsOwnWords),
            ("analytical1815", PasswordProblem::HoldsOwnWords),
            ("lanternhall-77", PasswordProblem::HoldsServiceName),
            ("good enough\0but", PasswordProblem::ContainsNul),
            (&"x1 Q".repeat(257), PasswordProblem::TooLong),
        ] {
            assert_eq!(problems(password), [problem], "{password:?}");
        }
    }

    #[test]
    fn a_very_long_password_is_judged_as_fast_as_a_long_one() {
        let judged = std::time::Instant::now();
        assert_eq!(problems(&"a1!".repeat(341)).len(), 1);
        assert!(judged.elapsed() < std::time::Duration::from_secs(5));
    }
}
