//! What the pages say of a password that cannot be used, and that every other one is taken as typed.

use super::steps::{enter, mail_to};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::browser::Browser;

const REASONS: [(&str, &str); 9] = [
    ("sunshine", "This password is on lists of leaked passwords. Choose another."),
    ("secret", "Use at least 8 characters"),
    ("1Q2W3E4R5T6Y", "This password is on lists of leaked passwords. Choose another."),
    ("1975-11-03", "Dates and years are easy to guess."),
    ("bobobobobobo", "Repeated letters and words are easy to guess."),
    ("abcdefghijklmno", "Sequences like abc or 6543 are easy to guess."),
    ("P4ssw0rd!!", "Many people use a password like this one."),
    ("GraceHopper", "Choose a password without your name, username or email address in it"),
    ("four good\0words here", "This password holds a character that can’t be used."),
];

async fn sign_up(browser: &mut Browser, email: &str, password: &str) -> Answer {
    let page = browser.open("/signup").await;
    let fields = [("name", "Grace Hopper"), ("email", email), ("password", password)];
    browser.submit(&page, "signup-form", &fields).await
}

async fn reset_page(app: &TestApp, browser: &mut Browser, email: &str) -> Answer {
    let page = browser.open("/password/forgot").await;
    browser.submit(&page, "forgot-form", &[("email", email)]).await;
    let mail = mail_to(app, email).await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    let path = link.unwrap().strip_prefix("https://id.example.com").unwrap().to_owned();
    let answer = browser.get(&path).await;
    browser.follow(answer).await
}

/// PR-12
#[tokio::test]
async fn a_weak_or_leaked_password_is_refused_in_words_that_say_what_to_do() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let reset = reset_page(&app, &mut browser, "ada@example.com").await;
        for (password, words) in REASONS {
            let answer = sign_up(&mut browser, "grace@example.com", password).await;
            assert_eq!(answer.status, 422, "{password}");
            assert!(answer.body.contains(words), "{password}: {}", answer.body);
            let shown = format!("value=\"{password}");
            assert!(!answer.body.contains(&shown), "{password} is shown again");
            if password != "GraceHopper" {
                let fields = [("password", password)];
                let answer = browser.submit(&reset, "reset-form", &fields).await;
                assert_eq!(answer.status, 422, "{password}");
                assert!(answer.body.contains(words), "{password}: {}", answer.body);
            }
        }
    }
}

/// PR-12: long, with spaces at its ends, in another script, of pictures.
#[tokio::test]
async fn a_good_password_is_taken_exactly_as_typed() {
    for app in apps().await {
        let passwords = [
            "  two spaces before and after  ",
            "дождь идёт весь день",
            "🦊🐢 nine lives 🐙",
            &"a long one, and longer still; ".repeat(8),
        ];
        for (number, password) in passwords.into_iter().enumerate() {
            let email = format!("grace{number}@example.com");
            let mut browser = app.browser();
            assert_eq!(sign_up(&mut browser, &email, password).await.status, 303, "{password}");
            let mark = "UPDATE users SET email_verified_at = created_at";
            super::steps::execute(&app, mark).await;
            let page = browser.open("/login").await;
            for (typed, status) in [(password.trim_end(), 422), (password, 303)] {
                let is_same = typed == password && status == 422;
                if !is_same {
                    let answer = enter(&mut browser, &page, &email, typed).await;
                    assert_eq!(answer.status, status, "{typed:?} {}", app.engine);
                }
            }
        }
    }
}
