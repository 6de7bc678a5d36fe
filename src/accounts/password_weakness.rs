//! Why a password is easy to guess, as zxcvbn sees it, in terms of ours.

use zxcvbn::Entropy;
use zxcvbn::feedback::{Suggestion, Warning};

/// What makes a password easy to guess; each has a sentence that says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordWeakness {
    /// A row of keys, or a pattern on the keyboard.
    #[error("it is a pattern on the keyboard")]
    KeyboardPattern,
    /// `aaaa`, `abcabc`.
    #[error("it repeats the same thing")]
    Repetition,
    /// `abcd`, `6543`.
    #[error("it is a sequence such as abc or 6543")]
    Sequence,
    /// A date or a year.
    #[error("it is built around a date or a year")]
    Date,
    /// A word by itself.
    #[error("it is a single word")]
    SingleWord,
    /// A first or last name.
    #[error("it is built around a name")]
    Name,
    /// Close to one that many people use.
    #[error("it is close to a password that many people use")]
    CloseToCommon,
    /// Nothing in particular: too little of everything.
    #[error("it needs a few more random words")]
    TooLittle,
}

impl PasswordWeakness {
    /// What stands out in a weak password.
    pub(super) fn of(judged: &Entropy) -> Self {
        let Some(feedback) = judged.feedback() else { return Self::TooLittle };
        match feedback.warning() {
            Some(
                Warning::StraightRowsOfKeysAreEasyToGuess
                | Warning::ShortKeyboardPatternsAreEasyToGuess,
            ) => Self::KeyboardPattern,
            Some(
                Warning::RepeatsLikeAaaAreEasyToGuess
                | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
            ) => Self::Repetition,
            Some(Warning::SequencesLikeAbcAreEasyToGuess) => Self::Sequence,
            Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
                Self::Date
            }
            Some(Warning::AWordByItselfIsEasyToGuess) => Self::SingleWord,
            Some(
                Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
                | Warning::CommonNamesAndSurnamesAreEasyToGuess,
            ) => Self::Name,
            Some(
                Warning::ThisIsATop10Password
                | Warning::ThisIsATop100Password
                | Warning::ThisIsACommonPassword
                | Warning::ThisIsSimilarToACommonlyUsedPassword,
            ) => Self::CloseToCommon,
            None if is_a_disguise(feedback.suggestions()) => Self::CloseToCommon,
            None => Self::TooLittle,
        }
    }
}

/// A common word backwards, or with `@` for `a`.
fn is_a_disguise(suggestions: &[Suggestion]) -> bool {
    suggestions.iter().any(|suggestion| {
        matches!(
            suggestion,
            Suggestion::PredictableSubstitutionsDontHelpVeryMuch
                | Suggestion::ReversedWordsArentMuchHarderToGuess
        )
    })
}

#[cfg(test)]
mod tests {
    use zxcvbn::zxcvbn;

    use super::*;

    #[test]
    fn what_stands_out_in_a_weak_password_is_told() {
        for (password, weakness) in [
            ("zxcvfdsaqwer", PasswordWeakness::KeyboardPattern),
            ("aaaaaaaaaaaa", PasswordWeakness::Repetition),
            ("bobobobobobo", PasswordWeakness::Repetition),
            ("abcdefghijklm", PasswordWeakness::Sequence),
            ("03.11.1975", PasswordWeakness::Date),
            ("considerable", PasswordWeakness::SingleWord),
            ("Christopher", PasswordWeakness::Name),
            ("drowssap", PasswordWeakness::CloseToCommon),
            ("p4ssw0rd", PasswordWeakness::CloseToCommon),
        ] {
            assert_eq!(PasswordWeakness::of(&zxcvbn(password, &[])), weakness, "{password}");
        }
    }
}
