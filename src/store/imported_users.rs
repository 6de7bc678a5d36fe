//! Accounts that come from another system.

use super::{StoreError, Tx, user_tally};
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::imported_person::ImportedPerson;
use crate::domain::name::searched_text;
use crate::random;

/// Makes an account, unless its id, address or username is taken; gives its id.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    person: &ImportedPerson,
    now: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    const INSERT: &str = "
        INSERT INTO users
            (id, email, email_canonical, email_verified_at, username, username_canonical,
             password_hash, name, given_name, family_name, nickname, picture, phone_number,
             phone_number_verified_at, locale, zoneinfo, blocked_at, created_at, updated_at,
             name_canonical, self_registered, generation, logins_count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, FALSE, 1, 0)
        ON CONFLICT DO NOTHING
        RETURNING id";

    let username = person.username.as_ref();
    let made: Option<UserId> = tx
        .query(INSERT)
        .bind(person.id.clone().unwrap_or_else(|| UserId(random::ulid(now))))
        .bind(person.email.as_str())
        .bind(person.email.canonical())
        .bind(person.email_is_verified.then_some(now))
        .bind(username.map(|username| username.typed.as_str()))
        .bind(username.map(|username| username.canonical.as_str()))
        .bind(person.password_hash.as_ref())
        .bind(person.name.as_ref())
        .bind(person.given_name.as_ref())
        .bind(person.family_name.as_ref())
        .bind(person.nickname.as_ref())
        .bind(person.picture.as_ref())
        .bind(person.phone_number.as_ref())
        .bind(person.phone_number_is_verified.then_some(now))
        .bind(person.locale.as_ref())
        .bind(person.zoneinfo.as_ref())
        .bind(person.is_blocked.then_some(now))
        .bind(person.created_at.unwrap_or(now))
        .bind(now)
        .bind(person.name.as_deref().map(searched_text))
        .optional_scalar()
        .await?;
    user_tally::note(tx, i64::from(made.is_some())).await?;
    Ok(made)
}
