//! Whether what somebody gives is their second factor.
//!
//! Tries count per account, over every sign-in and every action, before anything is compared
//! (ASVS 6.6.3). What is right is used up in the caller's unit of work.

use super::super::admission::FirstProof;
use super::super::one_time_code::{self, CodeVerdict};
use super::super::passkeys::{Assertion, CheckedAssertion, PresentedPasskey};
use super::super::recover::end_for_given_factor;
use super::super::{Accounts, faults_into};
use super::backup_code;
use super::totp::TotpKey;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::domain::{Requester, TokenDigest};
use crate::keys::{Purpose, Sealed};
use crate::store::{StoreError, Tx, backup_codes, known_devices, passkeys, second_factors};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// What somebody gives as their second factor, as typed.
#[derive(Clone, Debug)]
pub enum FactorAnswer {
    /// The code of an authenticator app.
    Totp(String),
    /// The code of a message.
    Sms(String),
    /// The code of a mail.
    Email(String),
    /// A code on paper.
    BackupCode(String),
    /// What an authenticator signed.
    Passkey(Assertion),
}

impl FactorAnswer {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Totp(_) => FactorKind::Totp,
            Self::Sms(_) => FactorKind::Sms,
            Self::Email(_) => FactorKind::Email,
            Self::BackupCode(_) => FactorKind::BackupCode,
            Self::Passkey(_) => FactorKind::Passkey,
        }
    }

    /// A code of this kind; `None` for kinds without one.
    #[must_use]
    pub fn code(kind: FactorKind, typed: String) -> Option<Self> {
        match kind {
            FactorKind::Totp => Some(Self::Totp(typed)),
            FactorKind::Sms => Some(Self::Sms(typed)),
            FactorKind::Email => Some(Self::Email(typed)),
            FactorKind::BackupCode => Some(Self::BackupCode(typed)),
            FactorKind::Passkey => None,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Totp(typed) | Self::Sms(typed) | Self::Email(typed) | Self::BackupCode(typed) => {
                typed.trim().is_empty()
            }
            Self::Passkey(assertion) => assertion.credential.is_empty(),
        }
    }
}

/// Why a factor is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FactorRefusal {
    /// The half sign-in is over, was passed, or is another browser's: begin again.
    #[error("there is no sign-in that waits for a second factor")]
    Over,
    /// The person has no such factor, or it may not be used here.
    #[error("this factor cannot be used here")]
    NotUsable,
    /// Nothing was typed.
    #[error("the code is missing")]
    Missing,
    /// It is not right.
    #[error("the code is not right")]
    Wrong,
    /// The code of an app is not right, nor were those before it.
    #[error("the code is not right, again")]
    WrongAgain,
    /// It was right, and was taken before.
    #[error("the code was used already")]
    Used,
    /// The code that was sent, or what a passkey was to sign, no longer counts.
    #[error("the code has expired")]
    CodeOver,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// The tries are used up: another code could not be tried.
    #[error("no try is left for now")]
    NoTryLeft {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// A code was sent a moment ago, and can be tried no more.
    #[error("a code was sent a moment ago")]
    TooSoon {
        /// When the next may be sent.
        retry_after_seconds: i64,
    },
    /// As many codes were sent for this sign-in as may be: whoever signs in anew gets others.
    #[error("no more codes are sent for this sign-in")]
    SentOut,
    /// Ours.
    #[error(transparent)]
    Fault(super::super::AccountsFault),
}
faults_into!(FactorRefusal);

/// A factor that was counted and looked at.
pub(super) struct PreparedFactor {
    given: Prepared,
    /// What it was counted under by network, apart from the codes of mails, for which anybody can ask.
    network: Option<ThrottleKey>,
}

/// What is left to do once a unit of work is open.
enum Prepared {
    /// `tries` counts the wrong codes of the account, this one included.
    Totp {
        id: String,
        step: Option<i64>,
        tries: i64,
    },
    Code {
        kind: FactorKind,
        place: String,
        mac: String,
    },
    BackupCode {
        mac: String,
    },
    Passkey(CheckedAssertion),
}

/// From so many wrong codes of an app on, its clock may be to blame.
const MANY_WRONG: i64 = 3;

/// What is said of a wrong code of an app.
pub(super) const fn wrong_totp(tries: i64) -> FactorRefusal {
    if tries >= MANY_WRONG { FactorRefusal::WrongAgain } else { FactorRefusal::Wrong }
}

/// Wrong factors of one account that are compared within a day, over everything.
const ALL_OF_A_DAY: Limit = Limit::new(100, 24 * 60 * 60);

/// Keys under which wrong factors of an account count: in a quarter of an hour, in a day, and in a day
/// over everything. What the first refuses adds nothing to the others. They are counted and forgotten in
/// this order, so that no two wait for one another. Browsers in which the account was signed in to have
/// tries of their own, and so has everybody once everything of the account was ended, by a new password
/// for instance: whoever knew the password and guessed shuts the owner out no longer (decision 0021).
fn try_keys(user: &User, is_known: bool) -> [ThrottleKey; 3] {
    let id = user.id.as_str();
    let since = format!("{id}\0{}", user.generation);
    let [quarter, day] =
        if is_known { ["factor:known", "factor_day:known"] } else { ["factor", "factor_day"] };
    [
        ThrottleKey::new(quarter, &since),
        ThrottleKey::new(day, &since),
        ThrottleKey::new("factor_all", id),
    ]
}

/// The owner gave a factor: wrong ones of before do not count.
pub(in super::super) async fn forget_tries(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let [quarter, day, all] = try_keys(user, false);
    let [known_quarter, known_day, _] = try_keys(user, true);
    for key in [quarter, day, known_quarter, known_day, all] {
        throttle::reset(tx, &key).await?;
    }
    Ok(())
}

impl Accounts {
    /// Counts a try and does what is slow, before a unit of work opens. `place` is what a code was
    /// sent for.
    pub(super) async fn prepare_factor(
        &self,
        (user, first): (&User, FirstProof),
        answer: FactorAnswer,
        (place, browser): (&str, &TokenDigest),
        requester: &Requester,
    ) -> Result<PreparedFactor, FactorRefusal> {
        if answer.is_empty() {
            return Err(FactorRefusal::Missing);
        }
        let kind = answer.kind();
        let mut tx = self.store.read().await?;
        if !self.usable_methods(&mut tx, user, first).await?.contains(&kind) {
            return Err(FactorRefusal::NotUsable);
        }
        let factor = second_factors::find(&mut tx, &user.id, kind).await?;
        let is_known = known_devices::knows(&mut tx, browser, user).await?;
        drop(tx);
        let [quarter, day, all] = try_keys(user, is_known);
        let limits = &self.settings.limits;
        // Where the account is known nobody else of its network uses anything up.
        let network = (!is_known).then(|| ThrottleKey::by_network("factor", requester));
        let keys: Vec<_> = (network.clone().map(|key| (key, limits.codes_by_network)).into_iter())
            .chain([
                (quarter, limits.factors_by_account),
                (day, limits.factors_by_account_and_day),
                (all, ALL_OF_A_DAY),
            ])
            .collect();
        // The hint at an app's clock is about what was typed a moment ago, not about the day.
        let (recent, wider) = keys.split_at(keys.len().saturating_sub(2));
        let mut tries = 0;
        for (part, is_recent) in [(recent, true), (wider, false)] {
            match self.count(part, requester).await? {
                Decision::Allowed { count } if is_recent => tries = count,
                Decision::Allowed { .. } => {}
                Decision::Refused { retry_after_seconds, .. } => {
                    return Err(FactorRefusal::Throttled { retry_after_seconds });
                }
            }
        }
        let given = match answer {
            FactorAnswer::Totp(typed) => {
                let factor = factor.ok_or(FactorRefusal::NotUsable)?;
                let key = self.open_totp_key(&factor.id, factor.secret_sealed)?;
                let step = key.step_of(&one_time_code::digits(&typed), self.clock.now());
                Prepared::Totp { id: factor.id, step, tries }
            }
            FactorAnswer::Sms(typed) | FactorAnswer::Email(typed) => {
                let code = one_time_code::digits(&typed);
                let mac = self.kek.mac(Purpose::ShortCode, place, &code);
                Prepared::Code { kind, place: place.to_owned(), mac }
            }
            FactorAnswer::BackupCode(typed) => {
                Prepared::BackupCode { mac: backup_code::mac(&self.kek, &user.id, &typed) }
            }
            FactorAnswer::Passkey(assertion) => {
                let checked = self.check_assertion(user, &assertion, browser).await?;
                if let CheckedAssertion::Over = checked {
                    // Nothing was compared.
                    self.give_back(&keys).await?;
                }
                Prepared::Passkey(checked)
            }
        };
        Ok(PreparedFactor { given, network })
    }

    /// How long nothing that the person gives in this browser would be looked at, in seconds.
    pub(super) async fn factor_wait(
        &self,
        tx: &mut Tx,
        user: &User,
        browser: &TokenDigest,
    ) -> Result<Option<i64>, StoreError> {
        let is_known = known_devices::knows(tx, browser, user).await?;
        let limits = &self.settings.limits;
        let limits = [limits.factors_by_account, limits.factors_by_account_and_day, ALL_OF_A_DAY];
        let mut longest = None;
        for (key, limit) in try_keys(user, is_known).iter().zip(limits) {
            longest = longest.max(throttle::wait(tx, key, limit, self.clock.now()).await?);
        }
        Ok(longest)
    }

    async fn give_back(&self, keys: &[(ThrottleKey, Limit)]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        for (key, _) in keys {
            throttle::give_back(&mut tx, key).await?;
        }
        tx.commit().await
    }

    /// Takes a prepared factor, once. A refusal is written down by the caller's commit.
    pub(super) async fn take_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        PreparedFactor { given: prepared, network }: &PreparedFactor,
        now: Timestamp,
    ) -> Result<Result<(), FactorRefusal>, StoreError> {
        let is_right = match prepared {
            Prepared::Totp { step: None, tries, .. } => return Ok(Err(wrong_totp(*tries))),
            Prepared::Passkey(CheckedAssertion::Over) => return Ok(Err(FactorRefusal::CodeOver)),
            Prepared::Passkey(CheckedAssertion::Wrong) => false,
            Prepared::Totp { id, step: Some(step), .. } => {
                if !second_factors::take_step(tx, id, *step, now).await? {
                    return Ok(Err(FactorRefusal::Used));
                }
                true
            }
            Prepared::Code { kind, place, mac } => {
                match self.take_code(tx, (place, *kind), mac, now).await? {
                    CodeVerdict::Right => {
                        second_factors::note_use(tx, &user.id, *kind, now).await?;
                        true
                    }
                    CodeVerdict::Wrong => false,
                    CodeVerdict::Over => return Ok(Err(FactorRefusal::CodeOver)),
                }
            }
            Prepared::BackupCode { mac } => {
                let is_right = backup_codes::spend(tx, &user.id, mac, now).await?;
                if !is_right && backup_codes::was_used(tx, &user.id, mac).await? {
                    return Ok(Err(FactorRefusal::Used));
                }
                is_right
            }
            Prepared::Passkey(CheckedAssertion::Right(presented)) => {
                let PresentedPasskey { passkey, credential } = &**presented;
                passkeys::note_use(tx, passkey, credential, now).await?
            }
        };
        if !is_right {
            return Ok(Err(FactorRefusal::Wrong));
        }
        if let Some(network) = network {
            throttle::give_back(tx, network).await?;
        }
        forget_tries(tx, user).await?;
        let made_at = made_at(tx, user, prepared).await?;
        end_for_given_factor(tx, user, made_at.unwrap_or(now), now).await?;
        Ok(Ok(()))
    }

    /// One line in the trail for a factor that was not taken.
    pub(super) async fn record_refused_factor(
        &self,
        tx: &mut Tx,
        user: &User,
        kind: FactorKind,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = AuditEvent::failure(AuditKind::SecondFactorGiven).of(&user.id).from(requester);
        audit::record(tx, event.about_factor(kind), now).await
    }

    pub(super) fn open_totp_key(
        &self,
        id: &str,
        sealed: Option<String>,
    ) -> Result<TotpKey, StoreError> {
        let corrupt = || StoreError::Corrupt("the key of an app cannot be opened".to_owned());
        let sealed = Sealed(sealed.ok_or_else(corrupt)?);
        let plain = self.kek.open(Purpose::TotpKey, id, &sealed).map_err(|_| corrupt())?;
        TotpKey::from_bytes(&plain).ok_or_else(corrupt)
    }
}

/// When the factor that was given was made.
async fn made_at(
    tx: &mut Tx,
    user: &User,
    given: &Prepared,
) -> Result<Option<Timestamp>, StoreError> {
    let kind = match given {
        Prepared::Passkey(CheckedAssertion::Right(presented)) => {
            return Ok(Some(presented.passkey.created_at));
        }
        Prepared::Passkey(_) => return Ok(None),
        Prepared::BackupCode { .. } => return backup_codes::made_at(tx, &user.id).await,
        Prepared::Totp { .. } => FactorKind::Totp,
        Prepared::Code { kind, .. } => *kind,
    };
    let factor = second_factors::find(tx, &user.id, kind).await?;
    Ok(factor.and_then(|factor| factor.confirmed_at))
}
