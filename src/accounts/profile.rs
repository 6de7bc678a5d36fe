//! What a person says of themselves.

use super::{Accounts, faults_into};
use crate::audit;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::profile::{Profile, ProfileProblem, StoredProfile, UncheckedProfile};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{StoreError, Tx, sessions, turns, users};
use crate::throttle::{Decision, Limit, ThrottleKey};

pub use crate::domain::profile::{LOCALES, PostalAddress};

/// Usernames that one person may try: whoever is told "taken" could ask for every name there is.
const USERNAMES: Limit = Limit::new(20, 60 * 60);

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum ProfileRefusal {
    /// Fields that cannot be kept.
    #[error("{0:?}")]
    Invalid(Vec<ProfileProblem>),
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Too many usernames were tried.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(ProfileRefusal);

impl Accounts {
    /// Notes the language in which somebody signs in, where none is known of them: that of what is
    /// mailed to them later.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn note_language(&self, user: &User, tag: &str) -> Result<(), StoreError> {
        if user.locale.is_some() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        users::note_locale(&mut tx, &user.id, tag, self.clock.now()).await?;
        tx.commit().await
    }

    /// Saves what a person says of themselves. A telephone number that changes is no longer
    /// verified.
    ///
    /// # Errors
    ///
    /// With every field that cannot be kept.
    pub async fn update_profile(
        &self,
        (user, session): (&User, &Session),
        typed: &UncheckedProfile,
        requester: &Requester,
    ) -> Result<(), ProfileRefusal> {
        let profile = typed.checked(stored(user)).map_err(ProfileRefusal::Invalid)?;
        let is_same = profile.username.as_ref().map(|(typed, _)| typed) == user.username.as_ref();
        let tries = [(ThrottleKey::new("username", user.id.as_str()), USERNAMES)];
        if !is_same
            && let Decision::Refused { retry_after_seconds, .. } =
                self.count(&tries, requester).await?
        {
            return Err(ProfileRefusal::Throttled { retry_after_seconds });
        }
        if profile.is_of(user) {
            return Ok(());
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !is_same {
            take_turns(&mut tx, user, &profile).await?;
        }
        if !sessions::hold(&mut tx, session).await? {
            return Err(ProfileRefusal::SessionIsOver);
        }
        // What came into the account since it was read stays.
        let current = users::find(&mut tx, &user.id).await?.ok_or(ProfileRefusal::SessionIsOver)?;
        let (before, now_there) = (UncheckedProfile::of(user), UncheckedProfile::of(&current));
        let typed = typed.clone().changes_of(&before, now_there);
        let profile = typed.checked(stored(&current)).map_err(ProfileRefusal::Invalid)?;
        if !users::update_profile(&mut tx, &user.id, &profile, now).await? {
            return Err(ProfileRefusal::Invalid(vec![ProfileProblem::UsernameTaken]));
        }
        let event = AuditEvent::success(AuditKind::ProfileUpdated).of(&user.id).from(requester);
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn stored(user: &User) -> StoredProfile<'_> {
    StoredProfile {
        phone_number: user.phone_number.as_deref(),
        locale: user.locale.as_deref(),
        zoneinfo: user.zoneinfo.as_deref(),
    }
}

/// Waits for whoever gives up, or takes, one of the two names: so that no two who swap theirs wait for
/// one another.
pub(super) async fn take_turns(
    tx: &mut Tx,
    user: &User,
    profile: &Profile,
) -> Result<(), StoreError> {
    let before = user.username.as_deref().map(canonical_login_name);
    let after = profile.username.as_ref().map(|(_, canonical)| canonical.clone());
    let mut names: Vec<String> = before.into_iter().chain(after).collect();
    names.sort_unstable();
    for name in names {
        take_turn_at_username(tx, &name).await?;
    }
    Ok(())
}

/// Waits for everybody else who does something about a username (canonical), be it anybody's or not.
pub(super) async fn take_turn_at_username(tx: &mut Tx, canonical: &str) -> Result<(), StoreError> {
    turns::take(tx, &format!("username {canonical}")).await
}
