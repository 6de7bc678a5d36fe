//! Codes of six digits, sent by mail or message.
//!
//! A code belongs to a place: the challenge or the factor that waits for it. One counts per place;
//! it may be tried a few times, and is used up by one conditional DELETE.

use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::Accounts;
use super::notice::{asked, own_name};
use crate::clock::Timestamp;
use crate::delivery::{
    self, CodePurpose, MailTemplate, Message, MessageParameters, Sms, SmsTemplate,
};
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::domain::{PhoneNumber, Requester};
use crate::keys::Purpose;
use crate::random;
use crate::store::one_time_codes::{self, NewCode, OneTimeCode};
use crate::store::{StoreError, Tx, sign_in_challenges};

/// How often one code may be tried.
const MOST_TRIES: i64 = 5;
/// How often a code may be sent for one place.
const MOST_SENDS: i64 = 5;
/// How long to wait before another one is sent, in seconds.
pub(super) const RESEND_AFTER: i64 = 60;

/// Where a code goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Destination<'to> {
    /// To the address of the account.
    Email,
    /// To a telephone.
    Sms(&'to PhoneNumber),
}

impl Destination<'_> {
    const fn channel(self) -> &'static str {
        match self {
            Self::Email => FactorKind::Email.as_str(),
            Self::Sms(_) => FactorKind::Sms.as_str(),
        }
    }
}

/// What became of a code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeVerdict {
    /// It is right, and used up.
    Right,
    /// It is another one.
    Wrong,
    /// There is none to be right: its time is over, it was tried too often, or none was sent.
    Over,
}

/// Digits alone: people type codes with spaces and dashes.
pub(super) fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}' | '\u{202f}')).collect()
}

/// Whether a code that was sent may still be typed.
pub(super) fn can_be_tried(code: &OneTimeCode, now: Timestamp) -> bool {
    code.tries < MOST_TRIES && code.expires_at > now
}

/// Whether as many codes were sent for a place as there can be, the last one among them.
pub(super) const fn is_sent_out(code: &OneTimeCode) -> bool {
    code.sends >= MOST_SENDS
}

/// What a code at `place` is for.
async fn purpose(tx: &mut Tx, place: &str) -> Result<CodePurpose, StoreError> {
    Ok(match sign_in_challenges::goes_on(tx, place).await? {
        Some(false) => CodePurpose::SignIn,
        Some(true) => CodePurpose::Proof,
        None => CodePurpose::SetUp,
    })
}

impl Accounts {
    /// Sends a code for `place` and says whether one went out: not a minute after the last, nor
    /// more than a few times.
    pub(super) async fn send_code(
        &self,
        tx: &mut Tx,
        place: &str,
        (user, destination): (&User, Destination<'_>),
        (locale, requester): (&str, &Requester),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let code = random::six_digits();
        let expires_at = now.plus(self.settings.factors.code_lifetime);
        let mac = self.kek.mac(Purpose::ShortCode, place, code.expose_secret());
        let new = NewCode { place, channel: destination.channel(), mac: &mac, expires_at };
        let bounds = (now.plus(-RESEND_AFTER), MOST_SENDS);
        if !one_time_codes::renew(tx, &new, bounds, now).await? {
            return Ok(false);
        }
        let locale = user.locale.as_deref().unwrap_or(locale);
        let user_id = Some(&user.id);
        match destination {
            Destination::Email => {
                let parameters = asked(requester, now)
                    .with("purpose", purpose(tx, place).await?.as_str())
                    .with("name", own_name(user))
                    .with("code", code.expose_secret())
                    .with_time("code_until", expires_at);
                let (template, recipient) = (MailTemplate::OneTimeCode, user.email.as_str());
                delivery::withdraw(tx, &user.id, template).await?;
                let message =
                    Message { template, recipient, locale, user_id, parameters, expires_at };
                self.write_mail(tx, &message, now).await?;
            }
            Destination::Sms(recipient) => {
                let template = SmsTemplate::Code;
                let parameters = MessageParameters::default().with("code", code.expose_secret());
                delivery::withdraw_sms(tx, &user.id, template).await?;
                let sms = Sms { template, recipient, locale, user_id, parameters, expires_at };
                delivery::enqueue_sms(tx, &self.kek, &sms, now).await?;
            }
        }
        Ok(true)
    }

    /// Takes a code, once. The caller commits also where it is wrong: the try counts.
    pub(super) async fn take_code(
        &self,
        tx: &mut Tx,
        (place, kind): (&str, FactorKind),
        mac: &str,
        now: Timestamp,
    ) -> Result<CodeVerdict, StoreError> {
        let counted = one_time_codes::count_try(tx, place, kind.as_str(), MOST_TRIES, now).await?;
        let Some(row) = counted else { return Ok(CodeVerdict::Over) };
        if !bool::from(mac.as_bytes().ct_eq(row.mac.as_bytes())) {
            let is_last = row.tries >= MOST_TRIES;
            return Ok(if is_last { CodeVerdict::Over } else { CodeVerdict::Wrong });
        }
        let is_taken = one_time_codes::spend(tx, place, mac).await?;
        Ok(if is_taken { CodeVerdict::Right } else { CodeVerdict::Over })
    }
}
