//! Making an account where whoever asks may learn that an address or a username is taken: an
//! operator lets their own apps say so. Everything else is as on the page.

use super::super::admission::{Admission, Applicant, FirstProof};
use super::super::profile::take_turn_at_username;
use super::super::verification_mail::{Registration, VerificationHandle};
use super::super::verification_stage::take_turn;
use super::super::{Accounts, no_browser};
use super::{SignUp, SignUpRefusal};
use crate::audit;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::user::User;
use crate::keys::SealError;
use crate::store::users::{self, NewAccount};
use crate::store::{StoreError, Tx};

/// An account that somebody has made.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// The account.
    pub user: User,
    /// What comes next.
    pub next: AfterSignUp,
}

/// What comes after a sign-up.
#[derive(Clone, Debug)]
pub enum AfterSignUp {
    /// The code of the mail, for this window.
    Verify(VerificationHandle),
    /// Nothing has to be verified: the gate of every sign-in was asked.
    Admitted(Admission),
}

/// Why there is no account, for who may learn what is taken.
#[derive(Debug, thiserror::Error)]
pub enum OpenSignUpRefusal {
    /// Somebody has the address.
    #[error("somebody has an account with this address")]
    EmailTaken,
    /// Somebody else has the username.
    #[error("somebody else has this username")]
    UsernameTaken,
    /// As on the page.
    #[error(transparent)]
    Refused(#[from] SignUpRefusal),
}

impl From<StoreError> for OpenSignUpRefusal {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<SealError> for OpenSignUpRefusal {
    fn from(error: SealError) -> Self {
        Self::Refused(error.into())
    }
}

impl Accounts {
    /// Makes an account for the caller of a program, and says where that is not possible.
    ///
    /// # Errors
    ///
    /// With what is wrong; also with the fact that the address or the username is taken.
    pub async fn sign_up_openly(
        &self,
        form: SignUp,
        requester: &Requester,
    ) -> Result<SignedUp, OpenSignUpRefusal> {
        let form = SignUp { browser_digest: no_browser(), ..form };
        let checked = self.checked_sign_up(&form, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let new = checked.account(&form);
        take_turn(&mut tx, new.email.canonical()).await?;
        if let Some((_, canonical)) = new.username {
            take_turn_at_username(&mut tx, canonical).await?;
        }
        if username_is_taken(&mut tx, &new).await? {
            let event = AuditEvent::failure(AuditKind::SignUpOfRegisteredAddress).from(requester);
            let event = event.with(serde_json::json!({ "taken": "username" }));
            audit::record(&mut tx, event, now).await?;
            tx.commit().await?;
            return Err(OpenSignUpRefusal::UsernameTaken);
        }
        let registration = match self.register(&mut tx, &new, requester, now).await {
            // By somebody else since; on PostgreSQL the unit of work is over with it.
            Err(error) if error.is_taken() => return Err(OpenSignUpRefusal::UsernameTaken),
            registration => registration?,
        };
        let Registration::Pending { user } = &registration else {
            let is_username = username_is_taken(&mut tx, &new).await?;
            tx.commit().await?;
            return Err(if is_username {
                OpenSignUpRefusal::UsernameTaken
            } else {
                OpenSignUpRefusal::EmailTaken
            });
        };
        let user = user.clone();
        let next = if self.settings.email_verification_is_required {
            let (handle, flow) = self.flow_of(&form, &checked)?;
            self.send_verification(&mut tx, flow, &registration, requester, now).await?;
            AfterSignUp::Verify(handle)
        } else {
            let applicant = Applicant {
                user: &user,
                first: FirstProof::Password,
                remembered: true,
                browser: None,
                trust: None,
                requester,
                session: None,
            };
            let admission = self.admit(&mut tx, &applicant, now).await?;
            // Made in this unit of work: nobody else can have changed it.
            AfterSignUp::Admitted(admission.ok_or(OpenSignUpRefusal::EmailTaken)?)
        };
        tx.commit().await?;
        self.bell.ring();
        Ok(SignedUp { user, next })
    }
}

/// Whether another account than the one at the address has the username.
async fn username_is_taken(tx: &mut Tx, new: &NewAccount<'_>) -> Result<bool, StoreError> {
    let Some((_, canonical)) = new.username else { return Ok(false) };
    let found = users::find_credentials(tx, canonical).await?;
    let at_address = new.email.canonical();
    Ok(found.is_some_and(|found| canonical_login_name(&found.user.email) != at_address))
}
