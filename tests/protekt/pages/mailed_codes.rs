//! Codes by mail: each says what it is for.

use super::steps::{code_in, mail_to};
use crate::support::app::apps;
use crate::support::factors::first_half;
use crate::support::protocol::ADA;

/// What is told of a code that lets somebody in has to be false of no other.
#[tokio::test]
async fn a_mail_with_a_code_says_what_the_code_is_for() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let page = owner.open("/account/2fa/email").await;
        let sent = owner.submit(&page, "begin-form", &[]).await;
        let page = owner.follow(sent).await;
        let set_up = mail_to(&app, ADA).await;
        let code = code_in(&set_up);
        let done = owner.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(done.status, 200, "{done:?}");
        app.clock.advance(61);
        first_half(&mut app.browser(), ADA).await;
        let sign_in = mail_to(&app, ADA).await;
        app.clock.advance(540);
        let page = owner.open("/login/reauth?to=password").await;
        let answer = owner.submit(&page, "factor-form", &[]).await;
        owner.follow(answer).await;
        let proof = mail_to(&app, ADA).await;
        let words = ["wants codes by email", "is signing in to", "show again that it"];
        for (place, mail) in [&set_up, &sign_in, &proof].into_iter().enumerate() {
            for (other, words) in words.iter().enumerate() {
                assert_eq!(mail.contains(words), place == other, "{words}: {mail}");
            }
        }
    }
}
