//! How far a machine goes with roles: never further than it may itself, and in one order with others.

use futures_util::future::join;
use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use super::managed_roles::{ALL, ROLES, get, make, permissions, send};
use crate::pages::steps::{count, sign_up, texts};
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::apps;
use crate::support::protocol::ADA;

/// TE-17 AP-02: a machine cannot open by a person or a role what is not open to itself.
#[tokio::test]
async fn nobody_gives_more_at_the_management_api_than_they_may_do_there() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        let support = make(&app, &token, "support").await;
        let of_support = format!("{ROLES}/{support}/permissions");
        let of_ada = format!("/api/v2/users/{}/permissions", ada.id.as_str());
        let roles = format!("/api/v2/users/{}/roles", ada.id.as_str());
        let deleting = permissions(MANAGEMENT, &["delete:users"]);
        let reading = permissions(MANAGEMENT, &["read:users"]);
        let admin = get(&app, &token, &format!("{ROLES}?name_filter=admin")).await.json();
        let admin = json!({ "roles": [admin[0]["id"]] });
        let to_ada = json!({ "users": [ada.id.as_str()] });
        let to_admins = format!("{ROLES}/{}/users", admin["roles"][0].as_str().unwrap());

        let less = ALL.replace("delete:users ", "");
        app.grant("manager", (MANAGEMENT, SubjectType::Client), &less).await.unwrap();
        for (call, body) in [
            (("POST", of_support.as_str()), &deleting),
            (("POST", of_ada.as_str()), &deleting),
            (("POST", roles.as_str()), &admin),
            (("POST", to_admins.as_str()), &to_ada),
        ] {
            let refused = send(&app, &token, call, body.clone()).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert!(refused.body.contains("delete:users"), "{call:?} {refused:?}");
        }
        for path in [&of_support, &of_ada] {
            assert_eq!(send(&app, &token, ("POST", path), reading.clone()).await.status, 201);
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), ALL).await.unwrap();
        assert_eq!(send(&app, &token, ("POST", &of_support), deleting.clone()).await.status, 201);
        // The role opens it now: who may not delete cannot give it, nor change it, and can take it away.
        app.grant("manager", (MANAGEMENT, SubjectType::Client), &less).await.unwrap();
        for role in [support.as_str(), admin["roles"][0].as_str().unwrap()] {
            let path = format!("{ROLES}/{role}");
            let body = json!({ "second_factor_required": false });
            let refused = send(&app, &token, ("PATCH", &path), body).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
        let wish = json!({ "roles": [support] });
        let refused = send(&app, &token, ("POST", &roles), wish.clone()).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM user_roles").await, 0, "{}", app.engine);
        assert_eq!(send(&app, &token, ("DELETE", &roles), wish.clone()).await.status, 204);
        let of_admin = format!("{ROLES}/{}/permissions", admin["roles"][0].as_str().unwrap());
        for call in [("DELETE", &*of_support), ("POST", &of_support), ("POST", &of_admin)] {
            let body = if call.0 == "DELETE" { &deleting } else { &reading };
            let refused = send(&app, &token, call, body.clone()).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), ALL).await.unwrap();
        assert_eq!(send(&app, &token, ("DELETE", &of_support), deleting).await.status, 204);
        assert_eq!(send(&app, &token, ("POST", &roles), wish).await.status, 204);
        assert_eq!(send(&app, &token, ("POST", &roles), admin).await.status, 204);
    }
}

#[tokio::test]
async fn the_last_administrator_stays_one_and_nobody_becomes_one_unclaimed() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        app.give_role(ADA, "admin").await;
        let admin = get(&app, &token, &format!("{ROLES}?name_filter=admin")).await.json();
        let wish = json!({ "roles": [admin[0]["id"]] });
        let roles = format!("/api/v2/users/{}/roles", ada.id.as_str());
        let refused = send(&app, &token, ("DELETE", &roles), wish.clone()).await;
        assert_api_error(&refused, 403, "last_administrator");
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        sign_up(&mut browser, &page, "eve@example.com").await;
        let eve = texts(&app, "SELECT id FROM users WHERE email = 'eve@example.com'").await;
        let roles = format!("/api/v2/users/{}/roles", eve[0]);
        let desk = make(&app, &token, "desk").await;
        let of_desk = format!("{ROLES}/{desk}/permissions");
        let reading = permissions(MANAGEMENT, &["read:users"]);
        assert_eq!(send(&app, &token, ("POST", &of_desk), reading.clone()).await.status, 201);
        let own = format!("/api/v2/users/{}/permissions", eve[0]);
        for (path, body) in [(&roles, wish), (&roles, json!({ "roles": [desk] })), (&own, reading)]
        {
            let refused = send(&app, &token, ("POST", path), body).await;
            assert_api_error(&refused, 403, "email_not_verified");
        }
        let harmless = make(&app, &token, "reader").await;
        let harmless = send(&app, &token, ("POST", &roles), json!({ "roles": [harmless] })).await;
        assert_eq!(harmless.status, 204, "{} {harmless:?}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM user_roles").await, 2, "{}", app.engine);
    }
}

/// RC-01: of two roles of one name one is made; a role that goes meanwhile is given to nobody.
#[tokio::test]
async fn two_wishes_at_once_come_one_after_the_other() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        let roles = format!("/api/v2/users/{}/roles", ada.id.as_str());
        for round in 0..10 {
            let body = json!({ "name": format!("wanted-{round}") });
            let (first, second) = join(
                send(&app, &token, ("POST", ROLES), body.clone()),
                send(&app, &token, ("POST", ROLES), body.clone()),
            )
            .await;
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409], "{} {first:?} {second:?}", app.engine);
            let gone = make(&app, &token, &format!("gone-{round}")).await;
            let path = format!("{ROLES}/{gone}");
            let (deleted, given) = join(
                app.call("DELETE", &path, Some(&token)),
                send(&app, &token, ("POST", &roles), json!({ "roles": [gone] })),
            )
            .await;
            assert_eq!(deleted.status, 204, "{} {deleted:?}", app.engine);
            assert!(matches!(given.status, 204 | 400), "{} {given:?}", app.engine);
            assert_eq!(count(&app, "SELECT COUNT(*) FROM user_roles").await, 0, "{}", app.engine);
        }
    }
}

/// RC-01: an operator names roles, a machine knows their ids; neither order makes one wait for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_and_a_machine_that_give_the_same_roles_do_not_wait_for_one_another() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let (ada, bea) = (app.person(ADA).await, app.person("bea@example.com").await);
        let mut made = Vec::new();
        for n in (0..12).rev() {
            let name = format!("role-{n:02}");
            made.push((make(&app, &token, &name).await, name));
        }
        let ids: Vec<&String> = made.iter().map(|(id, _)| id).collect();
        // Their names stand in the other order than their ids.
        let mut names: Vec<String> = made.iter().map(|(_, name)| name.clone()).collect();
        names.sort();
        let of_ada = format!("/api/v2/users/{}/roles", ada.id.as_str());
        for round in 0..20 {
            let method = if round % 2 == 0 { "POST" } else { "DELETE" };
            let (add, remove) =
                if round % 2 == 0 { (&names[..], &[][..]) } else { (&[][..], &names[..]) };
            let (by_machine, by_operator) = join(
                send(&app, &token, (method, &of_ada), json!({ "roles": ids })),
                app.app.accounts.change_roles(&bea.email, add, remove),
            )
            .await;
            assert_eq!(by_machine.status, 204, "{} {by_machine:?}", app.engine);
            by_operator.unwrap();
        }
    }
}

/// TE-17 AP-02: whoever reads the address of an administrator could choose their password.
#[tokio::test]
async fn a_machine_does_not_move_the_address_of_who_may_do_more_than_it() {
    for app in apps().await {
        let token = app.manager_token("update:users read:users").await;
        let (ada, bea) = (app.person(ADA).await, app.person("bea@example.com").await);
        app.give_role(ADA, "admin").await;
        app.permit("bea@example.com", &[(MANAGEMENT, "delete:users")]).await;
        let patch = async |id: &str, body: Value| {
            send(&app, &token, ("PATCH", &format!("/api/v2/users/{id}")), body).await
        };
        for person in [&ada, &bea] {
            for body in [
                json!({ "email": "evil@example.com", "email_verified": true }),
                json!({ "email": person.email }),
                json!({ "email_verified": false }),
                json!({ "name": "Eve", "email_verified": true }),
            ] {
                let refused = patch(person.id.as_str(), body).await;
                assert_api_error(&refused, 403, "insufficient_scope");
            }
            let named = patch(person.id.as_str(), json!({ "nickname": "Boss" })).await;
            assert_eq!(named.status, 200, "{} {named:?}", app.engine);
        }
        // Whoever somebody keeps out stays out.
        app.app.accounts.set_blocked(&bea.id, true).await.unwrap();
        let let_in = patch(bea.id.as_str(), json!({ "blocked": false })).await;
        assert_api_error(&let_in, 403, "insufficient_scope");
        app.app.accounts.set_blocked(&bea.id, false).await.unwrap();
        assert_eq!(patch(bea.id.as_str(), json!({ "blocked": false })).await.status, 200);
        let moved =
            "SELECT COUNT(*) FROM users WHERE email NOT IN ('ada@example.com', 'bea@example.com')
            OR email_verified_at IS NULL OR name = 'Eve'";
        assert_eq!(count(&app, moved).await, 0, "{}", app.engine);
        app.forbid("bea@example.com", &[(MANAGEMENT, "delete:users")]).await;
        let moved = patch(bea.id.as_str(), json!({ "email": "b@example.com" })).await;
        assert_eq!(moved.status, 200, "{} {moved:?}", app.engine);
    }
}
