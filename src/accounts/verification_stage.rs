//! How far a verification is, and why it goes no further.

use super::{Accounts, AccountsFault, faults_into, request_handle};
use crate::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::{PlainToken, TokenDigest};
use crate::keys::SealError;
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::{StoreError, Tx, turns, unverified_users};

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
    Fault(AccountsFault),
}
faults_into!(VerificationRefusal);

/// What the page that waits for a code shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationView {
    /// Where the mail went.
    pub email: String,
    /// In which language.
    pub locale: String,
    /// How far it is.
    pub stage: VerificationStage,
    /// When another mail may be sent.
    pub resend_at: Timestamp,
    /// Whether another address may be given.
    pub may_change_address: bool,
}

/// A window that waits for a code.
pub(super) struct Window {
    /// What it began.
    pub(super) own: EmailVerification,
    /// What is verified there: whoever begins again in the same browser with the same address goes on in
    /// either window, since a code that was mailed for one is good in the other.
    pub(super) current: EmailVerification,
}

impl Window {
    /// The window with this handle.
    pub(super) async fn find(
        tx: &mut Tx,
        handle: &TokenDigest,
    ) -> Result<Option<Self>, StoreError> {
        let Some(own) = email_verifications::find_by_handle(tx, handle).await? else {
            return Ok(None);
        };
        let later = match own.superseded_at {
            Some(_) => email_verifications::find_later_in_browser(tx, &own).await?,
            None => None,
        };
        let current = later.unwrap_or_else(|| own.clone());
        Ok(Some(Self { own, current }))
    }
}

/// Waits for everybody else who does something about the sign-up of an address, be there an account
/// already or not.
pub(super) async fn take_turn(tx: &mut Tx, canonical: &str) -> Result<(), StoreError> {
    turns::take(tx, &format!("address {canonical}")).await
}

/// Holds what a window is about until the unit of work ends: its address, the one that is to take its
/// place where one is named, and the account. In this order, so that no two wait for one another.
///
/// # Errors
///
/// `Superseded` where another request came between and gave the window another address.
pub(super) async fn hold_window(
    tx: &mut Tx,
    handle: &TokenDigest,
    other: Option<&EmailAddress>,
) -> Result<(), VerificationRefusal> {
    let row = email_verifications::find_by_handle(tx, handle).await?;
    let before = row.map(|row| row.email_canonical);
    let mut addresses: Vec<&str> = before.as_deref().into_iter().collect();
    addresses.extend(other.map(EmailAddress::canonical));
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        take_turn(tx, address).await?;
    }
    let row = email_verifications::find_by_handle(tx, handle).await?;
    if row.as_ref().map(|row| &row.email_canonical) != before.as_ref() {
        return Err(VerificationRefusal::Superseded);
    }
    Ok(unverified_users::hold(tx, row.and_then(|row| row.user_id).as_ref()).await?)
}

/// What somebody goes on with who comes back to what they began in this browser.
#[derive(Clone, Debug)]
pub struct BegunHere {
    /// The authorization request, where there was one.
    pub request_handle: Option<PlainToken>,
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
        let window = Window::find(&mut self.store.read().await?, &handle.digest()).await?;
        Ok(window.map(|Window { current: row, .. }| VerificationView {
            stage: self.stage(&row),
            resend_at: row.sent_at.plus(self.settings.verification.resend_after),
            may_change_address: row.pending_password_hash.is_some(),
            email: row.email,
            locale: row.locale,
        }))
    }

    /// What the window with this handle goes on with; `None` in another browser than the one that began.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begun_in_window(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<BegunHere>, AccountsFault> {
        let mut tx = self.store.read().await?;
        let row = email_verifications::find_by_handle(&mut tx, &handle.digest()).await?;
        self.begun_here(row, browser)
    }

    /// The same by the link of its mail.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begun_by_link(
        &self,
        link: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<BegunHere>, AccountsFault> {
        let mut tx = self.store.read().await?;
        let row = email_verifications::find_by_link(&mut tx, &link.digest()).await?;
        self.begun_here(row, browser)
    }

    fn begun_here(
        &self,
        row: Option<EmailVerification>,
        browser: &TokenDigest,
    ) -> Result<Option<BegunHere>, AccountsFault> {
        let Some(row) = row.filter(|row| row.browser_digest == *browser) else { return Ok(None) };
        let request_handle = self.request_of(&row)?;
        Ok(Some(BegunHere { request_handle }))
    }

    /// The authorization request that goes on with what a row is about.
    pub(super) fn request_of(
        &self,
        row: &EmailVerification,
    ) -> Result<Option<PlainToken>, SealError> {
        let sealed = row.request_handle_sealed.as_deref();
        request_handle::open(&self.kek, &row.handle_digest, sealed)
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
