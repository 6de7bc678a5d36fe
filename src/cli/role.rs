//! `protekt role …`, and the roles of one person.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::confirm::confirm;
use super::output::Output;
use super::{CliError, permissions, rooms, start};
use crate::accounts::{Accounts, NewRole, RoleChange, RolesOfUser};
use crate::config::Config;
use crate::domain::RoleId;
use crate::domain::role::Role;
use crate::store::roles::HeldRole;

/// How many roles a list reads at once.
const PAGE: i64 = 500;

/// What can be done with roles.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a role
    #[command(after_help = "\
People are given it with protekt user roles.

Example:
  protekt role create staff --description 'Works here' --second-factor required")]
    Create(Create),
    /// List the roles, and how many people have each
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a role; only what is given changes
    #[command(after_help = "\
Example:
  protekt role update staff --second-factor required")]
    Update(Update),
    /// Delete a role, and take it from everybody
    Delete(Delete),
    /// Show, give and take away what a role may do at an API; felt at the next refresh
    #[command(after_help = "\
A permission is a scope of an API. Who has the role has it, and their access tokens for that API say so.

Examples:
  protekt role permissions staff
  protekt role permissions staff --audience https://orders.example.com --add read:orders")]
    Permissions(permissions::OfRole),
}

/// What a role asks of its holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SecondFactor {
    /// Who has the role must have a second factor, whatever else is asked
    Required,
    /// The role asks for nothing
    Optional,
}

impl SecondFactor {
    fn is_required(self) -> bool {
        self == Self::Required
    }
}

/// A new role.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its name: a-z, 0-9 and -_:. alone; it stays
    name: String,
    /// What it is for
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// Whether who has it must have a second factor
    #[arg(long, value_enum, default_value = "optional")]
    second_factor: SecondFactor,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to change about a role.
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Its name
    name: String,
    /// What it is for; '' removes what was there
    #[arg(long)]
    description: Option<String>,
    /// Whether who has it must have a second factor; felt at once
    #[arg(long, value_enum)]
    second_factor: Option<SecondFactor>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which role to delete.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Its name
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Whose roles to show or change.
#[derive(Debug, Args)]
pub(super) struct OfUser {
    /// The e-mail address or username of the account
    account: String,
    /// A role to give; repeat, or name several
    #[arg(long, value_name = "ROLE", num_args = 1..)]
    add: Vec<String>,
    /// A role to take away; repeat, or name several
    #[arg(long, value_name = "ROLE", num_args = 1..)]
    remove: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A role as the command line shows it.
#[derive(Debug, Serialize)]
struct ShownRole<'role> {
    id: &'role str,
    name: &'role str,
    description: &'role str,
    second_factor: &'static str,
    created_at: String,
}

impl<'role> ShownRole<'role> {
    fn new(role: &'role Role) -> Self {
        Self {
            id: role.id.as_str(),
            name: &role.name,
            description: &role.description,
            second_factor: if role.second_factor_required { "required" } else { "optional" },
            created_at: role.created_at.to_rfc3339(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.to_owned()),
            ("description", self.description.to_owned()),
            ("second factor", self.second_factor.to_owned()),
        ]
    }
}

/// A line of the list.
#[derive(Debug, Serialize)]
struct ListedRole<'role> {
    #[serde(flatten)]
    role: ShownRole<'role>,
    holders: i64,
    permissions: i64,
}

impl<'role> ListedRole<'role> {
    fn new(held: &'role HeldRole) -> Self {
        let HeldRole { role, holders, permissions } = held;
        Self { role: ShownRole::new(role), holders: *holders, permissions: *permissions }
    }

    fn row(&self) -> Vec<String> {
        let Self { role, holders, permissions } = self;
        let (people, permissions) = (holders.to_string(), permissions.to_string());
        let words = [role.name, role.second_factor, &people, &permissions, role.description];
        words.map(str::to_owned).to_vec()
    }
}

/// A person's roles as the command line shows them.
#[derive(Debug, Serialize)]
struct ShownHolder<'user> {
    id: &'user str,
    email: &'user str,
    roles: Vec<&'user str>,
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let store = match command {
        Command::Create(_) => start::open_or_make_store(&config, output).await?,
        Command::List { .. }
        | Command::Update(_)
        | Command::Delete(_)
        | Command::Permissions(_) => start::open_existing_store(&config).await?,
    };
    let work = async {
        let accounts = rooms::accounts(&config, &store).await?;
        match command {
            Command::Create(wish) => create(&accounts, wish, output).await,
            Command::List { json } => list(&accounts, json, output).await,
            Command::Update(wish) => update(&accounts, wish, output).await,
            Command::Delete(wish) => delete(&accounts, wish, output).await,
            Command::Permissions(wish) => permissions::of_role(&accounts, wish, output).await,
        }
    };
    start::closing(&store, work).await
}

async fn create(accounts: &Accounts, wish: Create, output: &mut Output) -> Result<(), CliError> {
    let new = NewRole {
        name: wish.name,
        description: wish.description,
        second_factor_required: wish.second_factor.is_required(),
    };
    let role = accounts.create_role(new).await?;
    show(&role, "Made", wish.json, output)
}

async fn update(accounts: &Accounts, wish: Update, output: &mut Output) -> Result<(), CliError> {
    let change = RoleChange {
        description: wish.description,
        second_factor_required: wish.second_factor.map(SecondFactor::is_required),
    };
    let role = accounts.update_role(&wish.name, change).await?;
    show(&role, "Changed", wish.json, output)
}

fn show(role: &Role, done: &str, json: bool, output: &mut Output) -> Result<(), CliError> {
    let shown = ShownRole::new(role);
    if json {
        return output.json(&shown);
    }
    output.line(format!("{done} the role {}.", role.name))?;
    output.facts(&shown.facts())
}

async fn list(accounts: &Accounts, json: bool, output: &mut Output) -> Result<(), CliError> {
    let all = all(accounts).await?;
    let lines: Vec<ListedRole<'_>> = all.iter().map(ListedRole::new).collect();
    if json {
        return output.json(&lines);
    }
    let rows: Vec<Vec<String>> = lines.iter().map(ListedRole::row).collect();
    output.table(&["NAME", "SECOND FACTOR", "PEOPLE", "PERMISSIONS", "DESCRIPTION"], &rows)
}

async fn all(accounts: &Accounts) -> Result<Vec<HeldRole>, CliError> {
    let (mut all, mut after): (Vec<HeldRole>, Option<RoleId>) = (Vec::new(), None);
    loop {
        let page = accounts.list_roles(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.role.id.clone());
        all.extend(page);
    }
    all.sort_by(|one, other| one.role.name.cmp(&other.role.name));
    Ok(all)
}

async fn delete(accounts: &Accounts, wish: Delete, output: &mut Output) -> Result<(), CliError> {
    let name = wish.name;
    if !wish.yes {
        let holders = accounts.deletable_role(&name).await?.holders;
        output.line(format!(
            "Delete the role {name}? {} This cannot be undone.\nType yes to delete it:",
            match holders {
                0 => "Nobody has it.".to_owned(),
                1 => "One person has it, and loses it.".to_owned(),
                many => format!("{many} people have it, and lose it."),
            }
        ))?;
        confirm()?;
    }
    let (role, holders) = accounts.delete_role(&name).await?;
    output.line(format!("Deleted the role {}. People who had it: {holders}.", role.name))
}

/// `protekt user roles`
pub(super) async fn of_user(
    config: &Config,
    wish: OfUser,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let is_changed = !(wish.add.is_empty() && wish.remove.is_empty());
    let work = async {
        let accounts = rooms::accounts(config, &store).await?;
        Ok(if is_changed {
            accounts.change_roles(&wish.account, &wish.add, &wish.remove).await?
        } else {
            accounts.roles_of(&wish.account).await?
        })
    };
    let held = start::closing(&store, work).await?;
    show_holder(&held, wish.json, output)
}

fn show_holder(held: &RolesOfUser, json: bool, output: &mut Output) -> Result<(), CliError> {
    let roles: Vec<&str> = held.roles.iter().map(|role| role.name.as_str()).collect();
    let (id, email) = (held.user.id.as_str(), held.user.email.as_str());
    if json {
        return output.json(&ShownHolder { id, email, roles });
    }
    output.line(match roles.as_slice() {
        [] => format!("{email} has no roles."),
        roles => format!("{email} has: {}.", roles.join(", ")),
    })
}
