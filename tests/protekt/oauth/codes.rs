//! Authorization codes (RFC 6749 §4.1).

use protekt::oauth::clients::NewClient;

use crate::support::answer::Answer;
use crate::support::app::{SECRET, TestApp, apps, exchange_fields, web_client};
use crate::support::protocol::{ADA, spa_fields};

#[track_caller]
fn assert_invalid_grant(answer: &Answer) {
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");
}

/// CD-01 CD-02
#[tokio::test]
async fn a_second_redemption_is_refused_and_ends_what_the_first_one_bought() {
    for app in apps().await {
        app.with_ada().await;
        let code = app.code().await;
        let tokens = app.exchange(&code).await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200);
        let refreshed = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        assert_invalid_grant(&app.exchange(&code).await);
        for answer in [&tokens, &refreshed] {
            assert_eq!(app.userinfo(&answer.text("access_token")).await.status, 401);
        }
        assert_invalid_grant(&app.refresh(&refreshed.text("refresh_token")).await);
        assert_invalid_grant(&app.exchange(&code).await);
        // The person's other sign-ins are their own.
        assert_eq!(app.userinfo(&app.tokens().await.text("access_token")).await.status, 200);
    }
}

/// CD-02
#[tokio::test]
async fn a_code_that_comes_again_long_after_its_time_still_ends_what_it_bought() {
    for app in apps().await {
        app.with_ada().await;
        let code = app.code().await;
        let tokens = app.exchange(&code).await;
        app.clock.advance(1_000);
        assert_invalid_grant(&app.exchange(&code).await);
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_invalid_grant(&app.refresh(&tokens.text("refresh_token")).await);
    }
}

async fn other_client(app: &TestApp) {
    // Registered for the redirect URI of `notes` too: the client itself must be compared.
    let new = NewClient {
        redirect_uris: ["https://other.example/cb", "https://notes.example/cb"]
            .map(str::to_owned)
            .to_vec(),
        ..web_client("other", "https://other.example")
    };
    app.client(new).await;
}

/// CD-03
#[tokio::test]
async fn a_code_is_good_for_its_own_client_and_another_burns_nothing() {
    for app in apps().await {
        app.with_ada().await;
        other_client(&app).await;
        let code = app.code().await;
        for uri in ["https://notes.example/cb", "https://other.example/cb"] {
            let mut fields = exchange_fields(&code);
            fields[2].1 = uri;
            assert_invalid_grant(&app.token(Some(("other", SECRET)), &fields).await);
        }
        let tokens = app.exchange(&code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        // Nor does another client's replay end anything.
        assert_invalid_grant(&app.token(Some(("other", SECRET)), &exchange_fields(&code)).await);
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200);
    }
}

/// CD-04
#[tokio::test]
async fn the_redirect_uri_must_be_that_of_the_request() {
    for app in apps().await {
        app.person(ADA).await;
        let new = NewClient {
            redirect_uris: ["https://notes.example/cb", "https://notes.example/other"]
                .map(str::to_owned)
                .to_vec(),
            ..web_client("notes", "https://notes.example")
        };
        app.client(new).await;
        for uri in [
            "https://notes.example/other",
            "https://notes.example/cb/",
            "https://NOTES.example/cb",
            "https://evil.example/",
            "",
        ] {
            let code = app.code().await;
            let mut fields = exchange_fields(&code);
            fields[2].1 = uri;
            assert_invalid_grant(&app.token(Some(("notes", SECRET)), &fields).await);
        }
    }
}

/// CD-05
#[tokio::test]
async fn neither_kind_of_client_redeems_the_code_of_the_other() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        let code = app.spa_code().await;
        let mut fields = spa_fields(&code);
        fields[1].1 = "notes";
        assert_invalid_grant(&app.token(Some(("notes", SECRET)), &fields).await);
        assert_eq!(app.token(None, &spa_fields(&code)).await.status, 200);

        let code = app.code().await;
        let mut fields = exchange_fields(&code).to_vec();
        assert_invalid_grant(&app.token(None, &spa_fields(&code)).await);
        fields.push(("client_id", "notes"));
        let answer = app.token(None, &fields).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
        assert_eq!(app.exchange(&code).await.status, 200);
    }
}

/// CD-09
#[tokio::test]
async fn a_code_lives_a_minute_and_not_a_second_more() {
    for app in apps().await {
        app.with_ada().await;
        for (seconds, is_good) in [(59, true), (60, false), (61, false), (86_400, false)] {
            let code = app.code().await;
            app.clock.advance(seconds);
            let answer = app.exchange(&code).await;
            if is_good {
                assert_eq!(answer.status, 200, "{seconds} {answer:?}");
            } else {
                assert_invalid_grant(&answer);
            }
        }
    }
}

/// RT-09
#[tokio::test]
async fn a_code_of_a_person_whose_password_changed_or_who_was_blocked_buys_nothing() {
    for app in apps().await {
        app.with_ada().await;
        let code = app.code().await;
        let password = crate::support::app::PASSWORD.into();
        app.app.accounts.set_password(ADA, &password).await.unwrap();
        assert_invalid_grant(&app.exchange(&code).await);
        let code = app.code().await;
        app.store.run("UPDATE users SET blocked_at = 1").await;
        assert_invalid_grant(&app.exchange(&code).await);
    }
}

/// IJ-03
#[tokio::test]
async fn what_is_no_code_at_all_is_refused_calmly() {
    for app in apps().await {
        app.with_ada().await;
        let long = "x".repeat(30_000);
        for code in [
            "' OR '1'='1",
            "x'; DROP TABLE users; --",
            "\u{1f980}",
            "%00",
            "ptk_ac_",
            &long,
            "null",
        ] {
            assert_invalid_grant(&app.exchange(code).await);
        }
        let nul = app.exchange("a\0b").await;
        assert_eq!((nul.status, nul.error().as_str()), (400, "invalid_request"));
        let missing = app.exchange("").await;
        assert_eq!((missing.status, missing.error().as_str()), (400, "invalid_request"));
    }
}
