//! The mail about a sign-in in a browser that the account was never used in.

use protekt::accounts::SignIn;
use protekt::delivery::MailTemplate;
use protekt::domain::Requester;

use crate::support::people::{PASSWORD, World, browser, from, world};
use crate::support::stores::stores;

const ADA: &str = "ada@example.org";

async fn sign_in(world: &World, name: &str, password: &str) {
    let form = SignIn {
        tells_unclaimed: false,
        login: ADA.to_owned(),
        password: password.into(),
        remember: false,
        browser_digest: Some(browser(name)),
        trust_digest: None,
    };
    let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let requester = Requester { user_agent: Some(user_agent.to_owned()), ..from("192.0.2.1") };
    let _refused = world.accounts.sign_in(form, &requester).await;
}

async fn told(world: &World) -> usize {
    let mails = world.mail().await;
    assert!(mails.iter().all(|mail| mail.template == MailTemplate::NewSignIn), "{mails:?}");
    assert!(mails.iter().all(|mail| mail.recipient == ADA), "{mails:?}");
    mails.len()
}

#[tokio::test]
async fn a_sign_in_in_a_new_browser_is_told_once_and_the_first_of_all_is_not() {
    for test in stores().await {
        let world = world(&test.store);
        // Signs up, and goes on in the browser "first".
        world.person(ADA).await;
        for (name, password, mails) in [
            ("first", PASSWORD, 0),
            ("second", "wrong", 0),
            ("second", PASSWORD, 1),
            ("second", PASSWORD, 0),
            ("first", PASSWORD, 0),
            ("third", PASSWORD, 1),
        ] {
            sign_in(&world, name, password).await;
            assert_eq!(told(&world).await, mails, "{name} {}", test.engine);
        }
        // A new password ends what browsers may try, not that they were seen.
        world.accounts.set_password(ADA, &"quite another 7 words".into()).await.unwrap();
        world.mail().await;
        sign_in(&world, "third", "quite another 7 words").await;
        assert_eq!(told(&world).await, 0, "{}", test.engine);
    }
}

#[tokio::test]
async fn the_first_sign_in_of_an_account_that_an_operator_made_is_no_news() {
    for test in stores().await {
        let world = world(&test.store);
        world.unverified_person(ADA).await;
        test.run("UPDATE users SET email_verified_at = created_at").await;
        sign_in(&world, "first", PASSWORD).await;
        assert_eq!(told(&world).await, 0, "{}", test.engine);
        sign_in(&world, "second", PASSWORD).await;
        assert_eq!(told(&world).await, 1, "{}", test.engine);
    }
}

/// Whoever knows the password does not fill the mailbox of its owner; an hour later there is word of
/// them again.
#[tokio::test]
async fn an_hour_has_ten_mails_about_new_browsers() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let written = "SELECT COUNT(*) FROM outbox WHERE template = 'new_sign_in'";
        for number in 0..15 {
            sign_in(&world, &format!("browser {number}"), PASSWORD).await;
        }
        assert_eq!(world.count(written).await, 10, "{}", test.engine);
        world.clock.advance(3_601);
        sign_in(&world, "another", PASSWORD).await;
        assert_eq!(world.count(written).await, 11, "{}", test.engine);
    }
}
