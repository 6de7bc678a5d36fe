//! `protekt user require-new-password`.

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::confirm::confirm_that;
use super::output::Output;
use super::progress::Progress;
use super::{CliError, rooms, start};
use crate::accounts::{NewPasswordWish, NewPasswordsWish};
use crate::config::Config;
use crate::domain::UserId;
use crate::store::Store;

/// Of whom another password is asked for, and how.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    whom: Whom,
    /// End every session and token at once, too
    #[arg(long, conflicts_with = "undo")]
    sign_out: bool,
    /// Ask no longer: the password may stay
    #[arg(long)]
    undo: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Somebody, or everybody.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("people").args(["account", "all"]).required(true)))]
struct Whom {
    /// The e-mail address or username of the account
    account: Option<String>,
    /// Ask everybody who has a password
    #[arg(long, conflicts_with = "undo")]
    all: bool,
    /// With --all: do not ask whether that is meant
    #[arg(long, conflicts_with = "account")]
    yes: bool,
    /// With --all: ask those too who chose a password since --all was first given
    #[arg(long, conflicts_with = "account")]
    again: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Counts {
    accounts: u64,
    newly_asked: u64,
    /// Accounts that keep a password which was set since.
    chose_since: u64,
    since: String,
    signed_out: bool,
}

pub(super) async fn run(
    config: &Config,
    wish: &Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let done = match &wish.whom {
        Whom { account: Some(account), all: false, .. } => {
            one(config, &store, (account, wish), output).await
        }
        _ => all(config, &store, wish, output).await,
    };
    store.close().await;
    done
}

async fn one(
    config: &Config,
    store: &Store,
    (account, wish): (&str, &Arguments),
    output: &mut Output,
) -> Result<(), CliError> {
    let what = if wish.undo {
        NewPasswordWish::Waived
    } else {
        NewPasswordWish::Required { signs_out: wish.sign_out }
    };
    let accounts = rooms::accounts(config, store).await?;
    let (user, is_new) = accounts.require_new_password(account, what).await?;
    if wish.json {
        return output.json(&serde_json::json!({
            "email": user.email,
            "new_password_required": user.new_password_reason.is_some(),
            "changed": is_new,
            "signed_out": wish.sign_out,
        }));
    }
    let email = user.email;
    output.line(match (wish.undo, is_new, user.new_password_reason.is_some()) {
        (true, true, _) => format!("{email} may keep their password."),
        (true, false, _) => format!("No new password was asked of {email}."),
        (false, true, _) => format!("{email} has to choose a new password at the next sign-in."),
        (false, false, true) => format!("{email} was asked for a new password already."),
        (false, false, false) => format!("{email} has no password that could be changed."),
    })?;
    if wish.sign_out {
        output.line("Every session and token of the account has ended.")?;
    }
    Ok(())
}

async fn all(
    config: &Config,
    store: &Store,
    wish: &Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let total = rooms::count_people(store).await?;
    if !wish.whom.yes {
        let then = if wish.sign_out { " Every session and token ends now." } else { "" };
        output.line(format!(
            "Everybody who signs in with a password has to choose a new one first: {total} \
             accounts.{then} Type yes to go on:"
        ))?;
        confirm_that("Nobody was asked for a new password", "ask everybody")?;
    }
    let accounts = rooms::accounts(config, store).await?;
    let since = accounts.begin_requiring(wish.whom.again).await?;
    let meant = NewPasswordsWish { since, signs_out: wish.sign_out };
    let mut progress = Progress::new("accounts", Some(total));
    let (mut after, mut newly_asked, mut chose_since) = (UserId::from(""), 0, 0);
    let mut looked_at = 0;
    while let Some(batch) = accounts.require_new_passwords(&after, meant).await? {
        newly_asked += batch.marked;
        chose_since += batch.newer;
        looked_at += batch.accounts;
        after = batch.last;
        progress.at((looked_at.min(total), looked_at), output)?;
    }
    progress.end();
    let since = since.to_rfc3339();
    if wish.json {
        let (accounts, signed_out) = (looked_at, wish.sign_out);
        return output.json(&Counts { accounts, newly_asked, chose_since, since, signed_out });
    }
    output.line(format!(
        "Asked {newly_asked} of {looked_at} accounts for a new password at the next sign-in. The \
         others were asked before, or have no password or a newer one."
    ))?;
    if chose_since > 0 {
        output.line(format!(
            "Accounts that keep a password set after {since}, when everybody was first asked: \
             {chose_since}. To ask them too: --all --again."
        ))?;
    }
    if wish.sign_out {
        output.line("Every session and token of those who are asked has ended.")?;
    }
    Ok(())
}
