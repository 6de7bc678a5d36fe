//! `protekt role permissions` and `protekt user permissions`.

use clap::Args;
use serde::Serialize;

use super::output::Output;
use super::{CliError, rooms, start};
use crate::accounts::{Accounts, PermissionChange, PermissionsOfRole, PermissionsOfUser};
use crate::config::Config;
use crate::domain::permission::Permission;
use crate::store::permissions::HeldPermission;

/// What to give and what to take away, at one API.
#[derive(Debug, Args)]
struct Changes {
    /// The identifier of the API that --add and --remove are about
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// A scope of that API to give as a permission; repeat, or name several
    #[arg(long, value_name = "SCOPE", num_args = 1.., requires = "audience")]
    add: Vec<String>,
    /// A permission to take away; repeat, or name several
    #[arg(long, value_name = "SCOPE", num_args = 1.., requires = "audience")]
    remove: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Changes {
    /// `None` where nothing is to change.
    fn change(self) -> Option<PermissionChange> {
        let api = self.audience.filter(|_| !(self.add.is_empty() && self.remove.is_empty()))?;
        let at_api = |scopes: Vec<String>| {
            scopes.into_iter().map(|scope| Permission { api: api.clone(), scope }).collect()
        };
        Some(PermissionChange { add: at_api(self.add), remove: at_api(self.remove) })
    }
}

/// Which role's permissions to show or change.
#[derive(Debug, Args)]
pub(super) struct OfRole {
    /// The name of the role
    role: String,
    #[command(flatten)]
    changes: Changes,
}

/// Whose permissions to show or change.
#[derive(Debug, Args)]
pub(super) struct OfUser {
    /// The e-mail address or username of the account
    account: String,
    #[command(flatten)]
    changes: Changes,
}

/// A permission of a role as the command line shows it.
#[derive(Clone, Copy, Debug, Serialize)]
struct Shown<'held> {
    audience: &'held str,
    permission: &'held str,
}

impl<'held> Shown<'held> {
    fn new(permission: &'held Permission) -> Self {
        Self { audience: &permission.api, permission: &permission.scope }
    }
}

/// A role with what it holds.
#[derive(Debug, Serialize)]
struct ShownRole<'held> {
    id: &'held str,
    name: &'held str,
    permissions: Vec<Shown<'held>>,
}

/// One way in which a person has a permission.
#[derive(Debug, Serialize)]
struct ShownHeld<'held> {
    #[serde(flatten)]
    permission: Shown<'held>,
    /// Absent where it is their own.
    role: Option<&'held str>,
}

impl<'held> ShownHeld<'held> {
    fn new(held: &'held HeldPermission) -> Self {
        Self { permission: Shown::new(&held.permission), role: held.role.as_deref() }
    }

    fn row(&self) -> Vec<String> {
        let Shown { audience, permission } = self.permission;
        [audience, permission, self.role.unwrap_or("their own")].map(str::to_owned).to_vec()
    }
}

/// A person with what they may do.
#[derive(Debug, Serialize)]
struct ShownUser<'held> {
    id: &'held str,
    email: &'held str,
    permissions: Vec<ShownHeld<'held>>,
}

/// `protekt role permissions`
pub(super) async fn of_role(
    accounts: &Accounts,
    wish: OfRole,
    output: &mut Output,
) -> Result<(), CliError> {
    let json = wish.changes.json;
    let held = match wish.changes.change() {
        Some(change) => accounts.change_role_permissions(&wish.role, &change).await?,
        None => accounts.permissions_of_role(wish.role.as_str()).await?,
    };
    show_role(&held, json, output)
}

fn show_role(held: &PermissionsOfRole, json: bool, output: &mut Output) -> Result<(), CliError> {
    let PermissionsOfRole { role, permissions } = held;
    let shown = ShownRole {
        id: role.id.as_str(),
        name: &role.name,
        permissions: permissions.iter().map(Shown::new).collect(),
    };
    if json {
        return output.json(&shown);
    }
    if shown.permissions.is_empty() {
        return output.line(format!("The role {} has no permissions.", role.name));
    }
    let row = |shown: &Shown<'_>| [shown.audience, shown.permission].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = shown.permissions.iter().map(row).collect();
    output.table(&["API", "PERMISSION"], &rows)
}

/// `protekt user permissions`
pub(super) async fn of_user(
    config: &Config,
    wish: OfUser,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let json = wish.changes.json;
    let work = async {
        let accounts = rooms::accounts(config, &store).await?;
        Ok(match wish.changes.change() {
            Some(change) => accounts.change_user_permissions(&wish.account, &change).await?,
            None => accounts.permissions_of_user(&wish.account).await?,
        })
    };
    let held = start::closing(&store, work).await?;
    show_user(&held, json, output)
}

fn show_user(held: &PermissionsOfUser, json: bool, output: &mut Output) -> Result<(), CliError> {
    let PermissionsOfUser { user, permissions } = held;
    let shown = ShownUser {
        id: user.id.as_str(),
        email: &user.email,
        permissions: permissions.iter().map(ShownHeld::new).collect(),
    };
    if json {
        return output.json(&shown);
    }
    if shown.permissions.is_empty() {
        return output.line(format!("{} has no permissions.", user.email));
    }
    let rows: Vec<Vec<String>> = shown.permissions.iter().map(ShownHeld::row).collect();
    output.table(&["API", "PERMISSION", "BY"], &rows)
}
