//! A spent refresh token that comes again: an answer that got lost, or a thief.

use crate::support::answer::Answer;
use crate::support::app::{SECRET, TestApp, Wishes, apps, apps_with};

#[track_caller]
fn assert_invalid_grant(answer: &Answer) {
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");
}

async fn assert_dead(app: &TestApp, answers: &[&Answer]) {
    for answer in answers {
        assert_eq!(app.userinfo(&answer.text("access_token")).await.status, 401, "{}", app.engine);
        assert_invalid_grant(&app.refresh(&answer.text("refresh_token")).await);
    }
}

/// RT-02
#[tokio::test]
async fn a_repetition_within_the_overlap_gets_the_same_successor_and_a_new_access_token() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let second = app.refresh(&first.text("refresh_token")).await;
        for seconds in [0, 5, 4] {
            app.clock.advance(seconds);
            let again = app.refresh(&first.text("refresh_token")).await;
            assert_eq!(again.status, 200, "{again:?}");
            assert_eq!(again.text("refresh_token"), second.text("refresh_token"));
            assert_ne!(again.text("access_token"), second.text("access_token"));
            assert_eq!(app.userinfo(&again.text("access_token")).await.status, 200);
        }
        assert_eq!(app.refresh(&second.text("refresh_token")).await.status, 200);
    }
}

/// RT-02
#[tokio::test]
async fn a_repetition_after_the_overlap_ends_the_family() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let second = app.refresh(&first.text("refresh_token")).await;
        app.clock.advance(10);
        assert_invalid_grant(&app.refresh(&first.text("refresh_token")).await);
        assert_dead(&app, &[&first, &second]).await;
    }
}

/// RT-02
#[tokio::test]
async fn a_repetition_after_the_successor_was_used_ends_the_family() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let second = app.refresh(&first.text("refresh_token")).await;
        let third = app.refresh(&second.text("refresh_token")).await;
        assert_eq!(third.status, 200, "{third:?}");
        assert_invalid_grant(&app.refresh(&first.text("refresh_token")).await);
        assert_dead(&app, &[&first, &second, &third]).await;
    }
}

/// RT-02
#[tokio::test]
async fn a_repetition_with_other_parameters_ends_the_family() {
    for other in [("scope", "openid"), ("audience", "https://id.example.com/userinfo")] {
        for app in apps().await {
            app.with_ada().await;
            let first = app.tokens().await;
            let second = app.refresh(&first.text("refresh_token")).await;
            let token = first.text("refresh_token");
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &token), other];
            assert_invalid_grant(&app.token(Some(("notes", SECRET)), &fields).await);
            assert_dead(&app, &[&first, &second]).await;
        }
    }
}

/// RT-02
#[tokio::test]
async fn without_an_overlap_the_first_repetition_ends_the_family() {
    for app in apps_with(Wishes { refresh_overlap: 0, ..Wishes::default() }).await {
        app.with_ada().await;
        let first = app.tokens().await;
        let second = app.refresh(&first.text("refresh_token")).await;
        assert_eq!(second.status, 200, "{second:?}");
        assert_invalid_grant(&app.refresh(&first.text("refresh_token")).await);
        assert_dead(&app, &[&first, &second]).await;
    }
}

/// RT-02
#[tokio::test]
async fn a_refusal_for_the_scope_within_the_overlap_ends_nothing() {
    for app in apps().await {
        app.with_ada().await;
        let first = app.tokens().await;
        let token = first.text("refresh_token");
        let wide = [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "admin")];
        for _ in 0..2 {
            let answer = app.token(Some(("notes", SECRET)), &wide).await;
            assert_eq!(answer.error(), "invalid_scope", "{answer:?}");
        }
        let second = app.refresh(&token).await;
        assert_eq!(second.status, 200, "{second:?}");
        assert_eq!(app.userinfo(&second.text("access_token")).await.status, 200);
    }
}
