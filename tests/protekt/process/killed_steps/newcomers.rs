//! Accounts that begin: by a sign-up or by an invitation.

use std::io;

use super::mailbox::RESET;
use super::walk::{Known, Walk, code_in};
use super::{Flow, killed_and_run_again, run};
use crate::process::visitor::Visitor;
use crate::process::wire::Answer;
use crate::support::app::PASSWORD;

const VERIFY: &str = "/verify-email?token=";

/// The accounts with the address of the person.
fn accounts_of(walk: &Walk) -> Vec<serde_json::Value> {
    let told = run(&walk.switch.installation, &["user", "list", "--json"]).succeeded();
    let all: Vec<serde_json::Value> = serde_json::from_value(told.json()).unwrap();
    all.into_iter().filter(|account| account["email"] == walk.email.as_str()).collect()
}

/// A sign-up, and the code of its mail.
#[derive(Default)]
pub struct SignUp {
    asked: Known,
    /// The page that waits for the code, where the form was answered.
    window: Option<String>,
    verified: Known,
}

impl SignUp {
    fn ask(&mut self, walk: &mut Walk) -> io::Result<Answer> {
        let page = walk.open("/signup")?;
        let email = walk.email.clone();
        let fields = [("name", "Ada Okafor"), ("email", &*email), ("password", PASSWORD)];
        let sent = walk.decide(&mut self.asked, &page, "signup-form", &fields)?;
        let window = self.window.insert(sent.header("location").to_owned());
        walk.open(window)
    }
}

impl Flow for SignUp {
    fn prepare(&mut self, walk: &mut Walk) {
        walk.email = format!("new{}@example.com", walk.person);
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.verified == Known::Yes {
            return Ok(());
        }
        let mut page = match &self.window {
            Some(window) => walk.open(window)?,
            None => self.ask(walk)?,
        };
        let code = loop {
            if let Some(mail) = walk.good_mail(VERIFY, "verify-confirm")? {
                break code_in(&mail);
            }
            page = walk.submit(&page, "resend-form", &[])?;
        };
        let done = walk.decide(&mut self.verified, &page, "verify-form", &[("code", &code)])?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let accounts = accounts_of(walk);
        match self.asked {
            Known::No => assert!(accounts.is_empty(), "nobody asked: {accounts:?}"),
            Known::Maybe => assert!(accounts.len() <= 1, "{accounts:?}"),
            Known::Yes => assert_eq!(accounts.len(), 1, "it was asked for: {accounts:?}"),
        }
        let was_answered = self.verified == Known::Yes;
        let is_verified = accounts.first().is_some_and(|account| account["email_verified"] == true);
        self.verified.settle(is_verified);
        assert!(is_verified || !is_whole);
        assert!(!was_answered || walk.is_signed_in(), "the window that typed the code is");
        if is_verified {
            walk.first_half();
            assert!(walk.is_signed_in());
        } else if let Some(window) = &self.window {
            let page = walk.browser.open(window).unwrap();
            assert!(page.body.contains("id=\"verify-form\""), "it waits for the code: {page:?}");
        }
    }
}

/// A sign-up with somebody else's address, who says so.
#[derive(Default)]
pub struct StrangersSignUp {
    link: String,
    removed: Known,
}

impl Flow for StrangersSignUp {
    fn prepare(&mut self, walk: &mut Walk) {
        walk.email = format!("theirs{}@example.com", walk.person);
        Visitor::new(walk.port()).sign_up(&walk.email, PASSWORD).unwrap();
        self.link = walk.good_link(VERIFY, "verify-not-me").unwrap().unwrap();
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.removed == Known::Yes {
            return Ok(());
        }
        let page = walk.open(&self.link)?;
        let done = walk.decide(&mut self.removed, &page, "verify-not-me", &[])?;
        assert!(done.body.contains("data-outcome=\"removed\""), "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let accounts = accounts_of(walk);
        self.removed.settle(accounts.is_empty());
        let is_removed = self.removed == Known::Yes;
        assert!(is_removed || !is_whole);
        for form in ["verify-not-me", "verify-confirm"] {
            assert_eq!(walk.leads_to(&self.link, form), !is_removed, "{form}");
        }
        // Where the account is left, a sign-in would end this link for another one.
        assert!(!is_removed || !walk.is_right(&walk.email, PASSWORD));
    }
}

/// The first password of somebody who was invited.
#[derive(Default)]
pub struct Invited {
    link: String,
    chosen: Known,
}

impl Flow for Invited {
    fn prepare(&mut self, walk: &mut Walk) {
        walk.email = format!("invited{}@example.com", walk.person);
        let invite = ["user", "invite", &walk.email];
        killed_and_run_again(&walk.switch.installation, &invite).succeeded();
        // The server finds what a command wrote within seconds.
        self.link = walk.good_link(RESET, "reset-form").unwrap().unwrap();
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.chosen == Known::Yes {
            return Ok(());
        }
        let page = walk.open(&self.link)?;
        let fields = [("password", PASSWORD)];
        let done = walk.decide(&mut self.chosen, &page, "reset-form", &fields)?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let was_answered = self.chosen == Known::Yes;
        let is_chosen = walk.is_right(&walk.email, PASSWORD);
        self.chosen.settle(is_chosen);
        assert!(is_chosen || !is_whole);
        let accounts = accounts_of(walk);
        assert_eq!(accounts.len(), 1, "{accounts:?}");
        assert_eq!(accounts[0]["email_verified"], is_chosen, "{accounts:?}");
        assert_eq!(
            walk.leads_to(&self.link, "reset-form"),
            !is_chosen,
            "it opens the account once"
        );
        assert!(!was_answered || walk.is_signed_in(), "the window that chose it is");
        if is_chosen {
            walk.first_half();
            assert!(walk.is_signed_in());
        }
    }
}
