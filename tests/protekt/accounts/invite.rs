//! Accounts whose owners choose the password themselves.

use futures_util::future::join_all;
use protekt::accounts::operator::{NewUser, OperatorRefusal};
use protekt::accounts::{ForgottenPassword, Invitation, Invited, PasswordResetRefusal};
use protekt::delivery::MailTemplate;
use protekt::domain::PlainToken;

use crate::support::people::{PASSWORD, World, browser, from, world};
use crate::support::stores::stores;

const ADA: &str = "ada@example.org";
const DAY: i64 = 24 * 3_600;

fn ada() -> Invitation {
    Invitation {
        email: ADA.to_owned(),
        name: Some("Ada".to_owned()),
        locale: Some("de".to_owned()),
    }
}

/// Invites [`ADA`], and takes the link out of the mail.
async fn invited(world: &World) -> (Invited, PlainToken) {
    let invited = world.accounts.invite(ada()).await.unwrap();
    let mut mails = world.mail().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = mails.remove(0);
    assert_eq!((mail.template, mail.recipient.as_str()), (MailTemplate::Invitation, ADA));
    (invited, mail.link)
}

async fn take(
    world: &World,
    link: &PlainToken,
    password: &str,
) -> Result<(), PasswordResetRefusal> {
    let (password, own, ip) = (password.into(), browser("hers"), from("192.0.2.1"));
    let done = world.accounts.reset_password(link, &password, (&own, None), &ip).await;
    done.map(|_| ())
}

async fn trail(world: &World, kind: &'static str) -> i64 {
    match kind {
        "user_invited" => {
            world.count("SELECT COUNT(*) FROM audit_events WHERE kind = 'user_invited'").await
        }
        _ => world.count("SELECT COUNT(*) FROM audit_events WHERE kind = 'user_created'").await,
    }
}

/// PR-02
#[tokio::test]
async fn an_invitation_gives_a_password_and_a_verified_address_once() {
    for test in stores().await {
        let world = world(&test.store);
        let (invited, link) = invited(&world).await;
        assert!(invited.is_new && invited.user.email_verified_at.is_none());
        assert_eq!(invited.user.locale.as_deref(), Some("de"));
        world.sign_in(ADA, "", "192.0.2.1").await.unwrap_err();
        for _ in 0..3 {
            assert!(world.accounts.look_up_reset(&link).await.unwrap().is_invitation);
        }
        world.clock.advance(7 * DAY - 1);
        let weak = take(&world, &link, "password1").await.unwrap_err();
        assert!(matches!(weak, PasswordResetRefusal::Password(_)), "{weak:?}");
        take(&world, &link, PASSWORD).await.unwrap();
        assert!(world.mail().await.is_empty(), "nobody is told of a change of the first password");
        let late = take(&world, &link, "another good one 7").await.unwrap_err();
        assert!(matches!(late, PasswordResetRefusal::Used), "{late:?}");
        let signed_in = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap();
        assert!(signed_in.user.email_verified_at.is_some(), "{}", test.engine);
        assert_eq!(
            (trail(&world, "user_created").await, trail(&world, "user_invited").await),
            (1, 1)
        );
        // What opens the link is not in the database.
        let digest =
            world.count("SELECT COUNT(*) FROM password_resets WHERE link_digest LIKE 'ptk%'");
        assert_eq!(digest.await, 0, "{}", test.engine);
    }
}

/// PR-02
#[tokio::test]
async fn a_new_invitation_takes_the_place_of_the_last_and_each_ends_after_a_week() {
    for test in stores().await {
        let world = world(&test.store);
        let (_, old) = invited(&world).await;
        world.clock.advance(DAY);
        let (again, new) = invited(&world).await;
        assert!(!again.is_new);
        let refused = take(&world, &old, PASSWORD).await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Superseded), "{refused:?}");
        world.clock.advance(7 * DAY);
        let refused = take(&world, &new, PASSWORD).await.unwrap_err();
        assert!(matches!(refused, PasswordResetRefusal::Expired), "{refused:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1, "{}", test.engine);
        assert_eq!(
            (trail(&world, "user_created").await, trail(&world, "user_invited").await),
            (1, 2)
        );
        let (_, third) = invited(&world).await;
        take(&world, &third, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_in_use_is_not_invited_and_a_strangers_one_gives_way() {
    for test in stores().await {
        let world = world(&test.store);
        let made = NewUser {
            id: None,
            email: "bea@example.org".to_owned(),
            username: None,
            name: None,
            password: Some(PASSWORD.into()),
            email_is_verified: false,
        };
        world.accounts.create_user(made).await.unwrap();
        let wish = |email: &str| Invitation { email: email.to_owned(), name: None, locale: None };
        for taken in ["bea@example.org", "BEA@example.org"] {
            let refused = world.accounts.invite(wish(taken)).await.unwrap_err();
            assert!(matches!(refused, OperatorRefusal::EmailTaken(_)), "{refused}");
        }
        let (_, link) = invited(&world).await;
        take(&world, &link, PASSWORD).await.unwrap();
        let refused = world.accounts.invite(ada()).await.unwrap_err();
        assert!(matches!(refused, OperatorRefusal::EmailTaken(_)), "{refused}");
        // Somebody else signed up with an address that is not theirs.
        world.sign_up_as("cleo@example.org", "192.0.2.9").await.unwrap();
        let invited = world.accounts.invite(wish("cleo@example.org")).await.unwrap();
        assert!(invited.is_new, "{}", test.engine);
        world.sign_in("cleo@example.org", PASSWORD, "192.0.2.9").await.unwrap_err();
        for (bad, says) in [
            (wish("no address"), "not an e-mail address"),
            (Invitation { locale: Some("tlh".to_owned()), ..wish("d@example.org") }, "languages"),
            (Invitation { name: Some("a\0".to_owned()), ..wish("d@example.org") }, "hides text"),
        ] {
            let refused = world.accounts.invite(bad).await.unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}

/// A stranger who asks for a new password neither ends an invitation nor shortens it; whichever
/// link is used first ends the other.
#[tokio::test]
async fn a_forgotten_password_leaves_an_invitation_alone() {
    for test in stores().await {
        let world = world(&test.store);
        let (_, link) = invited(&world).await;
        let form = ForgottenPassword {
            email: ADA.to_owned(),
            browser_digest: browser("stranger"),
            request_handle: None,
            locale: "en".to_owned(),
            locale_was_asked_for: false,
        };
        world.accounts.forgot_password(form, &from("192.0.2.9")).await.unwrap();
        let reset = world.mail().await.remove(0);
        assert_eq!(reset.template, MailTemplate::ResetPassword);
        world.clock.advance(2 * 3_600);
        take(&world, &link, PASSWORD).await.unwrap();
        let late = take(&world, &reset.link, "another good one 7").await.unwrap_err();
        assert!(matches!(late, PasswordResetRefusal::Superseded), "{late:?} {}", test.engine);
    }
}

/// PR-02
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_take_an_invitation_at_once_one_sets_the_password() {
    for test in stores().await {
        let world = world(&test.store);
        for round in 0..20 {
            let email = format!("p{round}@example.org");
            let wish = Invitation { email: email.clone(), name: None, locale: None };
            world.accounts.invite(wish).await.unwrap();
            let mails = world.mail().await;
            let link = mails.into_iter().find(|mail| mail.recipient == email).unwrap().link;
            let passwords: Vec<_> = (0..8).map(|who| format!("harbour {round} of {who}")).collect();
            let taken = passwords.iter().map(|password| take(&world, &link, password));
            let done = join_all(taken).await;
            let winners: Vec<_> = (0..8).filter(|&who| done[who].is_ok()).collect();
            assert_eq!(winners.len(), 1, "{} round {round}: {done:?}", test.engine);
            let ip = format!("192.0.2.{}", round + 2);
            world.sign_in(&email, &passwords[winners[0]], &ip).await.unwrap();
        }
    }
}

/// What is said the second time counts; what is not said stays.
#[tokio::test]
async fn who_is_invited_again_has_the_name_and_language_that_are_given_then() {
    for test in stores().await {
        let world = world(&test.store);
        invited(&world).await;
        for (name, locale, expected) in [
            (None, None, ("Ada", "de")),
            (Some("Ada Lovelace"), None, ("Ada Lovelace", "de")),
            (None, Some("en"), ("Ada Lovelace", "en")),
        ] {
            let (name, locale) = (name.map(str::to_owned), locale.map(str::to_owned));
            let wish = Invitation { email: ADA.to_owned(), name, locale };
            let again = world.accounts.invite(wish).await.unwrap();
            assert!(!again.is_new, "{}", test.engine);
            let has = (again.user.name.as_deref(), again.user.locale.as_deref());
            assert_eq!(has, (Some(expected.0), Some(expected.1)), "{}", test.engine);
        }
    }
}
