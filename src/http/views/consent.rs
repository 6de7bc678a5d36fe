//! Allowing an application to use an account.

use askama::Template;
use askama::filters::Safe;

use super::{Account, Shell};
use crate::texts::Key;

/// `/oauth/consent`. The application is the shell's.
#[derive(Debug, Template, Default)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is about.
    pub account: Account,
    /// Ties the decision to the person and the scopes that were shown.
    pub shown: String,
    /// Who runs the application, where the operator knows.
    pub owner: Option<String>,
    /// The host the person goes back to.
    pub redirect_host: String,
    /// What is asked for now.
    pub asked: Vec<ScopeLine>,
    /// What was allowed before.
    pub granted: Vec<ScopeLine>,
    /// The application's privacy policy.
    pub policy_url: Option<String>,
    /// The application's terms.
    pub terms_url: Option<String>,
}

/// One permission in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLine {
    /// The picture beside it.
    pub icon: ScopeIcon,
    /// What the application can do.
    pub title: String,
    /// The person's own value, or what it includes. May be empty.
    pub detail: String,
    /// Whether it can change or delete something.
    pub risky: bool,
}

/// The picture beside a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeIcon {
    /// Who somebody is.
    Person,
    /// An email address.
    Mail,
    /// Access that lasts.
    Clock,
    /// Reading something.
    Note,
    /// Changing something.
    Pen,
    /// Anything else.
    Key,
}

impl ScopeLine {
    fn of(icon: ScopeIcon, title: String, detail: String) -> Self {
        Self { icon, title, detail, risky: false }
    }

    /// `openid`
    pub fn openid(shell: &Shell) -> Self {
        let (title, detail) = (Key("scope-openid"), Key("scope-openid-detail"));
        Self::of(ScopeIcon::Key, shell.t(title), shell.t(detail))
    }

    /// `profile`, with what the person says of themselves.
    pub fn profile(shell: &Shell, values: &[String]) -> Self {
        Self::of(ScopeIcon::Person, shell.t(Key("scope-profile")), values.join(" · "))
    }

    /// `email`, with the person's address.
    pub fn email(shell: &Shell, email: &str, verified: bool) -> Self {
        let key =
            if verified { Key("scope-email-verified") } else { Key("scope-email-unverified") };
        Self::of(ScopeIcon::Mail, shell.t(Key("scope-email")), shell.t1(key, "email", email))
    }

    /// `offline_access`
    pub fn offline_access(shell: &Shell) -> Self {
        let (title, detail) = (Key("scope-offline"), Key("scope-offline-detail"));
        Self::of(ScopeIcon::Clock, shell.t(title), shell.t(detail))
    }

    /// An API, of which nothing particular is asked for.
    pub fn api_alone(shell: &Shell, api: &str) -> Self {
        let title = shell.t1(Key("scope-api-alone"), "api", api);
        Self::of(ScopeIcon::Note, title, String::new())
    }

    /// A scope of an API, in the sentence its owner wrote.
    pub fn api(shell: &Shell, api: &str, sentence: &str, risky: bool) -> Self {
        let icon = if risky { ScopeIcon::Pen } else { ScopeIcon::Note };
        let key = if risky { Key("scope-api-changes") } else { Key("scope-api") };
        Self { icon, title: sentence.to_owned(), detail: shell.t1(key, "api", api), risky }
    }
}

impl ConsentPage {
    /// "Either way you'll go back to …".
    fn way_back(&self) -> String {
        match &self.owner {
            Some(owner) => {
                let values: [(&str, &dyn crate::texts::Argument); 2] =
                    [("host", &self.redirect_host), ("owner", owner)];
                self.shell.locale.texts().text_with(Key("consent-way-back-owner"), &values)
            }
            None => self.shell.t1(Key("consent-way-back"), "host", &self.redirect_host),
        }
    }

    fn documents(&self) -> Option<Safe<String>> {
        let (key, links) = match (self.policy_url.as_deref(), self.terms_url.as_deref()) {
            (Some(policy), Some(terms)) => {
                (Key("consent-documents"), vec![("policy", policy), ("terms", terms)])
            }
            (Some(policy), None) => (Key("consent-policy"), vec![("policy", policy)]),
            (None, Some(terms)) => (Key("consent-terms"), vec![("terms", terms)]),
            (None, None) => return None,
        };
        Some(self.shell.rich(key, &[("app", self.shell.app_name())], &links))
    }
}
