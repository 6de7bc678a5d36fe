//! `protekt user block` and `protekt user unblock`.

use clap::Args;

use super::output::Output;
use super::{CliError, rooms, start};
use crate::accounts::Blocking;
use crate::config::Config;

/// Whom it is about.
#[derive(Debug, Args)]
pub(super) struct Account {
    /// The e-mail address or username of the account
    account: String,
}

/// Keeps somebody out, or lets them in again.
pub(super) async fn run(
    config: &Config,
    Account { account }: &Account,
    is_blocked: bool,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = start::open_existing_store(config).await?;
    let work = rooms::set_blocked(config, &store, account, is_blocked);
    let Blocking { user, is_new, waits_for_recovery } = start::closing(&store, work).await?;
    let email = user.email;
    output.line(match (is_blocked, is_new) {
        (true, true) => format!("{email} is blocked. Every session and token has ended."),
        (true, false) => format!("{email} was blocked already, so nothing was changed."),
        (false, true) => format!("{email} may sign in again. What was open before stays ended."),
        (false, false) => format!("{email} was not blocked, so nothing was changed."),
    })?;
    if waits_for_recovery && (is_blocked || is_new) {
        output.line(if is_blocked {
            "They wait for a way back, which rests: nothing is removed until you approve it after \
             protekt user unblock."
        } else {
            "They wait for a way back: decide it with protekt user recover."
        })?;
    }
    Ok(())
}
