//! Wishes of people who lost every second factor, and what became of them.
//!
//! asked (a link was mailed) → requested (a reason was given by the link) → approved by an operator,
//! with a time when it is done → ended. Each arrow is one conditional UPDATE. At most one of a
//! person is open.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{TokenDigest, UserId};

/// One wish.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRecovery {
    /// Its id.
    pub id: String,
    /// Absent where nobody has the address: no mail went out.
    pub user_id: Option<UserId>,
    /// The address, as typed.
    pub email: String,
    /// Digest of the handle in the window that asked.
    pub handle_digest: TokenDigest,
    /// The browser that asked.
    pub browser_digest: TokenDigest,
    /// Digest of the link to the form.
    pub link_digest: TokenDigest,
    /// Digest of the link that stops it; from the approval on.
    pub stop_digest: Option<TokenDigest>,
    /// What the person wrote, and what was written beside it; erased at the end.
    pub reason_sealed: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the link to the form ends.
    pub expires_at: Timestamp,
    /// When it ended without a wish: what was written by it went beside an open one, or a wish of
    /// the person ended.
    pub superseded_at: Option<Timestamp>,
    /// When the reason was given.
    pub requested_at: Option<Timestamp>,
    /// When an operator approved.
    pub approved_at: Option<Timestamp>,
    /// When the second factors go.
    pub due_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How.
    pub outcome: Option<RecoveryOutcome>,
}

/// How a wish ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
pub enum RecoveryOutcome {
    /// The second factors were removed.
    Done,
    /// An operator refused.
    Refused,
    /// The owner said that it was not them.
    Stopped,
    /// The owner gave a second factor: nothing was lost.
    FactorGiven,
    /// No operator decided it in time.
    Unanswered,
    /// The account has another address since: the last mail would go to whoever moved it.
    AddressChanged,
}

impl RecoveryOutcome {
    /// The name in storage and in the trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::FactorGiven => "factor_given",
            Self::Unanswered => "unanswered",
            Self::AddressChanged => "address_changed",
        }
    }
}

/// Adds one.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &AccountRecovery) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO account_recoveries
            (id, user_id, email, handle_digest, browser_digest, link_digest, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    tx.query(INSERT)
        .bind(&new.id)
        .bind(new.user_id.as_ref())
        .bind(&new.email)
        .bind(&new.handle_digest)
        .bind(&new.browser_digest)
        .bind(&new.link_digest)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Takes away every link of the person by which nothing was requested.
///
/// # Errors
///
/// If the database fails.
pub async fn supersede_links(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SUPERSEDE: &str = "
        UPDATE account_recoveries SET superseded_at = $2
        WHERE user_id = $1 AND requested_at IS NULL AND superseded_at IS NULL";

    tx.query(SUPERSEDE).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Uses a link up whose reason goes beside an open wish; says whether this was the one to do so.
///
/// # Errors
///
/// If the database fails.
pub async fn use_up(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    const USE_UP: &str = "
        UPDATE account_recoveries SET superseded_at = $2
        WHERE id = $1 AND requested_at IS NULL AND superseded_at IS NULL AND expires_at > $2";

    Ok(tx.query(USE_UP).bind(id).bind(now).execute().await? == 1)
}

/// Puts other reasons in the place of those of an open wish, as it was read; says whether it was
/// still so.
///
/// # Errors
///
/// If the database fails.
pub async fn replace_reasons(
    tx: &mut Tx,
    read: &AccountRecovery,
    reason_sealed: &str,
) -> Result<bool, StoreError> {
    const REPLACE: &str = "
        UPDATE account_recoveries SET reason_sealed = $2
        WHERE id = $1 AND reason_sealed = $3 AND ended_at IS NULL";

    let replace = tx.query(REPLACE).bind(&read.id).bind(reason_sealed);
    Ok(replace.bind(read.reason_sealed.as_deref()).execute().await? == 1)
}

/// The one that the window with this handle asked for.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_handle(
    tx: &mut Tx,
    handle: &TokenDigest,
) -> Result<Option<AccountRecovery>, StoreError> {
    const FIND: &str = "SELECT * FROM account_recoveries WHERE handle_digest = $1";

    tx.query(FIND).bind(handle).fetch_optional().await
}

/// The one whose mail held this link to the form.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_link(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<AccountRecovery>, StoreError> {
    const FIND: &str = "SELECT * FROM account_recoveries WHERE link_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// The one that this link stops.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_stop_link(
    tx: &mut Tx,
    link: &TokenDigest,
) -> Result<Option<AccountRecovery>, StoreError> {
    const FIND: &str = "SELECT * FROM account_recoveries WHERE stop_digest = $1";

    tx.query(FIND).bind(link).fetch_optional().await
}

/// The open one with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find_open(tx: &mut Tx, id: &str) -> Result<Option<AccountRecovery>, StoreError> {
    const FIND: &str = "
        SELECT * FROM account_recoveries
        WHERE id = $1 AND requested_at IS NOT NULL AND ended_at IS NULL";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// Whether there is one with this id, open or ended.
///
/// # Errors
///
/// If the database fails.
pub async fn is_known(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    const FIND: &str = "SELECT id FROM account_recoveries WHERE id = $1";

    let found: Option<String> = tx.query(FIND).bind(id).optional_scalar().await?;
    Ok(found.is_some())
}

/// The open one of the person.
///
/// # Errors
///
/// If the database fails.
pub async fn open_of(tx: &mut Tx, user_id: &UserId) -> Result<Option<AccountRecovery>, StoreError> {
    const FIND: &str = "
        SELECT * FROM account_recoveries
        WHERE user_id = $1 AND requested_at IS NOT NULL AND ended_at IS NULL";

    tx.query(FIND).bind(user_id).fetch_optional().await
}

/// At most `limit` open ones after `after`, the oldest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list_open(
    tx: &mut Tx,
    after: &str,
    limit: i64,
) -> Result<Vec<AccountRecovery>, StoreError> {
    const LIST: &str = "
        SELECT * FROM account_recoveries
        WHERE id > $1 AND requested_at IS NOT NULL AND ended_at IS NULL ORDER BY id LIMIT $2";

    tx.query(LIST).bind(after).bind(limit).fetch_all().await
}

/// How many are open.
///
/// # Errors
///
/// If the database fails.
pub async fn count_open(tx: &mut Tx) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM account_recoveries
        WHERE requested_at IS NOT NULL AND ended_at IS NULL";

    tx.query(COUNT).scalar().await
}

/// At most `limit` that nobody decided, and that were requested at `before` or earlier, the oldest
/// first.
///
/// # Errors
///
/// If the database fails.
pub async fn unanswered(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<AccountRecovery>, StoreError> {
    const UNANSWERED: &str = "
        SELECT * FROM account_recoveries
        WHERE requested_at <= $1 AND approved_at IS NULL AND ended_at IS NULL
        ORDER BY requested_at LIMIT $2";

    tx.query(UNANSWERED).bind(before).bind(limit).fetch_all().await
}

/// Ends one that nobody decided, once; `None` where somebody did meanwhile, or it has ended.
///
/// # Errors
///
/// If the database fails.
pub async fn lapse(
    tx: &mut Tx,
    id: &str,
    now: Timestamp,
) -> Result<Option<AccountRecovery>, StoreError> {
    const LAPSE: &str = "
        UPDATE account_recoveries SET ended_at = $3, outcome = $2, reason_sealed = NULL
        WHERE id = $1 AND requested_at IS NOT NULL AND approved_at IS NULL AND ended_at IS NULL
        RETURNING *";

    let outcome = RecoveryOutcome::Unanswered;
    tx.query(LAPSE).bind(id).bind(outcome).bind(now).fetch_optional().await
}

/// Notes the reason, which uses the link up: of any number of tries at once exactly one gets the
/// row. `None` where it was used, has ended, or was superseded, or another of the person is open.
///
/// # Errors
///
/// If the database fails.
pub async fn request(
    tx: &mut Tx,
    id: &str,
    reason_sealed: &str,
    now: Timestamp,
) -> Result<Option<AccountRecovery>, StoreError> {
    const REQUEST: &str = "
        UPDATE account_recoveries SET requested_at = $3, reason_sealed = $2
        WHERE id = $1 AND requested_at IS NULL AND superseded_at IS NULL AND expires_at > $3
            AND NOT EXISTS (SELECT 1 FROM account_recoveries AS other
                WHERE other.user_id = account_recoveries.user_id
                    AND other.requested_at IS NOT NULL AND other.ended_at IS NULL)
        RETURNING *";

    tx.query(REQUEST).bind(id).bind(reason_sealed).bind(now).fetch_optional().await
}

/// Approves one, once; `None` where it was approved, or has ended.
///
/// # Errors
///
/// If the database fails.
pub async fn approve(
    tx: &mut Tx,
    id: &str,
    (due_at, stop): (Timestamp, &TokenDigest),
    now: Timestamp,
) -> Result<Option<AccountRecovery>, StoreError> {
    const APPROVE: &str = "
        UPDATE account_recoveries SET approved_at = $4, due_at = $2, stop_digest = $3
        WHERE id = $1 AND requested_at IS NOT NULL AND approved_at IS NULL AND ended_at IS NULL
        RETURNING *";

    let approve = tx.query(APPROVE).bind(id).bind(due_at).bind(stop).bind(now);
    approve.fetch_optional().await
}

/// Takes the approval from what the person has waiting: it is to be decided anew. The link that stops it works
/// on. Says whether there was one.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw_approval(tx: &mut Tx, user_id: &UserId) -> Result<bool, StoreError> {
    const WITHDRAW: &str = "
        UPDATE account_recoveries SET approved_at = NULL, due_at = NULL
        WHERE user_id = $1 AND approved_at IS NOT NULL AND ended_at IS NULL";

    Ok(tx.query(WITHDRAW).bind(user_id).execute().await? > 0)
}

/// Ends an open one, once; `None` where it has ended.
///
/// # Errors
///
/// If the database fails.
pub async fn end(
    tx: &mut Tx,
    id: &str,
    outcome: RecoveryOutcome,
    now: Timestamp,
) -> Result<Option<AccountRecovery>, StoreError> {
    const END: &str = "
        UPDATE account_recoveries SET ended_at = $3, outcome = $2, reason_sealed = NULL
        WHERE id = $1 AND requested_at IS NOT NULL AND ended_at IS NULL RETURNING *";

    tx.query(END).bind(id).bind(outcome).bind(now).fetch_optional().await
}

/// Ends whatever the person has waiting, links too; says whether one was open.
///
/// # Errors
///
/// If the database fails.
pub async fn end_all_of(
    tx: &mut Tx,
    user_id: &UserId,
    outcome: RecoveryOutcome,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const END: &str = "
        UPDATE account_recoveries SET ended_at = $3, outcome = $2, reason_sealed = NULL
        WHERE user_id = $1 AND requested_at IS NOT NULL AND ended_at IS NULL";

    supersede_links(tx, user_id, now).await?;
    Ok(tx.query(END).bind(user_id).bind(outcome).bind(now).execute().await? > 0)
}

/// Ends what the person has waiting and what was mailed to them, as far as it was asked for at `since`
/// or later; says whether a wish was open.
///
/// # Errors
///
/// If the database fails.
pub async fn end_since(
    tx: &mut Tx,
    (user_id, since): (&UserId, Timestamp),
    outcome: RecoveryOutcome,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const END_LINKS: &str = "
        UPDATE account_recoveries SET superseded_at = $3
        WHERE user_id = $1 AND created_at >= $2
            AND requested_at IS NULL AND superseded_at IS NULL";
    const END: &str = "
        UPDATE account_recoveries SET ended_at = $3, outcome = $4, reason_sealed = NULL
        WHERE user_id = $1 AND created_at >= $2
            AND requested_at IS NOT NULL AND ended_at IS NULL";

    tx.query(END_LINKS).bind(user_id).bind(since).bind(now).execute().await?;
    Ok(tx.query(END).bind(user_id).bind(since).bind(now).bind(outcome).execute().await? > 0)
}

/// Whose time has come: at most `limit`, the earliest first.
///
/// # Errors
///
/// If the database fails.
pub async fn due(
    tx: &mut Tx,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<AccountRecovery>, StoreError> {
    const DUE: &str = "
        SELECT * FROM account_recoveries
        WHERE approved_at IS NOT NULL AND ended_at IS NULL AND due_at <= $1
        ORDER BY due_at LIMIT $2";

    tx.query(DUE).bind(now).bind(limit).fetch_all().await
}

/// Ends an approved one as done, once and not before its time; `None` where that may not be.
///
/// # Errors
///
/// If the database fails.
pub async fn complete(
    tx: &mut Tx,
    id: &str,
    now: Timestamp,
) -> Result<Option<AccountRecovery>, StoreError> {
    const COMPLETE: &str = "
        UPDATE account_recoveries SET ended_at = $3, outcome = $2, reason_sealed = NULL
        WHERE id = $1 AND approved_at IS NOT NULL AND ended_at IS NULL AND due_at <= $3
        RETURNING *";

    let outcome = RecoveryOutcome::Done;
    tx.query(COMPLETE).bind(id).bind(outcome).bind(now).fetch_optional().await
}

/// Removes at most `limit` links that ended, and wishes that were over, before `before`; says how
/// many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM account_recoveries WHERE id IN
            (SELECT id FROM account_recoveries
             WHERE (requested_at IS NULL AND expires_at <= $1) OR ended_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
