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
            (id, user_id, kind, factor_id, link_digest, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    tx.query(INSERT)
        .bind(&new.id)
        .bind(&new.user_id)
        .bind(&new.kind)
        .bind(new.factor_id.as_deref())
        .bind(new.link_digest.as_ref())
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

/// Forgets what gave way to factors of this kind: it never comes back.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_replaced(
    tx: &mut Tx,
    user_id: &UserId,
    kind: FactorKind,
) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM replaced_factors WHERE user_id = $1 AND kind = $2";

    tx.query(FORGET).bind(user_id).bind(kind.as_str()).execute().await?;
    Ok(())
}

/// Notes that a second factor of the person was removed.
///
/// # Errors
///
/// If the database fails.
pub async fn note_removal(tx: &mut Tx, user_id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    const NOTE: &str = "UPDATE users SET factor_removed_at = $2 WHERE id = $1";

    tx.query(NOTE).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Notes that a second factor is about to be added: with it the account begins to have one, unless it
/// has one (`has_factor`), or the last one was removed after `lately`, so that somebody moves from one
/// to another.
///
/// # Errors
///
/// If the database fails.
pub async fn note_protection(
    tx: &mut Tx,
    user_id: &UserId,
    (has_factor, lately): (bool, Timestamp),
    now: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE users SET second_factor_since = CASE
            WHEN second_factor_since IS NULL THEN $2
            WHEN $3 OR factor_removed_at > $4 THEN second_factor_since
            ELSE $2 END
        WHERE id = $1";

    let note = tx.query(NOTE).bind(user_id).bind(now);
    note.bind(has_factor).bind(lately).execute().await?;
    Ok(())
}

/// Since when the account has had a second factor; `None` where it never had one, or where it was
/// taken away as not its owner's.
///
/// # Errors
///
/// If the database fails.
pub async fn protected_since(
    tx: &mut Tx,
    user_id: &UserId,
) -> Result<Option<Timestamp>, StoreError> {
    const FIND: &str = "SELECT second_factor_since FROM users WHERE id = $1";

    let found: Option<Option<Timestamp>> = tx.query(FIND).bind(user_id).optional_scalar().await?;
    Ok(found.flatten())
}

/// Notes that what the account had was not its owner's: the next factor is its first.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_protection(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "
        UPDATE users SET second_factor_since = NULL, factor_removed_at = NULL WHERE id = $1";

    tx.query(FORGET).bind(user_id).execute().await?;
    Ok(())
}

/// Forgets every addition of the person, with what gave way to it: nothing of it comes back, and no
/// link takes anything away.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_all_of(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM factor_additions WHERE user_id = $1";

    tx.query(FORGET).bind(user_id).execute().await?;
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

/// The oldest addition of the person that "Not me" can still take away.
///
/// # Errors
///
/// If the database fails.
pub async fn oldest_live(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Option<FactorAddition>, StoreError> {
    const OLDEST: &str = "
        SELECT * FROM factor_additions
        WHERE user_id = $1 AND used_at IS NULL AND expires_at > $2
        ORDER BY created_at, id LIMIT 1";

    tx.query(OLDEST).bind(user_id).bind(now).fetch_optional().await
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

/// Whether anything that was added then, or later, is still there.
///
/// # Errors
///
/// If the database fails.
pub async fn stands(tx: &mut Tx, addition: &FactorAddition) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT (SELECT COUNT(*) FROM second_factors WHERE user_id = $1 AND confirmed_at >= $2)
            + (SELECT COUNT(*) FROM passkeys WHERE user_id = $1 AND created_at >= $2)
            + (SELECT COUNT(*) FROM backup_codes WHERE user_id = $1 AND created_at >= $2)";

    let query = tx.query(COUNT).bind(&addition.user_id).bind(addition.created_at);
    let count: i64 = query.scalar().await?;
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

/// When the oldest second factor of the person was made; `None` where there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn oldest_made_at(
    tx: &mut Tx,
    user_id: &UserId,
) -> Result<Option<Timestamp>, StoreError> {
    const OLDEST: &str = "
        SELECT MIN(held.since) FROM
            (SELECT confirmed_at AS since FROM second_factors
                WHERE user_id = $1 AND confirmed_at IS NOT NULL
            UNION ALL SELECT created_at AS since FROM passkeys WHERE user_id = $1) AS held";

    tx.query(OLDEST).bind(user_id).scalar().await
}

/// The kinds of factors of the person that are from before `since`, or that would come back, by name.
///
/// # Errors
///
/// If the database fails.
pub async fn kinds_before(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<Vec<String>, StoreError> {
    const KINDS: &str = "
        SELECT kind FROM second_factors WHERE user_id = $1 AND confirmed_at < $2
        UNION SELECT 'webauthn' AS kind FROM passkeys WHERE user_id = $1 AND created_at < $2
        UNION SELECT kind FROM replaced_factors
            WHERE user_id = $1 AND confirmed_at < $2 AND addition_id IN
                (SELECT id FROM factor_additions WHERE user_id = $1 AND created_at >= $2)";

    let kinds: Vec<(String,)> = tx.query(KINDS).bind(user_id).bind(since).fetch_all().await?;
    Ok(kinds.into_iter().map(|(kind,)| kind).collect())
}

/// The kinds of factors of the person that count since `since` or later, by name.
///
/// # Errors
///
/// If the database fails.
pub async fn kinds_since(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<Vec<String>, StoreError> {
    const KINDS: &str = "
        SELECT kind FROM second_factors WHERE user_id = $1 AND confirmed_at >= $2
        UNION SELECT 'webauthn' AS kind FROM passkeys WHERE user_id = $1 AND created_at >= $2
        ORDER BY kind";

    let kinds: Vec<(String,)> = tx.query(KINDS).bind(user_id).bind(since).fetch_all().await?;
    Ok(kinds.into_iter().map(|(kind,)| kind).collect())
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
