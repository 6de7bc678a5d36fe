//! Second factors, set up and removed.

use std::io;

use super::Flow;
use super::walk::{Known, Phone, Walk, code_in, options_of, way};
use crate::process::wire::Answer;
use crate::support::authenticator::Authenticator;
use crate::support::factors::codes_of;

/// An authenticator app.
#[derive(Default)]
pub struct Totp {
    phone: Option<Phone>,
    confirmed: Known,
    /// Backup codes that nobody has used.
    pub paper: Vec<String>,
}

impl Totp {
    /// One that counts, and its backup codes.
    pub fn set_up(walk: &mut Walk) -> Self {
        let mut made = Self::default();
        made.steps(walk).unwrap();
        made
    }

    pub fn code(&mut self) -> String {
        self.phone.as_mut().unwrap().code()
    }

    /// Signs in anew with the password and a backup code.
    #[track_caller]
    pub fn sign_in_on_paper(&mut self, walk: &mut Walk) {
        let (page, is_asked) = walk.first_half();
        assert!(is_asked, "{page:?}");
        let code = self.paper.pop().unwrap();
        walk.give(&page, "backup", &code);
    }
}

/// Signs in with the password, and says whether a second factor is asked for, as it must be or
/// must not be.
#[track_caller]
fn asks(walk: &mut Walk, confirmed: &mut Known) -> Option<Answer> {
    let (page, is_asked) = walk.first_half();
    match *confirmed {
        Known::No => assert!(!is_asked, "it was not confirmed: {page:?}"),
        Known::Yes => assert!(is_asked, "it was confirmed: {page:?}"),
        Known::Maybe => *confirmed = if is_asked { Known::Yes } else { Known::No },
    }
    assert_eq!(walk.is_signed_in(), !is_asked);
    is_asked.then_some(page)
}

impl Flow for Totp {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.confirmed == Known::Yes {
            return Ok(());
        }
        walk.sign_in()?;
        let page = walk.open("/account/2fa/totp")?;
        let mut phone = Phone::of(&page);
        let code = phone.code();
        self.phone = Some(phone);
        let done = walk.decide(&mut self.confirmed, &page, "totp-form", &[("code", &code)])?;
        assert_eq!(done.status, 200, "{done:?}");
        self.paper = codes_of(&done.body);
        assert_eq!(self.paper.len(), 10, "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let asked = asks(walk, &mut self.confirmed);
        assert!(asked.is_some() || !is_whole);
        let Some(page) = asked else { return };
        let code = self.code();
        walk.give(&page, "totp", &code);
        if !self.paper.is_empty() {
            self.sign_in_on_paper(walk);
        }
    }
}

/// A new set of backup codes.
#[derive(Default)]
pub struct BackupCodes {
    app: Totp,
    renewed: Known,
    new: Vec<String>,
}

impl Flow for BackupCodes {
    fn prepare(&mut self, walk: &mut Walk) {
        self.app = Totp::set_up(walk);
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.renewed == Known::Yes {
            return Ok(());
        }
        let page = walk.open("/account/2fa/backup-codes")?;
        let done = walk.decide(&mut self.renewed, &page, "renew-form", &[])?;
        assert_eq!(done.status, 200, "{done:?}");
        self.new = codes_of(&done.body);
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        assert!(self.renewed == Known::Yes || !is_whole);
        let (page, is_asked) = walk.first_half();
        assert!(is_asked, "{page:?}");
        match self.renewed {
            Known::No => walk.give(&page, "backup", &self.app.paper.pop().unwrap()),
            Known::Yes => walk.give(&page, "backup", &self.new.pop().unwrap()),
            // Which set counts nobody was told: the app still does.
            Known::Maybe => {
                let code = self.app.code();
                walk.give(&page, "totp", &code);
            }
        }
    }
}

/// A telephone, or the mailbox.
pub struct SentCode {
    kind: &'static str,
    confirmed: Known,
}

impl SentCode {
    pub fn sms() -> Self {
        Self { kind: "sms", confirmed: Known::No }
    }

    pub fn email() -> Self {
        Self { kind: "email", confirmed: Known::No }
    }

    fn number(walk: &Walk) -> String {
        format!("+49151{:07}", 2_000_000 + walk.person)
    }

    fn begin(&self, walk: &mut Walk, page: &Answer) -> io::Result<Answer> {
        let number = Self::number(walk);
        let fields: &[_] = if self.kind == "sms" { &[("phone", &*number)] } else { &[] };
        walk.submit(page, "begin-form", fields)
    }

    fn messages(&self, walk: &Walk) -> Vec<String> {
        if self.kind == "sms" {
            return walk.messages_to(&Self::number(walk));
        }
        walk.mails("Enter this code in the window")
    }

    /// The code of a message that was not there before.
    fn code(&self, walk: &Walk, before: &[String]) -> io::Result<Option<String>> {
        walk.awaited(|| {
            let mut messages = self.messages(walk).into_iter();
            messages.find(|message| !before.contains(message)).map(|message| code_in(&message))
        })
    }
}

impl Flow for SentCode {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.confirmed == Known::Yes {
            return Ok(());
        }
        walk.sign_in()?;
        let mut page = walk.open(&format!("/account/2fa/{}", self.kind))?;
        let code = loop {
            if page.body.contains("id=\"begin-form\"") {
                page = self.begin(walk, &page)?;
            }
            // What was begun goes on with its code, whichever start of the server sent it.
            if let Some(code) = self.code(walk, &[])? {
                break code;
            }
            page = walk.open(&format!("/account/2fa/{}?another=1", self.kind))?;
        };
        let done = walk.decide(&mut self.confirmed, &page, "code-form", &[("code", &code)])?;
        assert_eq!(done.status, 200, "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let before = self.messages(walk);
        let asked = asks(walk, &mut self.confirmed);
        assert!(asked.is_some() || !is_whole);
        let Some(mut page) = asked else { return };
        if !page.body.contains("id=\"mfa-form\"") {
            let answer = walk.browser.submit(&page, "id=\"resend-form\"", &[]).unwrap();
            page = walk.browser.follow(answer).unwrap();
        }
        let code = self.code(walk, &before).unwrap().unwrap();
        walk.give(&page, self.kind, &code);
    }
}

/// A passkey.
#[derive(Default)]
pub struct NewPasskey {
    pub authenticator: Option<Authenticator>,
    confirmed: Known,
}

impl NewPasskey {
    pub fn set_up(walk: &mut Walk) -> Self {
        let mut made = Self::default();
        made.steps(walk).unwrap();
        made
    }

    pub fn authenticator(&mut self) -> &mut Authenticator {
        self.authenticator.as_mut().unwrap()
    }
}

impl Flow for NewPasskey {
    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.confirmed == Known::Yes {
            return Ok(());
        }
        walk.sign_in()?;
        let page = walk.open("/account/passkeys/new")?;
        let mut authenticator = Authenticator::at(&walk.origin());
        let made = authenticator.create(&options_of(&page, "passkey-form"));
        self.authenticator = Some(authenticator);
        let fields = [("assertion", &*made)];
        let done = walk.decide(&mut self.confirmed, &page, "passkey-form", &fields)?;
        // A first factor comes with a page of backup codes.
        let is_another = done.header("location") == "/account/security?notice=added";
        assert!(done.status == 200 || is_another, "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let asked = asks(walk, &mut self.confirmed);
        assert!(asked.is_some() || !is_whole);
        let Some(page) = asked else { return };
        let page = walk.browser.get(&way(&page, "webauthn")).unwrap();
        let options = serde_json::from_str(&options_of(&page, "mfa-form")).unwrap();
        let signed = self.authenticator().get(&options);
        let fields = [("assertion", &*signed)];
        let done = walk.browser.submit(&page, "id=\"mfa-form\"", &fields).unwrap();
        assert_eq!(done.status, 303, "{done:?}");
        assert!(walk.is_signed_in());
    }
}

/// The last factor goes, and its backup codes with it.
#[derive(Default)]
pub struct Removal {
    app: Totp,
    removed: Known,
}

impl Flow for Removal {
    fn prepare(&mut self, walk: &mut Walk) {
        self.app = Totp::set_up(walk);
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.removed == Known::Yes {
            return Ok(());
        }
        let page = walk.open("/account/2fa/totp/remove")?;
        let done = walk.decide(&mut self.removed, &page, "remove-form", &[])?;
        assert_eq!(done.header("location"), "/account/security?notice=removed", "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let (page, is_asked) = walk.first_half();
        match self.removed {
            Known::No => assert!(is_asked && !is_whole, "{page:?}"),
            Known::Yes => assert!(!is_asked, "{page:?}"),
            Known::Maybe if !is_asked => self.removed = Known::Yes,
            Known::Maybe => {}
        }
        if is_asked {
            let code = self.app.paper.pop().unwrap();
            walk.give(&page, "backup", &code);
        }
    }
}
