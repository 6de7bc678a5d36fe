//! Mail over a real server: `tests/smtp/server.py PORT FOLDER`, named by `TEST_SMTP` and
//! `TEST_SMTP_DIR`.

use std::sync::Arc;

use mail_parser::MessageParser;
use protekt::delivery::{Delivery, SmtpEncryption, SmtpServer, Transport};

use crate::support::people::world;
use crate::support::skips::skipped;
use crate::support::stores::sqlite;

fn server(host: &str, port: u16, encryption: SmtpEncryption) -> SmtpServer {
    SmtpServer { host: host.to_owned(), port, encryption, credentials: None, authorities: None }
}

#[tokio::test]
async fn a_mail_arrives_at_a_real_server() {
    let (Ok(address), Ok(folder)) = (std::env::var("TEST_SMTP"), std::env::var("TEST_SMTP_DIR"))
    else {
        return skipped("TEST_SMTP and TEST_SMTP_DIR are not set");
    };
    let (host, port) = address.rsplit_once(':').unwrap();
    let server = server(host, port.parse().unwrap(), SmtpEncryption::None);
    let test = sqlite().await;
    let world = world(&test.store);
    let transport = Transport::smtp(&server).unwrap();
    assert!(transport.test().await.unwrap());
    let delivery = Delivery { transport: Arc::new(transport), ..world.delivery.clone() };
    let recipient = format!("{}@example.org", protekt::random::identifier().replace('_', "x"));
    world.sign_up_as(&recipient, "192.0.2.1").await.unwrap();
    assert_eq!(delivery.deliver_due(10).await.unwrap(), 1);

    let arrived = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let arrived = arrived
        .map(|path| std::fs::read(path).unwrap())
        .find(|mail| String::from_utf8_lossy(mail).contains(&format!("To: {recipient}")));
    let arrived = arrived.unwrap();
    let mail = MessageParser::default().parse(&arrived).unwrap();
    assert_eq!(mail.subject(), Some("verify_email for en"));
    assert!(mail.body_text(0).unwrap().contains("https://id.example/verify-email?token=ptk_ml_"));
    assert!(mail.body_html(0).unwrap().starts_with("<p>"));
}

#[tokio::test]
async fn a_server_that_refuses_the_connection_leaves_the_mail_waiting() {
    let test = sqlite().await;
    let world = world(&test.store);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let transport = Transport::smtp(&server("127.0.0.1", free, SmtpEncryption::None)).unwrap();
    let delivery = Delivery { transport: Arc::new(transport), ..world.delivery.clone() };
    world.sign_up_as("ada@example.org", "192.0.2.1").await.unwrap();
    assert_eq!(delivery.deliver_due(10).await.unwrap(), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'pending'").await, 1);
    world.clock.advance(5);
    world.delivery.deliver_due(10).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'sent'").await, 1);
}

#[tokio::test]
async fn an_unprotected_connection_is_for_this_machine_only() {
    for (host, is_allowed) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("mail.example", false),
        ("192.0.2.1", false),
        ("localhost.example", false),
    ] {
        let server = server(host, 25, SmtpEncryption::None);
        assert_eq!(Transport::smtp(&server).is_ok(), is_allowed, "{host}");
    }
    assert!(Transport::smtp(&server("mail.example", 587, SmtpEncryption::StartTls)).is_ok());
    assert!(Transport::smtp(&server("mail.example", 465, SmtpEncryption::Implicit)).is_ok());
}
