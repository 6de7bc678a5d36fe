//! The way back of who lost every second factor: asked for by mail, approved by command.

use std::io;

use super::accounts::NEW_PASSWORD;
use super::factors::Totp;
use super::mailbox::RESET;
use super::walk::{Known, Walk, link_in};
use super::{Flow, killed_and_run_again, run};
use crate::process::visitor::Visitor;
use crate::support::app::PASSWORD;

const FORM: &str = "/recover/request?token=";

/// Somebody whose phone is gone.
#[derive(Default)]
pub struct Recover {
    asked: Known,
    approved: Known,
    changed: Known,
}

impl Recover {
    /// What waits for an operator.
    fn waiting(walk: &Walk) -> Vec<serde_json::Value> {
        let told = run(&walk.switch.installation, &["user", "recoveries", "--json"]).succeeded();
        let all: Vec<serde_json::Value> = serde_json::from_value(told.json()).unwrap();
        all.into_iter().filter(|wish| wish["email"] == walk.email.as_str()).collect()
    }

    /// To the end of the reason.
    fn ask(&mut self, walk: &mut Walk) -> io::Result<()> {
        while self.asked != Known::Yes {
            let page = walk.open("/recover")?;
            let email = walk.email.clone();
            let sent = walk.submit(&page, "recover-form", &[("email", &email)])?;
            assert!(sent.body.contains("data-outcome=\"sent\""), "{sent:?}");
            let Some(mail) = walk.awaited(|| walk.mails(FORM).pop())? else { continue };
            let page = walk.open(&link_in(&mail, FORM))?;
            let fields = [("reason", "My phone fell into the harbour.")];
            let done = walk.decide(&mut self.asked, &page, "reason-form", &fields)?;
            assert!(done.body.contains("data-outcome=\"recorded\""), "{done:?}");
        }
        Ok(())
    }

    /// The command is killed at any instant; who gives it again comes to its end.
    fn approve(&mut self, walk: &Walk) {
        self.approved = Known::Maybe;
        let approve = ["user", "recover", &walk.email, "--approve"];
        let told = killed_and_run_again(&walk.switch.installation, &approve);
        let is_over = ["decided already", "has not asked"].iter().any(|way| told.err.contains(way));
        assert!(told.code == 0 || is_over, "{}", told.err);
        assert!(Self::waiting(walk).is_empty(), "no delay is set: {}", told.err);
        self.approved = Known::Yes;
    }

    /// A link to a new password: the mailed one, or another where that was being sent when the
    /// server went.
    fn link(walk: &mut Walk) -> io::Result<String> {
        if let Some(mail) = walk.awaited(|| walk.mails(RESET).pop())? {
            return Ok(link_in(&mail, RESET));
        }
        let page = walk.open("/password/forgot")?;
        let email = walk.email.clone();
        walk.submit(&page, "forgot-form", &[("email", &email)])?;
        let mail = walk.awaited(|| walk.mails(RESET).pop())?;
        Ok(link_in(&mail.unwrap(), RESET))
    }
}

impl Flow for Recover {
    fn prepare(&mut self, walk: &mut Walk) {
        Totp::set_up(walk);
        walk.browser = Visitor::new(walk.port());
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        self.ask(walk)?;
        if self.approved != Known::Yes {
            self.approve(walk);
        }
        let link = Self::link(walk)?;
        let page = walk.open(&link)?;
        let fields = [("password", NEW_PASSWORD)];
        let done = walk.decide(&mut self.changed, &page, "reset-form", &fields)?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let waiting = Self::waiting(walk);
        match self.asked {
            Known::No => assert!(waiting.is_empty(), "nobody asked: {waiting:?}"),
            Known::Maybe if waiting.is_empty() => self.asked = Known::No,
            Known::Maybe => self.asked = Known::Yes,
            Known::Yes => assert_eq!(waiting.is_empty(), self.approved == Known::Yes),
        }
        if let Some(wish) = waiting.first() {
            assert_eq!((waiting.len(), wish["reasons"].as_array().unwrap().len()), (1, 1));
        }
        if self.approved != Known::Yes {
            let (page, is_asked) = walk.first_half();
            assert!(is_asked && !is_whole, "the second step stays: {page:?}");
            return;
        }
        assert!(!walk.is_right(&walk.email, PASSWORD), "the old password went");
        let is_changed = walk.is_right(&walk.email, NEW_PASSWORD);
        assert!(self.changed == Known::Maybe || is_changed == (self.changed == Known::Yes));
        self.changed = if is_changed { Known::Yes } else { Known::No };
        assert!(is_changed || !is_whole);
        if is_changed {
            NEW_PASSWORD.clone_into(&mut walk.password);
            let (page, is_asked) = walk.first_half();
            assert!(!is_asked && walk.is_signed_in(), "{page:?}");
        }
    }
}
