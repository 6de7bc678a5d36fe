//! What an operator does with roles: making them, giving them to people, and taking them away.
//!
//! What a role asks of its holders is read when it matters ([`Accounts::factor_policy`]), so every
//! change is felt at once.

use super::administrators;
use super::operator::known_by_login;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::role::{
    ADMIN, LONGEST_DESCRIPTION, MOST_OF_USER, Role, RoleName, RoleNameProblem, is_description,
};
use crate::domain::user::User;
use crate::domain::{RoleId, UserId};
use crate::random;
use crate::store::roles::{self, HeldRole};
use crate::store::{StoreError, Tx, unverified_users, users};

/// A role to be made.
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    /// What it is called.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether who has it must have a second factor.
    pub second_factor_required: bool,
}

/// What to change about a role; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct RoleChange {
    /// What it is for.
    pub description: Option<String>,
    /// Whether who has it must have a second factor.
    pub second_factor_required: Option<bool>,
}

/// A person with the roles they have now.
#[derive(Clone, Debug)]
pub struct RolesOfUser {
    /// Who.
    pub user: User,
    /// What they have, in the order in which it was given.
    pub roles: Vec<Role>,
}

/// Why an operator's wish about roles cannot be fulfilled. Each text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum RoleRefusal {
    /// No name for a role.
    #[error("{name:?}: {problem}")]
    Name {
        /// What was given.
        name: String,
        /// What is wrong with it.
        problem: RoleNameProblem,
    },
    /// There is such a role.
    #[error("there is a role {0} already")]
    NameTaken(String),
    /// No description.
    #[error(
        "a role's description is one line of at most {LONGEST_DESCRIPTION} characters, none of \
         them a control character"
    )]
    DescriptionMalformed,
    /// There is no such role.
    #[error("there is no role {0:?}. protekt role list shows those there are")]
    Unknown(String),
    /// The same role is to be given and taken.
    #[error("the role {0} cannot be both added and removed")]
    BothWays(String),
    /// It is the built-in one.
    #[error("the role {0} is Protekt's own and stays. protekt user roles takes it from people")]
    BuiltIn(String),
    /// Nobody would be left to run the installation.
    #[error(
        "{0} is the last administrator who is not blocked and not about to be deleted: give another \
         person the role {ADMIN} first, with protekt user roles EMAIL --add {ADMIN}"
    )]
    LastAdministrator(String),
    /// Anybody may have made the account.
    #[error(
        "{0} signed up and was never verified, so that anybody may have made the account: who has the \
         role {ADMIN} must have signed in or verified the address before"
    )]
    Unclaimed(String),
    /// The person would have too many.
    #[error("a person has at most {MOST_OF_USER} roles: take one away first")]
    TooMany,
    /// There is no such person.
    #[error("there is no account with the address or username {0:?}")]
    NoSuchUser(String),
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(RoleRefusal);

impl Accounts {
    /// Makes a role.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn create_role(&self, new: NewRole) -> Result<Role, RoleRefusal> {
        let name: RoleName = new
            .name
            .parse()
            .map_err(|problem| RoleRefusal::Name { name: new.name.clone(), problem })?;
        let description = checked_description(&new.description)?;
        let now = self.clock.now();
        let role = Role {
            id: RoleId(random::ulid(now)),
            name: name.as_str().to_owned(),
            description: description.to_owned(),
            second_factor_required: new.second_factor_required,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await?;
        if !roles::insert(&mut tx, &role).await? {
            return Err(RoleRefusal::NameTaken(role.name));
        }
        record(&mut tx, AuditKind::RoleCreated, (&role, None), now).await?;
        tx.commit().await?;
        Ok(role)
    }

    /// Changes a role. What it asks of a second factor is felt by its holders at their next step.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn update_role(&self, name: &str, change: RoleChange) -> Result<Role, RoleRefusal> {
        let description = change.description.as_deref().map(checked_description).transpose()?;
        let unknown = || RoleRefusal::Unknown(name.to_owned());
        let named = stored_name(name).ok_or_else(unknown)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let wish = (description, change.second_factor_required);
        let role = roles::update(&mut tx, named, wish, now).await?.ok_or_else(unknown)?;
        record(&mut tx, AuditKind::RoleUpdated, (&role, None), now).await?;
        tx.commit().await?;
        Ok(role)
    }

    /// Deletes a role; who had it has it no more. Says how many those were.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role, `BuiltIn` where it is our own.
    pub async fn delete_role(&self, name: &str) -> Result<(Role, i64), RoleRefusal> {
        let unknown = || RoleRefusal::Unknown(name.to_owned());
        let named = deletable_name(name)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Held first: nobody is given it between the count and the end.
        let role = roles::hold(&mut tx, named).await?.ok_or_else(unknown)?;
        let holders = roles::count_holders(&mut tx, &role.id).await?;
        roles::delete(&mut tx, named).await?;
        let event = event(AuditKind::RoleDeleted, &role, None);
        let detail = serde_json::json!({ "role": role.name, "holders": holders });
        audit::record(&mut tx, event.with(detail), now).await?;
        tx.commit().await?;
        Ok((role, holders))
    }

    /// The role of this name, which can be deleted, with how many people have it.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role, `BuiltIn` where it cannot be deleted.
    pub async fn deletable_role(&self, name: &str) -> Result<HeldRole, RoleRefusal> {
        deletable_name(name)?;
        self.role(name).await
    }

    /// The role of this name, with how many people have it.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role.
    pub async fn role(&self, name: &str) -> Result<HeldRole, RoleRefusal> {
        let unknown = || RoleRefusal::Unknown(name.to_owned());
        let named = stored_name(name).ok_or_else(unknown)?;
        roles::find(&mut self.store.read().await?, named).await?.ok_or_else(unknown)
    }

    /// At most `limit` roles after `after`, in the order in which they were made, with how many
    /// people have each.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn list_roles(
        &self,
        after: Option<&RoleId>,
        limit: i64,
    ) -> Result<Vec<HeldRole>, StoreError> {
        roles::list(&mut self.store.read().await?, after, limit).await
    }

    /// Gives roles to the person who signs in by `login`, and takes roles from them: all of it or
    /// nothing. What they have or lack already is no error.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_roles(
        &self,
        login: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<RolesOfUser, RoleRefusal> {
        let user = user_of(&mut self.store.read().await?, login).await?;
        self.change_roles_of(&user.id, add, remove).await
    }

    /// The same for the person with this id.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_roles_of(
        &self,
        id: &UserId,
        add: &[String],
        remove: &[String],
    ) -> Result<RolesOfUser, RoleRefusal> {
        if let Some(both) = add.iter().find(|role| remove.contains(role)) {
            return Err(RoleRefusal::BothWays(both.clone()));
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?;
        let user = user.ok_or_else(|| RoleRefusal::NoSuchUser(id.0.clone()))?;
        // In one order, so that two changes at once do not wait for one another.
        let mut wishes: Vec<(&String, bool)> = add.iter().map(|role| (role, true)).collect();
        wishes.extend(remove.iter().map(|role| (role, false)));
        wishes.sort_unstable();
        for (name, is_given) in wishes {
            change_one(&mut tx, &user, (name, is_given), now).await?;
        }
        if !add.is_empty() && roles::count_of_user(&mut tx, &user.id).await? > MOST_OF_USER {
            return Err(RoleRefusal::TooMany);
        }
        let roles = roles::of_user(&mut tx, &user.id).await?;
        tx.commit().await?;
        Ok(RolesOfUser { user, roles })
    }

    /// The roles of the person who signs in by `login`.
    ///
    /// # Errors
    ///
    /// `NoSuchUser` where there is none.
    pub async fn roles_of(&self, login: &str) -> Result<RolesOfUser, RoleRefusal> {
        let mut tx = self.store.read().await?;
        let user = user_of(&mut tx, login).await?;
        let roles = roles::of_user(&mut tx, &user.id).await?;
        Ok(RolesOfUser { user, roles })
    }
}

async fn change_one(
    tx: &mut Tx,
    user: &User,
    (name, is_given): (&str, bool),
    now: Timestamp,
) -> Result<(), RoleRefusal> {
    let unknown = || RoleRefusal::Unknown(name.to_owned());
    let named = stored_name(name).ok_or_else(unknown)?;
    let role = roles::hold(tx, named).await?.ok_or_else(unknown)?;
    if named == ADMIN {
        refuse_about_admin(tx, user, is_given).await?;
    }
    let user_id = &user.id;
    let (is_changed, kind) = if is_given {
        (roles::assign(tx, user_id, &role.id, now).await?, AuditKind::RoleAssigned)
    } else {
        (roles::remove(tx, user_id, &role.id).await?, AuditKind::RoleRemoved)
    };
    if is_changed {
        record(tx, kind, (&role, Some(user_id)), now).await?;
    }
    Ok(())
}

/// Who may not be made an administrator, and who must stay one.
async fn refuse_about_admin(tx: &mut Tx, user: &User, is_given: bool) -> Result<(), RoleRefusal> {
    if is_given && user.is_unclaimed() {
        return Err(RoleRefusal::Unclaimed(user.email.clone()));
    }
    if !is_given && administrators::must_stay(tx, &user.id).await? {
        return Err(RoleRefusal::LastAdministrator(user.email.clone()));
    }
    Ok(())
}

async fn user_of(tx: &mut Tx, login: &str) -> Result<User, RoleRefusal> {
    let found = known_by_login(tx, login).await?;
    found.ok_or_else(|| RoleRefusal::NoSuchUser(login.to_owned()))
}

/// The name of a role that can be deleted, as far as the name tells.
fn deletable_name(name: &str) -> Result<&str, RoleRefusal> {
    match stored_name(name) {
        Some(ADMIN) => Err(RoleRefusal::BuiltIn(name.to_owned())),
        Some(named) => Ok(named),
        None => Err(RoleRefusal::Unknown(name.to_owned())),
    }
}

/// A name that the database can be asked for.
pub(super) fn stored_name(name: &str) -> Option<&str> {
    (!name.contains('\0')).then_some(name)
}

fn checked_description(text: &str) -> Result<&str, RoleRefusal> {
    let text = text.trim();
    is_description(text).then_some(text).ok_or(RoleRefusal::DescriptionMalformed)
}

fn event(kind: AuditKind, role: &Role, user_id: Option<&UserId>) -> AuditEvent {
    let event = AuditEvent { user_id: user_id.cloned(), ..AuditEvent::success(kind) };
    event.with(serde_json::json!({
        "role": role.name,
        "second_factor_required": role.second_factor_required,
    }))
}

async fn record(
    tx: &mut Tx,
    kind: AuditKind,
    (role, user_id): (&Role, Option<&UserId>),
    now: Timestamp,
) -> Result<(), StoreError> {
    audit::record(tx, event(kind, role, user_id), now).await
}
