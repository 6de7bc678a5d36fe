//! RT-09: whoever has a copy of a cookie, and waits while its owner takes the session along into a new
//! generation: by a new password, or by throwing everybody else out.

use std::time::Duration;

use protekt::accounts::{FirstCode, OwnSessionRefusal};
use protekt::clock::Clock as _;
use protekt::domain::PlainToken;
use protekt::domain::second_factor::FactorKind;
use protekt::domain::user::User;
use protekt::store::users::Credentials;
use protekt::store::{Tx, authorization_requests, second_factors, sessions, users};

use super::phone::{NUMBER, VERIFIED, ask, save};
use super::steps::{are_signed_in, count, hidden};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, attribute, parameter, sent_to};
use crate::support::factors::{AuthenticatorApp, add_passkey, begin_passkey_login, set_up_totp};
use crate::support::people::from;
use crate::support::protocol::ADA;

const FACTORS: &str = "SELECT (SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL)
    + (SELECT COUNT(*) FROM passkeys)";

async fn signed_in(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

async fn ada(app: &TestApp) -> User {
    let mut tx = app.app.store().read().await.unwrap();
    users::find_credentials(&mut tx, ADA).await.unwrap().unwrap().user
}

/// What the owner's click does, up to its commit.
async fn took_along(app: &TestApp, tx: &mut Tx) {
    let now = app.clock.now();
    let Credentials { user, .. } = users::find_credentials(tx, ADA).await.unwrap().unwrap();
    let session = sessions::list_of_user(tx, &user.id, now).await.unwrap().remove(0).session;
    let raised = users::raise_generation(tx, &user.id, user.generation).await.unwrap().unwrap();
    sessions::follow(tx, &session, raised, now).await.unwrap().unwrap();
}

/// Sends a form of the thief, which waits until the owner is done; gives its answer.
async fn meanwhile(
    app: &TestApp,
    mut thief: Browser,
    (page, form): (Answer, &'static str),
    fields: Vec<(&'static str, String)>,
) -> Answer {
    let mut tx = app.store.store.begin().await.unwrap();
    took_along(app, &mut tx).await;
    let sending = tokio::spawn(async move {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let answer = thief.submit(&page, form, &fields).await;
        (thief, answer)
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!sending.is_finished(), "{}: it waited for nobody", app.engine);
    tx.commit().await.unwrap();
    let (thief, answer) = sending.await.unwrap();
    assert!(matches!(answer.status, 303 | 422), "{} {answer:?}", app.engine);
    assert!(!are_signed_in(app, &thief.cookies).await, "{}", app.engine);
    answer
}

/// RT-09
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_authenticator_app_is_added_by_a_copied_cookie() {
    for app in apps().await {
        let mut thief = signed_in(&app).await;
        let page = thief.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        meanwhile(&app, thief, (page, "totp-form"), vec![("code", code)]).await;
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
    }
}

/// RT-09
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_passkey_is_added_by_a_copied_cookie() {
    for app in apps().await {
        let mut thief = signed_in(&app).await;
        let page = thief.open("/account/passkeys/new").await;
        let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
        let made = Authenticator::new().create(&attribute(form, "data-options").unwrap());
        meanwhile(&app, thief, (page, "passkey-form"), vec![("assertion", made)]).await;
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
    }
}

/// RT-09
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_passkey_proves_anything_for_a_copied_cookie() {
    for app in apps().await {
        app.web_client().await;
        let mut thief = signed_in(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut thief, &mut authenticator).await;
        app.clock.advance(11 * 60);
        let page = thief.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let (handle, options) = begin_passkey_login(&mut thief, &page).await;
        let signed = authenticator.get(&options);
        let fields = vec![("ceremony", handle), ("assertion", signed)];
        meanwhile(&app, thief, (page, "passkey-login"), fields).await;
        let proofs = "SELECT COUNT(*) FROM sessions WHERE proved_at > created_at + 300";
        assert_eq!(count(&app, proofs).await, 0, "{}", app.engine);
    }
}

/// RT-09
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_is_verified_by_a_copied_cookie() {
    for app in apps().await {
        let mut thief = signed_in(&app).await;
        save(&mut thief, NUMBER).await;
        let (page, code) = ask(&app, &mut thief).await;
        meanwhile(&app, thief, (page, "code-form"), vec![("code", code)]).await;
        assert_eq!(count(&app, VERIFIED).await, 0, "{}", app.engine);
    }
}

/// RT-09: a form that is sent once more leads on in the generation that its cookie had, and in no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_sent_again_leads_into_the_new_generation() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        let mut thief = owner.clone();
        owner.submit(&page, "totp-form", &[("code", &code)]).await;
        let mut tx = app.store.store.begin().await.unwrap();
        took_along(&app, &mut tx).await;
        tx.commit().await.unwrap();
        // The very form that was answered, with the cookie that it came with.
        let again = thief.submit(&page, "totp-form", &[("code", &code)]).await;
        assert!(again.header("location").starts_with("/login"), "{} {again:?}", app.engine);
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
    }
}

/// RT-09: nor where the factor counts since a moment ago, and the form waits while the owner acts.
#[tokio::test]
async fn a_confirmed_factor_is_told_to_no_session_of_an_earlier_generation() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let user = ada(&app).await;
        let accounts = &app.app.accounts;
        let before = accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
        let mut tx = app.store.store.begin().await.unwrap();
        took_along(&app, &mut tx).await;
        tx.commit().await.unwrap();
        // As where the account is read after the owner's click, and the session before.
        let user = accounts.user(&user.id).await.unwrap().unwrap();
        let first =
            FirstCode { kind: FactorKind::Totp, code: "000000", old_is_lost: false, sent: None };
        let told = accounts.confirm_factor((&user, &before), first, &from("192.0.2.1")).await;
        assert!(told.is_err(), "{}", app.engine);
    }
}

/// RT-09: nor in the same generation to whoever has the old cookie, and not the code.
#[tokio::test]
async fn a_wrong_code_is_not_taken_for_the_one_that_confirmed_a_factor() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let accounts = &app.app.accounts;
        let user = ada(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        let phone = AuthenticatorApp::of(&page);
        let code = phone.code(&app, 0);
        let session = accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
        owner.submit(&page, "totp-form", &[("code", &code)]).await;
        for (typed, leads_on) in [("000000", false), ("", false), (&*code, true)] {
            let first =
                FirstCode { kind: FactorKind::Totp, code: typed, old_is_lost: false, sent: None };
            let ip = from("192.0.2.1");
            let told = accounts.confirm_factor((&user, &session), first, &ip).await;
            assert_eq!(told.is_ok(), leads_on, "{typed} {}", app.engine);
        }
    }
}

/// RT-09: the key of an app that a copied cookie was shown is nobody's afterwards.
#[tokio::test]
async fn a_key_that_was_shown_to_a_copied_cookie_is_not_the_owners_afterwards() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let key_of = |page: &Answer| {
            let key = page.body.split("id=\"key\">").nth(1).unwrap();
            key.split('<').next().unwrap().to_owned()
        };
        for way in ["others", "password"] {
            let mut thief = owner.clone();
            let seen = key_of(&thief.open("/account/2fa/totp").await);
            if way == "others" {
                app.browser().sign_in(ADA).await;
                let page = owner.get("/account/sessions").await;
                owner.submit(&page, "sign-out-others", &[]).await;
            } else {
                let page = owner.open("/account/password").await;
                let fields = [("password", "another good one 7")];
                assert_eq!(owner.submit(&page, "password-form", &fields).await.status, 303);
            }
            let own = key_of(&owner.open("/account/2fa/totp").await);
            assert_ne!(seen, own, "{way} {}", app.engine);
        }
    }
}

/// RT-09: nor is the owner's next key told to a form of before that is answered late.
#[tokio::test]
async fn a_key_of_the_new_generation_is_not_told_to_a_session_of_the_old_one() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let user = ada(&app).await;
        let before = app.app.accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
        app.browser().sign_in(ADA).await;
        let page = owner.get("/account/sessions").await;
        owner.submit(&page, "sign-out-others", &[]).await;
        owner.open("/account/2fa/totp").await;
        let mut tx = app.app.store().read().await.unwrap();
        let after = sessions::find(&mut tx, &before.sid).await.unwrap().unwrap();
        for (session, finds) in [(&before, false), (&after, true)] {
            let now = app.clock.now();
            let found = second_factors::find_begun(&mut tx, session, FactorKind::Totp, now).await;
            assert_eq!(found.unwrap().is_some(), finds, "{}", app.engine);
        }
    }
}

/// RT-09: a session is ended, and a deletion undone, in the generation in which it was read.
#[tokio::test]
async fn an_old_cookie_ends_no_session_and_undoes_no_deletion() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let accounts = &app.app.accounts;
        let user = ada(&app).await;
        let before = accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
        let mut tx = app.store.store.begin().await.unwrap();
        took_along(&app, &mut tx).await;
        tx.commit().await.unwrap();
        let is_over = accounts.sign_out(&before, &from("192.0.2.1")).await.unwrap();
        assert!(!is_over, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1, "{}", app.engine);
        owner.sign_in(ADA).await;
        let page = owner.open("/account/delete").await;
        let done = owner.submit(&page, "delete-form", &[("confirm", ADA)]).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        let leaving = accounts.user(&user.id).await.unwrap().unwrap();
        let told = accounts.undo_own_deletion((&leaving, &before), &from("192.0.2.1")).await;
        assert!(matches!(told, Err(OwnSessionRefusal::SessionIsOver)), "{} {told:?}", app.engine);
    }
}

/// Who signs out while the session goes on under another cookie is not told that they are signed out: they are
/// asked once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_of_a_sign_out_that_ended_nothing() {
    for app in apps().await {
        let mut late = signed_in(&app).await;
        let page = late.get("/account").await;
        let answer = meanwhile(&app, late, (page, "sign-out"), vec![]).await;
        assert!(answer.header("location").starts_with("/logout?flow="), "{answer:?}");
        let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert!(!set.iter().any(|line| line.to_str().unwrap().contains("_session=")), "{set:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1, "{}", app.engine);
    }
}

/// Between two cookies a browser's session is none of a program.
#[tokio::test]
async fn a_session_that_waits_for_its_next_cookie_is_still_a_browsers() {
    for app in apps().await {
        signed_in(&app).await;
        let accounts = &app.app.accounts;
        let user = ada(&app).await;
        let session = accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
        app.store.run("UPDATE sessions SET id_digest = NULL").await;
        assert!(accounts.is_of_browser(&session).await.unwrap(), "{}", app.engine);
    }
}

/// CS-08: an answer that is late takes no cookie from a browser that has another one by then.
#[tokio::test]
async fn a_request_with_a_dead_cookie_takes_none_from_the_browser() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let mut late = owner.clone();
        let page = owner.open("/account/password").await;
        owner.submit(&page, "password-form", &[("password", "another good one 7")]).await;
        let answer = late.get("/account/activity").await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert!(!set.iter().any(|line| line.to_str().unwrap().contains("_session=")), "{set:?}");
        let page = owner.get("/account").await;
        let out = owner.submit(&page, "sign-out", &[]).await;
        let set: Vec<_> = out.headers.get_all("set-cookie").iter().collect();
        assert!(set.iter().any(|line| line.to_str().unwrap().contains("_session=;")), "{out:?}");
    }
}

/// RT-09: the proof is right when it is given; the owner is faster than its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_whose_answer_is_late_has_no_cookie_of_the_new_generation() {
    // One writer at a time: on SQLite nothing can come between that is not tested where sessions are kept.
    for app in apps().await.into_iter().filter(|app| app.engine == "PostgreSQL") {
        app.web_client().await;
        app.person(ADA).await;
        let mut thief = app.browser();
        thief.code(ADA).await;
        let page = thief.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let mut tx = app.store.store.begin().await.unwrap();
        // What is noted of the request after the proof, and before the answer goes out, waits.
        let request = PlainToken::new(&hidden(&page, "flow")).digest();
        let later = app.clock.now().plus(24 * 60 * 60);
        authorization_requests::extend(&mut tx, &request, later).await.unwrap();
        let sending = tokio::spawn(async move {
            let fields = [("username", ADA), ("password", PASSWORD)];
            let answer = thief.submit(&page, "login-form", &fields).await;
            (thief, answer)
        });
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(!sending.is_finished(), "{}: it waited for nobody", app.engine);
        // The owner's click, whose session was read before.
        let mut owners = app.store.store.begin().await.unwrap();
        took_along(&app, &mut owners).await;
        owners.commit().await.unwrap();
        drop(tx);
        let (thief, answer) = sending.await.unwrap();
        assert!(!are_signed_in(&app, &thief.cookies).await, "{} {answer:?}", app.engine);
        // A cookie that carries nothing would take the place of a good one.
        let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert!(!set.iter().any(|line| line.to_str().unwrap().contains("_session=")), "{set:?}");
        let code = parameter(&sent_to(&answer), "code");
        if let Some(code) = code {
            assert_eq!(app.exchange(&code).await.status, 400, "{}", app.engine);
        }
    }
}
