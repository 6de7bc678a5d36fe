//! The hash of a password, as storage keeps it.

use std::fmt;

/// A PHC string (`$argon2id$v=19$…`), or what another system made of a password until its owner
/// first signs in. Not a secret by itself, but never printed: whoever has it can
/// guess at leisure.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}
