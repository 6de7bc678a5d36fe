//! Stopping in good order.

use std::net::TcpStream;
use std::time::Duration;

use super::installation::{ADA, Installation};
use super::visitor::Visitor;
use super::wire::{Request, finish};
use super::{pause, wait_until};
use crate::support::app::PASSWORD;

fn sign_in_request(port: u16) -> Request {
    let mut visitor = Visitor::new(port);
    let page = visitor.get("/login").unwrap();
    let fields = [("username", ADA), ("password", PASSWORD)];
    visitor.form(&page, "id=\"login-form\"", &fields)
}

#[test]
fn a_sign_in_under_way_is_answered_before_the_process_ends() {
    let installation = Installation::new("");
    let server = installation.serve();
    let port = server.port;
    let request = sign_in_request(port);
    let (stream, last) = request.send_all_but_one_byte().unwrap();
    pause(Duration::from_millis(200));
    server.process.signal("-TERM");
    wait_until("it takes no more connections", Duration::from_secs(5), || {
        TcpStream::connect(("127.0.0.1", port)).is_err().then_some(())
    });
    let answer = finish(stream, last).unwrap();
    assert_eq!(answer.status, 303, "{answer:?}");
    let is_session =
        |(name, value): &(String, String)| name == "set-cookie" && value.contains("_session");
    assert!(answer.headers.iter().any(is_session), "{answer:?}");
    assert!(server.log().contains("stopping"), "{}", server.log());
    assert_eq!(server.process.finished(), 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let installation = Installation::new("");
    let server = installation.serve();
    let (_stream, _last) = sign_in_request(server.port).send_all_but_one_byte().unwrap();
    pause(Duration::from_millis(200));
    server.process.signal("-TERM");
    wait_until("it stops", Duration::from_secs(5), || {
        server.log().contains("stopping").then_some(())
    });
    server.process.signal("-TERM");
    let begun = std::time::Instant::now();
    assert_eq!(server.process.finished(), 0);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
