//! Signing out.

use askama::Template;

use super::{Account, Shell};

/// `/logout`, where it has to be asked.
#[derive(Debug, Template, Default)]
#[template(path = "pages/logout.html")]
pub struct LogoutPage {
    /// The frame.
    pub shell: Shell,
    /// Who is signed in.
    pub account: Account,
    /// How many applications the person is signed out of with it.
    pub apps: u32,
    /// Where "Stay signed in" leads.
    pub stay_url: String,
}

/// `/logged-out`
#[derive(Debug, Template, Default)]
#[template(path = "pages/logged_out.html")]
pub struct LoggedOutPage {
    /// The frame.
    pub shell: Shell,
    /// A registered address of the application the person came from.
    pub app: Option<AppLink>,
}

/// A way to an application.
#[derive(Debug, Clone)]
pub struct AppLink {
    /// Its name.
    pub name: String,
    /// The address.
    pub url: String,
}
