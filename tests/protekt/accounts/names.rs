//! Spellings of addresses and usernames: who they are, and where their mail goes.

use protekt::accounts::operator::{NewUser, OperatorRefusal};
use protekt::accounts::{ForgottenPassword, SignInRefusal};
use protekt::delivery::MailTemplate;

use crate::support::people::{PASSWORD, World, browser, from, world};
use crate::support::stores::stores;

const STORED: &str = "Kate.O+x@bücher.example";
const SPELLINGS: [&str; 5] = [
    "kate.o+x@bücher.example",
    "\u{212a}ATE.O+X@BÜCHER.EXAMPLE",
    "ｋａｔｅ.o+x@xn--bcher-kva.example",
    "kate.o+x＠bu\u{308}cher.example",
    "\u{feff} kate.o+x@bücher.example\u{200b}",
];
const OTHERS: [&str; 6] = [
    "kateo+x@bücher.example",
    "kate.o@bücher.example",
    "kate.o+x@bucher.example",
    "kate.o+\u{445}@bücher.example",
    "k\u{430}te.o+x@bücher.example",
    "ka\u{200d}te.o+x@bücher.example",
];

fn named(email: &str, username: Option<&str>) -> NewUser {
    NewUser {
        id: None,
        email: email.to_owned(),
        username: username.map(str::to_owned),
        name: None,
        password: Some(PASSWORD.into()),
        email_is_verified: true,
    }
}

async fn forget(world: &World, typed: &str) {
    let form = ForgottenPassword {
        email: typed.to_owned(),
        browser_digest: browser("forgetful"),
        request_handle: None,
        locale: "en".to_owned(),
        locale_was_asked_for: false,
    };
    let _refused = world.accounts.forgot_password(form, &from("192.0.2.7")).await;
}

#[tokio::test]
async fn every_spelling_of_an_address_is_its_account_and_others_are_not() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_user(named(STORED, None)).await.unwrap();
        for spelling in SPELLINGS {
            let signed_in = world.sign_in(spelling, PASSWORD, "192.0.2.1").await.unwrap();
            assert_eq!(signed_in.user.email, STORED, "{spelling} {}", test.engine);
            let taken = world.accounts.create_user(named(spelling, None)).await.unwrap_err();
            assert!(matches!(taken, OperatorRefusal::EmailTaken(_)), "{spelling}: {taken}");
        }
        for other in OTHERS {
            let refusal = world.sign_in(other, PASSWORD, "192.0.2.1").await.unwrap_err();
            assert!(matches!(refusal, SignInRefusal::WrongCredentials { .. }), "{other}");
        }
    }
}

/// PR-01: a mail goes where the account's owner reads it, never where somebody else typed.
#[tokio::test]
async fn mail_goes_to_the_stored_address_and_never_to_the_one_that_was_typed() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_user(named(STORED, None)).await.unwrap();
        for spelling in SPELLINGS {
            forget(&world, spelling).await;
            let mails = world.mail().await;
            let seen: Vec<_> =
                mails.iter().map(|mail| (mail.template, mail.recipient.as_str())).collect();
            assert_eq!(seen, [(MailTemplate::ResetPassword, STORED)], "{spelling}");
        }
        for (number, spelling) in SPELLINGS.into_iter().take(3).enumerate() {
            world.sign_up_as(spelling, &format!("198.51.100.{number}")).await.unwrap();
            let mails = world.mail().await;
            let seen: Vec<_> =
                mails.iter().map(|mail| (mail.template, mail.recipient.as_str())).collect();
            assert_eq!(seen, [(MailTemplate::AlreadyRegistered, STORED)], "{spelling}");
        }
        for other in OTHERS {
            forget(&world, other).await;
            assert!(world.mail().await.is_empty(), "{other} {}", test.engine);
        }
    }
}

#[tokio::test]
async fn a_sign_up_writes_to_the_mailbox_that_the_letters_stand_for() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as("ａｄａ＠example.org", "192.0.2.1").await.unwrap();
        let mails = world.mail().await;
        assert_eq!(mails[0].recipient, "ada@example.org", "{}", test.engine);
    }
}

#[tokio::test]
async fn a_username_may_hold_single_spaces_and_nothing_that_hides_or_an_at() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_user(named("ada@example.org", Some("Ada Grün"))).await.unwrap();
        for spelling in ["ada grün", " ADA  GRÜN ", "ａｄａ\u{a0}gru\u{308}n", "\u{feff}Ada Grün"]
        {
            let signed_in = world.sign_in(spelling, PASSWORD, "192.0.2.1").await.unwrap();
            assert_eq!(signed_in.user.email, "ada@example.org", "{spelling} {}", test.engine);
        }
        for (number, username) in [
            "ada  grün",
            " ada",
            "ada ",
            "ada\tgrün",
            "ada\u{a0}grün",
            "ada@home",
            "ada＠home",
            "a\u{200d}da",
            "a\u{202e}da",
            "ada\u{ad}",
            "",
            "ada\0",
        ]
        .into_iter()
        .enumerate()
        {
            let new = named(&format!("bea{number}@example.org"), Some(username));
            let refusal = world.accounts.create_user(new).await.unwrap_err();
            assert!(matches!(refusal, OperatorRefusal::UsernameMalformed(_)), "{username:?}");
        }
        let new = named("bea@example.org", Some("ADA GRÜN"));
        let refusal = world.accounts.create_user(new).await.unwrap_err();
        assert!(matches!(refusal, OperatorRefusal::UsernameTaken(_)), "{refusal}");
    }
}
