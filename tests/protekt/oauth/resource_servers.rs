//! APIs that apps ask for on behalf of people.

use protekt::accounts::Giver;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::NewClient;
use protekt::oauth::resource_servers::ResourceServerChange;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::apis::{BILLS, ORDERS};
use crate::support::app::{TestApp, apps, authorize_url, claims, web_client};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::protocol::{ADA, assert_refused, error_at_client};

const PEOPLE: SubjectType = SubjectType::User;
const USERINFO: &str = "https://id.example.com/userinfo";

async fn scene(app: &TestApp) -> Browser {
    app.api(ORDERS, "Orders").await;
    app.api(BILLS, "Bills").await;
    app.with_ada().await;
    app.grant("notes", (ORDERS, PEOPLE), "read write").await.unwrap();
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

fn asking(identifier: &str, scope: &str) -> String {
    authorize_url(&[("audience", Some(identifier)), ("scope", Some(scope))])
}

/// Agrees, where that is asked; gives the tokens.
async fn agreed(app: &TestApp, browser: &mut Browser, url: &str) -> Answer {
    let mut answer = browser.open(url).await;
    if answer.body.contains("id=\"consent-form\"") {
        answer = browser.submit(&answer, "consent-form", &[("decision", "allow")]).await;
    }
    let code = parameter(&sent_to(&answer), "code").unwrap_or_else(|| panic!("{answer:?}"));
    app.exchange(&code).await
}

#[tokio::test]
async fn people_read_the_sentences_of_the_api_and_its_tokens_are_for_it() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let url = asking(ORDERS, "openid read write delete");
        let page = browser.open(&url).await;
        for words in ["See it", "Change it", "Orders"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let tokens = agreed(&app, &mut browser, &url).await;
        assert_eq!(tokens.text("scope"), "openid read write", "what it does not know is dropped");
        let token = claims(&tokens.text("access_token"));
        assert_eq!(token["aud"], json!([ORDERS, USERINFO]));
        assert_eq!(token["scope"], "openid read write");
        let own = browser.open("/account/apps/notes").await;
        for words in ["See it", "Change it", "Orders"] {
            assert!(own.body.contains(words), "{words}: {}", own.body);
        }
    }
}

/// The same word at another API is another permission.
#[tokio::test]
async fn who_agreed_at_one_api_is_asked_again_at_another() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        app.grant("notes", (BILLS, PEOPLE), "read").await.unwrap();
        agreed(&app, &mut browser, &asking(ORDERS, "openid read")).await;
        let again = browser.open(&asking(ORDERS, "openid read")).await;
        assert!(parameter(again.header("location"), "code").is_some(), "{again:?}");
        let page = browser.open(&asking(BILLS, "openid read")).await;
        assert!(page.body.contains("id=\"consent-form\""), "{page:?}");
        assert!(page.body.contains("Bills"), "{}", page.body);
        // What is about the person themselves was allowed once for all.
        let plain = browser.open(&authorize_url(&[("scope", Some("openid"))])).await;
        assert!(parameter(plain.header("location"), "code").is_some(), "{plain:?}");
        // Taking back takes all of it.
        let page = browser.open("/account/apps/notes").await;
        browser.submit(&page, "remove-form", &[]).await;
        let page = browser.open(&asking(ORDERS, "openid read")).await;
        assert!(page.body.contains("id=\"consent-form\""), "{page:?}");
    }
}

/// TK-05
#[tokio::test]
async fn a_client_asks_only_where_it_was_let() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let refused = browser.open(&asking(BILLS, "openid read")).await;
        assert_eq!(error_at_client(&refused), "invalid_target", "{}", app.engine);
        let both = format!("{}&resource={BILLS}", asking(ORDERS, "read"));
        assert_eq!(error_at_client(&browser.open(&both).await), "invalid_target");
        app.grant("notes", (BILLS, PEOPLE), "read").await.unwrap();
        let both = browser.open(&both).await;
        assert_eq!(error_at_client(&both), "invalid_target", "a token is for one API");
        let tokens = agreed(&app, &mut browser, &asking(BILLS, "read write")).await;
        assert_eq!(tokens.text("scope"), "read", "no more than was granted");
        assert_eq!(claims(&tokens.text("access_token"))["aud"], BILLS);
        // An app of the operator's own asks any API, for what it is registered for.
        let own = NewClient {
            first_party: true,
            scopes: Some("openid read".parse().unwrap()),
            ..web_client("own", "https://own.example")
        };
        app.client(own).await;
        let own = [
            ("client_id", Some("own")),
            ("redirect_uri", Some("https://own.example/cb")),
            ("audience", Some(BILLS)),
            ("scope", Some("openid read write")),
        ];
        let answer = browser.open(&authorize_url(&own)).await;
        assert!(parameter(answer.header("location"), "code").is_some(), "{answer:?}");
    }
}

/// What is taken away is felt at the next refresh.
#[tokio::test]
async fn a_refresh_gives_what_may_still_be_asked_for() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let url = asking(ORDERS, "openid offline_access read write");
        let mut tokens = agreed(&app, &mut browser, &url).await;
        app.change_api(
            ORDERS,
            ResourceServerChange {
                access_token_lifetime: Some(Some(120)),
                ..ResourceServerChange::default()
            },
        )
        .await;
        app.grant("notes", (ORDERS, PEOPLE), "read").await.unwrap();
        tokens = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(tokens.text("scope"), "offline_access openid read", "{tokens:?}");
        assert_eq!(tokens.json()["expires_in"], 120);
        app.ungrant("notes", (ORDERS, PEOPLE)).await;
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_refused(&refused, 400, "invalid_grant");
        app.grant("notes", (ORDERS, PEOPLE), "read").await.unwrap();
        tokens = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(tokens.status, 200, "a refusal costs nothing: {tokens:?}");
        // With the API go its grants.
        let (store, now) = (&app.app.provider.store, app.app.provider.now());
        protekt::oauth::resource_servers::delete(
            store,
            (ORDERS, |_, _| true),
            (Giver::Operator, now),
        )
        .await
        .unwrap();
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_refused(&refused, 400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
    }
}

/// TK-05: a word that the client is registered for at its own API opens nothing at another.
#[tokio::test]
async fn a_grant_is_all_there_is_at_the_api_of_another() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let own = NewClient {
            default_audience: Some(BILLS.to_owned()),
            scopes: Some("openid read write".parse().unwrap()),
            ..web_client("own", "https://own.example")
        };
        app.client(own).await;
        app.grant("own", (ORDERS, PEOPLE), "read").await.unwrap();
        let asking = |identifier| {
            [
                ("client_id", Some("own")),
                ("redirect_uri", Some("https://own.example/cb")),
                ("audience", Some(identifier)),
                ("scope", Some("openid read write")),
            ]
        };
        let page = browser.open(&authorize_url(&asking(ORDERS))).await;
        assert!(page.body.contains("See it") && !page.body.contains("Change it"), "{}", page.body);
        // Nor is there more at its own, once a grant says what it may ask there.
        app.grant("own", (BILLS, PEOPLE), "read").await.unwrap();
        let page = browser.open(&authorize_url(&asking(BILLS))).await;
        assert!(page.body.contains("See it") && !page.body.contains("Change it"), "{}", page.body);
    }
}

/// Whoever agreed to a word that meant no API has not agreed to what it means at one; nor does
/// anything else let an app speak at an API that the person never read of.
#[tokio::test]
async fn nobody_is_spoken_for_at_an_api_they_were_not_asked_about() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        app.store.run("UPDATE clients SET scopes = 'openid write' WHERE id = 'notes'").await;
        let plain = authorize_url(&[("scope", Some("openid write"))]);
        agreed(&app, &mut browser, &plain).await;
        let page = browser.open(&asking(ORDERS, "openid write")).await;
        assert!(page.body.contains("Change it"), "{}", page.body);
        let page = browser.open(&asking(ORDERS, "openid")).await;
        assert!(page.body.contains("Use Orders in your name"), "{}", page.body);
        let silent = format!("{}&prompt=none", asking(ORDERS, "openid"));
        assert_eq!(error_at_client(&browser.open(&silent).await), "consent_required");
        agreed(&app, &mut browser, &asking(ORDERS, "openid")).await;
        let silent = browser.open(&silent).await;
        assert!(parameter(silent.header("location"), "code").is_some(), "{silent:?}");
    }
}

/// UI-02: what is taken away is felt at `/userinfo` at once.
#[tokio::test]
async fn userinfo_opens_what_the_client_may_still_ask_for() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let url = asking(ORDERS, "openid email read");
        let token = agreed(&app, &mut browser, &url).await.text("access_token");
        assert_eq!(app.userinfo(&token).await.json()["email"], ADA);
        app.store.run("UPDATE clients SET scopes = 'openid profile' WHERE id = 'notes'").await;
        let left = app.userinfo(&token).await.json();
        assert!(left.get("email").is_none() && left.get("sub").is_some(), "{left}");
        app.ungrant("notes", (ORDERS, PEOPLE)).await;
        assert_eq!(app.userinfo(&token).await.status, 401, "{}", app.engine);
    }
}

/// A word that means more than it did is asked for again, and an API that is some client's own stays.
#[tokio::test]
async fn people_are_asked_again_where_a_word_means_more() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let url = asking(ORDERS, "openid read");
        agreed(&app, &mut browser, &url).await;
        let silent = browser.open(&url).await;
        assert!(parameter(silent.header("location"), "code").is_some(), "{silent:?}");
        let read = protekt::domain::resource_server::ApiScope {
            value: "read".to_owned(),
            description: "Delete everything".to_owned(),
            changes: true,
        };
        let change =
            ResourceServerChange { add_scopes: vec![read], ..ResourceServerChange::default() };
        app.change_api(ORDERS, change).await;
        let page = browser.open(&url).await;
        assert!(page.body.contains("Delete everything"), "{}", page.body);
        let default = format!("UPDATE clients SET default_audience = '{ORDERS}'");
        app.store.run(&default).await;
        let (store, now) = (&app.app.provider.store, app.app.provider.now());
        let refused = protekt::oauth::resource_servers::delete(
            store,
            (ORDERS, |_, _| true),
            (Giver::Operator, now),
        )
        .await;
        assert!(refused.unwrap_err().to_string().contains("default audience"), "{}", app.engine);
    }
}
