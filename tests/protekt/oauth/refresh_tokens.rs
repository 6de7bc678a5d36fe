//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2).

use crate::support::answer::Answer;
use crate::support::app::{
    PASSWORD, SECRET, TestApp, Wishes, apps, apps_with, claims, jwt_header, web_client,
};
use crate::support::protocol::{ADA, spa_fields};

const DAY: i64 = 24 * 3_600;

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
}

async fn refresh_with(app: &TestApp, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(more);
    app.token(Some(("notes", SECRET)), &fields).await
}

/// RT-01
#[tokio::test]
async fn a_public_client_gets_a_new_refresh_token_every_time() {
    for app in apps().await {
        app.person(ADA).await;
        app.public_client().await;
        let code = app.spa_code().await;
        let mut token = app.token(None, &spa_fields(&code)).await.text("refresh_token");
        let mut seen = vec![token.clone()];
        for _ in 0..5 {
            let fields =
                [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", &token)];
            let answer = app.token(None, &fields).await;
            token = answer.text("refresh_token");
            assert!(!seen.contains(&token), "{answer:?}");
            seen.push(token.clone());
            app.clock.advance(60);
        }
    }
}

/// RT-02. A thief who keeps refreshing is found whenever the owner comes back.
#[tokio::test]
async fn a_reuse_is_seen_as_long_as_the_family_lives() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let mut last = app.refresh(&first.text("refresh_token")).await;
        for _ in 0..6 {
            app.clock.advance(10 * DAY);
            protekt::jobs::purge(&app.app.provider).await.unwrap();
            last = app.refresh(&last.text("refresh_token")).await;
            assert_eq!(last.status, 200, "{last:?}");
        }
        assert_refused(&app.refresh(&first.text("refresh_token")).await, 400, "invalid_grant");
        assert_refused(&app.refresh(&last.text("refresh_token")).await, 400, "invalid_grant");
        assert_eq!(app.userinfo(&last.text("access_token")).await.status, 401, "{}", app.engine);
    }
}

/// A client with a secret must hear that a person has to sign in again, not that it has to wait.
#[tokio::test]
async fn a_client_that_proved_who_it_is_is_never_told_to_wait_for_old_tokens() {
    let wishes = Wishes { unlimited_tries: false, ..Wishes::default() };
    for app in apps_with(wishes).await {
        app.with_ada().await;
        for turn in 0..70 {
            let answer = app.refresh(&format!("ptk_rt_unknown-{turn}")).await;
            assert_refused(&answer, 400, "invalid_grant");
            assert_eq!(answer.json()["error_description"], "Unknown or invalid refresh token.");
        }
    }
}

/// RT-02
#[tokio::test]
async fn an_old_refresh_token_ends_the_whole_family() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let second = app.refresh(&first.text("refresh_token")).await;
        app.clock.advance(11);
        let third = app.refresh(&second.text("refresh_token")).await;
        assert_eq!(third.status, 200, "{third:?}");
        let elsewhere = app.tokens().await;
        assert_refused(&app.refresh(&first.text("refresh_token")).await, 400, "invalid_grant");
        for answer in [&first, &second, &third] {
            assert_eq!(app.userinfo(&answer.text("access_token")).await.status, 401);
            assert_refused(&app.refresh(&answer.text("refresh_token")).await, 400, "invalid_grant");
        }
        assert_eq!(app.userinfo(&elsewhere.text("access_token")).await.status, 200);
        assert_eq!(app.refresh(&elsewhere.text("refresh_token")).await.status, 200);
    }
}

/// RT-03 RT-05
#[tokio::test]
async fn a_refresh_token_is_good_for_its_own_client_that_proves_itself() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        app.client(web_client("other", "https://other.example")).await;
        let token = app.tokens().await.text("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let foreign = app.token(Some(("other", SECRET)), &fields).await;
        assert_refused(&foreign, 400, "invalid_grant");
        let mut by_name = fields.to_vec();
        by_name.push(("client_id", "spa"));
        assert_refused(&app.token(None, &by_name).await, 400, "invalid_grant");
        by_name[2].1 = "notes";
        assert_refused(&app.token(None, &by_name).await, 401, "invalid_client");
        assert_refused(&app.token(None, &fields).await, 401, "invalid_client");
        let good = app.refresh(&token).await;
        assert_eq!(good.status, 200, "{good:?}");
        // Nor does another client's use of a spent one end anything.
        app.clock.advance(60);
        let foreign = app.token(Some(("other", SECRET)), &fields).await;
        assert_refused(&foreign, 400, "invalid_grant");
        assert_eq!(app.refresh(&good.text("refresh_token")).await.status, 200);
    }
}

/// RT-04
#[tokio::test]
async fn a_wider_scope_is_refused_and_costs_nothing() {
    for app in apps().await {
        app.with_ada().await;
        let token = app.tokens().await.text("refresh_token");
        for scope in
            ["openid phone", "admin", "openid email profile offline_access address", "a\"b"]
        {
            let answer = refresh_with(&app, &token, &[("scope", scope)]).await;
            assert_refused(&answer, 400, "invalid_scope");
        }
        assert_eq!(app.refresh(&token).await.status, 200);
    }
}

/// RT-04
#[tokio::test]
async fn a_foreign_audience_is_refused_and_costs_nothing() {
    for app in apps().await {
        app.with_ada().await;
        let token = app.tokens().await.text("refresh_token");
        for name in ["audience", "resource"] {
            for target in ["https://api.example/", "https://id.example.com/api/v2/", "x"] {
                let answer = refresh_with(&app, &token, &[(name, target)]).await;
                assert_refused(&answer, 400, "invalid_target");
            }
        }
        app.clock.advance(60);
        assert_eq!(app.refresh(&token).await.status, 200);
    }
}

/// RT-04
#[tokio::test]
async fn a_narrower_scope_is_for_this_access_token_only() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let narrow = refresh_with(&app, &first.text("refresh_token"), &[("scope", "openid")]).await;
        assert_eq!(narrow.text("scope"), "openid");
        let info = app.userinfo(&narrow.text("access_token")).await.json();
        assert_eq!(info.as_object().unwrap().len(), 1, "{info}");
        let none = refresh_with(&app, &narrow.text("refresh_token"), &[("scope", "email")]).await;
        assert!(!none.body.contains("id_token"), "{none:?}");
        assert_eq!(app.userinfo(&none.text("access_token")).await.status, 403);
        let wide = app.refresh(&none.text("refresh_token")).await;
        assert_eq!(wide.text("scope"), "email offline_access openid profile");
        assert_eq!(app.userinfo(&wide.text("access_token")).await.json()["email"], ADA);
    }
}

/// RT-07
#[tokio::test]
async fn what_is_said_about_the_sign_in_stays_the_same_after_a_refresh() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        app.clock.advance(1_000);
        let second = app.refresh(&first.text("refresh_token")).await;
        for (token, names) in [
            ("id_token", &["sub", "aud", "azp", "auth_time", "iss", "sid", "acr", "amr"][..]),
            (
                "access_token",
                &["sub", "aud", "auth_time", "iss", "sid", "client_id", "scope", "grant_id"],
            ),
        ] {
            let (before, after) = (claims(&first.text(token)), claims(&second.text(token)));
            for name in names {
                assert!(!before[name].is_null(), "{name}");
                assert_eq!(before[name], after[name], "{token} {name}");
            }
            for name in ["iat", "exp"] {
                let moved = after[name].as_i64().unwrap() - before[name].as_i64().unwrap();
                assert_eq!(moved, 1_000, "{token} {name}");
            }
        }
        assert_eq!(claims(&first.text("id_token"))["nonce"], "n-1");
        assert!(claims(&second.text("id_token")).get("nonce").is_none());
        assert_ne!(
            claims(&first.text("access_token"))["jti"],
            claims(&second.text("access_token"))["jti"]
        );
        assert_eq!(jwt_header(&second.text("access_token"))["typ"], "at+jwt");
    }
}

/// RT-09 TK-14
#[tokio::test]
async fn a_changed_password_and_a_block_end_it_at_once() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_refused(&app.refresh(&tokens.text("refresh_token")).await, 400, "invalid_grant");
        let tokens = app.tokens().await;
        app.store.run("UPDATE users SET blocked_at = 1").await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_refused(&app.refresh(&tokens.text("refresh_token")).await, 400, "invalid_grant");
        app.store.run("UPDATE users SET blocked_at = NULL").await;
        let tokens = app.tokens().await;
        app.store.run("DELETE FROM users").await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_refused(&app.refresh(&tokens.text("refresh_token")).await, 400, "invalid_grant");
    }
}

/// RT-09: within the overlap too.
#[tokio::test]
async fn a_repetition_after_a_changed_password_gets_nothing() {
    for app in apps().await {
        app.with_ada().await;
        let token = app.tokens().await.text("refresh_token");
        assert_eq!(app.refresh(&token).await.status, 200);
        app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
        assert_refused(&app.refresh(&token).await, 400, "invalid_grant");
    }
}

/// RT-11
#[tokio::test]
async fn a_refresh_token_that_nobody_uses_lapses() {
    for app in apps().await {
        app.with_ada().await;
        for (seconds, is_good) in [(14 * DAY - 1, true), (14 * DAY, false)] {
            let token = app.tokens().await.text("refresh_token");
            app.clock.advance(seconds);
            let answer = app.refresh(&token).await;
            assert_eq!(answer.status == 200, is_good, "{seconds} {answer:?}");
        }
    }
}

/// RT-11
#[tokio::test]
async fn however_often_it_is_used_the_line_ends_after_its_absolute_life() {
    for app in apps_with(Wishes { refresh_overlap: 0, ..Wishes::default() }).await {
        app.with_ada().await;
        let mut token = app.tokens().await.text("refresh_token");
        for _ in 0..8 {
            app.clock.advance(11 * DAY);
            token = app.refresh(&token).await.text("refresh_token");
        }
        app.clock.advance(2 * DAY - 1);
        token = app.refresh(&token).await.text("refresh_token");
        app.clock.advance(1);
        assert_refused(&app.refresh(&token).await, 400, "invalid_grant");
    }
}

/// IJ-03
#[tokio::test]
async fn what_is_no_refresh_token_at_all_is_refused_calmly() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        for token in [
            "' OR '1'='1",
            "x'; DELETE FROM grants; --",
            "\u{1f980}",
            &"x".repeat(30_000),
            &tokens.text("access_token"),
        ] {
            assert_refused(&app.refresh(token).await, 400, "invalid_grant");
        }
        assert_refused(&app.refresh("a\0b").await, 400, "invalid_request");
        assert_refused(&app.refresh("").await, 400, "invalid_request");
        let text = app.refresh("x").await.text("error_description");
        assert_eq!(text, "Unknown or invalid refresh token.");
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.status, 200);
    }
}

/// RT-09. What an operator withdraws from a client is not minted anew.
#[tokio::test]
async fn a_scope_that_the_client_lost_is_gone_at_the_next_refresh() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let of_code = app.code().await;
        let lose = async |scopes: &str| {
            let mut tx = app.store.store.begin().await.unwrap();
            let id = "notes".into();
            let mut client = protekt::store::clients::find(&mut tx, &id).await.unwrap().unwrap();
            client.scopes = scopes.parse().unwrap();
            protekt::store::clients::update(&mut tx, &client).await.unwrap();
            tx.commit().await.unwrap();
        };
        lose("openid offline_access").await;
        let refreshed = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.text("scope"), "offline_access openid", "{refreshed:?}");
        let info = app.userinfo(&refreshed.text("access_token")).await;
        assert!(info.json().get("email").is_none(), "{info:?}");
        let exchanged = app.exchange(&of_code).await;
        assert_eq!(exchanged.text("scope"), "offline_access openid", "{}", app.engine);
        lose("openid").await;
        let token = refreshed.text("refresh_token");
        assert_refused(&app.refresh(&token).await, 400, "invalid_grant");
    }
}

/// RT-02
#[tokio::test]
async fn a_reuse_is_told_to_the_person_once_for_each_family() {
    const TOLD: &str = "Subject: We ended the access of an app";
    for app in apps().await {
        app.with_ada().await;
        for family in 1..=2 {
            let first = app.tokens().await.text("refresh_token");
            app.refresh(&first).await;
            app.clock.advance(11);
            for _ in 0..3 {
                assert_refused(&app.refresh(&first).await, 400, "invalid_grant");
            }
            let mails = app.mails().await;
            let told: Vec<_> = mails.iter().filter(|mail| mail.contains(TOLD)).collect();
            assert_eq!(told.len(), family, "{} {mails:?}", app.engine);
            for part in ["To: ada@example.com", "Northwind Notes", "id.example.com/account/apps"] {
                assert!(told[0].contains(part), "{part} in {}", told[0]);
            }
        }
    }
}

#[tokio::test]
async fn a_family_that_ended_otherwise_is_no_news_when_its_old_token_comes() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        let first = app.exchange(&browser.code(ADA).await).await.text("refresh_token");
        app.refresh(&first).await;
        app.clock.advance(11);
        let page = browser.get("/account/apps/notes").await;
        browser.submit(&page, "remove-form", &[]).await;
        assert_refused(&app.refresh(&first).await, 400, "invalid_grant");
        let mails = app.mails().await;
        assert!(!mails.iter().any(|mail| mail.contains("We ended")), "{mails:?}");
    }
}
