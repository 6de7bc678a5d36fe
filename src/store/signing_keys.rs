//! Signing keys. Every change raises the counter that tells other instances.

use super::change_counters::{self, SIGNING_KEYS};
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::signing_key::{KeyState, SigningKeySummary};

/// A key that is published, with what is needed to sign while it may.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublishedKey {
    /// Its `kid`.
    pub kid: String,
    /// Where it stands.
    pub state: KeyState,
    /// The sealed private key; gone once it no longer signs.
    pub private_key_sealed: Option<String>,
    /// The public half, a JSON Web Key.
    pub public_jwk: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs.
    pub current_since: Option<Timestamp>,
}

/// A key to add.
#[derive(Debug)]
pub struct NewKey<'key> {
    /// Its `kid`.
    pub kid: &'key str,
    /// The `alg`.
    pub algorithm: &'key str,
    /// `Next`, or `Current` for the very first.
    pub state: KeyState,
    /// The sealed private key.
    pub private_key_sealed: &'key str,
    /// The public half.
    pub public_jwk: &'key str,
}

/// Adds a key. `false` where the place it wants is taken: another instance was faster.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, key: &NewKey<'_>, now: Timestamp) -> Result<bool, StoreError> {
    const INSERT: &str = "
        INSERT INTO signing_keys
            (kid, algorithm, state, private_key_sealed, public_jwk, created_at, current_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING";

    let current_since = (key.state == KeyState::Current).then_some(now);
    let added = tx
        .query(INSERT)
        .bind(key.kid)
        .bind(key.algorithm)
        .bind(key.state)
        .bind(key.private_key_sealed)
        .bind(key.public_jwk)
        .bind(now)
        .bind(current_since)
        .execute()
        .await?;
    if added > 0 {
        change_counters::raise(tx, SIGNING_KEYS).await?;
    }
    Ok(added > 0)
}

/// The keys that belong into the JWKS.
///
/// # Errors
///
/// If the database fails.
pub async fn published(tx: &mut Tx) -> Result<Vec<PublishedKey>, StoreError> {
    const PUBLISHED: &str = "
        SELECT kid, state, private_key_sealed, public_jwk, created_at, current_since
        FROM signing_keys WHERE state <> 'gone' ORDER BY created_at, kid";

    tx.query(PUBLISHED).fetch_all().await
}

/// Every key there ever was, the newest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<SigningKeySummary>, StoreError> {
    const LIST: &str = "
        SELECT kid, algorithm, public_jwk, state, created_at, current_since, retiring_since, gone_since,
            withdrawn_at
        FROM signing_keys ORDER BY created_at DESC, kid";

    tx.query(LIST).fetch_all().await
}

/// Lets the next key sign, if it was published at or before `published_by`, and the current one
/// retire. The private half of the old key is erased. Answers the `kid` that signs now.
///
/// # Errors
///
/// If the database fails.
pub async fn promote(
    tx: &mut Tx,
    published_by: Timestamp,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    const RETIRE: &str = "
        UPDATE signing_keys
        SET state = 'retiring', retiring_since = $1, private_key_sealed = NULL
        WHERE state = 'current' AND EXISTS
            (SELECT 1 FROM signing_keys AS other
             WHERE other.state = 'next' AND other.created_at <= $2)";
    const PROMOTE: &str = "
        UPDATE signing_keys SET state = 'current', current_since = $1
        WHERE state = 'next' AND created_at <= $2 RETURNING kid";

    tx.query(RETIRE).bind(now).bind(published_by).execute().await?;
    let promoted = tx.query(PROMOTE).bind(now).bind(published_by).optional_scalar().await?;
    if promoted.is_some() {
        change_counters::raise(tx, SIGNING_KEYS).await?;
    }
    Ok(promoted)
}

/// Takes out of the JWKS what stopped signing at or before `retired_by`; answers their `kid`s.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_retired(
    tx: &mut Tx,
    retired_by: Timestamp,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    const FORGET: &str = "
        UPDATE signing_keys SET state = 'gone', gone_since = $1
        WHERE state = 'retiring' AND retiring_since <= $2 RETURNING kid";

    let gone: Vec<String> = tx.query(FORGET).bind(now).bind(retired_by).scalars().await?;
    if !gone.is_empty() {
        change_counters::raise(tx, SIGNING_KEYS).await?;
    }
    Ok(gone)
}

/// Takes one key out at once, whatever its state; answers the state it had.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw(
    tx: &mut Tx,
    kid: &str,
    now: Timestamp,
) -> Result<Option<KeyState>, StoreError> {
    const WITHDRAW: &str = "
        UPDATE signing_keys
        SET state = 'gone', gone_since = $2, withdrawn_at = $2, private_key_sealed = NULL
        WHERE kid = $1 AND state <> 'gone'
        RETURNING current_since, retiring_since";

    let times: Option<(Option<Timestamp>, Option<Timestamp>)> =
        tx.query(WITHDRAW).bind(kid).bind(now).fetch_optional().await?;
    change_counters::raise(tx, SIGNING_KEYS).await?;
    Ok(times.map(|times| match times {
        (None, _) => KeyState::Next,
        (Some(_), None) => KeyState::Current,
        (Some(_), Some(_)) => KeyState::Retiring,
    }))
}
