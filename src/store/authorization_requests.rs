//! Authorization requests that wait for a person.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, TokenDigest};

/// A request in progress.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredRequest {
    /// Who asked.
    pub client_id: ClientId,
    /// The browser it belongs to, once one has shown it.
    pub browser_digest: Option<TokenDigest>,
    /// The parameters as they came, form-encoded and sealed.
    pub parameters_sealed: String,
    /// The time of the sign-in by which the person proved anew who they are for this request.
    pub reauthenticated_at: Option<Timestamp>,
    /// When the person chose an account for this request.
    pub account_selected_at: Option<Timestamp>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it was answered.
    pub finished_at: Option<Timestamp>,
}

/// Keeps a request until `expires_at`.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    request: &StoredRequest,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO authorization_requests
            (handle_digest, client_id, browser_digest, parameters_sealed, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";

    tx.query(INSERT)
        .bind(handle_digest)
        .bind(&request.client_id)
        .bind(&request.browser_digest)
        .bind(&request.parameters_sealed)
        .bind(request.created_at)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The request of a handle, while it lives; answered ones too.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    now: Timestamp,
) -> Result<Option<StoredRequest>, StoreError> {
    const FIND: &str = "
        SELECT client_id, browser_digest, parameters_sealed, reauthenticated_at, account_selected_at,
               created_at, finished_at
        FROM authorization_requests WHERE handle_digest = $1 AND expires_at > $2";

    tx.query(FIND).bind(handle_digest).bind(now).fetch_optional().await
}

/// Ties a request to the browser that shows it first. `false` where it is another's.
///
/// # Errors
///
/// If the database fails.
pub async fn claim(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    browser_digest: &TokenDigest,
) -> Result<bool, StoreError> {
    const CLAIM: &str = "
        UPDATE authorization_requests SET browser_digest = $2
        WHERE handle_digest = $1 AND (browser_digest IS NULL OR browser_digest = $2)";

    let claimed = tx.query(CLAIM).bind(handle_digest).bind(browser_digest).execute().await?;
    Ok(claimed > 0)
}

/// Notes that the person proved who they are for this request, which gives it more time too.
///
/// # Errors
///
/// If the database fails.
pub async fn note_reauthentication(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    expires_at: Timestamp,
    auth_time: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE authorization_requests
        SET reauthenticated_at = $2, account_selected_at = $2, expires_at = $3
        WHERE handle_digest = $1 AND finished_at IS NULL";

    tx.query(NOTE).bind(handle_digest).bind(auth_time).bind(expires_at).execute().await?;
    Ok(())
}

/// Gives a request more time, never less.
///
/// # Errors
///
/// If the database fails.
pub async fn extend(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    const EXTEND: &str = "
        UPDATE authorization_requests SET expires_at = $2
        WHERE handle_digest = $1 AND finished_at IS NULL AND expires_at < $2";

    tx.query(EXTEND).bind(handle_digest).bind(expires_at).execute().await?;
    Ok(())
}

/// Notes that the person chose an account for this request.
///
/// # Errors
///
/// If the database fails.
pub async fn note_account_selection(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    now: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE authorization_requests SET account_selected_at = $2
        WHERE handle_digest = $1 AND finished_at IS NULL";

    tx.query(NOTE).bind(handle_digest).bind(now).execute().await?;
    Ok(())
}

/// Answers a request: of any number of tries exactly one gets `true`.
///
/// # Errors
///
/// If the database fails.
pub async fn finish(
    tx: &mut Tx,
    handle_digest: &TokenDigest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const FINISH: &str = "
        UPDATE authorization_requests SET finished_at = $2
        WHERE handle_digest = $1 AND finished_at IS NULL AND expires_at > $2";

    let finished = tx.query(FINISH).bind(handle_digest).bind(now).execute().await?;
    Ok(finished > 0)
}

/// Removes up to `limit` requests that expired before `before`.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM authorization_requests WHERE handle_digest IN
            (SELECT handle_digest FROM authorization_requests
             WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
