//! The commands of `docs/authentication-api.md`, each sent as it stands there, on both engines: from a
//! sign-up and a first sign-in to a second factor, and to the end of the account.

use super::reader::Reader;
use crate::pages::steps::{code_in, mail_to};
use crate::support::app::{PASSWORD, apps};
use crate::support::factors::AuthenticatorApp;
use crate::support::protocol::ADA;

const FILE: &str = "docs/authentication-api.md";

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut reader = Reader::of(&app, FILE);
        newcomer(&mut reader).await;
        reader.gets("/api/auth/signin", &[]).await;
        second_factors(&mut reader).await;
        reader.gets("/api/auth/refresh", &[]).await;
        reader.gets("/api/auth/refresh", &[]).await;
        let me = reader.gets("/api/users/me", &[]).await;
        assert_eq!(me.text("email"), ADA, "{me:?}");
        let me = reader.gets("/api/users/me", &[]).await;
        assert_eq!(me.text("nickname"), "Ada", "{me:?}");
        reader.gets("/api/auth/2fa/disable", &[]).await;
        assert_eq!(reader.gets("/api/auth/signout", &[]).await.status, 204);
        reader.signs_in().await;
        let leaves = reader.gets("/api/users/me", &[]).await;
        assert!(leaves.json()["deletion_due_at"].is_string(), "{leaves:?}");
        app.store.run("UPDATE users SET deletion_due_at = NULL").await;
        forgotten(&mut reader).await;
        assert!(reader.commands.is_empty(), "not tried: {:?}", reader.commands);
    }
}

/// Signs up and verifies; the code of the second mail counts.
async fn newcomer(reader: &mut Reader<'_>) {
    const GRACE: &str = "grace@example.org";

    let made = reader.gets("/api/auth/signup", &[]).await;
    assert_eq!((made.status, &*made.text("username")), (201, "Grace"), "{made:?}");
    reader.app.clock.advance(61);
    reader.gets("/api/auth/email/resend", &[]).await;
    let code = code_in(&mail_to(reader.app, GRACE).await);
    let done = reader.gets("/api/auth/email/verify", &[("123456", &code)]).await;
    assert_eq!(done.text("email"), GRACE, "{done:?}");
    let me = reader.app.me(&reader.known["ACCESS_TOKEN"]).await;
    assert_eq!(me.text("name"), "Grace Hopper", "{me:?}");
}

/// Sets an app up, and codes by SMS beside it; signs in with a code that was sent, and with one on paper.
async fn second_factors(reader: &mut Reader<'_>) {
    let app = reader.app;
    let begun = reader.gets("/api/auth/2fa/enable", &[]).await;
    let secret = begun.json()["data"]["secret"].as_str().unwrap().to_owned();
    let phone = AuthenticatorApp::of_html(&format!("<p id=\"key\">{secret}</p>"));
    let code = phone.code(app, 0);
    reader.gets("/api/auth/2fa/confirm", &[("123456", &code)]).await;
    let made = reader.gets("/api/auth/2fa/backup-codes", &[]).await;
    let paper = made.json()["data"]["backupCodes"][0].as_str().unwrap().to_owned();

    let bearer = reader.known["ACCESS_TOKEN"].clone();
    let sms = serde_json::json!({ "method": "sms", "phone": "+493012345678" });
    let begun = app.call_with(("POST", "/api/auth/2fa/enable"), Some(&bearer), &sms).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let code = code_in(app.texts().await.last().unwrap());
    let first = serde_json::json!({ "token": code });
    let done = app.call_with(("POST", "/api/auth/2fa/confirm"), Some(&bearer), &first).await;
    assert_eq!(done.status, 200, "{done:?}");

    app.clock.advance(61);
    assert_eq!(reader.signs_in().await.status, 403);
    reader.gets("/api/auth/2fa/challenge", &[]).await;
    let code = code_in(app.texts().await.last().unwrap());
    reader.gets("/api/auth/2fa/verify", &[("123456", &code)]).await;
    assert_eq!(reader.signs_in().await.status, 403);
    let done = reader.gets("/api/auth/2fa/verify-backup", &[("A2B3-C4D5", &paper)]).await;
    assert_eq!(done.json()["backup_codes_left"], 9, "{done:?}");
    // The page removes one that is alone.
    let bearer = reader.known["ACCESS_TOKEN"].clone();
    let sms = serde_json::json!({ "method": "sms", "password": PASSWORD });
    let gone = app.call_with(("DELETE", "/api/auth/2fa/disable"), Some(&bearer), &sms).await;
    assert_eq!(gone.status, 200, "{gone:?}");
}

async fn forgotten(reader: &mut Reader<'_>) {
    reader.gets("/api/auth/password/request", &[]).await;
    let mail = mail_to(reader.app, ADA).await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    let token = link.unwrap().split("token=").nth(1).unwrap().to_owned();
    reader.known.insert("TOKEN", token);
    reader.gets("/api/auth/password/reset", &[]).await;
    let body = serde_json::json!({ "email": ADA, "password": "a long one that nobody guesses" });
    assert_eq!(reader.app.api_sign_in(&body).await.status, 200);
}
