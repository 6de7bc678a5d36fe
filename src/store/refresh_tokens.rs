//! Refresh tokens: a line of descent for each grant.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, GrantId, TokenDigest};

/// A refresh token to keep.
#[derive(Clone, Debug)]
pub struct NewRefreshToken {
    /// Its digest.
    pub digest: TokenDigest,
    /// What it refreshes.
    pub grant_id: GrantId,
    /// Whose it is.
    pub client_id: ClientId,
    /// When it lapses if unused.
    pub idle_expires_at: Timestamp,
    /// When the whole line ends.
    pub expires_at: Timestamp,
}

/// What takes the place of a spent token.
#[derive(Clone, Debug)]
pub struct Successor {
    /// Its digest.
    pub digest: TokenDigest,
    /// Itself, sealed by the spent token; absent where an answer is never repeated.
    pub sealed: Option<String>,
    /// The parameters that the spent token came with; a repetition must bring the same.
    pub asked_with: String,
}

/// A token that was just spent.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SpentNow {
    /// What it refreshes.
    pub grant_id: GrantId,
    /// When the whole line ends.
    pub expires_at: Timestamp,
}

/// A token that cannot be spent (again).
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NotSpendable {
    /// What it refreshes.
    pub grant_id: GrantId,
    /// When it was spent; absent where it only lapsed.
    pub spent_at: Option<Timestamp>,
    /// Its successor, sealed by it, while that is kept.
    pub successor_sealed: Option<String>,
    /// What it was spent with.
    pub spent_with: Option<String>,
}

/// Adds a token.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    token: &NewRefreshToken,
    now: Timestamp,
) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO refresh_tokens
            (digest, grant_id, client_id, created_at, idle_expires_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";

    tx.query(INSERT)
        .bind(&token.digest)
        .bind(&token.grant_id)
        .bind(&token.client_id)
        .bind(now)
        .bind(token.idle_expires_at)
        .bind(token.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Spends a token in favour of `successor`: of any number of concurrent tries one gets the row.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    digest: &TokenDigest,
    client_id: &ClientId,
    successor: &Successor,
    now: Timestamp,
) -> Result<Option<SpentNow>, StoreError> {
    const SPEND: &str = "
        UPDATE refresh_tokens
        SET spent_at = $3, successor_digest = $4, successor_sealed = $5, spent_with = $6
        WHERE digest = $1 AND client_id = $2 AND spent_at IS NULL
          AND idle_expires_at > $3 AND expires_at > $3
        RETURNING grant_id, expires_at";
    // The successor was received, so its sealed copy has served.
    const ERASE: &str = "
        UPDATE refresh_tokens SET successor_sealed = NULL WHERE successor_digest = $1";

    let spent: Option<SpentNow> = tx
        .query(SPEND)
        .bind(digest)
        .bind(client_id)
        .bind(now)
        .bind(&successor.digest)
        .bind(&successor.sealed)
        .bind(&successor.asked_with)
        .fetch_optional()
        .await?;
    if spent.is_some() {
        tx.query(ERASE).bind(digest).execute().await?;
    }
    Ok(spent)
}

/// A token that could be spent.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Spendable {
    /// What it refreshes.
    pub grant_id: GrantId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it lapses if unused.
    pub idle_expires_at: Timestamp,
}

/// Looks at a token of this client that could be spent, and leaves it as it is.
///
/// # Errors
///
/// If the database fails.
pub async fn find_spendable(
    tx: &mut Tx,
    digest: &TokenDigest,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Option<Spendable>, StoreError> {
    const FIND: &str = "
        SELECT grant_id, created_at, idle_expires_at
        FROM refresh_tokens
        WHERE digest = $1 AND client_id = $2 AND spent_at IS NULL
          AND idle_expires_at > $3 AND expires_at > $3";

    tx.query(FIND).bind(digest).bind(client_id).bind(now).fetch_optional().await
}

/// Whose a token is, whether or not it can still be spent.
///
/// # Errors
///
/// If the database fails.
pub async fn find_owner(
    tx: &mut Tx,
    digest: &TokenDigest,
) -> Result<Option<(ClientId, GrantId)>, StoreError> {
    const FIND: &str = "SELECT client_id, grant_id FROM refresh_tokens WHERE digest = $1";

    tx.query(FIND).bind(digest).fetch_optional().await
}

/// Looks at a token of this client that could not be spent.
///
/// # Errors
///
/// If the database fails.
pub async fn find_not_spendable(
    tx: &mut Tx,
    digest: &TokenDigest,
    client_id: &ClientId,
) -> Result<Option<NotSpendable>, StoreError> {
    const FIND: &str = "
        SELECT grant_id, spent_at, successor_sealed, spent_with
        FROM refresh_tokens WHERE digest = $1 AND client_id = $2";

    tx.query(FIND).bind(digest).bind(client_id).fetch_optional().await
}

/// Erases the sealed successors whose overlap ended before `before`.
///
/// # Errors
///
/// If the database fails.
pub async fn erase_old_successors(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    const ERASE: &str = "
        UPDATE refresh_tokens SET successor_sealed = NULL
        WHERE successor_sealed IS NOT NULL AND spent_at < $1";

    tx.query(ERASE).bind(before).execute().await
}
