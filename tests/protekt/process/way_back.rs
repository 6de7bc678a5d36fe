//! A way back from the wish to the new password, with the operator at the command line.

use std::time::Duration;

use super::installation::{ADA, Installation, Server};
use super::visitor::Visitor;
use super::wire::Answer;
use super::{pause, wait_until};
use crate::support::app::PASSWORD;
use crate::support::factors::AuthenticatorApp;
use crate::support::machine::Told;

const NEW: &str = "another good one 7";
/// What somebody may write who wants to be read as something else.
const REASON: &str = "My phone\r\nis \"gone\"\u{202e} detsurt\u{1b}[2J";
const SHOWN: &str = "reason=\"My phone⏎is \\\"gone\\\"<U+202E> detsurt<U+001B>[2J\"";

fn run(installation: &Installation, arguments: &[&str]) -> Told {
    Told::from(installation.command(arguments).output().unwrap())
}

fn submit(browser: &mut Visitor, page: &Answer, form: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.submit(page, &format!("id=\"{form}\""), fields).unwrap();
    browser.follow(answer).unwrap()
}

/// The path of a link that none of `before` is, once it is mailed.
fn link(installation: &Installation, start: &str, before: &[String]) -> String {
    wait_until(start, Duration::from_secs(20), || {
        links(installation, start).into_iter().find(|link| !before.contains(link))
    })
}

fn links(installation: &Installation, start: &str) -> Vec<String> {
    let mails = installation.mails().into_iter();
    let plain = mails.map(|mail| mail.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
    let mut links = Vec::new();
    for mail in plain {
        for word in mail.split_whitespace().filter(|word| word.contains(start)) {
            if let Some(place) = word.find(start) {
                links.push(word[place..].trim_end_matches(['>', '"']).to_owned());
            }
        }
    }
    links
}

/// Asks at `/recover` and says why.
fn ask(installation: &Installation, server: &Server) {
    const START: &str = "/recover/request?token=";
    let mut browser = Visitor::new(server.port);
    let before = links(installation, START);
    let page = browser.open("/recover").unwrap();
    submit(&mut browser, &page, "recover-form", &[("email", ADA)]);
    let page = browser.open(&link(installation, START, &before)).unwrap();
    let done = submit(&mut browser, &page, "reason-form", &[("reason", REASON)]);
    assert!(done.body.contains("data-outcome=\"recorded\""), "{done:?}");
}

fn is_asked_for_a_factor(server: &Server, password: &str) -> bool {
    let mut browser = Visitor::new(server.port);
    let answer = browser.sign_in(ADA, password).unwrap();
    browser.follow(answer).unwrap().body.contains("id=\"mfa-form\"")
}

/// The owner, signed in, with an authenticator app.
fn with_app(server: &Server) -> Visitor {
    let mut owner = Visitor::new(server.port);
    owner.sign_in(ADA, PASSWORD).unwrap();
    let page = owner.open("/account/2fa/totp").unwrap();
    let phone = AuthenticatorApp::of_html(&page.body);
    let now = protekt::clock::Clock::now(&protekt::clock::SystemClock).0;
    let code = phone.code_at(u64::try_from(now).unwrap());
    submit(&mut owner, &page, "totp-form", &[("code", &code)]);
    owner
}

/// MF-03, PR-04: asked for over HTTP, listed, refused and approved at the command line, and done.
#[test]
fn an_operator_reads_a_wish_refuses_it_approves_it_and_it_is_done() {
    const STOP: &str = "/recover/stop?token=";
    const RESET: &str = "/password/reset?token=";
    let installation = Installation::new("[recovery]\nenabled = true\ndelay = \"2s\"\n");
    let recover = |more: &[&str]| run(&installation, &[&["user", "recover"], more].concat());
    let list = |more: &[&str]| run(&installation, &[&["user", "recoveries"], more].concat());
    let server = installation.serve();
    let mut owner = with_app(&server);
    assert!(is_asked_for_a_factor(&server, PASSWORD));

    recover(&[ADA, "--approve"]).refused_with(&["has not asked for a way back"]);
    ask(&installation, &server);
    let told = list(&[]).succeeded();
    // One of the wish, and one of what they wrote.
    assert_eq!((told.out.lines().count(), told.err.as_str()), (2, ""), "{}", told.out);
    for part in [ADA, "  asked  ", "has=totp,backup", "name=\"Ada Okafor\"", SHOWN] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    let wishes = list(&["--json", "--limit", "1"]).succeeded().json();
    assert_eq!(
        (&wishes[0]["reasons"][0]["text"], &wishes[0]["state"]),
        (&REASON.into(), &"asked".into())
    );
    assert_eq!(list(&["--limit", "0"]).code, 2);
    let id = wishes[0]["id"].as_str().unwrap();

    // Where the way back is switched off nobody could object.
    let mut off = installation.command(&["user", "recover", ADA, "--approve"]);
    let off = Told::from(off.env("PROTEKT_RECOVERY__ENABLED", "false").output().unwrap());
    off.refused_with(&["switched off", "recovery.enabled"]);
    // With time enough to think better of it.
    let mut slowly = installation.command(&["user", "recover", id, "--approve"]);
    let slowly = Told::from(slowly.env("PROTEKT_RECOVERY__DELAY", "1h").output().unwrap());
    let told = slowly.succeeded().out;
    assert!(told.contains("go on") && told.contains("a button in each stops it"), "{told}");
    assert!(list(&[]).succeeded().out.contains("  approved  "));
    link(&installation, STOP, &[]);
    recover(&[ADA, "--approve"]).refused_with(&["decided already"]);
    let told = recover(&[ADA, "--refuse"]).succeeded().out;
    assert!(told.contains("Refused. Nothing changes for ada@example.com"), "{told}");
    recover(&[id, "--approve"]).refused_with(&["has not asked", "decided already"]);
    assert!(list(&[]).succeeded().out.contains("Nobody asks"));

    ask(&installation, &server);
    let told = recover(&[ADA, "--approve", "--json"]).succeeded().json();
    assert_eq!((&told["approved"], &told["done"]), (&true.into(), &false.into()), "{told}");
    pause(Duration::from_millis(2_100));
    assert!(is_asked_for_a_factor(&server, PASSWORD), "the server looks once a minute");
    // It looks when it starts, too.
    server.stop();
    let server = installation.serve();
    let reset = link(&installation, RESET, &[]);
    assert!(!owner.is_signed_in(), "every session ends");
    let mut back = Visitor::new(server.port);
    let page = back.open(&reset).unwrap();
    submit(&mut back, &page, "reset-form", &[("password", NEW)]);
    assert!(back.is_signed_in());
    assert!(!is_asked_for_a_factor(&server, NEW));
    recover(&[ADA, "--refuse"]).refused_with(&["has not asked"]);
    server.has_a_clean_log();
    server.stop();
    run(&installation, &["audit", "verify"]).succeeded();
}
