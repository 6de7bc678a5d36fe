//! The commands of `docs/management-api-installation.md`, each sent as it stands there, on both engines.

use super::reader::Reader;
use crate::support::app::apps;
use crate::support::protocol::ADA;

const FILE: &str = "docs/management-api-installation.md";

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    for app in apps().await {
        let token =
            app.manager_token("read:logs read:signing_keys create:signing_keys read:stats").await;
        app.person(ADA).await;
        let mut reader = Reader::of(&app, FILE);
        reader.known.insert("ACCESS_TOKEN", token);
        app.clock.advance(400);
        // The clock of the test is later than the page.
        let found = "/api/v2/logs?type=signed_in&outcome=failure&since=2026-11-21";
        assert_eq!(reader.gets(found, &[]).await.json(), serde_json::json!([]));
        let all = reader.gets("/api/v2/logs/export?since=2026-11-21", &[]).await;
        assert!(all.body.lines().count() > 3, "{all:?}");
        let keys = reader.gets("/api/v2/keys/signing", &[]).await.json();
        assert_eq!(keys.as_array().unwrap().len(), 2, "{keys}");
        let rotated = reader.gets("/api/v2/keys/signing/rotate", &[]).await;
        assert_eq!(rotated.status, 201, "{} {rotated:?}", app.engine);
        app.browser().sign_in(ADA).await;
        let active = reader.gets("/api/v2/stats/active-users", &[]).await;
        assert_eq!(active.body, "1", "{}", app.engine);
        let days = reader.gets("/api/v2/stats/daily?from=20261121&to=20261122", &[]).await.json();
        assert_eq!(days[1]["logins"], 0, "{} {days}", app.engine);
        assert!(reader.commands.is_empty(), "not tried: {:?}", reader.commands);
    }
}
