//! Every route with the access it asks for. The router is made from this table, and a test calls
//! each row with too little authority.

mod management;

use axum::Router;
use axum::routing::{MethodRouter, delete, get, patch, post, put};

use super::api::sign_up::sign_up as sign_up_by_json;
use super::api::{
    half_sign_in, managed_users, me, own_factors, passwords, sessions, users, verification,
};
use super::oauth::{authorize, introspect, logout, metadata, revoke, token, userinfo};
use super::pages::own_factors::{backup_codes, overview, passkeys, removal, sent_code, totp};
use super::pages::{
    account, activity, change_email, change_password, choose_account, connected_apps, consent,
    devices, factor_undo, inbox, login, own_data, passkey_login, phone, picture, profile, proof,
    recover, renew_password, reset_password, second_factor, sign_up, verify_email,
};
use super::{ApiDocs, App, HttpSettings, api_docs, assets, guard, health, metrics, paths};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody's browser, by a form that carries the token it was given.
    Form,
    /// A page that is shown to who is signed in; others are led to sign in.
    SignedIn,
    /// A client that proves who it is.
    Client,
    /// An access token.
    Bearer,
    /// A machine's own access token for the management API.
    Machine,
    /// Whoever the JSON body proves to be, at a client that may use the authentication API.
    Credentials,
    /// Who gave the password at the authentication API and has yet to give a second factor.
    HalfSignedIn,
    /// Who has the token that the operator set; nobody where there is none.
    Monitor,
    /// A request of the protocol from elsewhere: without a token against cross-site requests, it
    /// changes nothing by itself.
    Protocol,
}

/// How large the body of a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodySize {
    /// As the operator set it.
    Small,
    /// As large as a picture.
    Picture,
    /// As large as the handler takes it, and as long on the way.
    Upload,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Route {
    /// The path, as the router writes it.
    pub path: &'static str,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether scripts of registered origins may call it.
    pub cross_origin: bool,
    /// How large its body may be.
    pub size: BodySize,
    handler: MethodRouter<App>,
}

fn route(
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: MethodRouter<App>,
) -> Route {
    Route { path, method, access, cross_origin: false, size: BodySize::Small, handler }
}

fn cross_origin(route: Route) -> Route {
    Route { cross_origin: true, ..route }
}

fn takes_files(route: Route) -> Route {
    Route { size: BodySize::Picture, ..route }
}

fn takes_uploads(route: Route) -> Route {
    Route { size: BodySize::Upload, ..route }
}

/// Every route. Those of a development server are in it only there.
#[must_use]
pub fn table(is_development: bool) -> Vec<Route> {
    let mut table = protocol();
    table.extend(pages());
    table.extend(own_factors_routes());
    table.extend(own_account());
    table.extend(authentication_api());
    table.extend(management::table());
    table.extend(operation());
    if is_development {
        table.push(route("GET", paths::DEV_INBOX, Access::Public, get(inbox::list)));
        table.push(route("GET", paths::DEV_INBOX_MESSAGE, Access::Public, get(inbox::show)));
    }
    table
}

fn protocol() -> Vec<Route> {
    use Access::{Bearer, Client, Form, Protocol, Public};

    vec![
        route("GET", paths::AUTHORIZE, Public, get(authorize::get)),
        route("POST", paths::AUTHORIZE, Protocol, post(authorize::post)),
        route("GET", paths::AUTHORIZE_ALIAS, Public, get(authorize::get)),
        route("POST", paths::AUTHORIZE_ALIAS, Protocol, post(authorize::post)),
        cross_origin(route("POST", paths::TOKEN, Client, post(token::post))),
        route("POST", paths::INTROSPECT, Client, post(introspect::post)),
        cross_origin(route("POST", paths::REVOKE, Client, post(revoke::post))),
        cross_origin(route("GET", paths::USERINFO, Bearer, get(userinfo::answer))),
        cross_origin(route("POST", paths::USERINFO, Bearer, post(userinfo::answer))),
        route("GET", paths::LOGOUT, Public, get(logout::get)),
        route("POST", paths::LOGOUT, Form, post(logout::post)),
        route("GET", paths::LOGOUT_OIDC, Public, get(logout::get)),
        route("POST", paths::LOGOUT_OIDC, Form, post(logout::post)),
        route("GET", paths::LOGOUT_V2, Public, get(logout::get)),
        cross_origin(route("GET", paths::OPENID_CONFIGURATION, Public, get(metadata::discovery))),
        cross_origin(route(
            "GET",
            paths::OAUTH_AUTHORIZATION_SERVER,
            Public,
            get(metadata::discovery),
        )),
        cross_origin(route("GET", paths::JWKS, Public, get(metadata::jwks))),
    ]
}

fn pages() -> Vec<Route> {
    use Access::{Form, Public, SignedIn};

    vec![
        route("GET", paths::HOME, Public, get(account::home)),
        route("GET", paths::LOGIN, Public, get(login::show)),
        route("POST", paths::LOGIN, Form, post(login::submit)),
        route("POST", paths::LOGIN_RESTART, Form, post(login::restart)),
        route("POST", paths::LOGIN_CANCEL, Form, post(login::cancel)),
        route("GET", paths::LOGIN_PASSWORD_EXPIRED, Public, get(renew_password::show)),
        route("POST", paths::LOGIN_PASSWORD_EXPIRED, Form, post(renew_password::submit)),
        route("GET", paths::LOGIN_REAUTH, SignedIn, get(proof::show)),
        route("POST", paths::LOGIN_REAUTH, Form, post(proof::submit)),
        route("POST", paths::LOGIN_REAUTH_FACTOR, Form, post(proof::by_factor)),
        route("POST", paths::LOGIN_PASSKEY, Form, post(passkey_login::submit)),
        route("POST", paths::LOGIN_PASSKEY_BEGIN, Form, post(passkey_login::begin)),
        route("GET", paths::LOGIN_MFA, Public, get(second_factor::ways)),
        route("POST", paths::LOGIN_MFA, Form, post(second_factor::choose)),
        route("GET", paths::LOGIN_MFA_METHOD, Public, get(second_factor::show)),
        route("POST", paths::LOGIN_MFA_METHOD, Form, post(second_factor::submit)),
        route("GET", paths::LOGIN_ACCOUNTS, Public, get(choose_account::show)),
        route("POST", paths::LOGIN_ACCOUNTS, Form, post(choose_account::submit)),
        route("POST", paths::LOGIN_ACCOUNTS_FORGET, Form, post(choose_account::forget)),
        route("GET", paths::SIGNUP, Public, get(sign_up::show)),
        route("POST", paths::SIGNUP, Form, post(sign_up::submit)),
        route("GET", paths::VERIFY_EMAIL, Public, get(verify_email::show)),
        route("POST", paths::VERIFY_EMAIL, Form, post(verify_email::submit)),
        route("POST", paths::VERIFY_EMAIL_CONFIRM, Form, post(verify_email::confirm)),
        route("POST", paths::VERIFY_EMAIL_RESEND, Form, post(verify_email::resend)),
        route("POST", paths::VERIFY_EMAIL_CHANGE, Form, post(verify_email::change_address)),
        route("POST", paths::VERIFY_EMAIL_NOT_ME, Form, post(verify_email::not_me)),
        route("GET", paths::PASSWORD_FORGOT, Public, get(reset_password::forgot)),
        route("POST", paths::PASSWORD_FORGOT, Form, post(reset_password::ask)),
        route("GET", paths::PASSWORD_RESET, Public, get(reset_password::show)),
        route("POST", paths::PASSWORD_RESET, Form, post(reset_password::submit)),
        route("GET", paths::RECOVER, Public, get(recover::show)),
        route("POST", paths::RECOVER, Form, post(recover::ask)),
        route("GET", paths::RECOVER_REQUEST, Public, get(recover::show_form)),
        route("POST", paths::RECOVER_REQUEST, Form, post(recover::submit_form)),
        route("GET", paths::RECOVER_STOP, Public, get(recover::show_stop)),
        route("POST", paths::RECOVER_STOP, Form, post(recover::stop)),
        route("GET", paths::CONSENT, Public, get(consent::show)),
        route("POST", paths::CONSENT, Form, post(consent::submit)),
        route("GET", paths::LOGGED_OUT, Public, get(logout::logged_out)),
    ]
}

/// The pages of a person's own account.
fn own_account() -> Vec<Route> {
    use Access::{Form, Public, SignedIn};

    vec![
        route("GET", paths::ACCOUNT, SignedIn, get(account::show)),
        route("POST", paths::ACCOUNT_VERIFY_EMAIL, Form, post(account::verify_email)),
        route("GET", paths::CHANGE_PASSWORD, Public, get(change_password::well_known)),
        route("GET", paths::ACCOUNT_PASSWORD, SignedIn, get(change_password::show)),
        route("POST", paths::ACCOUNT_PASSWORD, Form, post(change_password::submit)),
        route("GET", paths::ACCOUNT_PROFILE, SignedIn, get(profile::show)),
        route("POST", paths::ACCOUNT_PROFILE, Form, post(profile::submit)),
        route("GET", paths::ACCOUNT_EMAIL, SignedIn, get(change_email::show)),
        route("POST", paths::ACCOUNT_EMAIL, Form, post(change_email::submit)),
        route("POST", paths::ACCOUNT_EMAIL_CODE, Form, post(change_email::finish)),
        route("POST", paths::ACCOUNT_EMAIL_RESEND, Form, post(change_email::resend)),
        route("POST", paths::ACCOUNT_EMAIL_CANCEL, Form, post(change_email::cancel)),
        route("GET", paths::ACCOUNT_EMAIL_UNDO, Public, get(change_email::show_return)),
        route("POST", paths::ACCOUNT_EMAIL_UNDO, Form, post(change_email::submit_return)),
        route("GET", paths::ACCOUNT_PHONE, SignedIn, get(phone::show)),
        route("POST", paths::ACCOUNT_PHONE, Form, post(phone::send)),
        route("POST", paths::ACCOUNT_PHONE_CODE, Form, post(phone::finish)),
        takes_files(route("POST", paths::ACCOUNT_PICTURE, Form, post(picture::set))),
        route("POST", paths::ACCOUNT_PICTURE_REMOVE, Form, post(picture::remove)),
        route("GET", paths::PICTURE, Public, get(picture::show)),
        route("GET", paths::ACCOUNT_ACTIVITY, SignedIn, get(activity::show)),
        route("POST", paths::ACCOUNT_ACTIVITY_NOT_ME, Form, post(activity::not_me)),
        route("GET", paths::ACCOUNT_DATA, SignedIn, get(own_data::show)),
        route("POST", paths::ACCOUNT_DATA_EXPORT, Form, post(own_data::export)),
        route("GET", paths::ACCOUNT_DELETE, SignedIn, get(own_data::show_delete)),
        route("POST", paths::ACCOUNT_DELETE, Form, post(own_data::delete)),
        route("GET", paths::ACCOUNT_RESTORE, Public, get(own_data::show_restore)),
        route("POST", paths::ACCOUNT_RESTORE, Form, post(own_data::restore)),
        route("GET", paths::ACCOUNT_SESSIONS, SignedIn, get(devices::show)),
        route("POST", paths::ACCOUNT_SESSIONS_END, Form, post(devices::end)),
        route("POST", paths::ACCOUNT_SESSIONS_END_OTHERS, Form, post(devices::end_others)),
        route("GET", paths::ACCOUNT_APPS, SignedIn, get(connected_apps::list)),
        route("GET", paths::ACCOUNT_APP, SignedIn, get(connected_apps::show)),
        route("POST", paths::ACCOUNT_APP, Form, post(connected_apps::remove)),
    ]
}

fn own_factors_routes() -> Vec<Route> {
    use Access::{Form, Public, SignedIn};

    vec![
        route("GET", paths::ACCOUNT_SECURITY, SignedIn, get(overview::show)),
        route("GET", paths::ACCOUNT_SECURITY_UNDO, Public, get(factor_undo::show)),
        route("POST", paths::ACCOUNT_SECURITY_UNDO, Form, post(factor_undo::submit)),
        route("GET", paths::ACCOUNT_TOTP, SignedIn, get(totp::show)),
        route("POST", paths::ACCOUNT_TOTP, Form, post(totp::confirm)),
        route("GET", paths::ACCOUNT_2FA_METHOD, SignedIn, get(sent_code::show)),
        route("POST", paths::ACCOUNT_2FA_METHOD, Form, post(sent_code::confirm)),
        route("POST", paths::ACCOUNT_2FA_BEGIN, Form, post(sent_code::begin)),
        route("GET", paths::ACCOUNT_2FA_REMOVE, SignedIn, get(removal::show)),
        route("POST", paths::ACCOUNT_2FA_REMOVE, Form, post(removal::remove)),
        route("GET", paths::ACCOUNT_BACKUP_CODES, SignedIn, get(backup_codes::show)),
        route("POST", paths::ACCOUNT_BACKUP_CODES, Form, post(backup_codes::renew)),
        route("POST", paths::ACCOUNT_RECOVERY_STOP, Form, post(recover::stop_own)),
        route("POST", paths::ACCOUNT_BROWSERS_FORGET, Form, post(overview::forget_browsers)),
        route("GET", paths::ACCOUNT_PASSKEYS_NEW, SignedIn, get(passkeys::show_new)),
        route("POST", paths::ACCOUNT_PASSKEYS, Form, post(passkeys::add)),
        route("GET", paths::ACCOUNT_SECURITY_KEYS_NEW, SignedIn, get(passkeys::show_new_key)),
        route("POST", paths::ACCOUNT_SECURITY_KEYS, Form, post(passkeys::add_key)),
        route("GET", paths::ACCOUNT_PASSKEY, SignedIn, get(passkeys::show)),
        route("POST", paths::ACCOUNT_PASSKEY_RENAME, Form, post(passkeys::rename)),
        route("POST", paths::ACCOUNT_PASSKEY_REMOVE, Form, post(passkeys::remove)),
    ]
}

/// The authentication API, which an operator can switch off.
fn authentication_api() -> Vec<Route> {
    use Access::{Bearer, Credentials, HalfSignedIn};

    [
        route("POST", paths::API_SIGN_IN, Credentials, post(sessions::sign_in)),
        route("POST", paths::API_LOGIN, Credentials, post(sessions::sign_in)),
        route("POST", paths::API_SIGN_UP, Credentials, post(sign_up_by_json)),
        route("POST", paths::API_REGISTER, Credentials, post(sign_up_by_json)),
        route("POST", paths::API_EMAIL_VERIFY, Credentials, post(verification::verify)),
        route("POST", paths::API_EMAIL_RESEND, Credentials, post(verification::resend)),
        route("POST", paths::API_REFRESH, Credentials, post(sessions::refresh)),
        route("POST", paths::API_PASSWORD_REQUEST, Credentials, post(passwords::request)),
        route("POST", paths::API_PASSWORD_RESET, Credentials, post(passwords::reset)),
        route("POST", paths::API_SIGN_OUT, Bearer, post(sessions::sign_out)),
        route("POST", paths::API_2FA_CHALLENGE, HalfSignedIn, post(half_sign_in::challenge)),
        route("POST", paths::API_2FA_VERIFY, HalfSignedIn, post(half_sign_in::verify)),
        route(
            "POST",
            paths::API_2FA_VERIFY_BACKUP,
            HalfSignedIn,
            post(half_sign_in::verify_backup),
        ),
        route("POST", paths::API_2FA_ENABLE, Bearer, post(own_factors::enable)),
        route("POST", paths::API_2FA_CONFIRM, Bearer, post(own_factors::confirm)),
        route("DELETE", paths::API_2FA_DISABLE, Bearer, delete(own_factors::disable)),
        route("POST", paths::API_2FA_BACKUP_CODES, Bearer, post(own_factors::renew_backup_codes)),
        route("GET", paths::API_ME, Bearer, get(me::show)),
        route("PATCH", paths::API_ME, Bearer, patch(me::update)),
        route("DELETE", paths::API_ME, Bearer, delete(me::delete)),
        route("GET", paths::API_USERS, Bearer, get(users::list_for_person)),
        route("GET", paths::API_USER, Bearer, get(users::show_to_person)),
        route("PATCH", paths::API_USER, Bearer, patch(managed_users::update_by_person)),
        route("PUT", paths::API_USER, Bearer, put(managed_users::update_by_person)),
        route("DELETE", paths::API_USER, Bearer, delete(managed_users::delete_by_person)),
    ]
    .map(cross_origin)
    .into()
}

fn operation() -> Vec<Route> {
    use Access::{Monitor, Public};

    vec![
        route("GET", assets::ROUTE, Public, get(assets::serve)),
        route("GET", paths::OPENAPI, Public, get(api_docs::document)),
        route("GET", paths::API_DOCS, Public, get(api_docs::page)),
        route("GET", paths::HEALTH, Public, get(health::health)),
        route("GET", paths::LIVEZ, Public, get(health::live)),
        route("GET", paths::READYZ, Public, get(health::ready)),
        route("GET", paths::METRICS, Monitor, get(metrics::guarded)),
    ]
}

/// The table in the parts that are treated differently.
#[derive(Debug, Default)]
pub struct Routers {
    /// What scripts of registered origins may call.
    pub open: Router<App>,
    /// What takes files.
    pub files: Router<App>,
    /// What takes files of any size, which are on the way for long.
    pub uploads: Router<App>,
    /// The rest.
    pub own: Router<App>,
}

/// The pages of a person's own account; any other address has no page to show.
pub fn pages_shown_again() -> Router<App> {
    let is_page = |route: &Route| route.method == "GET" && paths::is_shown_again(route.path);
    let mut router = Router::new();
    table(false).into_iter().filter(is_page).for_each(|route| mount(&mut router, route));
    router.fallback(guard::no_such_method)
}

/// What is served to monitors at an address of their own.
pub fn monitors(app: App) -> Router {
    let mut router = Router::new();
    mount(&mut router, route("GET", paths::METRICS, Access::Public, get(metrics::open)));
    router.with_state(app)
}

fn mount(router: &mut Router<App>, route: Route) {
    *router = std::mem::take(router).route(route.path, route.handler);
}

/// The routers of the table, without what the operator switched off.
#[must_use]
pub fn routers(settings: &HttpSettings) -> Routers {
    let mut routers = Routers::default();
    let is_on = |route: &Route| {
        if paths::is_about_apis(route.path) {
            return settings.api_docs == ApiDocs::Served;
        }
        let is_always = !paths::is_of_api(route.path) || paths::is_of_management(route.path);
        is_always || settings.authentication_api
    };
    for route in table(settings.development.is_some()).into_iter().filter(is_on) {
        let target = match &route {
            route if route.cross_origin => &mut routers.open,
            Route { size: BodySize::Picture, .. } => &mut routers.files,
            Route { size: BodySize::Upload, .. } => &mut routers.uploads,
            _ => &mut routers.own,
        };
        mount(target, route);
    }
    routers
}
