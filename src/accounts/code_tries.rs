//! How codes are counted that are mailed to an address which somebody names: by the network that
//! types them, and by the address, over everybody who signs up with it. Each code has few tries of its
//! own; whoever has many networks and asks for many codes meets the counter of the address.

use super::{Accounts, VerificationRefusal, count_within};
use crate::clock::Timestamp;
use crate::domain::{Requester, UserId};
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Codes that may be typed for one address in a day.
const CODES_OF_ADDRESS: Limit = Limit::new(50, 24 * 60 * 60);

impl Accounts {
    /// Counts a code before it is compared; two at once cannot both be the last that is allowed.
    pub(super) async fn count_code(
        &self,
        requester: &Requester,
    ) -> Result<(), VerificationRefusal> {
        let tries = [(by_network(requester), self.settings.limits.codes_by_network)];
        match self.count(&tries, requester).await? {
            Decision::Allowed { .. } => Ok(()),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(VerificationRefusal::Throttled { retry_after_seconds })
            }
        }
    }
}

/// Counts a code that was typed, whether anybody has an account there or not; gives how long to
/// wait, in seconds, where there were too many.
pub(super) async fn wait(
    tx: &mut Tx,
    (typed_for, requester): (&ThrottleKey, &Requester),
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let tries = [(typed_for.clone(), CODES_OF_ADDRESS)];
    Ok(match count_within(tx, &tries, requester, now).await? {
        Decision::Allowed { .. } => None,
        Decision::Refused { retry_after_seconds, .. } => Some(retry_after_seconds),
    })
}

/// How long no code of an address would be compared, in seconds. Counts nothing.
pub(super) async fn wait_of_day(
    tx: &mut Tx,
    typed_for: &ThrottleKey,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    throttle::wait(tx, typed_for, CODES_OF_ADDRESS, now).await
}

/// The code was right: it takes nothing from whoever shares the network, or the address.
pub(super) async fn give_back(
    tx: &mut Tx,
    (typed_for, requester): (&ThrottleKey, &Requester),
) -> Result<(), StoreError> {
    throttle::give_back(tx, typed_for).await?;
    throttle::give_back(tx, &by_network(requester)).await
}

fn by_network(requester: &Requester) -> ThrottleKey {
    ThrottleKey::by_network("code", requester)
}

/// Over all who sign up with an address (canonical), which their mails have a link for, too.
pub(super) fn of_sign_up(address: &str) -> ThrottleKey {
    ThrottleKey::new("code:address", address)
}

/// Of one person who moves to an address: that mail has no link.
pub(super) fn of_change(address: &str, user_id: &UserId) -> ThrottleKey {
    ThrottleKey::new("code:change", &format!("{address}\0{}", user_id.as_str()))
}
