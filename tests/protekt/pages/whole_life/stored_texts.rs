//! What lies in the database after a whole life: no secret.

use super::super::logs::holds;
use super::super::steps::execute;
use super::{UNLIMITED, link_to, live, token};
use crate::support::app::apps_with;
use crate::support::factors::AuthenticatorApp;
use crate::support::protocol::ADA;
use crate::support::schema::dump;

/// LG-05: every text of every table, before and after what waited in the outbox was sent.
#[tokio::test]
async fn no_text_of_any_table_is_a_secret_that_still_works() {
    for app in apps_with(UNLIMITED).await {
        let secrets = live(&app).await;
        assert!(secrets.len() > 60, "{}", secrets.len());
        let dump = dump(&app.store.store).await;
        for known in ["users.email ada@example.com", "clients.id notes", "outbox.recipient "] {
            assert!(dump.contains(known), "{known} {}: the dump is one", app.engine);
        }
        for (name, secret) in &secrets {
            // What pages and addresses carry in the open is checked, not hidden.
            let found = dump.lines().find(|line| holds(line, secret));
            assert_eq!(found, None, "{name} {secret} {}", app.engine);
        }
    }
}

/// LG-05: nor while it waits to be sent.
#[tokio::test]
async fn what_waits_in_the_outbox_shows_neither_its_link_nor_its_code() {
    for app in apps_with(UNLIMITED).await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        browser.submit(&page, "totp-form", &[("code", &code)]).await;
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let waiting = dump(&app.store.store).await;
        assert!(waiting.contains("outbox.parameters_sealed "), "{}", app.engine);
        assert!(!waiting.contains("ptk_"), "{}", app.engine);
        for start in ["/account/security/undo?token=", "/password/reset?token="] {
            let link = link_to(&app, ADA, start).await;
            assert!(!waiting.contains(&token(&link)), "{start} {}", app.engine);
        }
        execute(&app, "DELETE FROM outbox").await;
    }
}
