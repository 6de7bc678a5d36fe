//! Where answers may be sent.

use protekt::accounts::Giver;
use protekt::domain::client::ClientKind;
use protekt::oauth::clients::{ClientProblem, NewClient, register};

use crate::support::app::{ISSUER, START, VERIFIER, apps, authorize_url, web_client};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, error_on_page};

/// Everything that is not `https://notes.example/cb` to the byte.
const EVIL: [&str; 58] = [
    // AZ-02
    "https://evil.example/cb",
    // AZ-03
    "https://notes.example/cbx",
    "https://notes.example/cb/",
    "https://notes.example/cb/x",
    "https://notes.example/cb?",
    "https://notes.example/cb?x=1",
    "https://notes.example/cb;x",
    "https://notes.example/c",
    "https://notes.example/",
    "https://notes.example",
    " https://notes.example/cb",
    "https://notes.example/cb ",
    "https://notes.example/cb\t",
    "https://notes.example/cb\r\nx-evil: 1",
    // AZ-04
    "https://notes.example/cb/../evil",
    "https://notes.example/x/../cb",
    "https://notes.example/cb/%2e%2e/evil",
    "https://notes.example/cb/..%2fevil",
    "https://notes.example/cb/..;/evil",
    "https://notes.example/cb\\..\\evil",
    "https://notes.example/./cb",
    "https://notes.example//cb",
    // AZ-05
    "https://notes.example@evil.example/cb",
    "https://user:pw@notes.example/cb",
    "https://notes.example@@evil.example/cb",
    "https://evil.example\\@notes.example/cb",
    "https://notes.example%40evil.example/cb",
    "https://notes.example\\.evil.example/cb",
    // AZ-06
    "https://notes.example/cb#",
    "https://notes.example/cb#x=y",
    "https://notes.example/cb%23x",
    "https://notes.example/cb%20",
    // AZ-07
    "HTTPS://notes.example/cb",
    "https://NOTES.example/cb",
    "https://notes.example/CB",
    "https://notes.example/%63b",
    // AZ-08
    "https://notes.example.evil.example/cb",
    "https://notes.example./cb",
    "https://xnotes.example/cb",
    "https://notes\u{ff0e}example/cb",
    "https://notes\u{3002}example/cb",
    "https:/notes.example/cb",
    "https:notes.example/cb",
    "https:///notes.example/cb",
    "https:evil.example",
    "http://notes.example/cb",
    // AZ-09
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/cb",
    "blob:https://notes.example/1",
    // AZ-15
    "https://notes.example:443/cb",
    "https://notes.example:8443/cb",
    "https://notes.example:/cb",
    "https://127.0.0.1:51234/cb",
];

/// AZ-02 AZ-03 AZ-04 AZ-05 AZ-06 AZ-07 AZ-08 AZ-09 AZ-15
#[tokio::test]
async fn a_redirect_uri_that_differs_by_a_byte_gets_a_page_and_nobody_is_sent_there() {
    for app in apps().await {
        app.with_ada().await;
        let mut signed_in = app.browser();
        signed_in.code(ADA).await;
        for evil in EVIL {
            for browser in [&mut app.browser(), &mut signed_in] {
                for prompt in [None, Some("none")] {
                    let changes = [("redirect_uri", Some(evil)), ("prompt", prompt)];
                    let answer = browser.get(&authorize_url(&changes)).await;
                    assert_eq!(error_on_page(&answer), "invalid_request", "{evil}");
                    assert!(!answer.body.contains(&format!("href=\"{evil}")), "{evil}");
                    assert!(!answer.headers.contains_key("x-evil"), "{evil}");
                }
            }
        }
    }
}

/// AZ-02
#[tokio::test]
async fn a_wrong_redirect_uri_wins_over_every_other_mistake() {
    for app in apps().await {
        app.web_client().await;
        for other in [
            ("response_type", Some("token")),
            ("scope", Some("nothing")),
            ("code_challenge", None),
            ("response_mode", Some("form_post")),
            ("request_uri", Some("https://evil.example/r")),
        ] {
            let changes = [("redirect_uri", Some("https://evil.example/cb")), other];
            let answer = app.get(&authorize_url(&changes)).await;
            assert_eq!(error_on_page(&answer), "invalid_request", "{other:?}");
        }
    }
}

/// AZ-09
#[tokio::test]
async fn an_evil_scheme_cannot_be_registered() {
    for app in apps().await {
        for kind in [ClientKind::Web, ClientKind::Spa, ClientKind::Native] {
            for uri in [
                "javascript:alert(1)",
                "JaVaScRiPt:alert(1)",
                "data:text/html,x",
                "vbscript:x",
                "file:///etc/passwd",
                "blob:https://notes.example/1",
                "//evil.example",
                "/cb",
            ] {
                let new = NewClient {
                    redirect_uris: vec![uri.to_owned()],
                    ..NewClient::new("Evil", kind)
                };
                let refused =
                    register(app.app.store(), new, ISSUER, (Giver::Operator, START)).await;
                assert!(matches!(refused, Err(ClientProblem::RedirectUri { .. })), "{uri}");
            }
        }
    }
}

/// AZ-13
#[tokio::test]
async fn a_client_cannot_use_the_redirect_uri_of_another() {
    for app in apps().await {
        app.web_client().await;
        app.client(web_client("other", "https://other.example")).await;
        let changes = [("redirect_uri", Some("https://other.example/cb"))];
        let answer = app.get(&authorize_url(&changes)).await;
        assert_eq!(error_on_page(&answer), "invalid_request");
        let changes = [("client_id", Some("other"))];
        let answer = app.get(&authorize_url(&changes)).await;
        assert_eq!(error_on_page(&answer), "invalid_request");
    }
}

fn desktop() -> NewClient {
    NewClient {
        id: Some("desktop".into()),
        redirect_uris: ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"]
            .map(str::to_owned)
            .to_vec(),
        ..NewClient::new("Desktop", ClientKind::Native)
    }
}

/// AZ-14
#[tokio::test]
async fn a_native_client_listens_on_any_port_and_the_code_goes_there() {
    for app in apps().await {
        app.person(ADA).await;
        app.client(desktop()).await;
        let mut browser = app.browser();
        for (asked, is_good) in [
            ("http://127.0.0.1:51234/cb", true),
            ("http://[::1]:51234/cb", true),
            ("com.example.app:/cb", true),
            ("http://127.0.0.1/cb", false),
            ("http://127.0.0.1:51235/cb", false),
            ("", false),
        ] {
            let sent = if is_good { asked } else { "http://127.0.0.1:51234/cb" };
            let changes = [("client_id", Some("desktop")), ("redirect_uri", Some(sent))];
            let url = browser.authorize(ADA, &changes).await;
            assert!(url.starts_with(&format!("{sent}?code=")), "{url}");
            let code = parameter(&url, "code").unwrap();
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", "desktop"),
                ("code", &code),
                ("redirect_uri", asked),
                ("code_verifier", VERIFIER),
            ];
            let answer = app.token(None, &fields).await;
            let expected = if is_good { (200, "") } else { (400, "invalid_grant") };
            assert_eq!((answer.status, answer.error().as_str()), expected, "{asked}");
        }
    }
}

/// AZ-14
#[tokio::test]
async fn nothing_but_the_port_of_a_loopback_uri_is_free() {
    for app in apps().await {
        app.client(desktop()).await;
        for evil in [
            "http://127.0.0.1:51234/other",
            "http://127.0.0.1:51234/cb/",
            "http://127.0.0.1:51234/cb?x=1",
            "http://127.0.0.1:51234/cb#x",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:51234.evil.example/cb",
            "http://127.0.0.1:51234@evil.example/cb",
            "http://127.0.0.1@evil.example:51234/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:-1/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.2:51234/cb",
            "http://127.1:51234/cb",
            "http://2130706433:51234/cb",
            "http://[::2]:51234/cb",
            "http://[0:0:0:0:0:0:0:1]:51234/cb",
            "http://localhost:51234/cb",
            "https://127.0.0.1:51234/cb",
            "com.example.app://cb",
            "com.example.app:51234/cb",
        ] {
            let changes = [("client_id", Some("desktop")), ("redirect_uri", Some(evil))];
            let answer = app.get(&authorize_url(&changes)).await;
            assert_eq!(error_on_page(&answer), "invalid_request", "{evil}");
        }
    }
}

/// AZ-15
#[tokio::test]
async fn a_web_client_on_loopback_has_one_port() {
    for app in apps().await {
        app.client(web_client("local", "http://127.0.0.1:3000")).await;
        for (uri, is_known) in
            [("http://127.0.0.1:3000/cb", true), ("http://127.0.0.1:3001/cb", false)]
        {
            let changes = [("client_id", Some("local")), ("redirect_uri", Some(uri))];
            let answer = app.get(&authorize_url(&changes)).await;
            assert_eq!(answer.status, if is_known { 303 } else { 400 }, "{uri}");
            assert!(!answer.header("location").starts_with("http"), "{uri}");
        }
    }
}

/// AZ-03 AZ-18
#[tokio::test]
async fn a_missing_redirect_uri_is_forgiven_only_where_one_is_registered_and_no_openid_asked() {
    for app in apps().await {
        app.with_ada().await;
        let two = NewClient {
            redirect_uris: ["https://two.example/a", "https://two.example/b"]
                .map(str::to_owned)
                .to_vec(),
            ..web_client("two", "https://two.example")
        };
        app.client(two).await;
        let answer = app.get(&authorize_url(&[("redirect_uri", None)])).await;
        assert_eq!(error_on_page(&answer), "invalid_request");
        let changes = [("redirect_uri", Some("")), ("prompt", Some("none"))];
        assert_eq!(error_on_page(&app.get(&authorize_url(&changes)).await), "invalid_request");
        let changes =
            [("client_id", Some("two")), ("redirect_uri", None), ("scope", Some("profile"))];
        assert_eq!(error_on_page(&app.get(&authorize_url(&changes)).await), "invalid_request");
        let changes = [("redirect_uri", None), ("scope", Some("profile"))];
        let url = app.browser().authorize(ADA, &changes).await;
        assert!(url.starts_with("https://notes.example/cb?code="), "{url}");
        let code = parameter(&url, "code").unwrap();
        let fields =
            [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER)];
        let answer = app.token(Some(("notes", crate::support::app::SECRET)), &fields).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json().get("id_token").is_none(), "{answer:?}");
    }
}

/// RFC 8252 §8.6: which program listens there, only the person knows.
#[tokio::test]
async fn a_native_client_without_an_https_address_gets_no_code_in_silence() {
    for app in apps().await {
        app.person(ADA).await;
        let claimed = "https://desktop.example/cb".to_owned();
        let mut new = desktop();
        new.redirect_uris.push(claimed.clone());
        app.client(new).await;
        app.client(NewClient { id: Some("ours".into()), first_party: true, ..desktop() }).await;
        let mut browser = app.browser();
        for (client, uri, is_silent) in [
            ("desktop", "http://127.0.0.1:4444/cb", false),
            ("desktop", "http://[::1]:5555/cb", false),
            ("desktop", "com.example.app:/cb", false),
            ("desktop", &claimed, true),
            ("ours", "http://127.0.0.1:4444/cb", false),
        ] {
            let asked = [("client_id", Some(client)), ("redirect_uri", Some(uri))];
            let url = browser.authorize(ADA, &asked).await;
            assert!(parameter(&url, "code").is_some(), "{url}");
            let silent = [asked.as_slice(), &[("prompt", Some("none"))]].concat();
            let answer = browser.get(&authorize_url(&silent)).await;
            let url = answer.header("location").to_owned();
            let error = parameter(&url, "error");
            let expected = (!is_silent).then(|| "consent_required".to_owned());
            assert_eq!(error, expected, "{client} {uri} {}", app.engine);
        }
    }
}
