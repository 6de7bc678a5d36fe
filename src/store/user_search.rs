//! Accounts by the page, and by what they are searched by. Each statement reads an index from where the page
//! begins: with a million accounts it takes as long as with a thousand.

use super::{StoreError, Tx};
use crate::domain::UserId;
use crate::domain::name::searched_text;
use crate::domain::user::User;
use crate::domain::user_query::{TextMatch, UserQuery};

/// The last character there is: behind every text that begins with what stands before it.
const LAST: char = char::MAX;

/// An account as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedUser {
    /// The account.
    #[sqlx(flatten)]
    pub user: User,
    /// The kinds of second factors that count, by commas; absent where there are none.
    pub factor_kinds: Option<String>,
    /// How many passkeys there are.
    pub passkeys: i64,
}

/// A part of what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many are left out before it.
    pub offset: i64,
    /// How many it has at most.
    pub limit: i64,
}

macro_rules! select {
    () => {
        "SELECT users.*,
            (SELECT string_agg(kind, ',') FROM second_factors
             WHERE user_id = users.id AND confirmed_at IS NOT NULL) AS factor_kinds,
            (SELECT COUNT(*) FROM passkeys WHERE user_id = users.id) AS passkeys
         FROM users "
    };
}

macro_rules! beginning {
    ($column:literal, $then:literal) => {
        (
            concat!(
                select!(),
                "WHERE ",
                $column,
                " >= $1 AND ",
                $column,
                " < $2 ORDER BY ",
                $column,
                $then,
                " LIMIT $3 OFFSET $4"
            ),
            concat!(
                select!(),
                "WHERE ",
                $column,
                " COLLATE \"C\" >= $1 AND ",
                $column,
                " COLLATE \"C\" < $2
                 ORDER BY ",
                $column,
                " COLLATE \"C\"",
                $then,
                " LIMIT $3 OFFSET $4"
            ),
        )
    };
}

macro_rules! count_of_beginning {
    ($column:literal) => {
        (
            concat!(
                "SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE ",
                $column,
                " >= $1 AND ",
                $column,
                " < $2 ORDER BY ",
                $column,
                " LIMIT $3) AS found"
            ),
            concat!(
                "SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE ",
                $column,
                " COLLATE \"C\" >= $1 AND ",
                $column,
                " COLLATE \"C\" < $2 LIMIT $3) AS found"
            ),
        )
    };
}

/// What PostgreSQL needs, by name, to find what a text begins with, whatever order it sorts text in. SQLite's own order
/// is that of the bytes.
pub(super) const POSTGRES_INDEXES: [(&str, &str); 3] = [
    (
        "users_by_bytes_of_email",
        "CREATE INDEX users_by_bytes_of_email ON users (email_canonical COLLATE \"C\")",
    ),
    (
        "users_by_bytes_of_username",
        "CREATE INDEX users_by_bytes_of_username ON users (username_canonical COLLATE \"C\")",
    ),
    (
        "users_by_bytes_of_name",
        "CREATE INDEX users_by_bytes_of_name ON users (name_canonical COLLATE \"C\", id)",
    ),
];

/// A part of all accounts, in the order of their ids.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx, part: Part) -> Result<Vec<ListedUser>, StoreError> {
    const LIST: &str = concat!(select!(), "ORDER BY users.id LIMIT $1 OFFSET $2");

    tx.query(LIST).bind(part.limit).bind(part.offset).fetch_all().await
}

/// At most `limit` accounts behind `after`, in the order of their ids.
///
/// # Errors
///
/// If the database fails.
pub async fn list_after(
    tx: &mut Tx,
    after: &UserId,
    limit: i64,
) -> Result<Vec<ListedUser>, StoreError> {
    const LIST: &str = concat!(select!(), "WHERE users.id > $1 ORDER BY users.id LIMIT $2");

    tx.query(LIST).bind(after).bind(limit).fetch_all().await
}

/// The account with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<ListedUser>, StoreError> {
    const FIND: &str = concat!(select!(), "WHERE users.id = $1");

    tx.query(FIND).bind(id).fetch_optional().await
}

/// A part of what a query finds: by a beginning in the order of what begins so, otherwise in that of the ids.
///
/// # Errors
///
/// If the database fails.
pub async fn search(
    tx: &mut Tx,
    query: &UserQuery,
    part: Part,
) -> Result<Vec<ListedUser>, StoreError> {
    const BY_EMAIL: &str =
        concat!(select!(), "WHERE users.email_canonical = $1 LIMIT $2 OFFSET $3");
    const BY_USERNAME: &str =
        concat!(select!(), "WHERE users.username_canonical = $1 LIMIT $2 OFFSET $3");
    const EMAILS: (&str, &str) = beginning!("users.email_canonical", "");
    const USERNAMES: (&str, &str) = beginning!("users.username_canonical", "");
    // More than one may have a name.
    const NAMES: (&str, &str) = beginning!("users.name_canonical", ", users.id");
    const BY_NAME: &str =
        concat!(select!(), "WHERE users.name_canonical = $1 ORDER BY users.id LIMIT $2 OFFSET $3");
    const BY_METADATA: &str = concat!(
        select!(),
        "JOIN user_metadata_values AS found ON found.user_id = users.id
         WHERE found.member = $1 AND found.value = $2 ORDER BY found.user_id LIMIT $3 OFFSET $4"
    );

    let is_sqlite = tx.is_sqlite();
    let of_engine = |(sqlite, postgres)| if is_sqlite { sqlite } else { postgres };
    let query = match query {
        UserQuery::Id(id) if part.offset == 0 => {
            return Ok(find(tx, id).await?.into_iter().collect());
        }
        UserQuery::Id(_) => return Ok(Vec::new()),
        UserQuery::Email(TextMatch::Is(text)) => tx.query(BY_EMAIL).bind(text),
        UserQuery::Username(TextMatch::Is(text)) => tx.query(BY_USERNAME).bind(text),
        UserQuery::Email(TextMatch::BeginsWith(text)) => {
            tx.query(of_engine(EMAILS)).bind(text).bind(format!("{text}{LAST}"))
        }
        UserQuery::Username(TextMatch::BeginsWith(text)) => {
            tx.query(of_engine(USERNAMES)).bind(text).bind(format!("{text}{LAST}"))
        }
        UserQuery::Name(TextMatch::Is(text)) => tx.query(BY_NAME).bind(text),
        UserQuery::Name(TextMatch::BeginsWith(text)) => {
            tx.query(of_engine(NAMES)).bind(text).bind(format!("{text}{LAST}"))
        }
        UserQuery::Metadata { member, value } => tx.query(BY_METADATA).bind(member).bind(value),
    };
    query.bind(part.limit).bind(part.offset).fetch_all().await
}

/// How many accounts begin so, up to `most`: nobody counts further than anybody can read.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, query: &UserQuery, most: i64) -> Result<i64, StoreError> {
    const EMAILS: (&str, &str) = count_of_beginning!("email_canonical");
    const USERNAMES: (&str, &str) = count_of_beginning!("username_canonical");

    const NAMES: (&str, &str) = count_of_beginning!("name_canonical");
    const OF_NAME: &str =
        "SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE name_canonical = $1 LIMIT $2) AS found";
    const OF_METADATA: &str = "
        SELECT COUNT(*) FROM (SELECT 1 FROM user_metadata_values
            WHERE member = $1 AND value = $2 LIMIT $3) AS found";

    let is_sqlite = tx.is_sqlite();
    let of_engine = |(sqlite, postgres)| if is_sqlite { sqlite } else { postgres };
    let (texts, text) = match query {
        UserQuery::Email(TextMatch::BeginsWith(text)) => (EMAILS, text),
        UserQuery::Username(TextMatch::BeginsWith(text)) => (USERNAMES, text),
        UserQuery::Name(TextMatch::BeginsWith(text)) => (NAMES, text),
        UserQuery::Name(TextMatch::Is(text)) => {
            return tx.query(OF_NAME).bind(text).bind(most).scalar().await;
        }
        UserQuery::Metadata { member, value } => {
            return tx.query(OF_METADATA).bind(member).bind(value).bind(most).scalar().await;
        }
        UserQuery::Id(_) | UserQuery::Email(_) | UserQuery::Username(_) => {
            let found = search(tx, query, Part { offset: 0, limit: 1 }).await?;
            return Ok(i64::try_from(found.len()).unwrap_or(0));
        }
    };
    let statement = tx.query(of_engine(texts)).bind(text).bind(format!("{text}{LAST}"));
    statement.bind(most).scalar().await
}

/// Notes the compared form of at most `limit` names of accounts from before names were searched; says how
/// many.
///
/// # Errors
///
/// If the database fails.
pub async fn note_names(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    const FIND: &str = "
        SELECT id, name FROM users WHERE name IS NOT NULL AND name_canonical IS NULL
        ORDER BY id LIMIT $1";
    const NOTE: &str = "UPDATE users SET name_canonical = $3 WHERE id = $1 AND name = $2";

    let found: Vec<(UserId, String)> = tx.query(FIND).bind(limit).fetch_all().await?;
    for (id, name) in &found {
        tx.query(NOTE).bind(id).bind(name).bind(searched_text(name)).execute().await?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(0))
}
