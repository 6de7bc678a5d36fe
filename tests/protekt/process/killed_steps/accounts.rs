//! Sign-ins, resets, and what else people change in their accounts.

use std::io;

use super::Flow;
use super::factors::{NewPasskey, Totp};
use super::walk::{Known, Walk, code_in, link_in, way};
use crate::process::visitor::Visitor;
use crate::process::wire::Answer;
use crate::support::app::PASSWORD;

pub const NEW_PASSWORD: &str = "another good one 7";

/// A sign-in with password and app.
#[derive(Default)]
pub struct SignIn {
    app: Totp,
    /// The page that asks for the code, where the password was answered.
    half: Option<Answer>,
    passed: Known,
}

impl Flow for SignIn {
    fn prepare(&mut self, walk: &mut Walk) {
        self.app = Totp::set_up(walk);
        walk.browser = Visitor::new(walk.port());
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.passed == Known::Yes {
            return Ok(());
        }
        let half = walk.sign_in()?;
        self.half = Some(half.clone());
        let code = self.app.code();
        let done = walk.decide(&mut self.passed, &half, "mfa-form", &[("code", &code)])?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        assert_eq!(walk.is_signed_in(), self.passed == Known::Yes, "{:?}", self.passed);
        assert!(self.passed == Known::Yes || !is_whole);
        let Some(half) = self.half.take().filter(|_| !walk.is_signed_in()) else { return };
        // The half sign-in that was answered is still one: it goes on where it was.
        let page = walk.browser.open(&way(&half, "totp")).unwrap();
        let goes_on = page.body.contains("id=\"mfa-form\"");
        assert!(goes_on || self.passed == Known::Maybe, "{page:?}");
        if goes_on {
            let code = self.app.code();
            walk.give(&half, "totp", &code);
            self.passed = Known::Yes;
        } else {
            assert!(page.body.contains("id=\"login-form\""), "{page:?}");
            self.app.sign_in_on_paper(walk);
            self.passed = Known::Yes;
        }
    }
}

/// A sign-in with a passkey alone.
#[derive(Default)]
pub struct PasskeySignIn {
    passkey: NewPasskey,
    passed: Known,
}

impl Flow for PasskeySignIn {
    fn prepare(&mut self, walk: &mut Walk) {
        self.passkey = NewPasskey::set_up(walk);
        walk.browser = Visitor::new(walk.port());
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.passed == Known::Yes {
            return Ok(());
        }
        let page = walk.open("/login")?;
        let begun: serde_json::Value =
            walk.fetch(&page, "passkey-login", "/login/passkey/begin")?.json();
        let signed = self.passkey.authenticator().get(&begun["options"]);
        let fields = [("ceremony", begun["handle"].as_str().unwrap()), ("assertion", &*signed)];
        let done = walk.decide(&mut self.passed, &page, "passkey-login", &fields)?;
        assert_eq!(done.status, 303, "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        assert!(self.passed == Known::Yes || !is_whole);
        assert_eq!(walk.is_signed_in(), self.passed == Known::Yes, "{:?}", self.passed);
    }
}

/// Of two, the one that counts; `changed` is known afterwards.
#[track_caller]
fn settle<T>(changed: &mut Known, old: T, new: T, is_right: impl Fn(&T) -> bool) -> T {
    match (*changed, is_right(&old), is_right(&new)) {
        (Known::No | Known::Maybe, true, false) => {
            *changed = Known::No;
            old
        }
        (Known::Yes | Known::Maybe, false, true) => {
            *changed = Known::Yes;
            new
        }
        (_, old, new) => panic!("{changed:?}, but old: {old}, new: {new}"),
    }
}

/// The same of the two passwords; after the last step the new one counts.
#[track_caller]
fn settle_password(changed: &mut Known, walk: &mut Walk, is_whole: bool) {
    let (old, new) = (PASSWORD.to_owned(), NEW_PASSWORD.to_owned());
    walk.password = settle(changed, old, new, |password| walk.is_right(&walk.email, password));
    assert!(*changed == Known::Yes || !is_whole);
}

/// A forgotten password, by somebody with a second factor.
#[derive(Default)]
pub struct Reset {
    app: Totp,
    changed: Known,
    passed: Known,
}

impl Flow for Reset {
    fn prepare(&mut self, walk: &mut Walk) {
        self.app = Totp::set_up(walk);
        walk.browser = Visitor::new(walk.port());
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        let link = walk.forgotten()?;
        let page = walk.open(&link)?;
        let fields = [("password", NEW_PASSWORD)];
        let done = walk.decide(&mut self.changed, &page, "reset-form", &fields)?;
        let half = walk.open(done.header("location"))?;
        assert!(half.body.contains("id=\"mfa-form\""), "{half:?}");
        let code = self.app.code();
        let done = walk.decide(&mut self.passed, &half, "mfa-form", &[("code", &code)])?;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        settle_password(&mut self.changed, walk, is_whole);
        if std::mem::take(&mut self.passed) == Known::Yes {
            assert!(walk.is_signed_in());
        }
        self.app.sign_in_on_paper(walk);
        walk.browser = Visitor::new(walk.port());
    }
}

/// Another address.
#[derive(Default)]
pub struct Address {
    changed: Known,
}

impl Address {
    pub fn wanted(walk: &Walk) -> String {
        format!("moved{}@example.com", walk.person)
    }
}

impl Flow for Address {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        walk.sign_in()?;
        let mut page = walk.open("/account/email")?;
        let new = Self::wanted(walk);
        let code = loop {
            if page.body.contains("id=\"email-form\"") {
                page = walk.submit(&page, "email-form", &[("email", &new)])?;
            }
            let mail = walk.awaited(|| walk.mails_to(&new, "wants to use").pop())?;
            if let Some(mail) = mail {
                break code_in(&mail);
            }
            walk.submit(&page, "cancel-form", &[])?;
            page = walk.open("/account/email")?;
        };
        let done = walk.decide(&mut self.changed, &page, "code-form", &[("code", &code)])?;
        assert_eq!(done.header("location"), "/account/profile?done=email", "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let (old, new) = (super::walk::address(walk.person), Self::wanted(walk));
        walk.email =
            settle(&mut self.changed, old, new, |email| walk.is_right(email, &walk.password));
        assert!(self.changed == Known::Yes || !is_whole);
        walk.first_half();
        assert!(walk.is_signed_in());
    }
}

/// Another password.
#[derive(Default)]
pub struct Password {
    changed: Known,
}

impl Flow for Password {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        walk.sign_in()?;
        let page = walk.open("/account/password")?;
        let fields = [("password", NEW_PASSWORD)];
        let done = walk.decide(&mut self.changed, &page, "password-form", &fields)?;
        assert_eq!(done.header("location"), "/account?done=password", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let was_answered = self.changed == Known::Yes;
        settle_password(&mut self.changed, walk, is_whole);
        if was_answered {
            assert!(walk.is_signed_in(), "the session that chose it goes on");
        }
        walk.first_half();
        assert!(walk.is_signed_in());
    }
}

/// A password that an operator wants replaced.
#[derive(Default)]
pub struct Renewal {
    changed: Known,
}

impl Flow for Renewal {
    fn prepare(&mut self, walk: &mut Walk) {
        let require = ["user", "require-new-password", &walk.email];
        super::run(&walk.switch.installation, &require).succeeded();
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.changed == Known::Yes {
            return Ok(());
        }
        let page = walk.sign_in()?;
        assert!(page.body.contains("id=\"renewal-form\""), "{page:?}");
        let fields = [("password", NEW_PASSWORD)];
        let done = walk.decide(&mut self.changed, &page, "renewal-form", &fields)?;
        assert_eq!(done.header("location"), "/account?done=password", "{done:?}");
        assert_eq!(walk.open("/account")?.status, 200);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let was_answered = self.changed == Known::Yes;
        settle_password(&mut self.changed, walk, is_whole);
        if was_answered {
            assert!(walk.is_signed_in(), "the session that began with it goes on");
        }
        walk.first_half();
        assert_eq!(walk.is_signed_in(), self.changed == Known::Yes);
    }
}

/// An account that leaves, and stays after all.
#[derive(Default)]
pub struct Deletion {
    asked: Known,
    kept: Known,
}

impl Flow for Deletion {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.kept == Known::Yes {
            return Ok(());
        }
        if self.asked != Known::Yes {
            walk.sign_in()?;
            let page = walk.open("/account/delete")?;
            let email = walk.email.clone();
            let done =
                walk.decide(&mut self.asked, &page, "delete-form", &[("confirm", &email)])?;
            assert!(done.body.contains("data-outcome=\"requested\""), "{done:?}");
        }
        walk.browser = Visitor::new(walk.port());
        let page = match walk.awaited(|| walk.mails("/account/restore?token=").pop())? {
            Some(mail) => walk.open(&link_in(&mail, "/account/restore?token="))?,
            None => walk.sign_in()?,
        };
        let done = walk.decide(&mut self.kept, &page, "restore-form", &[])?;
        let is_kept = done.body.contains("data-outcome=\"kept\"");
        assert!(is_kept || done.header("location") == "/account?done=kept", "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        assert!(self.kept == Known::Yes || !is_whole);
        let (page, _) = walk.first_half();
        let is_leaving = page.body.contains("id=\"restore-form\"");
        match (self.asked, self.kept) {
            (Known::No, _) => assert!(!is_leaving, "nobody asked: {page:?}"),
            (Known::Yes, Known::No) => assert!(is_leaving, "it was asked for: {page:?}"),
            (_, Known::Yes) => assert!(!is_leaving, "it was kept: {page:?}"),
            (_, Known::Maybe) if !is_leaving => self.kept = Known::Yes,
            (_, Known::Maybe) => self.kept = Known::No,
            (Known::Maybe, Known::No) if is_leaving => self.asked = Known::Yes,
            (Known::Maybe, Known::No) => self.asked = Known::No,
        }
        if !is_leaving {
            assert_eq!(page.status, 200, "{page:?}");
            assert!(walk.is_signed_in());
        }
    }
}
