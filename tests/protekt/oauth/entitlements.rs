//! Roles and permissions in tokens, and what becomes of them when they are taken away.

use protekt::accounts::{Giver, NewRole};
use protekt::domain::claims::can_hold_roles;
use protekt::domain::client_grant::SubjectType;
use protekt::domain::resource_server::ApiScope;
use protekt::oauth::clients::NewClient;
use protekt::oauth::resource_servers::ResourceServerChange;
use serde_json::{Value, json};

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::apis::{BILLS, ORDERS};
use crate::support::app::{SECRET, TestApp, apps, claims, exchange_fields, web_client};
use crate::support::browser::parameter;
use crate::support::protocol::ADA;

const ROLES: &str = "https://example.com/roles";
const PEOPLE: SubjectType = SubjectType::User;

/// [`ADA`], two APIs that know the same words, the usual client, which may ask both, and `orders-api`,
/// which speaks for one of them.
async fn scene(app: &TestApp) {
    app.api(ORDERS, "Orders").await;
    app.api(BILLS, "Bills").await;
    app.with_ada().await;
    for api in [ORDERS, BILLS] {
        app.grant("notes", (api, PEOPLE), "read write").await.unwrap();
    }
    app.client(web_client("orders-api", "https://orders.example")).await;
    app.introspectors(ORDERS, &["orders-api"]).await;
}

async fn tokens(app: &TestApp, api: &str, scope: &str) -> Answer {
    let asked = [("audience", Some(api)), ("scope", Some(scope))];
    let url = app.browser().authorize(ADA, &asked).await;
    let code = parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"));
    let tokens = app.exchange(&code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

fn access(tokens: &Answer) -> Value {
    claims(&tokens.text("access_token"))
}

/// TK-05: the same word at another API is another permission.
#[tokio::test]
async fn a_token_tells_what_the_person_is_and_may_do_at_its_own_api() {
    for app in apps().await {
        scene(&app).await;
        let none = access(&tokens(&app, ORDERS, "openid read").await);
        assert_eq!((&none["permissions"], &none["roles"]), (&json!([]), &json!([])), "{none}");
        app.give_role(ADA, "staff").await;
        app.give_role(ADA, "billing").await;
        app.permit_role("staff", &[(ORDERS, "write"), (BILLS, "read")]).await;
        app.permit_role("billing", &[(ORDERS, "write")]).await;
        app.permit(ADA, &[(ORDERS, "read")]).await;
        let told = access(&tokens(&app, ORDERS, "openid read").await);
        assert_eq!(told["permissions"], json!(["read", "write"]), "{}", app.engine);
        assert_eq!(told["roles"], json!(["billing", "staff"]), "{}", app.engine);
        assert_eq!(told["scope"], "openid read", "nothing is narrowed or added: {told}");
        let told = access(&tokens(&app, BILLS, "openid read write").await);
        assert_eq!(told["permissions"], json!(["read"]), "{}", app.engine);
        // Somebody else's are nobody's.
        app.person("grace@example.com").await;
        let asked = [("audience", Some(ORDERS)), ("scope", Some("openid read"))];
        let url = app.browser().authorize("grace@example.com", &asked).await;
        let told = access(&app.exchange(&parameter(&url, "code").unwrap()).await);
        assert_eq!((&told["permissions"], &told["roles"]), (&json!([]), &json!([])), "{told}");
    }
}

#[tokio::test]
async fn an_app_that_asks_for_no_api_learns_no_role_unless_the_operator_wants_that() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        let plain = app.tokens().await;
        let at_api = tokens(&app, ORDERS, "openid read").await;
        for token in [plain.text("access_token"), plain.text("id_token"), at_api.text("id_token")] {
            let told = claims(&token);
            for name in ["roles", "permissions"] {
                assert_eq!(told.get(name), None, "{told}");
            }
        }
        let own = app.userinfo(&at_api.text("access_token")).await.json();
        assert_eq!(own.get("roles"), None, "{own}");
        let app = app.with_settings(|settings| settings.roles_in_id_token = true);
        let tokens = app.tokens().await;
        assert_eq!(claims(&tokens.text("id_token"))["roles"], json!(["staff"]), "{}", app.engine);
        assert_eq!(access(&tokens).get("roles"), None, "{}", app.engine);
        let own = || async { app.userinfo(&tokens.text("access_token")).await.json() };
        assert_eq!(own().await["roles"], json!(["staff"]), "{}", app.engine);
        assert!(app.get("/.well-known/openid-configuration").await.body.contains("\"roles\""));
        app.take_role(ADA, "staff").await;
        assert_eq!(own().await["roles"], json!([]), "felt at once: {}", app.engine);
    }
}

#[tokio::test]
async fn the_claim_of_the_roles_has_the_name_that_the_operator_gave_it_or_is_off() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        let before = tokens(&app, ORDERS, "openid read").await;
        let app = app.with_settings(|settings| settings.roles_claim = Some(ROLES.to_owned()));
        let told = access(&tokens(&app, ORDERS, "openid read").await);
        assert_eq!((&told[ROLES], told.get("roles")), (&json!(["staff"]), None), "{told}");
        // What was made under the name before is told under the one that holds now.
        let told = app.introspect("orders-api", &before.text("access_token")).await;
        assert_eq!((&told[ROLES], told.get("roles")), (&json!(["staff"]), None), "{told}");
        let app = app.with_settings(|settings| settings.roles_claim = None);
        let token = tokens(&app, ORDERS, "openid read").await;
        let told = access(&token);
        assert_eq!((told.get(ROLES), told.get("roles")), (None, None), "{told}");
        let told = app.introspect("orders-api", &token.text("access_token")).await;
        assert_eq!((told.get(ROLES), told.get("roles")), (None, None), "{told}");
    }
}

/// TK-04: no role is ever taken for another claim.
#[tokio::test]
async fn the_roles_take_the_place_of_no_claim_that_there_is() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        let asked = "openid profile email phone address offline_access read";
        let client = NewClient {
            scopes: Some(asked.parse().unwrap()),
            default_audience: Some(ORDERS.to_owned()),
            redirect_uris: vec!["https://notes.example/cb".to_owned()],
            ..web_client("whole", "https://notes.example")
        };
        app.client(client).await;
        let asked = [("client_id", Some("whole")), ("scope", Some(asked))];
        let url = app.browser().authorize(ADA, &asked).await;
        let code = parameter(&url, "code").unwrap();
        let tokens = app.token(Some(("whole", SECRET)), &exchange_fields(&code)).await;
        let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
        let all = [
            claims(&access),
            claims(&tokens.text("id_token")),
            app.userinfo(&access).await.json(),
            app.introspect("whole", &access).await,
            app.introspect("whole", &refresh).await,
        ];
        let names: Vec<&String> =
            all.iter().flat_map(|claims| claims.as_object().unwrap().keys()).collect();
        assert!(names.len() > 50 && names.iter().any(|name| *name == "roles"), "{names:?}");
        for name in names.into_iter().filter(|name| *name != "roles") {
            assert!(!can_hold_roles(name), "{name}");
        }
    }
}

/// What is taken away is gone at introspection at once, and from the next token.
#[tokio::test]
async fn what_is_taken_away_is_felt_at_once_at_introspection_and_at_the_next_refresh() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        app.permit_role("staff", &[(ORDERS, "read"), (ORDERS, "write")]).await;
        let all = tokens(&app, ORDERS, "openid offline_access read write").await;
        let token = all.text("access_token");
        let told = || async {
            let told = app.introspect("orders-api", &token).await;
            (told["permissions"].clone(), told["roles"].clone())
        };
        assert_eq!(told().await, (json!(["read", "write"]), json!(["staff"])), "{}", app.engine);
        app.forbid_role("staff", &[(ORDERS, "write")]).await;
        assert_eq!(told().await, (json!(["read"]), json!(["staff"])), "{}", app.engine);
        let next = app.refresh(&all.text("refresh_token")).await;
        assert_eq!(access(&next)["permissions"], json!(["read"]), "{}", app.engine);
        app.take_role(ADA, "staff").await;
        assert_eq!(told().await, (json!([]), json!([])), "{}", app.engine);
        let next = app.refresh(&next.text("refresh_token")).await;
        assert_eq!(access(&next)["permissions"], json!([]), "{}", app.engine);
        assert_eq!(access(&next)["roles"], json!([]), "{}", app.engine);
        // The answer that got lost is told anew, not as it was.
        app.give_role(ADA, "staff").await;
        let next = app.refresh(&next.text("refresh_token")).await;
        assert_eq!(access(&next)["roles"], json!(["staff"]), "{}", app.engine);
        let spent = next.text("refresh_token");
        app.refresh(&spent).await;
        app.take_role(ADA, "staff").await;
        let again = app.refresh(&spent).await;
        assert_eq!(access(&again)["roles"], json!([]), "{}", app.engine);
    }
}

/// A permission that ended with its scope, its API or its role does not come back with the name.
#[tokio::test]
async fn what_ended_with_its_scope_or_role_does_not_come_back_under_the_same_name() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        app.permit_role("staff", &[(ORDERS, "read")]).await;
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let token = tokens(&app, ORDERS, "openid read").await.text("access_token");
        let told = || async { app.introspect("orders-api", &token).await["permissions"].clone() };
        assert_eq!(told().await, json!(["read", "write"]), "{}", app.engine);
        let scope = |value: &str| ApiScope {
            value: value.to_owned(),
            description: String::new(),
            changes: false,
        };
        let both = vec!["read".to_owned(), "write".to_owned()];
        let gone = ResourceServerChange { remove_scopes: both, ..Default::default() };
        app.change_api(ORDERS, gone).await;
        let back = vec![scope("read"), scope("write")];
        app.change_api(ORDERS, ResourceServerChange { add_scopes: back, ..Default::default() })
            .await;
        assert_eq!(told().await, json!([]), "{}", app.engine);
        let counted = "SELECT COUNT(*) FROM audit_events WHERE kind = 'resource_server_updated'
            AND detail LIKE '%\"permissions_taken\":2%'";
        assert_eq!(count(&app, counted).await, 1, "{}", app.engine);
        app.permit_role("staff", &[(ORDERS, "read")]).await;
        assert_eq!(told().await, json!(["read"]), "{}", app.engine);
        app.app.accounts.delete_role("staff").await.unwrap();
        let staff = NewRole { name: "staff".to_owned(), ..NewRole::default() };
        app.app.accounts.create_role(staff).await.unwrap();
        app.permit_role("staff", &[(ORDERS, "read")]).await;
        assert_eq!(told().await, json!([]), "the role is another: {}", app.engine);
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let (store, now) = (&app.app.provider.store, app.app.provider.now());
        protekt::oauth::resource_servers::delete(
            store,
            (ORDERS, |_, _| true),
            (Giver::Operator, now),
        )
        .await
        .unwrap();
        app.api(ORDERS, "Orders").await;
        app.grant("notes", (ORDERS, PEOPLE), "read write").await.unwrap();
        let counted = "SELECT COUNT(*) FROM audit_events WHERE kind = 'resource_server_deleted'
            AND detail LIKE '%\"permissions_taken\":2%'";
        assert_eq!(count(&app, counted).await, 1, "{}", app.engine);
        let told = access(&tokens(&app, ORDERS, "openid read").await);
        assert_eq!(told["permissions"], json!([]), "the API is another: {}", app.engine);
    }
}

/// Nobody can be given so much that their tokens cannot be sent or read.
#[tokio::test]
async fn permissions_that_no_header_could_carry_are_told_at_introspection_alone() {
    for app in apps().await {
        scene(&app).await;
        let names: Vec<String> = (0..100).map(|n| format!("{}{n:03}", "x".repeat(60))).collect();
        let scope = |value: &String| ApiScope {
            value: value.clone(),
            description: String::new(),
            changes: false,
        };
        let add_scopes = names.iter().map(scope).collect();
        app.change_api(ORDERS, ResourceServerChange { add_scopes, ..Default::default() }).await;
        let permissions: Vec<(&str, &str)> =
            names.iter().map(|name| (ORDERS, name.as_str())).collect();
        app.permit(ADA, &permissions[..60]).await;
        let told = access(&tokens(&app, ORDERS, "openid read").await);
        assert_eq!(told["permissions"].as_array().unwrap().len(), 60, "{}", app.engine);
        app.permit(ADA, &permissions[60..]).await;
        let token = tokens(&app, ORDERS, "openid read").await.text("access_token");
        assert_eq!(claims(&token).get("permissions"), None, "{}", app.engine);
        assert!(token.len() < 8 * 1024, "{}", token.len());
        let told = app.introspect("orders-api", &token).await;
        assert_eq!(told["permissions"].as_array().unwrap().len(), 100, "{}", app.engine);
        assert_eq!(app.userinfo(&token).await.status, 200, "{}", app.engine);
    }
}
