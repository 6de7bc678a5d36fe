//! Making an account.
//!
//! A stranger must not learn who has one: for a registered address the password is hashed all the
//! same, the page and its codes behave the same, and the owner gets a mail that says so.

use secrecy::SecretString;

use super::password::Busy;
use super::password_policy::PasswordProblem;
use super::sending::Shown;
use super::verification_mail::{Flow, Registration, VerificationHandle};
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::{EmailAddress, canonical_login_name};
use crate::domain::name::is_plain_line;
use crate::domain::profile::checked_username;
use crate::domain::user::User;
use crate::domain::{PasswordHash, PlainToken, Requester, TokenDigest};
use crate::store::users::{self, NewAccount};
use crate::store::{
    StoreError, Tx, email_changes, email_verifications, sessions, unverified_users,
};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// In characters.
const LONGEST_NAME: usize = 200;

/// What the sign-up form sends.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The full name.
    pub name: String,
    /// Whether there must be a name.
    pub needs_name: bool,
    /// A second name to sign in with, or an empty text.
    pub username: String,
    /// The address, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: SecretString,
    /// Digest of the browser's own cookie.
    pub browser_digest: TokenDigest,
    /// The authorization request that goes on afterwards.
    pub request_handle: Option<PlainToken>,
    /// The language of the mail, a BCP 47 tag.
    pub locale: String,
}

/// What follows a sign-up; the same whether the address was registered or not.
#[derive(Clone, Debug)]
pub enum SignUpOutcome {
    /// The page that asks for the code of the mail.
    Verify(VerificationHandle),
    /// The account can be used: on to the sign-in page.
    Ready,
}

/// A sign-up as our JSON API tells of it, where the operator lets it.
#[derive(Clone, Debug)]
pub struct ToldSignUp {
    /// What follows.
    pub outcome: SignUpOutcome,
    /// The account; absent where the address had one.
    pub made: Option<User>,
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
    /// No username can be like that.
    #[error("a username has 1 to 64 characters, no @, and no space around it")]
    UsernameMalformed,
    /// There is no address.
    #[error("the address is missing")]
    EmailMissing,
    /// It is no address.
    #[error("this is no e-mail address")]
    EmailMalformed,
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
            Self::UsernameMalformed => "username",
            Self::EmailMissing | Self::EmailMalformed => "email",
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
    /// Somebody else has the username.
    #[error("somebody else has this username")]
    UsernameTaken,
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
        Ok(self.sign_up_and_tell(form, requester).await?.outcome)
    }

    /// The same, with the account that was made: for our JSON API, whose operator may let it tell.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign_up`].
    pub async fn sign_up_and_tell(
        &self,
        form: SignUp,
        requester: &Requester,
    ) -> Result<ToldSignUp, SignUpRefusal> {
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
        let email = self.checked_fields(&form).await?;
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
        let told = self.write(&form, (&email, has_room), &hash, requester).await?;
        self.bell.ring();
        Ok(told)
    }

    async fn write(
        &self,
        form: &SignUp,
        (email, has_room): (&EmailAddress, bool),
        hash: &PasswordHash,
        requester: &Requester,
    ) -> Result<ToldSignUp, SignUpRefusal> {
        let now = self.clock.now();
        let name = form.name.trim();
        let username = checked_username(form.username.trim()).flatten();
        let new = NewAccount {
            id: None,
            self_registered: true,
            email,
            email_is_verified: false,
            username: username.as_ref().map(|(typed, canonical)| (&**typed, &**canonical)),
            name: Some(name).filter(|name| !name.is_empty()),
            password_hash: Some(hash),
            locale: Some(&form.locale),
        };
        let (handle, mut flow) = Flow::new(&self.kek, form, (name, hash))?;
        flow.has_room = has_room;
        let mut tx = self.store.begin().await?;
        if username_is_anothers(&mut tx, &new).await? {
            return Err(SignUpRefusal::UsernameTaken);
        }
        let registration = match self.register(&mut tx, &new, requester, now).await {
            Ok(registration) => registration,
            // Taken a moment ago; on PostgreSQL the unit of work is over with it.
            Err(error) if error.is_taken() => return Err(SignUpRefusal::UsernameTaken),
            Err(fault) => return Err(fault.into()),
        };
        let made = match &registration {
            Registration::Pending { user } => Some(user.clone()),
            // Neither the address nor a name that it could be.
            Registration::Taken { user: None, .. } if new.username.is_some() => {
                return Err(SignUpRefusal::UsernameTaken);
            }
            Registration::Taken { .. } => None,
        };
        if self.settings.email_verification_is_required {
            self.send_verification(&mut tx, flow, &registration, requester, now).await?;
            tx.commit().await?;
            return Ok(ToldSignUp { outcome: SignUpOutcome::Verify(handle), made });
        }
        if let Registration::Taken { .. } = registration {
            self.send_notice(&mut tx, &registration, &form.locale, requester, now).await?;
        }
        tx.commit().await?;
        Ok(ToldSignUp { outcome: SignUpOutcome::Ready, made })
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
        // Without verification nothing shows that the address is theirs; an account may be taken back
        // to it.
        let is_kept = !self.settings.email_verification_is_required
            && email_changes::leads_back_to(tx, new.email.canonical(), now).await?;
        if !is_kept && let Some(user) = users::insert(tx, new, now).await? {
            return Ok(Registration::Pending { user });
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

    async fn checked_fields(&self, form: &SignUp) -> Result<EmailAddress, SignUpRefusal> {
        use secrecy::ExposeSecret as _;

        let mut problems = Vec::new();
        if form.needs_name || !form.name.trim().is_empty() {
            problems.extend(name_problem(form.name.trim()));
        }
        if checked_username(form.username.trim()).is_none() {
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
            let own = [form.name.as_str(), form.username.as_str(), form.email.as_str()];
            let found = self.password_problems(&form.password, &own).await?;
            problems.extend(found.into_iter().map(FieldProblem::Password));
        }
        match email {
            Ok(email) if problems.is_empty() => Ok(email),
            _ => Err(SignUpRefusal::Invalid(problems)),
        }
    }
}

/// Whether the username belongs to an account with another address.
async fn username_is_anothers(tx: &mut Tx, new: &NewAccount<'_>) -> Result<bool, StoreError> {
    let Some((_, canonical)) = new.username else { return Ok(false) };
    let found = users::find_credentials(tx, canonical).await?;
    Ok(found.is_some_and(|found| canonical_login_name(&found.user.email) != new.email.canonical()))
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
