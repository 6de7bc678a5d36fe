//! Addresses that a machine changes, or says to be verified or not.

use serde_json::json;

use super::managed_users::{create, manager, patch};
use crate::pages::steps::{count, sign_up, texts};
use crate::support::app::apps;
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

/// PR-02: what was mailed to the old address ends with it, and the old address is told.
#[tokio::test]
async fn another_address_ends_what_was_mailed_to_the_one_before() {
    for app in apps().await {
        let token = manager(&app).await;
        let ada = app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        let sent = browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        browser.follow(sent).await;
        let mails = app.mails().await.concat();
        let link = mails.split_whitespace().find(|word| word.contains("/password/reset?token="));
        let link = link.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned();
        let spelled = json!({ "email": "Ada@Example.com" });
        let same = patch(&app, &token, ada.id.as_str(), &spelled).await.json();
        assert_eq!(
            (&same["email"], &same["email_verified"]),
            (&json!("Ada@Example.com"), &json!(true))
        );
        let before = app.mails().await.len();
        let other = json!({ "email": "okafor@example.com" });
        let changed = patch(&app, &token, ada.id.as_str(), &other).await.json();
        assert_eq!(
            (&changed["email"], &changed["email_verified"]),
            (&json!("okafor@example.com"), &json!(false)),
            "{}",
            app.engine
        );
        let mails = app.mails().await;
        assert_eq!(mails.len(), before + 1, "{mails:?}");
        let told = mails.last().unwrap();
        assert!(told.starts_with("To: Ada@Example.com\n"), "{told}");
        assert!(told.contains("o•••@example.com") && !told.contains("token="), "{told}");
        let page = app.browser().open(&link).await;
        assert!(!page.body.contains("id=\"reset-form\""), "{}", page.body);
        let verified = json!({ "email_verified": true });
        let changed = patch(&app, &token, ada.id.as_str(), &verified).await.json();
        assert_eq!(changed["email_verified"], true, "{changed}");
        app.browser().sign_in("okafor@example.com").await;
        let free = create(&app, &token, &json!({ "email": ADA })).await;
        assert_eq!(free.status, 201, "{} {free:?}", app.engine);
    }
}

/// PR-04 MF-05: an address that a machine wrote, or took the proof from, is no way round a second factor.
#[tokio::test]
async fn a_reset_at_an_address_that_a_machine_changed_asks_for_the_second_factor() {
    for change in
        [json!({ "email": "new@example.com" }), json!({ "email": ADA, "email_verified": false })]
    {
        for app in apps().await {
            let token = manager(&app).await;
            let ada = app.person(ADA).await;
            let mut owner = app.browser();
            owner.sign_in(ADA).await;
            set_up_totp(&app, &mut owner).await;
            let changed = patch(&app, &token, ada.id.as_str(), &change).await;
            assert_eq!(changed.json()["email_verified"], false, "{} {changed:?}", app.engine);
            let mut reader = app.browser();
            let page = reader.open("/password/forgot").await;
            let email = change["email"].as_str().unwrap();
            reader.submit(&page, "forgot-form", &[("email", email)]).await;
            let mails = app.mails().await.concat();
            let link =
                mails.split_whitespace().rfind(|word| word.contains("/password/reset?token="));
            let link = link.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned();
            let page = reader.open(&link).await;
            let chosen = [("password", "another good one 7")];
            let done = reader.submit(&page, "reset-form", &chosen).await;
            let page = reader.follow(done).await;
            assert!(page.body.contains("id=\"mfa-form\""), "{} {}", app.engine, page.body);
            let factors = "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";
            assert_eq!(count(&app, factors).await, 1, "{}", app.engine);
        }
    }
}

/// A sign-up that nobody verified stays nobody's, also at another address.
#[tokio::test]
async fn another_address_of_a_sign_up_that_was_never_verified_keeps_no_password() {
    for app in apps().await {
        let token = manager(&app).await;
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        sign_up(&mut stranger, &page, ADA).await;
        let id = texts(&app, "SELECT id FROM users").await.remove(0);
        let moved = patch(&app, &token, &id, &json!({ "email": "new@example.com" })).await;
        assert_eq!(moved.json()["email_verified"], false, "{} {moved:?}", app.engine);
        let hashes = "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL";
        assert_eq!(count(&app, hashes).await, 0, "{}", app.engine);
    }
}

/// Whoever signed up with an address of somebody else has no password there once it is said to be
/// its owner's.
#[tokio::test]
async fn an_address_that_is_said_to_be_its_owners_keeps_no_strangers_password() {
    for app in apps().await {
        let token = manager(&app).await;
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        sign_up(&mut stranger, &page, ADA).await;
        app.mails().await;
        let id = texts(&app, "SELECT id FROM users").await.remove(0);
        let changed = patch(&app, &token, &id, &json!({ "email_verified": true })).await;
        assert_eq!(changed.json()["email_verified"], true, "{} {changed:?}", app.engine);
        let hashes = "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL";
        assert_eq!(count(&app, hashes).await, 0, "{}", app.engine);
        let open = "SELECT COUNT(*) FROM email_verifications
            WHERE superseded_at IS NULL AND verified_at IS NULL";
        assert_eq!(count(&app, open).await, 0, "{}", app.engine);
        let unverified = patch(&app, &token, &id, &json!({ "email_verified": false })).await;
        assert_eq!(unverified.json()["email_verified"], false, "{unverified:?}");
    }
}
