//! Passkeys, and the ceremonies that wait for one.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{TokenDigest, UserId};

/// A passkey of a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Passkey {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// Its id for authenticators, in base64url.
    pub credential_id: String,
    /// Public key, counter and flags, as the library keeps them.
    pub credential: String,
    /// How often it was used; raised by each update.
    pub uses: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The model of its authenticator (AAGUID), where that says it.
    pub aaguid: Option<String>,
    /// Whether it is a second factor alone, and never the whole sign-in.
    pub is_second_only: bool,
}

/// A ceremony that waits for an authenticator (WebAuthn Level 3 §7).
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ceremony {
    /// Digest of its handle.
    pub handle_digest: TokenDigest,
    /// `registration`, `assertion` or `discovery`.
    pub kind: String,
    /// For whom; absent where the passkey is to say so.
    pub user_id: Option<UserId>,
    /// The browser it was begun in.
    pub browser_digest: TokenDigest,
    /// What the answer is checked against.
    pub state_sealed: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Adds a passkey; `false` where somebody registered this credential before.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &Passkey) -> Result<bool, StoreError> {
    const INSERT: &str = "
        INSERT INTO passkeys
            (id, user_id, credential_id, credential, uses, name, created_at, aaguid,
             is_second_only)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

    Ok(tx
        .query(INSERT)
        .bind(&new.id)
        .bind(&new.user_id)
        .bind(&new.credential_id)
        .bind(&new.credential)
        .bind(new.uses)
        .bind(&new.name)
        .bind(new.created_at)
        .bind(new.aaguid.as_deref())
        .bind(new.is_second_only)
        .execute()
        .await?
        == 1)
}

/// The person's passkeys, the oldest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx, user_id: &UserId) -> Result<Vec<Passkey>, StoreError> {
    const LIST: &str = "SELECT * FROM passkeys WHERE user_id = $1 ORDER BY created_at, id";

    tx.query(LIST).bind(user_id).fetch_all().await
}

/// The passkey with this credential.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_credential(
    tx: &mut Tx,
    credential_id: &str,
) -> Result<Option<Passkey>, StoreError> {
    const FIND: &str = "SELECT * FROM passkeys WHERE credential_id = $1";

    tx.query(FIND).bind(credential_id).fetch_optional().await
}

/// How many passkeys the person has.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, user_id: &UserId) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM passkeys WHERE user_id = $1";

    tx.query(COUNT).bind(user_id).scalar().await
}

/// How many of the person's passkeys can be the whole sign-in.
///
/// # Errors
///
/// If the database fails.
pub async fn count_whole(tx: &mut Tx, user_id: &UserId) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM passkeys WHERE user_id = $1 AND NOT is_second_only";

    tx.query(COUNT).bind(user_id).scalar().await
}

/// Keeps counter and flags after a use; `false` where it was used meanwhile, or is gone.
///
/// # Errors
///
/// If the database fails.
pub async fn note_use(
    tx: &mut Tx,
    passkey: &Passkey,
    credential: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const NOTE: &str = "
        UPDATE passkeys SET credential = $3, uses = uses + 1, last_used_at = $4
        WHERE id = $1 AND uses = $2";

    Ok(tx
        .query(NOTE)
        .bind(&passkey.id)
        .bind(passkey.uses)
        .bind(credential)
        .bind(now)
        .execute()
        .await?
        == 1)
}

/// Gives a passkey of the person another name; says whether there is one.
///
/// # Errors
///
/// If the database fails.
pub async fn rename(
    tx: &mut Tx,
    user_id: &UserId,
    id: &str,
    name: &str,
) -> Result<bool, StoreError> {
    const RENAME: &str = "UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2";

    Ok(tx.query(RENAME).bind(id).bind(user_id).bind(name).execute().await? == 1)
}

/// Removes a passkey of the person, and gives what it was.
///
/// # Errors
///
/// If the database fails.
pub async fn remove(
    tx: &mut Tx,
    user_id: &UserId,
    id: &str,
) -> Result<Option<Passkey>, StoreError> {
    const REMOVE: &str = "DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING *";

    tx.query(REMOVE).bind(id).bind(user_id).fetch_optional().await
}

/// Removes the passkeys of the person that were added at `since` or later; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_since(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    const REMOVE: &str = "DELETE FROM passkeys WHERE user_id = $1 AND created_at >= $2";

    tx.query(REMOVE).bind(user_id).bind(since).execute().await
}

/// The handle that tells authenticators which account it is; `offered` becomes it where the person
/// has none.
///
/// # Errors
///
/// If the database fails.
pub async fn handle_of(
    tx: &mut Tx,
    user_id: &UserId,
    offered: &str,
) -> Result<Option<String>, StoreError> {
    const HANDLE: &str = "
        UPDATE users SET passkey_handle = COALESCE(passkey_handle, $2) WHERE id = $1
        RETURNING passkey_handle";

    tx.query(HANDLE).bind(user_id).bind(offered).optional_scalar().await
}

/// Whose handle this is.
///
/// # Errors
///
/// If the database fails.
pub async fn owner_of(tx: &mut Tx, handle: &str) -> Result<Option<UserId>, StoreError> {
    const FIND: &str = "SELECT id FROM users WHERE passkey_handle = $1";

    tx.query(FIND).bind(handle).optional_scalar().await
}

/// Whether anybody has a passkey that can be the whole sign-in.
///
/// # Errors
///
/// If the database fails.
pub async fn has_whole(tx: &mut Tx) -> Result<bool, StoreError> {
    const FIND: &str = "SELECT 1 FROM passkeys WHERE NOT is_second_only LIMIT 1";

    let found: Option<(i32,)> = tx.query(FIND).fetch_optional().await?;
    Ok(found.is_some())
}

/// Begins a ceremony.
///
/// # Errors
///
/// If the database fails.
pub async fn begin_ceremony(tx: &mut Tx, new: &Ceremony) -> Result<(), StoreError> {
    const BEGIN: &str = "
        INSERT INTO passkey_ceremonies
            (handle_digest, kind, user_id, browser_digest, state_sealed, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";

    tx.query(BEGIN)
        .bind(&new.handle_digest)
        .bind(&new.kind)
        .bind(new.user_id.as_ref())
        .bind(&new.browser_digest)
        .bind(&new.state_sealed)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Keeps `newest` and the `most` ceremonies of the person that its browser began last before it.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_newest_ceremonies(
    tx: &mut Tx,
    (user_id, browser): (&UserId, &TokenDigest),
    newest: &TokenDigest,
    most: i64,
) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM passkey_ceremonies
        WHERE user_id = $1 AND browser_digest = $2 AND handle_digest <> $3
            AND handle_digest NOT IN
            (SELECT handle_digest FROM passkey_ceremonies
             WHERE user_id = $1 AND browser_digest = $2 AND handle_digest <> $3
             ORDER BY expires_at DESC, handle_digest LIMIT $4)";

    tx.query(FORGET).bind(user_id).bind(browser).bind(newest).bind(most).execute().await?;
    Ok(())
}

/// Takes a ceremony away, once, in the browser it was begun in.
///
/// # Errors
///
/// If the database fails.
pub async fn take_ceremony(
    tx: &mut Tx,
    handle: &TokenDigest,
    browser: &TokenDigest,
    now: Timestamp,
) -> Result<Option<Ceremony>, StoreError> {
    const TAKE: &str = "
        DELETE FROM passkey_ceremonies
        WHERE handle_digest = $1 AND browser_digest = $2 AND expires_at > $3
        RETURNING *";

    tx.query(TAKE).bind(handle).bind(browser).bind(now).fetch_optional().await
}

/// Removes at most `limit` ceremonies that nobody finished; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge_ceremonies(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM passkey_ceremonies WHERE handle_digest IN
            (SELECT handle_digest FROM passkey_ceremonies WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(now).bind(limit).execute().await
}

/// Lets no passkey of the person that was made at `since` or later be the whole sign-in.
///
/// # Errors
///
/// If the database fails.
pub async fn let_none_be_whole(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<(), StoreError> {
    const LIMIT: &str = "
        UPDATE passkeys SET is_second_only = TRUE WHERE user_id = $1 AND created_at >= $2";

    tx.query(LIMIT).bind(user_id).bind(since).execute().await?;
    Ok(())
}
