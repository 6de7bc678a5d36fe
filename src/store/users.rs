//! People's accounts.

use std::net::IpAddr;

use super::{StoreError, Tx, user_tally};
use crate::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::name::searched_text;
use crate::domain::profile::Profile;
use crate::domain::user::User;
use crate::domain::{PasswordHash, UserId};
use crate::random;

/// An account with what its password is checked against.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Credentials {
    /// The account.
    #[sqlx(flatten)]
    pub user: User,
    /// Absent where no password is set.
    pub password_hash: Option<PasswordHash>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount<'new> {
    /// A fixed id; a new one where absent.
    pub id: Option<&'new UserId>,
    /// Whether it comes from a sign-up, not from an operator.
    pub self_registered: bool,
    /// The address.
    pub email: &'new EmailAddress,
    /// Whether its owner is known to read mail there.
    pub email_is_verified: bool,
    /// An optional second name to sign in with, and its compared form.
    pub username: Option<(&'new str, &'new str)>,
    /// The full name.
    pub name: Option<&'new str>,
    /// Absent where no password is set.
    pub password_hash: Option<&'new PasswordHash>,
    /// A BCP 47 tag.
    pub locale: Option<&'new str>,
}

/// The account with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<User>, StoreError> {
    const FIND: &str = "SELECT * FROM users WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// The account that signs in by `canonical_name`: its address or its username, in compared form.
///
/// # Errors
///
/// If the database fails.
pub async fn find_credentials(
    tx: &mut Tx,
    canonical_name: &str,
) -> Result<Option<Credentials>, StoreError> {
    // A username holds no `@`, so that at most one account answers.
    const FIND: &str = "SELECT * FROM users WHERE email_canonical = $1 OR username_canonical = $1";

    tx.query(FIND).bind(canonical_name).fetch_optional().await
}

/// The account with this id, with what its password is checked against.
///
/// # Errors
///
/// If the database fails.
pub async fn find_credentials_by_id(
    tx: &mut Tx,
    id: &UserId,
) -> Result<Option<Credentials>, StoreError> {
    const FIND: &str = "SELECT * FROM users WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// Makes an account, unless its address or username is taken.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    new: &NewAccount<'_>,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const INSERT: &str = "
        INSERT INTO users
            (id, email, email_canonical, email_verified_at, username, username_canonical,
             password_hash, name, locale, generation, created_at, updated_at, logins_count,
             self_registered, password_set_at, name_canonical)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, 0, $11, $12, $13)
        ON CONFLICT DO NOTHING
        RETURNING *";

    let made: Option<User> = tx
        .query(INSERT)
        .bind(new.id.cloned().unwrap_or_else(|| UserId(random::ulid(now))))
        .bind(new.email.as_str())
        .bind(new.email.canonical())
        .bind(new.email_is_verified.then_some(now))
        .bind(new.username.map(|(typed, _)| typed))
        .bind(new.username.map(|(_, canonical)| canonical))
        .bind(new.password_hash)
        .bind(new.name)
        .bind(new.locale)
        .bind(now)
        .bind(new.self_registered)
        .bind(new.password_hash.map(|_| now))
        .bind(new.name.map(searched_text))
        .fetch_optional()
        .await?;
    user_tally::note(tx, i64::from(made.is_some())).await?;
    Ok(made)
}

/// At most `limit` accounts after `after`, in the order of their ids: those that we made, in the
/// order they were made.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    after: Option<&UserId>,
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    const LIST: &str = "SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT $2";

    tx.query(LIST).bind(after.map_or("", UserId::as_str)).bind(limit).fetch_all().await
}

/// How many accounts there are.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM users";

    tx.query(COUNT).scalar().await
}

/// How many people signed in at this time or later.
///
/// # Errors
///
/// If the database fails.
pub async fn count_active(tx: &mut Tx, since: Timestamp) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM users WHERE last_login_at >= $1";

    tx.query(COUNT).bind(since).scalar().await
}

/// Sets a password and raises the generation, which ends every session and token.
///
/// # Errors
///
/// If the database fails.
pub async fn set_password(
    tx: &mut Tx,
    id: &UserId,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const SET: &str = "
        UPDATE users SET password_hash = $2, new_password_reason = NULL, password_by_mail_at = NULL,
            generation = generation + 1, updated_at = $3, password_set_at = $3
        WHERE id = $1 RETURNING *";

    tx.query(SET).bind(id).bind(hash).bind(now).fetch_optional().await
}

/// Sets the password that the person chose in a session of this generation, and raises the
/// generation. `None` where it was raised since, or the person was blocked.
///
/// # Errors
///
/// If the database fails.
pub async fn change_password(
    tx: &mut Tx,
    id: &UserId,
    (generation, hash): (i64, &PasswordHash),
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const CHANGE: &str = "
        UPDATE users SET password_hash = $3, new_password_reason = NULL, password_by_mail_at = NULL,
            generation = generation + 1, updated_at = $4, password_set_at = $4
        WHERE id = $1 AND generation = $2 AND blocked_at IS NULL RETURNING *";

    tx.query(CHANGE).bind(id).bind(generation).bind(hash).bind(now).fetch_optional().await
}

/// Keeps a person out, which raises the generation, or lets them in again; `None` where there is no such
/// account.
///
/// # Errors
///
/// If the database fails.
pub async fn set_blocked(
    tx: &mut Tx,
    id: &UserId,
    is_blocked: bool,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const SET: &str = "
        UPDATE users SET blocked_at = $2, updated_at = $3, generation = generation + $4
        WHERE id = $1 RETURNING *";

    let query = tx.query(SET).bind(id).bind(is_blocked.then_some(now)).bind(now);
    query.bind(i64::from(is_blocked)).fetch_optional().await
}

/// Raises the generation, which ends all that hangs on `generation`; gives the next one. `None`
/// where it was raised since, or the person was blocked.
///
/// # Errors
///
/// If the database fails.
pub async fn raise_generation(
    tx: &mut Tx,
    id: &UserId,
    generation: i64,
) -> Result<Option<i64>, StoreError> {
    const RAISE: &str = "
        UPDATE users SET generation = generation + 1
        WHERE id = $1 AND generation = $2 AND blocked_at IS NULL RETURNING generation";

    tx.query(RAISE).bind(id).bind(generation).optional_scalar().await
}

/// Takes the password away and raises the generation, so that nobody gets in but by a mail or a
/// passkey.
///
/// # Errors
///
/// If the database fails.
pub async fn take_password(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    const TAKE: &str = "
        UPDATE users SET password_hash = NULL, password_by_mail_at = NULL,
            generation = generation + 1, updated_at = $2
        WHERE id = $1";

    tx.query(TAKE).bind(id).bind(now).execute().await?;
    Ok(())
}

/// Replaces the hash of a password that stays the same, unless it changed meanwhile.
///
/// # Errors
///
/// If the database fails.
pub async fn replace_hash(
    tx: &mut Tx,
    id: &UserId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), StoreError> {
    const REPLACE: &str =
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

    tx.query(REPLACE).bind(id).bind(old).bind(new).execute().await?;
    Ok(())
}

/// Notes what an operator says of somebody whom they invite once more, as far as they say it.
///
/// # Errors
///
/// If the database fails.
pub async fn set_invited(
    tx: &mut Tx,
    id: &UserId,
    (name, locale): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const SET: &str = "
        UPDATE users SET name = COALESCE($2, name), locale = COALESCE($3, locale), updated_at = $4,
            name_canonical = COALESCE($5, name_canonical)
        WHERE id = $1 RETURNING *";

    let query = tx.query(SET).bind(id).bind(name).bind(locale).bind(now);
    query.bind(name.map(searched_text)).fetch_optional().await
}

/// Saves what a person says of themselves; says whether that was possible: not where somebody else
/// has the username, or the account is gone.
///
/// # Errors
///
/// If the database fails.
pub async fn update_profile(
    tx: &mut Tx,
    id: &UserId,
    profile: &Profile,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const UPDATE: &str = "
        UPDATE users SET name = $2, given_name = $3, family_name = $4, nickname = $5,
            username = $6, username_canonical = $7, phone_number_verified_at =
                CASE WHEN phone_number = $8 THEN phone_number_verified_at ELSE NULL END,
            phone_number = $8, address = $9, locale = $10, zoneinfo = $11, updated_at = $12,
            name_canonical = $13
        WHERE id = $1";

    let (username, canonical) = profile.username.clone().unzip();
    let updated = tx
        .query(UPDATE)
        .bind(id)
        .bind(&profile.name)
        .bind(&profile.given_name)
        .bind(&profile.family_name)
        .bind(&profile.nickname)
        .bind(username)
        .bind(canonical)
        .bind(&profile.phone_number)
        .bind(&profile.address)
        .bind(&profile.locale)
        .bind(&profile.zoneinfo)
        .bind(now)
        .bind(profile.name.as_deref().map(searched_text))
        .execute()
        .await;
    match updated {
        Ok(rows) => Ok(rows == 1),
        // On PostgreSQL the unit of work is over with it.
        Err(error) if error.is_taken() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Notes that the person reads messages at `number`; says whether that was new. Not where they have
/// another number by now, or it was noted before.
///
/// # Errors
///
/// If the database fails.
pub async fn verify_phone(
    tx: &mut Tx,
    id: &UserId,
    number: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const VERIFY: &str = "
        UPDATE users SET phone_number_verified_at = $3, updated_at = $3
        WHERE id = $1 AND phone_number = $2 AND phone_number_verified_at IS NULL";

    Ok(tx.query(VERIFY).bind(id).bind(number).bind(now).execute().await? == 1)
}

/// Notes where the person's picture is.
///
/// # Errors
///
/// If the database fails.
pub async fn set_picture(
    tx: &mut Tx,
    id: &UserId,
    picture: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SET: &str = "UPDATE users SET picture = $2, updated_at = $3 WHERE id = $1";

    tx.query(SET).bind(id).bind(picture).bind(now).execute().await?;
    Ok(())
}

/// Notes a sign-in from this address.
///
/// # Errors
///
/// If the database fails.
pub async fn record_login(
    tx: &mut Tx,
    id: &UserId,
    ip: IpAddr,
    now: Timestamp,
) -> Result<(), StoreError> {
    const RECORD: &str = "
        UPDATE users SET last_login_at = $2, last_ip = $3, logins_count = logins_count + 1
        WHERE id = $1";

    tx.query(RECORD).bind(id).bind(now).bind(ip.to_string()).execute().await?;
    Ok(())
}

/// Sets the language of somebody of whom none is known.
///
/// # Errors
///
/// If the database fails.
pub async fn note_locale(
    tx: &mut Tx,
    id: &UserId,
    tag: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str =
        "UPDATE users SET locale = $2, updated_at = $3 WHERE id = $1 AND locale IS NULL";

    tx.query(NOTE).bind(id).bind(tag).bind(now).execute().await?;
    Ok(())
}

/// Notes whether the password was chosen by the link of a mail, with no other proof than the
/// mailbox.
///
/// # Errors
///
/// If the database fails.
pub async fn note_password_by_mail(
    tx: &mut Tx,
    id: &UserId,
    since: Option<Timestamp>,
) -> Result<(), StoreError> {
    const NOTE: &str = "UPDATE users SET password_by_mail_at = $2 WHERE id = $1";

    tx.query(NOTE).bind(id).bind(since).execute().await?;
    Ok(())
}
