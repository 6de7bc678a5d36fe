//! `POST /api/auth/email/verify` and `POST /api/auth/email/resend`.

use protekt::domain::second_factor::FactorPolicy;
use serde_json::json;

use super::races::{race, ready, with_status};
use crate::pages::steps::{code_in, count, execute, link_in, mail_to, wrong};
use crate::support::api::{ApiTokens, assert_api_refused, set_up_totp_by_api};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with};

const VERIFY: &str = "POST /api/auth/email/verify";
const RESEND: &str = "POST /api/auth/email/resend";
const GRACE: &str = "grace@example.com";

/// Signs up; gives the `verification_token`.
async fn signed_up(app: &TestApp, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = app.call("POST /api/auth/signup", None, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text("verification_token")
}

fn token_of(link: &str) -> String {
    link.split("token=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn the_code_of_the_mail_verifies_and_signs_in_once() {
    for app in apps().await {
        app.shop().await;
        let handle = signed_up(&app, GRACE).await;
        let code = code_in(&mail_to(&app, GRACE).await);
        for (token, named) in [(wrong(&code), &*handle), (code.clone(), "ptk_fl_of-somebody-else")]
        {
            let body = json!({ "token": token, "verification_token": named });
            assert_api_refused(&app.call(VERIFY, None, body).await, 400, "invalid_code");
        }
        let body = json!({ "token": code, "verification_token": handle });
        let answer = app.call(VERIFY, None, body.clone()).await;
        assert_eq!((answer.status, &answer.json()["verified"]), (200, &json!(true)), "{answer:?}");
        assert_eq!(answer.json()["email_verified"], true);
        let tokens = ApiTokens::of(&answer);
        assert_eq!(app.bare_call("GET /api/users/me", Some(&tokens.access)).await.status, 200);
        assert_api_refused(&app.call(VERIFY, None, body).await, 400, "invalid_code");
        let body = json!({ "verification_token": handle });
        assert_api_refused(&app.call(VERIFY, None, body).await, 400, "invalid_code");
    }
}

/// Whoever opens a link may have been talked into that: it verifies, and signs in nobody but who
/// holds the verification.
#[tokio::test]
async fn the_link_alone_only_verifies_and_the_application_that_waits_goes_on_once() {
    for app in apps().await {
        app.shop().await;
        let handle = signed_up(&app, GRACE).await;
        let waiting = json!({ "verification_token": handle });
        let answer = app.call(VERIFY, None, waiting.clone()).await;
        assert_api_refused(&answer, 403, "email_not_verified");
        let link = token_of(&link_in(&mail_to(&app, GRACE).await));
        let answer = app.call(VERIFY, None, json!({ "token": link })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json().get("access_token").is_none(), "{answer:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0);
        let answer = app.call(VERIFY, None, waiting.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ApiTokens::of(&answer);
        assert_api_refused(&app.call(VERIFY, None, waiting).await, 400, "invalid_code");
        // Both at once do as well.
        let handle = signed_up(&app, "lin@example.com").await;
        let link = token_of(&link_in(&mail_to(&app, "lin@example.com").await));
        let body = json!({ "token": link, "verification_token": handle });
        ApiTokens::of(&app.call(VERIFY, None, body).await);
    }
}

#[tokio::test]
async fn a_mail_is_sent_again_by_who_waits_or_is_signed_in_and_not_too_often() {
    for app in apps().await {
        app.shop().await;
        let handle = signed_up(&app, GRACE).await;
        let first = code_in(&mail_to(&app, GRACE).await);
        let body = json!({ "verification_token": handle });
        assert_api_refused(&app.call(RESEND, None, body.clone()).await, 429, "too_many_requests");
        app.clock.advance(60);
        assert_eq!(app.call(RESEND, None, body.clone()).await.status, 200);
        let second = code_in(&mail_to(&app, GRACE).await);
        if first != second {
            let old = json!({ "token": first, "verification_token": handle });
            assert_api_refused(&app.call(VERIFY, None, old).await, 400, "invalid_code");
        }
        let new = json!({ "token": second, "verification_token": handle });
        let tokens = ApiTokens::of(&app.call(VERIFY, None, new).await);
        assert_api_refused(&app.bare_call(RESEND, None).await, 400, "invalid_body");
        let own = app.bare_call(RESEND, Some(&tokens.access)).await;
        assert_eq!((own.status, &own.json()["verified"]), (200, &json!(true)), "{own:?}");
        let both = app.call(RESEND, Some(&tokens.access), body).await;
        assert_api_refused(&both, 400, "invalid_body");
        assert_api_refused(&app.bare_call(RESEND, Some("x")).await, 401, "invalid_token");
    }
    let open = Wishes { email_verification: false, ..Wishes::default() };
    for app in apps_with(open).await {
        app.shop().await;
        let body = json!({ "email": GRACE, "password": PASSWORD });
        let tokens = ApiTokens::of(&app.call("POST /api/auth/signup", None, body).await);
        let sent = app.bare_call(RESEND, Some(&tokens.access)).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        let code = code_in(&mail_to(&app, GRACE).await);
        let body = json!({ "token": code, "verification_token": sent.text("verification_token") });
        assert_eq!(app.call(VERIFY, None, body).await.status, 200);
        let me = app.bare_call("GET /api/users/me", Some(&tokens.access)).await;
        assert_eq!(me.json()["email_verified"], true, "{me:?}");
    }
}

/// Somebody whose second factor is required gets no tokens by the code of a mail either.
#[tokio::test]
async fn the_code_of_a_mail_stops_where_a_second_factor_has_to_be_set_up() {
    let required = Wishes { factor_policy: FactorPolicy::Required, ..Wishes::default() };
    for app in apps_with(required).await {
        app.shop().await;
        let handle = signed_up(&app, GRACE).await;
        let code = code_in(&mail_to(&app, GRACE).await);
        let body = json!({ "token": code, "verification_token": handle });
        let answer = app.call(VERIFY, None, body).await;
        assert_api_refused(&answer, 403, "mfa_enrollment_required");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM grants").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_sent_many_times_at_once_signs_in_once() {
    for app in ready().await {
        for round in 0..10 {
            let email = format!("r{round}@example.com");
            let handle = signed_up(&app, &email).await;
            let code = code_in(&mail_to(&app, &email).await);
            let body = json!({ "token": code, "verification_token": handle });
            let answers = race(&app, VERIFY, None, &body).await;
            assert_eq!(with_status(&answers, 200), 1, "{} {answers:?}", app.engine);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 10, "{}", app.engine);
    }
}

/// Half a sign-in by the code of a mail is one of the application, and its session is kept.
#[tokio::test]
async fn the_code_of_a_mail_leads_to_a_second_factor_and_to_a_session_that_is_kept() {
    for app in apps().await {
        app.shop().await;
        let handle = signed_up(&app, GRACE).await;
        let code = code_in(&mail_to(&app, GRACE).await);
        let body = json!({ "token": code, "verification_token": handle });
        let tokens = ApiTokens::of(&app.call(VERIFY, None, body).await);
        let kept = "SELECT COUNT(*) FROM sessions WHERE remembered";
        assert_eq!(count(&app, kept).await, 1, "{}", app.engine);
        let nowhere = "SELECT COUNT(*) FROM browser_accounts";
        assert_eq!(count(&app, nowhere).await, 0, "{}", app.engine);
        let (phone, _) = set_up_totp_by_api(&app, &tokens.access).await;
        execute(&app, "UPDATE users SET email_verified_at = NULL").await;
        let body = json!({ "email": GRACE, "password": PASSWORD });
        let first = app.call("POST /api/auth/signin", None, body).await;
        assert_api_refused(&first, 403, "email_not_verified");
        let code = code_in(&mail_to(&app, GRACE).await);
        let handle = first.text("verification_token");
        let body = json!({ "token": code, "verification_token": handle });
        let half = app.call(VERIFY, None, body).await;
        assert_api_refused(&half, 403, "mfa_required");
        let code = json!({ "token": phone.code(&app, 0) });
        let half = half.text("mfa_token");
        let done = app.call("POST /api/auth/2fa/verify", Some(&half), code).await;
        ApiTokens::of(&done);
        assert_eq!(count(&app, kept).await, 2, "{}", app.engine);
    }
}
