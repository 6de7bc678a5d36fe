//! Mails that tell people of their second factors.

use super::super::Accounts;
use super::super::notice::{asked, by_operator};
use crate::clock::Timestamp;
use crate::delivery::{MailTemplate, MessageParameters};
use crate::domain::Requester;
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::store::{StoreError, Tx};

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

    /// Tells a person that an operator took their second factors away, and with them a password that
    /// was chosen by mail.
    pub(in super::super) async fn tell_of_reset_factors(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut parameters = by_operator(now);
        if user.password_by_mail_at.is_some() {
            parameters = parameters.with("password_taken", "yes");
        }
        self.notify_of_factor(tx, user, (MailTemplate::FactorsReset, parameters), now).await
    }

    pub(super) async fn notify_of_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        (template, parameters): (MailTemplate, MessageParameters),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = parameters.with("link", self.reset_address());
        self.notify(tx, user, template, (parameters, now)).await
    }
}
