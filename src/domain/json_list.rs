//! A list kept as a JSON array in one TEXT column, the form both engines share.

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

/// Lets a type over a list be kept as JSON in a TEXT column.
macro_rules! json_column {
    ($name:ident) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as sqlx::Type<DB>>::type_info()
            }

            fn compatible(info: &DB::TypeInfo) -> bool {
                <String as sqlx::Type<DB>>::compatible(info)
            }
        }

        impl<'query, DB: sqlx::Database> sqlx::Encode<'query, DB> for $name
        where
            String: sqlx::Encode<'query, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                serde_json::to_string(&self.0)?.encode(buffer)
            }
        }

        impl<'row, DB: sqlx::Database> sqlx::Decode<'row, DB> for $name
        where
            &'row str: sqlx::Decode<'row, DB>,
        {
            fn decode(
                value: <DB as sqlx::Database>::ValueRef<'row>,
            ) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <&str as sqlx::Decode<'row, DB>>::decode(value)?;
                Ok(Self(serde_json::from_str(text)?))
            }
        }
    };
}

pub(super) use json_column;

json_column!(JsonList);
