//! Signing out, at a client's wish and at the person's.

use super::steps::{SESSION, are_signed_in, bare_form};
use crate::support::app::{TestApp, apps, form, web_client};
use crate::support::browser::{Browser, sent_to};

const BYE: &str = "https://notes.example/bye";

/// A browser after the whole flow, and the ID token it earned.
async fn signed_in(app: &TestApp) -> (Browser, String) {
    app.person("ada@example.com").await;
    app.web_client().await;
    let mut browser = app.browser();
    let tokens = app.exchange(&browser.code("ada@example.com").await).await;
    (browser, tokens.text("id_token"))
}

fn logout(fields: &[(&str, &str)]) -> String {
    format!("/logout?{}", form(fields))
}

/// LO-01
#[tokio::test]
async fn a_client_with_an_id_token_ends_the_session_and_gets_its_state_back() {
    for app in apps().await {
        let (mut browser, hint) = signed_in(&app).await;
        let stolen = browser.cookies.clone();
        let wish = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", BYE),
            ("state", "a b&c=d"),
        ];
        let answer = browser.get(&logout(&wish)).await;
        let wanted = format!("{BYE}?state=a+b%26c%3Dd");
        assert_eq!((answer.status, answer.header("location")), (303, &*wanted), "{}", app.engine);
        assert!(!browser.cookies.contains_key(SESSION));
        assert!(!are_signed_in(&app, &stolen).await, "{}", app.engine);
        // Without a session the person is sent on all the same; `client_id` may stand beside it.
        let with_client = [wish[0], wish[1], ("client_id", "notes")];
        assert_eq!(browser.get(&logout(&with_client)).await.header("location"), BYE);
    }
}

/// LO-01: an expired ID token is still a hint (RP-Initiated Logout 1.0 §2).
#[tokio::test]
async fn an_expired_id_token_of_this_session_still_ends_it() {
    for app in apps().await {
        let (mut browser, hint) = signed_in(&app).await;
        app.clock.advance(2 * 3_600);
        let wish = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        assert_eq!(browser.get(&logout(&wish)).await.header("location"), BYE, "{}", app.engine);
    }
}

/// LO-01, as a form from the client's page.
#[tokio::test]
async fn a_clients_form_is_led_to_our_get_and_ends_the_session_there() {
    for app in apps().await {
        let (mut browser, hint) = signed_in(&app).await;
        let wish = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        for path in ["/logout", "/oidc/logout"] {
            // A cross-site POST brings no Lax cookie.
            let answer = app.send(bare_form(path, &wish)).await;
            assert_eq!(answer.status, 303, "{}", app.engine);
            assert!(answer.header("location").starts_with("/logout?"), "{answer:?}");
            let answer = browser.get(answer.header("location")).await;
            assert_eq!(answer.header("location"), BYE, "{path} {}", app.engine);
        }
        assert!(!browser.cookies.contains_key(SESSION));
    }
}

/// LO-02
#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    for app in apps().await {
        signed_in(&app).await;
        let evil = [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "https://notes.example/bye/../evil",
            "https://notes.example/bye?x=1",
            "https://notes.example/bye#x",
            "https://notes.example@evil.example/bye",
            "https://notes.example.evil.example/bye",
            "HTTPS://NOTES.EXAMPLE/bye",
            "http://notes.example/bye",
            " https://notes.example/bye",
            "https://notes.example/bye\r\nset-cookie: a=b",
            "https://notes.example/cb",
        ];
        for evil in evil {
            for name in ["post_logout_redirect_uri", "returnTo"] {
                let wish = vec![(name, evil), ("client_id", "notes"), ("state", "s")];
                let mut proven = app.browser();
                let tokens = app.exchange(&proven.code("ada@example.com").await).await;
                let hint = tokens.text("id_token");
                let with_hint = [wish.clone(), vec![("id_token_hint", &*hint)]].concat();
                let answer = proven.get(&logout(&with_hint)).await;
                assert_eq!(answer.header("location"), "/logged-out", "{evil} {}", app.engine);
                assert!(!proven.cookies.contains_key(SESSION), "it ends all the same: {evil}");
                // Nobody is signed in any more.
                let answer = proven.get(&logout(&with_hint)).await;
                assert_eq!(answer.header("location"), "/logged-out", "{evil}");
                let mut asked = app.browser();
                asked.sign_in("ada@example.com").await;
                let page = asked.get(&logout(&wish)).await;
                assert_stays(&page.body, evil);
                let answer = asked.submit(&page, "logout-confirm", &[]).await;
                let page = asked.follow(answer).await;
                assert!(page.body.contains("id=\"logged-out\""), "{evil}: {}", page.body);
                assert_stays(&page.body, evil);
            }
        }
    }
}

/// No link of the page leaves this server.
#[track_caller]
fn assert_stays(body: &str, evil: &str) {
    for attribute in ["href=\"", "src=\"", "action=\"", "url="] {
        for rest in body.split(attribute).skip(1) {
            let is_own = rest.starts_with('/') && !rest.starts_with("//") || rest.starts_with('#');
            assert!(is_own, "{evil}: {attribute}{}", &rest[..60.min(rest.len())]);
        }
    }
}

/// LO-03
#[tokio::test]
async fn a_wish_without_a_proof_asks_the_person_first() {
    for app in apps().await {
        let (mut browser, hint) = signed_in(&app).await;
        app.client(web_client("other", "https://other.example")).await;
        app.person("grace@example.com").await;
        let mut graces = app.browser();
        let token = app.exchange(&graces.code("grace@example.com").await).await;
        let graces_hint = token.text("id_token");
        let forged = format!("{}x", &hint[..hint.len() - 1]);
        let wishes: [&[(&str, &str)]; 7] = [
            &[],
            &[("client_id", "notes"), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &graces_hint), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &forged), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", "garbage")],
            &[("id_token_hint", &hint), ("client_id", "other")],
            &[("id_token_hint", &hint), ("id_token_hint", &hint)],
        ];
        for wish in wishes {
            let page = browser.get(&logout(wish)).await;
            assert_eq!(page.status, 200, "{wish:?} {}", app.engine);
            assert!(page.body.contains("id=\"logout-confirm\""), "{}", page.body);
            assert!(page.body.contains("ada@example.com"), "it names the account");
            assert!(are_signed_in(&app, &browser.cookies).await, "{wish:?} {}", app.engine);
        }
        // An image of a page elsewhere is such a wish too.
        browser.extra_headers = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
        browser.get("/v2/logout?client_id=notes").await;
        assert!(are_signed_in(&app, &browser.cookies).await);
    }
}

/// LO-03
#[tokio::test]
async fn a_session_that_began_anew_is_not_ended_by_an_older_id_token() {
    for app in apps().await {
        let (mut browser, hint) = signed_in(&app).await;
        let page = browser.get("/account").await;
        browser.submit(&page, "sign-out", &[]).await;
        browser.sign_in("ada@example.com").await;
        let page = browser.get(&logout(&[("id_token_hint", &hint)])).await;
        assert!(page.body.contains("id=\"logout-confirm\""), "{} {}", app.engine, page.body);
    }
}

#[tokio::test]
async fn after_the_confirmation_the_person_is_handed_back_and_not_redirected() {
    for app in apps().await {
        let (mut browser, _) = signed_in(&app).await;
        let wish = [("client_id", "notes"), ("returnTo", BYE), ("state", "s-9")];
        let page = browser.get(&format!("/v2/logout?{}", form(&wish))).await;
        let answer = browser.submit(&page, "logout-confirm", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""), "{}", app.engine);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(sent_to(&answer), format!("{BYE}?state=s-9"));
        assert!(!browser.cookies.contains_key(SESSION));
        // Twice is no dead end.
        let answer = browser.submit(&page, "logout-confirm", &[]).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_sign_out_form_with_a_wrong_token_or_from_elsewhere_ends_nothing() {
    for app in apps().await {
        let (mut browser, _) = signed_in(&app).await;
        let csrf = super::steps::hidden(&browser.get("/account").await, "csrf");
        let wrong = browser.post("/logout", &[("csrf", "wrong")]).await;
        assert_eq!(wrong.status, 400, "{}", app.engine);
        browser.extra_headers = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
        let cross = browser.post("/logout", &[("csrf", &csrf)]).await;
        assert_eq!(cross.status, 403, "{}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await);
    }
}

/// LO-02. A wish that is kept for the person knows no more than the client has by now.
#[tokio::test]
async fn what_was_withdrawn_from_a_client_counts_no_more_in_a_kept_wish() {
    for app in apps().await {
        let (mut browser, _) = signed_in(&app).await;
        let change = async |is_trusted: bool, uris: &[&str]| {
            let mut tx = app.store.store.begin().await.unwrap();
            let found = protekt::store::clients::find(&mut tx, &"notes".into()).await;
            let mut client = found.unwrap().unwrap();
            client.trusts_logout_by_client_id = is_trusted;
            client.post_logout_redirect_uris =
                uris.iter().copied().collect::<protekt::domain::JsonList>();
            protekt::store::clients::update(&mut tx, &client).await.unwrap();
            tx.commit().await.unwrap();
        };
        let wish = [("client_id", "notes"), ("post_logout_redirect_uri", BYE), ("state", "s")];
        change(true, &[BYE]).await;
        let kept = browser.post("/logout", &wish).await;
        let path = kept.header("location").to_owned();
        assert!(path.starts_with("/logout?flow="), "{kept:?}");
        change(false, &[]).await;
        let page = browser.get(&path).await;
        assert!(page.body.contains("id=\"logout-confirm\""), "{page:?}");
        assert!(are_signed_in(&app, &browser.cookies).await);
        change(true, &[BYE]).await;
        let answer = browser.get(&path).await;
        assert_eq!(sent_to(&answer), format!("{BYE}?state=s"), "{}", app.engine);
    }
}

/// The address alone signs nobody out, and says nothing else to who is signed in.
#[tokio::test]
async fn the_page_after_signing_out_is_for_who_is_signed_out() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        assert_eq!(browser.get("/logged-out").await.status, 200, "{}", app.engine);
        browser.sign_in("ada@example.com").await;
        let answer = browser.get("/logged-out").await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
    }
}
