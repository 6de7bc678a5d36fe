//! The ends of the chained trail: what was sealed last, what was cleared away last, and what was
//! there before rows carried MACs of their own.

use super::{StoreError, Tx};

/// The mark at the last row of the chain.
pub const HEAD: &str = "head";
/// The mark at the last row that was sealed before rows carried MACs of their own.
pub const ORIGIN: &str = "origin";
/// The mark at the last row that was cleared away.
pub const CHECKPOINT: &str = "checkpoint";

/// A place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mark {
    /// The number of the row.
    pub seq: i64,
    /// Its MAC.
    pub chain_mac: String,
    /// A MAC over the mark itself.
    pub proof: String,
}

/// The mark with this name, once there is one.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Mark>, StoreError> {
    const FIND: &str = "SELECT seq, chain_mac, proof FROM audit_marks WHERE name = $1";

    tx.query(FIND).bind(name).fetch_optional().await
}

/// Moves a mark on from `old` (`None`: from the beginning) to `new`; `false` where another
/// instance moved it meanwhile.
///
/// # Errors
///
/// If the database fails.
pub async fn advance(
    tx: &mut Tx,
    name: &str,
    old: Option<&Mark>,
    new: &Mark,
) -> Result<bool, StoreError> {
    const BEGIN: &str = "
        INSERT INTO audit_marks (name, seq, chain_mac, proof) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO NOTHING";
    const ADVANCE: &str = "
        UPDATE audit_marks SET seq = $2, chain_mac = $3, proof = $4
        WHERE name = $1 AND seq = $5 AND chain_mac = $6";

    let Some(old) = old else {
        let begun = tx.query(BEGIN).bind(name).bind(new.seq).bind(&new.chain_mac);
        return Ok(begun.bind(&new.proof).execute().await? == 1);
    };
    let advanced = tx
        .query(ADVANCE)
        .bind(name)
        .bind(new.seq)
        .bind(&new.chain_mac)
        .bind(&new.proof)
        .bind(old.seq)
        .bind(&old.chain_mac)
        .execute()
        .await?;
    Ok(advanced == 1)
}
