//! Values before they have a type, and where they came from.

use std::fmt;

use super::environment;

/// What stands in the file or the environment.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<String>),
    /// A table, a float, a date: nothing that a key of ours takes.
    Other,
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Line { file: String, line: usize },
    Variable(String),
}

impl Origin {
    /// The unit that a number has by the name it stands under, and its seconds.
    pub(super) fn unit(&self) -> Option<(&'static str, i64)> {
        match self {
            Self::Variable(name) => environment::unit_of(name),
            Self::Line { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(formatter, "{file}, line {line}"),
            Self::Variable(name) => write!(formatter, "environment variable {name}"),
        }
    }
}

/// One value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

impl Entry {
    /// The value as text, whatever its type.
    pub(super) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Boolean(flag) => Some(flag.to_string()),
            Value::List(_) | Value::Other => None,
        }
    }

    /// A list; in the environment, items with commas between them.
    pub(super) fn list(&self) -> Option<Vec<String>> {
        match &self.value {
            Value::List(items) => Some(items.clone()),
            Value::Text(text) => Some(
                text.split(',').map(str::trim).filter(|i| !i.is_empty()).map(Into::into).collect(),
            ),
            _ => None,
        }
    }
}

/// Seconds, or a number with a unit: `90`, `90s`, `15m`, `24h`, `14d`.
pub(super) fn parse_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor)
}

/// `true`, `yes`, `on`, `1` and their opposites.
pub(super) fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The nearest of `names`, where one is near enough to be meant.
pub(super) fn nearest<'name>(
    asked: &str,
    names: impl Iterator<Item = &'name str>,
) -> Option<&'name str> {
    names
        .map(|name| (strsim::jaro_winkler(asked, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_has_a_unit() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("15m", 900), ("1h", 3_600), ("14d", 1_209_600)]
        {
            assert_eq!(parse_seconds(text), Some(seconds), "{text}");
        }
        for text in ["", "m", "-1", "1.5h", "1w", "1h30m", "99999999999999999d"] {
            assert_eq!(parse_seconds(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_likely_slip_is_offered() {
        let names = ["issuer", "listen", "body_limit"];
        assert_eq!(nearest("isuer", names.into_iter()), Some("issuer"));
        assert_eq!(nearest("zzz", names.into_iter()), None);
    }
}
