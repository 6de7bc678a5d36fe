//! Where events are told, and what became of telling them.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{JsonList, UserId, WebhookId};
use crate::clock::Timestamp;
use crate::random;

/// How many webhooks there may be: each costs every event a row.
pub const MOST_WEBHOOKS: i64 = 50;
/// What stands for every kind of event.
pub const EVERY_EVENT: &str = "*";
/// The kind of a call that tells nothing.
pub const TEST_EVENT: &str = "webhook_test";
/// How long the secret before signs beside a new one, in seconds.
pub const SECRET_OVERLAP: i64 = 24 * 60 * 60;
/// After how long without an answer a webhook is disabled, in seconds.
pub const MOST_FAILING: i64 = 3 * 24 * 60 * 60;
/// The longest wait that a receiver may ask for, in seconds.
pub const LONGEST_PAUSE: i64 = 24 * 60 * 60;
/// Seconds from each try to the next: three days and three hours in all.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const SECRET_PREFIX: &str = "whsec_";

/// Where events are told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The address that is called.
    pub url: String,
    /// What the operator calls it.
    pub description: String,
    /// Kinds of events, or [`EVERY_EVENT`].
    pub events: JsonList,
    /// Whether anything is told.
    pub is_enabled: bool,
    /// Why Protekt disabled it: `gone` or `failing`.
    pub disabled_because: Option<String>,
    /// Its secret, sealed.
    pub secret_sealed: String,
    /// The secret before, sealed.
    pub old_secret_sealed: Option<String>,
    /// Until when that one signs, too.
    pub old_secret_until: Option<Timestamp>,
    /// Since when no call was taken.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// One event that is told to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WebhookDelivery {
    /// The same over all tries.
    pub id: String,
    /// Where it is told.
    pub webhook_id: WebhookId,
    /// The row of the trail; absent for a test.
    pub event_id: Option<String>,
    /// The kind of the event.
    pub kind: String,
    /// Whose account it was, where the trail does not say.
    pub former_user_id: Option<UserId>,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// Tries, the one under way included.
    pub attempts: i64,
    /// When it is tried next, where it waits.
    pub next_attempt_at: Timestamp,
    /// When it was tried last.
    pub last_attempt_at: Option<Timestamp>,
    /// What the last try was answered.
    pub status_code: Option<i64>,
    /// What the last try met with.
    pub last_error: Option<String>,
    /// The beginning of the last answer.
    pub answer: Option<String>,
    /// When it was taken.
    pub delivered_at: Option<Timestamp>,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// What calls are signed with: `whsec_` and 32 bytes in base64 (Standard Webhooks). Never printed.
pub struct WebhookSecret(SecretString);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let key = Zeroizing::new(random::bytes::<32>());
        let text = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
        Self(SecretString::from(format!("{SECRET_PREFIX}{}", text.as_str())))
    }

    /// One that was unsealed.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// As it is shown, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// `v1,` and the HMAC-SHA-256 of `id.timestamp.body` in base64 (Standard Webhooks).
    #[must_use]
    pub fn signature(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let text = self.expose();
        let encoded = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
        let key = Zeroizing::new(BASE64_STANDARD.decode(encoded).unwrap_or_default());
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
        context.update(format!("{id}.{}.", at.0).as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    }
}

/// Seconds to wait after so many tries, with up to a tenth more by chance so that what failed together is not tried
/// together; `None` where it is given up.
#[must_use]
pub fn pause_after(attempts: i64, asked: Option<i64>) -> Option<i64> {
    let index = usize::try_from(attempts.saturating_sub(1)).ok()?;
    let pause = *PAUSES.get(index)?;
    let chance = i64::from(u16::from_be_bytes(random::bytes()));
    let jitter = (pause / 10).saturating_mul(chance) / i64::from(u16::MAX);
    let asked = asked.unwrap_or_default().clamp(0, LONGEST_PAUSE);
    Some(pause.saturating_add(jitter).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WH-02: the example of the Standard Webhooks specification.
    #[test]
    fn a_call_is_signed_as_standard_webhooks_says() {
        let secret = WebhookSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signed =
            secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1_614_265_330), body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert_ne!(WebhookSecret::generate().expose(), WebhookSecret::generate().expose());
    }

    #[test]
    fn tries_end_after_about_three_days_and_a_receiver_may_ask_for_more_time() {
        let least: i64 = PAUSES.iter().sum();
        assert!((MOST_FAILING..MOST_FAILING + 86_400).contains(&least), "{least}");
        for (attempts, pause) in (1..).zip(PAUSES) {
            let waits = pause_after(attempts, None).unwrap();
            assert!((pause..=pause + pause / 10).contains(&waits), "{attempts} {waits}");
        }
        assert_eq!(pause_after(10, Some(5)), None);
        assert_eq!(pause_after(1, Some(60)), Some(60));
        assert_eq!(pause_after(1, Some(i64::MAX)), Some(LONGEST_PAUSE));
    }
}
