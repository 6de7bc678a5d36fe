//! A message waits until it can be sent, and is sent once.

use std::sync::{Arc, Mutex};

use protekt::clock::Clock as _;
use protekt::delivery::{
    Delivery, MailTemplate, Message, MessageParameters, SMS_FILE_SUFFIX, Sms, SmsFile, SmsTemplate,
    SmsTransport, Transport, enqueue, enqueue_sms, withdraw_sms,
};
use protekt::domain::Channel;
use protekt::store::{Store, outbox};

use crate::support::people::{World, world};
use crate::support::stores::stores;

pub(super) const STATES: &str =
    "SELECT COUNT(*) FROM outbox WHERE parameters_sealed IS NULL AND state = ";

const DEAD: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'dead'";

pub(super) async fn write_to(world: &World, recipient: &str) {
    let now = world.clock.now();
    let message = Message {
        template: MailTemplate::VerifyEmail,
        recipient,
        locale: "en",
        user_id: None,
        parameters: MessageParameters::default().with("name", "Ada").with("code", "123456"),
        expires_at: now.plus(86_400),
    };
    let mut tx = world.accounts.store.begin().await.unwrap();
    enqueue(&mut tx, &world.delivery.kek, &message, now).await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) async fn text_to(world: &World, number: &str) {
    let now = world.clock.now();
    let sms = Sms {
        template: SmsTemplate::Code,
        recipient: &number.parse().unwrap(),
        locale: "en",
        user_id: Some(&"u1".into()),
        parameters: MessageParameters::default().with("code", "123456"),
        expires_at: now.plus(300),
    };
    let mut tx = world.accounts.store.begin().await.unwrap();
    enqueue_sms(&mut tx, &world.delivery.kek, &sms, now).await.unwrap();
    tx.commit().await.unwrap();
}

fn through(world: &World, transport: Transport) -> Delivery {
    Delivery { transport: Arc::new(transport), ..world.delivery.clone() }
}

/// A file where the folder should be: nothing can be written.
fn broken(folder: &tempfile::TempDir) -> Transport {
    let path = folder.path().join("file");
    std::fs::write(&path, "").unwrap();
    Transport::Folder(path)
}

fn mails_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// WH-04
#[tokio::test]
async fn a_mail_survives_ten_minutes_without_a_server_and_is_sent_once() {
    for test in stores().await {
        let world = world(&test.store);
        let folder = tempfile::tempdir().unwrap();
        let down = through(&world, broken(&folder));
        write_to(&world, "ada@example.org").await;
        for _ in 0..10 {
            assert_eq!(down.deliver_due(10).await.unwrap(), 0, "{}", test.engine);
            world.clock.advance(60);
        }
        let tries = world.count("SELECT attempts FROM outbox").await;
        assert!((4..=6).contains(&tries), "{}: {tries} tries", test.engine);
        let up = through(&world, Transport::Folder(folder.path().join("mail")));
        world.clock.advance(600);
        assert_eq!(up.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        world.clock.advance(600);
        assert_eq!(up.deliver_due(10).await.unwrap(), 0, "{}", test.engine);
        assert_eq!(mails_in(&folder.path().join("mail")).len(), 1);
        assert_eq!(world.count(&*format!("{STATES}'sent'").leak()).await, 1);
    }
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_given_up_with_a_line_in_the_trail() {
    for test in stores().await {
        let world = world(&test.store);
        let folder = tempfile::tempdir().unwrap();
        let down = through(&world, broken(&folder));
        write_to(&world, "ada@example.org").await;
        for _ in 0..20 {
            down.deliver_due(10).await.unwrap();
            world.clock.advance(3_600);
        }
        assert_eq!(world.count("SELECT attempts FROM outbox").await, 12, "{}", test.engine);
        assert_eq!(world.count(DEAD).await, 1, "{}", test.engine);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'delivery_failed'";
        assert_eq!(world.count(trail).await, 1);
    }
}

#[tokio::test]
async fn a_mail_that_is_too_late_is_not_sent() {
    for test in stores().await {
        let world = world(&test.store);
        write_to(&world, "ada@example.org").await;
        world.clock.advance(86_400);
        assert!(world.mail().await.is_empty(), "{}", test.engine);
        assert_eq!(world.count(&*format!("{STATES}'expired'").leak()).await, 1);
    }
}

#[tokio::test]
async fn without_a_way_to_send_a_mail_is_set_aside_at_once_and_not_sent_when_there_is_one() {
    for test in stores().await {
        let world = world(&test.store);
        write_to(&world, "ada@example.org").await;
        let none = through(&world, Transport::Unconfigured);
        assert_eq!(none.deliver_due(10).await.unwrap(), 0);
        assert_eq!(world.count(&*format!("{STATES}'expired'").leak()).await, 1, "{}", test.engine);
        assert!(world.mail().await.is_empty(), "{}: it came later", test.engine);
        assert_eq!(world.count("SELECT attempts FROM outbox").await, 0, "{}", test.engine);
    }
}

#[tokio::test]
async fn an_instance_that_dies_with_a_mail_in_its_hands_is_succeeded_after_its_lease() {
    for test in stores().await {
        let world = world(&test.store);
        write_to(&world, "ada@example.org").await;
        let now = world.clock.now();
        let mut tx = test.store.begin().await.unwrap();
        let held = outbox::claim(&mut tx, (Channel::Email, 10), now.plus(120), now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(held.len(), 1, "{}", test.engine);
        assert!(world.mail().await.is_empty(), "{}: it is in other hands", test.engine);
        world.clock.advance(120);
        assert_eq!(world.mail().await.len(), 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn an_sms_goes_through_the_same_outbox_to_its_own_way_out() {
    for test in stores().await {
        let world = world(&test.store);
        let folder = tempfile::tempdir().unwrap();
        let sms = Arc::new(SmsTransport::Folder(folder.path().to_owned()));
        let delivery = Delivery { sms, ..world.delivery.clone() };
        text_to(&world, "+1 (415) 555-0123").await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        let id = sent_id(&test.store).await;
        let file = std::fs::read(folder.path().join(format!("{id}{SMS_FILE_SUFFIX}"))).unwrap();
        let file: SmsFile = serde_json::from_slice(&file).unwrap();
        assert_eq!(
            (file.to.as_str(), file.text.as_str()),
            ("+14155550123", "sms_code for en: 123456")
        );
        assert_eq!(world.count(&*format!("{STATES}'sent'").leak()).await, 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn without_a_way_for_sms_they_are_set_aside_and_mails_go_on() {
    for test in stores().await {
        let world = world(&test.store);
        let delivery =
            Delivery { sms: Arc::new(SmsTransport::Unconfigured), ..world.delivery.clone() };
        text_to(&world, "+14155550123").await;
        write_to(&world, "ada@example.org").await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        assert_eq!(world.count(&*format!("{STATES}'expired'").leak()).await, 1, "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM audit_events").await, 0, "{}", test.engine);
    }
}

#[tokio::test]
async fn a_withdrawn_sms_is_not_sent() {
    for test in stores().await {
        let world = world(&test.store);
        text_to(&world, "+14155550123").await;
        let mut tx = test.store.begin().await.unwrap();
        withdraw_sms(&mut tx, &"u1".into(), SmsTemplate::Code).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.delivery.deliver_due(10).await.unwrap(), 0, "{}", test.engine);
    }
}

/// WH-04: several instances send each message once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_senders_at_once_send_each_mail_once() {
    for test in stores().await {
        let world = world(&test.store);
        for round in 0..20 {
            for n in 0..6 {
                write_to(&world, &format!("r{round}n{n}@example.org")).await;
            }
            let senders: Vec<_> = (0..8)
                .map(|_| {
                    let delivery = world.delivery.clone();
                    tokio::spawn(async move { delivery.deliver_due(100).await.unwrap() })
                })
                .collect();
            let mut sent = 0;
            for sender in senders {
                sent += sender.await.unwrap();
            }
            assert_eq!(sent, 6, "{} round {round}", test.engine);
            assert_eq!(world.mail().await.len(), 6, "{} round {round}", test.engine);
        }
    }
}

/// What comes from people cannot write headers.
#[tokio::test]
async fn a_recipient_with_a_line_break_is_refused_and_the_message_id_is_stable() {
    for test in stores().await {
        let world = world(&test.store);
        let folder = tempfile::tempdir().unwrap();
        let delivery = through(&world, Transport::Folder(folder.path().to_owned()));
        write_to(&world, "a@b.example\r\nBcc: c@d.example").await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 0, "{}", test.engine);
        assert_eq!(world.count(DEAD).await, 1, "{}", test.engine);
        write_to(&world, "ada@example.org").await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        let mail = mails_in(folder.path()).pop().unwrap();
        assert!(mail.contains(&format!("Message-ID: <{}@id.example>", sent_id(&test.store).await)));
        assert!(mail.contains("From: \"Example ID\" <no-reply@id.example>"), "{mail}");
        assert!(mail.contains("Mon, 23 Nov 2026 08:14:05"), "{mail}");
    }
}

#[tokio::test]
async fn the_console_shows_text_that_can_be_read() {
    let test = crate::support::stores::sqlite().await;
    let world = world(&test.store);
    let output = Arc::new(Mutex::new(Vec::new()));
    let delivery = through(&world, Transport::Console(Arc::<Mutex<Vec<u8>>>::clone(&output)));
    write_to(&world, "ada@example.org").await;
    delivery.deliver_due(10).await.unwrap();
    let shown = String::from_utf8(output.lock().unwrap().clone()).unwrap();
    assert!(shown.contains("mail to ada@example.org"), "{shown}");
    assert!(shown.contains("Subject: verify_email for en"), "{shown}");
    assert!(shown.contains("Hello Ada,\n123456"), "{shown}");
}

async fn sent_id(store: &Store) -> String {
    const ID: &str = "SELECT id FROM outbox WHERE state = 'sent'";
    match store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(ID).fetch_one(readers).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_scalar(ID).fetch_one(pool).await.unwrap(),
    }
}
