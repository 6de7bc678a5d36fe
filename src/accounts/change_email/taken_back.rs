//! An account that its old address takes back.

use super::super::admission::has_second_factor;
use super::super::change_password::withdraw_links;
use super::super::notice::asked;
use super::super::second_factor::{record_superseded, supersede_factors};
use super::super::verification_stage::take_turn;
use super::super::{Accounts, AccountsFault, faults_into};
use super::RETURN_LIFETIME;
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest};
use crate::store::email_changes::{self, EmailReturn};
use crate::store::{
    StoreError, Tx, backup_codes, factor_additions, known_devices, passkeys, sessions,
    sign_in_challenges, trusted_browsers, unverified_users, users,
};

/// Why an old address does not come back.
#[derive(Debug, thiserror::Error)]
pub enum ReturnEmailRefusal {
    /// No such link.
    #[error("there is no such link")]
    Unknown,
    /// It was used, or an earlier one was.
    #[error("the link was used already")]
    Used,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// Somebody else has the address by now.
    #[error("the address belongs to another account")]
    Taken,
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(ReturnEmailRefusal);

/// What the link of a return would do.
#[derive(Clone, Debug)]
pub struct EmailReturnView {
    /// The address that comes back.
    pub email: String,
    /// Whose account it is.
    pub user: User,
    /// Whether every second factor stays, also those that were set up lately.
    pub keeps_factors: bool,
}

/// Which second factors a return takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    /// None.
    Nothing,
    /// Those that were set up lately.
    Late,
    /// Those that were set up lately, which are all there are.
    All,
}

/// Whether there is a factor that stays though it was set up lately.
async fn keeps_factors(tx: &mut Tx, user: &User, taking: Taking) -> Result<bool, StoreError> {
    Ok(taking == Taking::Nothing && has_second_factor(tx, user).await?)
}

/// Whoever changed the address may have set up a way in first. What is older than such a visit stays:
/// else the old mailbox alone would open an account with a second factor.
fn since(back: &EmailReturn) -> Timestamp {
    back.created_at.plus(-RETURN_LIFETIME)
}

impl Accounts {
    /// To the address that an account came to and left again: it has no way back.
    pub(super) async fn tell_left_address(
        &self,
        tx: &mut Tx,
        before: &User,
        returned_to: &str,
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let parameters = asked(requester, now).with("new_email", returned_to);
        self.notify(tx, before, MailTemplate::EmailReturned, (parameters, now)).await
    }

    /// What the link of this digest would do. Changes nothing.
    ///
    /// # Errors
    ///
    /// With why it does nothing.
    pub async fn look_up_email_return(
        &self,
        link: &TokenDigest,
    ) -> Result<EmailReturnView, ReturnEmailRefusal> {
        let mut tx = self.store.read().await?;
        let back = self.usable_return(&mut tx, link).await?;
        let user = users::find(&mut tx, &back.user_id).await?;
        let user = user.ok_or(ReturnEmailRefusal::Unknown)?;
        let taking = self.factors_of_return(&mut tx, &user, since(&back)).await?;
        let keeps_factors = keeps_factors(&mut tx, &user, taking).await?;
        Ok(EmailReturnView { email: back.email, keeps_factors, user })
    }

    /// Gives an account back the address that a link was sent to. Its password is gone and everybody
    /// is signed out. Says whether its second factors stay.
    ///
    /// # Errors
    ///
    /// With why nothing changed.
    pub async fn return_email(
        &self,
        link: &PlainToken,
        (browser, requester): (&TokenDigest, &Requester),
    ) -> Result<bool, ReturnEmailRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let back = self.usable_return(&mut tx, &link.digest()).await?;
        take_turn(&mut tx, &back.email_canonical).await?;
        // Whoever is moving the account on waits, and finds its own way back ended.
        unverified_users::hold(&mut tx, Some(&back.user_id)).await?;
        let spent = email_changes::spend_return(&mut tx, &back.id, now).await?;
        let back = spent.ok_or(ReturnEmailRefusal::Used)?;
        let before = users::find(&mut tx, &back.user_id).await?;
        self.remove_unclaimed(&mut tx, &back.email_canonical, now).await?;
        let user = email_changes::return_address(&mut tx, &back, now).await?;
        let user = user.ok_or(ReturnEmailRefusal::Taken)?;
        let taking = self.take_back_factors(&mut tx, &user, since(&back), (requester, now)).await?;
        email_changes::forget(&mut tx, &user.id).await?;
        sessions::end_others(&mut tx, &user.id, None).await?;
        known_devices::disown_others(&mut tx, browser, &user.id).await?;
        withdraw_links(&mut tx, &user.id, now).await?;
        let event = AuditEvent::success(AuditKind::EmailChangeUndone).of(&user.id);
        audit::record(&mut tx, event.from(requester), now).await?;
        if before.as_ref().is_some_and(User::is_leaving) {
            // Whoever moved the account may have wanted it gone.
            delivery::withdraw(&mut tx, &user.id, MailTemplate::AccountDeletionRequested).await?;
            let event = AuditEvent::success(AuditKind::AccountDeletionUndone).of(&user.id);
            audit::record(&mut tx, event.from(requester), now).await?;
        }
        if let Some(before) = before.filter(|before| before.email != user.email) {
            self.tell_left_address(&mut tx, &before, &user.email, requester).await?;
        }
        let keeps_factors = keeps_factors(&mut tx, &user, taking).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(keeps_factors)
    }

    /// Which second factors a return takes away. Where nothing would be left of an account that had one
    /// before, all of them stay: the old mailbox is no way around it.
    async fn factors_of_return(
        &self,
        tx: &mut Tx,
        user: &User,
        since: Timestamp,
    ) -> Result<Taking, StoreError> {
        let protected = factor_additions::protected_since(tx, &user.id).await?;
        if protected.is_none_or(|begun| begun >= since) {
            return Ok(Taking::All);
        }
        let leaves_one = self.leaves_factor(tx, user, since).await?;
        Ok(if leaves_one { Taking::Late } else { Taking::Nothing })
    }

    /// Takes away what was set up since `since`, and brings back what gave way to it. Where all of it
    /// stays, none that was set up since signs in alone.
    async fn take_back_factors(
        &self,
        tx: &mut Tx,
        user: &User,
        since: Timestamp,
        (requester, now): (&Requester, Timestamp),
    ) -> Result<Taking, StoreError> {
        let taking = self.factors_of_return(tx, user, since).await?;
        if taking == Taking::Nothing {
            passkeys::let_none_be_whole(tx, &user.id, since).await?;
            trusted_browsers::forget_all(tx, &user.id).await?;
            sign_in_challenges::end_all_of(tx, &user.id).await?;
            return Ok(taking);
        }
        let codes = backup_codes::count_left(tx, &user.id).await?;
        let removed = supersede_factors(tx, &user.id, since).await?;
        if removed > 0 || codes > 0 {
            record_superseded(tx, &user.id, ("email_return", removed), requester, now).await?;
        }
        if removed > 0 && taking == Taking::Late {
            factor_additions::note_removal(tx, &user.id, now).await?;
        }
        if taking == Taking::All {
            factor_additions::forget_protection(tx, &user.id).await?;
        }
        factor_additions::restore_replaced(tx, &user.id, since).await?;
        Ok(taking)
    }

    /// Whether a factor of the person is left from before `since`, or would come back, that counts
    /// after a reset by mail and that there is a way to.
    async fn leaves_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let kinds = factor_additions::kinds_before(tx, &user.id, since).await?;
        let mut kinds = kinds.iter().filter_map(|kind| FactorKind::named(kind));
        Ok(kinds.any(|kind| kind != FactorKind::Email && self.has_way_to(kind)))
    }

    async fn usable_return(
        &self,
        tx: &mut Tx,
        link: &TokenDigest,
    ) -> Result<EmailReturn, ReturnEmailRefusal> {
        let found = email_changes::find_return(tx, link).await?;
        let back = found.ok_or(ReturnEmailRefusal::Unknown)?;
        if back.used_at.is_some() {
            return Err(ReturnEmailRefusal::Used);
        }
        if back.expires_at <= self.clock.now() {
            return Err(ReturnEmailRefusal::Expired);
        }
        // A block keeps everybody from the account, and the way back rests with it.
        let user = users::find(tx, &back.user_id).await?;
        user.filter(|user| !user.is_blocked()).ok_or(ReturnEmailRefusal::Unknown)?;
        Ok(back)
    }
}
