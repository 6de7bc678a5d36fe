//! An operator finds a mail that the provider refused, mends the cause, and sends it again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::installation::Installation;
use super::visitor::Visitor;
use super::wait_until;
use crate::support::app::PASSWORD;
use crate::support::machine::Told;

/// A provider of mail that answers every request with one status.
struct Provider {
    port: u16,
    status: Arc<AtomicU16>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self {
            port: listener.local_addr().unwrap().port(),
            status: Arc::new(AtomicU16::new(status)),
            bodies: Arc::default(),
        };
        let (status, bodies) = (Arc::clone(&provider.status), Arc::clone(&provider.bodies));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let body = answer(stream.unwrap(), status.load(Ordering::SeqCst));
                // A look at the provider has none.
                if !body.is_empty() {
                    bodies.lock().unwrap().push(body);
                }
            }
        });
        provider
    }

    fn last(&self) -> Value {
        serde_json::from_str(self.bodies.lock().unwrap().last().unwrap()).unwrap()
    }

    fn count(&self) -> usize {
        self.bodies.lock().unwrap().len()
    }
}

/// Reads one request, gives the answer and closes; says what the body was.
fn answer(stream: TcpStream, status: u16) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = r#"{"errors":[{"message":"ada.new@example.com: unknown sender"}]}"#;
    let head =
        format!("HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}", text.len());
    reader.into_inner().write_all(format!("{head}\r\n\r\n{text}").as_bytes()).unwrap();
    String::from_utf8(body).unwrap()
}

fn run(installation: &Installation, arguments: &[&str]) -> Told {
    Told::from(installation.command(arguments).output().unwrap())
}

#[test]
fn a_mail_that_was_refused_is_seen_and_sent_again_by_command() {
    let provider = Provider::start(400);
    let installation = Installation::new("")
        .with("EMAIL_PROVIDER", "sendgrid")
        .with("EMAIL_SERVICE_API_KEY", "SG.a-key-of-ours")
        .with("PROTEKT_EMAIL__SERVICE_URL", &format!("http://127.0.0.1:{}", provider.port));
    let list = |state: &str| {
        run(&installation, &["outbox", "list", "--state", state, "--json"]).succeeded().json()
    };
    let server = installation.serve();
    assert!(run(&installation, &["outbox", "list"]).succeeded().out.contains("No dead messages"));
    Visitor::new(server.port).sign_up("ada.new@example.com", PASSWORD).unwrap();
    let dead = wait_until("it is given up", Duration::from_secs(20), || {
        Some(list("dead")).filter(|dead| !dead.as_array().unwrap().is_empty())
    });
    assert_eq!(dead[0]["kind"], "verify_email");
    assert_eq!(dead[0]["recipient"], "a•••@example.com");
    assert_eq!(dead[0]["last_error"], "the provider answered 400: …: unknown sender");
    let shown = run(&installation, &["outbox", "list"]).succeeded().out;
    assert!(shown.contains("LAST ERROR") && !shown.contains("ada.new"), "{shown}");
    let doctor = run(&installation, &["doctor"]).out;
    assert!(doctor.contains("1 that can still be sent") && doctor.contains("outbox retry"));

    run(&installation, &["outbox", "retry", "01NONE"]).refused_with(&["no message 01NONE"]);
    assert_eq!(run(&installation, &["outbox", "retry"]).code, 2, "an id or --all");
    let refused = provider.last();
    provider.status.store(202, Ordering::SeqCst);
    let told = run(&installation, &["outbox", "retry", "--all"]).succeeded();
    assert!(told.out.contains("1 message waits to be sent again; 0 are too late."), "{}", told.out);
    let sent = wait_until("it is sent", Duration::from_secs(20), || {
        Some(list("sent")).filter(|sent| !sent.as_array().unwrap().is_empty())
    });
    assert_eq!(sent[0]["id"], dead[0]["id"]);
    assert_eq!(provider.last(), refused, "the same mail, with the same link and code");
    assert!(provider.count() >= 2);
    let id = dead[0]["id"].as_str().unwrap();
    run(&installation, &["outbox", "retry", id])
        .refused_with(&["there is nothing to do for", "was sent"]);
    for secret in ["SG.a-key-of-ours", "ada.new@example.com"] {
        assert!(!server.log().contains(secret), "{}", server.log());
    }
    server.stop();
}
