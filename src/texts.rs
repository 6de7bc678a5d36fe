//! Every text a person reads, by key and language, and how times and numbers are written in it.
//!
//! 1. [`Locale::choose`] finds the language from what is known of the reader's [`Wishes`].
//! 2. [`Locale::texts`] is its catalogue. A text that a partial language lacks is in English.
//! 3. [`Locale::moment`] writes a time in the reader's [`Zone`].

mod catalogue;
mod locale;
mod moment;

pub use catalogue::{Argument, Texts};
pub use locale::{Locale, Offer, Wishes};
pub use moment::Zone;

/// The name of a text. The type marks every key in the code, so that a test can find them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub &'static str);

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self.0
    }
}

#[cfg(test)]
mod tests;
