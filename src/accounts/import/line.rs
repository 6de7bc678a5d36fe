//! One line of an import: a JSON object that tells of one person.

use std::fmt::{self, Formatter};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::LineProblem;
use crate::accounts::operator::{checked_name, checked_username};
use crate::accounts::password::importable_hash;
use crate::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::imported_person::{ImportedPerson, ImportedUsername};
use crate::domain::metadata::{Metadata, MetadataChange};
use crate::domain::profile::checked_picture;
use crate::domain::{PasswordHash, UserId};

/// OpenID Connect Core §2: a `sub` has at most 255 ASCII characters.
const LONGEST_ID: usize = 255;

/// A person, and the keys of their line that have no place here.
#[derive(Debug)]
pub struct ImportLine {
    /// The person.
    pub person: ImportedPerson,
    /// Keys that nothing was made of.
    pub unknown_keys: Vec<String>,
}

impl ImportLine {
    /// Reads a line. A `null` is as good as nothing; what cannot be kept as it is is refused, never
    /// mended.
    ///
    /// # Errors
    ///
    /// With the field and what is wrong with it.
    pub fn parse(line: &[u8], now: Timestamp) -> Result<Self, LineProblem> {
        let text = std::str::from_utf8(line).map_err(|_| LineProblem::whole("it is not UTF-8"))?;
        let Object { mut fields, repeated_key } = serde_json::from_str(text).map_err(|error| {
            LineProblem::whole(if error.is_data() {
                "it is not a JSON object".to_owned()
            } else {
                // The reader is told which line of the file it is.
                let (text, column) = (error.to_string(), error.column());
                let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
                format!("it is not JSON: {what}, at column {column}")
            })
        })?;
        if let Some(key) = repeated_key {
            return Err(LineProblem::whole(format!("the key {key} is there twice")));
        }
        fields.refuse("password", "passwords in clear are not imported: give password_hash")?;
        fields
            .refuse("custom_password_hash", "give the hash in its usual form as password_hash")?;
        let person = fields.person(now)?;
        let unknown_keys = fields.0.into_iter().map(|(key, _)| key).collect();
        Ok(Self { person, unknown_keys })
    }
}

/// What has yet to be taken of a line.
struct Fields(Map<String, Value>);

/// A line as it was read.
struct Object {
    fields: Fields,
    /// Which of its values is meant cannot be known (RFC 8259 §4).
    repeated_key: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Object, A::Error> {
        let (mut map, mut repeated_key) = (Map::new(), None);
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if map.contains_key(&key) {
                repeated_key = Some(key);
            } else {
                map.insert(key, value);
            }
        }
        Ok(Object { fields: Fields(map), repeated_key })
    }
}

impl Fields {
    fn person(&mut self, now: Timestamp) -> Result<ImportedPerson, LineProblem> {
        let email = self
            .checked("email", &[], |text| {
                text.parse::<EmailAddress>().map_err(|error| error.to_string())
            })?
            .ok_or_else(|| LineProblem::of("email", "it is missing"))?;
        Ok(ImportedPerson {
            id: self.checked("id", &["user_id", "sub"], id)?,
            email,
            email_is_verified: self.boolean("email_verified")?,
            username: self.checked("username", &["preferred_username"], username)?,
            name: self.checked("name", &[], name)?,
            given_name: self.checked("given_name", &[], name)?,
            family_name: self.checked("family_name", &[], name)?,
            nickname: self.checked("nickname", &[], name)?,
            picture: self.checked("picture", &[], picture)?,
            phone_number: self.checked("phone_number", &[], phone_number)?,
            phone_number_is_verified: self.boolean("phone_number_verified")?,
            locale: self.checked("locale", &[], locale)?,
            zoneinfo: self.checked("zoneinfo", &[], zoneinfo)?,
            is_blocked: self.boolean("blocked")?,
            created_at: self.time("created_at", now)?,
            password_hash: self.checked("password_hash", &["passwordHash"], hash)?,
            user_metadata: self.metadata("user_metadata")?,
            app_metadata: self.metadata("app_metadata")?,
        })
    }

    /// The value of a key, or of another name that it has elsewhere.
    fn take(
        &mut self,
        key: &'static str,
        other_names: &[&str],
    ) -> Result<Option<Value>, LineProblem> {
        let mut found = None;
        for name in std::iter::once(&key).chain(other_names) {
            match self.0.remove(*name) {
                None | Some(Value::Null) => {}
                Some(value) if found.as_ref().is_none_or(|found| *found == value) => {
                    found = Some(value);
                }
                Some(_) => {
                    let names = other_names.join(" or ");
                    return Err(LineProblem::of(key, format!("{names} says something else")));
                }
            }
        }
        Ok(found)
    }

    fn checked<T>(
        &mut self,
        key: &'static str,
        other_names: &[&str],
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, LineProblem> {
        match self.take(key, other_names)? {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                check(&text).map(Some).map_err(|reason| LineProblem::of(key, reason))
            }
            Some(_) => Err(LineProblem::of(key, "it must be text")),
        }
    }

    fn metadata(&mut self, key: &'static str) -> Result<MetadataChange, LineProblem> {
        let change = match self.take(key, &[])? {
            None => MetadataChange::Keep,
            Some(Value::Object(members)) => MetadataChange::Merge(members),
            Some(_) => return Err(LineProblem::of(key, "it must be a JSON object")),
        };
        match Metadata::default().changed(&change) {
            Ok(_) => Ok(change),
            Err(error) => Err(LineProblem::of(key, error.to_string())),
        }
    }

    fn boolean(&mut self, key: &'static str) -> Result<bool, LineProblem> {
        match self.take(key, &[])? {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(LineProblem::of(key, "it must be true or false")),
        }
    }

    fn time(
        &mut self,
        key: &'static str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, LineProblem> {
        let time = match self.take(key, &[])? {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => {
                OffsetDateTime::parse(&text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
            }
            Some(_) => None,
        };
        match time.map(Timestamp) {
            Some(time) if (Timestamp(0)..=now).contains(&time) => Ok(Some(time)),
            Some(_) => Err(LineProblem::of(key, "it must lie between 1970 and now")),
            None => Err(LineProblem::of(
                key,
                "it must be a time like \"2026-11-21T08:00:00Z\", or whole seconds since 1970",
            )),
        }
    }

    fn refuse(&self, key: &'static str, reason: &str) -> Result<(), LineProblem> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(LineProblem::of(key, reason)),
        }
    }
}

fn id(text: &str) -> Result<UserId, String> {
    if text.len() > LONGEST_ID || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "it must have at most {LONGEST_ID} ASCII characters, none of them a space"
        ));
    }
    Ok(UserId::from(text))
}

fn username(text: &str) -> Result<ImportedUsername, String> {
    let (typed, canonical) = checked_username(text).map_err(|refusal| refusal.to_string())?;
    Ok(ImportedUsername { typed: typed.to_owned(), canonical })
}

fn name(text: &str) -> Result<String, String> {
    checked_name(text).map(str::to_owned).map_err(|_| {
        "it must have at most 200 characters on one line, none of them a control character or one \
         that turns or hides text, such as U+202E"
            .to_owned()
    })
}

fn picture(text: &str) -> Result<String, String> {
    let refusal = || "it must be an https address of at most 2048 characters".to_owned();
    checked_picture(text).map(str::to_owned).ok_or_else(refusal)
}

/// E.164: a plus and 7 to 15 digits.
fn phone_number(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let is_number = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(text.to_owned())
    } else {
        Err("it must be a number with its country, such as +4930123456".to_owned())
    }
}

fn locale(text: &str) -> Result<String, String> {
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let tag = text.replace('_', "-");
    let is_language = tag.split('-').next().is_some_and(|first| {
        first.len() >= 2 && first.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    if is_language && tag.len() <= 35 && tag.split('-').all(is_subtag) {
        Ok(tag)
    } else {
        Err("it must be a language tag, such as de or pt-BR".to_owned())
    }
}

fn zoneinfo(text: &str) -> Result<String, String> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
    if text.len() <= 64 && text.bytes().all(is_fine) {
        Ok(text.to_owned())
    } else {
        Err("it must be the name of a time zone, such as Europe/Berlin".to_owned())
    }
}

fn hash(text: &str) -> Result<PasswordHash, String> {
    importable_hash(text).map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn problem(line: &str) -> (Option<&'static str>, String) {
        let problem = ImportLine::parse(line.as_bytes(), NOW).unwrap_err();
        (problem.field, problem.reason)
    }

    fn with(field: &str) -> String {
        format!("{{\"email\":\"ada@example.org\",{field}}}")
    }

    #[test]
    fn every_field_of_a_line_is_kept() {
        let line = r#"{"id":"auth0|5f7c8ec7c33c6c004bbafe82","email":"Ada@Example.org",
            "email_verified":true,"username":"Countess","name":"Ada Lovelace","given_name":"Ada",
            "family_name":"Lovelace","nickname":"ada","picture":"https://a.example/a.png",
            "phone_number":"+4930123456","phone_number_verified":true,"locale":"pt_BR",
            "zoneinfo":"America/Sao_Paulo","blocked":true,"created_at":"2020-02-29T12:00:00+01:00",
            "password_hash":"$2b$04$Yt4VEXhGXuD.lMmu43OIDuhtAM0jU7wbMLMcfZbbEWsj/qGfm5CtK",
            "app_metadata":{"plan":"x"},"address":null}"#;
        let ImportLine { person, unknown_keys } = ImportLine::parse(line.as_bytes(), NOW).unwrap();
        assert_eq!(person.id, Some("auth0|5f7c8ec7c33c6c004bbafe82".into()));
        assert_eq!(person.email.canonical(), "ada@example.org");
        assert!(person.email_is_verified && person.phone_number_is_verified && person.is_blocked);
        assert_eq!(person.username.unwrap().canonical, "countess");
        assert_eq!(person.locale.as_deref(), Some("pt-BR"));
        assert_eq!(person.created_at, Some(Timestamp(1_582_974_000)));
        assert!(person.password_hash.is_some());
        let plan = Map::from_iter([("plan".to_owned(), "x".into())]);
        assert_eq!(person.app_metadata, MetadataChange::Merge(plan));
        assert_eq!(person.user_metadata, MetadataChange::Keep);
        assert_eq!(unknown_keys, ["address"]);
    }

    #[test]
    fn metadata_are_objects_of_a_size() {
        let long = format!("\"user_metadata\":{{\"a\":\"{}\"}}", "x".repeat(17_000));
        for (field, name) in [
            ("\"app_metadata\":[1]", "app_metadata"),
            ("\"user_metadata\":\"x\"", "user_metadata"),
            (&*long, "user_metadata"),
        ] {
            assert_eq!(problem(&with(field)).0, Some(name), "{field}");
        }
    }

    #[test]
    fn the_names_of_other_systems_are_understood() {
        let line = r#"{"user_id":"u1","sub":"u1","email":"a@b.example","preferred_username":"ada",
            "passwordHash":"$2b$04$Yt4VEXhGXuD.lMmu43OIDuhtAM0jU7wbMLMcfZbbEWsj/qGfm5CtK",
            "created_at":1582974000,"name":"","nickname":null}"#;
        let ImportLine { person, unknown_keys } = ImportLine::parse(line.as_bytes(), NOW).unwrap();
        assert_eq!((person.id, person.name, person.nickname), (Some("u1".into()), None, None));
        assert!(person.password_hash.is_some() && unknown_keys.is_empty());
        let other = problem(&with("\"id\":\"u1\",\"sub\":\"u2\""));
        assert_eq!(other.0, Some("id"), "{other:?}");
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_its_name() {
        for (field, value) in [
            ("id", "\"a b\""),
            ("id", "\"a\\u0000\""),
            ("id", "\"ä\""),
            ("id", "17"),
            ("email_verified", "\"yes\""),
            ("username", "\"a@b\""),
            ("username", "\"a\\u0000\""),
            ("name", "\"a\\nb\""),
            ("name", "\"a\\u0000\""),
            ("name", "\"Ada \\u202eecalevol\""),
            ("given_name", "\"\\u2066Ada\""),
            ("family_name", "\"Lovelace\\u200f\""),
            ("nickname", "\"\\u200b\""),
            ("picture", "\"http://a.example/a.png\""),
            ("picture", "\"javascript:alert(1)\""),
            ("phone_number", "\"030 123456\""),
            ("phone_number", "\"+0123456789\""),
            ("locale", "\"../../etc\""),
            ("zoneinfo", "\"Europe Berlin\""),
            ("blocked", "1"),
            ("created_at", "\"yesterday\""),
            ("created_at", "-1"),
            ("created_at", "1582974000000"),
            ("created_at", "1.5"),
            ("password_hash", "\"5f4dcc3b5aa765d61d8327deb882cf99\""),
            ("password", "\"hunter2-hunter2\""),
            ("custom_password_hash", "{}"),
        ] {
            let (named, reason) = problem(&with(&format!("\"{field}\":{value}")));
            assert_eq!(named, Some(field), "{reason}");
            assert!(!reason.contains("hunter2") && !reason.contains("5f4dcc"), "{reason}");
        }
        for line in ["{}", "{\"email\":null}", "{\"email\":\"ada\"}", "{\"email\":[1]}"] {
            assert_eq!(problem(line).0, Some("email"), "{line}");
        }
        let long = "x".repeat(256);
        assert_eq!(problem(&with(&format!("\"id\":\"{long}\""))).0, Some("id"));
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        for line in [
            with("\"email\":\"grace@example.org\""),
            with("\"email_verified\":true,\"email_verified\":false"),
            with("\"\\u0065mail\":\"ada@example.org\""),
            with("\"unknown\":null,\"unknown\":null"),
        ] {
            let (field, reason) = problem(&line);
            assert_eq!(field, None, "{line}");
            assert!(reason.ends_with("is there twice"), "{line}: {reason}");
        }
        let nested = with("\"app_metadata\":{\"email\":1},\"user_metadata\":{\"email\":2}");
        assert!(ImportLine::parse(nested.as_bytes(), NOW).is_ok());
    }

    #[test]
    fn what_is_no_object_is_refused_without_repeating_it() {
        for line in ["", "ada@example.org,Ada", "\"$2b$04$x\"", "[1]", "{\"email\":", "{}{}", "\0"]
        {
            let (field, reason) = problem(line);
            assert_eq!(field, None, "{line}");
            assert!(!reason.contains("$2b$") && !reason.contains("ada@"), "{reason}");
        }
        assert!(ImportLine::parse(b"{\"email\":\"\xff@b.example\"}", NOW).is_err());
        assert!(ImportLine::parse("[".repeat(100_000).as_bytes(), NOW).is_err());
    }
}
