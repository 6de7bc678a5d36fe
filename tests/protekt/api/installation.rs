//! Machines that ask how an installation is doing, and what it is.

use protekt::jobs::purge;
use serde_json::{Value, json};

use super::managed_roles::get;
use crate::pages::steps::texts;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{TestApp, apps};
use crate::support::protocol::ADA;

const DAY: i64 = 86_400;

/// Another token, once the first is too old.
async fn again(app: &TestApp) -> String {
    app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token")
}

async fn days(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let answer = get(app, token, &format!("/api/v2/stats/daily{query}")).await;
    assert_eq!(answer.status, 200, "{query} {} {answer:?}", app.engine);
    answer.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn what_happened_on_each_day_is_told_and_kept_when_the_trail_is_gone() {
    for app in apps().await {
        let token = app.manager_token("read:stats").await;
        app.person(ADA).await;
        for _ in 0..2 {
            app.browser().sign_in(ADA).await;
        }
        app.plant_api_client().await;
        let wrong = json!({ "email": ADA, "password": "wrong-password-1" });
        assert_eq!(app.api_sign_in(&wrong).await.status, 401, "{}", app.engine);
        let of_first = json!({ "date": "2027-01-15T00:00:00.000Z", "logins": 2, "failed_logins": 1, "signups": 0 });
        let now = days(&app, &token, "").await;
        assert_eq!((now.len(), &now[30]), (31, &of_first), "{}", app.engine);
        assert_eq!(now[29]["logins"], 0, "{}", app.engine);
        let active =
            async |token: &str| get(&app, token, "/api/v2/stats/active-users").await.json();
        assert_eq!(active(&token).await, json!(1), "{}", app.engine);

        app.clock.advance(DAY);
        // Counted while the trail is there, by the job that clears away.
        protekt::jobs::keep_days(&app.app.provider).await.unwrap();
        app.store.run("DELETE FROM audit_events WHERE kind = 'signed_in'").await;
        app.browser().sign_in(ADA).await;
        let token = again(&app).await;
        let two = days(&app, &token, "?from=20270115&to=2027-01-16").await;
        assert_eq!(two[0], of_first, "{}", app.engine);
        assert_eq!((two.len(), &two[1]["logins"]), (2, &json!(1)), "{}", app.engine);
        let later = days(&app, &token, "?from=20270116&to=20270118").await;
        let logins: Vec<&Value> = later.iter().map(|day| &day["logins"]).collect();
        assert_eq!(logins, [1, 0, 0], "{}", app.engine);
        app.clock.advance(31 * DAY);
        let token = again(&app).await;
        assert_eq!(active(&token).await, json!(0), "{}", app.engine);
        purge(&app.app.provider).await.unwrap();
        let kept = texts(&app, "SELECT COUNT(*) || '' FROM daily_stats").await;
        assert_eq!(kept.len(), 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn days_that_are_none_are_named() {
    for app in apps().await {
        let token = app.manager_token("read:stats").await;
        for (query, fields) in [
            ("?from=yesterday", vec!["from"]),
            ("?from=20270230", vec!["from"]),
            ("?to=2027", vec!["to"]),
            ("?from=20270116&to=20270115", vec!["from"]),
            ("?from=20250101&to=20270115", vec!["from"]),
            ("?from=9999999999&to=%00", vec!["to", "from"]),
            ("?from=2027%C3%A4115", vec!["from"]),
            ("?from=&to=", vec!["to", "from"]),
        ] {
            let refused = get(&app, &token, &format!("/api/v2/stats/daily{query}")).await;
            assert_api_error(&refused, 400, "invalid_query_string");
            assert_eq!(fields_of(&refused), fields, "{query} {}", app.engine);
        }
        assert_eq!(days(&app, &token, "?from=00010101&to=00010102").await.len(), 2);
        assert_eq!(days(&app, &token, "?from=99981231&to=99991231").await.len(), 366);
    }
}

#[tokio::test]
async fn the_only_connection_and_the_name_are_told() {
    for app in apps().await {
        let token = app.manager_token("read:connections read:branding").await;
        let all = get(&app, &token, "/api/v2/connections").await.json();
        assert_eq!(all[0]["name"], "Username-Password-Authentication", "{}", app.engine);
        assert_eq!(all[0]["options"]["disable_signup"], json!(false), "{all}");
        let one = format!("/api/v2/connections/{}", all[0]["id"].as_str().unwrap());
        assert_eq!(get(&app, &token, &one).await.json(), all[0], "{}", app.engine);
        let none = get(&app, &token, "/api/v2/connections?strategy=google-oauth2").await.json();
        assert_eq!(none, json!([]), "{}", app.engine);
        let unknown = get(&app, &token, "/api/v2/connections/con_other").await;
        assert_api_error(&unknown, 404, "inexistent_connection");
        let name = get(&app, &token, "/api/v2/branding").await.json();
        assert_eq!(name, json!({ "name": "Example ID" }), "{}", app.engine);
    }
}
