//! Machines that see what people sign in with, and take it away.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use crate::pages::steps::{are_signed_in, count, mail_to, texts};
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{PASSWORD, apps};
use crate::support::authenticator::Authenticator;
use crate::support::factors::{add_passkey, set_up_totp};
use crate::support::protocol::ADA;

const SCOPES: &str = "read:users read:authentication_methods delete:authentication_methods";

#[tokio::test]
async fn what_somebody_signs_in_with_is_listed_and_never_what_could_be_given() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let path = format!("/api/v2/users/{}/authentication-methods", ada.id.as_str());
        let bare = app.call("GET", &path, Some(&token)).await.json();
        let password = json!({ "id": "password", "type": "password", "confirmed": true });
        assert_eq!(bare["authenticators"], json!([password]), "{} {bare}", app.engine);
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (_, codes) = set_up_totp(&app, &mut browser).await;
        add_passkey(&mut browser, &mut Authenticator::new()).await;
        let all = app.call("GET", &path, Some(&token)).await;
        let list = all.json()["authenticators"].as_array().unwrap().clone();
        let kind = |entry: &Value| entry["type"].as_str().unwrap().to_owned();
        let kinds: Vec<String> = list.iter().map(kind).collect();
        assert_eq!(kinds, ["password", "totp", "webauthn", "backup_code"], "{}", app.engine);
        assert_eq!(list[3]["left"], json!(codes.len()), "{}", app.engine);
        assert!(list[1]["created_at"].is_string() && list[2]["name"].is_string(), "{list:?}");
        assert!(codes.iter().all(|code| !all.body.contains(code)), "{all:?}");
        let page = app.call("GET", &format!("{path}?per_page=1&page=1"), Some(&token)).await.json();
        assert_eq!((&page["total"], &page["authenticators"][0]), (&json!(4), &list[1]), "{page}");
    }
}

/// MF-01: the way back for who lost everything, by a desk that knows them.
#[tokio::test]
async fn a_machine_takes_every_second_factor_as_the_command_does() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let path = format!("/api/v2/users/{}/authentication-methods", ada.id.as_str());
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        for _ in 0..2 {
            assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204, "{}", app.engine);
        }
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        for table in ["second_factors", "backup_codes"] {
            let rows = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(rows, 0, "{table} {}", app.engine);
        }
        assert!(mail_to(&app, ADA).await.contains("second steps"), "{}", app.engine);
        let told = "SELECT client_id FROM audit_events WHERE kind = 'second_factors_reset'";
        assert_eq!(texts(&app, told).await, ["manager"], "{}", app.engine);
        app.plant_api_client().await;
        let body = json!({ "email": ADA, "password": PASSWORD });
        assert_eq!(app.api_sign_in(&body).await.status, 200, "{}", app.engine);
    }
}

/// TE-17 AP-09: nobody becomes by a lost second step what they are not.
#[tokio::test]
async fn a_machine_takes_no_factors_from_who_may_do_more_than_it() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let path = format!("/api/v2/users/{}/authentication-methods", ada.id.as_str());
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        app.permit(ADA, &[(MANAGEMENT, "delete:users")]).await;
        let refused = app.call("DELETE", &path, Some(&token)).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        assert!(refused.body.contains("delete:users"), "{refused:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM second_factors").await, 1, "{}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        for id in ["x", "a%00b"] {
            let path = format!("/api/v2/users/{id}/authentication-methods");
            for method in ["GET", "DELETE"] {
                let gone = app.call(method, &path, Some(&token)).await;
                assert_api_error(&gone, 404, "inexistent_user");
            }
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "read:users").await.unwrap();
        for (method, scope) in
            [("GET", "read:authentication_methods"), ("DELETE", "delete:authentication_methods")]
        {
            let refused = app.call(method, &path, Some(&token)).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert!(refused.body.contains(scope), "{refused:?}");
        }
    }
}
