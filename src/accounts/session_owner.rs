//! Whether who asks for something is signed in still, at the moment in which it is done.
//!
//! A session is read when its request begins. What cannot be taken back looks at it once more, in its
//! unit of work: it may have been ended since.

use crate::domain::session::Session;
use crate::store::{StoreError, Tx, sessions};

/// Lets nobody else change the account or end the session until the unit of work ends; says whether
/// the session lives still. The account first, as everywhere.
pub(super) async fn still_owns(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    sessions::hold(tx, session).await
}
