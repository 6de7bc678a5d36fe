//! `protekt user …`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::output::Output;
use super::rooms::{self, Invitation, NewPerson, Person};
use super::{CliError, block, import, new_password, permissions, recovery, role, secrets, start};
use crate::config::Config;
use crate::config::email::Provider as MailProvider;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account; its password is asked for
    #[command(after_help = "\
Examples:
  protekt user create ada@example.com --name 'Ada Lovelace'
  pass show ada | protekt user create ada@example.com --password-file -")]
    Create(Create),
    /// Make an account whose owner chooses the password, by a link that is mailed to them
    #[command(after_help = "\
The link works once, for seven days. For somebody who did not come yet it sends another one, and the
earlier one ends. An account that is in use is left alone, and the exit code is 1.

Examples:
  protekt user invite ada@example.com --name 'Ada Lovelace'
  protekt user invite ada@example.com --locale de")]
    Invite(Invite),
    /// List the accounts
    List(List),
    /// Bring people from another system, with their ids and password hashes
    #[command(after_help = "\
Each line is one JSON object: {\"id\": …, \"email\": …, \"email_verified\": …, \"password_hash\": …}.
Running it again changes nothing for who is there already. The exit code is 1 where a line was
refused. All keys and hashes: docs/operator.md, Bring your users.

Examples:
  protekt user import people.ndjson --dry-run
  protekt user import people.ndjson --report refused.ndjson
  jq -c '.[]' people.json | protekt user import -")]
    Import(import::Arguments),
    /// Set a password; every session and token of the account ends
    SetPassword(SetPassword),
    /// Remove every second factor of somebody who lost theirs; they are told by mail
    #[command(after_help = "\
The password stays, unless it was last chosen by a mail: then it goes too. Every session and token of the account ends. Be sure that it is the owner who\nasks: without second factors the password alone lets people in.\n\nExample:\n  protekt user reset-factors ada@example.com")]
    ResetFactors(ResetFactors),
    /// Keep somebody out; every session, token and link of theirs ends
    #[command(after_help = "\
At the sign-in they read what a wrong password gets. The account stays with all that it has; user unblock lets
them in again. The last administrator cannot be blocked.

Example:
  protekt user block ada@example.com")]
    Block(block::Account),
    /// Let somebody in again who was blocked; they sign in anew
    #[command(after_help = "\
Example:
  protekt user unblock ada@example.com")]
    Unblock(block::Account),
    /// Ask somebody, or everybody, to choose a new password at their next sign-in
    #[command(after_help = "\
The old password, and the second factor where there is one, lead to a page that asks for a new one
before anything else opens. Who signs in with a passkey goes on, and is reminded. Sessions that are
open stay so, unless you add --sign-out. Run it again where it was interrupted: it goes on.

Examples:
  protekt user require-new-password ada@example.com
  protekt user require-new-password ada@example.com --undo
  protekt user require-new-password --all --sign-out")]
    RequireNewPassword(new_password::Arguments),
    /// List who lost every second factor and asks for a way back
    #[command(after_help = "\
Shows what they wrote, what the account has, and when it was last used. Who they are you have to find
out another way: whoever reads their mail can have asked.")]
    Recoveries(recovery::List),
    /// Decide about somebody who lost every second factor
    #[command(after_help = "\
--approve removes every second factor when recovery.delay is over, ends every session and token, and
mails a link to a new password. Until then a mail to every known address and a notice in every
session tell of it and can stop it, as a second factor that is given does. --refuse tells them by
mail.

Examples:
  protekt user recoveries
  protekt user recover ada@example.com --approve
  protekt user recover ada@example.com --refuse")]
    Recover(recovery::Decide),
    /// Show, give and take away the roles of somebody; felt at their next step
    #[command(after_help = "\
Examples:
  protekt user roles ada@example.com
  protekt user roles ada@example.com --add staff billing --remove trainee
  protekt user roles ada@example.com --add admin")]
    Roles(role::OfUser),
    /// Show what somebody may do at APIs, and give or take away what is theirs beside their roles
    #[command(after_help = "\
Examples:
  protekt user permissions ada@example.com
  protekt user permissions ada@example.com --audience https://orders.example.com --add read:orders")]
    Permissions(permissions::OfUser),
}

/// A new account.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The e-mail address
    email: String,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// A second name to sign in with
    #[arg(long)]
    username: Option<String>,
    /// The address is not known to be theirs: they verify it at their first sign-in
    #[arg(long)]
    unverified: bool,
    /// Read the password from a file (- is standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Whom to invite.
#[derive(Debug, Args)]
pub(super) struct Invite {
    /// The e-mail address
    email: String,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// The language of the mail and of the account: en, de or ar
    #[arg(long)]
    locale: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which accounts to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Whose password to set.
#[derive(Debug, Args)]
pub(super) struct SetPassword {
    /// The e-mail address or username of the account
    account: String,
    /// Read the password from a file (- is standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Whose second factors to remove.
#[derive(Debug, Args)]
pub(super) struct ResetFactors {
    /// The e-mail address or username of the account
    account: String,
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    match command {
        Command::Import(wish) => Box::pin(import::run(&config, &wish, output)).await,
        Command::Create(wish) => create(&config, wish, output).await,
        Command::Invite(wish) => invite(&config, wish, output).await,
        Command::List(List { json }) => {
            let store = start::open_existing_store(&config).await?;
            let people = start::closing(&store, rooms::list_people(&store)).await?;
            show_list(people, json, output)
        }
        Command::Roles(wish) => role::of_user(&config, wish, output).await,
        Command::Permissions(wish) => permissions::of_user(&config, wish, output).await,
        Command::SetPassword(wish) => set_password(&config, &wish, output).await,
        Command::RequireNewPassword(wish) => new_password::run(&config, &wish, output).await,
        Command::Recoveries(wish) => recovery::list(&config, &wish, output).await,
        Command::Recover(wish) => recovery::decide(&config, &wish, output).await,
        Command::Block(wish) => block::run(&config, &wish, true, output).await,
        Command::Unblock(wish) => block::run(&config, &wish, false, output).await,
        Command::ResetFactors(ResetFactors { account }) => {
            reset_factors(&config, &account, output).await
        }
    }
}

async fn reset_factors(
    config: &Config,
    account: &str,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let work = rooms::reset_factors(config, &store, account);
    let (user, removed) = start::closing(&store, work).await?;
    let email = user.email;
    let password = match user.password_by_mail_at {
        Some(_) => " The password that was last chosen by mail went too.",
        None => "",
    };
    let told = if config.email.provider == MailProvider::None {
        "No mail is sent here, so tell them yourself."
    } else {
        "They are told by mail."
    };
    output.line(match removed {
        0 => format!(
            "{email} has no second factors, so nothing was changed and no mail is sent. To end \
             every session and token: protekt user set-password"
        ),
        _ => format!(
            "Removed the second factors of {email} ({removed}). Every session and token has \
             ended.{password} {told}"
        ),
    })
}

async fn create(config: &Config, wish: Create, output: &mut Output) -> Result<(), CliError> {
    let store = start::open_or_make_store(config, output).await?;
    let json = wish.json;
    let work = async {
        // Before anybody types a password twice for nothing.
        rooms::refuse_taken(&store, &wish.email, wish.username.as_deref()).await?;
        let password = secrets::read_or_ask(wish.password_file.as_deref(), "password")?;
        let new = NewPerson {
            id: None,
            email: wish.email,
            name: wish.name,
            username: wish.username,
            is_verified: !wish.unverified,
            password,
        };
        rooms::create_person(config, &store, new).await
    };
    let person = start::closing(&store, work).await?;
    if json {
        return output.json(&person);
    }
    output.line(format!("Made an account for {}.", person.email))?;
    output.facts(&[("id", person.id)])
}

async fn invite(config: &Config, wish: Invite, output: &mut Output) -> Result<(), CliError> {
    if config.email.provider == MailProvider::None {
        return Err(CliError::told(
            "an invitation goes by mail, and email.provider (EMAIL_PROVIDER) is \"none\"; \
             protekt user create asks you for a password instead",
        ));
    }
    let store = start::open_existing_store(config).await?;
    let (email, name, locale) = (wish.email, wish.name, wish.locale);
    let work = rooms::invite_person(config, &store, Invitation { email, name, locale });
    let invited = start::closing(&store, work).await?;
    if wish.json {
        return output.json(&invited);
    }
    let email = &invited.person.email;
    output.line(if invited.is_new {
        format!("Made an account for {email}, and wrote a mail with a link to choose its password.")
    } else {
        format!("{email} was invited before. Wrote a mail with another link; the earlier one ends.")
    })?;
    output.facts(&[("id", invited.person.id), ("link works until", invited.link_expires_at)])?;
    output.line("The mail is sent by protekt serve, now where it runs, or when it starts.")
}

fn show_list(people: Vec<Person>, json: bool, output: &mut Output) -> Result<(), CliError> {
    if json {
        return output.json(&people);
    }
    if people.is_empty() {
        return output.line("No accounts yet. Make one with: protekt user create --help");
    }
    let rows: Vec<Vec<String>> = people.into_iter().map(to_row).collect();
    output.table(&["ID", "EMAIL", "VERIFIED", "NAME", "CREATED"], &rows)
}

async fn set_password(
    config: &Config,
    wish: &SetPassword,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let work = async {
        rooms::refuse_unknown(&store, &wish.account).await?;
        let password = secrets::read_or_ask(wish.password_file.as_deref(), "password")?;
        rooms::set_password(config, &store, &wish.account, &password).await
    };
    start::closing(&store, work).await?;
    output.line(format!(
        "Set the password of {}. Every session and token of the account has ended.",
        wish.account
    ))
}

fn to_row(person: Person) -> Vec<String> {
    let verified = if person.email_verified { "yes" } else { "no" };
    vec![
        person.id,
        person.email,
        verified.to_owned(),
        person.name.unwrap_or_default(),
        person.created_at,
    ]
}
