//! An account for somebody who chooses its password themselves, by the link of a mail.
//!
//! 1. An operator names the address. The account is made without a password: nobody can sign in.
//! 2. The mail holds a link like that of a forgotten password; it lives longer, and a new
//!    invitation takes its place.
//! 3. What the link does is [`Accounts::reset_password`]: a first password, and an address that is
//!    verified, since its mail was read.

use super::Accounts;
use super::notice::by_operator;
use super::operator::{OperatorRefusal, checked_name};
use super::verification_stage::take_turn;
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message};
use crate::domain::PlainToken;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::EmailAddress;
use crate::domain::profile::LOCALES;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::store::password_resets::{self, PasswordReset};
use crate::store::users::{self, Credentials, NewAccount};
use crate::store::{StoreError, Tx, unverified_users};

/// How long an invitation can be taken, in seconds.
pub(super) const LIFETIME: i64 = 7 * 24 * 60 * 60;

/// Whom an operator invites.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The address.
    pub email: String,
    /// The full name.
    pub name: Option<String>,
    /// The language of the mail and of the account, as a BCP 47 tag.
    pub locale: Option<String>,
}

/// Somebody who was sent a link.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Their account.
    pub user: User,
    /// Whether it was made now; `false` where an earlier invitation was not taken yet.
    pub is_new: bool,
    /// When the link ends.
    pub expires_at: Timestamp,
}

impl Accounts {
    /// Makes an account and mails its owner a link to choose a password; to somebody who was invited
    /// before and did not come, another link, and the earlier one ends.
    ///
    /// # Errors
    ///
    /// With what to change; [`OperatorRefusal::EmailTaken`] where the account is in use.
    pub async fn invite(&self, wish: Invitation) -> Result<Invited, OperatorRefusal> {
        let email: EmailAddress =
            wish.email.parse().map_err(|_| OperatorRefusal::EmailMalformed(wish.email.clone()))?;
        let name = wish.name.as_deref().map(checked_name).transpose()?;
        let locale = wish.locale.as_deref().map(checked_locale).transpose()?;
        let account = NewAccount {
            id: None,
            self_registered: false,
            email: &email,
            email_is_verified: false,
            username: None,
            name,
            password_hash: None,
            locale,
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        take_turn(&mut tx, email.canonical()).await?;
        self.remove_unclaimed(&mut tx, email.canonical(), now).await?;
        let (user, is_new) = match users::insert(&mut tx, &account, now).await? {
            Some(user) => (user, true),
            None => (invited_again(&mut tx, &account, now).await?, false),
        };
        let expires_at = now.plus(LIFETIME);
        self.send_invitation(&mut tx, &user, expires_at, now).await?;
        if is_new {
            let made = AuditEvent::success(AuditKind::UserCreated).of(&user.id);
            audit::record(&mut tx, made, now).await?;
        }
        let event = AuditEvent::success(AuditKind::UserInvited).of(&user.id);
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(Invited { user, is_new, expires_at })
    }

    pub(super) async fn send_invitation(
        &self,
        tx: &mut Tx,
        user: &User,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let link = PlainToken::generate(LINK_PREFIX);
        password_resets::supersede_invitations(tx, &user.id, now).await?;
        delivery::withdraw(tx, &user.id, MailTemplate::Invitation).await?;
        let row = PasswordReset::unasked(user, &link, (now, expires_at), true);
        password_resets::insert(tx, &row).await?;
        let message = Message {
            template: MailTemplate::Invitation,
            recipient: &user.email,
            locale: user.locale.as_deref().unwrap_or_default(),
            user_id: Some(&user.id),
            parameters: by_operator(now)
                .with("link", self.hosted_reset_link(&link))
                .with_time("link_until", expires_at),
            expires_at,
        };
        self.write_mail(tx, &message, now).await
    }
}

/// Who has the address, where they were invited and did not come yet; by the name and in the language
/// that are given this time.
async fn invited_again(
    tx: &mut Tx,
    account: &NewAccount<'_>,
    now: Timestamp,
) -> Result<User, OperatorRefusal> {
    let taken = || OperatorRefusal::EmailTaken(account.email.as_str().to_owned());
    let found = users::find_credentials(tx, account.email.canonical()).await?.ok_or_else(taken)?;
    unverified_users::hold(tx, Some(&found.user.id)).await?;
    let held = users::find_credentials_by_id(tx, &found.user.id).await?;
    let user = held.filter(is_waiting).ok_or_else(taken)?.user;
    let said = (account.name, account.locale);
    users::set_invited(tx, &user.id, said, now).await?.ok_or_else(taken)
}

/// An account that an operator made, and that nobody can have used.
fn is_waiting(found: &Credentials) -> bool {
    let user = &found.user;
    found.password_hash.is_none()
        && !user.self_registered
        && user.email_verified_at.is_none()
        && user.last_login_at.is_none()
        && !user.is_blocked()
        && !user.is_leaving()
}

fn checked_locale(locale: &str) -> Result<&str, OperatorRefusal> {
    let known = LOCALES.into_iter().find(|known| *known == locale);
    known.ok_or_else(|| OperatorRefusal::LocaleUnknown(locale.to_owned()))
}
