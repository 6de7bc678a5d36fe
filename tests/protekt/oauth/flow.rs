//! The whole way.

use crate::support::app::{apps, claims, jwt_header};
use crate::support::browser::parameter;

/// AZ-01
#[tokio::test]
async fn a_person_signs_in_allows_and_the_app_gets_its_tokens() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let url = browser.authorize("ada@example.com", &[]).await;
        assert!(url.starts_with("https://notes.example/cb?code="), "{url}");
        assert_eq!(parameter(&url, "state").as_deref(), Some("st-1"));
        assert_eq!(parameter(&url, "iss").as_deref(), Some("https://id.example.com/"));
        let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
        let access = tokens.text("access_token");
        assert_eq!(jwt_header(&access)["typ"], "at+jwt");
        assert_eq!(claims(&access)["client_id"], "notes");
        let info = app.userinfo(&access).await;
        assert_eq!(info.status, 200, "{info:?}");
        assert_eq!(info.json()["email"], "ada@example.com");
        let refreshed = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        assert_ne!(refreshed.text("refresh_token"), tokens.text("refresh_token"));
    }
}
