//! The number of a profile, proved by a code.

use std::io;

use super::Flow;
use super::walk::{Known, Walk, code_in};

/// A number that its owner verifies.
#[derive(Default)]
pub struct Number {
    verified: Known,
}

impl Number {
    fn of(walk: &Walk) -> String {
        format!("+49151{:07}", 4_000_000 + walk.person)
    }
}

impl Flow for Number {
    fn prepare(&mut self, walk: &mut Walk) {
        walk.sign_in().unwrap();
        let page = walk.open("/account/profile").unwrap();
        let number = Self::of(walk);
        walk.submit(&page, "profile-form", &[("phone_number", &number)]).unwrap();
    }

    fn steps(&mut self, walk: &mut Walk) -> io::Result<()> {
        if self.verified == Known::Yes {
            return Ok(());
        }
        let number = Self::of(walk);
        let mut page = walk.open("/account/phone")?;
        let code = loop {
            // What was sent goes on with its code, whichever start of the server sent it.
            if page.body.contains("id=\"code-form\"")
                && let Some(message) = walk.awaited(|| walk.messages_to(&number).pop())?
            {
                break code_in(&message);
            }
            page = walk.submit(&page, "send-form", &[])?;
        };
        let done = walk.decide(&mut self.verified, &page, "code-form", &[("code", &code)])?;
        assert_eq!(done.header("location"), "/account/profile?done=phone", "{done:?}");
        Ok(())
    }

    fn check(&mut self, walk: &mut Walk, is_whole: bool) {
        let page = walk.browser.open("/account/profile").unwrap();
        assert!(page.body.contains(&Self::of(walk)), "the number was saved: {page:?}");
        let is_verified = page.body.contains("Number verified");
        assert_ne!(is_verified, page.body.contains("Number not verified"), "{page:?}");
        self.verified.settle(is_verified);
        assert!(is_verified || !is_whole);
        let page = walk.browser.open("/account/phone").unwrap();
        assert_eq!(page.body.contains("id=\"send-form\""), !is_verified, "once: {page:?}");
    }
}
