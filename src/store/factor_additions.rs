//! What was added to the ways of signing in, and what gave way to it.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::second_factor::FactorKind;
use crate::domain::{TokenDigest, UserId};

/// Something that was added.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FactorAddition {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// The kind of the factor, by name.
    pub kind: String,
    /// The id of the factor or passkey; none for backup codes.
    pub factor_id: Option<String>,
    /// Digest of the link in the mail.
    pub link_digest: Option<TokenDigest>,
    /// Whether there was a second factor before.
    pub had_factor: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// Until when it can be taken away by "Not me".
    pub expires_at: Timestamp,
    /// When that was done.
    pub used_at: Option<Timestamp>,
}

/// Notes an addition.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &FactorAddition) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO factor_additions
            (id, user_id, kind, factor_id, link_digest, had_factor, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    tx.query(INSERT)
        .bind(&new.id)
        .bind(&new.user_id)
        .bind(&new.kind)
        .bind(new.factor_id.as_deref())
        .bind(new.link_digest.as_ref())
        .bind(new.had_factor)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Keeps the factor that is about to give way to the addition, where there is one of its kind.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_replaced(
    tx: &mut Tx,
    addition_id: &str,
    (user_id, kind): (&UserId, FactorKind),
) -> Result<(), StoreError> {
    const KEEP: &str = "
        INSERT INTO replaced_factors
            (addition_id, id, user_id, kind, secret_sealed, phone_number, last_step, created_at,
             expires_at, confirmed_at, last_used_at)
        SELECT CAST($1 AS TEXT), id, user_id, kind, secret_sealed, phone_number, last_step,
            created_at, expires_at, confirmed_at, last_used_at
        FROM second_factors
        WHERE user_id = $2 AND kind = $3 AND confirmed_at IS NOT NULL";

    tx.query(KEEP).bind(addition_id).bind(user_id).bind(kind.as_str()).execute().await?;
    Ok(())
}

/// The addition of this id, where it is this person's.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    id: &str,
    user_id: &UserId,
) -> Result<Option<FactorAddition>, StoreError> {
    const FIND: &str = "SELECT * FROM factor_additions WHERE id = $1 AND user_id = $2";

    tx.query(FIND).bind(id).bind(user_id).fetch_optional().await
}

/// The addition that a link takes away.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_link(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<FactorAddition>, StoreError> {
    const FIND: &str = "SELECT * FROM factor_additions WHERE link_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// Whether what was added is still there.
///
/// # Errors
///
/// If the database fails.
pub async fn stands(tx: &mut Tx, addition: &FactorAddition) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT (SELECT COUNT(*) FROM second_factors WHERE id = $1 AND confirmed_at IS NOT NULL)
            + (SELECT COUNT(*) FROM passkeys WHERE id = $1)";
    const COUNT_CODES: &str =
        "SELECT COUNT(*) FROM backup_codes WHERE user_id = $1 AND created_at = $2";

    let count: i64 = if let Some(id) = &addition.factor_id {
        tx.query(COUNT).bind(id).scalar().await?
    } else {
        let query = tx.query(COUNT_CODES).bind(&addition.user_id);
        query.bind(addition.created_at).scalar().await?
    };
    Ok(count > 0)
}

/// Whether the person has a second factor from before `since`.
///
/// # Errors
///
/// If the database fails.
pub async fn has_older(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT (SELECT COUNT(*) FROM second_factors WHERE user_id = $1 AND confirmed_at < $2)
            + (SELECT COUNT(*) FROM passkeys WHERE user_id = $1 AND created_at < $2)";

    let count: i64 = tx.query(COUNT).bind(user_id).bind(since).scalar().await?;
    Ok(count > 0)
}

/// Takes the worth from every link that was mailed to the person.
///
/// # Errors
///
/// If the database fails.
pub async fn end_links(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const END: &str = "UPDATE factor_additions SET link_digest = NULL WHERE user_id = $1";

    tx.query(END).bind(user_id).execute().await?;
    Ok(())
}

/// Uses an addition up, once; `false` where that was done, or its time is over.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    const SPEND: &str = "
        UPDATE factor_additions SET used_at = $2
        WHERE id = $1 AND used_at IS NULL AND expires_at > $2";

    Ok(tx.query(SPEND).bind(id).bind(now).execute().await? == 1)
}

/// Brings back the factors from before `since` that gave way at `since` or later, where there is
/// none of their kind.
///
/// # Errors
///
/// If the database fails.
pub async fn restore_replaced(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<(), StoreError> {
    const RESTORE: &str = "
        INSERT INTO second_factors
            (id, user_id, kind, secret_sealed, phone_number, last_step, created_at, expires_at,
             confirmed_at, last_used_at)
        SELECT id, user_id, kind, secret_sealed, phone_number, last_step, created_at, expires_at,
            confirmed_at, last_used_at
        FROM replaced_factors
        WHERE user_id = $1 AND confirmed_at < $2 AND addition_id IN
            (SELECT id FROM factor_additions WHERE user_id = $1 AND created_at >= $2)
        ON CONFLICT DO NOTHING";

    tx.query(RESTORE).bind(user_id).bind(since).execute().await?;
    Ok(())
}

/// Removes at most `limit` whose time was over before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM factor_additions WHERE id IN
            (SELECT id FROM factor_additions WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
