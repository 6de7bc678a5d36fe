//! What can be done about a verification besides completing it: another mail, another address,
//! and "this was not me".

use super::verification_mail::{Flow, Registration};
use super::verification_stage::{Window, hold_window, take_turn};
use super::{Accounts, VerificationRefusal};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::{EmailAddress, canonical_login_name};
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest};
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::users::{self, NewAccount};
use crate::store::{
    StoreError, Tx, outbox, sessions, sign_in_challenges, trusted_browsers, unverified_users,
};

impl Accounts {
    /// Sends another mail; the code and the link of the one before no longer count.
    ///
    /// # Errors
    ///
    /// `TooSoon` within the waiting time, `TooManySends`, or how far the verification is.
    pub async fn resend_verification(
        &self,
        handle: &PlainToken,
        requester: &Requester,
    ) -> Result<(), VerificationRefusal> {
        let window = Window::find(&mut self.store.read().await?, &handle.digest()).await?;
        let found = window.map(|window| window.current);
        let row = self.still_changeable(found.as_ref())?;
        let (email, handle) = (row.email.clone(), row.handle_digest.clone());
        self.wait_is_over(found.as_ref())?;
        let has_room = self.count_mail(&email, None, requester).await?;
        let now = self.clock.now();
        let sent_before = now.plus(-self.settings.verification.resend_after);
        let mut tx = self.store.begin().await?;
        hold_window(&mut tx, &handle, None).await?;
        let row = self.take_place(&mut tx, &handle, sent_before).await?;
        let registration = match self.registration_of(&mut tx, &row).await? {
            // Who reads the mailbox said that it was not them, or the account was cleared away: as if this
            // person had signed up once more.
            Registration::Taken { user: None, .. } => {
                self.register_again(&mut tx, &row, requester, now).await?
            }
            registration => registration,
        };
        self.replace(tx, (row, has_room), &registration, requester, now).await
    }

    /// Sends the mail to another address, for whoever mistyped theirs. The account at the old one
    /// goes; what was typed at sign-up moves on.
    ///
    /// # Errors
    ///
    /// `EmailMalformed`, `AddressIsFixed`, `TooManySends`, or how far the verification is; never
    /// whether the new address is registered.
    pub async fn change_address(
        &self,
        handle: &PlainToken,
        email: &str,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<(), VerificationRefusal> {
        let email: EmailAddress = email.parse().map_err(|_| VerificationRefusal::EmailMalformed)?;
        let window = Window::find(&mut self.store.read().await?, &handle.digest()).await?;
        let found = window.map(|window| window.current);
        let row = self.still_changeable(found.as_ref())?;
        if row.browser_digest != *browser {
            return Err(VerificationRefusal::Unknown);
        }
        let has_room = self.count_mail(email.as_str(), None, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold_window(&mut tx, &row.handle_digest, Some(&email)).await?;
        let row = self.take_place(&mut tx, &row.handle_digest, now).await?;
        let Some(new) = typed_at_sign_up(&row, &email) else {
            return Err(VerificationRefusal::AddressIsFixed);
        };
        let registration = self.register(&mut tx, &new, requester, now).await?;
        forget_former(&mut tx, &row, &registration).await?;
        self.replace(tx, (row, has_room), &registration, requester, now).await
    }

    /// Removes the unverified account that somebody else made with the reader's address. One that an
    /// operator made, or that was in use before addresses had to be verified, loses its password and its
    /// sessions: whoever has them is no longer let in. To be told twice changes nothing.
    ///
    /// # Errors
    ///
    /// With why the link cannot be used; `Used` where the address is verified.
    pub async fn not_me(
        &self,
        link: &PlainToken,
        requester: &Requester,
    ) -> Result<(), VerificationRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some((row, user)) = self.link_to_disown(&mut tx, link).await? else { return Ok(()) };
        take_turn(&mut tx, &row.email_canonical).await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        // Read again once nobody else signs up with the address: theirs is another account.
        let Some((_, user)) = self.link_to_disown(&mut tx, link).await? else { return Ok(()) };
        outbox::withdraw_all_of(&mut tx, &user.id).await?;
        let kind = if unverified_users::delete(&mut tx, &user.id).await? {
            AuditKind::UnverifiedAccountRemoved
        } else {
            let user = users::find(&mut tx, &user.id).await?;
            let user = user.filter(|user| user.email_verified_at.is_none());
            let user = user.ok_or(VerificationRefusal::Used)?;
            users::take_password(&mut tx, &user.id, now).await?;
            sessions::end_others(&mut tx, &user.id, None).await?;
            trusted_browsers::forget_all(&mut tx, &user.id).await?;
            sign_in_challenges::end_all_of(&mut tx, &user.id).await?;
            email_verifications::supersede_all_of(&mut tx, &user.id, now).await?;
            AuditKind::ActivityDisowned
        };
        let event = AuditEvent::success(kind).of(&user.id);
        audit::record(&mut tx, event.from(requester), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a link names, as long as it is to be disowned; absent where that was told before.
    async fn link_to_disown(
        &self,
        tx: &mut Tx,
        link: &PlainToken,
    ) -> Result<Option<(EmailVerification, User)>, VerificationRefusal> {
        match self.usable_link(tx, link).await {
            Err(VerificationRefusal::Superseded) if is_disowned(tx, link).await? => Ok(None),
            usable => usable.map(Some),
        }
    }

    /// The next mail of the flow that `row` belonged to.
    async fn replace(
        &self,
        mut tx: Tx,
        (row, has_room): (EmailVerification, bool),
        registration: &Registration,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), VerificationRefusal> {
        let handle = row.handle_digest.clone();
        let flow = Flow { has_room, ..Flow::of(row) };
        if !self.send_verification(&mut tx, flow, registration, requester, now).await? {
            return Err(VerificationRefusal::Superseded);
        }
        email_verifications::erase_superseded(&mut tx, &handle).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Supersedes the live mail of a handle: of two requests at once, one goes on.
    async fn take_place(
        &self,
        tx: &mut Tx,
        handle: &TokenDigest,
        sent_before: Timestamp,
    ) -> Result<EmailVerification, VerificationRefusal> {
        let now = self.clock.now();
        let bounds = (sent_before, self.settings.verification.most_sends);
        if let Some(row) = email_verifications::supersede(tx, handle, bounds, now).await? {
            return Ok(row);
        }
        let row = email_verifications::find_by_handle(tx, handle).await?;
        self.still_changeable(row.as_ref())?;
        self.wait_is_over(row.as_ref())?;
        Err(VerificationRefusal::TooManySends)
    }

    /// Whether another mail could be sent at all.
    fn still_changeable<'row>(
        &self,
        row: Option<&'row EmailVerification>,
    ) -> Result<&'row EmailVerification, VerificationRefusal> {
        let row = row.ok_or(VerificationRefusal::Unknown)?;
        if !self.stage(row).is_open() {
            return Err(self.refusal(Some(row)));
        }
        if row.sends >= self.settings.verification.most_sends {
            return Err(VerificationRefusal::TooManySends);
        }
        Ok(row)
    }

    fn wait_is_over(&self, row: Option<&EmailVerification>) -> Result<(), VerificationRefusal> {
        let sent_at = row.map_or(Timestamp(0), |row| row.sent_at);
        let due = sent_at.plus(self.settings.verification.resend_after);
        let left = due.since(self.clock.now());
        if left > 0 {
            return Err(VerificationRefusal::TooSoon { retry_after_seconds: left });
        }
        Ok(())
    }

    /// The account of a sign-up that has none any more, at an address that nobody has.
    async fn register_again(
        &self,
        tx: &mut Tx,
        row: &EmailVerification,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Registration, StoreError> {
        let email = row.email.parse().ok();
        match email.as_ref().and_then(|email| typed_at_sign_up(row, email)) {
            Some(new) => self.register(tx, &new, requester, now).await,
            None => Ok(Registration::Taken { user: None, email: row.email.clone() }),
        }
    }

    /// Whose mail is sent again.
    async fn registration_of(
        &self,
        tx: &mut Tx,
        row: &EmailVerification,
    ) -> Result<Registration, StoreError> {
        if let Some(id) = &row.user_id
            && let Some(user) = users::find(tx, id).await?
        {
            return Ok(Registration::Pending { user });
        }
        let found = users::find_credentials(tx, &canonical_login_name(&row.email)).await?;
        let user = found.map(|found| found.user);
        Ok(Registration::Taken { user, email: row.email.clone() })
    }
}

/// The account that somebody signed up for, at this address; `None` where an operator made it.
fn typed_at_sign_up<'typed>(
    row: &'typed EmailVerification,
    email: &'typed EmailAddress,
) -> Option<NewAccount<'typed>> {
    Some(NewAccount {
        id: None,
        self_registered: true,
        email,
        email_is_verified: false,
        username: None,
        name: row.pending_name.as_deref(),
        password_hash: Some(row.pending_password_hash.as_ref()?),
        locale: Some(&row.locale),
    })
}

/// Whether the reader of a link said before that its account is none of theirs.
async fn is_disowned(tx: &mut Tx, link: &PlainToken) -> Result<bool, StoreError> {
    let row = email_verifications::find_by_link(tx, &link.digest()).await?;
    let Some(id) = row.and_then(|row| row.user_id) else { return Ok(false) };
    let found = users::find_credentials_by_id(tx, &id).await?;
    Ok(found.is_some_and(|found| {
        found.password_hash.is_none() && found.user.email_verified_at.is_none()
    }))
}

/// Removes the account at the address that turned out to be wrong, with its waiting mails.
async fn forget_former(
    tx: &mut Tx,
    row: &EmailVerification,
    registration: &Registration,
) -> Result<(), StoreError> {
    let Some(former) = &row.user_id else {
        return Ok(());
    };
    if matches!(registration, Registration::Pending { user } if user.id == *former) {
        return Ok(());
    }
    outbox::withdraw_all_of(tx, former).await?;
    unverified_users::delete(tx, former).await?;
    Ok(())
}
