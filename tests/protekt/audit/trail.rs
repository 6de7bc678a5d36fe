//! What a row tells, and how the trail is read.

use protekt::audit::record;
use protekt::domain::UserId;
use protekt::domain::audit_event::{AuditEvent, AuditKind};
use protekt::store::audit_events::{self, LAST_ID};
use protekt::store::audit_search::{self, EventFilter};
use strum::VariantArray as _;

use super::{NOW, requester, sign_in, trails};

/// LG-02: whatever it is, a row has time, actor, source and result, under a name of its own.
#[tokio::test]
async fn an_event_of_every_kind_is_read_back_as_it_was_recorded() {
    for trail in trails().await {
        let user = UserId::from("ada");
        let mut tx = trail.store().begin().await.unwrap();
        for (n, kind) in AuditKind::VARIANTS.iter().enumerate() {
            let event = if n % 2 == 0 { AuditEvent::success } else { AuditEvent::failure };
            let event = event(*kind).of(&user).from(&requester());
            record(&mut tx, event, NOW.plus(n.try_into().unwrap())).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = trail.store().read().await.unwrap();
        let rows = audit_search::between(&mut tx, &EventFilter::default(), ("", LAST_ID), 1_000)
            .await
            .unwrap();
        drop(tx);
        assert_eq!(rows.len(), AuditKind::VARIANTS.len(), "{}", trail.test.engine);
        let mut names = std::collections::BTreeSet::new();
        for (n, (row, kind)) in rows.iter().zip(AuditKind::VARIANTS).enumerate() {
            assert_eq!(row.kind, kind.as_str());
            assert!(names.insert(row.kind.clone()), "{} stands twice", row.kind);
            assert!(row.kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            assert_eq!(row.outcome, if n % 2 == 0 { "success" } else { "failure" });
            assert_eq!(row.at, NOW.plus(n.try_into().unwrap()));
            assert_eq!(row.personal.user_id.as_ref(), Some(&user));
            assert_eq!(row.personal.ip.as_deref(), Some("192.0.2.7"));
            assert_eq!(row.personal.user_agent.as_deref(), Some("Test/1"));
            assert_eq!(row.request_id.as_deref(), Some("r1"));
            assert!(trail.key.personal_fields_hold(row) && !row.is_erased());
        }
    }
}

#[tokio::test]
async fn a_person_reads_their_own_events_the_newest_first_page_by_page() {
    for trail in trails().await {
        trail.sign_ins(5, NOW).await;
        let mut tx = trail.store().begin().await.unwrap();
        record(&mut tx, sign_in("bea"), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let ada = UserId::from("ada");
        let mut tx = trail.store().read().await.unwrap();
        let (mut times, mut before) = (Vec::new(), None::<String>);
        loop {
            let page = audit_events::list_of(&mut tx, &ada, before.as_deref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id.clone());
            times.extend(page.into_iter().map(|row| row.at.since(NOW)));
        }
        assert_eq!(times, [4, 3, 2, 1, 0], "{}", trail.test.engine);
    }
}

#[tokio::test]
async fn the_trail_is_listed_by_person_kind_and_time() {
    for trail in trails().await {
        trail.sign_ins(4, NOW).await;
        let mut tx = trail.store().begin().await.unwrap();
        let out = AuditEvent::success(AuditKind::SignedOut).of(&UserId::from("bea"));
        record(&mut tx, out, NOW.plus(9)).await.unwrap();
        for (filter, count) in [
            (EventFilter::default(), 5),
            (EventFilter { user_id: Some("ada".into()), ..EventFilter::default() }, 4),
            (EventFilter { kind: Some("signed_out"), ..EventFilter::default() }, 1),
            (EventFilter { since: Some(NOW.plus(3)), ..EventFilter::default() }, 2),
            (
                EventFilter {
                    user_id: Some("ada".into()),
                    kind: Some("signed_out"),
                    since: Some(NOW),
                    ..EventFilter::default()
                },
                0,
            ),
            (EventFilter { until: Some(NOW.plus(3)), ..EventFilter::default() }, 3),
            (EventFilter { outcome: Some("failure"), ..EventFilter::default() }, 0),
        ] {
            let rows = audit_search::between(&mut tx, &filter, ("", LAST_ID), 100).await.unwrap();
            assert_eq!(rows.len(), count, "{filter:?} {}", trail.test.engine);
        }
    }
}

/// Each in a unit of work of its own, all within one second of the clock.
#[tokio::test]
async fn events_of_one_second_are_read_in_the_order_in_which_they_happened() {
    for trail in trails().await {
        for n in 0..60 {
            let mut tx = trail.store().begin().await.unwrap();
            let event = sign_in("ada").with(serde_json::json!(n));
            record(&mut tx, event, NOW).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(trail.seal().await, 60);
        let mut tx = trail.store().read().await.unwrap();
        let rows = audit_events::sealed_after(&mut tx, 0, 100).await.unwrap();
        let told: Vec<String> = rows.into_iter().map(|row| row.personal.detail).collect();
        let happened: Vec<String> = (0..60).map(|n| n.to_string()).collect();
        assert_eq!(told, happened, "{}", trail.test.engine);
        let newest = audit_events::list_of(&mut tx, &"ada".into(), None, 1).await.unwrap();
        assert_eq!(newest[0].personal.detail, "59", "{}", trail.test.engine);
    }
}
