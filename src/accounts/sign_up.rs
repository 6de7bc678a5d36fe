//! Making an account.
//!
//! A stranger must not learn who has one: for a registered address the password is hashed all the
//! same, the page and its codes behave the same, and the owner gets a mail that says so.

mod openly;

use secrecy::SecretString;

use super::password::Busy;
use super::password_policy::PasswordProblem;
use super::sending::Shown;
use super::verification_mail::{Flow, Registration, VerificationHandle};
use super::verification_stage::take_turn;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::EmailAddress;
use crate::domain::name::is_plain_line;
use crate::domain::profile::{ProfileProblem, checked_username};
use crate::domain::{PasswordHash, PlainToken, Requester, TokenDigest};
use crate::keys::SealError;
use crate::store::users::{self, NewAccount};
use crate::store::{
    StoreError, Tx, email_changes, email_verifications, sessions, unverified_users,
};
use crate::throttle::{Decision, Limit, ThrottleKey};

pub use openly::{AfterSignUp, OpenSignUpRefusal, SignedUp};

/// In characters.
const LONGEST_NAME: usize = 200;

/// What the sign-up form sends.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The full name; absent where none is asked for.
    pub name: Option<String>,
    /// A second name to sign in with, as typed, where one is wanted.
    pub username: Option<String>,
    /// The address, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: SecretString,
    /// Digest of the browser's own cookie; [`super::no_browser`] for a program.
    pub browser_digest: TokenDigest,
    /// The authorization request that goes on afterwards.
    pub request_handle: Option<PlainToken>,
    /// The language of the mail, a BCP 47 tag.
    pub locale: String,
}

impl SignUp {
    fn name(&self) -> Option<&str> {
        self.name.as_deref().map(str::trim)
    }
}

/// A username as typed, and its compared form.
type Username = (String, String);

/// A sign-up without mistakes.
struct CheckedSignUp {
    email: EmailAddress,
    username: Option<Username>,
    /// Whether the mailbox takes another mail.
    has_room: bool,
    hash: PasswordHash,
}

impl CheckedSignUp {
    fn account<'new>(&'new self, form: &'new SignUp) -> NewAccount<'new> {
        NewAccount {
            id: None,
            self_registered: true,
            email: &self.email,
            email_is_verified: false,
            username: self.username.as_ref().map(|(typed, canonical)| (&**typed, &**canonical)),
            name: form.name(),
            password_hash: Some(&self.hash),
            locale: Some(&form.locale),
        }
    }
}

/// What follows a sign-up; the same whether the address was registered or not.
#[derive(Clone, Debug)]
pub enum SignUpOutcome {
    /// The page that asks for the code of the mail.
    Verify(VerificationHandle),
    /// The account can be used: on to the sign-in page.
    Ready,
}

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// There is no name.
    #[error("the name is missing")]
    NameMissing,
    /// It is longer than 200 characters.
    #[error("the name is too long")]
    NameTooLong,
    /// It holds characters that turn or hide text.
    #[error("the name holds characters that turn or hide text")]
    NameMalformed,
    /// There is no address.
    #[error("the address is missing")]
    EmailMissing,
    /// It is no address.
    #[error("this is no e-mail address")]
    EmailMalformed,
    /// No username can be like that.
    #[error("{}", ProfileProblem::UsernameMalformed)]
    UsernameMalformed,
    /// There is no password.
    #[error("the password is missing")]
    PasswordMissing,
    /// The policy refuses it.
    #[error("the password cannot be used: {0}")]
    Password(PasswordProblem),
}

impl FieldProblem {
    /// The form field it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::NameMissing | Self::NameTooLong | Self::NameMalformed => "name",
            Self::EmailMissing | Self::EmailMalformed => "email",
            Self::UsernameMalformed => "username",
            Self::PasswordMissing | Self::Password(_) => "password",
        }
    }
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpRefusal {
    /// The operator makes the accounts here.
    #[error("sign-up is closed")]
    Closed,
    /// To be mended by the person.
    #[error("the form has mistakes")]
    Invalid(Vec<FieldProblem>),
    /// Too many from one network, or for one address.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// The hasher's queue is full.
    #[error("too many passwords are being checked just now")]
    Busy,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(SignUpRefusal);

impl From<Busy> for SignUpRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Forms with mistakes that are looked at for each sign-up that a network may make.
const FORMS_FOR_EACH: i64 = 5;

impl Accounts {
    /// Asks for an account.
    ///
    /// # Errors
    ///
    /// With what is wrong; never with the fact that the address is registered.
    pub async fn sign_up(
        &self,
        form: SignUp,
        requester: &Requester,
    ) -> Result<SignUpOutcome, SignUpRefusal> {
        let checked = self.checked_sign_up(&form, requester).await?;
        let outcome = self.write(&form, &checked, requester).await?;
        self.bell.ring();
        Ok(outcome)
    }

    /// Whatever comes before an account is made, whoever has the address.
    async fn checked_sign_up(
        &self,
        form: &SignUp,
        requester: &Requester,
    ) -> Result<CheckedSignUp, SignUpRefusal> {
        if !self.settings.sign_up_is_allowed {
            return Err(SignUpRefusal::Closed);
        }
        // Judging a password costs work too: it waits in the same queue and is counted.
        let ticket = self.hasher.admit()?;
        let limits = &self.settings.limits;
        let forms = Limit::new(
            limits.sign_ups_by_network.most.saturating_mul(FORMS_FOR_EACH),
            limits.sign_ups_by_network.seconds,
        );
        let form_try = [(ThrottleKey::by_network("sign_up_form", requester), forms)];
        if let Decision::Refused { retry_after_seconds, .. } =
            self.count(&form_try, requester).await?
        {
            return Err(SignUpRefusal::Throttled { retry_after_seconds });
        }
        let (email, username) = self.checked_fields(form).await?;
        let tries = [
            (ThrottleKey::by_network("sign_up", requester), limits.sign_ups_by_network),
            (
                ThrottleKey::within_network("mail", email.canonical(), requester),
                limits.mails_by_address,
            ),
        ];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(SignUpRefusal::Throttled { retry_after_seconds });
        }
        let has_room =
            self.has_room_for_mail((email.canonical(), Shown::Nothing), requester).await?;
        let hash = self.hasher.hash(ticket, &form.password).await?;
        Ok(CheckedSignUp { email, username, has_room, hash })
    }

    async fn write(
        &self,
        form: &SignUp,
        checked: &CheckedSignUp,
        requester: &Requester,
    ) -> Result<SignUpOutcome, SignUpRefusal> {
        let now = self.clock.now();
        let new = checked.account(form);
        let (handle, flow) = self.flow_of(form, checked)?;
        let mut tx = self.store.begin().await?;
        take_turn(&mut tx, checked.email.canonical()).await?;
        let registration = self.register(&mut tx, &new, requester, now).await?;
        if self.settings.email_verification_is_required {
            self.send_verification(&mut tx, flow, &registration, requester, now).await?;
            tx.commit().await?;
            return Ok(SignUpOutcome::Verify(handle));
        }
        if let Registration::Taken { .. } = registration {
            self.send_notice(&mut tx, &registration, &form.locale, requester, now).await?;
        }
        tx.commit().await?;
        Ok(SignUpOutcome::Ready)
    }

    /// Makes the account, or takes over one that nobody has verified or used.
    pub(super) async fn register(
        &self,
        tx: &mut Tx,
        new: &NewAccount<'_>,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Registration, StoreError> {
        let registration = self.find_place(tx, new, now).await?;
        let event = match &registration {
            Registration::Pending { user } => AuditEvent::success(AuditKind::SignedUp).of(&user.id),
            Registration::Taken { user, .. } => {
                let event = AuditEvent::failure(AuditKind::SignUpOfRegisteredAddress);
                match user {
                    Some(user) => event.of(&user.id),
                    None => event,
                }
            }
        };
        audit::record(tx, event.from(requester), now).await?;
        Ok(registration)
    }

    async fn find_place(
        &self,
        tx: &mut Tx,
        new: &NewAccount<'_>,
        now: Timestamp,
    ) -> Result<Registration, StoreError> {
        if !self.is_kept_for_another(tx, new, now).await?
            && let Some(user) = users::insert(tx, new, now).await?
        {
            // Looked at again: the insertion may have waited for the account that leaves the address.
            if !self.is_kept_for_another(tx, new, now).await? {
                return Ok(Registration::Pending { user });
            }
            unverified_users::delete(tx, &user.id).await?;
        }
        let found = users::find_credentials(tx, new.email.canonical()).await?;
        let user = found.map(|found| found.user);
        // Without verification an unverified account may be in somebody's use: never taken over.
        if let (true, Some(user)) = (self.settings.email_verification_is_required, &user)
            && user.email_verified_at.is_none()
            && let Some(user) = unverified_users::take_over(tx, new, now).await?
        {
            sessions::end_others(tx, &user.id, None).await?;
            email_verifications::supersede_all_of(tx, &user.id, now).await?;
            return Ok(Registration::Pending { user });
        }
        // As above, so that an earlier window does not tell that the address is registered.
        let canonical = new.email.canonical();
        email_verifications::supersede_all_of_registered(tx, canonical, now).await?;
        Ok(Registration::Taken { user, email: new.email.as_str().to_owned() })
    }

    /// Whether an account can still be taken back to the address, where nothing shows that it is
    /// theirs who signs up with it.
    async fn is_kept_for_another(
        &self,
        tx: &mut Tx,
        new: &NewAccount<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(!self.settings.email_verification_is_required
            && email_changes::leads_back_to(tx, new.email.canonical(), now).await?)
    }

    fn flow_of(
        &self,
        form: &SignUp,
        checked: &CheckedSignUp,
    ) -> Result<(VerificationHandle, Flow), SealError> {
        let (handle, flow) = Flow::new(&self.kek, form, (form.name(), &checked.hash))?;
        Ok((handle, Flow { has_room: checked.has_room, ..flow }))
    }

    async fn checked_fields(
        &self,
        form: &SignUp,
    ) -> Result<(EmailAddress, Option<Username>), SignUpRefusal> {
        use secrecy::ExposeSecret as _;

        let mut problems = Vec::new();
        problems.extend(form.name().and_then(name_problem));
        let username = checked_username(form.username.as_deref().unwrap_or_default().trim());
        if username.is_none() {
            problems.push(FieldProblem::UsernameMalformed);
        }
        let email = form.email.parse::<EmailAddress>();
        if form.email.trim().is_empty() {
            problems.push(FieldProblem::EmailMissing);
        } else if email.is_err() {
            problems.push(FieldProblem::EmailMalformed);
        }
        if form.password.expose_secret().is_empty() {
            problems.push(FieldProblem::PasswordMissing);
        } else {
            let names = [form.name.as_deref(), form.username.as_deref(), Some(&*form.email)];
            let own: Vec<&str> = names.into_iter().flatten().collect();
            let found = self.password_problems(&form.password, &own).await?;
            problems.extend(found.into_iter().map(FieldProblem::Password));
        }
        match email {
            Ok(email) if problems.is_empty() => Ok((email, username.flatten())),
            _ => Err(SignUpRefusal::Invalid(problems)),
        }
    }
}

fn name_problem(name: &str) -> Option<FieldProblem> {
    if name.is_empty() {
        Some(FieldProblem::NameMissing)
    } else if name.chars().count() > LONGEST_NAME {
        Some(FieldProblem::NameTooLong)
    } else if !is_plain_line(name) {
        Some(FieldProblem::NameMalformed)
    } else {
        None
    }
}
