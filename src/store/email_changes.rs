//! Changing one's address, and the way back to the old one.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::user::User;
use crate::domain::{TokenDigest, UserId};

/// An address that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EmailChange {
    /// Whose.
    pub user_id: UserId,
    /// A new one with each code.
    pub id: String,
    /// The person's when it was asked for.
    pub generation: i64,
    /// As typed.
    pub email: String,
    /// As compared.
    pub email_canonical: String,
    /// What the code is checked against.
    pub code_mac: String,
    /// How often a code was tried.
    pub tries: i64,
    /// How many codes were sent, this one included.
    pub sends: i64,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Until when the code counts.
    pub expires_at: Timestamp,
}

/// The way back to an address.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EmailReturn {
    /// The row.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// What the link is checked against.
    pub link_digest: TokenDigest,
    /// The address that was replaced.
    pub email: String,
    /// As compared.
    pub email_canonical: String,
    /// When it was replaced.
    pub created_at: Timestamp,
    /// Until when the link counts.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Keeps a change; it takes the place of an earlier one.
///
/// # Errors
///
/// If the database fails.
pub async fn put(tx: &mut Tx, new: &EmailChange) -> Result<(), StoreError> {
    const PUT: &str = "
        INSERT INTO email_changes
            (user_id, id, generation, email, email_canonical, code_mac, tries, sends, sent_at,
             expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)
        ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, generation = excluded.generation,
            email = excluded.email, email_canonical = excluded.email_canonical,
            code_mac = excluded.code_mac, tries = 0, sends = excluded.sends,
            sent_at = excluded.sent_at, expires_at = excluded.expires_at";

    tx.query(PUT)
        .bind(&new.user_id)
        .bind(&new.id)
        .bind(new.generation)
        .bind(&new.email)
        .bind(&new.email_canonical)
        .bind(&new.code_mac)
        .bind(new.sends)
        .bind(new.sent_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The change that a person waits for, whether its code still counts or not.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, user_id: &UserId) -> Result<Option<EmailChange>, StoreError> {
    const FIND: &str = "SELECT * FROM email_changes WHERE user_id = $1";

    tx.query(FIND).bind(user_id).fetch_optional().await
}

/// Counts a try of the code, unless it was tried `most` times or its time is over: then `None`.
///
/// # Errors
///
/// If the database fails.
pub async fn count_try(
    tx: &mut Tx,
    user_id: &UserId,
    most: i64,
    now: Timestamp,
) -> Result<Option<EmailChange>, StoreError> {
    const COUNT: &str = "
        UPDATE email_changes SET tries = tries + 1
        WHERE user_id = $1 AND tries < $2 AND expires_at > $3 RETURNING *";

    tx.query(COUNT).bind(user_id).bind(most).bind(now).fetch_optional().await
}

/// Takes the change away; of several who type its code at once exactly one is told so.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(tx: &mut Tx, user_id: &UserId, id: &str) -> Result<bool, StoreError> {
    const SPEND: &str = "DELETE FROM email_changes WHERE user_id = $1 AND id = $2";

    Ok(tx.query(SPEND).bind(user_id).bind(id).execute().await? == 1)
}

/// Takes away whatever change a person waits for.
///
/// # Errors
///
/// If the database fails.
pub async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM email_changes WHERE user_id = $1";

    tx.query(FORGET).bind(user_id).execute().await?;
    Ok(())
}

/// Gives the account a verified address. `None` where somebody else has it, or the account is of
/// another generation by now. On PostgreSQL the unit of work may be over with that.
///
/// # Errors
///
/// If the database fails.
pub async fn set_address(
    tx: &mut Tx,
    user_id: &UserId,
    generation: i64,
    (typed, canonical): (&str, &str),
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const SET: &str = "
        UPDATE users SET email = $3, email_canonical = $4, email_verified_at = $5, updated_at = $5,
            self_registered = FALSE
        WHERE id = $1 AND generation = $2 AND blocked_at IS NULL RETURNING *";

    let set = tx
        .query(SET)
        .bind(user_id)
        .bind(generation)
        .bind(typed)
        .bind(canonical)
        .bind(now)
        .fetch_optional()
        .await;
    match set {
        Err(error) if error.is_taken() => Ok(None),
        other => other,
    }
}

/// Keeps the way back to an address that was replaced.
///
/// # Errors
///
/// If the database fails.
pub async fn insert_return(tx: &mut Tx, new: &EmailReturn) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO email_returns
            (id, user_id, link_digest, email, email_canonical, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    tx.query(INSERT)
        .bind(&new.id)
        .bind(&new.user_id)
        .bind(&new.link_digest)
        .bind(&new.email)
        .bind(&new.email_canonical)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The way back that a link opens.
///
/// # Errors
///
/// If the database fails.
pub async fn find_return(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<EmailReturn>, StoreError> {
    const FIND: &str = "SELECT * FROM email_returns WHERE link_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// The addresses to which the account could still be taken back, each once and without the one that it
/// has.
///
/// # Errors
///
/// If the database fails.
pub async fn earlier_addresses(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    const LIST: &str = "
        SELECT MAX(email) FROM email_returns
        WHERE user_id = $1 AND used_at IS NULL AND expires_at > $2 AND email_canonical NOT IN
            (SELECT email_canonical FROM users WHERE id = $1)
        GROUP BY email_canonical ORDER BY MAX(id) DESC LIMIT 10";

    tx.query(LIST).bind(user_id).bind(now).scalars().await
}

/// Whether an account can still be taken back to this address.
///
/// # Errors
///
/// If the database fails.
pub async fn leads_back_to(
    tx: &mut Tx,
    canonical: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM email_returns
        WHERE email_canonical = $1 AND used_at IS NULL AND expires_at > $2";

    let count: i64 = tx.query(COUNT).bind(canonical).bind(now).scalar().await?;
    Ok(count > 0)
}

/// Uses a way back up, and with it every later one of the person: whoever changed the address
/// more than once must not come back by a later mail. `None` where it was used or is too old.
///
/// # Errors
///
/// If the database fails.
pub async fn spend_return(
    tx: &mut Tx,
    id: &str,
    now: Timestamp,
) -> Result<Option<EmailReturn>, StoreError> {
    const SPEND: &str = "
        UPDATE email_returns SET used_at = $2
        WHERE id = $1 AND used_at IS NULL AND expires_at > $2 RETURNING *";
    const END_OTHERS: &str = "
        UPDATE email_returns SET used_at = $3
        WHERE user_id = $1 AND id > $2 AND used_at IS NULL";

    let spent: Option<EmailReturn> = tx.query(SPEND).bind(id).bind(now).fetch_optional().await?;
    if let Some(spent) = &spent {
        tx.query(END_OTHERS).bind(&spent.user_id).bind(id).bind(now).execute().await?;
    }
    Ok(spent)
}

/// Ends every way back of the person to an earlier address.
///
/// # Errors
///
/// If the database fails.
pub async fn end_returns(tx: &mut Tx, user_id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    const END: &str =
        "UPDATE email_returns SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL";

    tx.query(END).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Whether the account came from this address lately, to which it can still be taken back. Then the
/// ways back of later changes end: it is where it was before them.
///
/// # Errors
///
/// If the database fails.
pub async fn end_returns_after(
    tx: &mut Tx,
    user_id: &UserId,
    canonical: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const FIND: &str = "
        SELECT id FROM email_returns
        WHERE user_id = $1 AND email_canonical = $2 AND used_at IS NULL AND expires_at > $3
        ORDER BY id LIMIT 1";
    const END: &str = "
        UPDATE email_returns SET used_at = $3
        WHERE user_id = $1 AND id > $2 AND used_at IS NULL";

    let found: Option<(String,)> =
        tx.query(FIND).bind(user_id).bind(canonical).bind(now).fetch_optional().await?;
    let Some((first,)) = found else { return Ok(false) };
    tx.query(END).bind(user_id).bind(first).bind(now).execute().await?;
    Ok(true)
}

/// Gives the account back its old address, takes its password away and raises the generation, so
/// that nobody gets in but by a mail to that address. `None` where somebody else has it by now. On
/// PostgreSQL the unit of work may be over with that.
///
/// # Errors
///
/// If the database fails.
pub async fn return_address(
    tx: &mut Tx,
    back: &EmailReturn,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const RETURN: &str = "
        UPDATE users SET email = $2, email_canonical = $3, email_verified_at = $4, updated_at = $4,
            password_hash = NULL, new_password_reason = NULL, password_by_mail_at = NULL,
            deletion_due_at = NULL, deletion_undo_digest = NULL, generation = generation + 1
        WHERE id = $1 RETURNING *";

    let returned = tx
        .query(RETURN)
        .bind(&back.user_id)
        .bind(&back.email)
        .bind(&back.email_canonical)
        .bind(now)
        .fetch_optional()
        .await;
    match returned {
        Err(error) if error.is_taken() => Ok(None),
        other => other,
    }
}

/// Removes at most `limit` changes and ways back that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const CHANGES: &str = "
        DELETE FROM email_changes WHERE user_id IN
            (SELECT user_id FROM email_changes WHERE expires_at <= $1 LIMIT $2)";
    const RETURNS: &str = "
        DELETE FROM email_returns WHERE id IN
            (SELECT id FROM email_returns WHERE expires_at <= $1 LIMIT $2)";

    let changes = tx.query(CHANGES).bind(before).bind(limit).execute().await?;
    Ok(changes + tx.query(RETURNS).bind(before).bind(limit).execute().await?)
}
