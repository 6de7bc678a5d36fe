//! Security keys beside passkeys: good after a password, and never alone.

use super::passkeys::login;
use super::steps::SESSION;
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, authorize_url, claims};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, parameter};
use crate::support::factors::{
    add_passkey, add_security_key, backup_codes, begin_passkey_login, first_half, options_of,
};
use crate::support::protocol::ADA;

/// Answers the half sign-in of [`ADA`] in a new browser.
async fn second_step(app: &TestApp, authenticator: &mut Authenticator) -> (Browser, Answer) {
    let mut browser = app.browser();
    let page = first_half(&mut browser, ADA).await;
    let signed = authenticator.get(&options_of(&page));
    let answer = browser.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
    (browser, answer)
}

async fn with_security_key(app: &TestApp, verifies_user: bool) -> (Browser, Authenticator) {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let mut key = Authenticator::new();
    key.verifies_user = verifies_user;
    let page = add_security_key(&mut browser, &mut key).await;
    assert_eq!(backup_codes(&page).len(), 10, "{page:?}");
    (browser, key)
}

/// MF-11
#[tokio::test]
async fn a_key_that_verifies_nobody_is_a_second_factor_and_never_the_whole_sign_in() {
    for app in apps().await {
        app.web_client().await;
        let (mut owner, mut key) = with_security_key(&app, false).await;
        let page = owner.open("/account/security").await;
        assert!(page.body.contains("Second step only."), "{}", page.body);
        let (mut browser, answer) = second_step(&app, &mut key).await;
        assert_eq!(answer.header("location"), "/account", "{answer:?}");
        let url = browser.authorize(ADA, &[]).await;
        let code = parameter(&url, "code").unwrap();
        let token = claims(app.exchange(&code).await.json()["id_token"].as_str().unwrap());
        assert_eq!(token["acr"], "urn:protekt:acr:phishing-resistant");
        assert_eq!(token["amr"], serde_json::json!(["pwd", "pop", "mfa"]));
        // Alone it is nothing: as it is, and where it verifies its user for once.
        for verifies_user in [false, true] {
            key.verifies_user = verifies_user;
            let mut thief = app.browser();
            assert_eq!(login(&mut thief, &mut key).await, 422, "{verifies_user} {}", app.engine);
            assert!(!thief.cookies.contains_key(SESSION));
        }
        // Nor does it answer for who is signed in and asked again.
        let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
        let (handle, options) = begin_passkey_login(&mut browser, &page).await;
        let signed = key.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        let refused = browser.submit(&page, "passkey-login", &fields).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }
}

/// MF-11
#[tokio::test]
async fn a_passkey_verifies_its_owner_also_where_a_security_key_need_not() {
    for app in apps().await {
        let (mut owner, mut key) = with_security_key(&app, false).await;
        let mut passkey = Authenticator::new();
        assert_eq!(add_passkey(&mut owner, &mut passkey).await.status, 200);
        passkey.verifies_user = false;
        let (browser, refused) = second_step(&app, &mut passkey).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(!browser.cookies.contains_key(SESSION));
        passkey.verifies_user = true;
        assert_eq!(second_step(&app, &mut passkey).await.1.status, 303, "{}", app.engine);
        assert_eq!(second_step(&app, &mut key).await.1.status, 303, "{}", app.engine);
        assert_eq!(login(&mut app.browser(), &mut passkey).await, 303, "{}", app.engine);
    }
}

/// MF-11
#[tokio::test]
async fn a_security_key_counts_up_and_does_not_fall_behind_what_it_did_at_first() {
    for app in apps().await {
        let (_, mut key) = with_security_key(&app, true).await;
        key.verifies_user = false;
        assert_eq!(second_step(&app, &mut key).await.1.status, 422, "it knew its owner once");
        key.verifies_user = true;
        assert_eq!(second_step(&app, &mut key).await.1.status, 303, "{}", app.engine);
        // A copy whose counter lags behind.
        key.counter = 1;
        assert_eq!(second_step(&app, &mut key).await.1.status, 422, "a counter that went back");
        key.counter = 50;
        assert_eq!(second_step(&app, &mut key).await.1.status, 303, "{}", app.engine);
    }
}
