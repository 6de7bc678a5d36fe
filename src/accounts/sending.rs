//! Limits on messages that somebody can cause: against mailboxes flooded by strangers, and against
//! pumping, where somebody earns by having many SMS sent to dear numbers of theirs.
//!
//! Counted before a message is written, in a unit of work of its own: what is refused counts too.
//! The narrow limits come first, so that one network or account is stopped long before it reaches
//! what all share.

use super::Accounts;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::{PhoneNumber, Requester, UserId};
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Where a message would go.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'to> {
    /// To a mailbox, as typed or stored.
    Address(&'to str),
    /// To a telephone.
    Number(&'to PhoneNumber),
}

/// One counter, its limit, and what the first refusal of its window leaves in the trail.
struct Cap {
    key: ThrottleKey,
    limit: Limit,
    /// The setting, where it is one that all share: reaching it is the operator's business.
    shared: Option<&'static str>,
}

impl Cap {
    const fn own(key: ThrottleKey, limit: Limit) -> Self {
        Self { key, limit, shared: None }
    }

    const fn of_all(key: ThrottleKey, limit: Limit, setting: &'static str) -> Self {
        Self { key, limit, shared: Some(setting) }
    }
}

impl Accounts {
    /// Counts a message before it is written, and says whether it may be: by network, by account
    /// where the person is known, by address or number, and for SMS also by country and in all.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn count_sending(
        &self,
        to: Destination<'_>,
        user_id: Option<&UserId>,
        requester: &Requester,
    ) -> Result<Decision, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut decision = Decision::Allowed { count: 0 };
        for cap in self.caps(to, user_id, requester) {
            decision = throttle::check_and_count(&mut tx, &cap.key, cap.limit, now).await?;
            if let Decision::Refused { is_first, .. } = decision {
                if is_first {
                    record(&mut tx, &cap, user_id, requester, now).await?;
                }
                break;
            }
        }
        tx.commit().await?;
        Ok(decision)
    }

    fn caps(
        &self,
        to: Destination<'_>,
        user_id: Option<&UserId>,
        requester: &Requester,
    ) -> Vec<Cap> {
        let limits = &self.settings.limits;
        match to {
            Destination::Address(address) => {
                let by_network = ThrottleKey::by_network("send", requester);
                let by_address = ThrottleKey::new("mail", &canonical_login_name(address));
                let account = user_id.map(|id| ThrottleKey::new("mail:account", id.as_str()));
                let account = account.map(|key| Cap::own(key, limits.mails_by_account));
                [Cap::own(by_network, limits.sends_by_network)]
                    .into_iter()
                    .chain(account)
                    .chain([Cap::own(by_address, limits.mails_by_address)])
                    .collect()
            }
            Destination::Number(number) => {
                let limits = &limits.sms;
                let country = number.country_code();
                let account = user_id.map(|id| ThrottleKey::new("sms:account", id.as_str()));
                let account = account.map(|key| Cap::own(key, limits.by_account));
                let all = |window: &str| ThrottleKey::new("sms:all", window);
                [Cap::own(ThrottleKey::by_network("sms", requester), limits.by_network)]
                    .into_iter()
                    .chain(account)
                    .chain([
                        Cap::own(ThrottleKey::new("sms:number", number.as_str()), limits.by_number),
                        Cap::of_all(
                            ThrottleKey::new("sms:country", &country),
                            limits.by_country,
                            "throttle.sms_by_country",
                        ),
                        Cap::of_all(all("hourly"), limits.hourly, "throttle.sms_hourly"),
                        Cap::of_all(all("daily"), limits.daily, "throttle.sms_daily"),
                    ])
                    .collect()
            }
        }
    }
}

async fn record(
    tx: &mut Tx,
    cap: &Cap,
    user_id: Option<&UserId>,
    requester: &Requester,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = if cap.shared.is_some() { AuditKind::SmsLimitReached } else { AuditKind::Throttled };
    let mut event = AuditEvent::failure(kind).from(requester);
    event.user_id = user_id.cloned();
    if let Some(setting) = cap.shared {
        tracing::warn!(
            setting,
            most = cap.limit.most,
            seconds = cap.limit.seconds,
            "no more SMS for now: a limit that all share is reached"
        );
        event = event.with(serde_json::json!({ "setting": setting }));
    }
    audit::record(tx, event, now).await
}
