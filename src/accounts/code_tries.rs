//! How codes are counted that are mailed to an address which somebody names: by the network that
//! types them, and by the address, over everybody who names it. Each code has few tries of its own;
//! whoever has many networks and asks for many codes meets the counter of the address.

use super::{Accounts, VerificationRefusal, count_within};
use crate::clock::Timestamp;
use crate::domain::Requester;
use crate::store::{StoreError, Tx};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// Codes that may be typed for one address in a day. The link of the mail goes on working.
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

/// Counts a code that was typed for an address (canonical), whether anybody has an account there or
/// not; gives how long to wait, in seconds, where there were too many.
pub(super) async fn wait_of_address(
    tx: &mut Tx,
    (address, requester): (&str, &Requester),
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let tries = [(of_address(address), CODES_OF_ADDRESS)];
    Ok(match count_within(tx, &tries, requester, now).await? {
        Decision::Allowed { .. } => None,
        Decision::Refused { retry_after_seconds, .. } => Some(retry_after_seconds),
    })
}

/// The code was right: it takes nothing from whoever shares the network, or the address.
pub(super) async fn give_back(
    tx: &mut Tx,
    (address, requester): (&str, &Requester),
) -> Result<(), StoreError> {
    throttle::give_back(tx, &of_address(address)).await?;
    throttle::give_back(tx, &by_network(requester)).await
}

fn by_network(requester: &Requester) -> ThrottleKey {
    ThrottleKey::by_network("code", requester)
}

fn of_address(address: &str) -> ThrottleKey {
    ThrottleKey::new("code:address", address)
}
