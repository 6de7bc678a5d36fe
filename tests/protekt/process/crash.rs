//! A power switch, again and again, while people write.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use sqlx::Connection as _;

use super::installation::{ADA, Installation, Server};
use super::party;
use super::visitor::Visitor;
use super::{is_slow, pause, wait_until};
use crate::support::app::PASSWORD;

/// What was answered with success before the end.
#[derive(Default)]
struct Acknowledged {
    /// Addresses that signed up.
    sign_ups: Vec<String>,
    /// Browsers that signed in.
    sessions: Vec<Visitor>,
    /// Codes that nobody has redeemed.
    codes: Vec<String>,
    /// The newest refresh token of each family, and the access token that came with it.
    families: BTreeMap<u32, (String, String)>,
}

impl Acknowledged {
    /// Sign-ups, sessions, codes and families.
    fn counts(&self) -> [usize; 4] {
        [self.sign_ups.len(), self.sessions.len(), self.codes.len(), self.families.len()]
    }
}

type Seen = Mutex<Acknowledged>;

/// CR-01.
#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let installation = Installation::new("");
    let rounds = if is_slow() { 50 } else { 12 };
    let (mut totals, mut before) = ([0; 4], Acknowledged::default());
    for round in 0..rounds {
        let server = installation.serve();
        assert!(server.ready_after < Duration::from_secs(2), "{:?}", server.ready_after);
        check(&installation, &server, &before);
        let seen = Seen::default();
        std::thread::scope(|scope| {
            let port = server.port;
            let seen = &seen;
            scope.spawn(move || until_the_end(|turn| sign_up(port, seen, round, turn)));
            scope.spawn(move || until_the_end(|_| sign_in(port, seen)));
            scope.spawn(move || until_the_end(|_| mint(port, seen)));
            scope.spawn(move || until_the_end(|turn| exchange_and_refresh(port, seen, turn)));
            // Every other round ends when something of each kind was answered and not before: how
            // soon that is depends on what else the machine does.
            if round % 2 == 0 {
                wait_until("a write of every kind", Duration::from_mins(1), || {
                    let counts = seen.lock().unwrap().counts();
                    counts.iter().all(|&count| count > 0).then_some(())
                });
            }
            let moment: u8 = protekt::random::bytes::<1>()[0];
            pause(Duration::from_millis(250 + 3 * u64::from(moment)));
            server.kill();
        });
        before = seen.into_inner().unwrap();
        totals.iter_mut().zip(before.counts()).for_each(|(total, count)| *total += count);
        assert_eq!(integrity(&installation), "ok", "round {round}");
    }
    let server = installation.serve();
    check(&installation, &server, &before);
    server.stop();
    println!("sign-ups, sessions, codes, families: {totals:?}");
    assert!(
        totals.iter().all(|&total| total >= rounds / 2),
        "every kind of write was met: {totals:?}"
    );
}

/// Repeats until the server is gone.
fn until_the_end(mut work: impl FnMut(u32) -> io::Result<()>) {
    let mut turn = 0;
    while work(turn).is_ok() {
        turn += 1;
    }
}

fn sign_up(port: u16, seen: &Seen, round: usize, turn: u32) -> io::Result<()> {
    let email = format!("person-{round}-{turn}@example.com");
    let answer = Visitor::new(port).sign_up(&email, PASSWORD)?;
    assert_eq!(answer.status, 303, "{answer:?}");
    seen.lock().unwrap().sign_ups.push(email);
    Ok(())
}

fn sign_in(port: u16, seen: &Seen) -> io::Result<()> {
    let mut visitor = Visitor::new(port);
    let answer = visitor.sign_in(ADA, PASSWORD)?;
    assert_eq!(answer.status, 303, "{answer:?}");
    seen.lock().unwrap().sessions.push(visitor);
    Ok(())
}

/// Signs in, allows, and keeps the code.
fn mint(port: u16, seen: &Seen) -> io::Result<()> {
    let code = party::code(&mut Visitor::new(port), ADA)?;
    seen.lock().unwrap().codes.push(code);
    Ok(())
}

fn exchange_and_refresh(port: u16, seen: &Seen, family: u32) -> io::Result<()> {
    let code = party::code(&mut Visitor::new(port), ADA)?;
    let mut tokens = party::exchange(port, &code)?;
    for _ in 0..5 {
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let pair = (tokens.text("refresh_token"), tokens.text("access_token"));
        seen.lock().unwrap().families.insert(family, pair.clone());
        // Where this answer is lost, the token before must still lead on.
        tokens = party::refresh(port, &pair.0)?;
    }
    Ok(())
}

fn check(installation: &Installation, server: &Server, before: &Acknowledged) {
    let counted = |sql: &'static str, email: &str| count(installation, sql, email);
    for email in &before.sign_ups {
        let users = counted("SELECT COUNT(*) FROM users WHERE email = $1", email);
        let mails = counted(
            "SELECT COUNT(*) FROM outbox WHERE recipient = $1 AND state IN ('pending', 'sent')",
            email,
        );
        assert_eq!((users, mails), (1, 1), "{email}");
    }
    for visitor in &before.sessions {
        assert!(visitor.clone().is_signed_in(), "a session is lost");
    }
    for code in &before.codes {
        let tokens = party::exchange(server.port, code).unwrap();
        assert_eq!(tokens.status, 200, "a code is lost: {tokens:?}");
    }
    for (refresh_token, access_token) in before.families.values() {
        let info = party::userinfo(server.port, access_token).unwrap();
        assert_eq!(info.status, 200, "a grant is lost: {info:?}");
        let tokens = party::refresh(server.port, refresh_token).unwrap();
        assert_eq!(tokens.status, 200, "a refresh token is lost: {tokens:?}");
    }
}

/// What SQLite says of a copy, so that the server itself is the first to open what was left.
fn integrity(installation: &Installation) -> String {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let mut name = installation.database().into_os_string();
        name.push(suffix);
        let mut target = copy.clone().into_os_string();
        target.push(suffix);
        std::fs::copy(name, target).unwrap();
    }
    question(&copy, "PRAGMA integrity_check", |query| query)
}

fn count(installation: &Installation, sql: &'static str, email: &str) -> i64 {
    question(&installation.database(), sql, |query| query.bind(email.to_owned()))
}

type Query<T> = sqlx::query::QueryScalar<'static, sqlx::Sqlite, T, sqlx::sqlite::SqliteArguments>;

/// One value out of a database.
fn question<T>(
    path: &std::path::Path,
    sql: &'static str,
    bind: impl FnOnce(Query<T>) -> Query<T>,
) -> T
where
    T: Send + Unpin + for<'row> sqlx::Decode<'row, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    (T,): for<'row> sqlx::FromRow<'row, sqlx::sqlite::SqliteRow>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let value = bind(sqlx::query_scalar(sql)).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        value
    })
}
