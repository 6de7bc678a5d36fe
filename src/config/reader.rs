//! Typed reading of entries, which keeps account of the keys that exist.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

use super::value::{Entry, Origin, Value, nearest, parse_boolean, parse_seconds};
use super::well_known::is_well_known;

/// The entries that have yet to be read, and what was found out meanwhile.
#[derive(Debug, Default)]
pub(super) struct Reader {
    entries: BTreeMap<(String, String), Entry>,
    pub(super) known: Vec<(&'static str, String)>,
    pub(super) problems: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) secrets: Vec<SecretPlace>,
    empty_sections: Vec<(String, Origin)>,
}

/// Where a secret lies, and whether it is one that everybody knows.
#[derive(Clone, Debug)]
pub(super) struct SecretPlace {
    pub(super) key: String,
    pub(super) is_in_config_file: bool,
    pub(super) file: Option<PathBuf>,
    pub(super) is_well_known: bool,
}

/// One section of the entries.
pub(super) struct Section<'reader> {
    reader: &'reader mut Reader,
    name: &'static str,
}

impl Reader {
    /// Sets a value, over one that was set before.
    pub(super) fn set(&mut self, section: &str, key: &str, entry: Entry) {
        self.entries.insert((section.to_owned(), key.to_owned()), entry);
    }

    pub(super) const fn section(&mut self, name: &'static str) -> Section<'_> {
        Section { reader: self, name }
    }

    pub(super) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Notes a section without an entry: its name may be a slip all the same.
    pub(super) fn empty_section(&mut self, section: String, origin: Origin) {
        self.empty_sections.push((section, origin));
    }

    /// Makes a problem of every entry that no section asked for, and of every section that does not
    /// exist.
    pub(super) fn refuse_unknown(&mut self) {
        for (section, origin) in std::mem::take(&mut self.empty_sections) {
            if let Some(problem) = self.unknown_section(&section, &origin) {
                self.problems.push(problem);
            }
        }
        for ((section, key), entry) in std::mem::take(&mut self.entries) {
            let problem = self.unknown(&section, &key, &entry.origin);
            self.problems.push(problem);
        }
    }

    fn unknown_section(&self, asked: &str, origin: &Origin) -> Option<String> {
        let names = || self.known.iter().map(|(section, _)| *section);
        if names().any(|section| section == asked) {
            return None;
        }
        let what = format!("{origin}: there is no section [{asked}]");
        Some(match nearest(asked, names()) {
            Some(section) => format!("{what}. Did you mean [{section}]?"),
            None => format!("{what}. See protekt.example.toml for all there are"),
        })
    }

    fn unknown(&self, section: &str, key: &str, origin: &Origin) -> String {
        let shown = |section: &str, key: &str| match origin {
            Origin::Line { .. } => format!("{section}.{key}"),
            Origin::Variable(_) => {
                format!("PROTEKT_{}__{}", section.to_uppercase(), key.to_uppercase())
            }
        };
        let what = format!("{origin}: there is no setting {}", shown(section, key));
        let names: Vec<String> =
            self.known.iter().map(|(section, key)| format!("{section}.{key}")).collect();
        // Within the right section a far slip is still the likeliest meaning.
        let inside = names
            .iter()
            .map(String::as_str)
            .filter(|name| name.split_once('.').is_some_and(|(known, _)| known == section));
        let asked = format!("{section}.{key}");
        let near = nearest(&asked, inside)
            .or_else(|| nearest(&asked, names.iter().map(String::as_str)))
            .and_then(|name| name.split_once('.'));
        match near {
            Some((section, key)) => format!("{what}. Did you mean {}?", shown(section, key)),
            None => format!("{what}. See protekt.example.toml for all there are"),
        }
    }
}

impl Section<'_> {
    fn take(&mut self, key: &str) -> Option<Entry> {
        self.reader.known.push((self.name, key.to_owned()));
        self.reader.entries.remove(&(self.name.to_owned(), key.to_owned()))
    }

    fn wrong(&mut self, key: &str, origin: &Origin, wanted: &str) {
        self.reader.problem(format!("{origin}: {}.{key} must be {wanted}", self.name));
    }

    /// Reads a value by `parse`, or says what is `wanted`.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        wanted: &str,
        parse: impl FnOnce(&Entry) -> Option<T>,
    ) -> Option<T> {
        let entry = self.take(key)?;
        let value = parse(&entry);
        if value.is_none() {
            self.wrong(key, &entry.origin, wanted);
        }
        value
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let text = self.parsed(key, "text", Entry::text)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    pub(super) fn boolean(&mut self, key: &str, default: bool) -> bool {
        self.parsed(key, "true or false", |entry| parse_boolean(&entry.text()?)).unwrap_or(default)
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        default: T,
        range: RangeInclusive<i64>,
    ) -> T {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let read = self.parsed(key, &wanted, |entry| {
            let number = entry.text()?.parse().ok().filter(|number| range.contains(number))?;
            T::try_from(number).ok()
        });
        read.unwrap_or(default)
    }

    /// A duration in seconds, within `range`.
    pub(super) fn seconds(&mut self, key: &str, default: i64, range: RangeInclusive<i64>) -> i64 {
        let Some(entry) = self.take(key) else { return default };
        let read = entry.text().and_then(|text| parse_seconds(&text));
        let read = read.filter(|seconds| range.contains(seconds));
        if read.is_none() {
            self.wrong(key, &entry.origin, &duration_wanted(&entry.origin, &range));
        }
        read.unwrap_or(default)
    }

    pub(super) fn duration(
        &mut self,
        key: &str,
        default: u64,
        range: RangeInclusive<i64>,
    ) -> Duration {
        let default_seconds = i64::try_from(default).unwrap_or(i64::MAX);
        let seconds = self.seconds(key, default_seconds, range);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(default))
    }

    /// A list of items that each parse.
    pub(super) fn items<T: FromStr>(&mut self, key: &str, wanted: &str) -> Option<Vec<T>> {
        self.parsed(key, wanted, |entry| {
            entry.list()?.iter().map(|item| item.parse().ok()).collect()
        })
    }

    /// One of several names.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)], default: T) -> T {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        let wanted = format!("one of {}", names.join(", "));
        let read = self.parsed(key, &wanted, |entry| {
            let text = entry.text()?.to_ascii_lowercase();
            choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
        });
        read.unwrap_or(default)
    }

    /// The secret `key`, or what the file named by `key_file` holds.
    pub(super) fn secret(&mut self, key: &str) -> Option<SecretString> {
        let inline = self.take(key);
        let file_key = format!("{key}_file");
        let by_file = self.take(&file_key);
        match (inline, by_file) {
            (None, None) => None,
            (Some(entry), None) => self.secret_inline(key, &entry),
            (None, Some(entry)) => self.secret_from_file(key, &entry),
            (Some(_), Some(by_file)) => {
                let wanted = format!("left out where {}.{key} is given: keep one", self.name);
                self.wrong(&file_key, &by_file.origin, &wanted);
                None
            }
        }
    }

    /// A secret whose file, if it has one, somebody else reads.
    pub(super) fn secret_without_file(&mut self, key: &str) -> Option<SecretString> {
        let entry = self.take(key)?;
        self.secret_inline(key, &entry)
    }

    fn secret_inline(&mut self, key: &str, entry: &Entry) -> Option<SecretString> {
        let Value::Text(text) = &entry.value else {
            self.wrong(key, &entry.origin, "text");
            return None;
        };
        let is_in_config_file = matches!(entry.origin, Origin::Line { .. });
        Some(self.keep_secret(key, text, is_in_config_file, None))
    }

    fn secret_from_file(&mut self, key: &str, entry: &Entry) -> Option<SecretString> {
        let path = PathBuf::from(entry.text().unwrap_or_default());
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(self.keep_secret(key, &text, false, Some(path))),
            Err(error) => {
                let name = self.name;
                let origin = &entry.origin;
                self.reader.problem(format!(
                    "{origin}: {name}.{key}_file: {} cannot be read: {error}",
                    path.display()
                ));
                None
            }
        }
    }

    fn keep_secret(
        &mut self,
        key: &str,
        text: &str,
        is_in_config_file: bool,
        file: Option<PathBuf>,
    ) -> SecretString {
        let text = text.trim_end_matches(['\r', '\n']);
        self.reader.secrets.push(SecretPlace {
            key: format!("{}.{key}", self.name),
            is_in_config_file,
            file,
            is_well_known: is_well_known(text),
        });
        SecretString::from(text)
    }
}

/// A plain name has its unit in itself: the seconds of the setting would be a riddle there.
fn duration_wanted(origin: &Origin, range: &RangeInclusive<i64>) -> String {
    let (least, most) = (*range.start(), *range.end());
    match origin.unit() {
        Some((unit, seconds)) => {
            let least = least.div_euclid(seconds) + i64::from(least % seconds != 0);
            format!("a whole number of {unit} from {least} to {}", most / seconds)
        }
        None => format!(
            "a duration in seconds, or with a unit such as \"10m\", \"24h\" or \"14d\", from \
             {least} to {most} seconds"
        ),
    }
}
