//! Mail over real servers: one that runs already, named by `TEST_SMTP` and `TEST_SMTP_DIR`, and
//! ones that each test starts with TLS and names as it needs them.

use std::sync::Arc;

use mail_parser::MessageParser;
use protekt::delivery::{Delivery, SmtpEncryption, SmtpServer, Transport};

use super::outbox::write_to;
use crate::support::machine::free_ports;
use crate::support::mail_server::{Authority, MISSING, MailServer, is_there};
use crate::support::people::{World, world};
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

const LOGIN: [&str; 2] = ["--login", "protekt:harbour-walnut-41"];
const PASSWORD: &str = "harbour-walnut-41";

/// A server at `localhost` that wants a name, with TLS of one kind or the other.
fn protected(port: u16, encryption: SmtpEncryption, authority: Option<&Authority>) -> SmtpServer {
    SmtpServer {
        credentials: Some(("protekt".to_owned(), PASSWORD.into())),
        authorities: authority.map(|authority| authority.certificate.clone().into_bytes()),
        ..server("localhost", port, encryption)
    }
}

fn through(world: &World, server: &SmtpServer) -> Delivery {
    let transport = Arc::new(Transport::smtp(server).unwrap());
    Delivery { transport, ..world.delivery.clone() }
}

async fn waits(world: &World) -> bool {
    world.count("SELECT COUNT(*) FROM outbox WHERE state = 'pending'").await == 1
}

#[tokio::test]
async fn a_mail_goes_over_both_kinds_of_tls_to_a_server_that_knows_us() {
    if !is_there() {
        return skipped(MISSING);
    }
    let authority = Authority::new();
    for (kind, encryption) in
        [("starttls", SmtpEncryption::StartTls), ("implicit", SmtpEncryption::Implicit)]
    {
        let test = sqlite().await;
        let world = world(&test.store);
        let mail_server = MailServer::with_tls(&authority, kind, &LOGIN);
        let server = protected(mail_server.port, encryption, Some(&authority));
        let delivery = through(&world, &server);
        assert!(delivery.transport.test().await.unwrap(), "{kind}");
        write_to(&world, "ada@example.org").await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{kind}");
        let mails = mail_server.mails();
        assert_eq!(mails.len(), 1, "{kind}");
        assert!(mails[0].contains("To: ada@example.org"), "{kind}: {}", mails[0]);
    }
}

/// Few servers know RFC 6531: a domain arrives in ASCII, and what cannot be written so is given up at once.
#[tokio::test]
async fn a_mail_to_a_domain_beyond_ascii_arrives_at_a_server_that_knows_none() {
    if !is_there() {
        return skipped(MISSING);
    }
    let test = sqlite().await;
    let world = world(&test.store);
    let mail_server = MailServer::start_at(free_ports(), &["--ascii"]);
    let server = server("127.0.0.1", mail_server.port, SmtpEncryption::None);
    let delivery = through(&world, &server);
    for (address, taken) in [("ada@b\u{fc}cher.example", 1), ("j\u{fc}rgen@example.org", 0)] {
        write_to(&world, address).await;
        assert_eq!(delivery.deliver_due(10).await.unwrap(), taken, "{address}");
    }
    let mails = mail_server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("To: ada@xn--bcher-kva.example"), "{}", mails[0]);
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'dead'").await, 1);
}

/// Whoever sits between must not get the name, the password or the mail.
#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    if !is_there() {
        return skipped(MISSING);
    }
    let (authority, other) = (Authority::new(), Authority::new());
    for (kind, encryption) in
        [("starttls", SmtpEncryption::StartTls), ("implicit", SmtpEncryption::Implicit)]
    {
        for trusted in [None, Some(&other)] {
            let test = sqlite().await;
            let world = world(&test.store);
            let mail_server = MailServer::with_tls(&authority, kind, &LOGIN);
            let delivery = through(&world, &protected(mail_server.port, encryption, trusted));
            assert!(delivery.transport.test().await.is_err(), "{kind}");
            write_to(&world, "ada@example.org").await;
            assert_eq!(delivery.deliver_due(10).await.unwrap(), 0, "{kind}");
            assert!(waits(&world).await, "{kind}");
            assert!(mail_server.mails().is_empty(), "{kind}");
        }
    }
}

/// A certificate of the right authority for another name.
#[tokio::test]
async fn a_server_with_another_name_on_its_certificate_gets_nothing() {
    if !is_there() {
        return skipped(MISSING);
    }
    let authority = Authority::new();
    let test = sqlite().await;
    let world = world(&test.store);
    let mail_server = MailServer::with_tls(&authority, "implicit", &LOGIN);
    let server = protected(mail_server.port, SmtpEncryption::Implicit, Some(&authority));
    let server = SmtpServer { host: "127.0.0.1".to_owned(), ..server };
    assert!(through(&world, &server).transport.test().await.is_err());
}

/// Whoever sits between could strike the offer of STARTTLS out.
#[tokio::test]
async fn a_server_that_offers_no_starttls_gets_nothing() {
    if !is_there() {
        return skipped(MISSING);
    }
    let test = sqlite().await;
    let world = world(&test.store);
    let mail_server = MailServer::start_at(free_ports(), &[]);
    let server = server("localhost", mail_server.port, SmtpEncryption::StartTls);
    let delivery = through(&world, &server);
    write_to(&world, "ada@example.org").await;
    assert_eq!(delivery.deliver_due(10).await.unwrap(), 0);
    assert!(waits(&world).await && mail_server.mails().is_empty());
}

/// A wrong password is our set-up's fault: the mail waits until the operator has mended it.
#[tokio::test]
async fn a_server_that_does_not_know_us_gets_the_mail_once_the_password_is_right() {
    if !is_there() {
        return skipped(MISSING);
    }
    let authority = Authority::new();
    let test = sqlite().await;
    let world = world(&test.store);
    let mail_server = MailServer::with_tls(&authority, "starttls", &LOGIN);
    let right = protected(mail_server.port, SmtpEncryption::StartTls, Some(&authority));
    let wrong = SmtpServer {
        credentials: Some(("protekt".to_owned(), "harbour-walnut-14".into())),
        ..right.clone()
    };
    write_to(&world, "ada@example.org").await;
    assert_eq!(through(&world, &wrong).deliver_due(10).await.unwrap(), 0);
    assert!(waits(&world).await && mail_server.mails().is_empty());
    world.clock.advance(5);
    assert_eq!(through(&world, &right).deliver_due(10).await.unwrap(), 1);
    assert_eq!(mail_server.mails().len(), 1);
}

#[tokio::test]
async fn a_file_of_authorities_that_holds_none_is_refused() {
    let mut server = protected(465, SmtpEncryption::Implicit, None);
    server.authorities = Some(b"not a certificate".to_vec());
    assert!(Transport::smtp(&server).is_err());
}
