//! Making a change, within a unit of work that holds the account.

use super::super::Accounts;
use super::super::block::set_blocked_within;
use super::super::change_password::withdraw_links;
use super::super::giver::opens_beyond;
use super::super::notice::by_operator;
use super::{ManagedBy, ManagedUserRefusal, PictureChange, UserChange};
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate};
use crate::domain::email_address::EmailAddress;
use crate::domain::metadata::{Metadata, MetadataKind};
use crate::domain::profile::Profile;
use crate::domain::user::User;
use crate::store::user_search::ListedUser;
use crate::store::{Tx, email_changes, managed_users, pictures, unverified_users, users};

impl Accounts {
    /// Makes whatever differs from what is there.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        current: &ListedUser,
        (profile, change): (&Profile, &UserChange),
        (by, now): (ManagedBy<'_>, Timestamp),
    ) -> Result<(), ManagedUserRefusal> {
        let user = &current.user;
        if !profile.is_of(user) && !users::update_profile(tx, &user.id, profile, now).await? {
            return Err(ManagedUserRefusal::Taken("username"));
        }
        // Whoever reads the address can be that person; and who was kept out gets everything back.
        let gives_more = change.email.is_some()
            || change.email_is_verified.is_some()
            || change.is_blocked == Some(false) && user.is_blocked();
        if let Some(scopes) = by.scopes.filter(|_| gives_more)
            && let Some(beyond) = opens_beyond(tx, &user.id, scopes).await?
        {
            return Err(ManagedUserRefusal::BeyondCaller(beyond));
        }
        self.apply_address(tx, user, change, now).await?;
        apply_phone(tx, user, (profile, change), now).await?;
        let picture = match &change.picture {
            PictureChange::Keep => user.picture.as_deref(),
            PictureChange::Remove => None,
            PictureChange::At(address) => Some(address.as_str()),
        };
        if picture != user.picture.as_deref() {
            pictures::delete(tx, &user.id).await?;
            users::set_picture(tx, &user.id, picture, now).await?;
        }
        apply_metadata(tx, user, change, now).await?;
        if let Some(wish) = change.is_blocked.filter(|wish| *wish != user.is_blocked()) {
            set_blocked_within(tx, (&user.id, wish), Some(by), now).await?;
        }
        Ok(())
    }

    async fn apply_address(
        &self,
        tx: &mut Tx,
        user: &User,
        change: &UserChange,
        now: Timestamp,
    ) -> Result<(), ManagedUserRefusal> {
        let was_verified = user.email_verified_at.is_some();
        let Some(email) = change.email.as_ref().filter(|wish| wish.as_str() != user.email) else {
            return match change.email_is_verified {
                Some(wish) if wish != was_verified => {
                    self.apply_verified(tx, user, wish, now).await
                }
                _ => Ok(()),
            };
        };
        // Another spelling of the same mailbox.
        let is_respelled = user
            .email
            .parse::<EmailAddress>()
            .is_ok_and(|before| before.canonical() == email.canonical());
        let is_verified = change.email_is_verified.unwrap_or(is_respelled && was_verified);
        self.remove_unclaimed_other(tx, user, email, now).await?;
        // A stranger may have signed up with either.
        self.claim_for_owner(tx, user, true, now).await?;
        let verified_at = user.email_verified_at.filter(|_| is_respelled).unwrap_or(now);
        let address = (email.as_str(), email.canonical());
        let verified_at = is_verified.then_some(verified_at);
        if !managed_users::set_address(tx, &user.id, address, verified_at, now).await? {
            return Err(ManagedUserRefusal::Taken("email"));
        }
        withdraw_links(tx, &user.id, now).await?;
        email_changes::forget(tx, &user.id).await?;
        delivery::withdraw(tx, &user.id, MailTemplate::ChangeEmailCode).await?;
        email_changes::end_returns(tx, &user.id, now).await?;
        if is_respelled {
            return Ok(());
        }
        self.move_mailbox_factor(tx, &user.id).await?;
        if was_verified {
            let parameters = by_operator(now).with("new_email", email.as_str());
            self.notify(tx, user, MailTemplate::EmailReplaced, (parameters, now)).await?;
        }
        Ok(())
    }

    /// What a stranger began with the address is nobody's, and gives way.
    async fn remove_unclaimed_other(
        &self,
        tx: &mut Tx,
        user: &User,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), ManagedUserRefusal> {
        let found = users::find_credentials(tx, email.canonical()).await?;
        if found.is_some_and(|found| found.user.id != user.id) {
            self.remove_unclaimed(tx, email.canonical(), now).await?;
        }
        Ok(())
    }

    async fn apply_verified(
        &self,
        tx: &mut Tx,
        user: &User,
        is_verified: bool,
        now: Timestamp,
    ) -> Result<(), ManagedUserRefusal> {
        self.claim_for_owner(tx, user, is_verified, now).await?;
        let typed: EmailAddress = user
            .email
            .parse()
            .map_err(|_| crate::store::StoreError::Corrupt("an address that is none".to_owned()))?;
        let address = (user.email.as_str(), typed.canonical());
        let verified_at = is_verified.then_some(now);
        managed_users::set_address(tx, &user.id, address, verified_at, now).await?;
        if is_verified {
            withdraw_links(tx, &user.id, now).await?;
        }
        Ok(())
    }

    /// Whoever signed up with an address and never verified it may be a stranger: where it is said to be its
    /// owner's, their password goes.
    async fn claim_for_owner(
        &self,
        tx: &mut Tx,
        user: &User,
        is_verified: bool,
        now: Timestamp,
    ) -> Result<(), ManagedUserRefusal> {
        if is_verified && user.is_unclaimed() {
            users::take_password(tx, &user.id, now).await?;
            unverified_users::claim(tx, &user.id).await?;
        }
        Ok(())
    }
}

async fn apply_phone(
    tx: &mut Tx,
    user: &User,
    (profile, change): (&Profile, &UserChange),
    now: Timestamp,
) -> Result<(), ManagedUserRefusal> {
    let Some(wish) = change.phone_is_verified else { return Ok(()) };
    if profile.phone_number.is_none() {
        return if wish { Err(ManagedUserRefusal::NoPhone) } else { Ok(()) };
    }
    let is_same = profile.phone_number == user.phone_number;
    let is_verified = is_same && user.phone_number_verified_at.is_some();
    if wish != is_verified {
        managed_users::set_phone_verified(tx, &user.id, wish.then_some(now), now).await?;
    }
    Ok(())
}

async fn apply_metadata(
    tx: &mut Tx,
    user: &User,
    change: &UserChange,
    now: Timestamp,
) -> Result<(), ManagedUserRefusal> {
    let (of_user, of_app) = (user.user_metadata.as_deref(), user.app_metadata.as_deref());
    let (of_user, of_app) = (Metadata::of_json(of_user), Metadata::of_json(of_app));
    let too_long = ManagedUserRefusal::MetadataTooLong;
    let new_of_user =
        of_user.changed(&change.user_metadata).map_err(|_| too_long("user_metadata"))?;
    let new_of_app = of_app.changed(&change.app_metadata).map_err(|_| too_long("app_metadata"))?;
    if (&new_of_user, &new_of_app) == (&of_user, &of_app) {
        return Ok(());
    }
    let metadata = [(MetadataKind::User, &new_of_user), (MetadataKind::App, &new_of_app)];
    Ok(managed_users::set_metadata(tx, &user.id, &metadata, now).await?)
}

/// The members that differ, for the trail; whether somebody is blocked has an event of its own.
pub(super) fn changed_members(before: &User, after: &User) -> Vec<&'static str> {
    let is_verified = |user: &User| user.email_verified_at.is_some();
    let phone_is_verified = |user: &User| user.phone_number_verified_at.is_some();
    let compared = [
        ("email", before.email != after.email),
        ("email_verified", is_verified(before) != is_verified(after)),
        ("username", before.username != after.username),
        ("name", before.name != after.name),
        ("given_name", before.given_name != after.given_name),
        ("family_name", before.family_name != after.family_name),
        ("nickname", before.nickname != after.nickname),
        ("picture", before.picture != after.picture),
        ("phone_number", before.phone_number != after.phone_number),
        ("phone_verified", phone_is_verified(before) != phone_is_verified(after)),
        ("address", before.address != after.address),
        ("locale", before.locale != after.locale),
        ("zoneinfo", before.zoneinfo != after.zoneinfo),
        ("user_metadata", before.user_metadata != after.user_metadata),
        ("app_metadata", before.app_metadata != after.app_metadata),
    ];
    compared.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}
