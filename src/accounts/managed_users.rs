//! Accounts as machines make, change and delete them, and people who look after others.
//!
//! 1. A change names what it is about; the rest stays. It is made to the account as it is at that moment, so
//!    that two changes of different members lose nothing. Who wants to be sure that nothing changed since
//!    they looked says so, and is refused otherwise.
//! 2. Nobody's password is changed: it is chosen by its owner, by the link of a mail. A new account may come
//!    with one.
//! 3. A new address ends what was mailed to the old one, which is told. It has no way back: whoever runs the
//!    installation decided it.

mod change;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::block::BlockRefusal;
use super::operator::OperatorRefusal;
use super::password_policy::PasswordProblem;
use super::profile::{stored, take_turn_at_username, take_turns};
use super::verification_stage::take_turn;
use super::{Accounts, AccountsFault, administrators, faults_into, invite};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::{EmailAddress, canonical_login_name};
use crate::domain::metadata::MetadataChange;
use crate::domain::profile::{Profile, ProfileProblem, StoredProfile, UncheckedProfile};
use crate::domain::session::Session;
use crate::domain::{ClientId, PasswordHash, Requester, Scopes, UserId};
use crate::store::user_search::{self, ListedUser};
use crate::store::users::{self, NewAccount};
use crate::store::{StoreError, Tx, managed_users, sessions, unverified_users};

/// Who changes other people's accounts: a machine, or a person in an app.
#[derive(Clone, Copy, Debug)]
pub struct ManagedBy<'call> {
    /// The machine or the app.
    pub client_id: &'call ClientId,
    /// The session of the person, where it is one.
    pub session: Option<&'call Session>,
    /// What a machine may do at the management API; absent of a person, whose standing was asked before.
    pub scopes: Option<&'call Scopes>,
    /// From where.
    pub requester: &'call Requester,
}

impl ManagedBy<'_> {
    /// Who did it, in an event that is nobody's any more.
    pub(super) fn told_in(self, event: AuditEvent) -> AuditEvent {
        let event = event.by_client(self.client_id);
        match self.session {
            Some(session) => event.with(serde_json::json!({ "by": session.user_id })),
            None => event,
        }
    }

    pub(super) fn event(
        self,
        kind: AuditKind,
        id: &UserId,
        mut detail: Map<String, Value>,
    ) -> AuditEvent {
        let person = self.session.map(|session| session.user_id.as_str().into());
        detail.extend(person.map(|person: Value| ("by".to_owned(), person)));
        let event = AuditEvent::success(kind).of(id).by_client(self.client_id);
        event.from(self.requester).with(Value::Object(detail))
    }
}

/// What becomes of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PictureChange {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Remove,
    /// It is at this address elsewhere.
    At(String),
}

/// What is changed of an account; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// What the person says of themselves, as it is to be.
    pub profile: UncheckedProfile,
    /// Another address.
    pub email: Option<EmailAddress>,
    /// Whether mail to the address is known to be read by its owner. Another address is not verified unless
    /// this says so.
    pub email_is_verified: Option<bool>,
    /// Whether messages to the number are known to be read by its owner.
    pub phone_is_verified: Option<bool>,
    /// What becomes of the picture.
    pub picture: PictureChange,
    /// Whether the person is kept out.
    pub is_blocked: Option<bool>,
    /// What becomes of `user_metadata`.
    pub user_metadata: MetadataChange,
    /// What becomes of `app_metadata`.
    pub app_metadata: MetadataChange,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewManagedUser {
    /// The address.
    pub email: EmailAddress,
    /// Absent: its owner chooses one by the link of a mail.
    pub password: Option<SecretString>,
    /// Whether a mail with that link goes out at once.
    pub invites: bool,
    /// Everything else; its `email` counts for nothing.
    pub rest: UserChange,
}

/// Why nothing is made, changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ManagedUserRefusal {
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// It is not as the caller saw it any more.
    #[error("the account changed since")]
    ChangedMeanwhile,
    /// Somebody else has the address or the username, whose member this is.
    #[error("somebody else has this {0}")]
    Taken(&'static str),
    /// The person who does it is signed in no more.
    #[error("the session of who does it is over")]
    SessionIsOver,
    /// Nobody would be left to run the installation.
    #[error("this is the last administrator")]
    LastAdministrator,
    /// Members of the profile that cannot be kept.
    #[error("{0:?}")]
    Profile(Vec<ProfileProblem>),
    /// One of the two objects would be too long.
    #[error("{0} would be too long")]
    MetadataTooLong(&'static str),
    /// Whoever reads the address can choose the password of somebody who may do more than the machine.
    #[error("this needs {0}")]
    BeyondCaller(String),
    /// There is no number that could be verified.
    #[error("there is no telephone number")]
    NoPhone,
    /// The policy refuses the password.
    #[error("the password cannot be used: {0}")]
    Password(PasswordProblem),
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(ManagedUserRefusal);

impl From<BlockRefusal> for ManagedUserRefusal {
    fn from(refusal: BlockRefusal) -> Self {
        match refusal {
            BlockRefusal::NoSuchUser => Self::NoSuchUser,
            BlockRefusal::LastAdministrator => Self::LastAdministrator,
            BlockRefusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Accounts {
    /// Makes an account.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn create_managed_user(
        &self,
        new: &NewManagedUser,
        by: ManagedBy<'_>,
    ) -> Result<ListedUser, ManagedUserRefusal> {
        let checked = new.rest.profile.checked(StoredProfile::default());
        let profile = checked.map_err(ManagedUserRefusal::Profile)?;
        let hash = self.hash_of_new(new, &profile).await?;
        let account = NewAccount {
            id: None,
            self_registered: false,
            email: &new.email,
            email_is_verified: false,
            username: None,
            name: None,
            password_hash: hash.as_ref(),
            locale: None,
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        take_turn(&mut tx, new.email.canonical()).await?;
        if let Some((_, canonical)) = &profile.username {
            take_turn_at_username(&mut tx, canonical).await?;
        }
        self.remove_unclaimed(&mut tx, new.email.canonical(), now).await?;
        let made = users::insert(&mut tx, &account, now).await?;
        let id = made.ok_or(ManagedUserRefusal::Taken("email"))?.id;
        audit::record(&mut tx, by.event(AuditKind::UserCreated, &id, Map::new()), now).await?;
        let rest = UserChange { email: None, ..new.rest.clone() };
        let current = of(&mut tx, &id).await?;
        self.apply(&mut tx, &current, (&profile, &rest), (by, now)).await?;
        let made = of(&mut tx, &id).await?;
        if new.invites {
            let expires_at = now.plus(invite::LIFETIME);
            self.send_invitation(&mut tx, &made.user, expires_at, now).await?;
            let event = by.event(AuditKind::UserInvited, &id, Map::new());
            audit::record(&mut tx, event, now).await?;
        }
        tx.commit().await?;
        self.bell.ring();
        Ok(made)
    }

    async fn hash_of_new(
        &self,
        new: &NewManagedUser,
        profile: &Profile,
    ) -> Result<Option<PasswordHash>, ManagedUserRefusal> {
        let Some(password) = &new.password else { return Ok(None) };
        let username = profile.username.as_ref().map(|(typed, _)| typed);
        let names = [&profile.name, &profile.given_name, &profile.family_name, &profile.nickname];
        let names = names.into_iter().filter_map(Option::as_deref);
        let own: Vec<&str> =
            names.chain(username.map(String::as_str)).chain([new.email.as_str()]).collect();
        match self.checked_hash(password, &own).await {
            Ok(hash) => Ok(Some(hash)),
            Err(OperatorRefusal::Password(problem)) => Err(ManagedUserRefusal::Password(problem)),
            Err(OperatorRefusal::Fault(fault)) => Err(ManagedUserRefusal::Fault(fault)),
            Err(other) => Err(StoreError::Corrupt(other.to_string()).into()),
        }
    }

    /// Changes an account. `read` is the account as the caller saw it; where the change `is_guarded`, it must
    /// not have changed since. To ask for what is so already changes nothing.
    ///
    /// # Errors
    ///
    /// With what to change; then nothing was.
    pub async fn change_user(
        &self,
        (read, is_guarded): (&ListedUser, bool),
        change: &UserChange,
        by: ManagedBy<'_>,
    ) -> Result<ListedUser, ManagedUserRefusal> {
        let mut tx = self.store.begin().await?;
        let changed = self.change_user_within(&mut tx, (read, is_guarded), change, by).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(changed)
    }

    /// The same within a unit of work, which is of no use after a refusal but one of the profile.
    pub(super) async fn change_user_within(
        &self,
        tx: &mut Tx,
        (read, is_guarded): (&ListedUser, bool),
        change: &UserChange,
        by: ManagedBy<'_>,
    ) -> Result<ListedUser, ManagedUserRefusal> {
        let checked = change.profile.checked(stored(&read.user));
        let profile = checked.map_err(ManagedUserRefusal::Profile)?;
        let (id, now) = (&read.user.id, self.clock.now());
        if let Some(email) = &change.email {
            // Two who swap theirs take both in one order.
            let mut turns = [canonical_login_name(&read.user.email), email.canonical().to_owned()];
            turns.sort_unstable();
            for turn in turns {
                take_turn(tx, &turn).await?;
            }
        }
        take_turns(tx, &read.user, &profile).await?;
        hold_both(tx, id, by).await?;
        let current = of(tx, id).await?;
        if is_guarded && current != *read {
            return Err(ManagedUserRefusal::ChangedMeanwhile);
        }
        // What came into the account since it was read stays.
        let before = UncheckedProfile::of(&read.user);
        let typed = change.profile.clone().changes_of(&before, UncheckedProfile::of(&current.user));
        let checked = typed.checked(stored(&current.user));
        let profile = checked.map_err(ManagedUserRefusal::Profile)?;
        self.apply(tx, &current, (&profile, change), (by, now)).await?;
        let changed = of(tx, id).await?;
        let members = change::changed_members(&current.user, &changed.user);
        if !members.is_empty() {
            let detail = Map::from_iter([("changed".to_owned(), members.into())]);
            let event = by.event(AuditKind::UserUpdated, id, detail);
            audit::record(tx, event, now).await?;
        }
        Ok(changed)
    }

    /// Deletes an account at once, with all that is known of the person; its owner is told by mail. Where the
    /// deletion `is_guarded`, the account must be as it was `read`.
    ///
    /// # Errors
    ///
    /// With why it stays; whatever of it is left after a fault goes within minutes.
    pub async fn delete_user(
        &self,
        (read, is_guarded): (&ListedUser, bool),
        by: ManagedBy<'_>,
    ) -> Result<(), ManagedUserRefusal> {
        let (id, now) = (&read.user.id, self.clock.now());
        let mut tx = self.store.begin().await?;
        hold_both(&mut tx, id, by).await?;
        let current = of(&mut tx, id).await?;
        if is_guarded && current != *read {
            return Err(ManagedUserRefusal::ChangedMeanwhile);
        }
        if administrators::must_stay(&mut tx, id).await? {
            return Err(ManagedUserRefusal::LastAdministrator);
        }
        managed_users::condemn(&mut tx, id, now).await?;
        sessions::end_others(&mut tx, id, None).await?;
        let event = by.event(AuditKind::AccountDeletionRequested, id, Map::new());
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        self.delete_for_good(&current.user, Some(by), now).await?;
        Ok(())
    }
}

/// Holds the account, and that of the person who does it, as long as they are signed in: in the order of their
/// ids, so that no two who change one another wait for one another.
async fn hold_both(tx: &mut Tx, id: &UserId, by: ManagedBy<'_>) -> Result<(), ManagedUserRefusal> {
    let Some(session) = by.session else {
        return Ok(unverified_users::hold(tx, Some(id)).await?);
    };
    let is_first = session.user_id.as_str() < id.as_str();
    if !is_first {
        unverified_users::hold(tx, Some(id)).await?;
    }
    if !sessions::hold(tx, session).await? {
        return Err(ManagedUserRefusal::SessionIsOver);
    }
    if is_first {
        unverified_users::hold(tx, Some(id)).await?;
    }
    Ok(())
}

async fn of(tx: &mut Tx, id: &UserId) -> Result<ListedUser, ManagedUserRefusal> {
    user_search::find(tx, id).await?.ok_or(ManagedUserRefusal::NoSuchUser)
}
