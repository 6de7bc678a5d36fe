//! Links to a new password.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::token::FLOW_PREFIX;
use crate::domain::user::User;
use crate::domain::{ClientId, PlainToken, Scopes, TokenDigest, UserId};
use crate::random;

/// Whether somebody could still choose a password by a link at `$1`, of the account that a row of
/// `email_verifications` is about.
macro_rules! password_link_is_open {
    () => {
        "EXISTS
            (SELECT 1 FROM password_resets AS reset
             WHERE reset.user_id = email_verifications.user_id AND reset.used_at IS NULL
                AND reset.superseded_at IS NULL AND reset.expires_at > $1)"
    };
}
pub(super) use password_link_is_open;

/// One mail that holds a link to a new password, and what came of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasswordReset {
    /// Its id.
    pub id: String,
    /// Digest of the handle in the window that asked.
    pub handle_digest: TokenDigest,
    /// Absent where nobody has the address: no mail went out.
    pub user_id: Option<UserId>,
    /// The person's generation when the mail was written.
    pub generation: i64,
    /// The address, as typed.
    pub email: String,
    /// The browser that asked.
    pub browser_digest: TokenDigest,
    /// The authorization request that goes on afterwards.
    pub request_handle_sealed: Option<String>,
    /// Digest of the link.
    pub link_digest: TokenDigest,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the link ends.
    pub expires_at: Timestamp,
    /// When a password was chosen by it.
    pub used_at: Option<Timestamp>,
    /// When a later mail, or another new password, took its place.
    pub superseded_at: Option<Timestamp>,
    /// Whether it invites somebody to choose their first password.
    pub is_invitation: bool,
    /// Whether somebody asked for it in a browser, as any stranger can.
    pub was_asked_for: bool,
    /// The machine that made it; absent where it is in a mail.
    pub machine_id: Option<ClientId>,
    /// What that machine could do then.
    pub machine_scopes: Option<Scopes>,
    /// Whether using it shows that the address is its reader's.
    pub proves_address: bool,
}

impl PasswordReset {
    /// One that somebody else began for the person: no window of a browser waits for it.
    #[must_use]
    pub fn unasked(
        user: &User,
        link: &PlainToken,
        (now, expires_at): (Timestamp, Timestamp),
        is_invitation: bool,
    ) -> Self {
        Self {
            id: random::ulid(now),
            handle_digest: PlainToken::generate(FLOW_PREFIX).digest(),
            browser_digest: PlainToken::generate(FLOW_PREFIX).digest(),
            user_id: Some(user.id.clone()),
            generation: user.generation,
            email: user.email.clone(),
            request_handle_sealed: None,
            link_digest: link.digest(),
            created_at: now,
            expires_at,
            used_at: None,
            superseded_at: None,
            is_invitation,
            was_asked_for: false,
            machine_id: None,
            machine_scopes: None,
            proves_address: true,
        }
    }
}

/// Adds one.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &PasswordReset) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO password_resets
            (id, handle_digest, user_id, generation, email, browser_digest, request_handle_sealed,
             link_digest, created_at, expires_at, is_invitation, was_asked_for, machine_scopes,
             machine_id, proves_address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

    tx.query(INSERT)
        .bind(&new.id)
        .bind(&new.handle_digest)
        .bind(new.user_id.as_ref())
        .bind(new.generation)
        .bind(&new.email)
        .bind(&new.browser_digest)
        .bind(new.request_handle_sealed.as_deref())
        .bind(&new.link_digest)
        .bind(new.created_at)
        .bind(new.expires_at)
        .bind(new.is_invitation)
        .bind(new.was_asked_for)
        .bind(new.machine_scopes.as_ref())
        .bind(new.machine_id.as_ref())
        .bind(new.proves_address)
        .execute()
        .await?;
    Ok(())
}

/// The one that the window with this handle asked for.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_handle(
    tx: &mut Tx,
    handle: &TokenDigest,
) -> Result<Option<PasswordReset>, StoreError> {
    const FIND: &str = "SELECT * FROM password_resets WHERE handle_digest = $1";

    tx.query(FIND).bind(handle).fetch_optional().await
}

/// The one whose mail held this link.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_link(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<PasswordReset>, StoreError> {
    const FIND: &str = "SELECT * FROM password_resets WHERE link_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// Whether a mailed link of this person still leads to a new password, invitations aside.
///
/// # Errors
///
/// If the database fails.
pub async fn has_live(
    tx: &mut Tx,
    user: Option<&User>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Asked also where there is nobody: an address must not be told by the time it takes.
    const COUNT: &str = "
        SELECT COUNT(*) FROM password_resets
        WHERE user_id = $1 AND generation = $2 AND is_invitation = $3 AND expires_at > $4
            AND machine_id IS NULL
            AND used_at IS NULL AND superseded_at IS NULL";

    let (id, generation) = user.map_or(("", 0), |user| (user.id.as_str(), user.generation));
    let query = tx.query(COUNT).bind(id).bind(generation).bind(false).bind(now);
    let count: i64 = query.scalar().await?;
    Ok(count > 0)
}

/// Lets links and invitations of the person outlast the raise to `generation`, the next one: what was mailed and not used
/// is still good.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_open(tx: &mut Tx, user_id: &UserId, generation: i64) -> Result<(), StoreError> {
    const KEEP: &str = "
        UPDATE password_resets SET generation = $2
        WHERE user_id = $1 AND generation = $2 - 1 AND used_at IS NULL AND superseded_at IS NULL";

    tx.query(KEEP).bind(user_id).bind(generation).execute().await?;
    Ok(())
}

/// Uses up a link: of any number of tries at once exactly one gets the row. `None` where it was
/// used, has ended, or was superseded.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    id: &str,
    now: Timestamp,
) -> Result<Option<PasswordReset>, StoreError> {
    const SPEND: &str = "
        UPDATE password_resets SET used_at = $2
        WHERE id = $1 AND used_at IS NULL AND superseded_at IS NULL AND expires_at > $2
        RETURNING *";

    tx.query(SPEND).bind(id).bind(now).fetch_optional().await
}

/// Takes away every invitation of the person that was not used.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_invitations(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SUPERSEDE: &str = "
        UPDATE password_resets SET superseded_at = $2
        WHERE user_id = $1 AND is_invitation AND used_at IS NULL AND superseded_at IS NULL";

    tx.query(SUPERSEDE).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Takes away every link that somebody asked for to the account of the person, and that was not
/// used.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_asked_for(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SUPERSEDE: &str = "
        UPDATE password_resets SET superseded_at = $2
        WHERE user_id = $1 AND was_asked_for AND used_at IS NULL AND superseded_at IS NULL";

    tx.query(SUPERSEDE).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Takes away every link of the person that was not used.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_all_of(
    tx: &mut Tx,
    user_id: Option<&UserId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Asked also where there is nobody: an address must not be told by the time it takes.
    const SUPERSEDE: &str = "
        UPDATE password_resets SET superseded_at = $2
        WHERE user_id = $1 AND used_at IS NULL AND superseded_at IS NULL";

    tx.query(SUPERSEDE).bind(user_id.map_or("", UserId::as_str)).bind(now).execute().await?;
    Ok(())
}

/// Removes at most `limit` that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM password_resets WHERE id IN
            (SELECT id FROM password_resets WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
