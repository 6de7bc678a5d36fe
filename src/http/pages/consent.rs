//! `/oauth/consent`: what an application may do, in words, and the person's decision.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, Pending, Person};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{ConsentPage, ScopeIcon, ScopeLine, Shell};
use super::super::{App, paths};
use crate::domain::Scopes;
use crate::domain::resource_server::ApiScopes;
use crate::domain::scope::{OFFLINE_ACCESS, OPENID};
use crate::domain::user::User;
use crate::keys::Purpose;
use crate::oauth::interaction::Step;
use crate::oauth::request::CheckedRequest;
use crate::oauth::response::host_of;
use crate::texts::{Key, Locale};

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let handle = query.get("flow");
    let pending = flow::resumed(&app, &frame, &session, handle, Arrival::Get).await?;
    let mut pending = pending.ok_or_else(PageError::flow_is_over)?;
    match pending.person.take() {
        Some(person) if pending.step == Step::Consent => {
            Ok(Page::ok(page(&app, &frame, &pending, &person)).into_response())
        }
        person => {
            pending.person = person;
            Ok(flow::go_on(&app, &frame, pending, Arrival::Get).await?)
        }
    }
}

/// The decision.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let handle = form.flow();
    let pending = flow::resumed(&app, &frame, &session, handle, Arrival::Post).await?;
    let mut pending = pending.ok_or_else(PageError::flow_is_over)?;
    let person = match pending.person.take() {
        Some(person) if pending.step == Step::Consent => person,
        person => {
            pending.person = person;
            return Ok(flow::go_on(&app, &frame, pending, Arrival::Post).await?);
        }
    };
    let shown = shown_mac(&app, &pending, &person);
    if form.get("shown") != Some(&shown) {
        // Somebody else signed in meanwhile, or the request now asks for more: look again.
        return Ok(flow::see_other(&flow::with_flow(paths::CONSENT, pending.kept.handle.expose())));
    }
    Ok(if form.get("decision") == Some("allow") {
        flow::allow(&app, &frame, &pending, &person).await?
    } else {
        flow::refuse(&app, &frame, &pending, &person).await?
    })
}

/// What the decision is about: this request, this person, this API, these scopes.
fn shown_mac(app: &App, pending: &Pending, person: &Person) -> String {
    let request = &pending.request;
    let api = request.api_identifier().unwrap_or_default();
    let about = format!("{} {api} {}", person.user.id, request.scopes);
    app.key_encryption_key.mac(Purpose::Csrf, pending.kept.handle.expose(), &about)
}

fn page(app: &App, frame: &Frame, pending: &Pending, person: &Person) -> ConsentPage {
    let request = &pending.request;
    let client = &request.client;
    let mut shell = frame.shell_in_flow(app, Some(pending.kept.handle.expose()));
    shell.app = Some(frame::app_view(client, Some(&request.redirect_uri)));
    let before = person.consented.clone().unwrap_or_default();
    // Asked anew on purpose: then everything is new.
    let before = if request.asks_consent_anew() { Scopes::default() } else { before };
    let api = request.api.as_ref().and_then(|api| api.resource_server.as_ref());
    let about = About { user: &person.user, api: api.map(|api| (api.name.as_str(), &api.scopes)) };
    ConsentPage {
        account: frame::account_view(&person.user),
        shown: shown_mac(app, pending, person),
        owner: client.owner.clone(),
        redirect_host: host_of(&request.redirect_uri),
        asked: asked_lines(&shell, request, &before, about),
        granted: scope_lines(&shell, &request.scopes.intersection(&before), about),
        policy_url: frame::safe_link(client.policy_uri.as_ref()),
        terms_url: frame::safe_link(client.terms_uri.as_ref()),
        shell,
    }
}

/// Whose data scopes are about, and which API they are for.
#[derive(Clone, Copy)]
pub(super) struct About<'about> {
    pub(super) user: &'about User,
    /// Its name and what it can be asked for, where it is registered.
    pub(super) api: Option<(&'about str, &'about ApiScopes)>,
}

/// What the scopes let an application do, in words.
#[must_use]
pub(super) fn scope_lines(shell: &Shell, scopes: &Scopes, about: About<'_>) -> Vec<ScopeLine> {
    let user = about.user;
    let line = |scope: &str| match scope {
        OPENID => ScopeLine::openid(shell),
        "profile" => ScopeLine::profile(shell, &profile_values(shell, user)),
        "email" => ScopeLine::email(shell, &user.email, user.email_verified_at.is_some()),
        "phone" => ScopeLine {
            icon: ScopeIcon::Person,
            title: shell.t(Key("scope-phone")),
            detail: user.phone_number.clone().unwrap_or_default(),
            risky: false,
        },
        "address" => ScopeLine {
            icon: ScopeIcon::Person,
            title: shell.t(Key("scope-address")),
            detail: String::new(),
            risky: false,
        },
        OFFLINE_ACCESS => ScopeLine::offline_access(shell),
        other => api_line(shell, about, other),
    };
    scopes.iter().map(line).collect()
}

/// What the scope `profile` tells of a person, each value once: all of the claims that are known
/// (OpenID Connect Core §5.4), but for when they changed.
fn profile_values(shell: &Shell, user: &User) -> Vec<String> {
    let name = user.name.as_deref().unwrap_or_default();
    let is_in_name = |part: &str| name.split_whitespace().any(|word| word == part);
    let language = user.locale.as_ref().map(|tag| Locale::name_of(tag));
    let picture = user.picture.as_ref().map(|_| shell.t(Key("scope-profile-picture")));
    let told = [
        user.name.clone(),
        user.given_name.clone().filter(|part| !is_in_name(part)),
        user.family_name.clone().filter(|part| !is_in_name(part)),
        user.nickname.clone(),
        user.username.clone(),
        picture,
        language,
        user.zoneinfo.clone(),
    ];
    let mut values: Vec<String> = Vec::new();
    for value in told.into_iter().flatten() {
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// A scope in the sentence of its API; where there is none, the word itself.
fn api_line(shell: &Shell, about: About<'_>, scope: &str) -> ScopeLine {
    let Some((name, scopes)) = about.api else {
        let (icon, title) = (ScopeIcon::Key, scope.to_owned());
        return ScopeLine { icon, title, detail: String::new(), risky: false };
    };
    let known = scopes.find(scope);
    let sentence = known.map_or("", |known| known.description.as_str());
    let sentence = if sentence.is_empty() { scope } else { sentence };
    ScopeLine::api(shell, name, sentence, known.is_some_and(|known| known.changes))
}

/// What is asked for now. An API is named also where nothing of its own is asked for.
fn asked_lines(
    shell: &Shell,
    request: &CheckedRequest,
    before: &Scopes,
    about: About<'_>,
) -> Vec<ScopeLine> {
    let mut lines = scope_lines(shell, &request.scopes.without(before), about);
    let names_api = !request.scopes.without(&Scopes::standard()).is_empty();
    if let Some(identifier) = request.api_identifier().filter(|_| !names_api) {
        let name = about.api.map_or(identifier, |(name, _)| name);
        lines.push(ScopeLine::api_alone(shell, name));
    }
    lines
}
