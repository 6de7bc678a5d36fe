//! Addresses that wait for their owner's code or link.

use super::password_resets::password_link_is_open;
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, PasswordHash, Scopes, TokenDigest, UserId};

/// One mail that asks whether an address is its reader's, and what came of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EmailVerification {
    /// Its id.
    pub id: String,
    /// Digest of the handle in the window that began it.
    pub handle_digest: TokenDigest,
    /// Absent where the address was registered before: no code is right.
    pub user_id: Option<UserId>,
    /// The person's generation when the mail was written.
    pub generation: i64,
    /// The address, as typed.
    pub email: String,
    /// What spellings of the address share.
    pub email_canonical: String,
    /// The name typed at sign-up.
    pub pending_name: Option<String>,
    /// The hash of the password typed at sign-up.
    pub pending_password_hash: Option<PasswordHash>,
    /// The browser that began it.
    pub browser_digest: TokenDigest,
    /// The language of the mail.
    pub locale: String,
    /// The authorization request that goes on afterwards.
    pub request_handle_sealed: Option<String>,
    /// Digest of the link.
    pub link_digest: TokenDigest,
    /// MAC of the code.
    pub code_mac: String,
    /// Codes tried.
    pub tries: i64,
    /// Mails of this handle, this one included.
    pub sends: i64,
    /// When the mail was written.
    pub sent_at: Timestamp,
    /// When the code ends.
    pub code_expires_at: Timestamp,
    /// When the link ends, and all of it.
    pub link_expires_at: Timestamp,
    /// When the address was verified.
    pub verified_at: Option<Timestamp>,
    /// When the browser that began it went on.
    pub continued_at: Option<Timestamp>,
    /// When a later mail took its place.
    pub superseded_at: Option<Timestamp>,
    /// The machine that made its link; absent where that is in a mail.
    pub machine_id: Option<ClientId>,
    /// What that machine could do then.
    pub machine_scopes: Option<Scopes>,
}

/// Adds one; `false` where the handle already has a live one: somebody else was faster.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &EmailVerification) -> Result<bool, StoreError> {
    const INSERT: &str = "
        INSERT INTO email_verifications
            (id, handle_digest, user_id, generation, email, pending_name, pending_password_hash,
             browser_digest, locale, request_handle_sealed, link_digest, code_mac, tries, sends,
             sent_at, code_expires_at, link_expires_at, email_canonical, machine_id,
             machine_scopes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT DO NOTHING";

    Ok(tx
        .query(INSERT)
        .bind(&new.id)
        .bind(&new.handle_digest)
        .bind(new.user_id.as_ref())
        .bind(new.generation)
        .bind(&new.email)
        .bind(new.pending_name.as_deref())
        .bind(new.pending_password_hash.as_ref())
        .bind(&new.browser_digest)
        .bind(&new.locale)
        .bind(new.request_handle_sealed.as_deref())
        .bind(&new.link_digest)
        .bind(&new.code_mac)
        .bind(new.tries)
        .bind(new.sends)
        .bind(new.sent_at)
        .bind(new.code_expires_at)
        .bind(new.link_expires_at)
        .bind(&new.email_canonical)
        .bind(new.machine_id.as_ref())
        .bind(new.machine_scopes.as_ref())
        .execute()
        .await?
        == 1)
}

/// The latest one of this handle.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_handle(
    tx: &mut Tx,
    handle: &TokenDigest,
) -> Result<Option<EmailVerification>, StoreError> {
    const FIND: &str = "
        SELECT * FROM email_verifications WHERE handle_digest = $1 ORDER BY sends DESC LIMIT 1";

    tx.query(FIND).bind(handle).fetch_optional().await
}

/// When the last mail about an account was written.
///
/// # Errors
///
/// If the database fails.
pub async fn last_sent_at(tx: &mut Tx, user_id: &UserId) -> Result<Option<Timestamp>, StoreError> {
    const LAST: &str = "SELECT MAX(sent_at) FROM email_verifications WHERE user_id = $1";

    tx.query(LAST).bind(user_id).scalar().await
}

/// The latest one that was begun after `earlier`, for the same address in the same browser, and that no
/// later mail took the place of.
///
/// # Errors
///
/// If the database fails.
pub async fn find_later_in_browser(
    tx: &mut Tx,
    earlier: &EmailVerification,
) -> Result<Option<EmailVerification>, StoreError> {
    const FIND: &str = "
        SELECT * FROM email_verifications
        WHERE email_canonical = $1 AND browser_digest = $2 AND superseded_at IS NULL
            AND sent_at >= $3 AND id > $4
        ORDER BY sent_at DESC, id DESC LIMIT 1";

    let query = tx.query(FIND).bind(&earlier.email_canonical).bind(&earlier.browser_digest);
    query.bind(earlier.sent_at).bind(&earlier.id).fetch_optional().await
}

/// The one whose mail held this link.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_link(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<EmailVerification>, StoreError> {
    const FIND: &str = "SELECT * FROM email_verifications WHERE link_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// Counts a try of a code; `None` where none may be tried.
///
/// # Errors
///
/// If the database fails.
pub async fn count_try(
    tx: &mut Tx,
    handle: &TokenDigest,
    most: i64,
    now: Timestamp,
) -> Result<Option<EmailVerification>, StoreError> {
    const COUNT: &str = "
        UPDATE email_verifications SET tries = tries + 1
        WHERE handle_digest = $1 AND superseded_at IS NULL AND verified_at IS NULL
            AND tries < $2 AND code_expires_at > $3
        RETURNING *";

    tx.query(COUNT).bind(handle).bind(most).bind(now).fetch_optional().await
}

/// Lets codes and links of the person outlast the raise to `generation`, the next one: what was mailed and not used is
/// still good. A browser that used one lost what that was worth.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_open(tx: &mut Tx, user_id: &UserId, generation: i64) -> Result<(), StoreError> {
    const KEEP: &str = "
        UPDATE email_verifications SET generation = $2
        WHERE user_id = $1 AND generation = $2 - 1 AND verified_at IS NULL AND superseded_at IS NULL";

    tx.query(KEEP).bind(user_id).bind(generation).execute().await?;
    Ok(())
}

/// Uses up the code and the link; `None` where one of them was used, has ended, or was superseded.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    id: &str,
    now: Timestamp,
) -> Result<Option<EmailVerification>, StoreError> {
    const SPEND: &str = "
        UPDATE email_verifications
        SET verified_at = $2, pending_name = NULL, pending_password_hash = NULL
        WHERE id = $1 AND verified_at IS NULL AND superseded_at IS NULL AND link_expires_at > $2
        RETURNING *";

    tx.query(SPEND).bind(id).bind(now).fetch_optional().await
}

/// Lets the browser that began a verified one go on, once.
///
/// # Errors
///
/// If the database fails.
pub async fn go_on(
    tx: &mut Tx,
    id: &str,
    browser: &TokenDigest,
    now: Timestamp,
) -> Result<Option<EmailVerification>, StoreError> {
    const GO_ON: &str = "
        UPDATE email_verifications SET continued_at = $3
        WHERE id = $1 AND browser_digest = $2 AND verified_at IS NOT NULL
            AND continued_at IS NULL AND link_expires_at > $3
        RETURNING *";

    tx.query(GO_ON).bind(id).bind(browser).bind(now).fetch_optional().await
}

/// Takes a live one away so that the next mail of its handle can take its place. `None` where it
/// is no longer live, was written after `sent_before`, or had `most_sends` mails.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede(
    tx: &mut Tx,
    handle: &TokenDigest,
    (sent_before, most_sends): (Timestamp, i64),
    now: Timestamp,
) -> Result<Option<EmailVerification>, StoreError> {
    // RETURNING gives the new values, so what was typed is erased by its successor's insertion.
    const SUPERSEDE: &str = "
        UPDATE email_verifications SET superseded_at = $4
        WHERE handle_digest = $1 AND superseded_at IS NULL AND verified_at IS NULL
            AND sent_at <= $2 AND sends < $3 AND link_expires_at > $4
        RETURNING *";

    tx.query(SUPERSEDE)
        .bind(handle)
        .bind(sent_before)
        .bind(most_sends)
        .bind(now)
        .fetch_optional()
        .await
}

/// Takes away every live one of the person.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_all_of(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SUPERSEDE: &str = "
        UPDATE email_verifications
        SET superseded_at = $2, pending_name = NULL, pending_password_hash = NULL
        WHERE user_id = $1 AND superseded_at IS NULL AND verified_at IS NULL";

    tx.query(SUPERSEDE).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Takes away every live one that belongs to nobody, since its address was registered before: as
/// [`supersede_all_of`] does for an address that was not.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_all_of_registered(
    tx: &mut Tx,
    email_canonical: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SUPERSEDE: &str = "
        UPDATE email_verifications
        SET superseded_at = $2, pending_name = NULL, pending_password_hash = NULL
        WHERE email_canonical = $1 AND user_id IS NULL
            AND superseded_at IS NULL AND verified_at IS NULL";

    tx.query(SUPERSEDE).bind(email_canonical).bind(now).execute().await?;
    Ok(())
}

/// Erases what was typed at sign-up from superseded ones of this handle.
///
/// # Errors
///
/// If the database fails.
pub async fn erase_superseded(tx: &mut Tx, handle: &TokenDigest) -> Result<(), StoreError> {
    const ERASE: &str = "
        UPDATE email_verifications SET pending_name = NULL, pending_password_hash = NULL
        WHERE handle_digest = $1 AND superseded_at IS NOT NULL";

    tx.query(ERASE).bind(handle).execute().await?;
    Ok(())
}

/// Removes at most `limit` that ended before `before`; says how many. One whose account waits for a password stays:
/// the account is found by it once nobody chose one.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = concat!(
        "DELETE FROM email_verifications WHERE id IN
            (SELECT id FROM email_verifications WHERE link_expires_at <= $1 AND NOT ",
        password_link_is_open!(),
        " LIMIT $2)"
    );

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
