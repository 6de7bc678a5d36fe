//! The address that an account left: what is said of it, and when it rests.

use super::super::not_me::not_me;
use super::super::steps::are_signed_in;
use super::{NEW, changed};
use crate::support::app::apps;
use crate::support::people::from;
use crate::support::protocol::ADA;

/// LO-08: whoever moved the account to a mailbox of theirs can choose a password at any time: nobody is told
/// that a new one is all there is to do.
#[tokio::test]
async fn not_me_after_a_change_of_address_says_what_gives_the_account_back() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let activity = owner.get("/account/activity").await;
        assert!(!activity.body.contains("id=\"moved\""), "{}", activity.body);
        let (thief, link) = changed(&app).await;
        let answer = not_me(&mut owner, "/account/activity", "Email address changed", "").await;
        assert_eq!(answer.header("location"), "/account/activity?notice=address", "{answer:?}");
        let page = owner.follow(answer).await;
        assert!(page.body.contains("id=\"moved\"") && page.body.contains("a•••@example.com"));
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        let mut mailbox = app.browser();
        let page = mailbox.open(&link).await;
        mailbox.submit(&page, "return-form", &[]).await;
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.starts_with(&format!("To: {NEW}\n"))), "{mails:?}");
    }
}

/// A block keeps everybody out, and takes no way back for good.
#[tokio::test]
async fn ways_back_rest_while_the_account_is_blocked() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        let (_, link) = changed(&app).await;
        let mut mailbox = app.browser();
        let page = mailbox.open(&link).await;
        app.app.accounts.set_blocked(&ada.id, true).await.unwrap();
        let answer = mailbox.submit(&page, "return-form", &[]).await;
        assert!(answer.body.contains("data-outcome=\"unknown\""), "{}", answer.body);
        app.store.run("UPDATE users SET deletion_due_at = 9999999999").await;
        let user = app.app.accounts.user(&ada.id).await.unwrap().unwrap();
        let from = from("192.0.2.1");
        assert!(!app.app.accounts.undo_deletion(&user, &from).await.unwrap(), "{}", app.engine);
        app.app.accounts.set_blocked(&ada.id, false).await.unwrap();
        assert!(app.app.accounts.undo_deletion(&user, &from).await.unwrap(), "{}", app.engine);
        let answer = mailbox.submit(&page, "return-form", &[]).await;
        assert!(answer.body.contains("data-outcome=\"done\""), "{}", answer.body);
    }
}
