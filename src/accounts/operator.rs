//! What an operator does with accounts, from the command line.

use secrecy::SecretString;

use super::password::{Busy, HasherFault};
use super::password_policy::PasswordProblem;
use super::password_tries;
use super::recover::end_recoveries;
use super::second_factor::{forget_tries, remove_every_factor};
use super::verification_stage::take_turn;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::{EmailAddress, canonical_login_name};
use crate::domain::name::is_plain_line;
use crate::domain::profile::{self, LONGEST_NAME};
use crate::domain::user::User;
use crate::domain::{PasswordHash, UserId};
use crate::store::account_recoveries::RecoveryOutcome;
use crate::store::users::{self, NewAccount};
use crate::store::{
    StoreError, Tx, email_verifications, factor_additions, outbox, password_resets, sessions,
    unverified_users,
};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// A fixed id; a new one where absent.
    pub id: Option<UserId>,
    /// The address.
    pub email: String,
    /// An optional second name to sign in with.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// Absent: nobody can sign in until one is set.
    pub password: Option<SecretString>,
    /// Whether the operator knows that the address is this person's.
    pub email_is_verified: bool,
}

/// Why an operator's wish cannot be fulfilled. Each text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum OperatorRefusal {
    /// No address.
    #[error("{0:?} is not an e-mail address")]
    EmailMalformed(String),
    /// No username.
    #[error(
        "{0:?} cannot be a username: it must have 1 to 64 characters, none of them an @, a control \
         character or invisible, and no space but single ones between words"
    )]
    UsernameMalformed(String),
    /// No name.
    #[error(
        "the name must have at most 200 characters on one line, none of them one that turns or \
         hides text"
    )]
    NameMalformed,
    /// None of our languages.
    #[error("{0:?} is none of the languages: en, de, ar")]
    LocaleUnknown(String),
    /// The address has an account.
    #[error("an account with the address {0} exists already")]
    EmailTaken(String),
    /// The username has an account.
    #[error("an account with the username {0} exists already")]
    UsernameTaken(String),
    /// The policy refuses the password.
    #[error("the password cannot be used: {0}")]
    Password(PasswordProblem),
    /// Nobody has this name.
    #[error("there is no account with the address or username {0:?}")]
    NoSuchUser(String),
    /// Nothing of this name waits to be decided.
    #[error("{0:?} has not asked for a way back into their account, or that was decided already")]
    NoSuchRecovery(String),
    /// The way back is switched off.
    #[error(
        "the way back is switched off: set recovery.enabled to true to approve it, so that its \
         owner can object before recovery.delay is over"
    )]
    RecoveryOff,
    /// The person is kept out.
    #[error("{0} is blocked, and could not object: let them in first, with protekt user unblock")]
    Blocked(String),
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(OperatorRefusal);

impl From<Busy> for OperatorRefusal {
    fn from(busy: Busy) -> Self {
        Self::from(HasherFault::Failed(busy.to_string()))
    }
}

impl Accounts {
    /// Makes an account.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn create_user(&self, new: NewUser) -> Result<User, OperatorRefusal> {
        let email: EmailAddress =
            new.email.parse().map_err(|_| OperatorRefusal::EmailMalformed(new.email.clone()))?;
        let name = new.name.as_deref().map(checked_name).transpose()?;
        let username = new.username.as_deref().map(checked_username).transpose()?;
        let hash = match &new.password {
            Some(password) => {
                let username = new.username.as_deref().unwrap_or_default();
                let own = [new.email.as_str(), name.unwrap_or_default(), username];
                Some(self.checked_hash(password, &own).await?)
            }
            None => None,
        };
        let account = NewAccount {
            id: new.id.as_ref(),
            self_registered: false,
            email: &email,
            email_is_verified: new.email_is_verified,
            username: username.as_ref().map(|(typed, canonical)| (*typed, canonical.as_str())),
            name,
            password_hash: hash.as_ref(),
            locale: None,
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        take_turn(&mut tx, email.canonical()).await?;
        self.remove_unclaimed(&mut tx, email.canonical(), now).await?;
        let Some(user) = users::insert(&mut tx, &account, now).await? else {
            let is_email = users::find_credentials(&mut tx, email.canonical()).await?.is_some();
            return Err(match new.username {
                Some(username) if !is_email => OperatorRefusal::UsernameTaken(username),
                _ => OperatorRefusal::EmailTaken(new.email),
            });
        };
        audit::record(&mut tx, AuditEvent::success(AuditKind::UserCreated).of(&user.id), now)
            .await?;
        tx.commit().await?;
        Ok(user)
    }

    /// An account that a stranger began with this address is nobody's, and gives way.
    pub(super) async fn remove_unclaimed(
        &self,
        tx: &mut Tx,
        canonical_email: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(found) = users::find_credentials(tx, canonical_email).await? else {
            return Ok(());
        };
        unverified_users::hold(tx, Some(&found.user.id)).await?;
        let user = users::find(tx, &found.user.id).await?;
        let Some(user) = user.filter(|user| self.gives_way(user)) else { return Ok(()) };
        outbox::withdraw_all_of(tx, &user.id).await?;
        if unverified_users::delete(tx, &user.id).await? {
            let event = AuditEvent::success(AuditKind::UnverifiedAccountRemoved).of(&user.id);
            audit::record(tx, event, now).await?;
        }
        Ok(())
    }

    /// Whether an account is nobody's, and gives way to the address's owner.
    pub(super) fn gives_way(&self, user: &User) -> bool {
        self.settings.email_verification_is_required && user.is_unclaimed() && !user.is_blocked()
    }

    /// At most `limit` accounts after `after`, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn list_users(
        &self,
        after: Option<&UserId>,
        limit: i64,
    ) -> Result<Vec<User>, StoreError> {
        users::list(&mut self.store.read().await?, after, limit).await
    }

    /// Sets the password of the account that signs in by `login`; every session and token of the
    /// person ends.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn set_password(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<User, OperatorRefusal> {
        let nobody = || OperatorRefusal::NoSuchUser(login.to_owned());
        let user = find_by_login(&mut self.store.read().await?, login).await?;
        let hash = self.checked_hash(password, &user.own_words()).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        password_tries::forget_all(&mut tx, &user, None).await?;
        let user = users::set_password(&mut tx, &user.id, &hash, now).await?.ok_or_else(nobody)?;
        // The operator vouches for it: no later sign-up takes it over.
        unverified_users::claim(&mut tx, &user.id).await?;
        sessions::end_others(&mut tx, &user.id, None).await?;
        email_verifications::supersede_all_of(&mut tx, &user.id, now).await?;
        password_resets::supersede_all_of(&mut tx, Some(&user.id), now).await?;
        self.tell_of_new_password(&mut tx, &user, None, now).await?;
        audit::record(&mut tx, AuditEvent::success(AuditKind::PasswordSet).of(&user.id), now)
            .await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Removes every second factor of the account that signs in by `login`, passkeys and backup
    /// codes too, and ends every session and token; says how many factors there were. A password that
    /// was chosen by mail goes too, until it was given with a factor. The person is told by mail.
    /// Where there were none, nothing changes.
    ///
    /// # Errors
    ///
    /// If there is no such account, or the database fails.
    pub async fn reset_factors(&self, login: &str) -> Result<(User, u64), OperatorRefusal> {
        let user = find_by_login(&mut self.store.read().await?, login).await?;
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let nobody = || OperatorRefusal::NoSuchUser(login.to_owned());
        let user = users::find(&mut tx, &user.id).await?.ok_or_else(nobody)?;
        let event = AuditEvent::success(AuditKind::SecondFactorsReset).of(&user.id);
        let removed = self.reset_factors_within(tx, &user, event).await?;
        Ok((user, removed))
    }

    /// The same for an account that the unit of work holds, which ends here; `event` says who did it.
    pub(super) async fn reset_factors_within(
        &self,
        mut tx: Tx,
        user: &User,
        event: AuditEvent,
    ) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let removed = remove_every_factor(&mut tx, &user.id).await?;
        if removed == 0 {
            // What was begun and never finished stays, too.
            drop(tx);
            return Ok(0);
        }
        factor_additions::note_removal(&mut tx, &user.id, now).await?;
        end_recoveries(&mut tx, &user.id, RecoveryOutcome::Done, now).await?;
        if user.password_by_mail_at.is_some() {
            // Whoever chose it by mail was stopped at the factors that go now: not again by it alone.
            users::take_password(&mut tx, &user.id, now).await?;
        }
        users::note_password_by_mail(&mut tx, &user.id, None).await?;
        forget_tries(&mut tx, user).await?;
        // Whoever the factors were taken from may be signed in with them.
        users::raise_generation(&mut tx, &user.id, user.generation).await?;
        sessions::end_others(&mut tx, &user.id, None).await?;
        self.tell_of_reset_factors(&mut tx, user, now).await?;
        audit::record(&mut tx, event.with(serde_json::json!({ "removed": removed })), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(removed)
    }

    pub(super) async fn checked_hash(
        &self,
        password: &SecretString,
        own: &[&str],
    ) -> Result<PasswordHash, OperatorRefusal> {
        if let Some(problem) = self.password_problems(password, own).await?.into_iter().next() {
            return Err(OperatorRefusal::Password(problem));
        }
        let ticket = self.hasher.admit()?;
        Ok(self.hasher.hash(ticket, password).await?)
    }
}

/// The account that signs in by `login`.
///
/// # Errors
///
/// If there is none, or the database fails.
pub async fn find_by_login(tx: &mut Tx, login: &str) -> Result<User, OperatorRefusal> {
    known_by_login(tx, login).await?.ok_or_else(|| OperatorRefusal::NoSuchUser(login.to_owned()))
}

/// The same; `None` where there is none.
///
/// # Errors
///
/// If the database fails.
pub(super) async fn known_by_login(tx: &mut Tx, login: &str) -> Result<Option<User>, StoreError> {
    if login.contains('\0') {
        return Ok(None);
    }
    let found = users::find_credentials(tx, &canonical_login_name(login)).await?;
    Ok(found.map(|found| found.user))
}

/// The id of the account that signs in by `account`, or has it as its id. Where nobody has it, it
/// may be the id of an account that is gone.
///
/// # Errors
///
/// If the database fails, or it cannot be an id either.
pub async fn id_of(tx: &mut Tx, account: &str) -> Result<UserId, OperatorRefusal> {
    match find_by_login(tx, account).await {
        Ok(user) => Ok(user.id),
        Err(OperatorRefusal::NoSuchUser(_)) if !account.contains(['@', '\0']) => {
            Ok(UserId::from(account))
        }
        Err(refusal) => Err(refusal),
    }
}

/// Says beforehand what [`Accounts::create_user`] would refuse about the names of an account.
///
/// # Errors
///
/// With what to change.
pub async fn refuse_taken(
    tx: &mut Tx,
    email: &str,
    username: Option<&str>,
) -> Result<(), OperatorRefusal> {
    let address: EmailAddress =
        email.parse().map_err(|_| OperatorRefusal::EmailMalformed(email.to_owned()))?;
    let name = username.map(checked_username).transpose()?;
    let found = users::find_credentials(tx, address.canonical()).await?;
    // What a stranger began gives way.
    if found.is_some_and(|found| !found.user.is_unclaimed()) {
        return Err(OperatorRefusal::EmailTaken(email.to_owned()));
    }
    if let Some((typed, canonical)) = name
        && users::find_credentials(tx, &canonical).await?.is_some()
    {
        return Err(OperatorRefusal::UsernameTaken(typed.to_owned()));
    }
    Ok(())
}

pub(super) fn checked_name(name: &str) -> Result<&str, OperatorRefusal> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME || !is_plain_line(name) {
        return Err(OperatorRefusal::NameMalformed);
    }
    Ok(name)
}

pub(super) fn checked_username(username: &str) -> Result<(&str, String), OperatorRefusal> {
    let checked = profile::checked_username(username).flatten();
    let refusal = || OperatorRefusal::UsernameMalformed(username.to_owned());
    checked.map(|(_, canonical)| (username, canonical)).ok_or_else(refusal)
}
