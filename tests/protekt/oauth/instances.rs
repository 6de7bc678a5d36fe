//! Several instances over one database.

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::Giver;
use protekt::domain::{ClientId, PlainToken};
use protekt::oauth::clients::{self, NewClient};

use crate::pages::steps::count;
use crate::support::app::{
    ISSUER, PASSWORD, SECRET, Wishes, apps, authorize_url, exchange_fields, jwt_header,
};
use crate::support::browser::{Browser, form_of, parameter};
use crate::support::protocol::{ADA, error_at_client, error_on_page};

/// The same cookies at another instance.
fn moved(browser: &Browser, mut to: Browser) -> Browser {
    to.cookies.clone_from(&browser.cookies);
    to
}

/// MI-02
#[tokio::test]
async fn what_ends_on_one_instance_is_dead_on_the_other_at_once() {
    for app in apps().await {
        let other = app.other_instance(Wishes::default()).await;
        app.with_ada().await;
        let mut browser = app.browser();
        let tokens = app.exchange(&browser.code(ADA).await).await;
        let mut there = moved(&browser, other.browser());
        let silent = authorize_url(&[("prompt", Some("none"))]);
        assert!(parameter(there.get(&silent).await.header("location"), "code").is_some());
        assert_eq!(other.userinfo(&tokens.text("access_token")).await.status, 200);

        app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
        assert_eq!(error_at_client(&there.get(&silent).await), "login_required");
        assert_eq!(other.userinfo(&tokens.text("access_token")).await.status, 401);
        let refreshed = other.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.error(), "invalid_grant", "{refreshed:?}");

        browser.sign_in(ADA).await;
        let mut there = moved(&browser, other.browser());
        let page = there.get("/logout").await;
        assert_eq!(page.status, 200, "{page:?}");
        let logout = page.body.split("<form").find(|form| form.contains("action=\"/logout\""));
        let id = logout.and_then(|form| form.split("id=\"").nth(1)).unwrap();
        let id = id.split('"').next().unwrap().to_owned();
        form_of(&page.body, &id);
        there.submit(&page, &id, &[]).await;
        assert_eq!(error_at_client(&browser.get(&silent).await), "login_required");
    }
}

/// MI-01 MI-02
#[tokio::test]
async fn a_flow_that_began_on_one_instance_ends_on_the_other() {
    for app in apps().await {
        let other = app.other_instance(Wishes::default()).await;
        app.with_ada().await;
        let mut here = app.browser();
        let page = here.open(&authorize_url(&[])).await;
        let mut there = moved(&here, other.browser());
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = there.submit(&page, "login-form", &fields).await;
        let mut here = moved(&there, app.browser());
        let page = here.follow(answer).await;
        let mut there = moved(&here, other.browser());
        let answer = there.submit(&page, "consent-form", &[("decision", "allow")]).await;
        let code = parameter(&crate::support::browser::sent_to(&answer), "code").unwrap();
        let tokens = app.token(Some(("notes", SECRET)), &exchange_fields(&code)).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(other.userinfo(&tokens.text("access_token")).await.status, 200);
    }
}

/// MI-03 TK-12
#[tokio::test]
async fn a_key_that_one_instance_signs_with_was_shown_by_the_other_before() {
    for app in apps().await {
        let other = app.other_instance(Wishes::default()).await;
        app.with_ada().await;
        let before = other.get("/.well-known/jwks.json").await;
        app.clock.advance(400);
        let kid = app.app.provider.keys.rotate(None, app.app.now()).await.unwrap();
        app.app.provider.keys.make_missing(app.app.now()).await.unwrap();
        let tokens = app.tokens().await;
        let access = tokens.text("access_token");
        assert_eq!(jwt_header(&access)["kid"], kid);
        assert!(before.body.contains(&kid), "{}", before.body);
        assert_eq!(other.userinfo(&access).await.status, 200);
        // The other one signs with it from now on, and shows the key after it.
        let refreshed = other.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(jwt_header(&refreshed.text("access_token"))["kid"], kid);
        let after = other.get("/.well-known/jwks.json").await;
        assert_eq!(after.json()["keys"].as_array().unwrap().len(), 3, "{}", after.body);
        assert_eq!(after.body, app.get("/.well-known/jwks.json").await.body);
        assert_ne!(after.header("etag"), before.header("etag"));

        other.app.provider.keys.withdraw(&kid, None, other.app.now()).await.unwrap();
        assert_eq!(app.userinfo(&access).await.status, 401);
        assert!(!app.get("/.well-known/jwks.json").await.body.contains(&kid));
        let kid = jwt_header(&app.tokens().await.text("access_token"))["kid"].clone();
        assert_eq!(kid, jwt_header(&other.tokens().await.text("access_token"))["kid"]);
    }
}

/// MI-02
#[tokio::test]
async fn a_client_that_one_instance_changes_or_deletes_is_so_on_the_other_at_once() {
    for app in apps().await {
        let other = app.other_instance(Wishes::default()).await;
        app.with_ada().await;
        let tokens = app.tokens().await;
        let id = ClientId::from("notes");
        let preflight = async |origin: &str| {
            let request = Request::options("/userinfo")
                .header("origin", origin)
                .header("access-control-request-method", "GET");
            let answer = other.send(request.body(Body::empty()).unwrap()).await;
            answer.header("access-control-allow-origin").to_owned()
        };
        assert_eq!(preflight("https://notes.example").await, "https://notes.example");
        let change = |_: &_, new: &mut NewClient| {
            new.redirect_uris = vec!["https://new.example/cb".to_owned()];
            new.web_origins = vec!["https://new.example".to_owned()];
            new.secret = Some(PlainToken::new(&format!("{SECRET}x")));
            Ok(())
        };
        let store = app.app.store();
        clients::update(store, &id, change, ISSUER, (Giver::Operator, app.app.now()))
            .await
            .unwrap();
        let refused = other.get(&authorize_url(&[])).await;
        assert_eq!(error_on_page(&refused), "invalid_request", "{}", app.engine);
        let refresh = tokens.text("refresh_token");
        assert_eq!(other.refresh(&refresh).await.error(), "invalid_client", "{}", app.engine);
        assert_eq!(preflight("https://notes.example").await, "", "{}", app.engine);
        assert_eq!(preflight("https://new.example").await, "https://new.example");
        let access = tokens.text("access_token");
        assert_eq!(other.userinfo(&access).await.status, 200, "{}", app.engine);

        clients::delete(store, (&id, |_| true), (Giver::Operator, app.app.now())).await.unwrap();
        assert_eq!(other.userinfo(&access).await.status, 401, "{}", app.engine);
        assert_eq!(preflight("https://new.example").await, "", "{}", app.engine);
        let refused = other.get(&authorize_url(&[])).await;
        assert_eq!(refused.status, 400, "{}", app.engine);
        for rows in ["grants", "refresh_tokens", "authorization_codes", "consents"] {
            let sql = format!("SELECT COUNT(*) FROM {rows}");
            assert_eq!(count(&app, &sql).await, 0, "{rows} {}", app.engine);
        }
    }
}
