//! Mails that tell a person what an application got, or lost.
//!
//! They are written in the unit of work of the fact that they tell of. An application that does the
//! wrong thing over and over writes a few of them a day, no more.

use std::sync::Arc;

use super::Accounts;
use super::notice::{asked, notice_to};
use crate::clock::Timestamp;
use crate::delivery::{self, Bell, MailTemplate};
use crate::domain::Requester;
use crate::domain::client::Client;
use crate::domain::user::User;
use crate::keys::KeyEncryptionKey;
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Mails of one kind about one application that one person gets.
const MOST: Limit = Limit::new(3, 24 * 60 * 60);

/// Writes the mails of the protocol side. Cheap to clone.
#[derive(Clone)]
pub struct AppNotices {
    /// Seals what stands in a mail.
    pub kek: Arc<KeyEncryptionKey>,
    /// Wakes the job that sends.
    pub bell: Bell,
    /// With its slash at the end: what links begin with.
    pub issuer: String,
    /// Whether this installation sends mail at all.
    pub sends_mail: bool,
}

impl AppNotices {
    /// Tells a person that a refresh token was used twice, and its family has ended.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn tell_of_reused_token(
        &self,
        tx: &mut Tx,
        (user, client): (&User, &Client),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.sends_mail {
            return Ok(());
        }
        let notice = AppNotice { kek: &self.kek, issuer: &self.issuer, user, client, requester };
        notice.tell(tx, MailTemplate::RefreshTokenReused, now).await
    }

    /// Has what was written sent; call it after the commit.
    pub fn send(&self) {
        self.bell.ring();
    }
}

/// An application, the person it is about, and from where it was caused.
#[derive(Clone, Copy)]
struct AppNotice<'notice> {
    kek: &'notice KeyEncryptionKey,
    issuer: &'notice str,
    user: &'notice User,
    client: &'notice Client,
    requester: &'notice Requester,
}

impl AppNotice<'_> {
    async fn tell(
        self,
        tx: &mut Tx,
        template: MailTemplate,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let about = format!("{} {} {}", template.as_str(), self.user.id, self.client.id);
        let key = ThrottleKey::new("notice:app", &about);
        if let Decision::Refused { .. } = throttle::check_and_count(tx, &key, MOST, now).await? {
            return Ok(());
        }
        let parameters = asked(self.requester, now)
            .with("client_name", self.client.name.as_str())
            .with("link", format!("{}account/apps", self.issuer));
        delivery::enqueue(tx, self.kek, &notice_to(self.user, template, parameters, now), now).await
    }
}

impl Accounts {
    /// Tells a person of an application that they let in for the first time, where the operator
    /// wants that.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn tell_of_new_access(
        &self,
        tx: &mut Tx,
        (user, client): (&User, &Client),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.settings.tells_of_new_apps || !self.settings.sends_mail {
            return Ok(());
        }
        let notice =
            AppNotice { kek: &self.kek, issuer: &self.settings.issuer, user, client, requester };
        notice.tell(tx, MailTemplate::AppAccessGranted, now).await
    }
}
