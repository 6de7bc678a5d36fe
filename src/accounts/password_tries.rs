//! How tries of passwords are counted.
//!
//! A stranger's count by network, by name in it, and by name, each in a window of time, and by name
//! in a row: until a right password or a new one. A browser in which the account was signed in to
//! before, or a session that proves itself again, has tries of its own, so that no stranger's
//! guessing shuts the owner out; they too are counted in a window, and in a row over all of them.

use super::sign_in::SignInRefusal;
use super::{Accounts, count_within};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::name::canonical_name;
use crate::domain::user::User;
use crate::domain::{Requester, SessionId, TokenDigest, UserId};
use crate::store::{StoreError, Tx, known_devices};
use crate::throttle::{self, Decision, Limit, ThrottleKey, ThrottleLimits};

/// When wrong passwords in a row are forgotten at the latest where no mail is sent, in seconds: no reset
/// leads back in, and a stranger must not shut the owner out for long.
const ROW_WITHOUT_MAIL: i64 = 24 * 60 * 60;

/// So many of the windows, the first ones, count what somebody does where they are.
const OWN_WINDOWS: usize = 2;

/// What the tries of one sign-in are counted under.
pub(super) enum TryKeys {
    /// By a name that was typed.
    Stranger {
        network: ThrottleKey,
        name_in_network: ThrottleKey,
        name: ThrottleKey,
        /// Wrong ones of the name without a right one between them.
        in_a_row: ThrottleKey,
    },
    /// Where the account was signed in to before.
    Known {
        here: ThrottleKey,
        /// Wrong ones of the account in all such places.
        in_a_row: ThrottleKey,
    },
}

/// A try that was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedTry {
    /// How many there were here, in a while: the ones in a row would tell of sign-ins elsewhere.
    pub(super) here: i64,
    /// Whether a right password counts; not after too many wrong ones in a row.
    pub(super) may_match: bool,
}

impl TryKeys {
    /// Of somebody who is not known to have been signed in.
    pub(super) fn of_stranger(name: &str, requester: &Requester) -> Self {
        Self::Stranger {
            network: ThrottleKey::by_network("password", requester),
            name_in_network: ThrottleKey::within_network("password", name, requester),
            name: ThrottleKey::new("password", name),
            in_a_row: in_a_row(name),
        }
    }

    /// Of a browser that the account knows.
    pub(super) fn of_browser(browser: &TokenDigest, user_id: &UserId) -> Self {
        let here = format!("{}\0{}", browser.as_str(), user_id.as_str());
        Self::Known {
            here: ThrottleKey::new("password:browser", &here),
            in_a_row: in_a_row_of_known(user_id),
        }
    }

    /// Of a session whose person proves anew who they are.
    pub(super) fn of_session(sid: &SessionId, user_id: &UserId) -> Self {
        Self::Known {
            here: ThrottleKey::new("password:session", sid.as_str()),
            in_a_row: in_a_row_of_known(user_id),
        }
    }

    /// The windows, and the counter in a row.
    fn limited(
        &self,
        limits: &ThrottleLimits,
    ) -> (Vec<(ThrottleKey, Limit)>, (ThrottleKey, Limit)) {
        match self {
            Self::Stranger { network, name_in_network, name, in_a_row } => {
                let windows = vec![
                    (network.clone(), limits.passwords_by_network),
                    (name_in_network.clone(), limits.passwords_by_account_and_network),
                    (name.clone(), limits.passwords_by_account),
                ];
                (windows, (in_a_row.clone(), limits.passwords_in_a_row))
            }
            Self::Known { here, in_a_row } => {
                let windows = vec![(here.clone(), limits.passwords_by_known_browser)];
                (windows, (in_a_row.clone(), limits.passwords_in_a_row_in_known_browsers))
            }
        }
    }

    /// The password was right after all. What strangers share with its owner, by the network and by the name,
    /// gets only this try back: to see it empty would tell that somebody has the name and was just there.
    pub(super) async fn forget(&self, tx: &mut Tx, user: &User) -> Result<(), StoreError> {
        match self {
            Self::Stranger { network, name_in_network, name, .. } => {
                throttle::give_back(tx, network).await?;
                throttle::reset(tx, name_in_network).await?;
                throttle::give_back(tx, name).await?;
            }
            Self::Known { here, .. } => throttle::reset(tx, here).await?,
        }
        forget_in_a_row(tx, user).await
    }
}

/// The account has a new password: wrong ones of before do not count. Where a network is given, those of its
/// windows too.
pub(super) async fn forget_all(
    tx: &mut Tx,
    user: &User,
    requester: Option<&Requester>,
) -> Result<(), StoreError> {
    for name in names(user) {
        if let Some(requester) = requester {
            let key = ThrottleKey::within_network("password", &name, requester);
            throttle::reset(tx, &key).await?;
        }
        throttle::reset(tx, &ThrottleKey::new("password", &name)).await?;
    }
    forget_in_a_row(tx, user).await
}

/// A right password, or a passkey: wrong ones in a row do not count any more. In this order everywhere, and after
/// the windows, so that no two wait for one another.
pub(super) async fn forget_in_a_row(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    for name in names(user) {
        throttle::reset(tx, &in_a_row(&name)).await?;
    }
    throttle::reset(tx, &in_a_row_of_known(&user.id)).await
}

fn in_a_row(name: &str) -> ThrottleKey {
    ThrottleKey::new("password_row", name)
}

fn in_a_row_of_known(user_id: &UserId) -> ThrottleKey {
    ThrottleKey::new("password_row:known", user_id.as_str())
}

/// Every name that the account signs in by.
fn names(user: &User) -> Vec<String> {
    let address = canonical_login_name(&user.email);
    let username = user.username.as_deref().map(canonical_name);
    std::iter::once(address).chain(username).collect()
}

impl Accounts {
    /// What the tries of a name in a browser are counted under. Asked at the same cost whether
    /// somebody has the name or not.
    pub(super) async fn try_keys(
        &self,
        name: &str,
        browser: Option<&TokenDigest>,
        requester: &Requester,
    ) -> Result<TryKeys, StoreError> {
        // By the name that was typed: a counter that two names share would tell that they belong
        // together.
        let stranger = TryKeys::of_stranger(name, requester);
        let Some(browser) = browser else { return Ok(stranger) };
        let mut tx = self.store.read().await?;
        let account = known_devices::find_account(&mut tx, browser, name).await?;
        Ok(account.map_or(stranger, |account| TryKeys::of_browser(browser, &account)))
    }

    /// Counts a try before it is made: two at once cannot both be the last that is allowed.
    pub(super) async fn count_password(
        &self,
        keys: &TryKeys,
        requester: &Requester,
    ) -> Result<CountedTry, SignInRefusal> {
        let now = self.clock.now();
        let (windows, (key, mut limit)) = keys.limited(&self.settings.limits);
        if !self.settings.sends_mail {
            limit.seconds = limit.seconds.min(ROW_WITHOUT_MAIL);
        }
        let mut tx = self.store.begin().await?;
        let (own, wider) = windows.split_at(windows.len().min(OWN_WINDOWS));
        let mut here = 0;
        for (part, is_own) in [(own, true), (wider, false)] {
            match count_within(&mut tx, part, requester, now).await? {
                Decision::Allowed { count } if is_own => here = count,
                Decision::Allowed { .. } => {}
                Decision::Refused { retry_after_seconds, .. } => {
                    tx.commit().await?;
                    return Err(SignInRefusal::Throttled { retry_after_seconds });
                }
            }
        }
        let decision = throttle::check_and_count_in_a_row(&mut tx, &key, limit, now).await?;
        if let Decision::Refused { is_first: true, .. } = decision {
            let event = AuditEvent::failure(AuditKind::Throttled).from(requester);
            let event = event.with(serde_json::json!({ "reason": "too_many_in_a_row" }));
            audit::record(&mut tx, event, now).await?;
        }
        tx.commit().await?;
        match decision {
            Decision::Allowed { .. } => Ok(CountedTry { here, may_match: true }),
            // When the ones in a row are forgotten would tell of the owner's sign-ins, and so that
            // somebody has the name.
            Decision::Refused { .. } if matches!(keys, TryKeys::Stranger { .. }) => {
                Ok(CountedTry { here, may_match: false })
            }
            Decision::Refused { retry_after_seconds, .. } => {
                Err(SignInRefusal::TooManyInARow { retry_after_seconds })
            }
        }
    }
}
