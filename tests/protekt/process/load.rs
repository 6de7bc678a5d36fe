//! More than it can do at once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::installation::{ADA, Installation, Server};
use super::visitor::Visitor;
use super::wire::{Answer, Request};
use super::{is_slow, pause};
use crate::support::app::PASSWORD;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What a client may be kept waiting for.
const BEARABLE: Duration = Duration::from_millis(500);

/// DO-03.
#[test]
fn forty_sign_ins_at_once_leave_the_rest_quick_and_a_flood_is_turned_away() {
    let installation = Installation::new("");
    let server = installation.serve();
    let (answers, discovery) = flood(&server, 40);
    assert!(answers.iter().all(|answer| answer.status == 303), "{:?}", statuses(&answers));
    println!("discovery: {:?} ({} times)", p95(&discovery), discovery.len());
    assert!(p95(&discovery) < BEARABLE, "{:?}", p95(&discovery));

    let (answers, discovery) = flood(&server, 500);
    let (done, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 303);
    assert!(done.len() >= 40 && !refused.is_empty(), "{} {}", done.len(), refused.len());
    for answer in &refused {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "2"), "{answer:?}");
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    println!("discovery: {:?} ({} times)", p95(&discovery), discovery.len());
    assert!(p95(&discovery) < BEARABLE, "{:?}", p95(&discovery));
    let slots = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    let most = 120 + 20 * slots;
    assert!(server.memory() < most, "{} MiB, {most} allowed", server.memory());
    server.has_a_clean_log();
    server.stop();
}

/// Many sign-ins at once; gives their answers, and how long discovery took meanwhile.
fn flood(server: &Server, count: usize) -> (Vec<Answer>, Vec<Duration>) {
    let fields = [("username", ADA), ("password", PASSWORD)];
    let mut visitor = Visitor::new(server.port);
    let page = visitor.get("/login").unwrap();
    let request = visitor.form(&page, "id=\"login-form\"", &fields);
    let (answers, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let times = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                assert_eq!(server.get(DISCOVERY).status, 200);
                times.push(begun.elapsed());
                pause(Duration::from_millis(5));
            }
            times
        });
        let send = || {
            let answer = request.send();
            answers.lock().unwrap().push(answer);
        };
        std::thread::scope(|senders| {
            for _ in 0..count {
                senders.spawn(send);
            }
        });
        is_over.store(true, Ordering::Relaxed);
        asking.join().unwrap()
    });
    let answers = answers.into_inner().unwrap().into_iter().map(Result::unwrap).collect();
    (answers, times)
}

fn p95(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() * 95 / 100).min(sorted.len() - 1)]
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// DO-05, with the settings as they come where there is time.
#[test]
fn half_open_connections_hold_nobody_up_and_are_closed() {
    let settings = if is_slow() { "" } else { "header_read_timeout = \"2s\"" };
    let installation = Installation::new(settings);
    let server = installation.serve();
    let begun = Instant::now();
    let half_open: Vec<TcpStream> = (0..60)
        .map(|number| {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
            let part = ["", "G", "GET / HTTP/1.1\r\nHost: loc", "PRI * HTTP/2.0\r\n"][number % 4];
            stream.write_all(part.as_bytes()).unwrap();
            stream
        })
        .collect();
    let asked = Instant::now();
    assert_eq!(server.get(DISCOVERY).status, 200);
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    for mut stream in half_open {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // What comes, if anything, is a refusal; then the end.
        let ended = stream.read_to_end(&mut Vec::new());
        assert!(!ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    server.has_a_clean_log();
    server.stop();
}

/// A body that never comes is given up, and holds nobody up.
#[test]
fn a_body_that_never_ends_is_given_up() {
    let installation = Installation::new("request_timeout = \"2s\"");
    let server = installation.serve();
    let request = Request::post(server.port, "/oauth/token", &[], &[("grant_type", "x")]);
    let (mut stream, _last) = request.send_all_but_one_byte().unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(answer.starts_with("HTTP/1.1 503") || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("application/json"), "{answer}");
    server.stop();
}
