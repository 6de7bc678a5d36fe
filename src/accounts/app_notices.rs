//! Mails that tell a person what an application got, or lost.
//!
//! They are written in the unit of work of the fact that they tell of. An application that does the
//! wrong thing over and over writes a few of them a day, no more.

use super::Accounts;
use super::reset_password::{NOTICE_LIFETIME, own_name};
use super::verification_mail::asked;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message};
use crate::domain::Requester;
use crate::domain::client::Client;
use crate::domain::user::User;
use crate::keys::KeyEncryptionKey;
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Mails of one kind about one application that one person gets.
const MOST: Limit = Limit::new(3, 24 * 60 * 60);

/// An application, the person it is about, and from where it was caused.
#[derive(Clone, Copy, Debug)]
pub struct AppNotice<'notice> {
    /// Seals what stands in the mail.
    pub kek: &'notice KeyEncryptionKey,
    /// With its slash at the end.
    pub issuer: &'notice str,
    /// Who reads it.
    pub user: &'notice User,
    /// Which application.
    pub client: &'notice Client,
    /// From where it was caused.
    pub requester: &'notice Requester,
}

impl AppNotice<'_> {
    /// A refresh token was used twice, and its family has ended.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn of_reused_token(self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        self.tell(tx, MailTemplate::RefreshTokenReused, now).await
    }

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
        let message = Message {
            template,
            recipient: &self.user.email,
            locale: self.user.locale.as_deref().unwrap_or_default(),
            user_id: Some(&self.user.id),
            parameters: asked(self.requester, now)
                .with("name", own_name(self.user))
                .with("client_name", self.client.name.as_str())
                .with("link", format!("{}account/apps", self.issuer)),
            expires_at: now.plus(NOTICE_LIFETIME),
        };
        delivery::enqueue(tx, self.kek, &message, now).await
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
        if !self.settings.tells_of_new_apps {
            return Ok(());
        }
        let notice =
            AppNotice { kek: &self.kek, issuer: &self.settings.issuer, user, client, requester };
        notice.tell(tx, MailTemplate::AppAccessGranted, now).await
    }
}
