//! Proving that one's number is one's own.

use askama::Template;

use super::{Account, AccountPlace, FactorNotice, FactorProblem, Shell};

/// `/account/phone`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_phone.html")]
pub struct PhonePage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// The number, in full: its owner typed it.
    pub number: String,
    /// Whether a code waits to be typed.
    pub is_sent: bool,
    /// What was just done.
    pub notice: Option<FactorNotice>,
    /// What is wrong.
    pub problem: Option<FactorProblem>,
}

impl PhonePage {
    /// The field that a message leads to, where the page has it.
    fn field(&self) -> &'static str {
        self.problem.filter(|_| self.is_sent).map_or("", FactorProblem::field)
    }

    fn code_error(&self) -> String {
        let problem = self.problem.filter(|_| self.field() == "code");
        problem.map(|problem| problem.text(&self.shell)).unwrap_or_default()
    }
}
