//! Mails that tell people what happened to their account.

use super::Accounts;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message, MessageParameters};
use crate::domain::Requester;
use crate::domain::user::User;
use crate::store::{StoreError, Tx, email_changes};

/// How long a notice about the account is worth sending, in seconds.
pub(super) const NOTICE_LIFETIME: i64 = 7 * 24 * 60 * 60;

/// Where and when it was asked for, for the reader to judge.
pub(super) fn asked(requester: &Requester, now: Timestamp) -> MessageParameters {
    MessageParameters::default()
        .with_time("asked_at", now)
        .with("asked_from", requester.ip.to_string())
}

/// When it was done by somebody who runs the service.
pub(super) fn by_operator(now: Timestamp) -> MessageParameters {
    MessageParameters::default().with_time("asked_at", now).with("by_operator", "yes")
}

/// The name to greet by. That of an account whose address nobody verified may be a stranger's
/// words, which we would send in our voice.
pub(super) fn own_name(user: &User) -> String {
    let name = user.email_verified_at.and(user.name.as_deref());
    name.unwrap_or_default().to_owned()
}

/// A notice to the address that the account has, which greets its owner by name.
pub(super) fn notice_to(
    user: &User,
    template: MailTemplate,
    parameters: MessageParameters,
    now: Timestamp,
) -> Message<'_> {
    Message {
        template,
        recipient: &user.email,
        locale: user.locale.as_deref().unwrap_or_default(),
        user_id: Some(&user.id),
        parameters: parameters.with("name", own_name(user)),
        expires_at: now.plus(NOTICE_LIFETIME),
    }
}

impl Accounts {
    /// Writes the mail that tells a person of their new password.
    pub(super) async fn tell_of_new_password(
        &self,
        tx: &mut Tx,
        user: &User,
        requester: Option<&Requester>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let asked = requester.map_or_else(|| by_operator(now), |requester| asked(requester, now));
        let parameters = asked.with("link", self.reset_address());
        self.notify(tx, user, MailTemplate::PasswordChanged, (parameters, now)).await
    }

    /// Writes a notice to the address that the account has, which greets its owner by name.
    pub(super) async fn notify(
        &self,
        tx: &mut Tx,
        user: &User,
        template: MailTemplate,
        (parameters, now): (MessageParameters, Timestamp),
    ) -> Result<(), StoreError> {
        self.write_mail(tx, &notice_to(user, template, parameters, now), now).await
    }

    /// Writes a notice of something grave, which a link in it stops until `expires_at`, to the
    /// address that the account has and to those to which it can still be taken back: whoever took
    /// it by another address is not the only one to be told. Of the latter it says that the account
    /// had them before.
    pub(super) async fn notify_every_address(
        &self,
        tx: &mut Tx,
        user: &User,
        (template, parameters): (MailTemplate, MessageParameters),
        (expires_at, now): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let notice = Message { expires_at, ..notice_to(user, template, parameters, now) };
        self.write_mail(tx, &notice, now).await?;
        let parameters = notice.parameters.clone().with("to_earlier_address", "yes");
        for recipient in email_changes::earlier_addresses(tx, &user.id, now).await? {
            let parameters = parameters.clone();
            let notice = Message { recipient: &recipient, parameters, ..notice.clone() };
            self.write_mail(tx, &notice, now).await?;
        }
        Ok(())
    }

    /// Keeps a mail in the caller's unit of work; nothing where this installation sends none, since
    /// nobody waits for it there.
    pub(super) async fn write_mail(
        &self,
        tx: &mut Tx,
        message: &Message<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.settings.sends_mail {
            return Ok(());
        }
        delivery::enqueue(tx, &self.kek, message, now).await
    }

    /// The same for somebody who may not exist: work like that of a mail, where nobody gets one.
    pub(super) async fn write_mail_or_nothing(
        &self,
        tx: &mut Tx,
        recipient: Option<&User>,
        message: &Message<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match recipient {
            Some(_) => self.write_mail(tx, message, now).await,
            None => delivery::enqueue_nothing(tx, &self.kek, message, now).await,
        }
    }

    /// Where who did not do what a notice tells of takes the account back.
    pub(super) fn reset_address(&self) -> String {
        format!("{}password/forgot", self.settings.issuer)
    }
}
