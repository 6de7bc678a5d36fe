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

use super::sign_in::SignedIn;
use super::verification_mail::Flow;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest};
use crate::keys::Purpose;
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::{StoreError, Tx, users};
use crate::throttle::{Decision, ThrottleKey};

/// What came of a verification.
#[derive(Clone, Debug)]
pub enum Verified {
    /// In the browser that began it: signed in.
    Here {
        /// The session, to be attached to a cookie.
        signed_in: Box<SignedIn>,
        /// The authorization request that goes on.
        request_handle: Option<PlainToken>,
    },
    /// In another browser: nobody is signed in there.
    Elsewhere {
        /// The address.
        email: String,
    },
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationStage {
    /// For the code or the link.
    Waiting,
    /// The code's time is over; the link works.
    CodeExpired,
    /// The code was tried too often; the link works.
    TriesUsedUp,
    /// Verified; the first window may go on.
    Verified,
    /// All done.
    Continued,
    /// A later mail counts.
    Superseded,
    /// All of it is over.
    Expired,
}

impl VerificationStage {
    /// Whether the link works, and another mail could be sent.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::CodeExpired | Self::TriesUsedUp)
    }
}

/// Why nothing was verified, or no mail sent.
#[derive(Debug, thiserror::Error)]
pub enum VerificationRefusal {
    /// No such handle or link, or it is another browser's.
    #[error("there is no such verification")]
    Unknown,
    /// Not the code of the latest mail.
    #[error("the code is not right")]
    WrongCode {
        /// How often this code may still be tried.
        tries_left: i64,
    },
    /// The code was tried too often: send a new one.
    #[error("the code was tried too often")]
    TooManyTries,
    /// The code's time is over: send a new one.
    #[error("the code has expired")]
    CodeExpired,
    /// All of it is over: sign up again.
    #[error("the link has expired")]
    Expired,
    /// It was used.
    #[error("the link or code was used already")]
    Used,
    /// A later mail counts.
    #[error("a later mail took its place")]
    Superseded,
    /// A mail was sent a moment ago.
    #[error("a mail was sent a moment ago")]
    TooSoon {
        /// When the next may be sent.
        retry_after_seconds: i64,
    },
    /// No more mails for this sign-up.
    #[error("no more mails are sent for this sign-up")]
    TooManySends,
    /// The address typed instead is none.
    #[error("this is no e-mail address")]
    EmailMalformed,
    /// The account is in use: its address is changed elsewhere.
    #[error("the address of this account cannot be changed here")]
    AddressIsFixed,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(VerificationRefusal);

/// What the page that waits for a code shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationView {
    /// Where the mail went.
    pub email: String,
    /// How far it is.
    pub stage: VerificationStage,
    /// When another mail may be sent.
    pub resend_at: Timestamp,
    /// Whether another address may be given.
    pub may_change_address: bool,
}

/// What the page of a link shows before anything is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// Whose address.
    pub email: String,
    /// The name typed at sign-up.
    pub name: Option<String>,
    /// Whether this browser began it and will be signed in.
    pub is_same_browser: bool,
}

impl Accounts {
    /// What the page that waits for a code shows; `None` for an unknown handle.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn verification(
        &self,
        handle: &PlainToken,
    ) -> Result<Option<VerificationView>, StoreError> {
        let mut tx = self.store.read().await?;
        let row = email_verifications::find_by_handle(&mut tx, &handle.digest()).await?;
        Ok(row.map(|row| VerificationView {
            stage: self.stage(&row),
            resend_at: row.sent_at.plus(self.settings.verification.resend_after),
            may_change_address: row.pending_password_hash.is_some(),
            email: row.email,
        }))
    }

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
        self.count_code(requester).await?;
        let handle = handle.digest();
        let code: String = code.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        let mac = self.kek.mac(Purpose::ShortCode, handle.as_str(), &code);
        let most = self.settings.verification.most_tries;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some(row) = email_verifications::count_try(&mut tx, &handle, most, now).await? else {
            let row = email_verifications::find_by_handle(&mut tx, &handle).await?;
            return Err(self.refusal(row.as_ref()));
        };
        if !bool::from(mac.as_bytes().ct_eq(row.code_mac.as_bytes())) {
            let mut event = AuditEvent::failure(AuditKind::EmailVerificationFailed);
            event.user_id = row.user_id;
            audit::record(&mut tx, event.from(requester), now).await?;
            tx.commit().await?;
            return Err(VerificationRefusal::WrongCode { tries_left: most - row.tries });
        }
        self.spend(tx, &row.id, browser, requester).await
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
        })
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
        let (row, _) = self.usable_link(&mut tx, link).await?;
        self.spend(tx, &row.id, browser, requester).await
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
        let row = email_verifications::find_by_handle(&mut tx, &handle.digest()).await?;
        let row = row.ok_or(VerificationRefusal::Unknown)?;
        let id = row.user_id.ok_or(VerificationRefusal::Unknown)?;
        let user = users::find(&mut tx, &id).await?.ok_or(VerificationRefusal::Unknown)?;
        match self.go_on(tx, user, &row.id, browser, requester).await? {
            Verified::Elsewhere { .. } => Err(VerificationRefusal::Unknown),
            here @ Verified::Here { .. } => Ok(here),
        }
    }

    /// Uses up code and link, and signs the browser that began it in.
    async fn spend(
        &self,
        mut tx: Tx,
        id: &str,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let now = self.clock.now();
        let spent = email_verifications::spend(&mut tx, id, now).await?;
        let row = spent.ok_or(VerificationRefusal::Used)?;
        let user_id = row.user_id.ok_or(VerificationRefusal::Unknown)?;
        let proof = (row.email.as_str(), row.generation);
        let user = users::mark_email_verified(&mut tx, &user_id, proof, now).await?;
        // Another password was set since the mail was written.
        let user = user.ok_or(VerificationRefusal::Superseded)?;
        let event = AuditEvent::success(AuditKind::EmailVerified).of(&user.id).from(requester);
        audit::record(&mut tx, event, now).await?;
        self.go_on(tx, user, id, browser, requester).await
    }

    async fn go_on(
        &self,
        mut tx: Tx,
        user: User,
        id: &str,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<Verified, VerificationRefusal> {
        let now = self.clock.now();
        let elsewhere = Verified::Elsewhere { email: user.email.clone() };
        let Some(row) = email_verifications::go_on(&mut tx, id, browser, now).await? else {
            tx.commit().await?;
            return Ok(elsewhere);
        };
        let request_handle = Flow::open_request_handle(&self.kek, &row)?;
        // What signs in is the password of this sign-up; a later one ends the flow.
        let as_signed_up = User { generation: row.generation, ..user };
        let begun = self.begin_session(&mut tx, &as_signed_up, false, requester, now).await?;
        tx.commit().await?;
        Ok(begun.map_or(elsewhere, |session| Verified::Here {
            signed_in: Box::new(SignedIn { session, user: as_signed_up }),
            request_handle,
        }))
    }

    pub(super) async fn usable_link(
        &self,
        tx: &mut Tx,
        link: &PlainToken,
    ) -> Result<(EmailVerification, User), VerificationRefusal> {
        let row = email_verifications::find_by_link(tx, &link.digest()).await?;
        let row = row.ok_or(VerificationRefusal::Unknown)?;
        if !self.stage(&row).is_open() {
            return Err(self.refusal(Some(&row)));
        }
        let id = row.user_id.as_ref().ok_or(VerificationRefusal::Unknown)?;
        let user = users::find(tx, id).await?.ok_or(VerificationRefusal::Unknown)?;
        Ok((row, user))
    }

    async fn count_code(&self, requester: &Requester) -> Result<(), VerificationRefusal> {
        let key = ThrottleKey::by_network("code", requester);
        match self.count(&[(key, self.settings.limits.codes_by_network)], requester).await? {
            Decision::Allowed { .. } => Ok(()),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(VerificationRefusal::Throttled { retry_after_seconds })
            }
        }
    }

    pub(super) fn stage(&self, row: &EmailVerification) -> VerificationStage {
        let now = self.clock.now();
        if row.continued_at.is_some() {
            VerificationStage::Continued
        } else if row.verified_at.is_some() {
            VerificationStage::Verified
        } else if row.superseded_at.is_some() {
            VerificationStage::Superseded
        } else if row.link_expires_at <= now {
            VerificationStage::Expired
        } else if row.tries >= self.settings.verification.most_tries {
            VerificationStage::TriesUsedUp
        } else if row.code_expires_at <= now {
            VerificationStage::CodeExpired
        } else {
            VerificationStage::Waiting
        }
    }

    pub(super) fn refusal(&self, row: Option<&EmailVerification>) -> VerificationRefusal {
        match row.map(|row| self.stage(row)) {
            None | Some(VerificationStage::Waiting) => VerificationRefusal::Unknown,
            Some(VerificationStage::CodeExpired) => VerificationRefusal::CodeExpired,
            Some(VerificationStage::TriesUsedUp) => VerificationRefusal::TooManyTries,
            Some(VerificationStage::Verified | VerificationStage::Continued) => {
                VerificationRefusal::Used
            }
            Some(VerificationStage::Superseded) => VerificationRefusal::Superseded,
            Some(VerificationStage::Expired) => VerificationRefusal::Expired,
        }
    }
}
