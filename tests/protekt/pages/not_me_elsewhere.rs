//! "Not me" at something that added nothing, and what goes along with what was added.

use super::not_me::{
    ACTIVITY, ADDED, NEW_PASSWORD, assert_outcome, not_me, press, reset, undo_links, with_thief,
};
use super::steps::{are_signed_in, count, enter, texts};
use crate::support::app::{PASSWORD, apps, authorize_url, web_client};
use crate::support::authenticator::Authenticator;
use crate::support::factors::{add_passkey, age_factors, set_up_totp};
use crate::support::protocol::ADA;

/// LG-02: each factor that goes along is in the trail, and told of.
#[tokio::test]
async fn what_goes_along_with_a_factor_is_told_of_as_well() {
    for app in apps().await {
        let (_, mut thief, _) = with_thief(&app).await;
        add_passkey(&mut thief, &mut Authenticator::new()).await;
        let links = undo_links(&app).await;
        let before = app.mails().await.len();
        assert_outcome(&press(&app, &links[0]).await.1, 200, "done");
        let gone =
            "SELECT detail FROM audit_events WHERE kind = 'second_factor_removed' ORDER BY detail";
        let gone = texts(&app, gone).await;
        assert!(
            gone.len() == 2 && gone[0].contains("totp") && gone[1].contains("webauthn"),
            "{} {gone:?}",
            app.engine
        );
        let mails = app.mails().await.split_off(before);
        for factor in ["an authenticator app", "a passkey"] {
            let told =
                mails.iter().filter(|mail| mail.contains(&format!("confirmed with {factor}.")));
            assert_eq!(told.count(), 1, "{factor} {mails:?}");
        }
    }
}

/// LO-08: at the line of the stranger's sign-in, nobody is asked for the stranger's own factor; the
/// page says what to do about it.
#[tokio::test]
async fn not_me_at_a_sign_in_leads_to_no_page_that_asks_for_the_thiefs_factor() {
    for app in apps().await {
        let (mut owner, thief, _) = with_thief(&app).await;
        let answer = not_me(&mut owner, ACTIVITY, "Signed in", "").await;
        assert_eq!(answer.header("location"), "/account/activity?notice=factor", "{answer:?}");
        let page = owner.follow(answer).await;
        assert!(page.body.contains("id=\"factor-added-lately\""), "{}", page.body);
        assert!(page.body.contains("id=\"new-password\" href=\"/account/password\""));
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        let answer = not_me(&mut owner, ACTIVITY, ADDED, "Authenticator app").await;
        assert_eq!(answer.header("location"), "/account/activity?notice=link", "{answer:?}");
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 200, "done");
        // Where the session gave it, it is the owner's; and what is long known is asked for.
        let mut owner = app.browser();
        reset(&app, &mut owner).await;
        set_up_totp(&app, &mut owner).await;
        let answer = not_me(&mut owner, ACTIVITY, "Signed in", "").await;
        assert_eq!(answer.header("location"), NEW_PASSWORD, "{answer:?}");
    }
}

/// Nor is who has an older factor told that it may be a stranger's.
#[tokio::test]
async fn not_me_at_a_sign_in_asks_for_an_older_factor() {
    for app in apps().await {
        let (mut owner, ..) = with_thief(&app).await;
        age_factors(&app).await;
        let answer = not_me(&mut owner, ACTIVITY, "Signed in", "").await;
        assert_eq!(answer.header("location"), NEW_PASSWORD, "{answer:?}");
    }
}

/// LG-02: an application that somebody else let in is shut out, and no other.
#[tokio::test]
async fn not_me_at_an_app_that_was_allowed_shuts_it_out() {
    for app in apps().await {
        app.with_ada().await;
        app.client(web_client("other", "https://other.example")).await;
        let mut owner = app.browser();
        let other =
            [("client_id", Some("other")), ("redirect_uri", Some("https://other.example/cb"))];
        owner.authorize(ADA, &other).await;
        app.clock.advance(60);
        let tokens = app.exchange(&owner.code(ADA).await).await;
        let done = not_me(&mut owner, ACTIVITY, "App allowed", "Northwind Notes").await;
        assert_eq!(done.header("location"), NEW_PASSWORD, "{done:?}");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        let removed = "SELECT client_id FROM audit_events WHERE kind = 'access_removed'";
        assert_eq!(texts(&app, removed).await, ["notes"], "{}", app.engine);
        let asked = owner.open(&authorize_url(&[])).await;
        assert!(asked.body.contains("id=\"consent-form\""), "{}", asked.body);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 1, "{}", app.engine);
    }
}

/// LG-02: so is whatever was let in through a session that somebody else began.
#[tokio::test]
async fn not_me_at_a_sign_in_shuts_out_what_was_allowed_through_it() {
    for app in apps().await {
        app.with_ada().await;
        app.client(web_client("other", "https://other.example")).await;
        let mut owner = app.browser();
        owner.authorize(ADA, &[]).await;
        app.clock.advance(60);
        let mut thief = app.browser();
        let other =
            [("client_id", Some("other")), ("redirect_uri", Some("https://other.example/cb"))];
        thief.authorize(ADA, &other).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 2, "{}", app.engine);
        // The newest line of that session is not its first.
        let page = thief.open(&authorize_url(&[("prompt", Some("login"))])).await;
        enter(&mut thief, &page, ADA, PASSWORD).await;
        let done = not_me(&mut owner, ACTIVITY, "Confirmed that it was you", "").await;
        assert_eq!(done.header("location"), NEW_PASSWORD, "{done:?}");
        let left = "SELECT client_id FROM consents";
        assert_eq!(texts(&app, left).await, ["notes"], "{}", app.engine);
    }
}
