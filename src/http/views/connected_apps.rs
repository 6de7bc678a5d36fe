//! What a person allowed applications.

use askama::Template;

use super::{Account, AccountNotice, AccountPlace, Moment, ScopeIcon, ScopeLine, Shell};
use crate::http::paths;

/// `/account/apps`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_apps.html")]
pub struct ConnectedAppsPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// By name.
    pub apps: Vec<ConnectedAppView>,
}

/// `/account/apps/{client}`
#[derive(Debug, Template, Default)]
#[template(path = "pages/account_app.html")]
pub struct ConnectedAppPage {
    /// The frame.
    pub shell: Shell,
    /// Whose account it is.
    pub account: Account,
    /// Where in the account this is.
    pub here: AccountPlace,
    /// The application.
    pub app: ConnectedAppView,
    /// What it may do.
    pub scopes: Vec<ScopeLine>,
}

/// An application that a person let in.
#[derive(Debug, Clone, Default)]
pub struct ConnectedAppView {
    /// Its `client_id`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Who runs it, where the operator knows.
    pub owner: Option<String>,
    /// The host it runs on.
    pub host: String,
    /// When it was let in.
    pub granted: Moment,
    /// When it last got tokens.
    pub last_used: Option<Moment>,
    /// Whether the person was asked: an application of the operator's own asks for no leave.
    pub asked_for_leave: bool,
}

impl ConnectedAppView {
    /// The letter in the square.
    fn initial(&self) -> String {
        self.name.chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }

    /// Its own page.
    fn path(&self) -> String {
        let id: String = form_urlencoded::byte_serialize(self.id.as_bytes()).collect();
        // In a path a plus is a plus.
        format!("{}/{}", paths::ACCOUNT_APPS, id.replace('+', "%20"))
    }
}
