//! A list kept as a JSON array in one TEXT column, the form both engines share.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

/// An ordered list of strings, stored as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct JsonList(pub Vec<String>);

impl JsonList {
    /// Whether `value` stands in the list, compared by the byte.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        self.0.iter().any(|item| item == value)
    }

    /// The items in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, String> {
        self.0.iter()
    }
}

impl<'list> IntoIterator for &'list JsonList {
    type Item = &'list String;
    type IntoIter = std::slice::Iter<'list, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<S: Into<String>> FromIterator<S> for JsonList {
    fn from_iter<I: IntoIterator<Item = S>>(items: I) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl<DB: Database> Type<DB> for JsonList
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(info)
    }
}

impl<'query, DB: Database> Encode<'query, DB> for JsonList
where
    String: Encode<'query, DB>,
{
    fn encode_by_ref(
        &self,
        buffer: &mut <DB as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        serde_json::to_string(&self.0)?.encode(buffer)
    }
}

impl<'row, DB: Database> Decode<'row, DB> for JsonList
where
    &'row str: Decode<'row, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'row>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(<&str as Decode<'row, DB>>::decode(value)?)?))
    }
}
