//! A person's own number: they prove with a code that they read messages there.
//!
//! The code belongs to the account and the number together: whoever has another number by the time
//! they type it has verified neither.

use super::one_time_code::{self, CodeVerdict, Destination};
use super::second_factor::FactorRefusal;
use super::{Accounts, faults_into, sending};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{PhoneNumber, Requester, TokenDigest};
use crate::keys::Purpose;
use crate::store::{StoreError, Tx, one_time_codes, sessions, users};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Codes that one person may try.
const TRIES: Limit = Limit::new(10, 15 * 60);

/// Why a number is not verified.
#[derive(Debug, thiserror::Error)]
pub enum PhoneRefusal {
    /// There is none, it is verified, or no SMS can be sent here.
    #[error("there is no number to verify")]
    NothingToVerify,
    /// Nothing was typed.
    #[error("the code is missing")]
    Missing,
    /// It is not right.
    #[error("the code is not right")]
    Wrong,
    /// The code no longer counts, or none was sent.
    #[error("the code has expired")]
    CodeOver,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// A code was sent a moment ago, and can be tried no more.
    #[error("a code was sent a moment ago")]
    TooSoon {
        /// When the next may be sent.
        retry_after_seconds: i64,
    },
    /// As many codes were sent as may be.
    #[error("no more codes are sent for now")]
    NotSent {
        /// When the next may be sent.
        retry_after_seconds: i64,
        /// Whether the last one still counts.
        has_code: bool,
    },
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(PhoneRefusal);

fn tries_of(user: &User) -> ThrottleKey {
    ThrottleKey::new("phone", user.id.as_str())
}

impl Accounts {
    /// The number that the person could verify here.
    #[must_use]
    pub fn unverified_phone(&self, user: &User) -> Option<PhoneNumber> {
        let number = user.phone_number.as_deref().filter(|_| self.settings.factors.has_sms)?;
        number.parse().ok().filter(|_| user.phone_number_verified_at.is_none())
    }

    /// Whether a code waits to be typed.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn waits_for_phone_code(&self, user: &User) -> Result<bool, StoreError> {
        let Some(number) = self.unverified_phone(user) else { return Ok(false) };
        let mut tx = self.store.read().await?;
        let code = one_time_codes::find(&mut tx, &place_of(user, &number)).await?;
        Ok(code.is_some_and(|code| one_time_code::can_be_tried(&code, self.clock.now())))
    }

    /// Sends a code to the person's number; `false` where one went out within the last minute.
    ///
    /// # Errors
    ///
    /// With why none was sent.
    pub async fn send_phone_code(
        &self,
        (user, session): (&User, &Session),
        locale: &str,
        requester: &Requester,
    ) -> Result<bool, PhoneRefusal> {
        let number = self.unverified_phone(user).ok_or(PhoneRefusal::NothingToVerify)?;
        let place = place_of(user, &number);
        let now = self.clock.now();
        let last = one_time_codes::find(&mut self.store.read().await?, &place).await?;
        if let Some(code) = last.filter(|code| code.expires_at > now) {
            let has_code = one_time_code::can_be_tried(&code, now);
            let wait = code.sent_at.plus(one_time_code::RESEND_AFTER).since(now);
            if wait > 0 {
                let too_soon = PhoneRefusal::TooSoon { retry_after_seconds: wait };
                return if has_code { Ok(false) } else { Err(too_soon) };
            }
            if one_time_code::is_sent_out(&code) {
                let retry_after_seconds = code.expires_at.since(now);
                return Err(PhoneRefusal::NotSent { retry_after_seconds, has_code });
            }
        }
        if let Some(wait) =
            throttle::wait(&mut self.store.read().await?, &tries_of(user), TRIES, now).await?
        {
            // It could not be tried.
            return Err(PhoneRefusal::Throttled { retry_after_seconds: wait });
        }
        let destination = Destination::Sms(&number);
        let counted = sending::Destination::Number(&number);
        self.count_code_sent(user, counted, requester).await.map_err(|refusal| match refusal {
            FactorRefusal::Throttled { retry_after_seconds } => {
                PhoneRefusal::Throttled { retry_after_seconds }
            }
            FactorRefusal::Fault(fault) => PhoneRefusal::Fault(fault),
            _ => PhoneRefusal::NothingToVerify,
        })?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold(&mut tx, session).await?;
        one_time_codes::forget_ended(&mut tx, &place, now).await?;
        let to = (user, destination);
        let is_sent = self.send_code(&mut tx, &place, to, (locale, requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(is_sent)
    }

    /// Takes the code that was sent to the person's number, once.
    ///
    /// # Errors
    ///
    /// With why the number stays as it is.
    pub async fn verify_phone(
        &self,
        (user, session): (&User, &Session),
        typed: &str,
        requester: &Requester,
    ) -> Result<(), PhoneRefusal> {
        let number = self.unverified_phone(user).ok_or(PhoneRefusal::NothingToVerify)?;
        if typed.trim().is_empty() {
            return Err(PhoneRefusal::Missing);
        }
        let tries = [(tries_of(user), TRIES)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(PhoneRefusal::Throttled { retry_after_seconds });
        }
        let place = place_of(user, &number);
        let mac = self.kek.mac(Purpose::ShortCode, &place, &one_time_code::digits(typed));
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold(&mut tx, session).await?;
        let verdict = self.take_code(&mut tx, (&place, FactorKind::Sms), &mac, now).await?;
        let is_verified = verdict == CodeVerdict::Right
            && self.note_phone(&mut tx, user, number.as_str(), requester, now).await?;
        tx.commit().await?;
        match verdict {
            CodeVerdict::Right if is_verified => Ok(()),
            CodeVerdict::Right => Err(PhoneRefusal::NothingToVerify),
            CodeVerdict::Wrong => Err(PhoneRefusal::Wrong),
            CodeVerdict::Over => Err(PhoneRefusal::CodeOver),
        }
    }

    /// Notes that the person reads messages at `number`, where that is the number of their account
    /// and was not known before; says whether it was so.
    pub(super) async fn note_phone(
        &self,
        tx: &mut Tx,
        user: &User,
        number: &str,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !users::verify_phone(tx, &user.id, number, now).await? {
            return Ok(false);
        }
        let event = AuditEvent::success(AuditKind::PhoneVerified).of(&user.id).from(requester);
        audit::record(tx, event, now).await?;
        Ok(true)
    }
}

async fn hold(tx: &mut Tx, session: &Session) -> Result<(), PhoneRefusal> {
    if sessions::hold(tx, session).await? { Ok(()) } else { Err(PhoneRefusal::SessionIsOver) }
}

/// What a code is for. A digest: the number itself has nothing to do among the codes.
fn place_of(user: &User, number: &PhoneNumber) -> String {
    let about = format!("{} {}", user.id, number.as_str());
    format!("phone:{}", TokenDigest::of(about.as_bytes()).as_str())
}
