//! `/account/profile`: what a person says of themselves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    self, AccountNotice, AccountPlace, PictureProblem, ProfileField, ProfilePage, Shell,
};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::{done, notice_of};
use super::proof::{Owner, owner_at};
use crate::accounts::{LOCALES, PostalAddress, ProfileRefusal};
use crate::domain::profile::{ProfileProblem, UncheckedProfile};
use crate::domain::time_zone;
use crate::domain::user::User;
use crate::texts::Key;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let page = page(&app, &frame, &owner, &UncheckedProfile::of(&owner.user), &[]);
    Ok(Page::ok(ProfilePage { notice: notice_of(&query), ..page }).into_response())
}

/// What was typed.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let typed = typed(&form, &owner.user);
    match app.accounts.update_profile((&owner.user, &owner.session), &typed, &frame.requester).await
    {
        Ok(()) => Ok(done(paths::ACCOUNT_PROFILE, AccountNotice::ProfileSaved)),
        Err(ProfileRefusal::Invalid(problems)) => {
            let page = page(&app, &frame, &owner, &typed, &problems);
            Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(ProfileRefusal::Throttled { retry_after_seconds }) => {
            Err(PageError::Throttled { retry_after: retry_after_seconds }.into())
        }
        Err(ProfileRefusal::SessionIsOver) => Ok(signed_out_meanwhile()),
        Err(ProfileRefusal::Fault(fault)) => Err(fault.into()),
    }
}

/// The page after a picture could not be used.
pub(super) fn with_picture_problem(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    (problem, status): (PictureProblem, StatusCode),
    picture_url: String,
) -> Response {
    let page = page(app, frame, owner, &UncheckedProfile::of(&owner.user), &[]);
    let page = ProfilePage { picture_problem: Some(problem), picture_url, ..page };
    Page::new(status, page).into_response()
}

/// The fields of the form as `read` finds them.
fn fields(read: impl Fn(&str) -> String) -> UncheckedProfile {
    UncheckedProfile {
        name: read("name"),
        given_name: read("given_name"),
        family_name: read("family_name"),
        nickname: read("nickname"),
        username: read("username"),
        phone_number: read("phone_number"),
        address: PostalAddress {
            street_address: read("street_address"),
            locality: read("locality"),
            region: read("region"),
            postal_code: read("postal_code"),
            country: read("country"),
        },
        locale: read("locale"),
        zoneinfo: read("zoneinfo"),
    }
}

/// What the account is to hold: what another window saved meanwhile stays, where this one left the
/// field as it was.
fn typed(form: &PageForm, user: &User) -> UncheckedProfile {
    let shown = fields(|name| form.text(&views::shown_name(name)));
    fields(|name| form.text(name)).changes_of(&shown, UncheckedProfile::of(user))
}

fn page(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    profile: &UncheckedProfile,
    problems: &[ProfileProblem],
) -> ProfilePage {
    let shell = frame.shell(app);
    let stored = UncheckedProfile::of(&owner.user);
    let field = |name, label, autocomplete, of: fn(&UncheckedProfile) -> &String| ProfileField {
        name,
        label: shell.t(label),
        hint: hint(&shell, name),
        autocomplete,
        value: of(profile).clone(),
        stored: of(&stored).clone(),
        error: error(&shell, (name, of(profile)), problems),
    };
    ProfilePage {
        account: frame::account_view(&owner.user),
        here: AccountPlace::Profile,
        notice: None,
        picture: own_picture(app, &owner.user),
        picture_host: picture_elsewhere(app, &owner.user),
        picture_url: String::new(),
        picture_problem: None,
        about: vec![
            field("name", Key("profile-name"), "name", |it| &it.name),
            field("given_name", Key("profile-given-name"), "given-name", |it| &it.given_name),
            field("family_name", Key("profile-family-name"), "family-name", |it| &it.family_name),
            field("nickname", Key("profile-nickname"), "off", |it| &it.nickname),
            field("username", Key("profile-username"), "username", |it| &it.username),
        ],
        phone_is_verified: owner
            .user
            .phone_number
            .as_ref()
            .map(|_| owner.user.phone_number_verified_at.is_some()),
        phone_can_be_verified: app.accounts.unverified_phone(&owner.user).is_some(),
        email_can_be_changed: app.accounts.settings.sends_mail,
        contact: vec![field("phone_number", Key("profile-phone"), "tel", |it| &it.phone_number)],
        address: vec![
            field("street_address", Key("profile-street"), "street-address", |it| {
                &it.address.street_address
            }),
            field("postal_code", Key("profile-postal-code"), "postal-code", |it| {
                &it.address.postal_code
            }),
            field("locality", Key("profile-locality"), "address-level2", |it| &it.address.locality),
            field("region", Key("profile-region"), "address-level1", |it| &it.address.region),
            field("country", Key("profile-country"), "country-name", |it| &it.address.country),
        ],
        locale: profile.locale.clone(),
        stored_locale: stored.locale.clone(),
        locale_is_wrong: problems.contains(&ProfileProblem::LocaleUnknown),
        locales: locales(&profile.locale),
        zone: vec![field("zoneinfo", Key("profile-zone"), "off", |it| &it.zoneinfo)],
        shell,
    }
}

/// The picture, where it is one of ours: another would tell its host who looks.
fn own_picture(app: &App, user: &User) -> Option<String> {
    let path = user.picture.as_deref()?.strip_prefix(app.origin())?;
    path.starts_with("/pictures/").then(|| path.to_owned())
}

/// Where the picture lies, where that is not here.
fn picture_elsewhere(app: &App, user: &User) -> Option<String> {
    let address = user.picture.as_deref().filter(|_| own_picture(app, user).is_none())?;
    let host = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    Some(host.unwrap_or_else(|| address.to_owned()))
}

/// The languages to choose from: ours, and the one that is stored.
fn locales(stored: &str) -> Vec<String> {
    let other = Some(stored).filter(|tag| !tag.is_empty() && !LOCALES.contains(tag));
    LOCALES.into_iter().chain(other).map(str::to_owned).collect()
}

fn hint(shell: &Shell, name: &str) -> String {
    match name {
        "username" => shell.t(Key("profile-username-hint")),
        "phone_number" => shell.t(Key("profile-phone-hint")),
        "zoneinfo" => shell.t(Key("profile-zone-hint")),
        _ => String::new(),
    }
}

fn error(shell: &Shell, (name, typed): (&str, &str), problems: &[ProfileProblem]) -> String {
    let key = problems.iter().find_map(|problem| match (problem, name) {
        (ProfileProblem::TextMalformed(field), name) if *field == name => {
            Some(Key("profile-text-malformed"))
        }
        (ProfileProblem::UsernameMalformed, "username") => Some(Key("profile-username-malformed")),
        (ProfileProblem::UsernameTaken, "username") => Some(Key("profile-username-taken")),
        (ProfileProblem::ZoneUnknown, "zoneinfo") => Some(Key("profile-zone-unknown")),
        (ProfileProblem::PhoneMalformed, "phone_number") => Some(Key("profile-phone-malformed")),
        _ => None,
    });
    let nearest = if name == "zoneinfo" { time_zone::nearest(typed) } else { Vec::new() };
    match key {
        Some(_) if !nearest.is_empty() => {
            shell.t1(Key("profile-zone-nearest"), "zones", nearest.join(", "))
        }
        key => key.map(|key| shell.t(key)).unwrap_or_default(),
    }
}
