//! What an operator lets roles and people do at APIs.

use protekt::accounts::{Giver, NewRole, PermissionChange, PermissionRefusal};
use protekt::domain::permission::MOST_OF_ROLE;
use protekt::domain::resource_server::ApiScope;
use protekt::domain::role::MOST_OF_USER as MOST_ROLES;
use protekt::oauth::resource_servers::{NewResourceServer, ResourceServerChange};

use crate::support::apis::{BILLS, ORDERS, permissions};
use crate::support::app::{TestApp, apps};
use crate::support::protocol::ADA;

async fn scene(app: &TestApp) {
    app.api(ORDERS, "Orders").await;
    app.api(BILLS, "Bills").await;
    app.person(ADA).await;
    let staff = NewRole { name: "staff".to_owned(), ..NewRole::default() };
    app.app.accounts.create_role(staff).await.unwrap();
}

fn adding(list: &[(&str, &str)]) -> PermissionChange {
    PermissionChange { add: permissions(list), ..PermissionChange::default() }
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    crate::pages::steps::count(app, sql).await
}

async fn events(app: &TestApp, kind: &str) -> i64 {
    count(app, &format!("SELECT COUNT(*) FROM audit_events WHERE kind = '{kind}'")).await
}

/// A permission is a scope of that very API, and nothing that a name could stand for.
#[tokio::test]
async fn what_is_no_scope_of_the_api_is_no_permission_and_nothing_of_the_wish_is_done() {
    for app in apps().await {
        scene(&app).await;
        let only = ApiScope { value: "pay".into(), description: String::new(), changes: true };
        let change = ResourceServerChange { add_scopes: vec![only], ..Default::default() };
        app.change_api(BILLS, change).await;
        for (bad, says) in [
            ((ORDERS, "pay"), "no scope \"pay\""),
            ((ORDERS, "openid"), "no scope \"openid\""),
            ((ORDERS, ""), "no scope \"\""),
            ((ORDERS, "Read"), "no scope \"Read\""),
            ((ORDERS, "read write"), "no scope \"read write\""),
            ((ORDERS, "a\0"), "no scope"),
            (("https://none.example/", "read"), "no API"),
            (("https://orders.example", "read"), "no API"),
            (("a\0", "read"), "no API"),
            (("https://id.example.com/userinfo", "read"), "no API"),
        ] {
            let wish = adding(&[(ORDERS, "read"), bad]);
            let of_role = app.app.accounts.change_role_permissions("staff", &wish).await;
            let of_user = app.app.accounts.change_user_permissions(ADA, &wish).await;
            for refusal in [of_role.unwrap_err().to_string(), of_user.unwrap_err().to_string()] {
                assert!(refusal.contains(says), "{bad:?} {refusal}");
            }
        }
        let both = permissions(&[(ORDERS, "read")]);
        let both = PermissionChange { add: both.clone(), remove: both };
        let refusal = app.app.accounts.change_user_permissions(ADA, &both).await.unwrap_err();
        assert!(matches!(refusal, PermissionRefusal::BothWays { .. }), "{refusal:?}");
        let wish = adding(&[(ORDERS, "read")]);
        for name in ["none", "Staff", "a\0"] {
            let refusal = app.app.accounts.change_role_permissions(name, &wish).await;
            assert!(matches!(refusal, Err(PermissionRefusal::NoSuchRole(_))), "{refusal:?}");
            let refusal = app.app.accounts.permissions_of_role(name).await;
            assert!(matches!(refusal, Err(PermissionRefusal::NoSuchRole(_))), "{refusal:?}");
            let refusal = app.app.accounts.change_user_permissions(name, &wish).await;
            assert!(matches!(refusal, Err(PermissionRefusal::NoSuchUser(_))), "{refusal:?}");
        }
        for table in ["role_permissions", "user_permissions"] {
            assert_eq!(count(&app, &format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(events(&app, "role_permission_added").await, 0, "{}", app.engine);
        assert_eq!(events(&app, "user_permission_added").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn each_change_is_in_the_trail_once_and_what_is_held_is_told_with_its_way() {
    for app in apps().await {
        scene(&app).await;
        app.give_role(ADA, "staff").await;
        for _ in 0..2 {
            app.permit_role("staff", &[(ORDERS, "write"), (BILLS, "read")]).await;
            app.permit(ADA, &[(ORDERS, "read"), (ORDERS, "write")]).await;
        }
        assert_eq!(events(&app, "role_permission_added").await, 2, "{}", app.engine);
        assert_eq!(events(&app, "user_permission_added").await, 2, "{}", app.engine);
        let held = app.app.accounts.permissions_of_user(ADA).await.unwrap().permissions;
        let held: Vec<(&str, &str, Option<&str>)> = held
            .iter()
            .map(|held| (&*held.permission.api, &*held.permission.scope, held.role.as_deref()))
            .collect();
        let expected = [
            (BILLS, "read", Some("staff")),
            (ORDERS, "read", None),
            (ORDERS, "write", None),
            (ORDERS, "write", Some("staff")),
        ];
        assert_eq!(held, expected, "{}", app.engine);
        let of_role = app.app.accounts.permissions_of_role("staff").await.unwrap().permissions;
        assert_eq!(of_role, permissions(&[(BILLS, "read"), (ORDERS, "write")]), "{}", app.engine);
        for _ in 0..2 {
            app.forbid_role("staff", &[(ORDERS, "write")]).await;
            app.forbid(ADA, &[(ORDERS, "read")]).await;
        }
        for kind in ["role_permission_removed", "user_permission_removed"] {
            assert_eq!(events(&app, kind).await, 1, "{kind} {}", app.engine);
        }
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'role_permission_removed'
            AND detail LIKE '%\"role\":\"staff\"%' AND detail LIKE '%\"permission\":\"write\"%'
            AND detail LIKE '%https://orders.example/%'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
        let told = "SELECT COUNT(*) FROM audit_events JOIN users ON users.id = user_id
            WHERE kind = 'user_permission_removed' AND detail LIKE '%\"permission\":\"read\"%'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn nobody_holds_more_than_there_is_room_for() {
    for app in apps().await {
        scene(&app).await;
        let names: Vec<String> = (0..MOST_OF_ROLE).map(|n| format!("p{n}")).collect();
        let scopes = names.iter().map(|name| ApiScope {
            value: name.clone(),
            description: String::new(),
            changes: false,
        });
        let many = NewResourceServer {
            identifier: "urn:many".to_owned(),
            name: "Many".to_owned(),
            scopes: scopes.collect(),
            access_token_lifetime: None,
            permissions_required: false,
            introspectors: Vec::new(),
        };
        let (store, now) = (&app.app.provider.store, app.app.provider.now());
        let issuer = &app.app.provider.settings.issuer;
        protekt::oauth::resource_servers::register(store, many, issuer, (Giver::Operator, now))
            .await
            .unwrap();
        let all: Vec<(&str, &str)> = names.iter().map(|name| ("urn:many", name.as_str())).collect();
        app.permit_role("staff", &all).await;
        app.permit(ADA, &all).await;
        let more = adding(&[(ORDERS, "read")]);
        let refusal = app.app.accounts.change_role_permissions("staff", &more).await.unwrap_err();
        assert!(refusal.to_string().contains("at most 500 permissions"), "{refusal}");
        let refusal = app.app.accounts.change_user_permissions(ADA, &more).await.unwrap_err();
        assert!(refusal.to_string().contains("at most 500 permissions"), "{refusal}");
        // One for another has room.
        let mut swap = adding(&[(ORDERS, "read")]);
        swap.remove = permissions(&all[..1]);
        app.app.accounts.change_role_permissions("staff", &swap).await.unwrap();
        let roles: Vec<String> = (0..MOST_ROLES).map(|n| format!("r{n}")).collect();
        for name in &roles {
            let new = NewRole { name: name.clone(), ..NewRole::default() };
            app.app.accounts.create_role(new).await.unwrap();
        }
        app.app.accounts.change_roles(ADA, &roles, &[]).await.unwrap();
        let staff = ["staff".to_owned()];
        let refusal = app.app.accounts.change_roles(ADA, &staff, &[]).await.unwrap_err();
        assert!(refusal.to_string().contains("at most 50 roles"), "{refusal}");
        app.app.accounts.change_roles(ADA, &staff, &roles[..1]).await.unwrap();
    }
}

/// A scope that is taken off its API while it is given: nobody keeps it.
#[tokio::test]
async fn giving_a_permission_and_taking_its_scope_away_at_once_leaves_nothing_behind() {
    for app in apps().await {
        scene(&app).await;
        let scope = ApiScope { value: "read".into(), description: String::new(), changes: false };
        for round in 0..20 {
            let wish = adding(&[(ORDERS, "read")]);
            let off = ResourceServerChange {
                remove_scopes: vec!["read".to_owned()],
                ..ResourceServerChange::default()
            };
            let (to_role, to_user, ()) = tokio::join!(
                app.app.accounts.change_role_permissions("staff", &wish),
                app.app.accounts.change_user_permissions(ADA, &wish),
                app.change_api(ORDERS, off)
            );
            for refusal in [to_role.err(), to_user.err()].into_iter().flatten() {
                let is_fine = matches!(refusal, PermissionRefusal::NoSuchScope { .. });
                assert!(is_fine, "{round} {refusal:?} {}", app.engine);
            }
            for table in ["role_permissions", "user_permissions"] {
                let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
                assert_eq!(left, 0, "{round} {table} {}", app.engine);
            }
            let back = ResourceServerChange {
                add_scopes: vec![scope.clone()],
                ..ResourceServerChange::default()
            };
            app.change_api(ORDERS, back).await;
        }
    }
}
