//! What an operator, or a machine of theirs, lets roles and people do at APIs.
//!
//! A permission is a scope of a registered API. Tokens tell of it, and introspection at once
//! (`oauth::entitlements`); it ends with the scope and with the API.

use serde_json::json;

use super::giver::Giver;
use super::operator::known_by_login;
use super::roles::stored;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::permission::{MOST_OF_ROLE, MOST_OF_USER, Permission};
use crate::domain::resource_server::ResourceServer;
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::store::permissions::{self, HeldPermission, Holder};
use crate::store::roles::RoleKey;
use crate::store::{Tx, resource_servers, roles, unverified_users, users};

/// What to give and what to take away.
#[derive(Clone, Debug, Default)]
pub struct PermissionChange {
    /// What to give.
    pub add: Vec<Permission>,
    /// What to take away.
    pub remove: Vec<Permission>,
}

/// A role with what it holds.
#[derive(Clone, Debug)]
pub struct PermissionsOfRole {
    /// Which role.
    pub role: Role,
    /// What it holds, by API and scope.
    pub permissions: Vec<Permission>,
}

/// A person with what they may do.
#[derive(Clone, Debug)]
pub struct PermissionsOfUser {
    /// Who.
    pub user: User,
    /// What they may do, by API and scope, and each way in which they have it.
    pub permissions: Vec<HeldPermission>,
}

/// Why a wish about permissions cannot be fulfilled. Each text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum PermissionRefusal {
    /// There is no such role.
    #[error("there is no role {0:?}. protekt role list shows those there are")]
    NoSuchRole(String),
    /// There is no such person.
    #[error("there is no account with the address or username {0:?}")]
    NoSuchUser(String),
    /// There is no such API.
    #[error(
        "there is no API with the identifier {0:?}. protekt resource-server list shows them all"
    )]
    NoSuchApi(String),
    /// The API does not know the scope.
    #[error(
        "the API {api} has no scope {scope:?}, and a permission is a scope of an API. protekt \
         resource-server list shows those it has"
    )]
    NoSuchScope {
        /// The API.
        api: String,
        /// What was given.
        scope: String,
    },
    /// The same permission is to be given and taken.
    #[error("the permission {scope} at {api} cannot be both added and removed")]
    BothWays {
        /// The API.
        api: String,
        /// The scope.
        scope: String,
    },
    /// Anybody may have made the account that is to do something at the management API.
    #[error(
        "the address {0} was never verified: anybody may have made this account. It gets permissions at \
         Protekt's own API once its owner has verified it"
    )]
    Unclaimed(String),
    /// Whoever gives it may do less themselves.
    #[error("nobody gives more than they have: this needs {0}")]
    BeyondGiver(String),
    /// The role would hold too many.
    #[error(
        "a role holds at most {MOST_OF_ROLE} permissions: divide them among several roles, or take \
         some away first"
    )]
    TooManyOfRole,
    /// The person would hold too many.
    #[error(
        "a person holds at most {MOST_OF_USER} permissions of their own: put them into a role, or \
         take some away first"
    )]
    TooManyOfUser,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(PermissionRefusal);

impl Accounts {
    /// Changes what a role holds: all of it or nothing. What it holds or lacks already is no error.
    /// Everybody who has the role feels it at the next refresh, and at once at introspection.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_role_permissions(
        &self,
        role: &str,
        change: &PermissionChange,
    ) -> Result<PermissionsOfRole, PermissionRefusal> {
        self.change_role_permissions_by(role, change, Giver::Operator).await
    }

    /// The same, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_role_permissions_by(
        &self,
        key: impl Into<RoleKey<'_>> + Send,
        change: &PermissionChange,
        giver: Giver<'_>,
    ) -> Result<PermissionsOfRole, PermissionRefusal> {
        refuse_both_ways(change)?;
        let (key, now) = (key.into(), self.clock.now());
        let mut tx = self.store.begin().await?;
        let unknown = || PermissionRefusal::NoSuchRole(key.text().to_owned());
        let role = roles::hold(&mut tx, stored(key).ok_or_else(unknown)?).await?;
        let role = role.ok_or_else(unknown)?;
        // A role that opens more than they may do is not theirs to change, not to less either: what it asks
        // of who has it would be theirs next.
        if let Some(beyond) = giver.lacks_of_role(&mut tx, &role).await? {
            return Err(PermissionRefusal::BeyondGiver(beyond));
        }
        let whose = Whose::Role(&role);
        apply(&mut tx, (whose, giver), change, now).await?;
        if permissions::count(&mut tx, whose.holder()).await? > MOST_OF_ROLE
            && !change.add.is_empty()
        {
            return Err(PermissionRefusal::TooManyOfRole);
        }
        let permissions = permissions::of_role(&mut tx, &role.id).await?;
        tx.commit().await?;
        Ok(PermissionsOfRole { role, permissions })
    }

    /// What a role holds.
    ///
    /// # Errors
    ///
    /// `NoSuchRole` where there is none.
    pub async fn permissions_of_role(
        &self,
        key: impl Into<RoleKey<'_>> + Send,
    ) -> Result<PermissionsOfRole, PermissionRefusal> {
        let key = key.into();
        let unknown = || PermissionRefusal::NoSuchRole(key.text().to_owned());
        let mut tx = self.store.read().await?;
        let role = roles::find(&mut tx, stored(key).ok_or_else(unknown)?).await?;
        let role = role.ok_or_else(unknown)?.role;
        let permissions = permissions::of_role(&mut tx, &role.id).await?;
        Ok(PermissionsOfRole { role, permissions })
    }

    /// Changes what the person who signs in by `login` may do of their own, beside what their roles
    /// hold: all of it or nothing. What they have or lack already is no error.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_user_permissions(
        &self,
        login: &str,
        change: &PermissionChange,
    ) -> Result<PermissionsOfUser, PermissionRefusal> {
        let user = user_of(&mut self.store.read().await?, login).await?;
        self.change_permissions_of(&user.id, change, Giver::Operator).await
    }

    /// The same for the person with this id, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_permissions_of(
        &self,
        id: &UserId,
        change: &PermissionChange,
        giver: Giver<'_>,
    ) -> Result<PermissionsOfUser, PermissionRefusal> {
        refuse_both_ways(change)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?;
        let user = user.ok_or_else(|| PermissionRefusal::NoSuchUser(id.0.clone()))?;
        let whose = Whose::User(&user);
        apply(&mut tx, (whose, giver), change, now).await?;
        if permissions::count(&mut tx, whose.holder()).await? > MOST_OF_USER
            && !change.add.is_empty()
        {
            return Err(PermissionRefusal::TooManyOfUser);
        }
        let permissions = permissions::of_user(&mut tx, &user.id).await?;
        tx.commit().await?;
        Ok(PermissionsOfUser { user, permissions })
    }

    /// What the person with this id may do, of their own and by their roles.
    ///
    /// # Errors
    ///
    /// `NoSuchUser` where there is none.
    pub async fn permissions_of_id(
        &self,
        id: &UserId,
    ) -> Result<PermissionsOfUser, PermissionRefusal> {
        let mut tx = self.store.read().await?;
        let user = users::find(&mut tx, id).await?;
        let user = user.ok_or_else(|| PermissionRefusal::NoSuchUser(id.0.clone()))?;
        let permissions = permissions::of_user(&mut tx, id).await?;
        Ok(PermissionsOfUser { user, permissions })
    }

    /// What the person who signs in by `login` may do, of their own and by their roles.
    ///
    /// # Errors
    ///
    /// `NoSuchUser` where there is none.
    pub async fn permissions_of_user(
        &self,
        login: &str,
    ) -> Result<PermissionsOfUser, PermissionRefusal> {
        let mut tx = self.store.read().await?;
        let user = user_of(&mut tx, login).await?;
        let permissions = permissions::of_user(&mut tx, &user.id).await?;
        Ok(PermissionsOfUser { user, permissions })
    }
}

/// Whose permissions change.
#[derive(Clone, Copy)]
enum Whose<'held> {
    Role(&'held Role),
    User(&'held User),
}

impl<'held> Whose<'held> {
    const fn holder(self) -> Holder<'held> {
        match self {
            Self::Role(role) => Holder::Role(&role.id),
            Self::User(user) => Holder::User(&user.id),
        }
    }

    fn event(self, permission: &Permission, is_given: bool) -> AuditEvent {
        let (api, scope) = (&permission.api, &permission.scope);
        let kind = match self {
            Self::Role(_) if is_given => AuditKind::RolePermissionAdded,
            Self::Role(_) => AuditKind::RolePermissionRemoved,
            Self::User(_) if is_given => AuditKind::UserPermissionAdded,
            Self::User(_) => AuditKind::UserPermissionRemoved,
        };
        let event = AuditEvent::success(kind);
        match self {
            Self::Role(Role { name, .. }) => {
                event.with(json!({ "role": name, "api": api, "permission": scope }))
            }
            Self::User(user) => event.of(&user.id).with(json!({ "api": api, "permission": scope })),
        }
    }
}

fn refuse_both_ways(change: &PermissionChange) -> Result<(), PermissionRefusal> {
    match change.add.iter().find(|permission| change.remove.contains(permission)) {
        Some(Permission { api, scope }) => {
            Err(PermissionRefusal::BothWays { api: api.clone(), scope: scope.clone() })
        }
        None => Ok(()),
    }
}

/// Does what is wished, API by API. Each is held to the end, so that none loses a scope meanwhile.
async fn apply(
    tx: &mut Tx,
    (whose, giver): (Whose<'_>, Giver<'_>),
    change: &PermissionChange,
    now: Timestamp,
) -> Result<(), PermissionRefusal> {
    // In one order, so that two changes at once do not wait for one another.
    let mut wishes: Vec<(&Permission, bool)> =
        change.add.iter().map(|permission| (permission, true)).collect();
    wishes.extend(change.remove.iter().map(|permission| (permission, false)));
    wishes.sort_unstable();
    let mut held: Option<ResourceServer> = None;
    for (permission, is_given) in wishes {
        let api = match held.take() {
            Some(api) if api.identifier == permission.api => api,
            _ => hold_api(tx, &permission.api).await?,
        };
        let Permission { api: identifier, scope } = permission;
        if api.scopes.find(scope).is_none() {
            let (api, scope) = (identifier.clone(), scope.clone());
            return Err(PermissionRefusal::NoSuchScope { api, scope });
        }
        if is_given && giver.lacks(&api, scope) {
            return Err(PermissionRefusal::BeyondGiver(scope.clone()));
        }
        if let Whose::User(user) = whose
            && is_given
            && api.is_built_in()
            && user.is_unclaimed()
        {
            return Err(PermissionRefusal::Unclaimed(user.email.clone()));
        }
        let at = (&api.id, scope.as_str());
        let is_changed = if is_given {
            permissions::add(tx, whose.holder(), at, now).await?
        } else {
            permissions::remove(tx, whose.holder(), at).await?
        };
        if is_changed {
            let event = giver.told_in(whose.event(permission, is_given));
            audit::record(tx, event, now).await?;
        }
        held = Some(api);
    }
    Ok(())
}

async fn hold_api(tx: &mut Tx, identifier: &str) -> Result<ResourceServer, PermissionRefusal> {
    let unknown = || PermissionRefusal::NoSuchApi(identifier.to_owned());
    if identifier.contains('\0') {
        return Err(unknown());
    }
    resource_servers::hold(tx, identifier).await?.ok_or_else(unknown)
}

async fn user_of(tx: &mut Tx, login: &str) -> Result<User, PermissionRefusal> {
    let found = known_by_login(tx, login).await?;
    found.ok_or_else(|| PermissionRefusal::NoSuchUser(login.to_owned()))
}
