//! How far a verification is, and why it goes no further.

use super::{Accounts, faults_into};
use crate::clock::Timestamp;
use crate::domain::{PlainToken, TokenDigest};
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::{StoreError, Tx};

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
    /// In which language.
    pub locale: String,
    /// How far it is.
    pub stage: VerificationStage,
    /// When another mail may be sent.
    pub resend_at: Timestamp,
    /// Whether another address may be given.
    pub may_change_address: bool,
}

/// Where the window with this handle stands. Whoever begins again in the same browser with the same
/// address goes on in either window: a code that was mailed for one is good in the other.
pub(super) async fn current(
    tx: &mut Tx,
    handle: &TokenDigest,
) -> Result<Option<EmailVerification>, StoreError> {
    let Some(row) = email_verifications::find_by_handle(tx, handle).await? else {
        return Ok(None);
    };
    if row.superseded_at.is_none() {
        return Ok(Some(row));
    }
    let later = email_verifications::find_later_in_browser(tx, &row).await?;
    Ok(Some(later.unwrap_or(row)))
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
        let row = current(&mut self.store.read().await?, &handle.digest()).await?;
        Ok(row.map(|row| VerificationView {
            stage: self.stage(&row),
            resend_at: row.sent_at.plus(self.settings.verification.resend_after),
            may_change_address: row.pending_password_hash.is_some(),
            email: row.email,
            locale: row.locale,
        }))
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
