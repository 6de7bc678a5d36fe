//! What a person does with their account, and what an operator does with it.
//!
//! Each function is one way through: it asks for a place at the hasher, counts the try, hashes
//! while no unit of work is open, and then writes everything in one.

mod account_members;
mod activity;
mod administrators;
mod admission;
mod app_notices;
mod block;
mod bulk;
mod change_email;
mod change_password;
mod code_tries;
mod connected_apps;
pub mod consent;
mod correct_verification;
mod delete_account;
mod devices;
mod directory;
mod export;
mod factor_policy;
mod giver;
pub mod import;
mod invite;
mod known_browsers;
mod leaked_passwords;
mod managed_factors;
mod managed_grants;
mod managed_sessions;
mod managed_users;
mod notice;
mod one_time_code;
pub mod operator;
mod own_recovery;
mod own_session;
mod passkeys;
mod password;
mod password_policy;
mod password_tries;
mod password_weakness;
mod permissions;
mod phone;
mod picture;
mod profile;
mod reauthenticate;
mod recover;
mod recovery_reasons;
mod recovery_review;
mod renew_password;
mod request_handle;
mod require_new_password;
mod reset_password;
mod roles;
mod second_factor;
mod sending;
mod sign_in;
mod sign_out;
mod sign_up;
mod tickets;
mod verification_mail;
mod verification_stage;
mod verify_email;
pub mod webhooks;

pub use account_members::{
    CONNECTION, PROVIDER, account_members, identity_members, listed_members,
};
pub use activity::Activity;
pub use admission::{Admission, LIFETIME_WITHOUT_BROWSER, no_browser};
pub use app_notices::AppNotices;
pub use block::{BlockRefusal, Blocking};
pub use bulk::{JobProblem, JobUpload, MOST_UNFINISHED_JOBS, NewExport, UnreadableFile, is_column};
pub use change_email::{ChangeEmailRefusal, EmailReturnView, ReturnEmailRefusal, WaitingAddress};
pub use change_password::ChangePasswordRefusal;
pub use connected_apps::{ApiConsent, ConnectedApp};
pub use delete_account::{DELETION_GRACE, DeleteAccountRefusal};
pub use directory::{MOST_PAGED, UserPage};
pub use export::ExportRefusal;
pub use factor_policy::FactorStanding;
pub use giver::Giver;
pub use invite::{Invitation, Invited};
pub use leaked_passwords::{LeakedPasswords, UnfitList};
pub use managed_sessions::BY_MACHINE;
pub use managed_users::{ManagedBy, ManagedUserRefusal, NewManagedUser, PictureChange, UserChange};
pub use own_recovery::OpenRecovery;
pub use own_session::OwnSessionRefusal;
pub use passkeys::{Assertion, BegunCeremony, NewKey, RelyingParty};
pub use password::{
    Busy, HashProblem, HasherFault, HashingCapacity, HashingCost, HashingLoad, HashingTicket,
    MOST_PASSWORD_BYTES, PasswordHasher, Verdict, importable_hash,
};
pub use password_policy::{PasswordPolicy, PasswordProblem};
pub use password_weakness::PasswordWeakness;
pub use permissions::{PermissionChange, PermissionRefusal, PermissionsOfRole, PermissionsOfUser};
pub use phone::PhoneRefusal;
pub use picture::{MOST_BYTES as MOST_PICTURE_BYTES, PictureRefusal};
pub use profile::{LOCALES, PostalAddress, ProfileRefusal};
pub use recover::{
    AskForRecovery, AskForRecoveryRefusal, LONGEST_REASON, RecoveryRefusal, RecoverySettings,
    StopLink,
};
pub use recovery_reasons::RecoveryReason;
pub use recovery_review::{RecoveryDecision, RecoveryForReview, Reviewed};
pub use renew_password::{RenewalRefusal, RenewalView};
pub use require_new_password::{NewPasswordWish, NewPasswordsWish, RequiredOfBatch};
pub use reset_password::{
    AskedForLink, ForgottenPassword, ForgottenPasswordRefusal, PasswordResetRefusal,
    PasswordWasReset, ResetView,
};
pub use roles::{NewRole, RoleChange, RoleRefusal, RolesOfUser};
pub use second_factor::{
    BegunCode, BegunTotp, ChallengeView, CodesOfFactor, ConfirmedFactor, Disowned,
    EnrolmentRefusal, FactorAnswer, FactorRefusal, FactorSettings, FactorsView, FirstCode,
    HeldFactor, NewTrust, Passed, PassedChallenge, UndoRefusal, WaysToProve,
};
pub use sending::Destination;
pub use sign_in::{SignIn, SignInRefusal, SignedIn};
pub use sign_up::{
    AfterSignUp, FieldProblem, OpenSignUpRefusal, SignUp, SignUpOutcome, SignUpRefusal, SignedUp,
};
pub use tickets::{TicketOwner, TicketRefusal};
pub use verification_mail::{BeginVerification, VerificationHandle};
pub use verification_stage::{BegunHere, VerificationRefusal, VerificationStage, VerificationView};
pub use verify_email::{LinkView, Verified};

use std::sync::Arc;

use secrecy::SecretString;

use crate::audit;
use crate::clock::{Clock, Timestamp};
use crate::delivery::Bell;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::SessionLifetimes;
use crate::domain::user::User;
use crate::domain::{PasswordHash, Requester, TokenDigest, UserId};
use crate::keys::{KeyEncryptionKey, SealError};
use crate::store::{
    Store, StoreError, Tx, browser_accounts, known_devices, trusted_browsers, unverified_users,
    users,
};
use crate::throttle::{self, Decision, Limit, ThrottleKey, ThrottleLimits};

/// What a person does with their account. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    /// Where accounts are.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Seals and signs what is short.
    pub kek: Arc<KeyEncryptionKey>,
    /// Hashes passwords.
    pub hasher: PasswordHasher,
    /// Wakes the job that sends mail.
    pub bell: Bell,
    /// What this installation is to authenticators; absent where passkeys cannot be used.
    pub relying_party: Option<Arc<RelyingParty>>,
    /// What the operator chose.
    pub settings: Arc<AccountSettings>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Accounts").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the operator chose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "what an operator chooses is independent")]
pub struct AccountSettings {
    /// What this service is called.
    pub brand: String,
    /// With its slash at the end: what links in mails begin with.
    pub issuer: String,
    /// Whether strangers may make accounts.
    pub sign_up_is_allowed: bool,
    /// Whether an account can be used before its address is verified.
    pub email_verification_is_required: bool,
    /// How long sessions live.
    pub sessions: SessionLifetimes,
    /// What is asked of a password.
    pub passwords: PasswordPolicy,
    /// How many tries are let through.
    pub limits: ThrottleLimits,
    /// How an address is verified.
    pub verification: VerificationSettings,
    /// How long the link to a new password lives, in seconds.
    pub password_reset_lifetime: i64,
    /// Second factors.
    pub factors: FactorSettings,
    /// Whether mail can be sent: where it cannot, none is written, and no page promises any.
    pub sends_mail: bool,
    /// The way back for who lost every second factor, where there is one.
    pub recovery: Option<RecoverySettings>,
    /// Whether people are told by mail of an application that they let in.
    pub tells_of_new_apps: bool,
    /// What the link to a new password begins with: an address, perhaps with a query of its own.
    pub password_reset_url: String,
}

/// How an address is verified; times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationSettings {
    /// How long a code lives.
    pub code_lifetime: i64,
    /// How long a link lives, and with it the whole verification.
    pub link_lifetime: i64,
    /// How often one code may be tried.
    pub most_tries: i64,
    /// How long to wait before another mail is sent.
    pub resend_after: i64,
    /// Mails that one sign-up may cause.
    pub most_sends: i64,
}

impl Default for VerificationSettings {
    fn default() -> Self {
        Self {
            code_lifetime: 15 * 60,
            link_lifetime: 24 * 60 * 60,
            most_tries: 5,
            resend_after: 60,
            most_sends: 8,
        }
    }
}

/// Something of ours failed; the person did nothing wrong.
#[derive(Debug, thiserror::Error)]
pub enum AccountsFault {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Password hashing.
    #[error(transparent)]
    Hashing(#[from] HasherFault),
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl AccountsFault {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_unavailable())
    }
}

/// A better hash of the same password.
struct PasswordHashChange {
    old: PasswordHash,
    new: PasswordHash,
}

/// Lets `?` turn every fault of ours into the refusal of a surface.
macro_rules! faults_into {
    ($refusal:ident) => {
        impl<F: Into<$crate::accounts::AccountsFault>> From<F> for $refusal {
            fn from(fault: F) -> Self {
                Self::Fault(fault.into())
            }
        }
    };
}
use faults_into;

impl Accounts {
    /// The accounts to choose from in this browser, the last used first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn accounts_of_browser(
        &self,
        browser: &TokenDigest,
    ) -> Result<Vec<User>, StoreError> {
        browser_accounts::list(&mut self.store.read().await?, browser).await
    }

    /// Removes an account from those to choose from in this browser, which it neither knows nor trusts
    /// any more. Nothing where it has nothing to do with this browser: nobody holds an account by naming
    /// it.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn forget_account_of_browser(
        &self,
        (browser, trust): (&TokenDigest, Option<&TokenDigest>),
        user_id: &UserId,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if !browser_accounts::are_tied(&mut tx, (browser, trust), user_id).await? {
            return Ok(());
        }
        unverified_users::hold(&mut tx, Some(user_id)).await?;
        if let Some(trust) = trust {
            trusted_browsers::forget(&mut tx, trust, user_id).await?;
        }
        browser_accounts::forget(&mut tx, browser, user_id).await?;
        known_devices::forget(&mut tx, browser, user_id).await?;
        tx.commit().await
    }

    /// The account with this id.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        users::find(&mut self.store.read().await?, id).await
    }

    /// Counts a try in a unit of work of its own, so that it counts also when it is refused.
    async fn count(
        &self,
        tries: &[(ThrottleKey, Limit)],
        requester: &Requester,
    ) -> Result<Decision, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let decision = count_within(&mut tx, tries, requester, now).await?;
        tx.commit().await?;
        Ok(decision)
    }

    /// What is wrong with a password; judged off the threads that serve others.
    async fn password_problems(
        &self,
        password: &SecretString,
        own: &[&str],
    ) -> Result<Vec<PasswordProblem>, HasherFault> {
        let policy = self.settings.passwords;
        let password = password.clone();
        let own: Vec<String> = own.iter().map(|&word| word.to_owned()).collect();
        let service = self.settings.brand.clone();
        tokio::task::spawn_blocking(move || policy.problems(&password, &own, &service))
            .await
            .map_err(|error| HasherFault::Failed(error.to_string()))
    }
}

/// Counts in the order given and stops at the first refusal, so that what is refused for its
/// network adds nothing to the counter of an account. The count allowed is that of the last.
async fn count_within(
    tx: &mut Tx,
    tries: &[(ThrottleKey, Limit)],
    requester: &Requester,
    now: Timestamp,
) -> Result<Decision, StoreError> {
    let mut decision = Decision::Allowed { count: 0 };
    for (key, limit) in tries {
        decision = throttle::check_and_count(tx, key, *limit, now).await?;
        if let Decision::Refused { is_first, .. } = decision {
            if is_first {
                let event = AuditEvent::failure(AuditKind::Throttled).from(requester);
                audit::record(tx, event, now).await?;
            }
            break;
        }
    }
    Ok(decision)
}
