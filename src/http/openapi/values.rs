//! Kinds of values that stand in many places.

use serde_json::{Value, json};
use strum::VariantArray as _;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, OneOfBuilder, SchemaFormat, SchemaType,
};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Schema, Type};

use super::super::api::connections::CONNECTION_ID;
use super::super::api::job_upload::LONGEST_VALUE;
use super::super::api::resource_servers::MOST_INTROSPECTORS;
use super::operation::ListShapes;
use crate::domain::metadata::MOST_MEMBERS;
use crate::domain::profile::{LOCALES, LONGEST_NAME, LONGEST_USERNAME};
use crate::domain::scope::STANDARD;
use crate::oauth::grants;

/// No control characters: they are refused everywhere.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f]*$";

/// An address at a host of the open network.
const HTTPS: &str = r"^https://([A-Za-z0-9]{1,20}(-[A-Za-z0-9]{1,20})?\.){1,5}[A-Za-z]{2,20}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~/?=&,;:@!$'()*+-]*)?$";

/// An id, as a part of a path.
pub(super) fn id() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1))
}

/// A text of so many characters.
pub(super) fn text(shortest: usize, longest: usize) -> ObjectBuilder {
    line().min_length(Some(shortest)).max_length(Some(longest))
}

/// Any text.
pub(super) fn line() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(PLAIN))
}

/// Any text but an empty one.
pub(super) fn filled_line() -> ObjectBuilder {
    line().min_length(Some(1))
}

/// A list of validators (RFC 9110 §13.1.1).
pub(super) fn etag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(r#"^(\*|"[A-Za-z0-9_-]{1,64}")$"#))
}

/// A whole number.
pub(super) fn number(least: i32, most: i32) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(f64::from(least)))
        .maximum(Some(f64::from(most)))
}

/// Whether something is so.
pub(super) fn flag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

/// One of some words.
pub(super) fn word(words: impl IntoIterator<Item = impl Into<Value>>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

/// A day, or a time.
pub(super) fn day_or_time() -> ObjectBuilder {
    let pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?$";
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

/// A list, in the shapes it can have.
pub(super) fn list(member: &str, entry: &RefOr<Schema>, shapes: ListShapes) -> Schema {
    let bare = || ArrayBuilder::new().items(entry.clone()).build();
    let count = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let counted = ["start", "limit", "length", "total"]
        .into_iter()
        .fold(ObjectBuilder::new().schema_type(Type::Object), |object, name| {
            object.property(name, count()).required(name)
        })
        .property(member, bare())
        .required(member)
        .build();
    if shapes == ListShapes::Counted {
        return counted.into();
    }
    let mut any = OneOfBuilder::new().item(bare()).item(counted);
    if shapes == ListShapes::BareCountedOrNext {
        let next = line().description(Some("The last one here; missing where there are no more."));
        let next = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property(member, bare())
            .required(member)
            .property("next", next)
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .examples([json!({ member: [] })]);
        any = any.item(next);
    }
    any.build().into()
}

/// An e-mail address.
pub(super) fn email() -> Object {
    formatted("email", 254).min_length(Some(3)).build()
}

/// A password that is neither short nor easily guessed.
pub(super) fn password() -> Object {
    formatted("password", 256).min_length(Some(1)).build()
}

/// A name, or `null`.
pub(super) fn name_or_null() -> Object {
    or_null(formatted("name", LONGEST_NAME))
}

/// A username, or `null`.
pub(super) fn username_or_null() -> Object {
    or_null(formatted("username", LONGEST_USERNAME))
}

/// A telephone number, or `null`.
pub(super) fn phone_or_null() -> Object {
    or_null(formatted("telephone", 40))
}

/// The same, unread where it is not needed.
pub(super) fn maybe_phone() -> Object {
    ObjectBuilder::new()
        .schema_type(nullable(Type::String))
        .format(Some(SchemaFormat::Custom("telephone".to_owned())))
        .build()
}

/// One of the languages, or `null`.
pub(super) fn locale_or_null() -> Object {
    let words: Vec<Value> = LOCALES.iter().map(|tag| json!(tag)).chain([Value::Null]).collect();
    ObjectBuilder::new().schema_type(nullable(Type::String)).enum_values(Some(words)).build()
}

/// A time zone, or `null`.
pub(super) fn zone_or_null() -> Object {
    or_null(formatted("time-zone", 64))
}

/// A page or picture of a client's, or `null`.
pub(super) fn link() -> Object {
    or_null(https(2000))
}

/// An https address, or `null`.
pub(super) fn picture() -> Object {
    or_null(https(2_048))
}

/// An https address.
pub(super) fn https(longest: usize) -> ObjectBuilder {
    formatted("https-uri", longest).pattern(Some(HTTPS))
}

/// JSON of the caller's, or `null`.
pub(super) fn metadata() -> Object {
    ObjectBuilder::new()
        .schema_type(nullable(Type::Object))
        .max_properties(Some(MOST_MEMBERS))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .build()
}

/// What is searched among people.
pub(super) fn search() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r#"^((email|username|name):[A-Za-z0-9@._-]{1,100}\*?|(user_id|(user|app)_metadata\.[A-Za-z0-9_-]{1,100}):[A-Za-z0-9@._-]{1,100}|(email|username|name|user_id):"[A-Za-z0-9@._ -]{1,100}")$"#))
        .examples([json!("email:ada*")])
}

/// What a caller knows something by.
pub(super) fn reference() -> Object {
    text(0, LONGEST_VALUE).build()
}

/// A text of a format.
pub(super) fn formatted(format: &str, longest: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .max_length(Some(longest))
}

/// The same, or `null`.
pub(super) fn or_null(value: ObjectBuilder) -> Object {
    value.schema_type(nullable(Type::String)).build()
}

fn nullable(kind: Type) -> SchemaType {
    SchemaType::Array(vec![kind, Type::Null])
}

/// The id of an account.
pub(super) fn user_id() -> Object {
    formatted("user-id", 255).min_length(Some(1)).build()
}

/// What is never so.
pub(super) fn never() -> Object {
    flag().enum_values(Some([false])).build()
}

/// In which form people are told of.
pub(super) fn export_format() -> Object {
    word(["json", "csv"]).build()
}

/// A member of accounts.
pub(super) fn export_member() -> Object {
    let pattern = r"^(user_id|email|email_verified|username|name|given_name|family_name|nickname|picture|phone_number|phone_verified|address|locale|zoneinfo|blocked|multifactor|created_at|updated_at|last_login|last_ip|logins_count|deletion_due_at|identities|user_metadata|app_metadata|(user|app)_metadata\.[A-Za-z0-9_-]{1,80})$";
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}

/// What a member is called in an export.
pub(super) fn export_title() -> Object {
    formatted("name", 100).min_length(Some(1)).build()
}

/// Where events are told.
pub(super) fn webhook_url() -> Object {
    https(2_000).build()
}

/// Kinds of events.
pub(super) fn webhook_events() -> Schema {
    let all = crate::domain::audit_event::AuditKind::VARIANTS.iter().map(|kind| kind.as_str());
    let kind = word(all.chain([crate::domain::webhook::EVERY_EVENT]));
    ArrayBuilder::new().items(kind).min_items(Some(1)).build().into()
}

/// The one connection.
pub(super) fn connection_id() -> Object {
    word([CONNECTION_ID]).build()
}

/// The name of a role.
pub(super) fn role_name() -> Object {
    formatted("role-name", 64).pattern(Some("^[a-z0-9][a-z0-9_:.-]*$")).build()
}

/// What something is for.
pub(super) fn description() -> Object {
    formatted("name", LONGEST_NAME).build()
}

/// The identifier of an API.
pub(super) fn api_identifier() -> Object {
    formatted("api-identifier", 255).min_length(Some(1)).build()
}

/// A scope of an API.
pub(super) fn api_scope() -> Object {
    formatted("api-scope", 100).min_length(Some(1)).build()
}

/// The ids of some roles.
pub(super) fn role_ids() -> Schema {
    ids("role-id")
}

/// The ids of some accounts.
pub(super) fn user_ids() -> Schema {
    ids("user-id")
}

fn ids(format: &str) -> Schema {
    ArrayBuilder::new()
        .items(formatted(format, 255).min_length(Some(1)))
        .min_items(Some(1))
        .max_items(Some(100))
        .build()
        .into()
}

/// What a client or an API is called.
pub(super) fn client_name() -> Object {
    formatted("client-name", 100).min_length(Some(1)).build()
}

/// The same, or `null`.
pub(super) fn client_name_or_null() -> Object {
    or_null(formatted("client-name", 100).min_length(Some(1)))
}

/// Addresses where people come back.
pub(super) fn callbacks() -> Schema {
    some(formatted("callback", 2_048), 50)
}

/// Origins of pages.
pub(super) fn origins() -> Schema {
    some(formatted("origin", 2_048), 50)
}

/// Standard scopes, and others.
pub(super) fn scopes() -> Schema {
    some(word(STANDARD), 50)
}

/// Ways to get tokens.
pub(super) fn grant_types() -> Schema {
    some(word(grants::SUPPORTED), 10)
}

/// The identifier of an API, or `null`.
pub(super) fn api_identifier_or_null() -> Object {
    or_null(formatted("api-identifier", 255).min_length(Some(1)))
}

/// A way of a client to prove itself, or `null` for the usual one.
pub(super) fn auth_method() -> Object {
    word_or_null(&["none", "client_secret_basic", "client_secret_post"])
}

/// Whether people need a second factor, or `null` for the installation's own rule.
pub(super) fn factor_policy() -> Object {
    word_or_null(&["off", "optional", "required"])
}

/// Seconds, or `null` for the usual ones.
pub(super) fn lifetime() -> Object {
    number(60, 86_400).schema_type(nullable(Type::Integer)).build()
}

/// Some words, with commas between.
pub(super) fn kinds(words: &[&str]) -> ObjectBuilder {
    let word = words.join("|");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^({word})(,({word})){{0,3}}$")))
}

/// The identifier of an API that is not there yet.
pub(super) fn new_identifier() -> Object {
    formatted("new-api-identifier", 255).min_length(Some(1)).build()
}

/// The ids of clients that may ask about tokens.
pub(super) fn introspectors() -> Schema {
    some(formatted("introspector-id", 255), MOST_INTROSPECTORS)
}

/// The id of a client.
pub(super) fn client_id() -> Object {
    formatted("client-id", 255).min_length(Some(1)).build()
}

/// A scope that an API is to open.
pub(super) fn new_scope() -> Object {
    formatted("new-scope", 100).pattern(Some(r"^[!#-\[\]-~]+$")).build()
}

/// A sentence that people read.
pub(super) fn sentence() -> Object {
    or_null(formatted("client-name", 200))
}

/// Scopes of an API.
pub(super) fn api_scopes() -> Schema {
    some(formatted("api-scope", 100).min_length(Some(1)), 100)
}

fn some(item: ObjectBuilder, most: usize) -> Schema {
    ArrayBuilder::new().items(item).max_items(Some(most)).build().into()
}

fn word_or_null(words: &[&str]) -> Object {
    let words: Vec<Value> = words.iter().map(|word| json!(word)).chain([Value::Null]).collect();
    ObjectBuilder::new().schema_type(nullable(Type::String)).enum_values(Some(words)).build()
}

/// A day.
pub(super) fn day() -> ObjectBuilder {
    formatted("day", 10).pattern(Some(r"^20[0-9]{2}((0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])|-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))$"))
}

/// The id of the client that calls, or `null`.
pub(super) fn own_client_id() -> Object {
    or_null(formatted("own-client-id", 255))
}

/// The secret of the client that calls, or `null`.
pub(super) fn own_client_secret() -> Object {
    or_null(formatted("own-client-secret", 255))
}

/// A name to sign in with, or `null`.
pub(super) fn login_or_null() -> Object {
    formatted("own-login", 254).min_length(Some(1)).build()
}

/// What stands in the place of another member, and beside it not at all.
pub(super) fn nothing() -> Object {
    or_null(line().max_length(Some(255)))
}

/// What nobody else knows.
pub(super) fn secret() -> Object {
    text(1, 256).build()
}

/// The password of who signs in.
pub(super) fn own_password() -> Object {
    formatted("own-password", 256).min_length(Some(1)).build()
}

/// The caller's password, or `null`.
pub(super) fn own_password_or_null() -> Object {
    or_null(formatted("own-password", 256))
}

/// A token of ours.
pub(super) fn flow_token() -> Object {
    text(1, 255).build()
}

/// A code, or `null`.
pub(super) fn code_or_null() -> Object {
    or_null(line().max_length(Some(255)))
}

/// Means by which codes are sent.
pub(super) fn sent_method() -> Object {
    word(["sms", "email"]).build()
}

/// Second factors that have codes.
pub(super) fn method() -> Object {
    word(["totp", "sms", "email"]).build()
}

/// The same, or `null`.
pub(super) fn method_or_null() -> Object {
    word_or_null(&["totp", "sms", "email"])
}
