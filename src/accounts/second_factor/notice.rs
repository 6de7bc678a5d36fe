//! Mails that tell people of their second factors.

use super::super::Accounts;
use super::super::verification_mail::asked;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message, MessageParameters};
use crate::domain::Requester;
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::store::{StoreError, Tx};

/// How long a notice about the account is worth sending, in seconds.
const NOTICE_LIFETIME: i64 = 7 * 24 * 60 * 60;

impl Accounts {
    /// Tells a person that a factor was set up or removed.
    pub(super) async fn tell_of_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        (template, kind): (MailTemplate, FactorKind),
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = asked(requester, now).with("factor", kind.as_str());
        self.notify_of_factor(tx, user, (template, parameters), now).await
    }

    /// Tells a person that one of their backup codes was used.
    pub(super) async fn tell_of_backup_code(
        &self,
        tx: &mut Tx,
        user: &User,
        left: i64,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = asked(requester, now).with("left", left.to_string());
        self.notify_of_factor(tx, user, (MailTemplate::BackupCodeUsed, parameters), now).await
    }

    /// Tells a person that an operator took their second factors away.
    pub(in super::super) async fn tell_of_reset_factors(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = MessageParameters::default().with_time("asked_at", now);
        self.notify_of_factor(tx, user, (MailTemplate::FactorsReset, parameters), now).await
    }

    async fn notify_of_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        (template, parameters): (MailTemplate, MessageParameters),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = parameters
            .with("name", user.name.clone().unwrap_or_default())
            .with("link", format!("{}password/forgot", self.settings.issuer));
        let message = Message {
            template,
            recipient: &user.email,
            locale: user.locale.as_deref().unwrap_or_default(),
            user_id: Some(&user.id),
            parameters,
            expires_at: now.plus(NOTICE_LIFETIME),
        };
        delivery::enqueue(tx, &self.kek, &message, now).await
    }
}
