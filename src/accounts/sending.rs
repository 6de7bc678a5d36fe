//! Limits on messages that somebody can cause: against mailboxes flooded by strangers, and against
//! pumping, where somebody earns by having many SMS sent to dear numbers of theirs.
//!
//! What somebody causes by naming an address or a number has budgets of its own, apart from those of
//! people who gave their password or are signed in: no stranger stops the codes of an owner
//! (decision 0032). Nor does one stop the first mail for long: beyond the budget of a mailbox one
//! still goes out from time to time, and nobody is told whether it did.
//!
//! Counted before a message is written, in a unit of work of its own: what is refused counts too.
//! The narrow limits come first, so that one network or account is stopped long before it reaches
//! what all share.

use super::{Accounts, count_within, recover};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::{PhoneNumber, Requester, UserId};
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// In seconds: how often a full mailbox gets a mail that somebody causes by naming it.
const SPARE_MAIL_AFTER: i64 = 60 * 60;

/// How many times more SMS go to confirmed numbers from one network, which an office may share.
const CONFIRMED_FROM_NETWORK: i64 = 10;

/// What somebody has shown who names an address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// The password of an account, or a session.
    Account,
}

/// Where a message would go, and what whoever causes it has shown.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'to> {
    /// To a mailbox that somebody names, as typed or stored.
    Address(&'to str),
    /// To the verified address of the account, which gave its password or is signed in.
    OwnAddress,
    /// To a telephone that somebody names.
    Number(&'to PhoneNumber),
    /// To a telephone that its owner has confirmed, after the password or from a session.
    ConfirmedNumber(&'to PhoneNumber),
}

/// So many messages of one kind for one mailbox, and from then on one now and then.
struct MailboxBudget {
    /// What is counted.
    kind: &'static str,
    limits: Vec<Limit>,
    /// How often one goes out once the limits are reached, in seconds.
    spare_after: i64,
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
    /// Whoever is refused may be told: none of it tells about what others did at that address.
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

    /// Whether a mail may be written to a mailbox that somebody named. Told to nobody who asks, and
    /// counted alike for every address: neither shows who has an account, or who tried.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(super) async fn has_room_for_mail(
        &self,
        (address, shown): (&str, Shown),
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let budget = MailboxBudget {
            kind: match shown {
                Shown::Nothing => "mailbox",
                Shown::Account => "mailbox:account",
            },
            limits: vec![self.settings.limits.mails_by_address],
            spare_after: SPARE_MAIL_AFTER,
        };
        self.has_room(&budget, &canonical_login_name(address), requester).await
    }

    /// Whether another link to a new password may be written. Where not, the newest is still good:
    /// one goes out as soon as the last could have ended.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(super) async fn has_room_for_reset(
        &self,
        address: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let spare_after = self.settings.password_reset_lifetime;
        self.has_room_for_link(("reset", spare_after), address, requester).await
    }

    /// The same of a link to the form of a way back: as many, counted apart.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(super) async fn has_room_for_recovery(
        &self,
        address: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        self.has_room_for_link(("recovery", recover::LINK_LIFETIME), address, requester).await
    }

    async fn has_room_for_link(
        &self,
        (kind, spare_after): (&'static str, i64),
        address: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let limits = &self.settings.limits;
        let limits = vec![limits.resets_by_address, limits.resets_by_address_and_day];
        let budget = MailboxBudget { kind, limits, spare_after };
        self.has_room(&budget, &canonical_login_name(address), requester).await
    }

    async fn has_room(
        &self,
        budget: &MailboxBudget,
        mailbox: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let (kind, now) = (budget.kind, self.clock.now());
        let key = |limit: &Limit| ThrottleKey::new(&format!("{kind}:{}", limit.seconds), mailbox);
        let tries: Vec<_> = budget.limits.iter().map(|limit| (key(limit), *limit)).collect();
        let mut tx = self.store.begin().await?;
        let mut decision = count_within(&mut tx, &tries, requester, now).await?;
        if let Decision::Refused { .. } = decision {
            let spare = ThrottleKey::new(&format!("{kind}:spare"), mailbox);
            let limit = Limit::new(1, budget.spare_after);
            decision = throttle::check_and_count(&mut tx, &spare, limit, now).await?;
        }
        tx.commit().await?;
        Ok(matches!(decision, Decision::Allowed { .. }))
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
                let name = canonical_login_name(address);
                let by_network = ThrottleKey::by_network("send", requester);
                let by_both = ThrottleKey::within_network("mail", &name, requester);
                [Cap::own(by_network, limits.sends_by_network)]
                    .into_iter()
                    .chain(self.mails_of_account("mail:named", user_id))
                    .chain([Cap::own(by_both, limits.mails_by_address)])
                    .collect()
            }
            // Not by network: whoever shares one with the owner could use it up.
            Destination::OwnAddress => {
                self.mails_of_account("mail:account", user_id).into_iter().collect()
            }
            Destination::Number(number) => {
                let by_network = ThrottleKey::by_network("sms", requester);
                let by_number = ThrottleKey::new("sms:unconfirmed", number.as_str());
                let own = [
                    Cap::own(by_network, limits.sms.by_network),
                    Cap::own(by_number, limits.sms.by_unconfirmed_number),
                ];
                let share = self.sms_caps_of_all(number, Part::Half);
                let all = self.sms_caps_of_all(number, Part::Whole);
                let account = self.sms_of_account("sms:set-up", user_id);
                own.into_iter().chain(account).chain(share).chain(all).collect()
            }
            Destination::ConfirmedNumber(number) => {
                let by_network = ThrottleKey::by_network("sms:confirmed", requester);
                let from_network = limits.sms.by_network;
                let most = from_network.most.saturating_mul(CONFIRMED_FROM_NETWORK);
                let by_number = ThrottleKey::new("sms:number", number.as_str());
                let own = [
                    Cap::own(by_network, Limit::new(most, from_network.seconds)),
                    Cap::own(by_number, limits.sms.by_number),
                ];
                let account = self.sms_of_account("sms:account", user_id);
                let all = self.sms_caps_of_all(number, Part::Whole);
                own.into_iter().chain(account).chain(all).collect()
            }
        }
    }

    fn mails_of_account(&self, kind: &str, user_id: Option<&UserId>) -> Option<Cap> {
        let key = ThrottleKey::new(kind, user_id?.as_str());
        Some(Cap::own(key, self.settings.limits.mails_by_account))
    }

    fn sms_of_account(&self, kind: &str, user_id: Option<&UserId>) -> Option<Cap> {
        let key = ThrottleKey::new(kind, user_id?.as_str());
        Some(Cap::own(key, self.settings.limits.sms.by_account))
    }

    /// What everybody's SMS are counted under.
    fn sms_caps_of_all(&self, number: &PhoneNumber, part: Part) -> [Cap; 3] {
        let limits = &self.settings.limits.sms;
        let country = number.country_code();
        let kind = |kind: &str| format!("{kind}{}", part.key());
        [
            Cap::of_all(
                ThrottleKey::new(&kind("sms:country"), &country),
                part.of(limits.by_country),
                "throttle.sms_by_country",
            ),
            Cap::of_all(
                ThrottleKey::new(&kind("sms:all"), "hourly"),
                part.of(limits.hourly),
                "throttle.sms_hourly",
            ),
            Cap::of_all(
                ThrottleKey::new(&kind("sms:all"), "daily"),
                part.of(limits.daily),
                "throttle.sms_daily",
            ),
        ]
    }
}

/// How much of a limit that all share.
#[derive(Clone, Copy)]
enum Part {
    /// What goes to numbers that nobody has confirmed: strangers leave the rest to sign-ins.
    Half,
    /// Everything.
    Whole,
}

impl Part {
    const fn key(self) -> &'static str {
        match self {
            Self::Half => ":unconfirmed",
            Self::Whole => "",
        }
    }

    fn of(self, limit: Limit) -> Limit {
        match self {
            Self::Half => Limit::new((limit.most / 2).max(1), limit.seconds),
            Self::Whole => limit,
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
