//! The authentication API.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::Operation;
use super::people::EXAMPLE_ID;
use super::security::{CLIENT, PERSON, REFRESH};
use super::values;

/// The client that calls; the default one where none is named.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientMembers {
    /// Its id.
    #[schema(schema_with = values::own_client_id, required = false)]
    pub client_id: Option<String>,
    /// Its secret, where it has one.
    #[schema(schema_with = values::own_client_secret, required = false)]
    pub client_secret: Option<String>,
}

/// Who signs in: by `email` or by `username`.
#[derive(Clone, Debug, ToSchema)]
pub struct SignIn {
    /// The address.
    #[schema(schema_with = values::login_or_null, required = false)]
    pub email: Option<String>,
    /// The username, in the place of the address.
    #[schema(schema_with = values::nothing, required = false)]
    pub username: Option<String>,
    /// The password.
    #[schema(schema_with = values::own_password)]
    pub password: String,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// A new account.
#[derive(Clone, Debug, ToSchema)]
pub struct SignUp {
    /// The address.
    #[schema(schema_with = values::email)]
    pub email: String,
    /// The password, which passes the rules.
    #[schema(schema_with = values::password)]
    pub password: String,
    /// A second name to sign in with.
    #[schema(schema_with = values::username_or_null, required = false)]
    pub username: Option<String>,
    /// The full name.
    #[schema(schema_with = values::name_or_null, required = false)]
    pub name: Option<String>,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// Who somebody is, with what the scopes of their tokens open.
#[derive(Clone, Debug, ToSchema)]
pub struct Identified {
    /// The account.
    pub id: String,
    /// Its address.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: Option<bool>,
    /// A second name to sign in with.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
}

/// Tokens (RFC 6749 §5.1).
#[derive(Clone, Debug, ToSchema)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// For how many seconds it is good.
    pub expires_in: i64,
    /// What gets the next ones.
    pub refresh_token: Option<String>,
    /// Who signed in (OpenID Connect Core §2).
    pub id_token: Option<String>,
    /// What they open.
    pub scope: Option<String>,
}

/// A sign-in.
#[derive(Clone, Debug, ToSchema)]
pub struct SignedIn {
    /// Who.
    #[serde(flatten)]
    pub who: Identified,
    /// The tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// A sign-in by a second factor.
#[derive(Clone, Debug, ToSchema)]
pub struct SignedInByFactor {
    /// The sign-in.
    #[serde(flatten)]
    pub signed_in: SignedIn,
    /// `true`.
    pub verified: bool,
    /// The same in words.
    pub message: String,
    /// How many codes on paper are left.
    pub backup_codes_left: Option<i64>,
}

/// What a sign-up led to: a mail to be answered, or tokens.
#[derive(Clone, Debug, ToSchema)]
pub struct SignedUp {
    /// Who.
    #[serde(flatten)]
    pub who: Identified,
    /// What to do next, in words.
    pub message: Option<String>,
    /// What the code of the mail is given with.
    pub verification_token: Option<String>,
    /// For how many seconds that is good.
    pub verification_expires_in: Option<i64>,
    /// The access token.
    pub access_token: Option<String>,
    /// `Bearer`.
    pub token_type: Option<String>,
    /// For how many seconds the access token is good.
    pub expires_in: Option<i64>,
    /// What gets the next ones.
    pub refresh_token: Option<String>,
    /// Who signed in.
    pub id_token: Option<String>,
    /// What the tokens open.
    pub scope: Option<String>,
}

/// What a sign-up led to, where nobody is told who has an account.
#[derive(Clone, Debug, ToSchema)]
pub struct MailSent {
    /// What to do next, in words.
    pub message: String,
    /// What the code of the mail is given with.
    pub verification_token: Option<String>,
    /// For how many seconds that is good.
    pub verification_expires_in: Option<i64>,
}

/// What a mail said: its `token`, or the `verification_token` of the sign-up with its `code`.
#[derive(Clone, Debug, ToSchema)]
pub struct Verification {
    /// Of the sign-up.
    #[schema(schema_with = values::flow_token)]
    pub verification_token: String,
    /// The code of the mail.
    #[schema(schema_with = values::code_or_null, required = false)]
    pub code: Option<String>,
    /// The token of the link, in the place of the code.
    #[schema(schema_with = values::nothing, required = false)]
    pub token: Option<String>,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// A verified address: with tokens where the sign-up was here.
#[derive(Clone, Debug, ToSchema)]
pub struct Verified {
    /// What happened, in words.
    pub message: String,
    /// `true`.
    pub email_verified: Option<bool>,
    /// The access token.
    pub access_token: Option<String>,
    /// What gets the next ones.
    pub refresh_token: Option<String>,
}

/// For which sign-up another mail is to be sent.
#[derive(Clone, Debug, ToSchema)]
pub struct AnotherMail {
    /// Of the sign-up; not needed with an access token.
    #[schema(schema_with = values::flow_token)]
    pub verification_token: String,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// What gets the next tokens.
#[derive(Clone, Debug, ToSchema)]
pub struct Refresh {
    /// The refresh token; not needed where it is the bearer.
    #[schema(schema_with = values::flow_token)]
    pub refresh_token: String,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// Whose password is forgotten.
#[derive(Clone, Debug, ToSchema)]
pub struct PasswordRequest {
    /// The address.
    #[schema(schema_with = values::email)]
    pub email: String,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// A new password.
#[derive(Clone, Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PasswordReset {
    /// The token of the link.
    #[schema(schema_with = values::flow_token)]
    pub token: String,
    /// The new password.
    #[schema(schema_with = values::password)]
    pub new_password: String,
    /// The client's id.
    #[schema(schema_with = values::own_client_id, required = false, rename = "client_id")]
    pub client_id: Option<String>,
}

/// What happened, in words.
#[derive(Clone, Debug, ToSchema)]
pub struct Told {
    /// The words.
    pub message: String,
}

/// By which means a code is to be sent.
#[derive(Clone, Debug, ToSchema)]
pub struct Challenge {
    /// `sms` or `email`.
    #[schema(schema_with = values::sent_method)]
    pub method: String,
}

/// A code was sent.
#[derive(Clone, Debug, ToSchema)]
pub struct Challenged {
    /// What happened, in words.
    pub message: String,
    /// By which means.
    pub method: String,
    /// Where to, in part.
    pub sent_to: Option<String>,
}

/// A code of an app, or of a message.
#[derive(Clone, Debug, ToSchema)]
pub struct FactorCode {
    /// The code.
    #[schema(schema_with = values::secret)]
    pub token: String,
    /// Of what; the one that was sent, or else the app's.
    #[schema(schema_with = values::method_or_null, required = false)]
    pub method: Option<String>,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// A code on paper.
#[derive(Clone, Debug, ToSchema)]
pub struct BackupCode {
    /// The code.
    #[schema(schema_with = values::secret)]
    pub code: String,
    /// The client.
    #[serde(flatten)]
    pub client: ClientMembers,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        sign_in(paths::API_SIGN_IN, "signIn"),
        sign_in(paths::API_LOGIN, "login"),
        sign_up(paths::API_SIGN_UP, "signUp"),
        sign_up(paths::API_REGISTER, "register"),
        verify(),
        resend(),
        refresh(),
        sign_out(),
        forgotten(),
        reset(),
        challenge(),
        by_code(),
        by_backup_code(),
    ]
}

/// By a client that may use this API.
fn by_client(operation: Operation, others: &[&'static str]) -> Operation {
    operation
        .secured(&[&[""], others, &[CLIENT]].concat())
        .refuses(400, &["invalid_request"])
        .refuses(401, &["invalid_client"])
        .refuses(403, &["unauthorized_client"])
        .refuses(429, &["too_many_requests"])
        .may_be_down()
}

const ADMISSION: [&str; 5] = [
    "deletion_pending",
    "email_not_verified",
    "mfa_enrollment_required",
    "mfa_required",
    "new_password_required",
];

fn tokens() -> Value {
    json!({
        "id": EXAMPLE_ID,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJSUzI1NiJ9…",
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "ptk_rt_…",
        "id_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9…",
        "scope": "address email offline_access openid phone profile",
    })
}

fn sign_in(path: &'static str, id: &'static str) -> Operation {
    by_client(Operation::post(path, id, "Sign in"), &[])
        .about("With a second factor the answer is 403 `mfa_required` with an `mfa_token`; with an address that is not verified 403 `email_not_verified` with a `verification_token`.")
        .takes::<SignIn>(json!({ "email": "ada@example.com", "password": "prairie-thunder-walnut-9271" }))
        .answers::<SignedIn>(200, "Signed in.", tokens())
        .refuses(401, &["invalid_credentials"])
        .refuses(403, &ADMISSION)
}

fn sign_up(path: &'static str, id: &'static str) -> Operation {
    let mail = json!({
        "message": "A code was mailed to the address. Give it with the verification_token.",
        "verification_token": "ptk_fl_…",
        "verification_expires_in": 86400,
    });
    let mut made = mail.clone();
    if let Some(members) = made.as_object_mut() {
        members.insert("id".to_owned(), json!(EXAMPLE_ID));
        members.insert("email".to_owned(), json!("grace@example.org"));
        members.insert("email_verified".to_owned(), json!(false));
    }
    by_client(Operation::post(path, id, "Sign up"), &[])
        .takes::<SignUp>(json!({
            "email": "grace@example.org",
            "password": "quarry-lantern-51-maple",
            "username": "Grace",
        }))
        .answers::<SignedUp>(201, "The account was made.", made)
        .answers::<MailSent>(
            202,
            "Whoever has the address was told by mail: with `neutral_sign_up` alone.",
            mail,
        )
        .refuses(
            403,
            &["sign_up_closed", "deletion_pending", "mfa_required", "new_password_required"],
        )
        .refuses(409, &["user_exists"])
}

fn verify() -> Operation {
    by_client(Operation::post(paths::API_EMAIL_VERIFY, "verifyEmail", "Verify an address"), &[])
        .takes::<Verification>(json!({ "verification_token": "ptk_fl_…", "code": "123456" }))
        .answers::<Verified>(
            200,
            "The address is verified.",
            json!({ "message": "The address is verified. Sign in.", "email_verified": true }),
        )
        .refuses(400, &["code_expired", "code_used", "invalid_code", "invalid_verification_token"])
        .refuses(403, &ADMISSION)
}

fn resend() -> Operation {
    by_client(Operation::post(paths::API_EMAIL_RESEND, "resendEmail", "Mail another code"), &[PERSON])
        .may_take::<AnotherMail>(json!({ "verification_token": "ptk_fl_…" }))
        .answers::<MailSent>(
            200,
            "It was mailed.",
            json!({ "message": "Another code was mailed to the address. The one before no longer counts." }),
        )
        .refuses(400, &["invalid_verification_token"])
        .refuses(401, &["invalid_token"])
        .refuses(403, &["no_more_codes", "session_of_browser"])
        .refuses(404, &["not_found"])
        .refuses(409, &["email_verified"])
}

fn refresh() -> Operation {
    let mut answer = tokens();
    if let Some(members) = answer.as_object_mut() {
        members.retain(|name, _| !["id", "email", "email_verified", "name"].contains(&&**name));
    }
    by_client(Operation::post(paths::API_REFRESH, "refresh", "Get the next tokens"), &[REFRESH])
        .may_take::<Refresh>(json!({ "refresh_token": "ptk_rt_…" }))
        .answers::<Tokens>(200, "The next ones; the refresh token is spent.", answer)
        .refuses(400, &["invalid_scope"])
        .refuses(401, &["invalid_token"])
}

fn sign_out() -> Operation {
    Operation::post(paths::API_SIGN_OUT, "signOut", "Sign out")
        .for_people()
        .answers_nothing(204, "The session is over, with its tokens.")
}

fn forgotten() -> Operation {
    by_client(
        Operation::post(paths::API_PASSWORD_REQUEST, "requestPassword", "Forget a password"),
        &[],
    )
    .about("The answer is the same whoever has the address.")
    .takes::<PasswordRequest>(json!({ "email": "ada@example.com" }))
    .answers::<Told>(
        200,
        "Perhaps a link was mailed.",
        json!({ "message": "If there is an account …" }),
    )
    .refuses(404, &["not_found"])
}

fn reset() -> Operation {
    by_client(
        Operation::post(paths::API_PASSWORD_RESET, "resetPassword", "Choose another password"),
        &[],
    )
    .takes::<PasswordReset>(
        json!({ "token": "ptk_pr_…", "newPassword": "quarry-lantern-51-maple" }),
    )
    .answers::<Told>(
        200,
        "It was changed.",
        json!({ "message": "The password was changed. Sign in with it." }),
    )
    .refuses(400, &["invalid_reset_token"])
}

fn half(operation: Operation) -> Operation {
    operation
        .for_half_signed_in()
        .refuses(400, &["code_expired", "code_used", "factor_not_usable", "invalid_code"])
        .refuses(429, &["too_many_requests"])
}

fn challenge() -> Operation {
    half(Operation::post(paths::API_2FA_CHALLENGE, "sendChallenge", "Send a code"))
        .takes::<Challenge>(json!({ "method": "sms" }))
        .answers::<Challenged>(
            200,
            "It was sent.",
            json!({ "message": "A code was sent.", "method": "sms", "sent_to": "+1 ••• ••0123" }),
        )
        .refuses(403, &["no_more_codes"])
}

fn passed(operation: Operation) -> Operation {
    let mut answer = tokens();
    if let Some(members) = answer.as_object_mut() {
        members.insert("verified".to_owned(), json!(true));
        members.insert("message".to_owned(), json!("Signed in."));
    }
    half(operation)
        .answers::<SignedInByFactor>(200, "Signed in.", answer)
        .refuses(401, &["invalid_client"])
        .refuses(403, &["unauthorized_client"])
        .refuses(403, &ADMISSION)
}

fn by_code() -> Operation {
    passed(Operation::post(paths::API_2FA_VERIFY, "verifyFactor", "Give a second factor"))
        .takes::<FactorCode>(json!({ "token": "123456" }))
}

fn by_backup_code() -> Operation {
    passed(Operation::post(
        paths::API_2FA_VERIFY_BACKUP,
        "verifyBackupCode",
        "Give a code on paper",
    ))
    .takes::<BackupCode>(json!({ "code": "A2B3-C4D5" }))
}
