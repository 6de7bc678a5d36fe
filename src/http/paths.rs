//! Every path of the server; the router, the templates and the discovery document read these.

/// Whether a page lies on the way into an account, where every language is whole; behind it, and
/// among the tools of development, only complete languages are shown. (Second steps that are set up
/// while an application waits are on the way in too; their address does not tell.)
#[must_use]
pub fn is_on_the_way_in(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    is_reached_by_mail(path) || !matches!(first, "account" | "admin" | "dev")
}

/// Pages of the account that a mail leads to without a sign-in: they speak as the mail does.
fn is_reached_by_mail(path: &str) -> bool {
    matches!(path, ACCOUNT_RESTORE | ACCOUNT_EMAIL_UNDO | ACCOUNT_SECURITY_UNDO)
}

/// Whether a page is one of a person's own account.
#[must_use]
pub fn is_of_account(path: &str) -> bool {
    path.strip_prefix(ACCOUNT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the page of a form that was open too long is shown once more with what was typed: looking
/// at one of these changes nothing, and each knows its fields by itself.
#[must_use]
pub fn is_shown_again(path: &str) -> bool {
    let is_open = matches!(
        path,
        SIGNUP | PASSWORD_FORGOT | PASSWORD_RESET | RECOVER | RECOVER_REQUEST | RECOVER_STOP
    );
    is_open || is_of_account(path)
}

/// Whether a form that is sent to this path acts upon the account of whoever is signed in, and not
/// upon that of a link it names or of a flow.
#[must_use]
pub fn acts_upon_account(path: &str, names_link: bool) -> bool {
    let is_proof = path == LOGIN_REAUTH || path == LOGIN_REAUTH_FACTOR;
    is_proof || (is_of_account(path) && !(names_link && is_reached_by_mail(path)))
}

/// The sign-in page.
pub const LOGIN: &str = "/login";
/// Choose one of the accounts known on this device.
pub const LOGIN_ACCOUNTS: &str = "/login/accounts";
/// Forget an account on this device.
pub const LOGIN_ACCOUNTS_FORGET: &str = "/login/accounts/forget";
/// "Not you?", "Switch account" and "Start again": the flow goes back to its first page.
pub const LOGIN_RESTART: &str = "/login/restart";
/// "Cancel", where an application asks for another sign-in.
pub const LOGIN_CANCEL: &str = "/login/cancel";
/// Choose another password before a sign-in opens anything.
pub const LOGIN_PASSWORD_EXPIRED: &str = "/login/password-expired";
/// Prove again who one is, before something grave in one's account.
pub const LOGIN_REAUTH: &str = "/login/reauth";
/// Sign in with a passkey.
pub const LOGIN_PASSKEY: &str = "/login/passkey";
/// Begin to ask a browser for a passkey.
pub const LOGIN_PASSKEY_BEGIN: &str = "/login/passkey/begin";
/// Prove again who one is by a second factor.
pub const LOGIN_REAUTH_FACTOR: &str = "/login/reauth/factor";
/// Give a second factor.
pub const LOGIN_MFA: &str = "/login/mfa";
/// Give one of some kind.
pub const LOGIN_MFA_METHOD: &str = "/login/mfa/{method}";
/// Use a passkey as second factor.
pub const LOGIN_MFA_PASSKEY: &str = "/login/mfa/webauthn";
/// Create an account.
pub const SIGNUP: &str = "/signup";
/// Enter the code, or open the link, that was mailed.
pub const VERIFY_EMAIL: &str = "/verify-email";
/// The button behind a mailed link.
pub const VERIFY_EMAIL_CONFIRM: &str = "/verify-email/confirm";
/// Send a new code.
pub const VERIFY_EMAIL_RESEND: &str = "/verify-email/resend";
/// Correct a mistyped address.
pub const VERIFY_EMAIL_CHANGE: &str = "/verify-email/change-address";
/// The owner of the address did not ask for this account.
pub const VERIFY_EMAIL_NOT_ME: &str = "/verify-email/not-me";
/// Ask for a link to a new password.
pub const PASSWORD_FORGOT: &str = "/password/forgot";
/// Choose a new password by that link.
pub const PASSWORD_RESET: &str = "/password/reset";
/// A way back for who lost every second factor.
pub const RECOVER: &str = "/recover";
/// What happened, in the words of who asks.
pub const RECOVER_REQUEST: &str = "/recover/request";
/// "This was not me", by the link of a mail.
pub const RECOVER_STOP: &str = "/recover/stop";
/// "This was not me", by who is signed in.
pub const ACCOUNT_RECOVERY_STOP: &str = "/account/recovery/stop";
/// Allow an application, or not.
pub const CONSENT: &str = "/oauth/consent";
/// The authorization endpoint (RFC 6749 §3.1).
pub const AUTHORIZE: &str = "/oauth/authorize";
/// Sign out (OpenID Connect RP-Initiated Logout 1.0 §2).
pub const LOGOUT: &str = "/logout";
/// What is shown once signed out.
pub const LOGGED_OUT: &str = "/logged-out";
/// A person's own account.
pub const ACCOUNT: &str = "/account";
/// Begin to verify the address of one's own account.
pub const ACCOUNT_VERIFY_EMAIL: &str = "/account/verify-email";
/// Name, picture and what else applications may be told.
pub const ACCOUNT_PROFILE: &str = "/account/profile";
/// Set one's picture.
pub const ACCOUNT_PICTURE: &str = "/account/picture";
/// Remove one's picture.
pub const ACCOUNT_PICTURE_REMOVE: &str = "/account/picture/remove";
/// The picture of a person, by an id that cannot be guessed.
pub const PICTURE: &str = "/pictures/{id}";
/// Change one's address.
pub const ACCOUNT_EMAIL: &str = "/account/email";
/// The code that was sent to a new address.
pub const ACCOUNT_EMAIL_CODE: &str = "/account/email/code";
/// Another code for a new address.
pub const ACCOUNT_EMAIL_RESEND: &str = "/account/email/resend";
/// Another new address, or none.
pub const ACCOUNT_EMAIL_CANCEL: &str = "/account/email/cancel";
/// The way back to an old address, by a link.
pub const ACCOUNT_EMAIL_UNDO: &str = "/account/email/undo";
/// Prove that one's number is one's own.
pub const ACCOUNT_PHONE: &str = "/account/phone";
/// The code that was sent to one's number.
pub const ACCOUNT_PHONE_CODE: &str = "/account/phone/code";
/// Change one's password.
pub const ACCOUNT_PASSWORD: &str = "/account/password";
/// How one signs in.
pub const ACCOUNT_SECURITY: &str = "/account/security";
/// Take away what somebody else added to it, by a link.
pub const ACCOUNT_SECURITY_UNDO: &str = "/account/security/undo";
/// Second factors of one's own.
pub const ACCOUNT_2FA: &str = "/account/2fa";
/// Set up an authenticator app.
pub const ACCOUNT_TOTP: &str = "/account/2fa/totp";
/// Set up a telephone.
pub const ACCOUNT_SMS: &str = "/account/2fa/sms";
/// Set up codes by mail.
pub const ACCOUNT_2FA_EMAIL: &str = "/account/2fa/email";
/// Set up a telephone or the mailbox.
pub const ACCOUNT_2FA_METHOD: &str = "/account/2fa/{method}";
/// Send a code to what is to be set up.
pub const ACCOUNT_2FA_BEGIN: &str = "/account/2fa/{method}/begin";
/// Remove a factor.
pub const ACCOUNT_2FA_REMOVE: &str = "/account/2fa/{method}/remove";
/// Removing the authenticator app.
pub const ACCOUNT_TOTP_REMOVE: &str = "/account/2fa/totp/remove";
/// Removing the telephone.
pub const ACCOUNT_SMS_REMOVE: &str = "/account/2fa/sms/remove";
/// Removing codes by mail.
pub const ACCOUNT_2FA_EMAIL_REMOVE: &str = "/account/2fa/email/remove";
/// Codes on paper.
pub const ACCOUNT_BACKUP_CODES: &str = "/account/2fa/backup-codes";
/// Ask every browser for a second factor again.
pub const ACCOUNT_BROWSERS_FORGET: &str = "/account/2fa/browsers/forget";
/// One's passkeys.
pub const ACCOUNT_PASSKEYS: &str = "/account/passkeys";
/// Add a passkey.
pub const ACCOUNT_PASSKEYS_NEW: &str = "/account/passkeys/new";
/// Adds a security key.
pub const ACCOUNT_SECURITY_KEYS: &str = "/account/security-keys";
/// The page for that.
pub const ACCOUNT_SECURITY_KEYS_NEW: &str = "/account/security-keys/new";
/// One passkey.
pub const ACCOUNT_PASSKEY: &str = "/account/passkeys/{id}";
/// Give a passkey another name.
pub const ACCOUNT_PASSKEY_RENAME: &str = "/account/passkeys/{id}/rename";
/// Remove a passkey.
pub const ACCOUNT_PASSKEY_REMOVE: &str = "/account/passkeys/{id}/remove";
/// Where one is signed in.
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
/// Sign out on one other device.
pub const ACCOUNT_SESSIONS_END: &str = "/account/sessions/end";
/// Sign out on every other device.
pub const ACCOUNT_SESSIONS_END_OTHERS: &str = "/account/sessions/end-others";
/// Which applications may do what.
pub const ACCOUNT_APPS: &str = "/account/apps";
/// What one application may do, and taking it back.
pub const ACCOUNT_APP: &str = "/account/apps/{client}";
/// What happened.
pub const ACCOUNT_ACTIVITY: &str = "/account/activity";
/// One's data, to take away or to delete.
pub const ACCOUNT_DATA: &str = "/account/data";
/// Delete one's account.
pub const ACCOUNT_DELETE: &str = "/account/delete";
/// The copy of one's data.
pub const ACCOUNT_DATA_EXPORT: &str = "/account/data/export";
/// Keep an account that waits to be deleted.
pub const ACCOUNT_RESTORE: &str = "/account/restore";
/// "That was not me".
pub const ACCOUNT_ACTIVITY_NOT_ME: &str = "/account/activity/not-me";
/// Where the embedded files are served.
pub const STATIC: &str = "/static";
/// The mails of a development server.
pub const DEV_INBOX: &str = "/dev/inbox";
/// Older spelling of [`AUTHORIZE`].
pub const AUTHORIZE_ALIAS: &str = "/authorize";
/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN: &str = "/oauth/token";
/// Token introspection endpoint.
pub const INTROSPECT: &str = "/oauth/introspect";
/// Token revocation endpoint.
pub const REVOKE: &str = "/oauth/revoke";
/// The userinfo endpoint (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/userinfo";
/// Other spelling of [`LOGOUT`].
pub const LOGOUT_OIDC: &str = "/oidc/logout";
/// Other spelling of [`LOGOUT`], with `returnTo`.
pub const LOGOUT_V2: &str = "/v2/logout";
/// OpenID Connect Discovery §4.
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// RFC 8414 §3.
pub const OAUTH_AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// The public keys (RFC 7517 §5).
pub const JWKS: &str = "/.well-known/jwks.json";
/// Where password managers look for the page that changes a password.
pub const CHANGE_PASSWORD: &str = "/.well-known/change-password";
/// Whether everything works, in detail.
pub const HEALTH: &str = "/health";
/// Whether the process lives.
pub const LIVEZ: &str = "/livez";
/// Whether requests can be served.
pub const READYZ: &str = "/readyz";
/// What monitors ask.
pub const METRICS: &str = "/metrics";
/// One mail of a development server.
pub const DEV_INBOX_MESSAGE: &str = "/dev/inbox/{id}";
/// Sign in by the authentication API.
pub const API_SIGN_IN: &str = "/api/auth/signin";
/// Other spelling of [`API_SIGN_IN`].
pub const API_LOGIN: &str = "/api/auth/login";
/// Sign up by the authentication API.
pub const API_SIGN_UP: &str = "/api/auth/signup";
/// Other spelling of [`API_SIGN_UP`].
pub const API_REGISTER: &str = "/api/auth/register";
/// Verify an address by the authentication API.
pub const API_EMAIL_VERIFY: &str = "/api/auth/email/verify";
/// Another mail that asks for that.
pub const API_EMAIL_RESEND: &str = "/api/auth/email/resend";
/// New tokens for a refresh token.
pub const API_REFRESH: &str = "/api/auth/refresh";
/// Ask for a link to a new password by the authentication API.
pub const API_PASSWORD_REQUEST: &str = "/api/auth/password/request";
/// Choose a new password by that link.
pub const API_PASSWORD_RESET: &str = "/api/auth/password/reset";
/// Sign out by the authentication API.
pub const API_SIGN_OUT: &str = "/api/auth/signout";
/// Send a code as second factor of half a sign-in.
pub const API_2FA_CHALLENGE: &str = "/api/auth/2fa/challenge";
/// Give a code as second factor.
pub const API_2FA_VERIFY: &str = "/api/auth/2fa/verify";
/// Give a code on paper as second factor.
pub const API_2FA_VERIFY_BACKUP: &str = "/api/auth/2fa/verify-backup";
/// Begin to set a second factor up.
pub const API_2FA_ENABLE: &str = "/api/auth/2fa/enable";
/// Give the first code of what was set up.
pub const API_2FA_CONFIRM: &str = "/api/auth/2fa/confirm";
/// Remove a second factor.
pub const API_2FA_DISABLE: &str = "/api/auth/2fa/disable";
/// Make new codes on paper.
pub const API_2FA_BACKUP_CODES: &str = "/api/auth/2fa/backup-codes";
/// The caller's own account.
pub const API_ME: &str = "/api/users/me";
/// All accounts, for people who may see them.
pub const API_USERS: &str = "/api/users";
/// One account, for people who may see it.
pub const API_USER: &str = "/api/users/{id}";
/// The document of the JSON endpoints (OpenAPI 3.1).
pub const OPENAPI: &str = "/api/openapi.json";
/// The same for people.
pub const API_DOCS: &str = "/api/docs";
/// All accounts, for machines.
pub const MANAGEMENT_USERS: &str = "/api/v2/users";
/// One account, for machines.
pub const MANAGEMENT_USER: &str = "/api/v2/users/{id}";
/// Where a person is signed in, for machines.
pub const MANAGEMENT_USER_SESSIONS: &str = "/api/v2/users/{id}/sessions";
/// One session, for machines.
pub const MANAGEMENT_SESSION: &str = "/api/v2/sessions/{id}";
/// A person's roles, for machines.
pub const MANAGEMENT_USER_ROLES: &str = "/api/v2/users/{id}/roles";
/// What a person may do, for machines.
pub const MANAGEMENT_USER_PERMISSIONS: &str = "/api/v2/users/{id}/permissions";
/// All roles, for machines.
pub const MANAGEMENT_ROLES: &str = "/api/v2/roles";
/// One role, for machines.
pub const MANAGEMENT_ROLE: &str = "/api/v2/roles/{id}";
/// What a role allows, for machines.
pub const MANAGEMENT_ROLE_PERMISSIONS: &str = "/api/v2/roles/{id}/permissions";
/// Who has a role, for machines.
pub const MANAGEMENT_ROLE_USERS: &str = "/api/v2/roles/{id}/users";
/// What a person signs in with, for machines.
pub const MANAGEMENT_USER_FACTORS: &str = "/api/v2/users/{id}/authentication-methods";
/// The audit trail, for machines.
pub const MANAGEMENT_LOGS: &str = "/api/v2/logs";
/// The audit trail as a whole, for machines.
pub const MANAGEMENT_LOGS_EXPORT: &str = "/api/v2/logs/export";
/// One event of the audit trail, for machines.
pub const MANAGEMENT_LOG: &str = "/api/v2/logs/{id}";
/// What happened to a person's account, for machines.
pub const MANAGEMENT_USER_LOGS: &str = "/api/v2/users/{id}/logs";
/// People who come by a file, for machines.
pub const MANAGEMENT_IMPORTS: &str = "/api/v2/jobs/users-imports";
/// All people in a file, for machines.
pub const MANAGEMENT_EXPORTS: &str = "/api/v2/jobs/users-exports";
/// A mail that asks for an address to be verified, for machines.
pub const MANAGEMENT_VERIFICATION_MAILS: &str = "/api/v2/jobs/verification-email";
/// Something that is done with many people at once, for machines.
pub const MANAGEMENT_JOB: &str = "/api/v2/jobs/{id}";
/// What was wrong with entries of an import, for machines.
pub const MANAGEMENT_JOB_ERRORS: &str = "/api/v2/jobs/{id}/errors";
/// What an export made, for machines.
pub const MANAGEMENT_JOB_DOWNLOAD: &str = "/api/v2/jobs/{id}/download";
/// All clients, for machines.
pub const MANAGEMENT_CLIENTS: &str = "/api/v2/clients";
/// One client, for machines.
pub const MANAGEMENT_CLIENT: &str = "/api/v2/clients/{id}";
/// A new secret of a client, for machines.
pub const MANAGEMENT_CLIENT_SECRET: &str = "/api/v2/clients/{id}/rotate-secret";
/// All APIs, for machines.
pub const MANAGEMENT_RESOURCE_SERVERS: &str = "/api/v2/resource-servers";
/// One API, for machines.
pub const MANAGEMENT_RESOURCE_SERVER: &str = "/api/v2/resource-servers/{id}";
/// What clients may ask APIs for, for machines.
pub const MANAGEMENT_CLIENT_GRANTS: &str = "/api/v2/client-grants";
/// What one client may ask one API for, for machines.
pub const MANAGEMENT_CLIENT_GRANT: &str = "/api/v2/client-grants/{id}";
/// Where events are told, for machines.
pub const MANAGEMENT_WEBHOOKS: &str = "/api/v2/webhooks";
/// One place where events are told, for machines.
pub const MANAGEMENT_WEBHOOK: &str = "/api/v2/webhooks/{id}";
/// A new secret of a webhook, for machines.
pub const MANAGEMENT_WEBHOOK_SECRET: &str = "/api/v2/webhooks/{id}/rotate-secret";
/// A call that says nothing, for machines.
pub const MANAGEMENT_WEBHOOK_TEST: &str = "/api/v2/webhooks/{id}/test";
/// What was told to a webhook, for machines.
pub const MANAGEMENT_WEBHOOK_DELIVERIES: &str = "/api/v2/webhooks/{id}/deliveries";
/// Telling an event once more, for machines.
pub const MANAGEMENT_WEBHOOK_RESEND: &str = "/api/v2/webhooks/{id}/deliveries/{delivery}/resend";
/// What people allowed apps, for machines.
pub const MANAGEMENT_GRANTS: &str = "/api/v2/grants";
/// What one person allowed one app, for machines.
pub const MANAGEMENT_GRANT: &str = "/api/v2/grants/{id}";
/// The keys that sign tokens, for machines.
pub const MANAGEMENT_KEYS: &str = "/api/v2/keys/signing";
/// Another key signs from now on, for machines.
pub const MANAGEMENT_KEYS_ROTATE: &str = "/api/v2/keys/signing/rotate";
/// One of the keys that sign tokens, for machines.
pub const MANAGEMENT_KEY: &str = "/api/v2/keys/signing/{kid}";
/// The end of a key that signs tokens, for machines.
pub const MANAGEMENT_KEY_REVOKE: &str = "/api/v2/keys/signing/{kid}/revoke";
/// Where people's passwords are kept, for machines.
pub const MANAGEMENT_CONNECTIONS: &str = "/api/v2/connections";
/// One place where people's passwords are kept, for machines.
pub const MANAGEMENT_CONNECTION: &str = "/api/v2/connections/{id}";
/// What the installation is called, for machines.
pub const MANAGEMENT_BRANDING: &str = "/api/v2/branding";
/// How many people signed in lately, for machines.
pub const MANAGEMENT_ACTIVE_USERS: &str = "/api/v2/stats/active-users";
/// What happened on which day, for machines.
pub const MANAGEMENT_DAILY_STATS: &str = "/api/v2/stats/daily";
/// Links to choose a password, for machines.
pub const MANAGEMENT_PASSWORD_TICKETS: &str = "/api/v2/tickets/password-change";
/// Links to verify an address, for machines.
pub const MANAGEMENT_EMAIL_TICKETS: &str = "/api/v2/tickets/email-verification";
/// The account with an address, for machines.
pub const MANAGEMENT_USERS_BY_EMAIL: &str = "/api/v2/users-by-email";
/// Our own front door.
pub const HOME: &str = "/";

/// The page on which the form stands that is sent to `path`: for who comes back to its address, from
/// the bar of the browser or a bookmark.
#[must_use]
pub fn page_of_form(path: &str) -> &str {
    match path {
        LOGIN_RESTART | LOGIN_CANCEL | LOGIN_PASSKEY | LOGIN_PASSKEY_BEGIN => LOGIN,
        ACCOUNT_PICTURE | ACCOUNT_PICTURE_REMOVE => ACCOUNT_PROFILE,
        ACCOUNT_BROWSERS_FORGET
        | ACCOUNT_PASSKEYS
        | ACCOUNT_SECURITY_KEYS
        | ACCOUNT_RECOVERY_STOP => ACCOUNT_SECURITY,
        _ => path.rsplit_once('/').map_or(HOME, |(page, _)| page),
    }
}

/// Whether a path tells of the JSON APIs, and is none of them.
#[must_use]
pub fn is_about_apis(path: &str) -> bool {
    [OPENAPI, API_DOCS].contains(&path)
}

/// Whether a path is one of our own JSON API, whose errors have a shape of their own.
#[must_use]
pub fn is_of_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// Whether a path is one of the management API, which is for machines.
#[must_use]
pub fn is_of_management(path: &str) -> bool {
    path.starts_with("/api/v2/")
}

/// Whether programs, not people, read the answers of this path.
#[must_use]
pub fn is_for_machines(path: &str) -> bool {
    (path.starts_with("/.well-known/") && path != CHANGE_PASSWORD)
        || is_of_api(path)
        || [TOKEN, INTROSPECT, REVOKE, USERINFO, HEALTH, LIVEZ, READYZ, METRICS].contains(&path)
}
