//! The file `protekt.toml` as entries.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::Reader;
use super::value::{Entry, Origin, Value};

/// Adds every key of the file; syntax errors become problems.
pub(super) fn read(reader: &mut Reader, file: &str, text: &str) {
    let at =
        |span: Range<usize>| Origin::Line { file: file.to_owned(), line: line_of(text, &span) };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let origin = at(error.span().unwrap_or_default());
            return reader.problem(format!("{origin}: {}", error.message()));
        }
    };
    for (section, content) in table {
        let origin = at(section.span());
        let section = section.into_inner().into_owned();
        match content.into_inner() {
            DeValue::Table(keys) => {
                if keys.is_empty() {
                    reader.empty_section(section.clone(), origin);
                }
                for (key, value) in keys {
                    let origin = at(key.span());
                    let entry = Entry { value: to_value(value), origin };
                    reader.set(&section, &key.into_inner(), entry);
                }
            }
            _ => reader.problem(format!(
                "{origin}: {section:?} stands outside any section. Put it below the line of its \
                 section, such as [server]"
            )),
        }
    }
}

fn to_value(value: Spanned<DeValue<'_>>) -> Value {
    match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other, Value::Integer),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Array(items) => items
            .into_iter()
            .map(|item| match item.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                _ => None,
            })
            .collect::<Option<_>>()
            .map_or(Value::Other, Value::List),
        _ => Value::Other,
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count().saturating_add(1)
}
