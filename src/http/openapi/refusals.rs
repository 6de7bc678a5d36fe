//! Refusals, in the shapes that they have.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::AllOfBuilder;
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type,
};

use super::operation::{Schemas, header};
use super::values;

/// A refusal.
#[derive(Clone, Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Error {
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status_code: i32,
    /// The name of the status.
    pub error: String,
    /// What happened, for people.
    pub message: String,
    /// What happened, for programs.
    pub error_code: String,
    /// What is wrong with which member or parameter.
    #[schema(required = false)]
    pub errors: Vec<FieldProblem>,
}

/// What is wrong with a member of the body or a parameter of the address.
#[derive(Clone, Debug, ToSchema)]
pub struct FieldProblem {
    /// Its name.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// A refusal of the protocol (RFC 6749 §5.2).
#[derive(Clone, Debug, ToSchema)]
pub struct ProtocolError {
    /// What happened, for programs; missing where no token was sent (RFC 6750 §3.1).
    #[schema(required = false)]
    pub error: String,
    /// What happened, for developers.
    pub error_description: String,
}

/// The schemas of refusals.
pub(super) fn schemas() -> Schemas {
    let mut found = Vec::new();
    Error::schemas(&mut found);
    found.push((Error::name().into_owned(), <Error as utoipa::PartialSchema>::schema()));
    found.push((
        ProtocolError::name().into_owned(),
        <ProtocolError as utoipa::PartialSchema>::schema(),
    ));
    found.into_iter().collect()
}

/// The answer of a refusal with one of some codes.
pub(super) fn refusal((status, is_oauth): (u16, bool), codes: &BTreeSet<&str>) -> Response {
    // What never reached a handler has the one shape everywhere.
    let is_oauth = is_oauth && status != 413;
    let (shape, member) =
        if is_oauth { ("ProtocolError", "error") } else { ("Error", "errorCode") };
    let code = values::word(codes.iter().copied());
    let named = ObjectBuilder::new().schema_type(Type::Object).property(member, code);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name(shape)).item(named).build();
    let first = codes.first().copied().unwrap_or_default();
    let content = ContentBuilder::new()
        .schema(Some(Schema::AllOf(schema)))
        .example(Some(example((status, is_oauth), first)))
        .build();
    let mut answer = ResponseBuilder::new()
        .description(words_of_status(status))
        .content("application/json", content)
        .build();
    let mut tell = |name: &str, words: &str, schema| {
        answer.headers.insert(name.to_owned(), RefOr::T(header(words, schema)));
    };
    match status {
        401 => tell("WWW-Authenticate", "How to prove who calls.", values::line()),
        429 | 503 => tell(
            "Retry-After",
            "After how many seconds to try again.",
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)),
        ),
        _ => {}
    }
    answer
}

fn example((status, is_oauth): (u16, bool), code: &str) -> Value {
    let words = words_of_status(status);
    if is_oauth {
        return json!({ "error": code, "error_description": words });
    }
    let name = axum::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    json!({ "statusCode": status, "error": name, "message": words, "errorCode": code })
}

const fn words_of_status(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be understood, or names what cannot be.",
        401 => "The caller is not known.",
        403 => "The caller may not do this, or nobody may.",
        404 => "It is not there.",
        408 => "Nothing more came for a while.",
        409 => "It does not go with what is there.",
        412 => "It changed since.",
        413 => "The body is too large.",
        415 => "The body is of another type.",
        429 => "Too many calls.",
        503 => "Not just now.",
        _ => "Refused.",
    }
}
