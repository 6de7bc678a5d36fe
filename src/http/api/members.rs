//! The members of a body that says how something is to be registered.

use serde_json::{Map, Value};

use super::body::Body;
use super::error::ApiError;

/// What a body says of something that can be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// Nothing: it stays.
    Nothing,
    /// That it is to go.
    Null,
    /// That it is to be this.
    Value(T),
}

impl<T> Given<T> {
    /// Says so of a field.
    pub(super) fn put(self, field: &mut Option<T>) {
        match self {
            Self::Nothing => {}
            Self::Null => *field = None,
            Self::Value(value) => *field = Some(value),
        }
    }
}

/// Puts what is given into a field.
pub(super) fn put<T>(given: Option<T>, field: &mut T) {
    if let Some(value) = given {
        *field = value;
    }
}

/// The members, and what is wrong with them.
#[derive(Debug)]
pub(super) struct Members {
    given: Map<String, Value>,
    body: Body,
}

impl Members {
    /// Those of a body, of which `known` may not stand there twice, and `fixed` not at all: they are told, and
    /// never given.
    pub(super) fn of(mut body: Body, known: &[&'static str], fixed: &[&'static str]) -> Self {
        let given = body.object(&[known, fixed].concat());
        for name in fixed.iter().filter(|name| given.contains_key(**name)) {
            body.refuse(name, "cannot be chosen");
        }
        Self { given, body }
    }

    /// Whether it is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Notes what is wrong with a member.
    pub(super) fn refuse(&mut self, name: &'static str, message: &str) {
        self.body.refuse(name, message);
    }

    /// The end of reading.
    ///
    /// # Errors
    ///
    /// With everything that is wrong.
    pub(super) fn check(&mut self) -> Result<(), ApiError> {
        self.body.check()
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "must be a text", |value| value.as_str().map(str::to_owned))
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        if !self.has(name) {
            self.refuse(name, "is missing");
        }
        self.text(name).unwrap_or_default()
    }

    /// Whether something is so.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "must be true or false", Value::as_bool)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.list(name, "must be a list of texts", text)
    }

    /// A list.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        item: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.read(name, wanted, |value| value.as_array()?.iter().map(&item).collect())
    }

    /// One of some words, each of which means something.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let wanted = format!("must be one of {}", words.join(", "));
        self.read(name, &wanted, |value| {
            let word = value.as_str()?;
            choices.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant)
        })
    }

    /// A member that `null` takes away, read by another of these.
    pub(super) fn or_null<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> Given<T> {
        if self.given.get(name) == Some(&Value::Null) {
            return Given::Null;
        }
        read(self, name).map_or(Given::Nothing, Given::Value)
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str) -> Option<i64> {
        self.read(name, "must be a whole number", whole)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let found = read(self.given.get(name)?);
        if found.is_none() {
            self.body.refuse(name, wanted);
        }
        found
    }
}

/// The number, where it is whole: to JSON, `60.0` is `60` (RFC 8259 §6).
fn whole(value: &Value) -> Option<i64> {
    let of_fraction = || {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    };
    value.as_i64().or_else(of_fraction)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_whole_however_it_is_written() {
        for (written, read) in [
            (json!(60), Some(60)),
            (json!(60.0), Some(60)),
            (json!(-1e3), Some(-1_000)),
            (json!(60.5), None),
            (json!(1e30), None),
            (json!("60"), None),
            (json!(null), None),
        ] {
            assert_eq!(whole(&written), read, "{written}");
        }
    }
}
