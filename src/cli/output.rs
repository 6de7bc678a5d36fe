//! What a command prints: tables for people, JSON for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::CliError;
use crate::domain::name::plainness;

/// Where results go.
pub(super) struct Output {
    results: Box<dyn Write + Send>,
    notes: Box<dyn Write + Send>,
}

impl Output {
    pub(super) fn standard() -> Self {
        Self { results: Box::new(io::stdout()), notes: Box::new(io::stderr()) }
    }

    /// One line.
    pub(super) fn line(&mut self, text: impl AsRef<str>) -> Result<(), CliError> {
        writeln!(self.results, "{}", text.as_ref()).map_err(CliError::Output)
    }

    /// A line beside the result, on standard error: programs that read the result do not meet it.
    pub(super) fn note(&mut self, text: impl AsRef<str>) -> Result<(), CliError> {
        writeln!(self.notes, "protekt: {}", text.as_ref()).map_err(CliError::Output)
    }

    /// A value for programs.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CliError::Output(io::Error::other(error)))?;
        self.line(text)
    }

    /// A value for programs, on one line.
    pub(super) fn json_line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value)
            .map_err(|error| CliError::Output(io::Error::other(error)))?;
        self.line(text)
    }

    /// Names and values below each other; those without a value are left out.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) -> Result<(), CliError> {
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            self.line(format!("  {name:width$}  {}", printable(value)))?;
        }
        Ok(())
    }

    /// Rows in columns.
    pub(super) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) -> Result<(), CliError> {
        let head: Vec<String> = head.iter().map(|&title| title.to_owned()).collect();
        let rows: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| printable(cell).chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        for row in rows {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| {
                let cell = printable(cell);
                format!("{cell:width$}")
            });
            self.line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Names and reasons come from people: what could steer the terminal, or turn or hide what stands
/// there, is shown by its number instead of obeyed, and the end of a line by a sign.
pub(super) fn printable(text: &str) -> String {
    plainness(&text.replace("\r\n", "\n"))
        .map(|(c, is_plain)| match c {
            _ if is_plain => c.to_string(),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => "⏎".to_owned(),
            _ => format!("<U+{:04X}>", u32::from(c)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_shown_on_one_line_and_steers_nothing() {
        for (text, shown) in [
            ("Ada Okafor", "Ada Okafor"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("lost\r\nmy\nphone", "lost⏎my⏎phone"),
            ("a\u{2028}b", "a⏎b"),
            ("\u{202e}gpj.exe", "<U+202E>gpj.exe"),
            ("\u{2067}a\u{2069}\u{200b}\u{feff}", "<U+2067>a<U+2069><U+200B><U+FEFF>"),
            ("\u{1b}[2J\u{7}\t\u{9b}", "<U+001B>[2J<U+0007><U+0009><U+009B>"),
            ("A\u{200d}da\u{180e}\u{e0041}", "A<U+200D>da<U+180E><U+E0041>"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }
}
