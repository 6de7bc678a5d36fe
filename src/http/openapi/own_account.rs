//! The caller's own account and second factors, and other people's for people who may.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::people::{
    Address, EXAMPLE_ID, Identity, ProfileMembers, UserChangeByPerson, person, searched,
};
use super::values;

/// A proof of who calls, where the sign-in is older than ten minutes.
#[derive(Clone, Debug, ToSchema)]
pub struct Proof {
    /// The password.
    #[schema(schema_with = values::own_password_or_null, required = false)]
    pub password: Option<String>,
    /// A code of the app, or on paper.
    #[schema(schema_with = values::nothing, required = false)]
    pub code: Option<String>,
}

/// A second factor to begin with.
#[derive(Clone, Debug, ToSchema)]
pub struct FactorWish {
    /// Which.
    #[schema(schema_with = values::method)]
    pub method: String,
    /// The number, for `sms`.
    #[schema(schema_with = values::maybe_phone, required = false)]
    pub phone: Option<String>,
    /// The proof.
    #[serde(flatten)]
    pub proof: Proof,
}

/// The first code of a second factor.
#[derive(Clone, Debug, ToSchema)]
pub struct FirstCode {
    /// The code.
    #[schema(schema_with = values::secret)]
    pub token: String,
    /// Of which; the one that was begun.
    #[schema(schema_with = values::method_or_null, required = false)]
    pub method: Option<String>,
    /// The proof.
    #[serde(flatten)]
    pub proof: Proof,
}

/// A second factor to go.
#[derive(Clone, Debug, ToSchema)]
pub struct FactorRemoval {
    /// Which, of several.
    #[schema(schema_with = values::method_or_null, required = false)]
    pub method: Option<String>,
    /// The proof.
    #[serde(flatten)]
    pub proof: Proof,
}

/// What happened to a second factor.
#[derive(Clone, Debug, ToSchema)]
pub struct FactorAnswer {
    /// What happened, in words.
    pub message: String,
    /// What there is to know.
    pub data: FactorData,
}

/// What there is to know of a second factor.
#[derive(Clone, Debug, ToSchema)]
pub struct FactorData {
    /// Which.
    pub method: Option<String>,
    /// The key, in base32.
    pub secret: Option<String>,
    /// The key, as apps read it.
    pub otpauth_uri: Option<String>,
    /// The same as a picture, in a data address.
    #[schema(rename = "qrCode")]
    pub qr_code: Option<String>,
    /// Where a code was sent, in part.
    pub sent_to: Option<String>,
    /// Codes on paper.
    #[schema(rename = "backupCodes")]
    pub backup_codes: Option<Vec<String>>,
    /// Whether another second factor is left.
    pub has_second_factor: Option<bool>,
}

/// The caller's own account, as far as the scopes of the token open it.
#[derive(Clone, Debug, ToSchema)]
pub struct Me {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// The claims of the token.
    #[schema(value_type = Option<Object>)]
    pub claims: Option<Value>,
}

/// An account, by the names of the users API. What is not known is left out.
#[derive(Clone, Debug, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: Option<String>,
    /// Its address.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: Option<bool>,
    /// A second name to sign in with.
    pub username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// Where a picture is.
    pub picture: Option<String>,
    /// A telephone number in E.164.
    pub phone_number: Option<String>,
    /// Whether the number is verified.
    pub phone_verified: Option<bool>,
    /// The postal address.
    pub address: Option<Address>,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// A name of the tz database.
    pub zoneinfo: Option<String>,
    /// Your own JSON.
    #[schema(value_type = Option<Object>)]
    pub user_metadata: Option<Value>,
    /// Your own JSON.
    #[schema(value_type = Option<Object>)]
    pub app_metadata: Option<Value>,
    /// Whether the person is kept out.
    pub blocked: Option<bool>,
    /// The second factors.
    pub multifactor: Option<Vec<String>>,
    /// Where the password is kept.
    pub identities: Option<Vec<Identity>>,
    /// When it was made.
    #[schema(format = "date-time")]
    pub created_at: Option<String>,
    /// When it changed last.
    #[schema(format = "date-time")]
    pub updated_at: Option<String>,
    /// The last sign-in.
    #[schema(format = "date-time")]
    pub last_login: Option<String>,
    /// From where that was.
    pub last_ip: Option<String>,
    /// How many sign-ins there were.
    #[schema(minimum = 0)]
    pub logins_count: Option<i64>,
    /// When it goes, where its owner asked for that.
    #[schema(format = "date-time")]
    pub deletion_due_at: Option<String>,
}

/// An account that goes.
#[derive(Clone, Debug, ToSchema)]
pub struct Leaving {
    /// What happens, in words.
    pub message: String,
    /// When.
    #[schema(format = "date-time")]
    pub deletion_due_at: String,
}

/// The operations on the caller's own account.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = factors();
    all.extend(me());
    all
}

const PROOF: [&str; 8] = [
    "deletion_pending",
    "email_not_verified",
    "factor_not_offered",
    "invalid_proof",
    "mfa_enrollment_required",
    "new_password_required",
    "reauthentication_required",
    "session_of_browser",
];
const CODES: [&str; 4] = ["code_expired", "code_used", "factor_not_usable", "invalid_code"];

fn proven(operation: Operation) -> Operation {
    operation
        .for_people()
        .refuses(400, &CODES)
        .refuses(403, &PROOF)
        .refuses(429, &["too_many_requests"])
}

fn factors() -> Vec<Operation> {
    let answer = |words: &str, data: Value| json!({ "message": words, "data": data });
    let codes = json!({ "backupCodes": ["A2B3-C4D5", "E6F7-G8H9"] });
    vec![
        proven(Operation::post(
            paths::API_2FA_ENABLE,
            "enableFactor",
            "Begin with a second factor",
        ))
        .about("Nothing is on until it is confirmed.")
        .takes::<FactorWish>(json!({ "method": "totp" }))
        .answers::<FactorAnswer>(
            200,
            "It is begun.",
            answer(
                "Confirm with its first code.",
                json!({ "method": "totp", "secret": "JBSWY3DPEHPK3PXP" }),
            ),
        )
        .refuses(409, &["nothing_to_confirm"]),
        proven(Operation::post(paths::API_2FA_CONFIRM, "confirmFactor", "Confirm a second factor"))
            .takes::<FirstCode>(json!({ "token": "123456" }))
            .answers::<FactorAnswer>(
                200,
                "It is on.",
                answer("The second factor is on.", codes.clone()),
            )
            .refuses(409, &["nothing_to_confirm"]),
        proven(Operation::delete(
            paths::API_2FA_DISABLE,
            "disableFactor",
            "Remove a second factor",
        ))
        .may_take::<FactorRemoval>(json!({ "method": "totp" }))
        .answers::<FactorAnswer>(
            200,
            "It is off.",
            answer(
                "The second factor is off.",
                json!({ "method": "totp", "has_second_factor": false }),
            ),
        )
        .refuses(403, &["last_factor"])
        .refuses(404, &["inexistent_factor"]),
        proven(Operation::post(
            paths::API_2FA_BACKUP_CODES,
            "renewBackupCodes",
            "Make new codes on paper",
        ))
        .may_take::<Proof>(json!({ "password": "prairie-thunder-walnut-9271" }))
        .answers::<FactorAnswer>(200, "The new ones.", answer("Keep the new codes.", codes))
        .refuses(404, &["inexistent_factor"]),
    ]
}

fn me() -> Vec<Operation> {
    vec![
        Operation::get(paths::API_ME, "showMe", "Read the own account")
            .for_people()
            .answers::<Me>(200, "The account.", example()),
        Operation::patch(paths::API_ME, "updateMe", "Change the own account")
            .about("What is named changes, the rest stays. `phone_number` and `address` need the scopes `phone` and `address`.")
            .for_people()
            .may_take::<ProfileMembers>(json!({ "nickname": "Countess" }))
            .answers::<Account>(200, "The account as it is now.", example())
            .refuses(403, &["mfa_enrollment_required", "reauthentication_required"])
            .refuses(409, &["user_exists"])
            .refuses(429, &["too_many_requests"]),
        proven(Operation::delete(paths::API_ME, "deleteMe", "Delete the own account"))
            .about("After two weeks, within which its owner can keep it.")
            .may_take::<Proof>(json!({ "password": "prairie-thunder-walnut-9271" }))
            .answers::<Leaving>(
                200,
                "It goes.",
                json!({
                    "message": "The account is deleted after two weeks. Until then its owner can keep it.",
                    "deletion_due_at": "2026-12-07T08:00:00.000Z",
                }),
            )
            .refuses(403, &["last_administrator"]),
    ]
}

/// The operations on accounts of others, for people who may.
pub(super) fn of_others() -> Vec<Operation> {
    let manages = |operation: Operation| {
        operation
            .for_people()
            .refuses(403, &["mfa_enrollment_required", "reauthentication_required"])
    };
    let update = |operation: Operation| {
        proven(person(operation))
            .guarded_by_etag()
            .takes::<UserChangeByPerson>(json!({ "nickname": "Countess" }))
            .answers::<Account>(200, "The account as it is now.", example())
            .tells_etag()
            .refuses(403, &["last_administrator", "own_account"])
            .refuses(409, &["user_exists"])
    };
    vec![
        manages(searched(Operation::get(
            paths::API_USERS,
            "listAccounts",
            "List or search accounts",
        )))
        .answers_list::<Account>(
            "users",
            ListShapes::BareCountedOrNext,
            json!([example()]),
        ),
        manages(person(Operation::get(paths::API_USER, "showAccount", "Read an account")))
            .narrowed()
            .answers::<Account>(200, "The account.", example())
            .tells_etag(),
        update(Operation::patch(paths::API_USER, "updateAccount", "Change an account")),
        update(Operation::put(
            paths::API_USER,
            "putAccount",
            "Change an account, by another method",
        )),
        proven(person(Operation::delete(paths::API_USER, "deleteAccount", "Delete an account")))
            .about("At once and for good.")
            .guarded_by_etag()
            .may_take::<Proof>(json!({ "password": "prairie-thunder-walnut-9271" }))
            .answers_nothing(204, "It is gone.")
            .refuses(403, &["last_administrator", "own_account"]),
    ]
}

fn example() -> Value {
    json!({
        "id": EXAMPLE_ID,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "created_at": "2026-11-23T08:00:00.000Z",
        "updated_at": "2026-11-23T08:00:00.000Z",
        "logins_count": 3,
    })
}
