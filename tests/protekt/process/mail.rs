//! A mail server that is down, and comes back.

use std::time::{Duration, Instant};

use super::installation::{ADA, Installation, Server};
use super::visitor::Visitor;
use super::{skipped, wait_until};
use crate::support::app::PASSWORD;
use crate::support::machine::free_ports;
use crate::support::mail_server::{MISSING, MailServer, is_there};

fn with_mail_server(port: u16) -> Installation {
    Installation::new("")
        .with("EMAIL_PROVIDER", "smtp")
        .with("PROTEKT_EMAIL__SMTP_HOST", "127.0.0.1")
        .with("PROTEKT_EMAIL__SMTP_PORT", &port.to_string())
        .with("PROTEKT_EMAIL__SMTP_SECURITY", "none")
}

/// Signs up people anew and one who has an account; each answer is the same and quick.
fn sign_up_some(server: &Server) {
    for email in ["one@example.com", "two@example.com", ADA] {
        let begun = Instant::now();
        let mut visitor = Visitor::new(server.port);
        let answer = visitor.sign_up(email, PASSWORD).unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").starts_with("/verify-email?flow="), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        let page = visitor.follow(answer).unwrap();
        assert!(page.body.contains("id=\"verify-form\""), "{}", page.body);
    }
}

/// Asks for a new password for who has an account and who has none; each answer is the same and
/// quick.
fn forget_some(server: &Server) {
    for email in [ADA, "nobody@example.com"] {
        let begun = Instant::now();
        let mut visitor = Visitor::new(server.port);
        let page = visitor.open("/password/forgot").unwrap();
        let answer = visitor.submit(&page, "id=\"forgot-form\"", &[("email", email)]).unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").starts_with("/password/forgot?sent="), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        let page = visitor.follow(answer).unwrap();
        assert!(page.body.contains("id=\"reset-sent\""), "{}", page.body);
    }
}

/// WH-04, without a mail server that could come back.
#[test]
fn a_mail_server_that_is_down_changes_no_answer() {
    let installation = with_mail_server(free_ports());
    let server = installation.serve();
    sign_up_some(&server);
    forget_some(&server);
    wait_until("the log says so", Duration::from_secs(10), || {
        server.log().contains("a message must wait").then_some(())
    });
    server.has_a_clean_log();
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "mail that waits holds no stop up");
}

/// WH-04.
#[test]
fn each_mail_arrives_once_when_the_mail_server_is_back() {
    if !is_there() {
        return skipped(MISSING);
    }
    let port = free_ports();
    let installation = with_mail_server(port);
    let server = installation.serve();
    sign_up_some(&server);
    forget_some(&server);
    wait_until("a first try failed", Duration::from_secs(10), || {
        (server.log().matches("a message must wait").count() >= 4).then_some(())
    });
    let mail_server = MailServer::start_at(port, &[]);
    let arrived = || mail_server.mails();
    wait_until("all have arrived", Duration::from_mins(1), || (arrived().len() >= 4).then_some(()));
    // Another round of sending finds nothing more to send.
    super::pause(Duration::from_secs(6));
    let mails = arrived();
    assert_eq!(mails.len(), 4, "{mails:#?}");
    for (email, most) in [("one@example.com", 1), ("two@example.com", 1), (ADA, 2)] {
        let to = format!("To: {email}");
        assert_eq!(mails.iter().filter(|mail| mail.contains(&to)).count(), most, "{email}");
    }
    let links = mails.iter().filter(|mail| mail.contains("/password/reset?token=")).count();
    assert_eq!(links, 1, "{mails:#?}");
    server.stop();
}
