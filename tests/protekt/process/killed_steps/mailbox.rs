//! Who reads the mail of an account.

use std::io;

use super::super::visitor::Visitor;
use super::walk::{Walk, link_in};

/// Begins the links to a new password.
pub const RESET: &str = "/password/reset?token=";

impl Walk {
    /// Whether a link leads to a form, in a browser of its own. Opening it uses nothing up.
    pub fn leads_to(&self, link: &str, form: &str) -> bool {
        let page = Visitor::new(self.port()).open(link);
        page.is_ok_and(|page| page.body.contains(&format!("id=\"{form}\"")))
    }

    /// Of several mails, the one that counts: its link leads to the form.
    pub fn good_mail(&self, start: &str, form: &str) -> io::Result<Option<String>> {
        self.awaited(|| {
            let mut mails = self.mails(start).into_iter();
            mails.find(|mail| self.leads_to(&link_in(mail, start), form))
        })
    }

    /// The link of that mail.
    pub fn good_link(&self, start: &str, form: &str) -> io::Result<Option<String>> {
        Ok(self.good_mail(start, form)?.map(|mail| link_in(&mail, start)))
    }

    /// Asks for a new password; gives the link to it.
    pub fn forgotten(&mut self) -> io::Result<String> {
        let page = self.open("/password/forgot")?;
        let email = self.email.clone();
        self.submit(&page, "forgot-form", &[("email", &email)])?;
        Ok(self.good_link(RESET, "reset-form")?.unwrap())
    }
}
