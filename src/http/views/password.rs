//! What is said of a password that somebody chooses.

use super::Shell;
use crate::accounts::PasswordWeakness;
use crate::texts::Key;

/// Why a chosen password was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordMistake {
    /// There is none.
    Missing,
    /// Shorter than this.
    TooShort {
        /// The least number of characters.
        min: u32,
    },
    /// Longer than this.
    TooLong {
        /// The largest number of characters.
        max: u32,
    },
    /// The person's own names or address.
    IsPersonal,
    /// The name of this service.
    IsOfService,
    /// On lists of leaked passwords.
    Leaked,
    /// Easy to guess.
    TooWeak(PasswordWeakness),
    /// With a character that no password can hold.
    Unusable,
    /// The one they have.
    Unchanged,
}

impl PasswordMistake {
    pub(super) fn text(self, shell: &Shell) -> String {
        match self {
            Self::Missing => shell.t(Key("password-missing")),
            Self::TooShort { min } => shell.t1(Key("password-too-short"), "min", min),
            Self::TooLong { max } => shell.t1(Key("password-too-long"), "max", max),
            Self::IsPersonal => shell.t(Key("password-is-personal")),
            Self::IsOfService => shell.t(Key("password-is-of-service")),
            Self::Leaked => shell.t(Key("password-leaked")),
            Self::TooWeak(weakness) => shell.t(weakness_key(weakness)),
            Self::Unchanged => shell.t(Key("password-unchanged")),
            Self::Unusable => shell.t(Key("password-unusable")),
        }
    }
}

const fn weakness_key(weakness: PasswordWeakness) -> Key {
    match weakness {
        PasswordWeakness::KeyboardPattern => Key("password-keyboard-pattern"),
        PasswordWeakness::Repetition => Key("password-repetition"),
        PasswordWeakness::Sequence => Key("password-sequence"),
        PasswordWeakness::Date => Key("password-date"),
        PasswordWeakness::SingleWord => Key("password-single-word"),
        PasswordWeakness::Name => Key("password-name"),
        PasswordWeakness::CloseToCommon => Key("password-close-to-common"),
        PasswordWeakness::TooLittle => Key("password-too-weak"),
    }
}

impl Shell {
    /// Texts of the strength note, for the script: too short, guessable, good, strong.
    pub fn strength_words(&self) -> String {
        let keys = [
            Key("password-more-characters"),
            Key("password-guessable"),
            Key("password-good"),
            Key("password-strong"),
        ];
        serde_json::json!(keys.map(|key| self.t(key))).to_string()
    }
}
