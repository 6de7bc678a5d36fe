//! Machines that make, change and delete accounts, and people who look after others.

use axum::body::Body;
use axum::http::Request;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::NewClient;
use serde_json::{Value, json};

use crate::pages::steps::{count, sign_up, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of, own_client};
use crate::support::app::{PASSWORD, SECRET, TestApp, apps};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const USERS: &str = "/api/v2/users";
const EVENTS: &str = "SELECT kind FROM audit_events
    WHERE kind LIKE 'user_%' OR kind LIKE 'account_%' ORDER BY id";

/// A machine that may do everything with accounts.
pub(super) async fn manager(app: &TestApp) -> String {
    app.manager_token("read:users create:users update:users delete:users").await
}

pub(super) async fn create(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.call_with(("POST", USERS), Some(token), body).await
}

pub(super) async fn patch(app: &TestApp, token: &str, id: &str, body: &Value) -> Answer {
    app.call_with(("PATCH", &format!("{USERS}/{id}")), Some(token), body).await
}

async fn show(app: &TestApp, token: &str, id: &str) -> Answer {
    app.call("GET", &format!("{USERS}/{id}"), Some(token)).await
}

/// With the account as it is named by an ETag.
async fn guarded(app: &TestApp, call: (&str, &str), token: &str, etag: &str, body: &str) -> Answer {
    let request = Request::builder()
        .method(call.0)
        .uri(format!("{USERS}/{}", call.1))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .header("if-match", etag);
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_machine_makes_an_account_with_all_that_it_has() {
    for app in apps().await {
        let token = manager(&app).await;
        let body = json!({
            "connection": "Username-Password-Authentication", "email": "Grace@Example.com",
            "email_verified": true, "username": "Grace H", "password": PASSWORD,
            "name": "Grace Hopper", "given_name": "Grace", "family_name": "Hopper",
            "nickname": "Amazing", "picture": "https://pictures.example/g.png",
            "phone_number": "+15550100123", "phone_verified": true, "locale": "de",
            "zoneinfo": "America/New_York", "address": { "country": "US" }, "verify_email": false,
            "user_metadata": { "theme": "dark" }, "app_metadata": { "plan": { "seats": 3 } },
            "client_id": "ignored",
        });
        let made = create(&app, &token, &body).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        let account = made.json();
        for (name, value) in body.as_object().unwrap() {
            match name.as_str() {
                "connection" | "password" | "verify_email" | "client_id" => {
                    assert!(account.get(name).is_none(), "{name}: {account}");
                }
                "address" => assert_eq!(account[name]["country"], "US"),
                _ => assert_eq!(&account[name], value, "{name}"),
            }
        }
        assert_eq!((&account["blocked"], &account["logins_count"]), (&json!(false), &json!(0)));
        let id = made.text("user_id");
        assert_eq!(made.header("location"), format!("{USERS}/{id}"));
        let shown = show(&app, &token, &id).await;
        assert_eq!((shown.json(), shown.header("etag")), (account, made.header("etag")));
        let mut browser = app.browser();
        browser.sign_in("grace h").await;
        let seen = show(&app, &token, &id).await;
        assert_eq!(seen.json()["last_ip"], "127.0.0.1", "{seen:?}");
        assert_ne!(seen.header("etag"), made.header("etag"));
        assert_eq!(texts(&app, EVENTS).await, ["user_created"], "{}", app.engine);
        let by = "SELECT client_id FROM audit_events WHERE kind = 'user_created'";
        assert_eq!(texts(&app, by).await, ["manager"], "{}", app.engine);
        // Whose doing it was is nobody's to disown.
        let activity = browser.open("/account/activity").await;
        assert_eq!(activity.body.matches("name=\"event\"").count(), 1, "{}", activity.body);
    }
}

/// AP-01 IJ-03: each member that cannot be used is named, at once, and nothing is made.
#[tokio::test]
async fn what_cannot_be_made_is_told_by_its_members() {
    for app in apps().await {
        let token = manager(&app).await;
        let mail = "a@example.com";
        for (body, fields) in [
            (json!({}), vec!["email"]),
            (json!({ "email": null, "password": 7 }), vec!["email", "password"]),
            (json!({ "email": "a@b@c", "connection": "github" }), vec!["connection", "email"]),
            (json!({ "email": mail, "name": 7, "blocked": "no" }), vec!["name", "blocked"]),
            (json!({ "email": mail, "name": "a\u{0}b" }), vec!["name"]),
            (
                json!({ "email": mail, "username": "a@b", "locale": "tlh" }),
                vec!["locale", "username"],
            ),
            (json!({ "email": mail, "picture": "http://x.example/a.png" }), vec!["picture"]),
            (json!({ "email": mail, "user_id": "a", "last_ip": "::" }), vec!["user_id", "last_ip"]),
            (
                json!({ "email": mail, "user_metadata": [], "app_metadata": "x" }),
                vec!["user_metadata", "app_metadata"],
            ),
            (
                json!({ "email": mail, "app_metadata": { "x": "y".repeat(17_000) } }),
                vec!["app_metadata"],
            ),
            (json!({ "email": mail, "phone_verified": true }), vec!["phone_verified"]),
            (json!({ "email": mail, "password": "password" }), vec!["password"]),
            (json!({ "email": mail, "password": "" }), vec!["password"]),
            (
                json!({ "email": mail, "password": PASSWORD, "verify_email": true }),
                vec!["verify_email"],
            ),
            (
                json!({ "email": mail, "email_verified": true, "verify_email": true }),
                vec!["verify_email"],
            ),
        ] {
            assert_eq!(fields_of(&create(&app, &token, &body).await), fields, "{body}");
        }
        let twice = Request::post(USERS)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(
                r#"{"email":"a@b.example","app_metadata":{},"app_metadata":{"a":1}}"#,
            ));
        assert_eq!(fields_of(&app.send(twice.unwrap()).await), ["app_metadata"], "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 0, "{}", app.engine);
        assert!(texts(&app, EVENTS).await.is_empty(), "{}", app.engine);
    }
}

/// RC-04: one address and one username are one person's, whoever comes first.
#[tokio::test]
async fn an_address_or_a_username_that_is_taken_is_a_conflict() {
    for app in apps().await {
        let token = manager(&app).await;
        let ada = json!({ "email": ADA, "username": "ada" });
        let calls = (0..4).map(|_| create(&app, &token, &ada));
        let mut statuses: Vec<u16> = futures_util::future::join_all(calls)
            .await
            .iter()
            .map(|answer| answer.status)
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409], "{}", app.engine);
        for (body, field) in [
            (json!({ "email": "ADA@example.com" }), "email"),
            (json!({ "email": "b@example.com", "username": "ＡＤＡ" }), "username"),
        ] {
            let refused = create(&app, &token, &body).await;
            assert_eq!(refused.json()["errors"][0]["field"], field, "{refused:?}");
            assert_api_error(&refused, 409, "user_exists");
        }
        let bea = create(&app, &token, &json!({ "email": "b@example.com" })).await.text("user_id");
        for body in
            [json!({ "email": ADA, "name": "B" }), json!({ "username": "Ada", "name": "B" })]
        {
            assert_api_error(&patch(&app, &token, &bea, &body).await, 409, "user_exists");
        }
        assert!(show(&app, &token, &bea).await.json().get("name").is_none(), "{}", app.engine);
        // What a stranger began, and never verified, gives way.
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        sign_up(&mut stranger, &page, "new@example.com").await;
        let made = create(&app, &token, &json!({ "email": "new@example.com" })).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    }
}

#[tokio::test]
async fn who_is_given_an_account_without_a_password_chooses_one_by_mail() {
    for app in apps().await {
        let token = manager(&app).await;
        let body = json!({ "email": ADA, "verify_email": true, "locale": "de", "name": "Ada" });
        let made = create(&app, &token, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let mail = app.mails().await.pop().unwrap();
        assert!(mail.starts_with(&format!("To: {ADA}\n")), "{mail}");
        let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
        let path = link.unwrap().strip_prefix("https://id.example.com").unwrap();
        let mut browser = app.browser();
        let page = browser.open(path).await;
        browser.submit(&page, "reset-form", &[("password", PASSWORD)]).await;
        let shown = show(&app, &token, &made.text("user_id")).await.json();
        assert_eq!(shown["email_verified"], true, "{} {shown}", app.engine);
        assert_eq!(texts(&app, EVENTS).await[..2], ["user_created", "user_invited"]);
        // Nobody is mailed who need not be.
        let quiet = create(&app, &token, &json!({ "email": "b@example.com" })).await;
        assert_eq!(quiet.status, 201, "{quiet:?}");
        assert!(!app.mails().await.iter().any(|mail| mail.contains("b@example.com")));
    }
}

/// AP-18: nor is a password changed.
#[tokio::test]
async fn a_change_is_about_what_it_names_and_the_rest_stays() {
    for app in apps().await {
        let token = manager(&app).await;
        let metadata = json!({ "a": { "x": 1, "y": 2 }, "b": "keep" });
        let body =
            json!({ "email": ADA, "name": "Ada", "nickname": "A", "user_metadata": metadata });
        let id = create(&app, &token, &body).await.text("user_id");
        let change = json!({
            "nickname": null, "family_name": "Okafor", "user_metadata": { "a": { "z": 3 }, "c": [1] },
            "app_metadata": { "plan": "pro" }, "phone_number": "+4930123456", "phone_verified": true,
        });
        let changed = patch(&app, &token, &id, &change).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let account = changed.json();
        assert_eq!((&account["name"], &account["family_name"]), (&json!("Ada"), &json!("Okafor")));
        assert!(account.get("nickname").is_none(), "{account}");
        assert_eq!(account["user_metadata"], json!({ "a": { "z": 3 }, "b": "keep", "c": [1] }));
        assert_eq!(
            (&account["app_metadata"], &account["phone_verified"]),
            (&json!({ "plan": "pro" }), &json!(true))
        );
        // The same once more, and nothing at all, change nothing.
        for again in [&change, &json!({})] {
            app.clock.advance(60);
            let same = patch(&app, &token, &id, again).await;
            assert_eq!((same.status, same.json()), (200, account.clone()), "{again}");
        }
        let gone = json!({ "user_metadata": { "a": null }, "app_metadata": {}, "phone_number": "+4930123457" });
        let account = patch(&app, &token, &id, &gone).await.json();
        assert_eq!(account["user_metadata"], json!({ "b": "keep", "c": [1] }), "{}", app.engine);
        assert!(account.get("app_metadata").is_none(), "{account}");
        assert_eq!(account["phone_verified"], false, "{account}");
        assert_eq!(texts(&app, EVENTS).await, ["user_created", "user_updated", "user_updated"]);
        let told =
            texts(&app, "SELECT detail FROM audit_events WHERE kind = 'user_updated' ORDER BY id")
                .await;
        assert!(told[0].contains("user_metadata") && !told[0].contains("keep"), "{told:?}");
        let refused = patch(&app, &token, &id, &json!({ "password": PASSWORD })).await;
        assert_api_error(&refused, 403, "password_not_changeable");
        let fixed = json!({ "logins_count": 1, "verify_email": true, "email_verified": null });
        assert_eq!(
            fields_of(&patch(&app, &token, &id, &fixed).await),
            ["logins_count", "verify_email", "email_verified"]
        );
    }
}

/// Of two who saw the same account, one changes it; who does not ask loses nothing of the other's.
#[tokio::test]
async fn a_change_with_the_etag_of_before_is_refused_and_nothing_is_lost() {
    for app in apps().await {
        let token = manager(&app).await;
        let id = create(&app, &token, &json!({ "email": ADA })).await.text("user_id");
        for round in 0..5 {
            let etag = show(&app, &token, &id).await.header("etag").to_owned();
            let name = |n: u32| format!("{{\"name\":\"{round} {n}\"}}");
            let (one, two) = (name(1), name(2));
            let (one, two) = tokio::join!(
                guarded(&app, ("PATCH", &id), &token, &etag, &one),
                guarded(&app, ("PATCH", &id), &token, &etag, &two),
            );
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{} {one:?} {two:?}", app.engine);
            let (one, two) = (
                json!({ "user_metadata": { format!("a{round}"): 1 } }),
                json!({ "user_metadata": { format!("b{round}"): 1 } }),
            );
            let (one, two) =
                tokio::join!(patch(&app, &token, &id, &one), patch(&app, &token, &id, &two));
            assert_eq!((one.status, two.status), (200, 200), "{}", app.engine);
        }
        let shown = show(&app, &token, &id).await;
        assert_eq!(shown.json()["user_metadata"].as_object().unwrap().len(), 10, "{shown:?}");
        for (etag, status) in [("*", 200), ("\"other\"", 412), ("W/\"x\"", 412), ("nonsense", 412)]
        {
            let answer = guarded(&app, ("PATCH", &id), &token, etag, "{}").await;
            assert_eq!(answer.status, status, "{etag} {answer:?}");
        }
        let refused = guarded(&app, ("DELETE", &id), &token, "\"other\"", "").await;
        assert_api_error(&refused, 412, "precondition_failed");
        let etag = shown.header("etag").to_owned();
        assert_eq!(guarded(&app, ("DELETE", &id), &token, &etag, "").await.status, 204);
    }
}

/// RT-09: nothing of a deleted account is left but that one was deleted, and by whom.
#[tokio::test]
async fn a_deleted_account_is_gone_at_once() {
    for app in apps().await {
        let token = manager(&app).await;
        let ada = app.person(ADA).await;
        let id = ada.id.as_str();
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        app.plant_api_client().await;
        app.give_role(ADA, "admin").await;
        let path = format!("{USERS}/{id}");
        let stays = app.call("DELETE", &path, Some(&token)).await;
        assert_api_error(&stays, 403, "last_administrator");
        app.person("root@example.com").await;
        app.give_role("root@example.com", "admin").await;
        let calls = [(); 3].map(|()| app.call("DELETE", &path, Some(&token)));
        let mut statuses: Vec<u16> = futures_util::future::join_all(calls)
            .await
            .iter()
            .map(|answer| answer.status)
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 204, "{}", app.engine);
        assert!(statuses.iter().all(|status| matches!(status, 204 | 404)), "{statuses:?}");
        assert_api_error(&show(&app, &token, id).await, 404, "inexistent_user");
        assert_api_error(&app.call("DELETE", &path, Some(&token)).await, 404, "inexistent_user");
        assert_eq!(browser.get("/account").await.status, 303, "{}", app.engine);
        for table in ["sessions", "second_factors", "factor_additions", "user_roles"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{id}'");
            assert_eq!(count(&app, &rows).await, 0, "{table} {}", app.engine);
        }
        let mail = app.mails().await.pop().unwrap();
        assert!(mail.contains("cannot be brought back"), "{mail}");
        let by = "SELECT client_id FROM audit_events WHERE kind = 'account_deleted'";
        assert_eq!(texts(&app, by).await, ["manager"], "{}", app.engine);
        let again = create(&app, &token, &json!({ "email": ADA })).await;
        assert_eq!(again.status, 201, "{} {again:?}", app.engine);
        assert_eq!(again.json().get("multifactor"), Some(&json!([])));
    }
}

/// AP-09: each scope opens what it names and nothing else.
#[tokio::test]
async fn a_machine_does_what_it_was_granted_and_no_more() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        let path = format!("{USERS}/{}", ada.id.as_str());
        manager(&app).await;
        for scope in ["read:users", "create:users", "update:users", "delete:users"] {
            let at = (MANAGEMENT, SubjectType::Client);
            app.grant("manager", at, scope).await.unwrap();
            let token = app.machine_token("manager", &[]).await.text("access_token");
            for (method, path, needed) in [
                ("GET", path.as_str(), "read:users"),
                ("POST", USERS, "create:users"),
                ("PATCH", &path, "update:users"),
                ("DELETE", &path, "delete:users"),
            ] {
                if scope == needed {
                    continue;
                }
                let body = json!({ "email": "b@example.com" });
                let refused = app.call_with((method, path), Some(&token), &body).await;
                assert_api_error(&refused, 403, "insufficient_scope");
                assert!(refused.body.contains(needed), "{}", refused.body);
            }
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 1, "{}", app.engine);
    }
}

/// AP-03 AP-04: people who look after others prove who they are, leave administrators alone unless they are
/// one, and find their own account elsewhere.
#[tokio::test]
async fn people_who_may_change_and_delete_the_accounts_of_others() {
    for app in apps().await {
        app.plant_api_client().await;
        manager(&app).await;
        let (ada, bea) = (app.person(ADA).await, app.person("bea@example.com").await);
        app.person("root@example.com").await;
        app.give_role("root@example.com", "admin").await;
        let root = texts(&app, "SELECT id FROM users WHERE email LIKE 'root%'").await.remove(0);
        let scopes = Some("openid email update:users delete:users".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        let body = json!({ "email": ADA, "password": PASSWORD, "client_id": "own", "client_secret": SECRET });
        let token = app.api_sign_in(&body).await.text("access_token");
        let others = app.api_tokens(ADA).await.text("access_token");
        let at = |id: &str| format!("/api/users/{id}");
        let send = async |method: &str, id: &str, token: &str, body: &Value| {
            app.call_with((method, &at(id)), Some(token), body).await
        };
        let (bea, ada) = (bea.id.as_str(), ada.id.as_str());
        let wish = json!({ "name": "Bea Updated", "email": "bea.updated@example.com" });
        for method in ["PUT", "PATCH", "DELETE"] {
            let refused = send(method, bea, &token, &wish).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
        app.permit(ADA, &[(MANAGEMENT, "update:users"), (MANAGEMENT, "delete:users")]).await;
        assert_api_error(&send("PUT", bea, &others, &wish).await, 403, "insufficient_scope");
        for method in ["PUT", "PATCH", "DELETE"] {
            assert_api_error(&send(method, ada, &token, &wish).await, 403, "own_account");
            assert_api_error(&send(method, &root, &token, &wish).await, 403, "insufficient_scope");
            let named = json!({ "name": "B" });
            assert_api_error(&send(method, "none", &token, &named).await, 404, "inexistent_user");
        }
        // Whoever writes an address can choose the password behind it.
        assert_api_error(&send("PUT", bea, &token, &wish).await, 403, "insufficient_scope");
        let changed = send("PUT", bea, &token, &json!({ "name": "Bea Updated" })).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        assert_eq!(changed.json()["id"], bea, "{changed:?}");
        let by = "SELECT detail FROM audit_events WHERE kind = 'user_updated'";
        let by = texts(&app, by).await;
        assert!(by.len() == 1 && by[0].contains(ada), "{} {by:?}", app.engine);
        app.clock.advance(11 * 60);
        let late = send("PATCH", bea, &token, &json!({ "name": "B" })).await;
        assert_api_error(&late, 403, "reauthentication_required");
        let late = send("DELETE", bea, &token, &json!({})).await;
        assert_api_error(&late, 403, "reauthentication_required");
        let done = send("DELETE", bea, &token, &json!({ "password": PASSWORD })).await;
        assert_eq!(done.status, 204, "{} {done:?}", app.engine);
        let by =
            texts(&app, "SELECT detail FROM audit_events WHERE kind = 'account_deleted'").await;
        assert!(by.len() == 1 && by[0].contains(ada), "{} {by:?}", app.engine);
        app.give_role(ADA, "admin").await;
        let wish = json!({ "nickname": "R", "email": "root.updated@example.com" });
        let done = send("PATCH", &root, &token, &wish).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert_eq!(done.json()["email"], "root.updated@example.com");
    }
}
