//! Machines that ask APIs for themselves (RFC 6749 §4.4).

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::Giver;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::{ClientProblem, NewClient};
use protekt::oauth::resource_servers::{ResourceServerChange, ResourceServerProblem};
use serde_json::json;

use crate::support::apis::{BILLS, ORDERS};
use crate::support::app::{SECRET, TestApp, apps, claims, jwt_header, web_client};
use crate::support::protocol::{ADA, assert_refused};

const MACHINE: SubjectType = SubjectType::Client;

async fn with_machine(app: &TestApp) {
    app.api(ORDERS, "Orders").await;
    app.machine("billing").await;
    app.grant("billing", (ORDERS, MACHINE), "read").await.unwrap();
}

#[tokio::test]
async fn a_machine_gets_what_it_was_granted_at_the_api_it_names() {
    for app in apps().await {
        with_machine(&app).await;
        for fields in [
            &[("audience", ORDERS)][..],
            &[("resource", ORDERS)],
            &[("audience", ORDERS), ("resource", ORDERS), ("scope", "read")],
            // It may ask one API only: then it need not name it.
            &[],
        ] {
            let answer = app.machine_token("billing", fields).await;
            assert_eq!(answer.status, 200, "{fields:?} {answer:?}");
            assert_eq!(answer.text("scope"), "read", "{fields:?}");
            assert_eq!(answer.text("token_type"), "Bearer");
            assert_eq!(answer.json()["expires_in"], 3600);
            for nothing in ["refresh_token", "id_token"] {
                assert!(answer.json().get(nothing).is_none(), "{nothing}: {answer:?}");
            }
            let token = answer.text("access_token");
            assert_eq!(jwt_header(&token)["typ"], "at+jwt");
            let claims = claims(&token);
            let said = ["iss", "sub", "aud", "client_id", "azp", "scope", "gty"];
            let said: Vec<_> = said.iter().map(|name| claims[*name].clone()).collect();
            let expected = json!([
                "https://id.example.com/",
                "billing",
                ORDERS,
                "billing",
                "billing",
                "read",
                "client-credentials"
            ]);
            assert_eq!(json!(said), expected);
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
            assert!(claims.get("sid").is_none() && claims.get("grant_id").is_none(), "{claims}");
        }
        let two =
            [app.machine_token("billing", &[]).await, app.machine_token("billing", &[]).await];
        assert_ne!(two[0].text("access_token"), two[1].text("access_token"));
    }
}

/// TE-17
#[tokio::test]
async fn a_machine_gets_nothing_else() {
    for app in apps().await {
        with_machine(&app).await;
        app.api(BILLS, "Bills").await;
        for (fields, error) in [
            (&[("scope", "write")][..], "invalid_scope"),
            (&[("scope", "read write")], "invalid_scope"),
            (&[("scope", "openid")], "invalid_scope"),
            (&[("scope", "read\"")], "invalid_scope"),
            (&[("audience", BILLS)], "invalid_target"),
            (&[("audience", "https://id.example.com/userinfo")], "invalid_target"),
            (&[("audience", "https://id.example.com/api/v2/")], "invalid_target"),
            (&[("audience", ORDERS), ("resource", BILLS)], "invalid_target"),
            (&[("audience", ORDERS), ("audience", ORDERS)], "invalid_request"),
        ] {
            let answer = app.machine_token("billing", fields).await;
            assert_refused(&answer, 400, error);
        }
        let named = app.machine_token("billing", &[("scope", "read write")]).await;
        assert!(named.text("error_description").ends_with(": write"), "{named:?}");
        // One that may ask two has to say which.
        app.grant("billing", (BILLS, MACHINE), "read").await.unwrap();
        let answer = app.machine_token("billing", &[]).await;
        assert_refused(&answer, 400, "invalid_target");
        assert!(answer.text("error_description").contains("more than one"), "{answer:?}");
        // One that was granted nothing may ask nothing.
        app.machine("idle").await;
        assert_refused(&app.machine_token("idle", &[]).await, 400, "invalid_target");
        // Nor does an app for people, which has a secret as well, nor one without.
        app.web_client().await;
        let answer = app.machine_token("notes", &[("audience", ORDERS)]).await;
        assert_refused(&answer, 400, "unauthorized_client");
        app.public_client().await;
        let fields = [("grant_type", "client_credentials"), ("client_id", "spa")];
        assert_refused(&app.token(None, &fields).await, 400, "unauthorized_client");
    }
}

/// TE-17: what a machine was granted for itself is nothing for people, and the other way round.
#[tokio::test]
async fn a_grant_for_people_is_none_for_the_machine() {
    for app in apps().await {
        app.api(ORDERS, "Orders").await;
        let both = ["authorization_code", "client_credentials"].map(str::to_owned).to_vec();
        let new = NewClient { grant_types: both, ..web_client("notes", "https://notes.example") };
        app.client(new).await;
        app.grant("notes", (ORDERS, SubjectType::User), "read").await.unwrap();
        let answer = app.machine_token("notes", &[("audience", ORDERS)]).await;
        assert_refused(&answer, 400, "invalid_target");
        app.grant("notes", (ORDERS, MACHINE), "write").await.unwrap();
        let answer = app.machine_token("notes", &[("audience", ORDERS)]).await;
        assert_eq!(answer.text("scope"), "write", "{answer:?}");
    }
}

/// TE-17
#[tokio::test]
async fn a_machines_token_is_no_persons() {
    for app in apps().await {
        with_machine(&app).await;
        app.person(ADA).await;
        let token = app.machine_token("billing", &[]).await.text("access_token");
        let answer = app.userinfo(&token).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"), "{answer:?}");
        let request = Request::get("/account").header("authorization", format!("Bearer {token}"));
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login"), "{answer:?}");
        // Nobody is called like a machine, and no machine like a person.
        let user = app.person("grace@example.com").await;
        let new =
            NewClient { id: Some(user.id.as_str().into()), ..web_client("x", "https://x.example") };
        let (store, now) = (&app.app.provider.store, user.created_at);
        let registered = protekt::oauth::clients::register(
            store,
            new,
            "https://id.example.com/",
            (Giver::Operator, now),
        );
        assert!(matches!(registered.await, Err(ClientProblem::IdTaken(_))), "{}", app.engine);
    }
}

#[tokio::test]
async fn the_shorter_lifetime_counts() {
    for app in apps().await {
        with_machine(&app).await;
        let lifetime = |seconds| ResourceServerChange {
            access_token_lifetime: Some(seconds),
            ..ResourceServerChange::default()
        };
        app.change_api(ORDERS, lifetime(Some(600))).await;
        assert_eq!(app.machine_token("billing", &[]).await.json()["expires_in"], 600);
        app.store.run("UPDATE clients SET access_token_lifetime = 300").await;
        assert_eq!(app.machine_token("billing", &[]).await.json()["expires_in"], 300);
        app.change_api(ORDERS, lifetime(None)).await;
        assert_eq!(app.machine_token("billing", &[]).await.json()["expires_in"], 300);
    }
}

#[tokio::test]
async fn what_cannot_be_granted_is_refused_in_words() {
    for app in apps().await {
        with_machine(&app).await;
        app.web_client().await;
        for (client, identifier, subject, scopes, says) in [
            ("nobody", ORDERS, MACHINE, "read", "no client with the id nobody"),
            ("billing", "https://none.example", MACHINE, "read", "no API with the identifier"),
            ("billing", ORDERS, MACHINE, "delete", "no scope delete"),
            ("billing", ORDERS, SubjectType::User, "read", "authorization_code"),
            ("notes", ORDERS, MACHINE, "read", "client_credentials"),
        ] {
            let refused = app.grant(client, (identifier, subject), scopes).await;
            let told = refused.unwrap_err().to_string();
            assert!(told.contains(says), "{told}");
        }
        let gone = app.ungranted("billing").await;
        assert!(matches!(gone, Err(ResourceServerProblem::NotGranted(_))), "{gone:?}");
    }
}

/// What is taken away can be asked for no more.
#[tokio::test]
async fn a_grant_is_replaced_and_taken_away() {
    for app in apps().await {
        with_machine(&app).await;
        app.grant("billing", (ORDERS, MACHINE), "write").await.unwrap();
        assert_eq!(app.machine_token("billing", &[]).await.text("scope"), "write");
        let change = ResourceServerChange {
            remove_scopes: vec!["write".to_owned()],
            ..ResourceServerChange::default()
        };
        app.change_api(ORDERS, change).await;
        let answer = app.machine_token("billing", &[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json().get("scope").is_none(), "{answer:?}");
        app.ungrant("billing", (ORDERS, MACHINE)).await;
        assert_refused(&app.machine_token("billing", &[]).await, 400, "invalid_target");
        let json = format!(
            "{{\"grant_type\":\"client_credentials\",\"client_id\":\"billing\",\
             \"client_secret\":\"{SECRET}\"}}"
        );
        app.grant("billing", (ORDERS, MACHINE), "read").await.unwrap();
        assert_eq!(app.token_json(&json).await.text("scope"), "read", "as JSON too");
    }
}

impl TestApp {
    async fn ungranted(&self, client: &str) -> Result<(), ResourceServerProblem> {
        let store = &self.app.provider.store;
        let (id, now) = (client.into(), self.app.provider.now());
        let at = (ORDERS, SubjectType::User);
        protekt::oauth::client_grants::revoke_grant(store, &id, at, (Giver::Operator, now)).await
    }
}
