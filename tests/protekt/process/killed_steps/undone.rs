//! What a thief did to an account, undone by its owner.

use std::io;
use std::time::Duration;

use super::Flow;
use super::accounts::{Address, NEW_PASSWORD};
use super::factors::{NewPasskey, Totp};
use super::walk::{Known, Walk};
use crate::process::pause;
use crate::process::visitor::Visitor;
use crate::support::app::PASSWORD;

/// The link in the mail of a change, and a new password after it.
pub struct Undo {
    /// Makes the change; gives the name by which the thief signs in from then on.
    change: fn(&mut Walk) -> String,
    start: &'static str,
    form: &'static str,
    link: String,
    thief: Option<(Visitor, String)>,
    undone: Known,
    changed: Known,
}

impl Undo {
    pub fn of_factor() -> Self {
        let change = |walk: &mut Walk| {
            Totp::set_up(walk);
            walk.email.clone()
        };
        Self::new(change, "/account/security/undo?token=", "undo-form")
    }

    pub fn of_address() -> Self {
        let change = |walk: &mut Walk| {
            Address::default().steps(walk).unwrap();
            Address::wanted(walk)
        };
        Self::new(change, "/account/email/undo?token=", "return-form")
    }

    fn new(change: fn(&mut Walk) -> String, start: &'static str, form: &'static str) -> Self {
        let (link, thief) = (String::new(), None);
        Self { change, start, form, link, thief, undone: Known::No, changed: Known::No }
    }
}

impl Flow for Undo {
    fn prepare(&mut self, walk: &mut Walk) {
        let name = (self.change)(walk);
        self.thief = Some((walk.browser.clone(), name));
        walk.browser = Visitor::new(walk.port());
        self.link = walk.good_link(self.start, self.form).unwrap().unwrap();
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        if self.undone != Known::Yes {
            let page = walk.open(&self.link)?;
            let done = walk.decide(&mut self.undone, &page, self.form, &[])?;
            assert!(done.body.contains("data-outcome=\"done\""), "{done:?}");
        }
        let link = walk.forgotten()?;
        let page = walk.open(&link)?;
        let fields = [("password", NEW_PASSWORD)];
        let done = walk.decide(&mut self.changed, &page, "reset-form", &fields)?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let (thief, name) = self.thief.as_mut().unwrap();
        let is_undone = !walk.is_right(name, PASSWORD);
        self.undone.settle(is_undone);
        assert_eq!(thief.is_signed_in(), !is_undone, "the session goes with the password");
        assert_eq!(walk.leads_to(&self.link, self.form), !is_undone, "once");
        self.changed.settle(walk.is_right(&walk.email, NEW_PASSWORD));
        assert!(self.changed == Known::Yes || !is_whole);
        if self.changed == Known::Yes {
            assert!(*name == walk.email || !walk.is_right(name, NEW_PASSWORD));
            NEW_PASSWORD.clone_into(&mut walk.password);
            let (page, is_asked) = walk.first_half();
            assert!(!is_asked && walk.is_signed_in(), "{page:?}");
        }
    }
}

/// "Not me" at a passkey in the activity, by somebody with an app.
#[derive(Default)]
pub struct NotMe {
    app: Totp,
    passkey: NewPasskey,
    thief: Option<Visitor>,
    disowned: Known,
}

impl NotMe {
    /// A browser that signed in with the passkey, where that is one.
    fn signed_in(&mut self, walk: &Walk) -> Option<Visitor> {
        let mut browser = Visitor::new(walk.port());
        let page = browser.open("/login").unwrap();
        let mark = "id=\"passkey-login\"";
        let begun = browser.fetch(&page, mark, "/login/passkey/begin").unwrap().json();
        let signed = self.passkey.authenticator().get(&begun["options"]);
        let fields = [("ceremony", begun["handle"].as_str().unwrap()), ("assertion", &*signed)];
        let answer = browser.submit(&page, mark, &fields).unwrap();
        (answer.status == 303).then_some(browser)
    }
}

impl Flow for NotMe {
    fn prepare(&mut self, walk: &mut Walk) {
        self.app = Totp::set_up(walk);
        // What was added in the same second or later goes together.
        pause(Duration::from_millis(1_100));
        self.passkey = NewPasskey::set_up(walk);
        self.thief = self.signed_in(walk);
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.disowned == Known::Yes {
            return Ok(());
        }
        let page = walk.open("/account/activity")?;
        let mut events = page.body.split("<li>");
        let added = events.find(|event| event.contains("set up") && event.contains("Passkey"));
        let id = added.unwrap().split("name=\"event\" value=\"").nth(1).unwrap();
        let fields = [("event", id.split('"').next().unwrap())];
        let done = walk.decide(&mut self.disowned, &page, "activity-form", &fields)?;
        assert_eq!(done.header("location"), "/account/password?done=not-me", "{done:?}");
        assert_eq!(walk.open("/account/password")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let was_answered = self.disowned == Known::Yes;
        assert!(!was_answered || walk.is_signed_in(), "the session that said so goes on");
        let is_left = self.signed_in(walk).is_some();
        self.disowned.settle(!is_left);
        assert!(!is_left || !is_whole);
        let thief = self.thief.as_mut().unwrap();
        assert_eq!(thief.is_signed_in(), is_left, "its session goes with it");
        // What is older stays.
        self.app.sign_in_on_paper(walk);
    }
}
