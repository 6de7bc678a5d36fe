//! The commands of `docs/management-api.md`, each sent as it stands there, on both engines.

use protekt::clock::Clock as _;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::NewClient;
use protekt::oauth::management_api::plant;

use super::reader::Reader;
use crate::support::api::{MANAGEMENT, own_client};
use crate::support::apis::ORDERS;
use crate::support::app::{ISSUER, PASSWORD, SECRET, apps};
use crate::support::protocol::ADA;

const FILE: &str = "docs/management-api.md";

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    for app in apps().await {
        app.plant_api_client().await;
        let ada = app.person(ADA).await;
        plant(app.app.store(), ISSUER, app.clock.now()).await.unwrap();
        app.machine("billing").await;
        let all = "read:users create:users update:users delete:users read:roles create:roles \
            update:roles create:role_members read:sessions delete:sessions read:clients \
            create:clients update:clients update:client_keys create:resource_servers \
            update:resource_servers create:client_grants read:authentication_methods \
            delete:authentication_methods read:grants delete:grants create:user_tickets";
        app.api(ORDERS, "Orders").await;
        app.grant("billing", (MANAGEMENT, SubjectType::Client), all).await.unwrap();
        let mut reader = Reader::of(&app, FILE);
        reader.known.insert("CLIENT_ID", "billing".to_owned());
        reader.known.insert("CLIENT_SECRET", SECRET.to_owned());
        let ours = [("audience=http://localhost:5500/", "audience=https://id.example.com/")];
        reader.gets("/oauth/token", &ours).await;
        let id = [("01DEV0ADA00000000000000000", ada.id.as_str())];
        let one = reader.gets("/api/v2/users/01DEV0ADA00000000000000000", &id).await;
        assert_eq!(one.text("email"), ADA, "{one:?}");
        let page = "/api/v2/users?per_page=2&include_totals=true";
        assert_eq!(reader.gets(page, &[]).await.json()["total"], 1, "{}", app.engine);
        let found = reader.gets("/api/v2/users?q=email:ada*&fields=user_id,email", &[]).await;
        assert_eq!(found.json()[0]["email"], ADA, "{found:?}");
        let walk = reader.gets("/api/v2/users?take=100", &[]).await;
        assert_eq!(walk.json()["users"][0]["user_id"], ada.id.as_str(), "{walk:?}");
        reader.gets("/api/v2/users-by-email?email=ada@example.com", &[]).await;
        let made = reader.gets("/api/v2/users", &[]).await;
        assert_eq!(made.json()["app_metadata"], serde_json::json!({ "plan": "pro" }), "{made:?}");
        let changed = reader.gets("/api/v2/users/01DEV0ADA00000000000000000", &id).await;
        assert_eq!(changed.json()["nickname"], "Countess", "{changed:?}");
        reader.known.insert("ETAG", changed.header("etag").to_owned());
        let named = reader.gets("/api/v2/users/01DEV0ADA00000000000000000", &id).await;
        assert_eq!(named.json()["name"], "Ada King", "{named:?}");
        reader.known.insert("USER_ID", made.text("user_id"));
        assert_eq!(reader.gets("/api/v2/users/$USER_ID", &[]).await.status, 204, "{}", app.engine);
        let blocked = reader.gets("/api/v2/users/01DEV0ADA00000000000000000", &id).await;
        assert_eq!(blocked.json()["blocked"], true, "{blocked:?}");
        app.app.accounts.set_blocked(&ada.id, false).await.unwrap();
        let path = "/api/v2/users/01DEV0ADA00000000000000000/sessions";
        app.browser().sign_in(ADA).await;
        assert_eq!(reader.gets(path, &id).await.json()["total"], 1, "{}", app.engine);
        assert_eq!(reader.gets(path, &id).await.status, 204, "{}", app.engine);
        factors(&mut reader, &id).await;
        grants_and_links(&mut reader, &id).await;
        roles(&mut reader, &id).await;
        registry(&mut reader).await;
        app.permit(ADA, &[(MANAGEMENT, "read:users")]).await;
        let scopes = Some("openid email read:users".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        let body = serde_json::json!({
            "email": ADA, "password": PASSWORD, "client_id": "own", "client_secret": SECRET,
        });
        let signed_in = app.api_sign_in(&body).await;
        reader.known.insert("ACCESS_TOKEN", signed_in.text("access_token"));
        let seen = reader.gets("/api/users", &[]).await;
        assert_eq!(seen.json()[0]["id"], ada.id.as_str(), "{seen:?}");
        assert!(reader.commands.is_empty(), "not tried: {:?}", reader.commands);
    }
}

/// The part about apps and APIs.
async fn registry(reader: &mut Reader<'_>) {
    let made = reader.gets("/api/v2/clients", &[]).await;
    assert_eq!(made.status, 201, "{made:?}");
    reader.known.insert("APP_ID", made.text("client_id"));
    let listed = "/api/v2/clients?app_type=regular_web,spa&is_first_party=false";
    assert_eq!(reader.gets(listed, &[]).await.json()[0]["name"], "Notes");
    let changed = reader.gets("/api/v2/clients/$APP_ID", &[]).await;
    assert_eq!(changed.json()["callbacks"].as_array().unwrap().len(), 2, "{changed:?}");
    let rotated = reader.gets("/api/v2/clients/$APP_ID/rotate-secret", &[]).await;
    assert_ne!(rotated.text("client_secret"), made.text("client_secret"), "{rotated:?}");
    let api = reader.gets("/api/v2/resource-servers", &[]).await;
    assert_eq!(api.json()["scopes"][1]["changes"], true, "{api:?}");
    let path = "/api/v2/resource-servers/https%3A%2F%2Fbills.example%2F";
    assert_eq!(reader.gets(path, &[]).await.json()["token_lifetime"], 600);
    let given = reader.gets("/api/v2/client-grants", &[]).await;
    assert_eq!(given.json()["subject_type"], "user", "{given:?}");
}

/// The part about second factors.
async fn factors(reader: &mut Reader<'_>, id: &[(&'static str, &str)]) {
    let path = "/api/v2/users/01DEV0ADA00000000000000000/authentication-methods";
    assert_eq!(reader.gets(path, id).await.json()["total"], 1);
    assert_eq!(reader.gets(path, id).await.status, 204);
}

/// The part about what people allowed apps, and about links.
async fn grants_and_links(reader: &mut Reader<'_>, id: &[(&'static str, &str)]) {
    assert_eq!(
        reader.gets("/api/v2/grants?user_id=01DEV0ADA00000000000000000", id).await.status,
        200
    );
    let all = reader.gets("/api/v2/grants?user_id=01DEV0ADA00000000000000000", id).await;
    assert_eq!(all.status, 204, "{all:?}");
    let ticket = reader.gets("/api/v2/tickets/password-change", id).await;
    assert!(ticket.text("ticket").contains("/password/reset?token=ptk_ml_"), "{ticket:?}");
}

/// The part about roles.
async fn roles(reader: &mut Reader<'_>, id: &[(&'static str, &str)]) {
    let role = reader.gets("/api/v2/roles", &[]).await;
    reader.known.insert("ROLE_ID", role.text("id"));
    let found = reader.gets("/api/v2/roles?name_filter=supp", &[]).await;
    assert_eq!(found.json(), serde_json::json!([role.json()]), "{found:?}");
    let given = reader.gets("/api/v2/roles/$ROLE_ID/permissions", &[]).await;
    assert_eq!(given.status, 201, "{given:?}");
    let given = reader.gets("/api/v2/users/01DEV0ADA00000000000000000/roles", id).await;
    assert_eq!(given.status, 204, "{given:?}");
    assert_eq!(reader.gets("/api/v2/roles/$ROLE_ID/users", id).await.status, 204);
    let path = "/api/v2/users/01DEV0ADA00000000000000000/permissions";
    let held = reader.gets(path, id).await;
    assert_eq!(held.json()[0]["sources"][0]["source_name"], "support", "{held:?}");
}
