//! The demo against a small provider that can be told to misbehave.

mod browser;
mod fake_provider;

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{Request, StatusCode};
use tower::ServiceExt;
use url::Url;

use self::browser::{Browser, callback, parameter, text};
use self::fake_provider::{FakeProvider, Fault};

#[tokio::test]
async fn a_sign_in_shows_verified_tokens() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    assert!(browser.get("/").await.text.contains("id=\"sign-in\""));
    let before = browser.begin("/sign-in?prompt=login").await;
    assert_eq!(parameter(&before, "scope"), "openid profile email offline_access");
    assert_eq!(parameter(&before, "code_challenge_method"), "S256");
    assert_eq!(parameter(&before, "redirect_uri"), "http://localhost:5501/callback");
    assert_eq!(parameter(&before, "prompt"), "login");
    let cookie = browser.cookie.clone();

    let page = browser.sign_in(&provider).await;
    assert_eq!((page.status, page.location.as_deref()), (StatusCode::SEE_OTHER, Some("/")));
    assert_ne!(browser.cookie, cookie, "a new session id after sign-in");

    let page = browser.get("/").await.text;
    for part in [
        "id=\"signed-in\"",
        "Hello, Ada",
        "id=\"id-token-claims\"",
        "at+jwt",
        "at_hash",
        "expiry and nonce",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(page.contains("<code id=\"id-token-kid\">first</code>"), "{page}");
}

#[tokio::test]
async fn an_answer_by_form_signs_in_as_well() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    let request = browser.begin("/sign-in").await;
    let (state, code) = (parameter(&request, "state"), provider.code_for(&request));
    let answer = [("state", &*state), ("code", &*code), ("iss", &*provider.issuer)];
    let page = browser.post("/callback", &answer).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let again = browser.post("/callback", &answer).await;
    assert!(again.is_error("state_mismatch"), "an answer counts once");
}

#[tokio::test]
async fn tokens_that_fail_a_check_sign_nobody_in() {
    let refused = [
        (Fault::ForgedIdToken, "untrusted_id_token", "its signature does not verify"),
        (Fault::UnsignedIdToken, "untrusted_id_token", "it is not signed by RS256"),
        (Fault::IdTokenNonce, "untrusted_id_token", "its nonce is not the one of this sign-in"),
        (Fault::IdTokenIssuer, "untrusted_id_token", "it comes from another issuer"),
        (Fault::IdTokenAudience, "untrusted_id_token", "it is meant for another audience"),
        (Fault::IdTokenExpired, "untrusted_id_token", "it has expired"),
        (Fault::AccessTokenHash, "untrusted_id_token", "its at_hash is that of another"),
        (Fault::UnknownKey, "untrusted_access_token", "does not publish"),
        (Fault::ForgedAccessToken, "untrusted_access_token", "its signature does not verify"),
        (Fault::AccessTokenType, "untrusted_access_token", "its typ is not at+jwt"),
        (Fault::AccessTokenIssuer, "untrusted_access_token", "it comes from another issuer"),
        (Fault::AccessTokenAudience, "untrusted_access_token", "it is meant for another audience"),
        (Fault::AccessTokenClient, "untrusted_access_token", "it was issued to another client"),
        (Fault::AccessTokenExpired, "untrusted_access_token", "it has expired"),
    ];
    let provider = FakeProvider::start().await;
    for (fault, code, words) in refused {
        provider.misbehave(fault);
        let mut browser = Browser::at(&provider);
        let page = browser.sign_in(&provider).await;
        assert!(page.is_error(code) && page.text.contains(words), "{fault:?}: {}", page.text);
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        assert!(browser.get("/").await.text.contains("id=\"sign-in\""), "{fault:?} signed in");
    }
}

#[tokio::test]
async fn a_sign_in_that_is_older_than_asked_is_refused() {
    let provider = FakeProvider::start().await;
    for (fault, is_refused) in
        [(Fault::StaleSignIn, true), (Fault::NoAuthTime, true), (Fault::None, false)]
    {
        provider.misbehave(fault);
        let mut browser = Browser::at(&provider);
        let request = browser.begin("/sign-in?max_age=300").await;
        assert_eq!(parameter(&request, "max_age"), "300");
        let page = browser.finish(&provider, &request).await;
        assert_eq!(page.text.contains("its auth_time is older"), is_refused, "{}", page.text);
    }
}

#[tokio::test]
async fn an_answer_with_a_wrong_state_or_issuer_is_refused() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    let request = browser.begin("/sign-in").await;
    let (state, code) = (parameter(&request, "state"), provider.code_for(&request));
    let iss = &*provider.issuer;

    let page = browser.get(&callback(&[("state", "x"), ("code", &code), ("iss", iss)])).await;
    assert!(page.is_error("state_mismatch"), "{}", page.text);
    let mut other = Browser::at(&provider);
    let page = other.get(&callback(&[("state", &state), ("code", &code), ("iss", iss)])).await;
    assert!(page.is_error("state_mismatch"), "another browser");

    let wrong = callback(&[("state", &state), ("code", &code), ("iss", "http://localhost:1/")]);
    assert!(browser.get(&wrong).await.is_error("issuer_mismatch"));
    let state = parameter(&browser.begin("/sign-in").await, "state");
    let missing = callback(&[("state", &state), ("code", &code)]);
    assert!(browser.get(&missing).await.is_error("issuer_mismatch"), "iss was promised");
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_kindly_and_only_to_whom_it_belongs() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    let state = parameter(&browser.begin("/sign-in").await, "state");
    let answer = |state| {
        callback(&[("state", state), ("error", "access_denied"), ("iss", &provider.issuer)])
    };
    assert!(browser.get(&answer("x")).await.is_error("state_mismatch"));
    let page = browser.get(&answer(&state)).await;
    assert!(page.is_error("access_denied"), "{}", page.text);
    assert!(page.text.contains("You did not let this app in"));
}

#[tokio::test]
async fn a_rotated_key_is_fetched_once_it_is_needed() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    browser.begin("/sign-in").await;
    provider.rotate_key();
    assert_eq!(browser.sign_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/").await.text.contains("<code id=\"id-token-kid\">second</code>"));
}

#[tokio::test]
async fn a_signed_in_person_calls_userinfo_and_refreshes() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    browser.sign_in(&provider).await;
    let csrf = browser.csrf().await;

    let page = browser.post("/userinfo", &[("csrf", "guessed")]).await;
    assert!(page.is_error("foreign_form"), "{}", page.text);
    let page = browser.post("/userinfo", &[("csrf", &csrf)]).await;
    assert_eq!(page.location.as_deref(), Some("/#userinfo"), "{}", page.text);
    let page = browser.get("/").await.text;
    assert!(page.contains("id=\"userinfo\"") && page.contains("left-handed"), "{page}");

    let page = browser.post("/refresh", &[("csrf", &csrf)]).await;
    assert_eq!(page.location.as_deref(), Some("/#refreshed"), "{}", page.text);
    let page = browser.get("/").await.text;
    assert!(page.contains("<dd id=\"refresh-token-changed\">changed</dd>"), "{page}");

    assert!(page.contains("expiry and person are the ones expected"), "{page}");

    provider.misbehave(Fault::OtherPerson);
    let page = browser.post("/refresh", &[("csrf", &csrf)]).await;
    assert!(page.text.contains("it names another person"), "{}", page.text);
    provider.misbehave(Fault::InvalidGrant);
    assert!(browser.post("/refresh", &[("csrf", &csrf)]).await.is_error("invalid_grant"));
    assert!(browser.get("/").await.text.contains("id=\"sign-in\""), "the session is over");
}

#[tokio::test]
async fn signing_out_goes_through_the_provider_and_checks_state() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    browser.sign_in(&provider).await;
    let csrf = browser.csrf().await;
    let page = browser.post("/sign-out", &[("csrf", &csrf)]).await;
    let url = Url::parse(&page.location.unwrap()).unwrap();
    assert_eq!(url.path(), "/logout");
    assert_eq!(parameter(&url, "post_logout_redirect_uri"), "http://localhost:5501/signed-out");
    assert_eq!(parameter(&url, "id_token_hint").split('.').count(), 3);
    assert!(browser.get("/").await.text.contains("id=\"sign-in\""), "signed out here at once");

    let state = parameter(&url, "state");
    assert!(browser.get("/signed-out?state=x").await.is_error("logout_state_mismatch"));
    assert!(browser.get("/signed-out").await.is_error("logout_state_mismatch"));
    let page = browser.get(&format!("/signed-out?state={state}")).await;
    assert!(page.text.contains("id=\"signed-out\""), "{}", page.text);
}

#[tokio::test]
async fn signing_out_here_only_leaves_the_provider_alone() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(&provider);
    browser.sign_in(&provider).await;
    assert_eq!(browser.get("/signed-out").await.location.as_deref(), Some("/"));
    let csrf = browser.csrf().await;
    let page = browser.post("/sign-out-here", &[("csrf", &csrf)]).await;
    assert_eq!(page.location.as_deref(), Some("/signed-out"));
    assert!(browser.get("/signed-out").await.text.contains("You may still be signed in"));
    assert!(browser.post("/userinfo", &[("csrf", &csrf)]).await.is_error("not_signed_in"));
}

#[tokio::test]
async fn a_provider_that_is_not_up_yet_is_asked_again() {
    let mut provider = FakeProvider::start().await;
    let real = std::mem::replace(&mut provider.issuer, "http://127.0.0.1:9/".to_owned());
    let page = Browser::at(&provider).get("/sign-in").await;
    assert!(page.is_error("provider_unreachable"), "{}", page.text);
    provider.issuer = real;
    provider.misbehave(Fault::Down);
    let mut browser = Browser::at(&provider);
    assert!(browser.get("/sign-in").await.is_error("unreadable_answer"));
    provider.misbehave(Fault::None);
    browser.begin("/sign-in").await;
}

#[tokio::test]
async fn another_host_name_is_sent_to_the_right_one() {
    let provider = FakeProvider::start().await;
    let demo = Browser::at(&provider).demo;
    let request = Request::get("/").header(HOST, "127.0.0.1:5501").body(Body::empty()).unwrap();
    let response = demo.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(text(response).await.contains("href=\"http://localhost:5501/\""));
}
