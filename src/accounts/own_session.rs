//! What people do in their own account counts while the session lives that they do it in.

use super::faults_into;
use crate::domain::session::Session;
use crate::store::{Tx, sessions};

/// Why nothing was done in somebody's own account.
#[derive(Debug, thiserror::Error)]
pub enum OwnSessionRefusal {
    /// The session that asks ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// It did so often, and has not proved lately who it is of.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(OwnSessionRefusal);

/// Holds the account and the session until the unit of work ends.
///
/// # Errors
///
/// If the session is over, or the database fails.
pub(super) async fn hold(tx: &mut Tx, session: &Session) -> Result<(), OwnSessionRefusal> {
    if sessions::hold(tx, session).await? { Ok(()) } else { Err(OwnSessionRefusal::SessionIsOver) }
}
