//! Browser sessions.
//!
//! A sign-in inserts the row in its own unit of work, without a cookie; the answer that sets the
//! cookie attaches it. Every question compares the person's generation and block in the same
//! query, so that raising the one or setting the other ends a session at once.

use super::{StoreError, Tx, unverified_users};
use crate::clock::Timestamp;
use crate::domain::session::{Proof, RepeatableForm, Session};
use crate::domain::{Requester, SessionId, TokenDigest, UserId};
use crate::random;

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession<'new> {
    /// Who.
    pub user_id: &'new UserId,
    /// The generation the password was checked against.
    pub generation: i64,
    /// "Keep me signed in".
    pub remembered: bool,
    /// What the person proved.
    pub proof: &'new Proof,
    /// From where.
    pub requester: &'new Requester,
    /// When it ends if nothing happens, and in any case.
    pub expires: (Timestamp, Timestamp),
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedSession {
    /// The session.
    #[sqlx(flatten)]
    pub session: Session,
    /// The address it began from.
    pub ip: Option<String>,
    /// The browser it began in.
    pub user_agent: Option<String>,
}

/// Begins a session that has no cookie yet. `None` where the person was blocked, or their
/// password changed, since it was checked.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    new: &NewSession<'_>,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const INSERT: &str = "
        INSERT INTO sessions
            (sid, user_id, generation, remembered, auth_time, acr, amr, ip, user_agent,
             created_at, last_seen_at, idle_expires_at, expires_at, proved_at)
        SELECT $1, id, generation, $4, $5, $6, $7, $8, $9, $5, $5, $10, $11, $5
        FROM users WHERE id = $2 AND generation = $3 AND blocked_at IS NULL
        RETURNING *";

    let (idle, absolute) = new.expires;
    tx.query(INSERT)
        .bind(random::identifier())
        .bind(new.user_id)
        .bind(new.generation)
        .bind(new.remembered)
        .bind(now)
        .bind(new.proof.level.acr())
        .bind(&new.proof.methods)
        .bind(new.requester.ip.to_string())
        .bind(new.requester.user_agent.as_deref())
        .bind(idle)
        .bind(absolute)
        .fetch_optional()
        .await
}

/// Gives the session the digest of the cookie that carries it from now on; an earlier one is
/// dead. Says whether the session is as it was read: whoever was slower than its owner, who proved more or took
/// it along into the next generation, has no cookie of it.
///
/// # Errors
///
/// If the database fails.
pub async fn attach(
    tx: &mut Tx,
    session: &Session,
    id_digest: &TokenDigest,
) -> Result<bool, StoreError> {
    const ATTACH: &str = "
        UPDATE sessions SET id_digest = $4, of_browser = TRUE
        WHERE sid = $1 AND generation = $2 AND renewal = $3";

    let query = tx.query(ATTACH).bind(&session.sid).bind(session.generation);
    Ok(query.bind(session.renewal).bind(id_digest).execute().await? == 1)
}

/// Takes the cookie from the session it carries; the session waits for another.
///
/// # Errors
///
/// If the database fails.
pub async fn detach(tx: &mut Tx, id_digest: &TokenDigest) -> Result<(), StoreError> {
    const DETACH: &str = "UPDATE sessions SET id_digest = NULL WHERE id_digest = $1";

    tx.query(DETACH).bind(id_digest).execute().await?;
    Ok(())
}

/// The session that this cookie carries, if it lives.
///
/// # Errors
///
/// If the database fails.
pub async fn load(
    tx: &mut Tx,
    id_digest: &TokenDigest,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const LOAD: &str = "
        SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id_digest = $1 AND sessions.idle_expires_at > $2
            AND sessions.expires_at > $2 AND users.generation = sessions.generation
            AND users.blocked_at IS NULL";

    tx.query(LOAD).bind(id_digest).bind(now).fetch_optional().await
}

/// Lets the form that changes the cookie of a session be known when it is sent once more. Sent again, it is
/// not known for longer; nor is what was sent in an earlier generation.
///
/// # Errors
///
/// If the database fails.
pub async fn note_repeatable(
    tx: &mut Tx,
    (sid, generation): (&SessionId, i64),
    form: &RepeatableForm,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE sessions SET repeat_digest = $2, repeat_until = $3
        WHERE sid = $1 AND generation = $4 AND (repeat_digest IS NULL OR repeat_digest <> $2)";

    tx.query(NOTE).bind(sid).bind(&form.digest).bind(form.until).bind(generation).execute().await?;
    Ok(())
}

/// Whether this session, as it is now, has changed the password of its person while the form that did it is
/// still known. Not where anything has raised the generation since.
///
/// # Errors
///
/// If the database fails.
pub async fn has_just_changed_password(
    tx: &mut Tx,
    session: &Session,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const FIND: &str = "
        SELECT COUNT(*) FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.sid = $1 AND sessions.generation = $2 AND users.generation = $2
            AND sessions.repeat_until > $3 AND users.password_set_at >= sessions.repeat_until - $4";

    let query = tx.query(FIND).bind(&session.sid).bind(session.generation).bind(now);
    let count: i64 = query.bind(RepeatableForm::LIFETIME).scalar().await?;
    Ok(count > 0)
}

/// The session whose cookie was changed by this form with this cookie some seconds ago, if it
/// lives.
///
/// # Errors
///
/// If the database fails.
pub async fn find_repeated(
    tx: &mut Tx,
    digest: &TokenDigest,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const FIND: &str = "
        SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.repeat_digest = $1 AND sessions.repeat_until > $2
            AND sessions.idle_expires_at > $2 AND sessions.expires_at > $2
            AND users.generation = sessions.generation AND users.blocked_at IS NULL";

    tx.query(FIND).bind(digest).bind(now).fetch_optional().await
}

/// The session with this id, living or not.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, sid: &SessionId) -> Result<Option<Session>, StoreError> {
    const FIND: &str = "SELECT * FROM sessions WHERE sid = $1";

    tx.query(FIND).bind(sid).fetch_optional().await
}

/// The session with this id, if it lives.
const LIVING: &str = "
    SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.sid = $1 AND sessions.idle_expires_at > $2 AND sessions.expires_at > $2
        AND users.generation = sessions.generation AND users.blocked_at IS NULL";

/// The session with this id as it is now; `None` where it is over. Whoever asks has shown something of
/// their own that hangs on it: an id alone is nobody's proof.
///
/// # Errors
///
/// If the database fails.
pub async fn find_living(
    tx: &mut Tx,
    sid: &SessionId,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    tx.query(LIVING).bind(sid).bind(now).fetch_optional().await
}

/// Whether a browser has, or had, a cookie for the session.
///
/// # Errors
///
/// If the database fails.
pub async fn is_of_browser(tx: &mut Tx, sid: &SessionId) -> Result<bool, StoreError> {
    const FIND: &str = "SELECT COUNT(*) FROM sessions WHERE sid = $1 AND of_browser";

    let (count,): (i64,) = tx.query(FIND).bind(sid).fetch_one().await?;
    Ok(count > 0)
}

/// Notes a sign of life and moves the idle limit, which never passes the absolute one.
///
/// # Errors
///
/// If the database fails.
pub async fn touch(
    tx: &mut Tx,
    sid: &SessionId,
    idle_expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    const TOUCH: &str = "
        UPDATE sessions SET last_seen_at = $2,
            idle_expires_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END
        WHERE sid = $1";

    tx.query(TOUCH).bind(sid).bind(now).bind(idle_expires_at).execute().await?;
    Ok(())
}

/// Notes that the person signed in again, by the form that was `sent`; `None` where the session no longer
/// lives in the generation that they came with.
///
/// # Errors
///
/// If the database fails.
pub async fn reauthenticate(
    tx: &mut Tx,
    of: (&SessionId, i64),
    (proof, sent): (&Proof, Option<&RepeatableForm>),
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    note_proof(tx, of, (true, Some(proof), sent), now).await
}

/// Notes that the person gave a second proof beside that of their sign-in, by the form that was `sent`: when
/// they signed in stays. `None` where the session no longer lives in the generation that they came with.
///
/// # Errors
///
/// If the database fails.
pub async fn step_up(
    tx: &mut Tx,
    of: (&SessionId, i64),
    (proof, sent): (&Proof, Option<&RepeatableForm>),
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    note_proof(tx, of, (false, Some(proof), sent), now).await
}

/// Notes that the person proved again who they are for something grave in their account, by the form that was
/// `sent`, which changes nothing of what applications are told. `None` where the session no longer lives in the
/// generation that they came with.
///
/// # Errors
///
/// If the database fails.
pub async fn prove(
    tx: &mut Tx,
    of: (&SessionId, i64),
    sent: Option<&RepeatableForm>,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    note_proof(tx, of, (false, None, sent), now).await
}

/// Notes a proof of a session that lives, in the generation that it was given in: whether it counts as a
/// sign-in, what level and methods hold from now on, and the form that gave it. The session waits for another
/// cookie from this moment on: whoever has a copy of the one before has nothing of the proof. Nor does a form
/// that was sent before lead to it; this one, sent again, is not known for longer.
async fn note_proof(
    tx: &mut Tx,
    (sid, generation): (&SessionId, i64),
    (is_sign_in, proof, sent): (bool, Option<&Proof>, Option<&RepeatableForm>),
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    // A program's session has no cookie, and two of its calls at once are no thief's.
    const NOTE: &str = "
        UPDATE sessions SET proved_at = $2, auth_time = COALESCE($3, auth_time),
            acr = COALESCE($4, acr), amr = COALESCE($5, amr),
            id_digest = NULL, renewal = renewal + CASE WHEN of_browser THEN 1 ELSE 0 END,
            repeat_digest = $7,
            repeat_until = CASE WHEN repeat_digest = $7 THEN repeat_until ELSE $8 END
        WHERE sid = $1 AND generation = $6 AND idle_expires_at > $2 AND expires_at > $2 AND EXISTS
            (SELECT 1 FROM users WHERE users.id = sessions.user_id
             AND users.generation = sessions.generation AND users.blocked_at IS NULL)
        RETURNING *";

    tx.query(NOTE)
        .bind(sid)
        .bind(now)
        .bind(is_sign_in.then_some(now))
        .bind(proof.map(|proof| proof.level.acr()))
        .bind(proof.map(|proof| &proof.methods))
        .bind(generation)
        .bind(sent.map(|form| &form.digest))
        .bind(sent.map(|form| form.until))
        .fetch_optional()
        .await
}

/// Lets a session go on in a generation that its owner has just raised, and waits for another cookie: whoever
/// has a copy of this one is out from that moment on, with all that was begun or sent with it. `None` where
/// it is over, or not as it was read any more.
///
/// # Errors
///
/// If the database fails.
pub async fn follow(
    tx: &mut Tx,
    session: &Session,
    generation: i64,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const FOLLOW: &str = "
        UPDATE sessions SET generation = $2, id_digest = NULL, renewal = renewal + 1,
            repeat_digest = NULL, repeat_until = NULL
        WHERE sid = $1 AND renewal = $4 AND idle_expires_at > $3 AND expires_at > $3 RETURNING *";

    forget_begun_keys(tx, &session.sid).await?;
    let query = tx.query(FOLLOW).bind(&session.sid).bind(generation).bind(now);
    query.bind(session.renewal).fetch_optional().await
}

/// Forgets the keys of authenticator apps that a session showed and nobody confirmed: whoever had its cookie
/// until now may have seen them.
async fn forget_begun_keys(tx: &mut Tx, sid: &SessionId) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM second_factors
        WHERE begun_in = $1 AND confirmed_at IS NULL AND secret_sealed IS NOT NULL";

    tx.query(FORGET).bind(sid).execute().await?;
    Ok(())
}

/// Ends a session of the person; says whether there was one.
///
/// # Errors
///
/// If the database fails.
pub async fn end_of_user(
    tx: &mut Tx,
    user_id: &UserId,
    sid: &SessionId,
) -> Result<bool, StoreError> {
    const END: &str = "DELETE FROM sessions WHERE sid = $1 AND user_id = $2";

    Ok(tx.query(END).bind(sid).bind(user_id).execute().await? == 1)
}

/// Ends a session at the wish of who has its cookie, or a token; says whether there was one. Not where its
/// owner has proved more since, or taken it along into another generation.
///
/// # Errors
///
/// If the database fails.
pub async fn end(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    const END: &str = "DELETE FROM sessions WHERE sid = $1 AND generation = $2 AND renewal = $3";

    let query = tx.query(END).bind(&session.sid).bind(session.generation);
    Ok(query.bind(session.renewal).execute().await? == 1)
}

/// Ends all but `newest` and the `most` sessions of the person that were used last before it.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_newest(
    tx: &mut Tx,
    user_id: &UserId,
    newest: &SessionId,
    most: i64,
) -> Result<(), StoreError> {
    const END: &str = "
        DELETE FROM sessions WHERE user_id = $1 AND sid <> $2 AND sid NOT IN
            (SELECT sid FROM sessions WHERE user_id = $1 AND sid <> $2
             ORDER BY last_seen_at DESC, sid DESC LIMIT $3)";

    tx.query(END).bind(user_id).bind(newest).bind(most).execute().await?;
    Ok(())
}

/// Holds a session and its account until the unit of work ends; says whether it lives still as it was read: of
/// the same generation, under the same cookie, of an account that is not blocked. What cannot be taken back
/// asks this, since a session is read when its request begins. The account first, as everywhere, and
/// before anything is written that refers to it.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    const HOLD: &str = "
        UPDATE sessions SET generation = generation
        WHERE sid = $1 AND generation = $2 AND renewal = $3 AND EXISTS
            (SELECT 1 FROM users
             WHERE id = sessions.user_id AND generation = $2 AND blocked_at IS NULL)";

    unverified_users::hold(tx, Some(&session.user_id)).await?;
    let query = tx.query(HOLD).bind(&session.sid).bind(session.generation);
    Ok(query.bind(session.renewal).execute().await? == 1)
}

/// Ends every session of the person but `kept`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn end_others(
    tx: &mut Tx,
    user_id: &UserId,
    kept: Option<&SessionId>,
) -> Result<u64, StoreError> {
    const END: &str = "DELETE FROM sessions WHERE user_id = $1 AND sid <> $2";

    tx.query(END).bind(user_id).bind(kept.map_or("", SessionId::as_str)).execute().await
}

/// The living sessions of the person, the last used first.
///
/// # Errors
///
/// If the database fails.
pub async fn list_of_user(
    tx: &mut Tx,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<ListedSession>, StoreError> {
    const LIST: &str = "
        SELECT sessions.* FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.user_id = $1 AND sessions.idle_expires_at > $2
            AND sessions.expires_at > $2 AND users.generation = sessions.generation
        ORDER BY sessions.last_seen_at DESC, sessions.sid LIMIT 100";

    tx.query(LIST).bind(user_id).bind(now).fetch_all().await
}

/// The session with this id, if it lives, with where it began.
///
/// # Errors
///
/// If the database fails.
pub async fn find_listed(
    tx: &mut Tx,
    sid: &SessionId,
    now: Timestamp,
) -> Result<Option<ListedSession>, StoreError> {
    tx.query(LIVING).bind(sid).bind(now).fetch_optional().await
}

/// Removes at most `limit` sessions that have ended; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM sessions WHERE sid IN
            (SELECT sid FROM sessions WHERE expires_at <= $1 OR idle_expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(now).bind(limit).execute().await
}
