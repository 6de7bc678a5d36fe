//! People's accounts, for machines.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::Object;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::values;
use crate::accounts::{CONNECTION, PROVIDER};
use crate::oauth::management_api::{CREATE_USERS, DELETE_USERS, READ_USERS, UPDATE_USERS};

/// An account. What is not known is left out.
#[derive(Clone, Debug, ToSchema)]
pub struct User {
    /// Its id.
    pub user_id: Option<String>,
    /// Its address.
    #[schema(format = "email")]
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

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Clone, Debug, ToSchema)]
pub struct Address {
    /// Street, house, flat.
    #[schema(max_length = 200)]
    pub street_address: Option<String>,
    /// The city.
    #[schema(max_length = 200)]
    pub locality: Option<String>,
    /// The state, province or county.
    #[schema(max_length = 200)]
    pub region: Option<String>,
    /// The postcode.
    #[schema(max_length = 200)]
    pub postal_code: Option<String>,
    /// The country.
    #[schema(max_length = 200)]
    pub country: Option<String>,
}

/// Where the password of an account is kept.
#[derive(Clone, Debug, ToSchema)]
pub struct Identity {
    /// `Username-Password-Authentication`.
    pub connection: String,
    /// `protekt`.
    pub provider: String,
    /// The account.
    pub user_id: String,
    /// `false`.
    #[schema(rename = "isSocial")]
    pub is_social: bool,
}

/// A new account.
#[derive(Clone, Debug, ToSchema)]
pub struct NewUser {
    /// Its address.
    #[schema(schema_with = values::email)]
    pub email: String,
    /// Without one its owner chooses it by a link. The rules for passwords hold.
    #[schema(required = false, schema_with = values::password)]
    pub password: String,
    /// Whether a mail with a link to choose a password goes out. Not beside a `password`, and not for an
    /// address that is verified.
    #[schema(required = false)]
    pub verify_email: bool,
    /// Where the password is kept.
    #[schema(required = false, schema_with = connection)]
    pub connection: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: UserMembers,
}

/// What is to be so of an account; `null` takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct UserChange {
    /// Another address.
    #[schema(required = false, schema_with = values::email)]
    pub email: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: UserMembers,
}

/// The same, from a person: with a proof of who that is.
#[derive(Clone, Debug, ToSchema)]
pub struct UserChangeByPerson {
    /// The change.
    #[serde(flatten)]
    pub change: UserChange,
    /// The proof.
    #[serde(flatten)]
    pub proof: super::own_account::Proof,
}

/// What can be said of any account.
#[derive(Clone, Debug, ToSchema)]
pub struct UserMembers {
    /// Whether you know that the address is the person's.
    #[schema(required = false)]
    pub email_verified: bool,
    /// Whether you know that the number is the person's.
    #[schema(required = false)]
    pub phone_verified: bool,
    /// Whether the person is kept out.
    #[schema(required = false)]
    pub blocked: bool,
    /// An https address.
    #[schema(required = false, schema_with = values::picture)]
    pub picture: Option<String>,
    /// Your own JSON, up to 16 KiB and 100 members. Members merge one level deep; `null` takes one away.
    #[schema(required = false, schema_with = values::metadata)]
    pub user_metadata: Option<Value>,
    /// Your own JSON, up to 16 KiB and 100 members. Members merge one level deep; `null` takes one away.
    #[schema(required = false, schema_with = values::metadata)]
    pub app_metadata: Option<Value>,
    /// What people say of themselves.
    #[serde(flatten)]
    pub profile: ProfileMembers,
}

/// What people say of themselves; `null` takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct ProfileMembers {
    /// The full name.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub name: Option<String>,
    /// The given name.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub given_name: Option<String>,
    /// The family name.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub family_name: Option<String>,
    /// The nickname.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub nickname: Option<String>,
    /// A second name to sign in with: no `@`, no space around it, and no two in a row.
    #[schema(required = false, schema_with = values::username_or_null)]
    pub username: Option<String>,
    /// A telephone number with a plus sign and the country's code.
    #[schema(required = false, schema_with = values::phone_or_null)]
    pub phone_number: Option<String>,
    /// One of the languages of the pages.
    #[schema(required = false, schema_with = values::locale_or_null)]
    pub locale: Option<String>,
    /// A name of the tz database.
    #[schema(required = false, schema_with = values::zone_or_null)]
    pub zoneinfo: Option<String>,
    /// The postal address.
    #[schema(required = false)]
    pub address: Option<AddressChange>,
}

/// What changes of a postal address; `null` takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct AddressChange {
    /// Street, house, flat.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub street_address: Option<String>,
    /// The city.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub locality: Option<String>,
    /// The state, province or county.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub region: Option<String>,
    /// The postcode.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub postal_code: Option<String>,
    /// The country.
    #[schema(required = false, schema_with = values::name_or_null)]
    pub country: Option<String>,
}

fn connection() -> Object {
    values::word([CONNECTION]).build()
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![list(), show(), create(), update(), delete(), by_email()]
}

fn list() -> Operation {
    searched(Operation::get(paths::MANAGEMENT_USERS, "listUsers", "List or search accounts"))
        .for_machines(&[READ_USERS])
        .answers_list::<User>("users", ListShapes::BareCountedOrNext, json!([example()]))
}

/// The parameters of a list of people.
pub(super) fn searched(operation: Operation) -> Operation {
    operation
        .about("In the order of their ids. To the first 1,000 by `page`; beyond them by `from` and `take`.")
        .query(
            "q",
            "What to search: a field, a colon and a value, such as `email:ada*`. Fields are `email`, `username`, `name`, `user_id`, `user_metadata.MEMBER` and `app_metadata.MEMBER`.",
            values::search(),
        )
        .paged()
        .continued()
        .narrowed()
}

fn show() -> Operation {
    person(Operation::get(paths::MANAGEMENT_USER, "showUser", "Read an account"))
        .for_machines(&[READ_USERS])
        .narrowed()
        .answers::<User>(200, "The account.", example())
        .tells_etag()
}

fn create() -> Operation {
    Operation::post(paths::MANAGEMENT_USERS, "createUser", "Make an account")
        .for_machines(&[CREATE_USERS])
        .takes::<NewUser>(json!({
            "email": "grace@example.com",
            "name": "Grace Hopper",
            "app_metadata": { "plan": "pro" },
        }))
        .answers::<User>(201, "The account was made.", example())
        .tells_etag()
        .tells_location()
        .refuses(409, &["user_exists"])
}

fn update() -> Operation {
    person(Operation::patch(paths::MANAGEMENT_USER, "updateUser", "Change an account"))
        .about("What is named changes, the rest stays. To block somebody ends every session and token at once.")
        .for_machines(&[UPDATE_USERS])
        .guarded_by_etag()
        .may_take::<UserChange>(json!({ "nickname": "Countess", "app_metadata": { "trial": null } }))
        .answers::<User>(200, "The account as it is now.", example())
        .tells_etag()
        .refuses(403, &["last_administrator", "password_not_changeable"])
        .refuses(409, &["user_exists"])
}

fn delete() -> Operation {
    person(Operation::delete(paths::MANAGEMENT_USER, "deleteUser", "Delete an account"))
        .about("At once and for good.")
        .for_machines(&[DELETE_USERS])
        .guarded_by_etag()
        .answers_nothing(204, "It is gone.")
        .refuses(403, &["last_administrator"])
}

fn by_email() -> Operation {
    Operation::get(
        paths::MANAGEMENT_USERS_BY_EMAIL,
        "findUserByEmail",
        "Find an account by its address",
    )
    .for_machines(&[READ_USERS])
    .needs_query("email", "The address.", values::filled_line())
    .narrowed()
    .answers::<Vec<User>>(200, "The account, or an empty list.", json!([example()]))
}

/// Of one account.
pub(super) fn person(operation: Operation) -> Operation {
    operation.at("id", "The `user_id`.", EXAMPLE_ID).refuses(404, &["inexistent_user"])
}

/// Ada's id.
pub(super) const EXAMPLE_ID: &str = "01DEV0ADA00000000000000000";

fn example() -> Value {
    json!({
        "user_id": EXAMPLE_ID,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "locale": "en",
        "blocked": false,
        "multifactor": ["totp"],
        "identities": [{
            "connection": CONNECTION,
            "provider": PROVIDER,
            "user_id": EXAMPLE_ID,
            "isSocial": false,
        }],
        "created_at": "2026-11-23T08:00:00.000Z",
        "updated_at": "2026-11-23T08:00:00.000Z",
        "last_login": "2026-11-23T08:12:31.000Z",
        "last_ip": "203.0.113.7",
        "logins_count": 3,
    })
}
