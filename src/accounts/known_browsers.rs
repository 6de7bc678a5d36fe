//! Browsers in which an account was signed in to, and the mail about one that it never was used in.

use super::Accounts;
use super::notice::asked;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::user::User;
use crate::domain::user_agent::Software;
use crate::domain::{Requester, TokenDigest};
use crate::store::known_devices::{self, Familiarity};
use crate::store::{StoreError, Tx, outbox};

/// Mails about new browsers that an account gets within an hour.
const NOTICES_AN_HOUR: i64 = 10;

impl Accounts {
    /// Notes a sign-in in this browser; where the account was used elsewhere and never here, its
    /// owner gets a mail. To be called in the unit of work that begins the session.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(super) async fn note_browser(
        &self,
        tx: &mut Tx,
        user: &User,
        (browser, is_told): (&TokenDigest, bool),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let familiarity = known_devices::remember(tx, browser, user, now).await?;
        if familiarity != Familiarity::New || !is_told {
            return Ok(());
        }
        // Whoever knows the password must not fill the mailbox, and bury what else it tells.
        let template = MailTemplate::NewSignIn;
        let since = now.plus(-60 * 60);
        if outbox::count_since(tx, &user.id, template.as_str(), since).await? >= NOTICES_AN_HOUR {
            return Ok(());
        }
        let parameters = asked(requester, now)
            .with("device", device(requester))
            .with("link", format!("{}account/activity", self.settings.issuer));
        self.notify(tx, user, template, (parameters, now)).await
    }
}

/// What a program is known by, which keeps no cookie of ours: where it runs, and what it calls itself.
/// Only its owner's being told hangs on it: anybody near can be the same, and has no tries of their own
/// for that.
pub(super) fn program_of(requester: &Requester) -> TokenDigest {
    let name = requester.user_agent.as_deref().unwrap_or_default();
    TokenDigest::of(format!("program\0{}\0{name}", requester.network()).as_bytes())
}

/// Names alone, which are the same in every language: of the browser and its system, or else the
/// address it came from.
fn device(requester: &Requester) -> String {
    let software = requester.user_agent.as_deref().map(Software::of).unwrap_or_default();
    let names: Vec<&str> = [software.browser, software.system].into_iter().flatten().collect();
    if names.is_empty() { requester.ip.to_string() } else { names.join(", ") }
}
