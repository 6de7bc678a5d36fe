//! Forms that another site, another browser or another time sends.

use super::steps::{BROWSER, bare_form, count, hidden, rows};
use crate::support::app::{PASSWORD, apps, authorize_url};
use protekt::http::paths::is_about_apis;

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

/// CS-03
#[tokio::test]
async fn a_sign_in_without_the_token_of_this_browser_is_refused() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let mut other = app.browser();
        let strange = hidden(&other.open("/login").await, "csrf");
        let own = hidden(&page, "csrf");
        for token in [None, Some(""), Some("x"), Some(strange.as_str()), Some(&own[1..])] {
            let mut fields = vec![("username", "ada@example.com"), ("password", PASSWORD)];
            fields.extend(token.map(|token| ("csrf", token)));
            let answer = browser.post("/login", &fields).await;
            assert_eq!(answer.status, 400, "{token:?} {}", app.engine);
            assert!(answer.body.contains("data-error=\"form_expired\""), "{}", answer.body);
        }
        // Twice is not once.
        let twice = [("csrf", &*own), ("csrf", &*own), ("username", "a"), ("password", PASSWORD)];
        assert_eq!(browser.post("/login", &twice).await.status, 400);
        // In the URL it does not count.
        let fields = [("username", "ada@example.com"), ("password", PASSWORD)];
        assert_eq!(browser.post(&format!("/login?csrf={own}"), &fields).await.status, 400);
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
    }
}

/// The button leads to where the form was.
#[tokio::test]
async fn a_form_that_was_open_too_long_leads_back_to_its_own_page() {
    for app in apps().await {
        for page in ["/signup", "/password/forgot"] {
            let mut browser = app.browser();
            browser.open(page).await;
            let answer =
                browser.send(bare_form(page, &[("csrf", "x"), ("email", "a@b.example")])).await;
            let button = format!("id=\"start-again\" href=\"{page}\"");
            assert!(answer.body.contains(&button), "{page} {}", answer.body);
        }
    }
}

/// CS-03
#[tokio::test]
async fn a_form_from_another_site_is_refused_even_with_the_right_token() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let csrf = hidden(&page, "csrf");
        let fields = [("csrf", &*csrf), ("username", "ada@example.com"), ("password", PASSWORD)];
        let cases: [&[(&str, &str)]; 11] = [
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "https://id.example.com.evil.example")],
            &[("origin", "http://id.example.com")],
            &[("origin", "https://id.example.com:8443")],
            &[("origin", "https://id.example.com/")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "garbage")],
            &[("sec-fetch-site", "none"), ("origin", "null")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        ];
        for case in cases {
            let mut request = bare_form("/login", &fields);
            for (name, value) in case {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
            let answer = browser.send(request).await;
            assert_eq!(answer.status, 403, "{case:?} {}", app.engine);
            assert!(answer.body.contains("data-error=\"access_denied\""), "{}", answer.body);
        }
        assert_eq!(count(&app, SESSIONS).await, 0, "{}", app.engine);
        let fine: [&[(&str, &str)]; 4] = [
            &[],
            &[("origin", "https://id.example.com")],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
        ];
        for case in fine {
            let mut request = bare_form("/login", &fields);
            for (name, value) in case {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
            assert_eq!(browser.send(request).await.status, 303, "{case:?} {}", app.engine);
        }
    }
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        browser.cookies.clear();
        let answer = super::steps::enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        assert_eq!(answer.status, 400, "{}", app.engine);
        assert!(answer.body.contains("data-error=\"cookies_off\""), "{}", answer.body);
        // A new cookie in answer to a form from elsewhere would push out the one there is.
        assert!(!browser.cookies.contains_key(BROWSER), "{}", app.engine);
        assert_eq!(count(&app, SESSIONS).await, 0);
    }
}

#[tokio::test]
async fn an_expired_form_keeps_the_typed_name_and_start_again_goes_on_with_the_flow() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        for in_flow in [true, false] {
            let start = if in_flow { authorize_url(&[]) } else { "/login".to_owned() };
            let page = browser.open(&start).await;
            let fields = [("username", "ada@example.com"), ("password", PASSWORD), ("csrf", "old")];
            let expired = browser.submit(&page, "login-form", &fields).await;
            assert_eq!(expired.status, 400, "{}", app.engine);
            assert!(!expired.body.contains(PASSWORD));
            let fields: Vec<(String, String)> = ["csrf", "flow", "username"]
                .iter()
                .filter(|name| in_flow || **name != "flow")
                .map(|name| ((*name).to_owned(), hidden(&expired, name)))
                .collect();
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let page = browser.post("/login/restart", &fields).await;
            let page = browser.follow(page).await;
            assert_eq!(page.status, 200, "{in_flow} {}", app.engine);
            assert!(page.body.contains("value=\"ada@example.com\""), "{}", page.body);
            let answer =
                super::steps::enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
            let page = browser.follow(answer).await;
            let wanted = if in_flow { "id=\"consent-form\"" } else { "id=\"sign-out\"" };
            assert!(page.body.contains(wanted), "{in_flow} {} {}", app.engine, page.body);
            browser.cookies.remove(super::steps::SESSION);
        }
    }
}

#[tokio::test]
async fn a_flow_of_another_browser_is_nobodys() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut victim = app.browser();
        let page = victim.open(&authorize_url(&[])).await;
        let flow = hidden(&page, "flow");
        let mut thief = app.browser();
        thief.sign_in("ada@example.com").await;
        for path in ["/login", "/login/accounts", "/oauth/consent", "/oauth/authorize", "/signup"] {
            let page = thief.open(&format!("{path}?flow={flow}")).await;
            assert!(!page.body.contains("Northwind"), "{path} {}", page.body);
            assert!(page.status < 500 && page.header("location").is_empty(), "{path}");
        }
        let before = rows(&app).await;
        let answer = super::steps::enter(&mut victim, &page, "ada@example.com", PASSWORD).await;
        assert!(answer.header("location").contains("/oauth/consent"), "the victim's flow lives");
        assert_ne!(rows(&app).await, before);
    }
}

/// Addresses that are not ours, in seven spellings.
const EVIL: [&str; 7] = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
    "/%09/evil.example",
];

/// OR-01, OR-02
#[tokio::test]
async fn no_parameter_leads_away_from_this_server() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let names = [
            "next",
            "returnTo",
            "return_to",
            "redirect",
            "redirect_uri",
            "url",
            "continue",
            "goto",
            "flow",
            "notice",
            "account",
            "to",
            "done",
            "sent",
            "token",
            "challenge",
            "after",
        ];
        let mut anonymous = app.browser();
        let mut signed_in = app.browser();
        signed_in.sign_in("ada@example.com").await;
        let table = protekt::http::routes::table(false);
        let pages = table.iter().filter(|route| {
            route.method == "GET" && !route.cross_origin && !is_about_apis(route.path)
        });
        let paths: std::collections::BTreeSet<String> = pages
            .map(|route| route.path.replace("{id}", "x").replace("{client}", "notes"))
            .map(|path| path.replace("{method}", "totp").replace("{*name}", "x.css"))
            .collect();
        assert!(paths.len() > 35 && paths.contains("/login/accounts"), "{paths:?}");
        for value in EVIL {
            let all = crate::support::app::form(&names.map(|name| (name, value)));
            for path in &paths {
                for browser in [&mut anonymous, &mut signed_in] {
                    let answer = browser.get(&format!("{path}?{all}")).await;
                    let location = answer.header("location");
                    assert!(location.is_empty() || is_own(location), "{path} {value}: {location}");
                    for link in answer.body.split("href=\"").skip(1) {
                        // A key for an app on this device is no address of anybody.
                        let is_key = link.starts_with("otpauth://totp/");
                        // The operator's own, where the way back says whom to ask.
                        let is_contact = link.starts_with("https://example.com/desk\"");
                        assert!(
                            is_own(link) || is_key || is_contact || link.starts_with('#'),
                            "{path} {value}: {link}"
                        );
                    }
                    assert!(!answer.body.contains("http-equiv"), "{path} {value}");
                }
            }
            let page = anonymous.open(&format!("/login?{all}")).await;
            let mut fields = vec![("username", "ada@example.com"), ("password", PASSWORD)];
            fields.extend(names.iter().map(|name| (*name, value)));
            let answer = anonymous.submit(&page, "login-form", &fields).await;
            assert_eq!(answer.header("location"), "/account", "{value} {}", app.engine);
            anonymous.cookies.clear();
        }
    }
}

fn is_own(address: &str) -> bool {
    let mut letters = address.bytes();
    letters.next() == Some(b'/') && !matches!(letters.next(), Some(b'/' | b'\\'))
}
