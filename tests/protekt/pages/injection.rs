//! Markup in everything that a person, a client or a stranger may write.

use super::steps::{enter, execute, hidden, mail_to, sign_up};
use crate::support::app::{PASSWORD, apps, authorize_url, web_client};
use crate::support::browser::unescape;

const MARKUP: &str =
    "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}${7*7}[policy]";

/// No part of it stands unescaped.
#[track_caller]
fn assert_escaped(body: &str, place: &str) {
    for live in ["<img src=x", "<script>alert", "\"'>", ">49<"] {
        assert!(!body.contains(live), "{place}: {live} in {body}");
    }
}

/// IJ-02
#[tokio::test]
async fn markup_in_the_login_name_comes_back_as_text() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let answer = enter(&mut browser, &page, MARKUP, "wrong-password-1").await;
        assert_escaped(&answer.body, "sign in");
        assert!(unescape(&answer.body).contains(MARKUP), "it is kept as typed");
        let fields = [("username", MARKUP), ("csrf", "old")];
        let expired = browser.submit(&page, "login-form", &fields).await;
        assert_escaped(&expired.body, "expired form");
        assert_eq!(hidden(&expired, "username"), MARKUP);
        let page = browser.open("/signup").await;
        let fields = [("name", MARKUP), ("email", MARKUP), ("password", "x")];
        assert_escaped(&browser.submit(&page, "signup-form", &fields).await.body, "sign up");
        let page = sign_up(&mut browser, &page, "grace@example.com").await;
        let fields = [("email", MARKUP)];
        let answer = browser.submit(&page, "change-address-form", &fields).await;
        assert_escaped(&answer.body, "change address");
        for path in ["/login", "/verify-email", "/signup", "/logged-out", "/nowhere"] {
            let query = crate::support::app::form(
                &["flow", "token", "notice", "account", "client_id"].map(|name| (name, MARKUP)),
            );
            let page = browser.open(&format!("{path}?{query}")).await;
            assert_escaped(&page.body, path);
        }
    }
}

/// IJ-06
#[tokio::test]
async fn stored_markup_is_text_on_every_page_and_in_mails() {
    for app in apps().await {
        let mut new = web_client("notes", "https://notes.example");
        new.name = MARKUP.to_owned();
        new.owner = Some(MARKUP.to_owned());
        app.client(new).await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[("prompt", Some("create"))])).await;
        assert_escaped(&page.body, "sign up in a flow");
        let fields = [("name", MARKUP), ("email", "grace@example.com"), ("password", PASSWORD)];
        let answer = browser.submit(&page, "signup-form", &fields).await;
        let page = browser.follow(answer).await;
        assert_escaped(&page.body, "check email");
        let mail = mail_to(&app, "grace@example.com").await;
        let link = browser.get(&super::steps::link_in(&mail)).await;
        assert_escaped(&link.body, "link");
        assert!(unescape(&link.body).contains(MARKUP), "{}", link.body);
        let code = super::steps::code_in(&mail);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        let consent = browser.follow(answer).await;
        assert!(consent.body.contains("id=\"consent-form\""), "{}", consent.body);
        assert_escaped(&consent.body, "consent");
        let back = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        assert_escaped(&back.body, "hand back");
        for url in [
            authorize_url(&[("prompt", Some("login"))]),
            authorize_url(&[("prompt", Some("select_account"))]),
            authorize_url(&[("redirect_uri", Some(MARKUP))]),
            authorize_url(&[("client_id", Some(MARKUP))]),
            authorize_url(&[("response_mode", Some("form_post")), ("state", Some(MARKUP))]),
            "/account".to_owned(),
            "/logout".to_owned(),
        ] {
            assert_escaped(&browser.open(&url).await.body, &url);
        }
        for html in app.html_mails().await {
            assert_escaped(&html, "mail");
        }
    }
}

/// IJ-06
#[tokio::test]
async fn an_address_of_a_client_that_is_no_web_address_is_never_a_link() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let consent = answer.header("location").to_owned();
        for address in [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "http://evil.example/",
        ] {
            // The registration refuses them; this is what is left if one is there all the same.
            execute(
                &app,
                &format!(
                    "UPDATE clients SET policy_uri = '{address}', terms_uri = '{address}', logo_uri = '{address}'"
                ),
            )
            .await;
            let page = browser.get(&consent).await;
            assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
            for attribute in ["href=\"", "src=\""] {
                for link in page.body.split(attribute).skip(1) {
                    assert!(
                        link.starts_with('/') && !link.starts_with("//") || link.starts_with('#')
                    );
                }
            }
        }
        let good = "https://notes.example/policy?a=1&b=2";
        execute(&app, &format!("UPDATE clients SET policy_uri = '{good}', logo_uri = '{good}'"))
            .await;
        let page = browser.get(&consent).await;
        assert!(unescape(&page.body).contains(&format!("href=\"{good}\"")), "{}", page.body);
        assert!(!unescape(&page.body).contains(&format!("src=\"{good}\"")), "no third party");
    }
}

/// IJ-04
#[tokio::test]
async fn line_breaks_in_what_comes_back_make_no_header() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        browser.code("ada@example.com").await;
        let evil = "x\r\nset-cookie: evil=1\r\n\r\n<script>";
        for name in ["state", "ui_locales", "login_hint", "nonce", "prompt", "client_id"] {
            let answer = browser.get(&authorize_url(&[(name, Some(evil))])).await;
            assert!(answer.status < 500, "{name} {answer:?}");
            let cookies = answer.headers.get_all("set-cookie").iter();
            assert!(
                cookies.into_iter().all(|line| !line.as_bytes().starts_with(b"evil")),
                "{name}"
            );
        }
        let page = browser.get("/login?flow=x%0d%0aset-cookie:%20evil=1").await;
        assert!(page.headers.get("evil").is_none() && page.status < 500);
    }
}
