//! Request parameters: what is not known is ignored, what is asked for must be usable.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::zeroize::Zeroize as _;

/// The parameters of one request.
///
/// A parameter without a value counts as absent (RFC 6749 §3.1), and so does a JSON `null`. What
/// is wrong with a parameter is found when it is asked for: those that nobody asks for are ignored
/// (RFC 6749 §3.1 and §3.2).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, Vec<String>>,
    /// Names with a value that is no text, or holds a NUL, which no store takes.
    malformed: BTreeSet<String>,
    /// Names that stand there without a value.
    empty: BTreeSet<String>,
}

/// A parameter that means something here cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableParameter {
    /// It stands twice (RFC 6749 §3.1).
    #[error("the parameter {0} stands more than once in the request")]
    Repeated(String),
    /// It is no text, or holds a NUL.
    #[error("the parameter {0} holds something that is not allowed")]
    Malformed(String),
}

/// The body is not what its content type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedParameters {
    /// Not a JSON object.
    #[error("the body must be a JSON object whose members are strings")]
    Json,
    /// Neither form nor JSON.
    #[error("send the parameters as application/x-www-form-urlencoded")]
    ContentType,
}

impl Parameters {
    /// Reads a form-encoded body or a query.
    #[must_use]
    pub fn from_form(text: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(text) {
            parameters.add(&name, &value);
        }
        parameters
    }

    /// Reads a JSON object, whose members may be strings, numbers, booleans or null.
    ///
    /// # Errors
    ///
    /// If it is no object.
    pub fn from_json(text: &[u8]) -> Result<Self, MalformedParameters> {
        Self::of_members(text, |value| match value {
            serde_json::Value::Number(value) => Some(value.to_string()),
            serde_json::Value::Bool(value) => Some(value.to_string()),
            _ => None,
        })
    }

    /// Reads a JSON object whose members must be strings or null: a code that is sent as a number has lost its
    /// leading zeros.
    ///
    /// # Errors
    ///
    /// If it is no object.
    pub fn from_json_texts(text: &[u8]) -> Result<Self, MalformedParameters> {
        Self::of_members(text, |_| None)
    }

    /// `text_of` says what stands for a value that is no string.
    fn of_members(
        text: &[u8],
        text_of: impl Fn(&serde_json::Value) -> Option<String>,
    ) -> Result<Self, MalformedParameters> {
        let Members(members) =
            serde_json::from_slice(text).map_err(|_| MalformedParameters::Json)?;
        let mut parameters = Self::default();
        for (name, value) in members {
            match value {
                serde_json::Value::Null => {}
                serde_json::Value::String(value) => parameters.add(&name, &value),
                other if let Some(value) = text_of(&other) => parameters.add(&name, &value),
                _ => {
                    parameters.malformed.insert(name);
                }
            }
        }
        Ok(parameters)
    }

    /// The members of a JSON object that stand there more than once; none where it is no object.
    #[must_use]
    pub fn repeated_in_json(text: &[u8]) -> BTreeSet<String> {
        let (mut seen, mut repeated) = (BTreeSet::new(), BTreeSet::new());
        let members = serde_json::from_slice(text).map_or(Vec::new(), |Members(members)| members);
        for (name, _) in members {
            if let Some(name) = seen.replace(name) {
                repeated.insert(name);
            }
        }
        repeated
    }

    /// Reads a form of a page of ours: a value with a NUL is kept, so that its field can say what
    /// is wrong with it; [`Self::get`] never answers such a value.
    #[must_use]
    pub fn from_page_form(text: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(text) {
            if !value.is_empty() {
                parameters.values.entry(name.into_owned()).or_default().push(value.into_owned());
            }
        }
        parameters
    }

    /// Only the parameters of these names.
    #[must_use]
    pub fn restricted_to(&self, names: &[&str]) -> Self {
        let is_known = |name: &str| names.contains(&name);
        let known = self.values.iter().filter(|(name, _)| is_known(name));
        let malformed = self.malformed.iter().filter(|name| is_known(name));
        Self {
            values: known.map(|(name, values)| (name.clone(), values.clone())).collect(),
            malformed: malformed.cloned().collect(),
            empty: self.empty.iter().filter(|name| is_known(name)).cloned().collect(),
        }
    }

    /// The same with `value` where the parameter does not stand in the request.
    #[must_use]
    pub fn or(mut self, name: &str, value: &str) -> Self {
        if !self.has(name) {
            self.add(name, value);
        }
        self
    }

    fn add(&mut self, name: &str, value: &str) {
        // U+FFFD is what the decoder puts where the bytes were not UTF-8.
        if value.contains(['\0', '\u{fffd}']) {
            self.malformed.insert(name.to_owned());
        } else if value.is_empty() {
            self.empty.insert(name.to_owned());
        } else {
            self.values.entry(name.to_owned()).or_default().push(value.to_owned());
        }
    }

    /// The value of a parameter that may stand once.
    ///
    /// # Errors
    ///
    /// If it stands more than once, or is malformed.
    pub fn single(&self, name: &str) -> Result<Option<&str>, UnusableParameter> {
        match self.all(name)? {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(UnusableParameter::Repeated(name.to_owned())),
        }
    }

    /// The value of a parameter that stands exactly once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.single(name).ok().flatten()
    }

    /// Every value of a parameter that may stand several times (`resource`, RFC 8707 §2).
    ///
    /// # Errors
    ///
    /// If one of them is malformed.
    pub fn all(&self, name: &str) -> Result<&[String], UnusableParameter> {
        if self.malformed.contains(name) {
            return Err(UnusableParameter::Malformed(name.to_owned()));
        }
        Ok(self.values.get(name).map_or(&[], Vec::as_slice))
    }

    /// Whether the parameter stands in the request.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.malformed.contains(name)
    }

    /// Whether the parameter stands in the request without a value, which is as good as missing (RFC 6749 §3.1).
    #[must_use]
    pub fn stands_empty(&self, name: &str) -> bool {
        self.empty.contains(name)
    }

    /// The form-encoded parameters, to be kept with a request in progress.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, values) in &self.values {
            for value in values {
                form.append_pair(name, value);
            }
        }
        form.finish()
    }
}

/// The members of a JSON object as they stand: a map would keep the last of two in silence.
struct Members(Vec<(String, serde_json::Value)>);

impl<'text> serde::Deserialize<'text> for Members {
    fn deserialize<D: serde::Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'text> serde::de::Visitor<'text> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'text>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        for values in self.values.values_mut() {
            values.zeroize();
        }
    }
}

impl std::fmt::Debug for Parameters {
    /// Names only: values may be secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_is_absent_and_a_repeated_one_refused() {
        let parameters = Parameters::from_form(b"a=&b=1&b=2&c=x%20y&c2=1");
        assert_eq!(parameters.single("a"), Ok(None));
        assert!(parameters.stands_empty("a") && !parameters.stands_empty("b"));
        assert_eq!(parameters.single("b"), Err(UnusableParameter::Repeated("b".to_owned())));
        assert_eq!(parameters.single("c"), Ok(Some("x y")));
        assert_eq!(parameters.all("b").unwrap(), ["1", "2"]);
    }

    #[test]
    fn json_null_and_empty_are_absent() {
        let parameters = Parameters::from_json(br#"{"a":null,"b":"","c":"x","d":60}"#).unwrap();
        assert!(!parameters.has("a") && !parameters.has("b"));
        assert_eq!((parameters.get("c"), parameters.get("d")), (Some("x"), Some("60")));
        let nested = Parameters::from_json(br#"{"a":{"b":1},"c":"x"}"#).unwrap();
        assert_eq!(nested.single("a"), Err(UnusableParameter::Malformed("a".to_owned())));
        assert_eq!(nested.get("c"), Some("x"));
        assert!(Parameters::from_json(b"[]").is_err());
        let texts = Parameters::from_json_texts(br#"{"a":null,"c":"x","d":60,"e":true}"#).unwrap();
        assert_eq!((texts.single("a"), texts.get("c")), (Ok(None), Some("x")));
        for name in ["d", "e"] {
            assert_eq!(texts.single(name), Err(UnusableParameter::Malformed(name.to_owned())));
        }
    }

    /// TE-11
    #[test]
    fn a_member_that_stands_twice_is_not_lost() {
        let parameters = Parameters::from_json(br#"{"a":"1","a":"2"}"#).unwrap();
        assert_eq!(parameters.single("a"), Err(UnusableParameter::Repeated("a".to_owned())));
    }

    #[test]
    fn nul_and_broken_utf_8_are_found_where_they_matter() {
        for text in [&b"a=%00&b=1"[..], b"a=%ff%fe&b=1", b"a=1&a=%00&b=1"] {
            let parameters = Parameters::from_form(text);
            let malformed = Err(UnusableParameter::Malformed("a".to_owned()));
            assert_eq!(parameters.single("a"), malformed);
            assert!(parameters.has("a") && parameters.all("a").is_err());
            assert_eq!((parameters.get("a"), parameters.get("b")), (None, Some("1")));
        }
    }

    #[test]
    fn values_are_not_printed() {
        let parameters = Parameters::from_form(b"client_secret=hunter2");
        assert_eq!(format!("{parameters:?}"), r#"{"client_secret"}"#);
    }

    proptest::proptest! {
        #[test]
        fn what_was_kept_reads_back_the_same(text in "[ -~é]{0,60}") {
            let parameters = Parameters::from_form(text.as_bytes());
            let again = Parameters::from_form(parameters.to_form().as_bytes());
            proptest::prop_assert_eq!(&parameters.values, &again.values);
        }
    }
}
