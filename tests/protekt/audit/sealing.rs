//! Who seals, and when.

use protekt::audit::verify::NotedHead;
use protekt::audit::{Sealer, TrailError, record, waits_too_long};
use protekt::clock::Timestamp;
use protekt::domain::UserId;
use protekt::store::{audit_events, audit_marks};

use super::{NOW, Trail, shared, sign_in, trails};
use crate::support::stores::TestStore;

#[tokio::test]
async fn an_empty_trail_holds_and_a_sealed_one_goes_on() {
    for trail in trails().await {
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.rows, proven.head, proven.range), (0, 0, None));
        for round in 1..=3 {
            trail.sign_ins(2, NOW.plus(round)).await;
            assert_eq!(trail.verify().await.unwrap().unsealed, 2, "{}", trail.test.engine);
            assert_eq!(trail.seal().await, 2);
            let proven = trail.verify().await.unwrap();
            assert_eq!((proven.rows, proven.unsealed), (round.unsigned_abs() * 2, 0));
        }
    }
}

/// More than one batch, one statement and one page hold.
#[tokio::test]
async fn a_long_trail_is_sealed_in_batches_and_proven_in_pages() {
    for trail in trails().await {
        trail.sign_ins(1_234, NOW).await;
        assert_eq!(trail.sealer.seal(NOW).await.unwrap(), protekt::audit::BATCH);
        assert_eq!(trail.seal().await, 734, "{}", trail.test.engine);
        let mut told = Vec::new();
        let key = &trail.key;
        let proven = protekt::audit::verify::verify(trail.store(), key, None, |rows, total| {
            told.push((rows, total));
        });
        assert_eq!(proven.await.unwrap().rows, 1_234);
        assert_eq!(told, [(1_000, 1_234), (1_234, 1_234)]);
    }
}

/// On PostgreSQL a unit of work that began early may end late: its row is behind others that are
/// sealed already.
#[tokio::test]
async fn a_row_that_is_committed_late_is_not_skipped() {
    for trail in trails().await {
        let protekt::store::Store::Postgres { .. } = trail.store() else { continue };
        let mut early = trail.store().begin().await.unwrap();
        record(&mut early, sign_in("early"), NOW).await.unwrap();
        trail.sign_ins(3, NOW.plus(10)).await;
        assert_eq!(trail.seal().await, 3);
        early.commit().await.unwrap();
        assert_eq!(trail.seal().await, 1);
        assert_eq!(trail.verify().await.unwrap().rows, 4);
        assert_eq!(trail.count("user_id = 'early' AND seq = 4").await, 1);
    }
}

/// Eight instances seal at once, and record at once, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_sealers_at_once_none_seals_twice() {
    for trail in trails().await {
        let trail = shared(trail);
        for round in 0..20 {
            trail.sign_ins(20, NOW.plus(round)).await;
            // Leases that have run out, so that nothing but the head keeps them apart.
            let now = NOW.plus(round * 1_000);
            let tasks = (0..8).map(|_| {
                let trail = std::sync::Arc::clone(&trail);
                tokio::spawn(async move {
                    let sealer = Sealer::new(trail.store().clone(), trail.key.clone());
                    sealer.seal(now).await
                })
            });
            for task in futures_util::future::join_all(tasks).await {
                task.unwrap().unwrap();
            }
            trail.sealer.seal(now.plus(100)).await.unwrap();
        }
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.rows, proven.unsealed), (400, 0), "{}", trail.test.engine);
    }
}

#[tokio::test]
async fn the_lease_lets_one_instance_seal_until_it_is_gone() {
    for trail in trails().await {
        let other = Sealer::new(trail.store().clone(), trail.key.clone());
        trail.sign_ins(1, NOW).await;
        assert_eq!(trail.sealer.seal(NOW).await.unwrap(), 1);
        trail.sign_ins(1, NOW.plus(1)).await;
        assert_eq!(other.seal(NOW.plus(1)).await.unwrap(), 0, "{}", trail.test.engine);
        // The first one died.
        assert_eq!(other.seal(NOW.plus(5)).await.unwrap(), 1);
        trail.sign_ins(1, NOW.plus(6)).await;
        assert_eq!(trail.sealer.seal(NOW.plus(6)).await.unwrap(), 0);
        other.release().await.unwrap();
        assert_eq!(trail.sealer.seal(NOW.plus(6)).await.unwrap(), 1);
        assert_eq!(trail.verify().await.unwrap().rows, 3);
    }
}

/// A clock that was put back since, or somebody with the database: no lease is given for so long.
#[tokio::test]
async fn a_lease_that_ends_later_than_any_can_keeps_nobody_from_sealing() {
    for trail in trails().await {
        for (round, ahead) in [(1, 6), (2, 1_000_000_000)] {
            let until = NOW.plus(ahead).0;
            trail.test.run("DELETE FROM leases").await;
            let lease = format!(
                "INSERT INTO leases (name, holder, expires_at)
                VALUES ('audit-sealer', 'nobody', {until})"
            );
            trail.test.run(&lease).await;
            trail.sign_ins(1, NOW.plus(round)).await;
            assert_eq!(trail.sealer.seal(NOW).await.unwrap(), 1, "{} {ahead}", trail.test.engine);
        }
        // Of the length that they have, it counts.
        let held = NOW.plus(5).0;
        let lease = format!("UPDATE leases SET holder = 'somebody', expires_at = {held}");
        trail.test.run(&lease).await;
        trail.sign_ins(1, NOW.plus(3)).await;
        assert_eq!(trail.sealer.seal(NOW).await.unwrap(), 0, "{}", trail.test.engine);
    }
}

#[tokio::test]
async fn it_is_known_since_when_rows_wait_to_be_sealed() {
    for trail in trails().await {
        let oldest_before = async |before: Timestamp| {
            let mut tx = trail.store().read().await.unwrap();
            audit_events::unsealed_before(&mut tx, before).await.unwrap()
        };
        assert_eq!(trail.verify().await.unwrap().unsealed_since, None, "{}", trail.test.engine);
        assert_eq!(oldest_before(NOW).await, (0, None), "{}", trail.test.engine);
        trail.sign_ins(3, NOW).await;
        // Recorded later, by a clock that is behind.
        trail.sign_ins(1, NOW.plus(-9)).await;
        let since = trail.verify().await.unwrap().unsealed_since;
        assert_eq!(since, Some(NOW.plus(-9)), "{}", trail.test.engine);
        assert_eq!(oldest_before(NOW.plus(1)).await, (3, Some(NOW.plus(-9))));
        trail.seal().await;
        assert_eq!(oldest_before(NOW.plus(9)).await, (0, None), "{}", trail.test.engine);
    }
    let now = NOW.plus(300);
    assert!(waits_too_long(NOW, now) && !waits_too_long(NOW.plus(1), now));
}

/// Nothing in the database tells that all of the trail is an older copy; who watched it does.
#[tokio::test]
async fn a_trail_that_is_put_back_under_a_running_sealer_is_not_sealed_on() {
    for trail in trails().await {
        let engine = trail.test.engine;
        trail.sign_ins(1, NOW).await;
        trail.seal().await;
        let head = audit_marks::find(&mut trail.store().read().await.unwrap(), "head").await;
        let head = head.unwrap().unwrap();
        let watching = Sealer::new(trail.store().clone(), trail.key.clone());
        assert_eq!(trail.sealer.head().await.unwrap(), Some(format!("1:{}", head.chain_mac)));
        trail.sign_ins(2, NOW.plus(1)).await;
        // Put back before it has looked again.
        assert_eq!(trail.sealer.seal(NOW).await.unwrap(), 2, "{engine}");
        assert_eq!(watching.seal(NOW).await.unwrap(), 0, "{engine}");
        let later = trail.verify().await.unwrap();
        let put_back = format!(
            "UPDATE audit_marks SET seq = 1, chain_mac = '{}', proof = '{}' WHERE name = 'head'",
            head.chain_mac, head.proof
        );
        for statement in ["DELETE FROM audit_events WHERE seq > 1", &put_back] {
            trail.test.run(statement).await;
        }
        trail.sign_ins(3, NOW.plus(9)).await;
        assert_eq!(trail.verify().await.unwrap().rows, 1, "it looks whole: {engine}");
        for sealer in [&trail.sealer, &watching, &trail.sealer] {
            let told = sealer.seal(NOW.plus(60)).await;
            assert!(matches!(told, Err(TrailError::WentBack { seq: 1, highest: 3 })), "{told:?}");
        }
        let noted = NotedHead { seq: later.head, chain_mac: later.head_mac };
        let told = trail.verify_with(&noted).await;
        assert!(matches!(told, Err(TrailError::NotedHeadUnknown { seq: 3 })), "{told:?}");
        // A start takes what it finds: a restored backup has to go on.
        let started = Sealer::new(trail.store().clone(), trail.key.clone());
        assert_eq!(started.seal(NOW.plus(60)).await.unwrap(), 3, "{engine}");
    }
}

/// A crash in mid-batch leaves either all of it or nothing; another instance goes on.
#[tokio::test]
async fn a_batch_that_was_not_finished_is_sealed_by_the_next() {
    for trail in trails().await {
        trail.sign_ins(3, NOW).await;
        trail.seal().await;
        trail.sign_ins(3, NOW.plus(5)).await;
        // What a sealer does, without its end.
        let mut tx = trail.store().begin().await.unwrap();
        let rows = audit_events::unsealed(&mut tx, "", 9).await.unwrap();
        let seals: Vec<_> = rows
            .into_iter()
            .zip(4..)
            .map(|(row, seq)| audit_events::Seal { id: row.id, seq, chain_mac: "x".to_owned() })
            .collect();
        assert_eq!(audit_events::seal(&mut tx, &seals).await.unwrap(), 3);
        drop(tx);
        assert_eq!(trail.verify().await.unwrap().unsealed, 3, "{}", trail.test.engine);
        let again: TestStore = trail.test.again().await;
        let other = Sealer::new(again.store.clone(), trail.key.clone());
        assert_eq!(other.seal(NOW.plus(60)).await.unwrap(), 3);
        assert_eq!(trail.verify().await.unwrap().rows, 6);
    }
}

#[tokio::test]
async fn old_rows_go_from_the_beginning_and_the_rest_stays_provable() {
    for trail in trails().await {
        trail.sign_ins(1_200, NOW).await;
        // Sealed after younger ones, it keeps what is behind it.
        trail.seal().await;
        trail.sign_ins(1, Timestamp(1)).await;
        trail.seal().await;
        let before = NOW.plus(700);
        assert_eq!(trail.sealer.purge(before).await.unwrap(), 500);
        assert_eq!(trail.sealer.purge(before).await.unwrap(), 200);
        assert_eq!(trail.sealer.purge(before).await.unwrap(), 0);
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.checkpoint, proven.rows, proven.head), (700, 501, 1_201));
        trail.sign_ins(1, NOW.plus(3_000)).await;
        // What is not sealed is not cleared away, however old.
        assert_eq!(trail.sealer.purge(NOW.plus(9_999)).await.unwrap(), 500);
        assert_eq!(trail.sealer.purge(NOW.plus(9_999)).await.unwrap(), 1);
        assert_eq!(trail.sealer.purge(NOW.plus(9_999)).await.unwrap(), 0);
        assert_eq!(trail.seal().await, 1);
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.checkpoint, proven.rows, proven.head), (1_201, 1, 1_202));
        trail.test.run("DELETE FROM audit_events").await;
        assert!(trail.verify().await.is_err(), "{}", trail.test.engine);
    }
}

/// Proving goes on while instances seal and clear away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_trail_that_moves_at_both_ends_is_proven() {
    for trail in trails().await {
        let trail = shared(trail);
        trail.sign_ins(3_000, NOW).await;
        trail.seal().await;
        let moving = std::sync::Arc::clone(&trail);
        let work = tokio::spawn(async move {
            for round in 0..12 {
                moving.sign_ins(20, NOW.plus(3_000 + round)).await;
                moving.sealer.seal(NOW.plus(round)).await.unwrap();
                moving.sealer.purge(NOW.plus(250 * round)).await.unwrap();
            }
        });
        while !work.is_finished() {
            trail.verify().await.unwrap();
        }
        work.await.unwrap();
        trail.verify().await.unwrap();
    }
}

/// As the deletion of an account does.
#[tokio::test]
async fn what_the_trail_tells_of_a_person_can_be_erased_and_the_chain_still_holds() {
    for trail in trails().await {
        let engine = trail.test.engine;
        let mut tx = trail.store().begin().await.unwrap();
        for (n, user) in ["ada", "bea", "ada"].into_iter().enumerate() {
            record(&mut tx, sign_in(user), NOW.plus(n.try_into().unwrap())).await.unwrap();
        }
        tx.commit().await.unwrap();
        trail.seal().await;
        let mut tx = trail.store().begin().await.unwrap();
        record(&mut tx, sign_in("ada"), NOW.plus(9)).await.unwrap();
        let erased = audit_events::erase(&mut tx, &UserId::from("ada")).await.unwrap();
        assert_eq!(erased, 3, "{engine}: sealed or not");
        tx.commit().await.unwrap();
        let left = "user_id = 'ada' OR (personal_salt IS NULL AND (sid IS NOT NULL
            OR ip IS NOT NULL OR user_agent IS NOT NULL OR detail <> 'null'))";
        assert_eq!(trail.count(left).await, 0, "{engine}");
        trail.seal().await;
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.rows, proven.erased), (4, 3), "{engine}");
        trail.test.run("UPDATE audit_events SET ip = '192.0.2.1' WHERE seq = 3").await;
        assert_eq!(Trail::broken(trail.verify().await).0, 3, "nothing is put in their place");
    }
}

/// More rows than one statement takes.
#[tokio::test]
async fn all_that_the_trail_tells_of_a_person_is_erased_in_parts() {
    for trail in trails().await {
        trail.sign_ins(150, NOW).await;
        let mut tx = trail.store().begin().await.unwrap();
        let ada = UserId::from("ada");
        let mut parts = Vec::new();
        for _ in 0..3 {
            parts.push(audit_events::erase(&mut tx, &ada).await.unwrap());
        }
        tx.commit().await.unwrap();
        assert_eq!(parts, [100, 50, 0], "{}", trail.test.engine);
        assert_eq!(trail.seal().await, 150);
        assert_eq!(trail.verify().await.unwrap().erased, 150);
    }
}

#[tokio::test]
async fn without_its_key_nothing_is_recorded() {
    for trail in trails().await {
        let other = trail.test.connect.open().await.unwrap();
        let mut tx = other.begin().await.unwrap();
        let told = record(&mut tx, sign_in("ada"), NOW).await;
        assert!(matches!(told, Err(protekt::store::StoreError::NoTrailKey)), "{told:?}");
    }
}
