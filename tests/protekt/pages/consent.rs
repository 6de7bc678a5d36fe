//! Allowing an application, or not.

use protekt::oauth::clients::NewClient;

use super::steps::{count, enter, hidden};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, web_client};
use crate::support::browser::{Browser, parameter, sent_to};

const CODES: &str = "SELECT COUNT(*) FROM authorization_codes";

async fn at_consent(app: &TestApp) -> (Browser, Answer) {
    app.person("ada@example.com").await;
    app.web_client().await;
    let mut browser = app.browser();
    let page = browser.open(&authorize_url(&[])).await;
    let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
    (browser, page)
}

/// Whoever registered it by command has checked it; its owner is said where it is known.
#[tokio::test]
async fn an_app_of_the_operators_is_not_said_to_be_unchecked() {
    for app in apps().await {
        app.person("ada@example.com").await;
        for (id, owner) in [("owned", Some("Northwind Ltd".to_owned())), ("nobodys", None)] {
            let new = NewClient { owner: owner.clone(), ..web_client(id, "https://notes.example") };
            app.client(new).await;
            let mut browser = app.browser();
            let page = browser.open(&authorize_url(&[("client_id", Some(id))])).await;
            let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
            let page = browser.follow(answer).await;
            assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
            assert!(!page.body.contains("class=\"alert"), "{id}: {}", page.body);
            assert_eq!(page.body.contains("run by Northwind Ltd"), owner.is_some(), "{id}");
        }
    }
}

/// CS-07
#[tokio::test]
async fn a_consent_without_the_token_or_from_another_browser_gives_no_code() {
    for app in apps().await {
        let (mut browser, page) = at_consent(&app).await;
        let (flow, csrf) = (hidden(&page, "flow"), hidden(&page, "csrf"));
        let no_token = [("flow", &*flow), ("decision", "allow")];
        assert_eq!(browser.post("/oauth/consent", &no_token).await.status, 400);
        // Another browser, signed in as the very same person, with a token of its own.
        let mut other = app.browser();
        other.sign_in("ada@example.com").await;
        let own = hidden(&other.get("/account").await, "csrf");
        for token in [own, csrf.clone()] {
            let fields = [("csrf", &*token), ("flow", &*flow), ("decision", "allow")];
            let answer = other.post("/oauth/consent", &fields).await;
            assert_eq!(answer.status, 400, "{}", app.engine);
        }
        // The right token from another site.
        let fields = [("csrf", &*csrf), ("flow", &*flow), ("decision", "allow")];
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        {
            browser.extra_headers = vec![(name.to_owned(), value.to_owned())];
            assert_eq!(browser.post("/oauth/consent", &fields).await.status, 403, "{name}");
        }
        assert_eq!(count(&app, CODES).await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 0);
        browser.extra_headers.clear();
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(sent_to(&answer).contains("?code="), "the flow lives: {}", app.engine);
    }
}

#[tokio::test]
async fn a_consent_sent_twice_makes_one_code_and_no_dead_end() {
    for app in apps().await {
        let (mut browser, page) = at_consent(&app).await;
        let allow = [("decision", "allow")];
        let first = browser.submit(&page, "consent-form", &allow).await;
        assert!(sent_to(&first).contains("?code="));
        for decision in ["allow", "deny"] {
            let again = browser.submit(&page, "consent-form", &[("decision", decision)]).await;
            assert!(again.body.contains("id=\"already-continue\""), "{again:?} {}", app.engine);
        }
        let back = browser.open(&format!("/oauth/consent?flow={}", hidden(&page, "flow"))).await;
        assert!(back.body.contains("id=\"already-continue\""), "{}", back.body);
        assert_eq!(count(&app, CODES).await, 1, "{}", app.engine);
    }
}

/// The same form 8 times at once, 20 rounds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_consent_sent_many_times_at_once_makes_one_code() {
    for app in apps().await {
        let (mut browser, mut page) = at_consent(&app).await;
        for round in 1..=20 {
            let (csrf, flow) = (hidden(&page, "csrf"), hidden(&page, "flow"));
            let shown = hidden(&page, "shown");
            let mut senders = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (mut browser, csrf, flow) = (browser.clone(), csrf.clone(), flow.clone());
                let shown = shown.clone();
                senders.spawn(async move {
                    let about = [("csrf", &*csrf), ("flow", &*flow), ("shown", &*shown)];
                    let fields = [about.as_slice(), &[("decision", "allow")]].concat();
                    let answer = browser.post("/oauth/consent", &fields).await;
                    (answer.status, answer.body.contains("id=\"hand-back\""))
                });
            }
            let answers = senders.join_all().await;
            let handed_back = answers.iter().filter(|(_, is_hand_back)| *is_hand_back).count();
            assert_eq!(handed_back, 1, "{answers:?} {}", app.engine);
            assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
            assert_eq!(count(&app, CODES).await, round, "{}", app.engine);
            page = browser.open(&authorize_url(&[("prompt", Some("consent"))])).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_goes_back_to_the_app_without_a_code() {
    for app in apps().await {
        let (mut browser, page) = at_consent(&app).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "deny")]).await;
        let url = sent_to(&answer);
        assert_eq!(parameter(&url, "error").as_deref(), Some("access_denied"), "{url}");
        assert_eq!(parameter(&url, "state").as_deref(), Some("st-1"));
        assert_eq!(parameter(&url, "code"), None);
        assert_eq!(count(&app, CODES).await, 0);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 0);
        // A form without a decision is no consent either.
        let page = browser.open(&authorize_url(&[])).await;
        let answer = browser.submit(&page, "consent-form", &[]).await;
        assert_eq!(parameter(&sent_to(&answer), "code"), None, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_page_names_who_asks_for_what_and_where_it_leads() {
    for app in apps().await {
        let (_, page) = at_consent(&app).await;
        for words in ["Northwind Notes", "Northwind Ltd", "notes.example", "ada@example.com"] {
            assert!(page.body.contains(words), "no {words}: {}", page.body);
        }
        let deny = page.body.find("id=\"consent-deny\"").unwrap();
        let allow = page.body.find("id=\"consent-allow\"").unwrap();
        assert!(deny < allow, "refusing comes first in tab order");
    }
}

#[tokio::test]
async fn switching_the_account_at_consent_lets_somebody_else_sign_in() {
    for app in apps().await {
        let (mut browser, page) = at_consent(&app).await;
        app.person("grace@example.com").await;
        let fields = [("csrf", &*hidden(&page, "csrf")), ("flow", &*hidden(&page, "flow"))];
        let answer = browser.post("/login/restart", &fields).await;
        let page = browser.follow(answer).await;
        let answer = enter(&mut browser, &page, "grace@example.com", PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("grace@example.com"), "{} {}", app.engine, page.body);
        assert!(page.body.contains("id=\"consent-form\""));
    }
}

/// What an app is told of a person stands there before they allow it, each value once.
#[tokio::test]
async fn the_page_shows_everything_that_the_profile_tells_an_app() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        super::steps::execute(
            &app,
            "UPDATE users SET given_name = 'Ada', family_name = 'Lovelace', nickname = 'Countess',
                username = 'ada_l', username_canonical = 'ada_l', locale = 'de',
                zoneinfo = 'Africa/Lagos', picture = 'https://id.example.com/pictures/x'",
        )
        .await;
        let mut browser = app.browser();
        let asked = authorize_url(&[("scope", Some("openid profile")), ("ui_locales", Some("en"))]);
        let page = browser.open(&asked).await;
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let page = browser.follow(answer).await;
        let told =
            "Ada Okafor · Lovelace · Countess · ada_l · your picture · Deutsch · Africa/Lagos";
        assert!(page.body.contains("See your profile"), "{}", page.body);
        assert!(page.body.contains(told), "{} {}", app.engine, page.body);
    }
}
