//! Browsers in which an account was signed in to, and the mail about one that it never was used in.

use super::Accounts;
use super::notice::asked;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::user::User;
use crate::domain::user_agent::Software;
use crate::domain::{ClientId, Requester, TokenDigest};
use crate::store::known_devices::{self, Familiarity};
use crate::store::{StoreError, Tx};

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
        let parameters = asked(requester, now)
            .with("device", device(requester))
            .with("link", format!("{}account/activity", self.settings.issuer));
        self.notify(tx, user, MailTemplate::NewSignIn, (parameters, now)).await
    }
}

/// What stands for the browser where an application signs somebody in, which has no cookie of ours:
/// itself, what it says it runs on, and its network. No cookie has this digest, and no tries of a
/// password are counted by it: it is no secret.
pub(super) fn device_of(app: &ClientId, requester: &Requester) -> TokenDigest {
    let software = requester.user_agent.as_deref().unwrap_or_default();
    let device = format!("\0app\0{app}\0{}\0{software}", requester.network());
    TokenDigest::of(device.as_bytes())
}

/// Names alone, which are the same in every language: of the browser and its system, or else the
/// address it came from.
fn device(requester: &Requester) -> String {
    let software = requester.user_agent.as_deref().map(Software::of).unwrap_or_default();
    let names: Vec<&str> = [software.browser, software.system].into_iter().flatten().collect();
    if names.is_empty() { requester.ip.to_string() } else { names.join(", ") }
}
