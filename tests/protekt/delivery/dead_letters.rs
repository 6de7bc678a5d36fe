//! Messages that nobody took, and sending them again.

use std::sync::Arc;

use protekt::clock::Clock as _;
use protekt::delivery::{
    Delivery, MailTemplate, Message, MessageParameters, Retry, Transport, enqueue,
    masked_recipient, retry, withdraw,
};
use protekt::domain::Channel;
use protekt::jobs;
use protekt::store::{levels, outbox};

use super::outbox::write_to;
use crate::support::app::apps;
use crate::support::people::{World, world};
use crate::support::stores::{TestStore, stores};

const SEALED: &str = "SELECT COUNT(*) FROM outbox WHERE parameters_sealed IS NOT NULL";

/// A mail for the account `u1`.
async fn waiting_mail(world: &World) {
    let now = world.clock.now();
    let message = Message {
        template: MailTemplate::ResetPassword,
        recipient: "ada@example.org",
        locale: "en",
        user_id: Some(&"u1".into()),
        parameters: MessageParameters::default().with("code", "123456"),
        expires_at: now.plus(86_400),
    };
    let mut tx = world.accounts.store.begin().await.unwrap();
    enqueue(&mut tx, &world.delivery.kek, &message, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// One that every try fails with, until it is given up.
async fn dead_mail(world: &World) -> String {
    waiting_mail(world).await;
    let folder = tempfile::NamedTempFile::new().unwrap();
    let transport = Arc::new(Transport::Folder(folder.path().to_owned()));
    let down = Delivery { transport, ..world.delivery.clone() };
    for _ in 0..12 {
        down.deliver_due(10).await.unwrap();
        world.clock.advance(3_600);
    }
    let listed = listed(world, "dead").await;
    assert_eq!(listed.len(), 1);
    listed[0].id.clone()
}

async fn listed(world: &World, state: &str) -> Vec<outbox::MessageSummary> {
    let mut tx = world.accounts.store.read().await.unwrap();
    outbox::list(&mut tx, state, "", 100).await.unwrap()
}

async fn retried(world: &World, id: &str) -> Retry {
    let mut tx = world.accounts.store.begin().await.unwrap();
    let told = retry(&mut tx, id, world.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    told
}

#[tokio::test]
async fn a_dead_mail_is_sent_again_with_what_stood_in_it_while_that_is_good() {
    for test in stores().await {
        let world = world(&test.store);
        let id = dead_mail(&world).await;
        let message = &listed(&world, "dead").await[0];
        assert_eq!((message.attempts, message.channel), (12, Channel::Email));
        assert!(message.last_error.is_some() && message.last_attempt_at.is_some());
        assert_eq!(retried(&world, &id).await, Retry::Waiting, "{}", test.engine);
        world.mail().await;
        let sent = listed(&world, "sent").await;
        assert_eq!((sent.len(), sent[0].attempts), (1, 1), "{}", test.engine);
        assert_eq!(world.count(SEALED).await, 0, "{}", test.engine);
        assert_eq!(retried(&world, &id).await, Retry::NotNeeded, "{}", test.engine);
        assert_eq!(retried(&world, "01NONE").await, Retry::Unknown, "{}", test.engine);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'delivery_retried'
            AND user_id = 'u1'";
        assert_eq!(world.count(trail).await, 1, "{}", test.engine);
    }
}

/// After an outage nothing has to wait for its next try; what somebody has in hands is not sent twice.
#[tokio::test]
async fn a_mail_that_waits_for_another_try_goes_out_at_once() {
    for test in stores().await {
        let world = world(&test.store);
        waiting_mail(&world).await;
        let id = listed(&world, "pending").await[0].id.clone();
        assert_eq!(retried(&world, &id).await, Retry::NotNeeded, "it goes out anyway");
        let mut tx = test.store.begin().await.unwrap();
        let now = world.clock.now();
        let held = outbox::claim(&mut tx, (Channel::Email, 10), now.plus(120), now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(retried(&world, &id).await, Retry::NotNeeded, "{}", test.engine);
        let mut tx = test.store.begin().await.unwrap();
        outbox::put_back(&mut tx, &held[0], "no answer", now.plus(3_600)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(world.mail().await.is_empty(), "{}", test.engine);
        assert_eq!(retried(&world, &id).await, Retry::Waiting, "{}", test.engine);
        assert_eq!(world.mail().await.len(), 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn a_dead_mail_that_is_too_late_is_never_sent_again() {
    for test in stores().await {
        let world = world(&test.store);
        let id = dead_mail(&world).await;
        world.clock.advance(86_400);
        assert_eq!(retried(&world, &id).await, Retry::TooLate, "{}", test.engine);
        world.mail().await;
        assert!(listed(&world, "sent").await.is_empty(), "{}", test.engine);
    }
}

/// A newer link takes the place of a dead one: the old one no longer counts, and is not sent again.
#[tokio::test]
async fn a_dead_mail_that_something_newer_took_the_place_of_is_withdrawn() {
    for test in stores().await {
        let world = world(&test.store);
        let id = dead_mail(&world).await;
        let mut tx = test.store.begin().await.unwrap();
        withdraw(&mut tx, &"u1".into(), MailTemplate::ResetPassword).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(retried(&world, &id).await, Retry::NotNeeded, "{}", test.engine);
        assert_eq!(world.count(SEALED).await, 0, "{}", test.engine);
    }
}

/// What stands in a message goes with its use: of dead ones when they expire, of those that were
/// written for the look of it at once.
#[tokio::test]
async fn what_is_never_sent_is_erased() {
    for app in apps().await {
        let store = &app.store.store;
        let now = app.clock.now();
        let message = Message {
            template: MailTemplate::ResetPassword,
            recipient: "nobody@example.org",
            locale: "en",
            user_id: None,
            parameters: MessageParameters::default().with("link", "https://id.example.com/"),
            expires_at: now.plus(3_600),
        };
        let mut tx = store.begin().await.unwrap();
        let kek = &app.app.key_encryption_key;
        protekt::delivery::enqueue_nothing(&mut tx, kek, &message, now).await.unwrap();
        enqueue(&mut tx, kek, &message, now).await.unwrap();
        let held = outbox::claim(&mut tx, (Channel::Email, 10), now.plus(120), now).await.unwrap();
        assert!(outbox::give_up(&mut tx, &held[0], "no").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(sealed(&app.store).await, 2, "{}", app.engine);
        jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(sealed(&app.store).await, 1, "{}: the dead one is still good", app.engine);
        app.clock.advance(3_600);
        jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(sealed(&app.store).await, 0, "{}", app.engine);
    }
}

/// Who asks for an address that nobody has causes a row that no operator has to wonder about.
#[tokio::test]
async fn what_was_written_for_the_look_of_it_is_not_listed() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", "nobody@example.org")]).await;
        let rows = world(&app.store.store).count("SELECT COUNT(*) FROM outbox").await;
        assert_eq!(rows, 1, "{}", app.engine);
        let mut tx = app.store.store.read().await.unwrap();
        for state in ["pending", "sent", "dead", "expired"] {
            let listed = outbox::list(&mut tx, state, "", 10).await.unwrap();
            assert!(listed.is_empty(), "{state} {}: {listed:?}", app.engine);
        }
        let counted = levels::messages(&mut tx).await.unwrap();
        assert!(counted.is_empty(), "{}: {counted:?}", app.engine);
    }
}

async fn sealed(test: &TestStore) -> i64 {
    world(&test.store).count(SEALED).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_operators_at_once_let_a_dead_mail_be_sent_once() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        for round in 0..20 {
            write_to(&world, "ada@example.org").await;
            let now = world.clock.now();
            let mut tx = test.store.begin().await.unwrap();
            let wish = (Channel::Email, 10);
            let held = outbox::claim(&mut tx, wish, now.plus(120), now).await.unwrap();
            assert!(outbox::give_up(&mut tx, &held[0], "no").await.unwrap());
            tx.commit().await.unwrap();
            let operators: Vec<_> = (0..8)
                .map(|_| {
                    let (world, id) = (Arc::clone(&world), held[0].id.clone());
                    tokio::spawn(async move { retried(&world, &id).await })
                })
                .collect();
            let mut waiting = 0;
            for operator in operators {
                waiting += usize::from(operator.await.unwrap() == Retry::Waiting);
            }
            assert_eq!(waiting, 1, "{} round {round}", test.engine);
            assert_eq!(world.mail().await.len(), 1, "{} round {round}", test.engine);
        }
    }
}

#[test]
fn a_recipient_is_shown_masked() {
    assert_eq!(masked_recipient(Channel::Email, "ada@example.org"), "a•••@example.org");
    assert_eq!(masked_recipient(Channel::Sms, "+14155550123"), "•••••••••23");
}
