//! What every page shares: language, names, and the hidden fields of its forms.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;

use super::App;
use super::cookies::Browser;
use super::flow::Kept;
use super::page_error::PageError;
use super::reader::Reader;
use super::{paths, views};
use crate::clock::Timestamp;
use crate::domain::client::Client;
use crate::domain::user::User;
use crate::domain::user_agent::Software;
use crate::domain::{Requester, email_address, redirect_uri};
use crate::oauth::response::host_of;
use crate::store::clients;
use crate::texts::{Key, Locale, Offer};

/// What a page needs of the request.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The browser.
    pub browser: Browser,
    /// Who asks.
    pub requester: Requester,
    /// What is known of the reader.
    pub reader: Reader,
    /// Whether a form was sent, whose fields are lost where another page comes first.
    pub is_form: bool,
    complete_only: bool,
    typed: Option<views::Typed>,
}

impl FromRequestParts<App> for Frame {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let browser = Browser::from_request_parts(parts, app).await?;
        let requester = Requester::from_request_parts(parts, app).await?;
        Ok(Self {
            browser,
            requester,
            reader: Reader::of(parts),
            is_form: parts.method == Method::POST,
            typed: parts.extensions.get().cloned(),
            complete_only: !paths::is_on_the_way_in(parts.uri.path()),
        })
    }
}

impl Frame {
    /// What a device is called until its owner calls it something else.
    #[must_use]
    pub(super) fn device_name(&self, app: &App) -> String {
        software_in_words(&self.shell(app), self.requester.user_agent.as_deref())
    }

    /// The language of the page, and of what is mailed because of it.
    #[must_use]
    pub(super) fn locale(&self, app: &App) -> Locale {
        self.reader.locale(Offer {
            fallback: app.settings.default_language,
            complete_only: self.complete_only && !self.reader.is_on_the_way_to_an_app(),
            with_pseudo: app.settings.development.is_some(),
        })
    }

    /// The frame of a page that belongs to no flow.
    #[must_use]
    pub(super) fn shell(&self, app: &App) -> views::Shell {
        let shell = views::Shell {
            locale: self.locale(app),
            zone: self.reader.zone(),
            brand: app.settings.brand.clone(),
            host: app.host().to_owned(),
            app: None,
            links: app.settings.links.clone(),
            csrf: self.browser.csrf_token(app, self.reader.account().as_ref()),
            flow: None,
            request_id: self.requester.request_id.clone(),
            recovery: None,
            typed: self.typed.clone(),
            is_answer: self.is_form,
        };
        let recovery = self.reader.warning().map(|open| views::RecoveryNotice {
            due: open.due_at.map(|due_at| moment_view(&shell, due_at.up_to_the_minute())),
        });
        views::Shell { recovery, ..shell }
    }

    /// The frame of a page in a flow.
    #[must_use]
    pub(super) fn shell_in_flow(&self, app: &App, flow: Option<&str>) -> views::Shell {
        views::Shell { flow: flow.map(str::to_owned), ..self.shell(app) }
    }
}

/// The frame of a page that a kept request leads to, with the application that asked.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn shell_of(
    app: &App,
    frame: &Frame,
    kept: Option<&Kept>,
) -> Result<views::Shell, PageError> {
    let mut shell = frame.shell_in_flow(app, kept.map(|kept| kept.handle.expose()));
    if let Some(kept) = kept {
        let mut tx = app.store().read().await?;
        let client = clients::find(&mut tx, &kept.row.client_id).await?;
        shell.app = client.map(|client| app_view(&client, None));
    }
    Ok(shell)
}

/// An application as a person knows it.
#[must_use]
pub(super) fn app_view(client: &Client, redirect_uri: Option<&str>) -> views::App {
    let uri = redirect_uri.or_else(|| client.redirect_uris.0.first().map(String::as_str));
    views::App {
        name: client.name.clone(),
        host: uri.map(host_of).unwrap_or_default(),
        // A logo from elsewhere would tell its host who signs in; a copy of our own comes later.
        logo: None,
    }
}

/// A person, as shown back to that person.
#[must_use]
pub(super) fn account_view(user: &User) -> views::Account {
    views::Account { name: user.name.clone().unwrap_or_default(), email: user.email.clone() }
}

/// A person, as shown to whoever may be somebody else: by no name, and a masked address.
#[must_use]
pub(super) fn masked_account_view(user: &User) -> views::Account {
    views::Account { name: String::new(), email: email_address::masked(&user.email) }
}

/// A moment, for machines and in words of the reader's language and zone.
#[must_use]
pub(super) fn moment_view(shell: &views::Shell, time: Timestamp) -> views::Moment {
    views::Moment { words: shell.locale.moment(time, &shell.zone), iso: time.to_rfc3339() }
}

/// Browser and system of a `User-Agent`, in words.
#[must_use]
pub(super) fn software_in_words(shell: &views::Shell, user_agent: Option<&str>) -> String {
    let software = user_agent.map(Software::of).unwrap_or_default();
    match (software.browser, software.system) {
        (Some(browser), Some(system)) => {
            let values: [(&str, &dyn crate::texts::Argument); 2] =
                [("browser", &browser), ("system", &system)];
            shell.locale.texts().text_with(Key("software-on"), &values)
        }
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => shell.t(Key("software-unknown")),
    }
}

/// An address and, where the operator set a database of places, roughly where that is.
#[must_use]
pub(super) fn place_in_words(app: &App, ip: Option<&str>) -> String {
    let Some(ip) = ip else { return String::new() };
    ip.parse().map_or_else(|_| ip.to_owned(), |ip| app.settings.places.in_words(ip))
}

/// Whether a link to this address may stand on a page: https, or http on this machine.
#[must_use]
pub(super) fn safe_link(address: Option<&String>) -> Option<String> {
    let address = address?;
    let parsed = url::Url::parse(address).ok()?;
    let is_safe = parsed.scheme() == "https"
        || (parsed.scheme() == "http" && redirect_uri::is_own_machine(&parsed));
    is_safe.then(|| address.clone())
}
