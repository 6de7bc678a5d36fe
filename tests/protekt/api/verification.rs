//! `POST /api/auth/email/verify` and `/resend`.

use futures_util::future::join_all;
use protekt::domain::second_factor::FactorPolicy;
use serde_json::{Value, json};

use crate::pages::steps::{
    code_in, count, hidden, link_in, mail_to, sign_up as sign_up_on_page, wrong,
};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with};
use crate::support::protocol::ADA;

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

/// Signs up, and gives the token of the verification.
async fn signed_up(app: &TestApp, password: &str) -> String {
    let body = json!({ "email": ADA, "password": password });
    let made = app.call_with(("POST", "/api/auth/signup"), None, &body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made.text("verification_token")
}

async fn verify(app: &TestApp, body: &Value) -> Answer {
    app.call_with(("POST", "/api/auth/email/verify"), None, body).await
}

async fn with_code(app: &TestApp, token: &str, code: &str) -> Answer {
    verify(app, &json!({ "verification_token": token, "code": code })).await
}

async fn resend(app: &TestApp, token: &str) -> Answer {
    let body = json!({ "verification_token": token });
    app.call_with(("POST", "/api/auth/email/resend"), None, &body).await
}

fn token_in(mail: &str) -> String {
    link_in(mail).split("token=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn the_code_verifies_and_signs_the_program_in_that_began_once() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let code = code_in(&mail_to(&app, ADA).await);
        assert_api_error(&with_code(&app, &token, &wrong(&code)).await, 400, "invalid_code");
        let poll = verify(&app, &json!({ "verification_token": token })).await;
        assert_api_error(&poll, 403, "email_not_verified");
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let done = with_code(&app, &token, &spaced).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(done.json()["email_verified"], true, "{done:?}");
        assert_eq!(app.me(&done.text("access_token")).await.status, 200, "{}", app.engine);
        let again = with_code(&app, &token, &code).await;
        assert_api_error(&again, 400, "invalid_verification_token");
        assert_eq!(count(&app, SESSIONS).await, 1, "{}", app.engine);
        app.api_tokens(ADA).await;
    }
}

/// PR-06: whoever reads the mail may not be who chose the password.
#[tokio::test]
async fn a_link_verifies_and_signs_nobody_in_and_the_first_program_goes_on() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let link = token_in(&mail_to(&app, ADA).await);
        let done = verify(&app, &json!({ "token": link })).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(done.json()["email_verified"], true);
        assert!(!done.body.contains("_token") && !done.body.contains("ptk_"), "{done:?}");
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
        let again = verify(&app, &json!({ "token": link })).await;
        assert_api_error(&again, 400, "invalid_verification_token");
        let went_on = verify(&app, &json!({ "verification_token": token })).await;
        assert_eq!(went_on.status, 200, "{} {went_on:?}", app.engine);
        assert_eq!(app.me(&went_on.text("access_token")).await.status, 200, "{}", app.engine);
        let again = verify(&app, &json!({ "verification_token": token })).await;
        assert_api_error(&again, 400, "invalid_verification_token");
        assert_eq!(count(&app, SESSIONS).await, 1, "{}", app.engine);
    }
}

/// EN-06: all programs look alike; none goes on with what another one began.
#[tokio::test]
async fn who_signed_up_first_with_an_address_has_nothing_of_its_owners_sign_up() {
    for app in apps().await {
        app.plant_api_client().await;
        let stranger = signed_up(&app, "juniper-lantern-41").await;
        let first_link = token_in(&mail_to(&app, ADA).await);
        let owner = signed_up(&app, PASSWORD).await;
        let code = code_in(&mail_to(&app, ADA).await);
        for answer in [
            with_code(&app, &stranger, &code).await,
            verify(&app, &json!({ "verification_token": stranger })).await,
            verify(&app, &json!({ "token": first_link })).await,
            resend(&app, &stranger).await,
        ] {
            assert_api_error(&answer, 400, "invalid_verification_token");
        }
        assert_eq!(with_code(&app, &owner, &code).await.status, 200, "{}", app.engine);
        let late = verify(&app, &json!({ "verification_token": stranger })).await;
        assert_api_error(&late, 400, "invalid_verification_token");
        let body = json!({ "email": ADA, "password": "juniper-lantern-41" });
        assert_api_error(&app.api_sign_in(&body).await, 401, "invalid_credentials");
        assert_eq!(count(&app, SESSIONS).await, 1, "{}", app.engine);
    }
}

/// PR-06: an app that takes its own link verifies what it began itself, and no stranger's sign-up.
#[tokio::test]
async fn a_link_with_the_token_of_its_own_sign_up_signs_in_and_with_another_one_does_nothing() {
    for app in apps().await {
        app.plant_api_client().await;
        let own = signed_up(&app, PASSWORD).await;
        let strangers = signed_up(&app, "juniper-lantern-41").await;
        let link = token_in(&mail_to(&app, ADA).await);
        let refused = verify(&app, &json!({ "verification_token": own, "token": link })).await;
        assert_api_error(&refused, 400, "invalid_verification_token");
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
        assert_eq!(count(&app, verified).await, 0, "{}", app.engine);
        let done = verify(&app, &json!({ "verification_token": strangers, "token": link })).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(app.me(&done.text("access_token")).await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_none_is_promised() {
    for app in apps_with(Wishes { email_verification: false, ..Wishes::default() }).await {
        let app = app.without_mail();
        app.plant_api_client().await;
        app.unverified_person(ADA).await;
        let bearer = app.api_tokens(ADA).await.text("access_token");
        let call = ("POST", "/api/auth/email/resend");
        let refused = app.call_with(call, Some(&bearer), &json!({})).await;
        assert_api_error(&refused, 404, "not_found");
    }
}

/// What a window of the pages began goes on there, and nowhere else.
#[tokio::test]
async fn the_handle_of_a_page_signs_no_program_in_nor_the_other_way() {
    for app in apps().await {
        app.plant_api_client().await;
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        let waiting = sign_up_on_page(&mut browser, &page, ADA).await;
        let handle = hidden(&waiting, "flow");
        let code = code_in(&mail_to(&app, ADA).await);
        let done = with_code(&app, &handle, &code).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert!(!done.body.contains("_token"), "{done:?}");
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
    }
    for app in apps().await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let code = code_in(&mail_to(&app, ADA).await);
        let mut browser = app.browser();
        let page = browser.open(&format!("/verify-email?flow={token}")).await;
        let done = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn another_mail_is_sent_after_a_minute_and_the_first_code_is_over() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let first = code_in(&mail_to(&app, ADA).await);
        let soon = resend(&app, &token).await;
        assert_api_error(&soon, 429, "too_many_requests");
        assert!(soon.text("message").contains("a moment ago"), "{soon:?}");
        // Who has the right password learns what is missing all the same, and no mail goes out.
        let mails = app.mails().await.len();
        let body = json!({ "email": ADA, "password": PASSWORD });
        let signed_in = app.api_sign_in(&body).await;
        assert_api_error(&signed_in, 403, "email_not_verified");
        assert!(signed_in.header("retry-after").parse::<u32>().unwrap() <= 60, "{signed_in:?}");
        assert!(signed_in.json().get("verification_token").is_none(), "{signed_in:?}");
        assert_eq!(app.mails().await.len(), mails, "{}", app.engine);
        assert!(soon.header("retry-after").parse::<u32>().unwrap() <= 60, "{soon:?}");
        app.clock.advance(61);
        assert_eq!(resend(&app, &token).await.status, 200, "{}", app.engine);
        let second = code_in(&mail_to(&app, ADA).await);
        assert_api_error(&with_code(&app, &token, &first).await, 400, "invalid_code");
        app.clock.advance(16 * 60);
        assert_api_error(&with_code(&app, &token, &second).await, 400, "code_expired");
        assert_eq!(resend(&app, &token).await.status, 200, "{}", app.engine);
        let third = code_in(&mail_to(&app, ADA).await);
        for _ in 0..5 {
            assert_eq!(with_code(&app, &token, &wrong(&third)).await.status, 400);
        }
        assert_api_error(&with_code(&app, &token, &third).await, 400, "code_expired");
        app.clock.advance(25 * 60 * 60);
        let over = resend(&app, &token).await;
        assert_api_error(&over, 400, "invalid_verification_token");
    }
}

/// A mailbox is not filled by one sign-up, however patient it is.
#[tokio::test]
async fn one_sign_up_has_eight_mails_and_the_last_code_still_counts() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        for sent in 1..8 {
            app.clock.advance(60 * 60);
            assert_eq!(resend(&app, &token).await.status, 200, "{} {sent}", app.engine);
        }
        let last = code_in(&mail_to(&app, ADA).await);
        let mails = app.mails().await.len();
        app.clock.advance(61);
        assert_api_error(&resend(&app, &token).await, 403, "no_more_codes");
        assert_eq!(app.mails().await.len(), mails, "{}", app.engine);
        assert_eq!(with_code(&app, &token, &last).await.status, 200, "{}", app.engine);
    }
}

/// MF-05: an address that is proven is no second factor.
#[tokio::test]
async fn whoever_must_have_a_second_factor_verifies_and_gets_no_token() {
    let wishes = || Wishes { factor_policy: FactorPolicy::Required, ..Wishes::default() };
    for app in apps_with(wishes()).await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let code = code_in(&mail_to(&app, ADA).await);
        let refused = with_code(&app, &token, &code).await;
        assert_api_error(&refused, 403, "mfa_enrollment_required");
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM grants").await, 0, "{}", app.engine);
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        let body = json!({ "email": ADA, "password": PASSWORD });
        assert_api_error(&app.api_sign_in(&body).await, 403, "mfa_enrollment_required");
    }
    for app in apps_with(Wishes { email_verification: false, ..wishes() }).await {
        app.plant_api_client().await;
        let body = json!({ "email": ADA, "password": PASSWORD });
        let made = app.call_with(("POST", "/api/auth/signup"), None, &body).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        assert!(made.json().get("access_token").is_none(), "{} {made:?}", app.engine);
        assert!(made.text("message").contains("second"), "{} {made:?}", app.engine);
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
    }
}

/// An account that an operator made.
#[tokio::test]
async fn a_sign_in_before_the_address_is_verified_leads_there() {
    for app in apps().await {
        app.plant_api_client().await;
        app.unverified_person(ADA).await;
        let body = json!({ "email": ADA, "password": PASSWORD });
        let refused = app.api_sign_in(&body).await;
        let told = refused.json();
        let status = (refused.status, &told["errorCode"]);
        assert_eq!(status, (403, &json!("email_not_verified")), "{told}");
        let token = refused.text("verification_token");
        let done = with_code(&app, &token, &code_in(&mail_to(&app, ADA).await)).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(app.me(&done.text("access_token")).await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn who_is_signed_in_with_an_unverified_address_has_it_verified() {
    for app in apps_with(Wishes { email_verification: false, ..Wishes::default() }).await {
        app.plant_api_client().await;
        app.unverified_person(ADA).await;
        let tokens = app.api_tokens(ADA).await;
        let bearer = tokens.text("access_token");
        let call = ("POST", "/api/auth/email/resend");
        let sent = app.call_with(call, Some(&bearer), &json!({})).await;
        assert_eq!(sent.status, 200, "{} {sent:?}", app.engine);
        let soon = app.call_with(call, Some(&bearer), &json!({})).await;
        assert_api_error(&soon, 429, "too_many_requests");
        let code = code_in(&mail_to(&app, ADA).await);
        let done = with_code(&app, &sent.text("verification_token"), &code).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(app.me(&bearer).await.json()["email_verified"], true, "{}", app.engine);
        let again = app.call_with(call, Some(&bearer), &json!({})).await;
        assert_api_error(&again, 409, "email_verified");
        let odd = app.call_with(call, Some("x.y.z"), &json!({})).await;
        assert_api_error(&odd, 401, "invalid_token");
    }
}

#[tokio::test]
async fn bad_input_is_named() {
    for app in apps().await {
        app.plant_api_client().await;
        for (body, field) in [
            (json!({}), "verification_token"),
            (json!({ "code": "123456" }), "verification_token"),
            (json!({ "token": "x", "code": "123456" }), "code"),
            (json!({ "verification_token": [] }), "verification_token"),
            // 012345 would be another one.
            (json!({ "verification_token": "x", "code": 12345 }), "code"),
            (json!({ "verification_token": true }), "verification_token"),
        ] {
            assert!(fields_of(&verify(&app, &body).await).contains(&field.to_owned()), "{body}");
        }
        let call = ("POST", "/api/auth/email/resend");
        let empty = app.call_with(call, None, &json!({})).await;
        assert_eq!(fields_of(&empty), ["verification_token"]);
        for body in [
            json!({ "token": "x" }),
            json!({ "token": "x", "verification_token": "y" }),
            json!({ "verification_token": "x" }),
            json!({ "verification_token": "x", "code": "123456" }),
            json!({ "verification_token": "x".repeat(5_000), "code": "1".repeat(5_000) }),
        ] {
            assert_api_error(&verify(&app, &body).await, 400, "invalid_verification_token");
        }
    }
}

/// RC-03
#[tokio::test]
async fn one_code_signs_in_once_however_often_it_is_sent_at_once() {
    for app in apps_with(Wishes { unlimited_tries: true, ..Wishes::default() }).await {
        app.plant_api_client().await;
        let token = signed_up(&app, PASSWORD).await;
        let code = code_in(&mail_to(&app, ADA).await);
        let done = join_all((0..4).map(|_| with_code(&app, &token, &code))).await;
        let signed_in = done.iter().filter(|answer| answer.body.contains("access_token")).count();
        assert_eq!(signed_in, 1, "{} {done:?}", app.engine);
        assert!(done.iter().all(|answer| matches!(answer.status, 200 | 400)), "{done:?}");
        assert_eq!(count(&app, SESSIONS).await, 1, "{}", app.engine);
    }
}
