//! The chained trail: sealed once, proven, cleared away, and every change of it found.

mod beginning;
mod sealing;
mod tampering;
mod trail;

use std::sync::Arc;

use protekt::audit::verify::{NotedHead, Proven, verify};
use protekt::audit::{BrokenRow, ChainKey, Flaw, Sealer, TrailError, begin, record};
use protekt::clock::Timestamp;
use protekt::domain::audit_event::{AuditEvent, AuditKind};
use protekt::domain::{ClientId, Requester, SessionId, UserId};
use protekt::store::Store;

use crate::support::stores::{TestStore, chain_key, stores};

const NOW: Timestamp = Timestamp(1_800_000_000);

/// A store with a trail, and who seals it.
struct Trail {
    test: TestStore,
    key: ChainKey,
    sealer: Sealer,
}

/// A trail that has just begun, on each engine.
async fn trails() -> Vec<Trail> {
    let mut trails = Vec::new();
    for test in stores().await {
        let key = chain_key();
        let mut tx = test.store.begin().await.unwrap();
        begin(&mut tx, &key).await.unwrap();
        tx.commit().await.unwrap();
        let sealer = Sealer::new(test.store.clone(), key.clone());
        trails.push(Trail { test, key, sealer });
    }
    trails
}

impl Trail {
    fn store(&self) -> &Store {
        &self.test.store
    }

    /// Records `count` sign-ins, the first at `first`, a second apart.
    async fn sign_ins(&self, count: i64, first: Timestamp) {
        let mut tx = self.store().begin().await.unwrap();
        for n in 0..count {
            record(&mut tx, sign_in("ada"), first.plus(n)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Seals what there is.
    async fn seal(&self) -> u64 {
        let mut sealed = 0;
        loop {
            match self.sealer.seal(NOW).await.unwrap() {
                0 => return sealed,
                some => sealed += some,
            }
        }
    }

    async fn verify(&self) -> Result<Proven, TrailError> {
        verify(self.store(), &self.key, None, |_, _| ()).await
    }

    async fn verify_with(&self, head: &NotedHead) -> Result<Proven, TrailError> {
        verify(self.store(), &self.key, Some(head), |_, _| ()).await
    }

    /// The number and the flaw of the first broken row.
    #[track_caller]
    fn broken(result: Result<Proven, TrailError>) -> (i64, Flaw) {
        match result {
            Err(TrailError::Row(BrokenRow { seq, flaw, .. })) => (seq, flaw),
            other => panic!("{other:?}"),
        }
    }

    async fn count(&self, what: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM audit_events WHERE {what}"));
        match self.store() {
            Store::Sqlite { readers, .. } => {
                sqlx::query_scalar(sql).fetch_one(readers).await.unwrap()
            }
            Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }
}

fn sign_in(user: &str) -> AuditEvent {
    AuditEvent::success(AuditKind::SignedIn)
        .of(&UserId::from(user))
        .by_client(&ClientId::from("notes"))
        .in_session(&SessionId::from("s1"))
        .from(&requester())
        .with(serde_json::json!({ "n": 1 }))
}

fn requester() -> Requester {
    Requester {
        ip: "192.0.2.7".parse().unwrap(),
        user_agent: Some("Test/1".to_owned()),
        request_id: "r1".to_owned(),
    }
}

fn shared<T>(value: T) -> Arc<T> {
    Arc::new(value)
}
