//! What an operator, or a machine of theirs, does with roles: making them, giving them to people, and taking them away.
//!
//! What a role asks of its holders is read when it matters ([`Accounts::factor_policy`]), so every
//! change is felt at once.

use super::administrators;
use super::giver::{Giver, opens_anything};
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
use crate::store::roles::{self, HeldRole, Holders, RoleKey};
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

/// Why a wish about roles cannot be fulfilled. Each text says what to change.
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
    /// Whoever gives it may do less themselves.
    #[error("nobody gives more than they have: this needs {0}")]
    BeyondGiver(String),
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
        self.create_role_by(new, Giver::Operator).await
    }

    /// The same, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn create_role_by(
        &self,
        new: NewRole,
        giver: Giver<'_>,
    ) -> Result<Role, RoleRefusal> {
        let name = checked_name(&new.name)?;
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
        record(&mut tx, (AuditKind::RoleCreated, giver), (&role, None), now).await?;
        tx.commit().await?;
        Ok(role)
    }

    /// Changes a role. What it asks of a second factor is felt by its holders at their next step.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn update_role(&self, name: &str, change: RoleChange) -> Result<Role, RoleRefusal> {
        self.update_role_by(name, change, Giver::Operator).await
    }

    /// The same, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn update_role_by(
        &self,
        key: impl Into<RoleKey<'_>> + Send,
        change: RoleChange,
        giver: Giver<'_>,
    ) -> Result<Role, RoleRefusal> {
        let key = key.into();
        let description = change.description.as_deref().map(checked_description).transpose()?;
        let unknown = || RoleRefusal::Unknown(key.text().to_owned());
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let old = roles::hold(&mut tx, stored(key).ok_or_else(unknown)?).await?;
        let old = old.ok_or_else(unknown)?;
        if let Some(beyond) = giver.lacks_of_role(&mut tx, &old).await? {
            return Err(RoleRefusal::BeyondGiver(beyond));
        }
        let wish = (description, change.second_factor_required);
        if wish == (None, None) {
            return Ok(old);
        }
        let role = roles::update(&mut tx, &old.id, wish, now).await?.ok_or_else(unknown)?;
        record(&mut tx, (AuditKind::RoleUpdated, giver), (&role, None), now).await?;
        tx.commit().await?;
        Ok(role)
    }

    /// Deletes a role; who had it has it no more. Says how many those were.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role, `BuiltIn` where it is our own.
    pub async fn delete_role(&self, name: &str) -> Result<(Role, i64), RoleRefusal> {
        self.delete_role_by(name, Giver::Operator).await
    }

    /// The same, by whoever may.
    ///
    /// # Errors
    ///
    /// As for [`Self::delete_role`].
    pub async fn delete_role_by(
        &self,
        key: impl Into<RoleKey<'_>> + Send,
        giver: Giver<'_>,
    ) -> Result<(Role, i64), RoleRefusal> {
        let key = key.into();
        let unknown = || RoleRefusal::Unknown(key.text().to_owned());
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Held first: nobody is given it between the count and the end.
        let role = roles::hold(&mut tx, stored(key).ok_or_else(unknown)?).await?;
        let role = role.ok_or_else(unknown)?;
        if role.name == ADMIN {
            return Err(RoleRefusal::BuiltIn(role.name));
        }
        let holders = roles::count_holders(&mut tx, &role.id).await?;
        roles::delete(&mut tx, &role.id).await?;
        let event = giver.told_in(event(AuditKind::RoleDeleted, &role, None));
        let detail =
            serde_json::json!({ "role": role.name, "role_id": role.id, "holders": holders });
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
        if name == ADMIN {
            return Err(RoleRefusal::BuiltIn(name.to_owned()));
        }
        self.role(name).await
    }

    /// The role, with how many people have it.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role.
    pub async fn role(&self, key: impl Into<RoleKey<'_>> + Send) -> Result<HeldRole, RoleRefusal> {
        let key = key.into();
        let unknown = || RoleRefusal::Unknown(key.text().to_owned());
        let key = stored(key).ok_or_else(unknown)?;
        roles::find(&mut self.store.read().await?, key).await?.ok_or_else(unknown)
    }

    /// So many roles whose names hold `part`, from so far, and how many there are of them.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn role_page(
        &self,
        part: &str,
        (offset, limit): (i64, i64),
    ) -> Result<(Vec<Role>, i64), StoreError> {
        let mut tx = self.store.read().await?;
        let page = roles::page(&mut tx, part, (offset, limit)).await?;
        Ok((page, roles::count(&mut tx, part).await?))
    }

    /// People who have a role, and how many have it.
    ///
    /// # Errors
    ///
    /// `Unknown` where there is no such role.
    pub async fn role_holders(
        &self,
        id: &RoleId,
        wanted: Holders<'_>,
    ) -> Result<(Vec<User>, i64), RoleRefusal> {
        let total = self.role(id).await?.holders;
        Ok((roles::holders(&mut self.store.read().await?, id, wanted).await?, total))
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
        if let Some(both) = add.iter().find(|role| remove.contains(role)) {
            return Err(RoleRefusal::BothWays(both.clone()));
        }
        let wishes = wishes(add, true).chain(wishes(remove, false)).collect();
        self.change_roles_of(&user.id, wishes, Giver::Operator).await
    }

    /// Gives roles to the person with this id (`true`) or takes them: all of it or nothing, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn change_roles_of(
        &self,
        id: &UserId,
        wishes: Vec<(RoleKey<'_>, bool)>,
        giver: Giver<'_>,
    ) -> Result<RolesOfUser, RoleRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?;
        let user = user.ok_or_else(|| RoleRefusal::NoSuchUser(id.0.clone()))?;
        let adds = wishes.iter().any(|(_, is_given)| *is_given);
        // In one order, be they named or not, so that two changes at once do not wait for one another.
        let mut ordered: Vec<(RoleId, bool)> = Vec::with_capacity(wishes.len());
        for (key, is_given) in wishes {
            ordered.push((role_id(&mut tx, key).await?, is_given));
        }
        ordered.sort_unstable();
        for (id, is_given) in &ordered {
            change_one(&mut tx, &user, (id, *is_given), giver, now).await?;
        }
        if adds && roles::count_of_user(&mut tx, &user.id).await? > MOST_OF_USER {
            return Err(RoleRefusal::TooMany);
        }
        let roles = roles::of_user(&mut tx, &user.id).await?;
        tx.commit().await?;
        Ok(RolesOfUser { user, roles })
    }

    /// Gives one role to several people: all of it or nothing, by whoever may.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn give_role(
        &self,
        id: &RoleId,
        to: &[UserId],
        giver: Giver<'_>,
    ) -> Result<(), RoleRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut people: Vec<&UserId> = to.iter().collect();
        people.sort_unstable();
        people.dedup();
        let mut found = Vec::with_capacity(people.len());
        for person in people {
            unverified_users::hold(&mut tx, Some(person)).await?;
            let user = users::find(&mut tx, person).await?;
            found.push(user.ok_or_else(|| RoleRefusal::NoSuchUser(person.0.clone()))?);
        }
        for user in &found {
            change_one(&mut tx, user, (id, true), giver, now).await?;
            if roles::count_of_user(&mut tx, &user.id).await? > MOST_OF_USER {
                return Err(RoleRefusal::TooMany);
            }
        }
        Ok(tx.commit().await?)
    }

    /// The roles of the person with this id.
    ///
    /// # Errors
    ///
    /// `NoSuchUser` where there is none.
    pub async fn roles_of_id(&self, id: &UserId) -> Result<RolesOfUser, RoleRefusal> {
        let mut tx = self.store.read().await?;
        let user = users::find(&mut tx, id).await?;
        let user = user.ok_or_else(|| RoleRefusal::NoSuchUser(id.0.clone()))?;
        let roles = roles::of_user(&mut tx, id).await?;
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

fn wishes(names: &[String], is_given: bool) -> impl Iterator<Item = (RoleKey<'_>, bool)> {
    names.iter().map(move |name| (RoleKey::Name(name), is_given))
}

async fn role_id(tx: &mut Tx, key: RoleKey<'_>) -> Result<RoleId, RoleRefusal> {
    let unknown = || RoleRefusal::Unknown(key.text().to_owned());
    let found = roles::find(tx, stored(key).ok_or_else(unknown)?).await?;
    Ok(found.ok_or_else(unknown)?.role.id)
}

async fn change_one(
    tx: &mut Tx,
    user: &User,
    (id, is_given): (&RoleId, bool),
    giver: Giver<'_>,
    now: Timestamp,
) -> Result<(), RoleRefusal> {
    let unknown = || RoleRefusal::Unknown(id.0.clone());
    let role = roles::hold(tx, stored(id.into()).ok_or_else(unknown)?).await?;
    let role = role.ok_or_else(unknown)?;
    if is_given && let Some(beyond) = giver.lacks_of_role(tx, &role).await? {
        return Err(RoleRefusal::BeyondGiver(beyond));
    }
    if is_given && user.is_unclaimed() && opens_anything(tx, &role).await? {
        return Err(RoleRefusal::Unclaimed(user.email.clone()));
    }
    if role.name == ADMIN && !is_given && administrators::must_stay(tx, &user.id).await? {
        return Err(RoleRefusal::LastAdministrator(user.email.clone()));
    }
    let user_id = &user.id;
    let (is_changed, kind) = if is_given {
        (roles::assign(tx, user_id, &role.id, now).await?, AuditKind::RoleAssigned)
    } else {
        (roles::remove(tx, user_id, &role.id).await?, AuditKind::RoleRemoved)
    };
    if is_changed {
        record(tx, (kind, giver), (&role, Some(user_id)), now).await?;
    }
    Ok(())
}

async fn user_of(tx: &mut Tx, login: &str) -> Result<User, RoleRefusal> {
    let found = known_by_login(tx, login).await?;
    found.ok_or_else(|| RoleRefusal::NoSuchUser(login.to_owned()))
}

/// What the database can be asked for.
pub(super) fn stored(key: RoleKey<'_>) -> Option<RoleKey<'_>> {
    (!key.text().contains('\0')).then_some(key)
}

fn checked_name(text: &str) -> Result<RoleName, RoleRefusal> {
    text.parse().map_err(|problem| RoleRefusal::Name { name: text.to_owned(), problem })
}

fn checked_description(text: &str) -> Result<&str, RoleRefusal> {
    let text = text.trim();
    is_description(text).then_some(text).ok_or(RoleRefusal::DescriptionMalformed)
}

fn event(kind: AuditKind, role: &Role, user_id: Option<&UserId>) -> AuditEvent {
    let event = AuditEvent { user_id: user_id.cloned(), ..AuditEvent::success(kind) };
    event.with(serde_json::json!({
        "role": role.name,
        "role_id": role.id,
        "second_factor_required": role.second_factor_required,
    }))
}

async fn record(
    tx: &mut Tx,
    (kind, giver): (AuditKind, Giver<'_>),
    (role, user_id): (&Role, Option<&UserId>),
    now: Timestamp,
) -> Result<(), StoreError> {
    audit::record(tx, giver.told_in(event(kind, role, user_id)), now).await
}
