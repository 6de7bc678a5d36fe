//! Forms that come slowly, while the session they were begun in ends.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::{StreamExt as _, stream};
use protekt::accounts::{
    ChangeEmailRefusal, DeleteAccountRefusal, ExportRefusal, PasswordWasReset,
};
use protekt::domain::session::Session;
use tokio::sync::oneshot;

use super::second_factor::signed_in;
use super::steps::{count, enter, every_row, execute, hidden};
use super::strangers::{forgot, reset_link};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, form};
use crate::support::browser::{Browser, form_of, parameter, sent_to};
use crate::support::factors::set_up_totp;
use crate::support::people::from;
use crate::support::protocol::ADA;

const ENDED: &str = "DELETE FROM sessions";

/// The address of a page, the id of a form there, and what is typed.
type Form = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Sends a body of which the second half comes once `meanwhile` is done.
async fn send_slowly(
    browser: &mut Browser,
    (path, kind): (&str, &str),
    body: Vec<u8>,
    meanwhile: impl Future<Output = ()>,
) -> Answer {
    let (begun, has_begun) = oneshot::channel::<()>();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let rest = Bytes::from(body[body.len() / 2..].to_vec());
    let first = Bytes::from(body[..body.len() / 2].to_vec());
    let late = stream::once(async move {
        begun.send(()).unwrap();
        may_go_on.await.unwrap();
        rest
    });
    let pieces = stream::iter([first]).chain(late).map(Ok::<_, std::convert::Infallible>);
    let request = Request::post(path)
        .header("content-type", kind)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from_stream(pieces))
        .unwrap();
    let between = async {
        has_begun.await.unwrap();
        meanwhile.await;
        go_on.send(()).unwrap();
    };
    tokio::join!(browser.send(request), between).0
}

async fn submit_slowly(
    browser: &mut Browser,
    (page, id): (&Answer, &str),
    fields: &[(&str, &str)],
    meanwhile: impl Future<Output = ()>,
) -> Answer {
    let (action, mut all) = form_of(&page.body, id);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
    let kind = "application/x-www-form-urlencoded";
    send_slowly(browser, (&action, kind), form(&all).into(), meanwhile).await
}

/// Everything that is about a person, but for counters and the trail.
async fn lasting(app: &TestApp) -> Vec<(String, Vec<String>)> {
    let all = every_row(app).await.into_iter();
    let passing = ["throttle_counters", "audit_events", "sessions", "sign_in_challenges"];
    all.filter(|(table, _)| !passing.contains(&&**table)).collect()
}

/// LO-08, CS-08: a session that has ended is dead on the next request, also on one that was begun
/// before and comes to its end later.
#[tokio::test]
async fn a_form_that_comes_slowly_changes_nothing_once_its_session_has_ended() {
    for app in apps().await {
        app.with_ada().await;
        let forms: [Form; 7] = [
            ("/account/profile", "profile-form", &[("nickname", "stolen")]),
            ("/account/email", "email-form", &[("email", "thief@example.org")]),
            ("/account/delete", "delete-form", &[("confirm", ADA)]),
            ("/account/data", "export-form", &[]),
            ("/account/password", "password-form", &[("password", "juniper-lantern-41")]),
            ("/account/activity", "activity-form", &[("event", "01ARZ3NDEKTSV4RRFFQ69G5FAV")]),
            ("consent", "consent-form", &[("decision", "allow")]),
        ];
        for (path, id, fields) in forms {
            let mut thief = app.browser();
            thief.sign_in(ADA).await;
            let asked = authorize_url(&[("prompt", Some("consent"))]);
            let path = if path == "consent" { &*asked } else { path };
            let page = thief.open(path).await;
            let before = lasting(&app).await;
            let end = async { execute(&app, ENDED).await };
            let answer = submit_slowly(&mut thief, (&page, id), fields, end).await;
            let led = answer.header("location");
            assert!(answer.status == 303 && led.starts_with("/login"), "{path}: {answer:?}");
            assert_eq!(lasting(&app).await, before, "{path} {}", app.engine);
        }
        let codes = "SELECT COUNT(*) FROM authorization_codes";
        assert_eq!(count(&app, codes).await, 0, "{}", app.engine);
    }
}

/// LO-08: pictures are not read before somebody is asked who sends them, but kept for nobody else.
#[tokio::test]
async fn a_picture_that_comes_slowly_is_kept_for_nobody_who_was_signed_out() {
    for app in apps().await {
        let mut thief = signed_in(&app).await;
        let page = thief.get("/account/profile").await;
        let mut body = format!(
            "--limit\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--limit\r\n\
             content-disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n",
            hidden(&page, "csrf")
        )
        .into_bytes();
        body.extend_from_slice(super::picture::PNG);
        body.extend_from_slice(b"\r\n--limit--\r\n");
        let kind = "multipart/form-data; boundary=limit";
        let end = async { execute(&app, ENDED).await };
        let answer = send_slowly(&mut thief, ("/account/picture", kind), body, end).await;
        assert_eq!(answer.header("location"), "/login?notice=signed-out", "{answer:?}");
        let pictures = "SELECT COUNT(*) FROM pictures";
        assert_eq!(count(&app, pictures).await, 0, "{}", app.engine);
    }
}

async fn session_of(app: &TestApp) -> Session {
    let sid = super::steps::texts(app, "SELECT sid FROM sessions").await.remove(0);
    let mut tx = app.store.store.read().await.unwrap();
    protekt::store::sessions::find(&mut tx, &sid.as_str().into()).await.unwrap().unwrap()
}

/// LO-08: what cannot be taken back asks once more, in the moment in which it is done.
#[tokio::test]
async fn what_was_asked_in_a_session_that_ended_meanwhile_is_not_done() {
    for app in apps().await {
        signed_in(&app).await;
        let (session, requester) = (session_of(&app).await, from("192.0.2.1"));
        execute(&app, ENDED).await;
        let accounts = &app.app.accounts;
        let deleted = accounts.request_deletion(&session, ADA, &requester).await;
        assert!(matches!(deleted, Err(DeleteAccountRefusal::SessionIsOver)), "{deleted:?}");
        let copied = accounts.export(&session, &requester).await;
        assert!(matches!(copied, Err(ExportRefusal::SessionIsOver)), "{copied:?}");
        let moved = accounts.begin_email_change(&session, "x@example.org", "en", &requester).await;
        assert!(matches!(moved, Err(ChangeEmailRefusal::SessionIsOver)), "{moved:?}");
        assert_eq!(app.mails().await, [""; 0], "{}", app.engine);
    }
}

/// MF-03: a session that gave its second factor stands in for it at a reset as long as it lives.
#[tokio::test]
async fn a_reset_in_a_session_that_ended_meanwhile_asks_for_the_second_factor() {
    for app in apps().await {
        for has_ended in [false, true] {
            execute(&app, "DELETE FROM users").await;
            let mut owner = signed_in(&app).await;
            set_up_totp(&app, &mut owner).await;
            let session = session_of(&app).await;
            let mut thief = app.browser();
            forgot(&mut thief, ADA).await;
            let link = reset_link(&app).await.split("token=").nth(1).unwrap().to_owned();
            if has_ended {
                execute(&app, ENDED).await;
            }
            let browser = protekt::domain::TokenDigest::of(b"the thief's");
            let here = (&browser, Some(&session));
            let (link, password) =
                (protekt::domain::PlainToken::new(&link), "a-new-one-41-x".into());
            let reset =
                app.app.accounts.reset_password(&link, &password, here, &from("192.0.2.1")).await;
            let PasswordWasReset { admission, .. } = reset.unwrap();
            assert_eq!(admission.signed_in().is_none(), has_ended, "{}", app.engine);
        }
    }
}

/// LO-08: whichever of the two is first, no grant outlives the session it hangs on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_app_that_is_let_in_while_its_session_ends_has_nothing_afterwards() {
    for app in apps().await {
        app.with_ada().await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let own = session_of(&app).await;
        for round in 0..12 {
            let mut other = app.browser();
            other.sign_in(ADA).await;
            let page = other.open(&authorize_url(&[("prompt", Some("consent"))])).await;
            let theirs = format!("SELECT sid FROM sessions WHERE sid <> '{}'", own.sid.as_str());
            let theirs = super::steps::texts(&app, &theirs).await.remove(0);
            let (sid, requester) = (theirs.as_str().into(), from("192.0.2.1"));
            let allow = other.submit(&page, "consent-form", &[("decision", "allow")]);
            let end = app.app.accounts.end_session(&own, &sid, &requester);
            let (allowed, ended) = tokio::join!(allow, end);
            assert!(allowed.status < 400, "{round} {allowed:?}");
            assert!(ended.unwrap(), "{round} {}", app.engine);
            let living = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
            assert_eq!(count(&app, living).await, 0, "{round} {}", app.engine);
        }
    }
}

/// LO-08: the session ends after it was read and before the code is made. The app comes first again
/// once somebody signs in, and one that asks for no page is told that nobody is.
#[tokio::test]
async fn an_app_that_asks_while_the_session_ends_waits_for_a_sign_in() {
    for app in apps().await {
        app.with_ada().await;
        for prompt in [None, Some("none")] {
            let mut browser = app.browser();
            browser.code(ADA).await;
            let person = session_of(&app).await.user_id;
            let mut tx = app.store.store.begin().await.unwrap();
            protekt::store::sessions::end_others(&mut tx, &person, None).await.unwrap();
            let end = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                tx.commit().await.unwrap();
            };
            let asked = authorize_url(&[("prompt", prompt)]);
            let (answer, ()) = tokio::join!(browser.get(&asked), end);
            let Some(_) = prompt else {
                let page = browser.follow(answer).await;
                let signed_in = enter(&mut browser, &page, ADA, PASSWORD).await;
                assert!(parameter(&sent_to(&signed_in), "code").is_some(), "{signed_in:?}");
                execute(&app, ENDED).await;
                continue;
            };
            // The browser comes once more, with the cookie that it has then.
            let answer = browser.follow(answer).await;
            let error = parameter(&sent_to(&answer), "error");
            assert_eq!(error.as_deref(), Some("login_required"), "{}", app.engine);
        }
    }
}
