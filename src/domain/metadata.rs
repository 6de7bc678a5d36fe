//! What machines keep with an account: JSON objects that mean nothing to us.

use serde_json::{Map, Value};

use super::name::searched_text;

/// The longest object, in bytes of JSON.
pub const LONGEST: usize = 16 * 1024;
/// The most members of an object.
pub const MOST_MEMBERS: usize = 100;
/// The longest name of a member that can be searched, in characters.
const LONGEST_MEMBER: usize = 100;

/// Which of the two objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataKind {
    /// `user_metadata`, which the person may know.
    User,
    /// `app_metadata`, which is the operator's.
    App,
}

impl MetadataKind {
    /// The name of the object.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user_metadata",
            Self::App => "app_metadata",
        }
    }

    /// What a member of it is searched by.
    #[must_use]
    pub fn member(self, name: &str) -> String {
        format!("{}.{name}", self.as_str())
    }
}

/// One of the two objects of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Map<String, Value>);

/// What becomes of one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MetadataChange {
    /// It stays.
    #[default]
    Keep,
    /// All of it goes.
    Clear,
    /// Each member takes the place of the one of its name; one that is `null` takes it away.
    Merge(Map<String, Value>),
}

/// It would be too long, or have too many members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("would be longer than {LONGEST} bytes of JSON, or have more than {MOST_MEMBERS} members")]
pub struct MetadataTooLong;

impl Metadata {
    /// Reads it as it is stored; empty where it is absent.
    #[must_use]
    pub fn of_json(json: Option<&str>) -> Self {
        Self(json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
    }

    /// As it is stored; absent where it is empty.
    #[must_use]
    pub fn to_json(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| Value::Object(self.0.clone()).to_string())
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What it becomes by a change.
    ///
    /// # Errors
    ///
    /// If it would be too long.
    pub fn changed(&self, change: &MetadataChange) -> Result<Self, MetadataTooLong> {
        let members = match change {
            MetadataChange::Keep => return Ok(self.clone()),
            MetadataChange::Clear => return Ok(Self::default()),
            MetadataChange::Merge(members) => members,
        };
        let mut merged = self.0.clone();
        for (name, value) in members {
            if value.is_null() {
                merged.remove(name);
            } else {
                merged.insert(name.clone(), value.clone());
            }
        }
        let merged = Self(merged);
        match merged.to_json() {
            Some(json) if json.len() > LONGEST || merged.0.len() > MOST_MEMBERS => {
                Err(MetadataTooLong)
            }
            _ => Ok(merged),
        }
    }

    /// The members that accounts are searched by: those whose value is a text, a number, true or false; each
    /// by its name with that of the object, and in its compared form.
    pub fn searched(&self, kind: MetadataKind) -> impl Iterator<Item = (String, String)> {
        self.0.iter().filter_map(move |(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            let is_named = !name.contains('\0') && name.chars().count() <= LONGEST_MEMBER;
            let text = searched_text(&text);
            (is_named && !text.contains('\0')).then(|| (kind.member(name), text))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merge(value: &Value) -> MetadataChange {
        MetadataChange::Merge(value.as_object().unwrap().clone())
    }

    #[test]
    fn members_merge_one_level_deep_and_null_takes_one_away() {
        let stored = Metadata::of_json(Some(r#"{"plan":{"name":"a","seats":3},"team":"x"}"#));
        let change = merge(&json!({ "plan": { "name": "b" }, "team": null, "new": [1, null] }));
        let changed = stored.changed(&change).unwrap();
        let expected = json!({ "plan": { "name": "b" }, "new": [1, null] });
        assert_eq!(serde_json::from_str::<Value>(&changed.to_json().unwrap()).unwrap(), expected);
        assert_eq!(stored.changed(&MetadataChange::Keep), Ok(stored.clone()));
        assert_eq!(stored.changed(&merge(&json!({}))), Ok(stored.clone()));
        assert_eq!(stored.changed(&MetadataChange::Clear).unwrap().to_json(), None);
        let nothing = merge(&json!({ "plan": null, "team": null }));
        assert_eq!(stored.changed(&nothing).unwrap().to_json(), None);
    }

    #[test]
    fn an_object_has_a_longest_length_that_counts_what_is_there() {
        let half = "x".repeat(LONGEST / 2);
        let stored = Metadata::default().changed(&merge(&json!({ "a": half }))).unwrap();
        assert_eq!(stored.changed(&merge(&json!({ "b": half }))), Err(MetadataTooLong));
        assert!(stored.changed(&merge(&json!({ "a": null, "b": half }))).is_ok());
        let many: Map<String, Value> =
            (0..=MOST_MEMBERS).map(|n| (n.to_string(), json!(n))).collect();
        let change = MetadataChange::Merge(many);
        assert_eq!(Metadata::default().changed(&change), Err(MetadataTooLong));
    }

    #[test]
    fn what_is_one_value_is_searched_in_its_compared_form() {
        let stored = Metadata::of_json(Some(
            r#"{"Team":"  Ｒed ONE ","n":3,"yes":true,"no":null,"list":[1],"in":{"a":1},"x":"\u0000"}"#,
        ));
        let mut searched: Vec<_> = stored.searched(MetadataKind::App).collect();
        searched.sort();
        let of = |name: &str, value: &str| (format!("app_metadata.{name}"), value.to_owned());
        assert_eq!(searched, [of("Team", "red one"), of("n", "3"), of("yes", "true")]);
    }
}
