//! Verifying an address, by the code or the link of a mail.
//!
//! 1. The window that signed up holds a handle. The mail holds a code for that window and a link
//!    for any.
//! 2. Either is used up by one conditional UPDATE. Where the browser is the one that began, it is
//!    signed in and its request goes on, once. Another browser only verifies: it may be a stranger
//!    who was talked into the click.
//! 3. The first window goes on when it is loaded again.
//!
//! Where the address was registered before, every step behaves the same and no code is right.

use subtle::ConstantTimeEq as _;

use super::admission::{Admission, Applicant};
use super::code_tries;
use super::tickets::still_good;
use super::verification_stage::{Window, hold_window, take_turn};
use super::{Accounts, VerificationRefusal};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest};
use crate::keys::Purpose;
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::{StoreError, Tx, unverified_users, users};

/// What came of a verification.
#[derive(Clone, Debug)]
pub enum Verified {
    /// In the browser that began it: signed in.
    Here {
        /// The session, or the second factor that is asked for first.
        admission: Admission,
        /// The authorization request that goes on.
        request_handle: Option<PlainToken>,
    },
    /// In another browser: nobody is signed in there.
    Elsewhere {
        /// The address.
        email: String,
        /// Whether a window waits for it: none does where a machine made the link.
        has_window: bool,
    },
}

/// What the page of a link shows before anything is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// Whose address.
    pub email: String,
    /// The name typed at sign-up.
    pub name: Option<String>,
    /// The language of the mail.
    pub locale: String,
    /// Whether this browser began it and will be signed in.
    pub is_same_browser: bool,
}

impl Accounts {
    /// Takes the code of the latest mail; spaces and dashes in it do not count.
    ///
    /// # Errors
    ///
    /// With why it is not taken. A wrong code counts also then.
    pub async fn enter_code(
        &self,
        handle: &PlainToken,
        code: &str,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        // Where nothing waits there is nothing to guess, and nothing of the network's to use up.
        let window = Window::find(&mut self.store.read().await?, &handle.digest()).await?;
        let Window { own, current } = window.ok_or(VerificationRefusal::Unknown)?;
        let handle = current.handle_digest;
        self.count_code(requester).await?;
        let code: String = code.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        let mac = self.kek.mac(Purpose::ShortCode, handle.as_str(), &code);
        let most = self.settings.verification.most_tries;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold_window(&mut tx, &handle, None).await?;
        let Some(row) = email_verifications::count_try(&mut tx, &handle, most, now).await? else {
            let row = email_verifications::find_by_handle(&mut tx, &handle).await?;
            return Err(self.refusal(row.as_ref()));
        };
        let typed_for = code_tries::of_sign_up(&row.email_canonical);
        let typed_for = (&typed_for, requester);
        if let Some(retry_after_seconds) = code_tries::wait(&mut tx, typed_for, now).await? {
            tx.commit().await?;
            return Err(VerificationRefusal::Throttled { retry_after_seconds });
        }
        if !bool::from(mac.as_bytes().ct_eq(row.code_mac.as_bytes())) {
            let mut event = AuditEvent::failure(AuditKind::EmailVerificationFailed);
            event.user_id.clone_from(&row.user_id);
            audit::record(&mut tx, event.from(requester), now).await?;
            tx.commit().await?;
            return Err(VerificationRefusal::WrongCode { tries_left: most - row.tries });
        }
        code_tries::give_back(&mut tx, typed_for).await?;
        self.spend(tx, (&row.id, &own), browser, requester).await
    }

    /// What the page of a link shows. Changes nothing: scanners of mail follow links.
    ///
    /// # Errors
    ///
    /// With why the link cannot be used.
    pub async fn look_up_link(
        &self,
        link: &PlainToken,
        browser: Option<&TokenDigest>,
    ) -> Result<LinkView, VerificationRefusal> {
        let mut tx = self.store.read().await?;
        let (row, user) = self.usable_link(&mut tx, link).await?;
        Ok(LinkView {
            is_same_browser: browser == Some(&row.browser_digest),
            email: row.email,
            name: user.name,
            locale: row.locale,
        })
    }

    /// Whether the mail with this link was sent for the window with this handle.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn is_link_of_window(
        &self,
        link: &PlainToken,
        handle: &PlainToken,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        let row = email_verifications::find_by_link(&mut tx, &link.digest()).await?;
        Ok(row.is_some_and(|row| row.handle_digest == handle.digest()))
    }

    /// Verifies by the link of the mail.
    ///
    /// # Errors
    ///
    /// With why the link cannot be used.
    pub async fn confirm_link(
        &self,
        link: &PlainToken,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let mut tx = self.store.begin().await?;
        let (row, user) = self.usable_link(&mut tx, link).await?;
        take_turn(&mut tx, &row.email_canonical).await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        self.spend(tx, (&row.id, &row), browser, requester).await
    }

    /// Lets the first window go on after the link was confirmed in another.
    ///
    /// # Errors
    ///
    /// `Unknown` unless the address is verified, the browser is the one that began, and it has not
    /// gone on before.
    pub async fn continue_verified(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let mut tx = self.store.begin().await?;
        let window = Window::find(&mut tx, &handle.digest()).await?;
        let Window { own, current: row } = window.ok_or(VerificationRefusal::Unknown)?;
        let id = row.user_id.ok_or(VerificationRefusal::Unknown)?;
        take_turn(&mut tx, &row.email_canonical).await?;
        unverified_users::hold(&mut tx, Some(&id)).await?;
        let user = users::find(&mut tx, &id).await?.ok_or(VerificationRefusal::Unknown)?;
        match self.go_on(tx, user, (&row.id, &own), browser, requester).await? {
            Verified::Elsewhere { .. } => Err(VerificationRefusal::Unknown),
            here @ Verified::Here { .. } => Ok(here),
        }
    }

    /// Uses up code and link, and signs the browser that began it in, where what `own` began goes on.
    async fn spend(
        &self,
        mut tx: Tx,
        (id, own): (&str, &EmailVerification),
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let now = self.clock.now();
        let spent = email_verifications::spend(&mut tx, id, now).await?;
        let row = spent.ok_or(VerificationRefusal::Used)?;
        let user_id = row.user_id.ok_or(VerificationRefusal::Unknown)?;
        let proof = (row.email.as_str(), row.generation);
        let user = unverified_users::mark_verified(&mut tx, &user_id, proof, now).await?;
        // Another password was set since the mail was written.
        let user = user.ok_or(VerificationRefusal::Superseded)?;
        let event = AuditEvent::success(AuditKind::EmailVerified).of(&user.id).from(requester);
        audit::record(&mut tx, event, now).await?;
        self.go_on(tx, user, (id, own), browser, requester).await
    }

    async fn go_on(
        &self,
        mut tx: Tx,
        user: User,
        (id, own): (&str, &EmailVerification),
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let now = self.clock.now();
        let has_window = own.machine_id.is_none();
        let elsewhere = Verified::Elsewhere { email: user.email.clone(), has_window };
        let Some(row) = email_verifications::go_on(&mut tx, id, browser, now).await? else {
            tx.commit().await?;
            return Ok(elsewhere);
        };
        let request_handle = self.request_of(own)?;
        // What signs in is the password of this sign-up; a later one ends the flow.
        let as_signed_up = User { generation: row.generation, ..user };
        // A program is known by its handle alone, and keeps nothing else.
        let browser = Some(browser).filter(|browser| **browser != own.handle_digest);
        let applicant = Applicant::by_mail(&as_signed_up, (browser, None), requester);
        let admission = self.admit(&mut tx, &applicant, now).await?;
        tx.commit().await?;
        Ok(admission.map_or(elsewhere, |admission| Verified::Here { admission, request_handle }))
    }

    pub(super) async fn usable_link(
        &self,
        tx: &mut Tx,
        link: &PlainToken,
    ) -> Result<(EmailVerification, User), VerificationRefusal> {
        let row = email_verifications::find_by_link(tx, &link.digest()).await?;
        let row = row.ok_or(VerificationRefusal::Unknown)?;
        let id = row.user_id.as_ref().ok_or(VerificationRefusal::Unknown)?;
        let user = users::find(tx, id).await?.ok_or(VerificationRefusal::Unknown)?;
        let is_of_machine = row.machine_id.as_ref().zip(row.machine_scopes.as_ref());
        if !still_good(tx, &user, is_of_machine).await? {
            return Err(VerificationRefusal::Superseded);
        }
        if self.stage(&row).is_open() {
            return Ok((row, user));
        }
        // By a later mail, or by a password that was chosen by mail: there is nothing left to do.
        let is_done = user.email_verified_at.is_some() && user.email == row.email;
        Err(if is_done { VerificationRefusal::Used } else { self.refusal(Some(&row)) })
    }
}
