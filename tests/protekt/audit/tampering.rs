//! Every way to change a sealed trail is found, and the first row of it named.

use protekt::audit::verify::NotedHead;
use protekt::audit::{Flaw, Sealer, TrailError};

use super::{NOW, Trail, trails};

async fn sealed(trail: &Trail) {
    trail.sign_ins(6, NOW).await;
    assert_eq!(trail.seal().await, 6);
    let proven = trail.verify().await.unwrap();
    assert_eq!((proven.rows, proven.head, proven.unsealed), (6, 6, 0));
}

async fn trails_after(change: &str) -> Vec<Trail> {
    let trails = trails().await;
    for trail in &trails {
        sealed(trail).await;
        for statement in change.split(';') {
            trail.test.run(statement).await;
        }
    }
    trails
}

#[tokio::test]
async fn a_change_of_any_field_is_found() {
    for change in [
        "at = 1",
        "kind = 'signed_out'",
        "outcome = 'failure'",
        "user_id = 'mallory'",
        "user_id = NULL",
        "client_id = NULL",
        "sid = 's2'",
        "ip = '198.51.100.1'",
        "user_agent = ''",
        "request_id = 'r2'",
        "detail = 'null'",
        "personal_salt = 'x'",
        "personal_salt = NULL",
        "personal_digest = ''",
        "chain_mac = 'x'",
        "chain_mac = NULL",
        "id = 'x'",
        "recorded_mac = 'x'",
        "recorded_mac = NULL",
        "recorded_mac = (SELECT recorded_mac FROM audit_events WHERE seq = 2)",
        "erased_mac = 'x'",
    ] {
        let statement = format!("UPDATE audit_events SET {change} WHERE seq = 3");
        for trail in trails_after(&statement).await {
            let found = Trail::broken(trail.verify().await);
            assert_eq!(found, (3, Flaw::Changed), "{change} {}", trail.test.engine);
        }
    }
}

#[tokio::test]
async fn a_row_that_is_gone_is_named_wherever_it_was() {
    for seq in [1, 4, 6] {
        let statement = format!("DELETE FROM audit_events WHERE seq = {seq}");
        for trail in trails_after(&statement).await {
            let found = Trail::broken(trail.verify().await);
            assert_eq!(found, (seq, Flaw::Missing), "{}", trail.test.engine);
        }
    }
    for trail in trails_after("DELETE FROM audit_events").await {
        assert_eq!(Trail::broken(trail.verify().await), (1, Flaw::Missing));
    }
}

/// Taken out of the chain, a row gets another number; its place stays empty.
#[tokio::test]
async fn a_row_that_is_sealed_again_leaves_a_gap() {
    let statement = "UPDATE audit_events SET seq = NULL, chain_mac = NULL WHERE seq = 2";
    for trail in trails_after(statement).await {
        assert_eq!(trail.seal().await, 1);
        assert_eq!(Trail::broken(trail.verify().await), (2, Flaw::Missing));
    }
}

#[tokio::test]
async fn rows_that_changed_places_are_told_from_changed_ones() {
    let near = "UPDATE audit_events SET seq = -1 WHERE seq = 2;
                UPDATE audit_events SET seq = 2 WHERE seq = 3;
                UPDATE audit_events SET seq = 3 WHERE seq = -1";
    let far = "UPDATE audit_events SET seq = -1 WHERE seq = 2;
               UPDATE audit_events SET seq = 2 WHERE seq = 5;
               UPDATE audit_events SET seq = 5 WHERE seq = -1";
    for change in [near, far] {
        for trail in trails_after(change).await {
            let found = Trail::broken(trail.verify().await);
            assert_eq!(found, (2, Flaw::Reordered), "{}", trail.test.engine);
        }
    }
}

const FORGED: &str = "INSERT INTO audit_events
    (id, at, kind, outcome, detail, personal_digest, seq, chain_mac)
    VALUES ('forged', 1800000002, 'signed_in', 'success', 'null', ''";

#[tokio::test]
async fn a_row_that_was_never_sealed_is_told_as_inserted() {
    let between = format!(
        "UPDATE audit_events SET seq = seq + 100 WHERE seq >= 3;
         UPDATE audit_events SET seq = seq - 99 WHERE seq >= 103;
         {FORGED}, 3, 'x')"
    );
    for trail in trails_after(&between).await {
        let found = Trail::broken(trail.verify().await);
        assert_eq!(found, (3, Flaw::Inserted), "{}", trail.test.engine);
    }
    for (seq, place) in [(7, "7"), (0, "0")] {
        for trail in trails_after(&format!("{FORGED}, {place}, 'x')")).await {
            let found = Trail::broken(trail.verify().await);
            assert_eq!(found, (seq, Flaw::Inserted), "{}", trail.test.engine);
        }
    }
}

/// Without a number and with whatever MAC there is to be copied, it is never sealed as if it
/// were real, however many they are; what is real is.
#[tokio::test]
async fn a_row_that_protekt_did_not_record_is_named_and_never_numbered() {
    for mac in ["NULL", "'x'", "(SELECT recorded_mac FROM audit_events WHERE seq = 2)"] {
        let forged = format!(
            "INSERT INTO audit_events
                (id, at, kind, outcome, user_id, detail, personal_salt, personal_digest,
                 recorded_mac)
             SELECT '00FORGED', at, kind, outcome, user_id, detail, personal_salt,
                personal_digest, {mac} FROM audit_events WHERE seq = 2"
        );
        for trail in trails_after(&forged).await {
            let engine = trail.test.engine;
            assert_forged(&trail, "00FORGED").await;
            assert_eq!(trail.seal().await, 0, "{engine}");
            trail.sign_ins(2, NOW.plus(9)).await;
            assert_eq!(trail.seal().await, 2, "{engine}: the real ones");
            assert_eq!(trail.count("id = '00FORGED' AND seq IS NULL").await, 1, "{engine}");
            assert_forged(&trail, "00FORGED").await;
        }
    }
    let many = "INSERT INTO audit_events (id, at, kind, outcome, detail)
        WITH RECURSIVE numbers (n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1100)
        SELECT '00' || n, 5, 'signed_in', 'success', 'null' FROM numbers";
    for trail in trails_after(many).await {
        trail.sign_ins(600, NOW.plus(9)).await;
        assert_eq!(trail.seal().await, 600, "{}", trail.test.engine);
        assert_eq!(trail.count("seq IS NULL").await, 1_100);
        assert_forged(&trail, "001").await;
    }
}

async fn assert_forged(trail: &Trail, id: &str) {
    let engine = trail.test.engine;
    let told = trail.verify().await;
    assert!(
        matches!(&told, Err(TrailError::Forged { id: named }) if named == id),
        "{engine} {told:?}"
    );
    let told = trail.sealer.find_forged().await;
    assert!(
        matches!(&told, Err(TrailError::Forged { id: named }) if named == id),
        "{engine} {told:?}"
    );
}

/// What was recorded and is changed before the sealer comes by is no more real.
#[tokio::test]
async fn a_row_that_is_changed_before_it_is_sealed_is_named() {
    for change in ["outcome = 'failure'", "ip = '192.0.2.1'", "at = 1", "user_id = NULL"] {
        for trail in trails().await {
            trail.sign_ins(1, NOW).await;
            trail.test.run(&format!("UPDATE audit_events SET {change}")).await;
            assert_eq!(trail.seal().await, 0, "{change}");
            let told = trail.verify().await;
            assert!(matches!(told, Err(TrailError::Forged { .. })), "{change}: {told:?}");
        }
    }
}

/// With what marks an erasure by Protekt, or without.
#[tokio::test]
async fn personal_fields_that_somebody_else_erased_are_named() {
    let nothing = "user_id = NULL, sid = NULL, ip = NULL, user_agent = NULL, detail = 'null',
        personal_salt = NULL";
    for mac in ["NULL", "'x'", "recorded_mac"] {
        let statement =
            format!("UPDATE audit_events SET {nothing}, erased_mac = {mac} WHERE seq = 3");
        for trail in trails_after(&statement).await {
            let found = Trail::broken(trail.verify().await);
            assert_eq!(found, (3, Flaw::Erased), "{mac} {}", trail.test.engine);
        }
    }
}

/// An empty trail is not one that has yet to begin.
#[tokio::test]
async fn a_trail_that_was_emptied_is_named_and_not_begun_again() {
    for change in [
        "DELETE FROM audit_events; DELETE FROM audit_marks",
        "DELETE FROM audit_events; DELETE FROM audit_marks WHERE name = 'head'",
    ] {
        for trail in trails_after(change).await {
            for _ in 0..2 {
                let told = trail.verify().await;
                assert!(matches!(told, Err(TrailError::Mark("head"))), "{change}: {told:?}");
                trail.sign_ins(1, NOW.plus(9)).await;
                let told = trail.sealer.seal(NOW).await;
                assert!(matches!(told, Err(TrailError::Mark("head"))), "{change}: {told:?}");
            }
        }
    }
    for trail in trails_after("DELETE FROM audit_marks WHERE name = 'origin'").await {
        let told = trail.verify().await;
        assert!(matches!(told, Err(TrailError::Mark("origin"))), "{told:?}");
    }
    let moved = "UPDATE audit_marks SET seq = 6 WHERE name = 'origin'";
    for trail in trails_after(moved).await {
        let told = trail.verify().await;
        assert!(matches!(told, Err(TrailError::Mark("origin"))), "{told:?}");
    }
}

#[tokio::test]
async fn a_head_that_is_moved_or_gone_is_found_and_not_written_over() {
    for change in [
        "UPDATE audit_marks SET seq = 4",
        "UPDATE audit_marks SET chain_mac = (SELECT chain_mac FROM audit_events WHERE seq = 4)",
        "UPDATE audit_marks SET proof = 'x'",
        "DELETE FROM audit_marks",
    ] {
        for trail in trails_after(change).await {
            let engine = trail.test.engine;
            let told = trail.verify().await;
            assert!(matches!(told, Err(TrailError::Mark("head"))), "{change} {engine}: {told:?}");
            trail.sign_ins(1, NOW).await;
            let told = trail.sealer.seal(NOW).await;
            assert!(matches!(told, Err(TrailError::Mark("head"))), "{change} {engine}: {told:?}");
        }
    }
}

/// Cut back to an earlier head that was ours once, the database alone shows nothing; the head that
/// the operator noted does.
#[tokio::test]
async fn a_trail_that_was_put_back_is_found_by_the_head_that_was_noted() {
    for mut trail in trails().await {
        trail.sign_ins(3, NOW).await;
        trail.seal().await;
        trail.test.run("CREATE TABLE kept AS SELECT * FROM audit_marks").await;
        trail.sign_ins(2, NOW.plus(10)).await;
        trail.seal().await;
        let proven = trail.verify().await.unwrap();
        let noted = NotedHead { seq: proven.head, chain_mac: proven.head_mac };
        trail.sign_ins(1, NOW.plus(20)).await;
        trail.seal().await;
        assert_eq!(trail.verify_with(&noted).await.unwrap().head, 6);

        trail.test.run("DELETE FROM audit_events WHERE seq > 3").await;
        trail.test.run("DELETE FROM audit_marks").await;
        trail.test.run("INSERT INTO audit_marks SELECT * FROM kept").await;
        assert_eq!(trail.verify().await.unwrap().head, 3);
        let told = trail.verify_with(&noted).await;
        assert!(matches!(told, Err(TrailError::NotedHeadUnknown { seq: 5 })), "{told:?}");
        // And not by being overtaken, once an instance starts that knows nothing of before.
        trail.sealer = Sealer::new(trail.store().clone(), trail.key.clone());
        trail.sign_ins(5, NOW.plus(30)).await;
        trail.seal().await;
        let told = trail.verify_with(&noted).await;
        assert!(matches!(told, Err(TrailError::NotedHeadUnknown { seq: 5 })), "{told:?}");
    }
}

#[tokio::test]
async fn a_forged_checkpoint_hides_nothing() {
    let forged = "DELETE FROM audit_events WHERE seq <= 2;
         INSERT INTO audit_marks SELECT 'checkpoint', 2, 'x', proof FROM audit_marks
            WHERE name = 'head'";
    for trail in trails_after(forged).await {
        let told = trail.verify().await;
        assert!(matches!(told, Err(TrailError::Mark("checkpoint"))), "{told:?}");
        let told = trail.sealer.purge(NOW.plus(100)).await;
        assert!(matches!(told, Err(TrailError::Mark("checkpoint"))), "{told:?}");
    }
}

/// Made older than it is, a row would be cleared away, and what was changed with it.
#[tokio::test]
async fn what_was_changed_is_not_cleared_away() {
    for trail in trails_after("UPDATE audit_events SET at = 1 WHERE seq <= 2").await {
        let told = trail.sealer.purge(NOW).await;
        assert!(matches!(told, Err(TrailError::Row(_))), "{told:?}");
        assert_eq!(trail.count("TRUE").await, 6);
    }
}

/// With another key-encryption key nothing is proven.
#[tokio::test]
async fn another_key_proves_nothing() {
    for trail in trails_after("SELECT 1").await {
        let other = protekt::keys::KeyEncryptionKey::generate().chain_key();
        let told = protekt::audit::verify::verify(trail.store(), &other, None, |_, _| ()).await;
        assert!(matches!(told, Err(TrailError::Mark("head"))), "{told:?}");
    }
}
