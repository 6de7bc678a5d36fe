//! One SQL text with its values, for whichever database a unit of work runs on.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type};

use super::{Connection, StoreError, Tx};

/// A value that both databases take in the place of a parameter.
pub(super) trait Value<'value>:
    Encode<'value, Sqlite> + Type<Sqlite> + Encode<'value, Postgres> + Type<Postgres>
{
}

impl<'value, T> Value<'value> for T where
    T: Encode<'value, Sqlite> + Type<Sqlite> + Encode<'value, Postgres> + Type<Postgres>
{
}

/// What a row of either database becomes.
pub(super) trait Row:
    for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow>
{
}

impl<T> Row for T where T: for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow> {}

/// A statement on its way to the database.
#[must_use]
pub(super) enum Statement<'tx> {
    Sqlite(&'tx mut SqliteConnection, Query<'static, Sqlite, SqliteArguments>),
    Postgres(&'tx mut PgConnection, Query<'static, Postgres, PgArguments>),
}

/// A text whose parameters are all written `$#`, with their numbers.
pub(super) fn numbered(text: &str) -> String {
    let mut numbered = String::new();
    for (place, part) in text.split('#').enumerate() {
        if place > 0 {
            numbered.push_str(&place.to_string());
        }
        numbered.push_str(part);
    }
    numbered
}

impl Tx {
    /// A statement whose parameters are `$1`, `$2` and so on.
    pub(super) fn query(&mut self, text: &'static str) -> Statement<'_> {
        match &mut self.connection {
            Connection::Sqlite(unit) => Statement::Sqlite(unit, sqlx::query(text)),
            Connection::Postgres(unit) => Statement::Postgres(unit, sqlx::query(text)),
        }
    }
}

/// Calls a method of whichever query it is, with its rows read into a type.
macro_rules! fetch {
    ($statement:expr, $row:ty, $method:ident) => {
        match $statement {
            Statement::Sqlite(connection, query) => {
                query.try_map(|row| <$row>::from_row(&row)).$method(connection).await
            }
            Statement::Postgres(connection, query) => {
                query.try_map(|row| <$row>::from_row(&row)).$method(connection).await
            }
        }
    };
}

impl Statement<'_> {
    /// Gives the next parameter its value.
    #[expect(single_use_lifetimes, reason = "an anonymous lifetime is not stable here")]
    pub(super) fn bind<'value>(self, value: impl Value<'value>) -> Self {
        match self {
            Self::Sqlite(connection, query) => Self::Sqlite(connection, query.bind(value)),
            Self::Postgres(connection, query) => Self::Postgres(connection, query.bind(value)),
        }
    }

    /// Runs it and says how many rows it changed.
    pub(super) async fn execute(self) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(connection, query) => query.execute(connection).await?.rows_affected(),
            Self::Postgres(connection, query) => query.execute(connection).await?.rows_affected(),
        })
    }

    /// Every row.
    pub(super) async fn fetch_all<R: Row + Send + Unpin>(self) -> Result<Vec<R>, StoreError> {
        Ok(fetch!(self, R, fetch_all)?)
    }

    /// The first row, where there is one.
    pub(super) async fn fetch_optional<R: Row + Send + Unpin>(
        self,
    ) -> Result<Option<R>, StoreError> {
        Ok(fetch!(self, R, fetch_optional)?)
    }

    /// The first row of a question that always has one.
    pub(super) async fn fetch_one<R: Row + Send + Unpin>(self) -> Result<R, StoreError> {
        Ok(fetch!(self, R, fetch_one)?)
    }

    /// The first column of every row.
    pub(super) async fn scalars<T: Send + Unpin>(self) -> Result<Vec<T>, StoreError>
    where
        (T,): Row,
    {
        let rows: Vec<(T,)> = self.fetch_all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// The first column of the first row, where there is one.
    pub(super) async fn optional_scalar<T: Send + Unpin>(self) -> Result<Option<T>, StoreError>
    where
        (T,): Row,
    {
        let row: Option<(T,)> = self.fetch_optional().await?;
        Ok(row.map(|(value,)| value))
    }

    /// The first column of the first row of a question that always has one.
    pub(super) async fn scalar<T: Send + Unpin>(self) -> Result<T, StoreError>
    where
        (T,): Row,
    {
        let (value,): (T,) = self.fetch_one().await?;
        Ok(value)
    }
}
