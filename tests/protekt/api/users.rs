//! Accounts as machines and people who may see them: by the page, by search, and one by one.

use protekt::accounts::operator::NewUser;
use protekt::domain::UserId;
use protekt::oauth::clients::NewClient;
use protekt::store::user_tally;
use serde_json::{Value, json};

use crate::pages::steps::{count, sign_up};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, own_client};
use crate::support::app::{PASSWORD, SECRET, TestApp, apps};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const USERS: &str = "/api/v2/users";

impl TestApp {
    /// People `p00@example.com` and so on, with usernames `Person 00` and ids that an older system gave.
    async fn people(&self, count: u32) {
        for n in 0..count {
            let new = NewUser {
                id: Some(UserId(format!("auth0|{n:02}"))),
                email: format!("p{n:02}@example.com"),
                username: Some(format!("Person {n:02}")),
                name: Some(format!("Person {n:02}")),
                password: None,
                email_is_verified: n % 2 == 0,
            };
            self.app.accounts.create_user(new).await.unwrap();
        }
    }
}

async fn get(app: &TestApp, token: &str, query: &str) -> Answer {
    app.call("GET", &format!("{USERS}{query}"), Some(token)).await
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap()).collect()
}

/// The members that a query string is refused for.
#[track_caller]
fn refused(answer: &Answer) -> Vec<String> {
    assert_api_error(answer, 400, "invalid_query_string");
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_is_told_by_the_names_of_the_management_api() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        let token = app.manager_token("read:users").await;
        let answer = get(&app, &token, &format!("/{}", ada.id.as_str())).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (200, "no-store"),
            "{answer:?}"
        );
        let account = answer.json();
        assert_eq!(
            account,
            json!({
                "user_id": ada.id, "email": ADA, "email_verified": true, "name": "Ada Okafor",
                "created_at": "2027-01-15T08:00:00.000Z", "updated_at": account["updated_at"],
                "last_login": "2027-01-15T08:00:00.000Z", "last_ip": "127.0.0.1",
                "logins_count": 1, "blocked": false,
                "locale": "en", "multifactor": ["totp"],
                "identities": [{
                    "connection": "Username-Password-Authentication", "provider": "protekt",
                    "user_id": ada.id, "isSocial": false,
                }],
            }),
            "{}",
            app.engine
        );
        for secret in ["password", "generation", "hash", "secret", "canonical"] {
            assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
        }
        let found = get(&app, &token, "?fields=email,user_id").await.json();
        assert_eq!(found, json!([{ "email": ADA, "user_id": ada.id }]));
        let path =
            format!("/{}?fields=identities,multifactor&include_fields=false", ada.id.as_str());
        let others = get(&app, &token, &path).await.json();
        assert!(others.get("identities").is_none() && others["email"] == ADA, "{others}");
        app.store.run("UPDATE users SET blocked_at = 1").await;
        assert_eq!(get(&app, &token, "").await.json()[0]["blocked"], true, "{}", app.engine);
    }
}

#[tokio::test]
async fn ids_of_another_system_are_found_and_what_is_nobodys_is_not() {
    for app in apps().await {
        app.people(1).await;
        let token = app.manager_token("read:users").await;
        for path in ["/auth0%7C00", "/auth0%7c00"] {
            assert_eq!(get(&app, &token, path).await.text("user_id"), "auth0|00", "{}", app.engine);
        }
        let long = format!("/{}", "x".repeat(2_000));
        for path in ["/none", "/auth0", "/%00", "/auth0%7C00%00", "/%F0%9F%A6%80", &*long] {
            let answer = get(&app, &token, path).await;
            assert_api_error(&answer, 404, "inexistent_user");
        }
        assert!(matches!(get(&app, &token, "/%FF").await.status, 400 | 404), "{}", app.engine);
    }
}

#[tokio::test]
async fn pages_lead_through_everybody_once_in_one_order() {
    for app in apps().await {
        app.people(25).await;
        let token = app.manager_token("read:users").await;
        let mut paged = Vec::new();
        for page in 0..4 {
            let answer = get(&app, &token, &format!("?page={page}&per_page=10")).await.json();
            paged.extend(ids(&answer).into_iter().map(str::to_owned));
        }
        let everybody: Vec<String> = (0..25).map(|n| format!("auth0|{n:02}")).collect();
        assert_eq!(paged, everybody, "{}", app.engine);
        let totals = get(&app, &token, "?page=2&per_page=10&include_totals=true").await.json();
        let told = ["start", "limit", "length", "total"].map(|name| totals[name].as_i64().unwrap());
        assert_eq!(told, [20, 10, 5, 25], "{}", app.engine);
        assert_eq!(ids(&totals["users"]), everybody[20..], "{}", app.engine);

        let (mut walked, mut query) = (Vec::new(), "?take=10".to_owned());
        loop {
            let answer = get(&app, &token, &query).await.json();
            walked.extend(ids(&answer["users"]).into_iter().map(str::to_owned));
            let Some(next) = answer["next"].as_str() else { break };
            query = format!("?take=10&from={}", next.replace('|', "%7C"));
        }
        assert_eq!(walked, everybody, "{}", app.engine);
    }
}

/// IJ-03
#[tokio::test]
async fn a_search_finds_what_it_names_in_any_spelling_and_nothing_else() {
    for app in apps().await {
        app.people(12).await;
        let odd = NewUser {
            id: None,
            email: "100%_p@bücher.example".to_owned(),
            username: Some("P_%".to_owned()),
            name: None,
            password: None,
            email_is_verified: true,
        };
        let odd = app.app.accounts.create_user(odd).await.unwrap();
        let odd = odd.id.as_str();
        let token = app.manager_token("read:users").await;
        for (query, found) in [
            ("email:p01@example.com", vec!["auth0|01"]),
            ("email:\"P01@EXAMPLE.com\"", vec!["auth0|01"]),
            (
                "email:p0*",
                (0..10).map(|n| ["auth0|0", &n.to_string()].concat().leak() as &str).collect(),
            ),
            ("email:\"p1\"*", vec!["auth0|10", "auth0|11"]),
            ("email:p01@example.co", vec![]),
            ("email:100%*", vec![odd]),
            ("email:%*", vec![]),
            ("email:\"100%_p@BÜCHER.example\"", vec![odd]),
            ("username:\"person 03\"", vec!["auth0|03"]),
            ("username:\"person 1\"*", vec!["auth0|10", "auth0|11"]),
            ("username:p_*", vec![odd]),
            ("username:\"' OR 1=1 --\"", vec![]),
            ("user_id:\"auth0|07\"", vec!["auth0|07"]),
            ("user_id:auth0", vec![]),
        ] {
            let asked: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
            let answer = get(&app, &token, &format!("?q={asked}&include_totals=true")).await.json();
            assert_eq!(ids(&answer["users"]), found, "{query} {}", app.engine);
            assert_eq!(answer["total"], json!(found.len()), "{query} {}", app.engine);
        }
        let paged = get(&app, &token, "?q=email:p0*&page=1&per_page=4").await.json();
        assert_eq!(ids(&paged), ["auth0|04", "auth0|05", "auth0|06", "auth0|07"], "{}", app.engine);
        let none = get(&app, &token, "?q=user_id:auth0%7C07&page=1").await.json();
        assert_eq!(none, json!([]), "{}", app.engine);
    }
}

#[tokio::test]
async fn the_account_with_an_address_is_found_by_it() {
    for app in apps().await {
        app.people(3).await;
        let token = app.manager_token("read:users").await;
        let by_email = async |query: &str| {
            app.call("GET", &format!("/api/v2/users-by-email{query}"), Some(&token)).await
        };
        let found = by_email("?email=P02%40example.com&fields=user_id").await;
        assert_eq!(found.json(), json!([{ "user_id": "auth0|02" }]), "{}", app.engine);
        for none in ["?email=nobody@example.com", "?email=Person%2001", "?email=*"] {
            assert_eq!(by_email(none).await.json(), json!([]), "{none} {}", app.engine);
        }
        assert_eq!(refused(&by_email("").await), ["email"]);
        assert_eq!(refused(&by_email("?email=a&email=b").await), ["email"]);
        assert_eq!(refused(&by_email("?email=a%00").await), ["email"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_told_all_at_once() {
    for app in apps().await {
        let token = app.manager_token("read:users").await;
        for (query, fields) in [
            ("?page=20", vec!["page"]),
            ("?per_page=0&page=x&include_totals=yes", vec!["page", "per_page", "include_totals"]),
            ("?take=10&q=email:a", vec!["q"]),
            ("?per_page=&include_totals=", vec!["per_page", "include_totals"]),
            ("?fields=a%0F&from=%1F", vec!["from", "fields"]),
            ("?q=nickname:ada", vec!["q"]),
            ("?q=ada", vec!["q"]),
        ] {
            assert_eq!(refused(&get(&app, &token, query).await), fields, "{query}");
        }
        let answer = get(&app, &token, "?page=20").await;
        assert!(answer.body.contains("from and take"), "{}", answer.body);
    }
}

/// IJ-03: by name as by what machines keep with an account; what is between quotes is text and nothing else.
#[tokio::test]
async fn accounts_are_found_by_name_and_by_members_of_their_metadata() {
    for app in apps().await {
        let token = app.manager_token("read:users create:users update:users").await;
        let mut made = Vec::new();
        for (email, name, plan) in [
            ("a@example.com", "Ada Okafor", json!("Pro Plan")),
            ("b@example.com", "ÅSA  Lind", json!(3)),
            ("c@example.com", "ada okafor", json!({ "name": "pro plan" })),
            ("d@example.com", "Adam %", json!("pro  PLAN")),
        ] {
            let metadata = json!({ "plan": plan, "it's": true });
            let body = json!({ "email": email, "name": name, "app_metadata": metadata });
            let answer = app.call_with(("POST", USERS), Some(&token), &body).await;
            assert_eq!(answer.status, 201, "{} {answer:?}", app.engine);
            made.push(answer.text("user_id"));
        }
        let found = async |query: &str| {
            let q: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
            let answer = get(&app, &token, &format!("?include_totals=true&q={q}")).await.json();
            let of = |id: &str| made.iter().position(|made| made == id).unwrap();
            let found: Vec<usize> = ids(&answer["users"]).into_iter().map(of).collect();
            assert_eq!(answer["total"], found.len(), "{query} {}", app.engine);
            found
        };
        for (query, expected) in [
            ("name:\"ADA okafor\"", vec![0, 2]),
            ("name:ada*", vec![0, 2, 3]),
            ("name:\"adam %\"", vec![3]),
            ("name:%*", vec![]),
            ("name:\"åsa lind\"", vec![1]),
            ("name:\"x' OR '1'='1\"", vec![]),
            ("app_metadata.plan:\"pro plan\"", vec![0, 3]),
            ("app_metadata.plan:3", vec![1]),
            ("app_metadata.it's:true", vec![0, 1, 2, 3]),
            ("user_metadata.plan:3", vec![]),
        ] {
            assert_eq!(found(query).await, expected, "{query} {}", app.engine);
        }
        let path = format!("{USERS}/{}", made[0]);
        let change = json!({ "name": "Grace", "app_metadata": { "plan": "free" } });
        app.call_with(("PATCH", &path), Some(&token), &change).await;
        assert_eq!(found("app_metadata.plan:\"pro plan\"").await, [3], "{}", app.engine);
        assert_eq!(
            (found("app_metadata.plan:free").await, found("name:grace").await),
            (vec![0], vec![0])
        );
        // Names of an earlier version are noted by a job.
        app.store.run("UPDATE users SET name_canonical = NULL").await;
        assert!(found("name:ada*").await.is_empty(), "{}", app.engine);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(found("name:ada*").await, [2, 3], "{}", app.engine);
    }
}

/// What is counted is what is there, whatever made an account or took it away.
#[tokio::test]
async fn the_total_follows_every_way_in_which_accounts_come_and_go() {
    for app in apps().await {
        let total = async || {
            let mut tx = app.app.store().read().await.unwrap();
            let counted = protekt::store::users::count(&mut tx).await.unwrap();
            let told = user_tally::total(&mut tx).await.unwrap();
            assert_eq!(told, counted, "{}", app.engine);
            told
        };
        assert_eq!(total().await, 0);
        app.people(3).await;
        assert_eq!(total().await, 3);
        let taken = NewUser {
            id: None,
            email: "p00@example.com".to_owned(),
            username: None,
            name: None,
            password: None,
            email_is_verified: true,
        };
        app.app.accounts.create_user(taken).await.unwrap_err();
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        sign_up(&mut stranger, &page, "new@example.com").await;
        assert_eq!(total().await, 4);
        app.clock.advance(30 * 24 * 60 * 60);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(total().await, 3, "{}", app.engine);
        app.store.run("UPDATE users SET deletion_due_at = 1 WHERE id = 'auth0|01'").await;
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 1);
        assert_eq!(total().await, 2, "{}", app.engine);
        let mut tx = app.app.store().begin().await.unwrap();
        while user_tally::fold(&mut tx, 2).await.unwrap() > 0 {}
        tx.commit().await.unwrap();
        assert_eq!(total().await, 2, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM user_tally").await, 1);
    }
}

/// AP-03: whoever is signed in sees everybody only with the permission or the role, and at once no more
/// without.
#[tokio::test]
async fn people_see_the_accounts_of_others_by_permission_alone() {
    for app in apps().await {
        app.plant_api_client().await;
        app.manager_token("read:users").await;
        app.people(2).await;
        let ada = app.person(ADA).await;
        let scopes = Some("openid email read:users".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        let body = json!({
            "email": ADA, "password": PASSWORD, "client_id": "own", "client_secret": SECRET,
        });
        let token = app.api_sign_in(&body).await.text("access_token");
        let others = app.api_tokens(ADA).await.text("access_token");
        let list = async || app.call("GET", "/api/users?fields=id", Some(&token)).await;
        let one = async || app.call("GET", "/api/users/auth0%7C01", Some(&token)).await;
        for answer in [list().await, one().await] {
            assert_api_error(&answer, 403, "insufficient_scope");
            assert!(answer.body.contains("read:users"), "{}", answer.body);
        }
        let given = [(MANAGEMENT, "read:users")];
        app.permit(ADA, &given).await;
        // An app that is not registered for it carries nobody's power.
        for path in ["/api/users", "/api/users/auth0%7C01"] {
            let refused = app.call("GET", path, Some(&others)).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
        let seen = list().await.json();
        let mut expected = vec!["auth0|00", "auth0|01", ada.id.as_str()];
        expected.sort_unstable();
        let mut seen: Vec<&str> =
            seen.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, expected, "{}", app.engine);
        let other = one().await.json();
        assert_eq!(
            (&other["id"], &other["email"]),
            (&json!("auth0|01"), &json!("p01@example.com"))
        );
        assert!(other.get("user_id").is_none(), "{other}");
        app.forbid(ADA, &given).await;
        assert_eq!(list().await.status, 403, "{}", app.engine);
        app.give_role(ADA, "admin").await;
        assert_eq!(list().await.status, 200, "{}", app.engine);
        app.store.run("UPDATE roles SET second_factor_required = TRUE").await;
        assert_api_error(&list().await, 403, "mfa_enrollment_required");
        app.store.run("UPDATE roles SET second_factor_required = FALSE").await;
        app.app.accounts.create_role(role("support")).await.unwrap();
        app.give_role("p00@example.com", "admin").await;
        app.take_role(ADA, "admin").await;
        assert_eq!(one().await.status, 403, "{}", app.engine);
        app.permit_role("support", &given).await;
        app.give_role(ADA, "support").await;
        assert_eq!(one().await.status, 200, "{}", app.engine);
        app.store.run("UPDATE clients SET scopes = 'openid' WHERE id = 'own'").await;
        assert_eq!(one().await.status, 403, "{}", app.engine);
    }
}

fn role(name: &str) -> protekt::accounts::NewRole {
    protekt::accounts::NewRole { name: name.to_owned(), ..Default::default() }
}
