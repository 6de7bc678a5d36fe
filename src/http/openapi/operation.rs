//! One operation of the document, told in the words that most of them share.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation as Described, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ContentBuilder, Header, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
    Type,
};

use super::refusals::refusal;
use super::security::{MACHINE, MFA, PERSON};
use super::told::without_null;
use super::values;

const JSON: &str = "application/json";
const PARTS: &str = "multipart/form-data";
const FORM: &str = "application/x-www-form-urlencoded";

/// Schemas by their names.
pub(super) type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Refusals by their names.
pub(super) type Responses = BTreeMap<String, Response>;

/// Refusals with more codes than this are those of one operation.
const MOST_NAMED: usize = 2;

/// What a caller can do at one method of one path.
#[derive(Debug)]
pub(super) struct Operation {
    path: &'static str,
    method: HttpMethod,
    built: OperationBuilder,
    answers: Vec<(u16, Response)>,
    refusals: BTreeMap<u16, BTreeSet<&'static str>>,
    told_quota: bool,
    speaks_oauth: bool,
    schemas: Schemas,
}

impl Operation {
    fn new(
        method: HttpMethod,
        path: &'static str,
        (id, summary): (&'static str, &'static str),
    ) -> Self {
        Self {
            path,
            method,
            built: OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)),
            answers: Vec::new(),
            refusals: BTreeMap::new(),
            told_quota: false,
            speaks_oauth: false,
            schemas: Schemas::new(),
        }
    }

    /// Reads.
    pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Get, path, (id, summary))
    }

    /// Makes or does.
    pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Post, path, (id, summary))
    }

    /// Changes.
    pub(super) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Patch, path, (id, summary))
    }

    /// Puts.
    pub(super) fn put(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Put, path, (id, summary))
    }

    /// Takes away.
    pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Delete, path, (id, summary))
    }

    /// What more there is to say.
    pub(super) fn about(mut self, words: &str) -> Self {
        self.built = self.built.description(Some(words));
        self
    }

    /// For machines with these scopes at the management API.
    pub(super) fn for_machines(mut self, scopes: &[&'static str]) -> Self {
        self.built = self.built.security(SecurityRequirement::new(MACHINE, scopes.iter().copied()));
        self.told_quota = true;
        self.guarded().refuses(429, &["too_many_requests"])
    }

    /// For people, by their access tokens.
    pub(super) fn for_people(mut self) -> Self {
        self.built = self.built.security(SecurityRequirement::new(PERSON, [""; 0]));
        self.guarded()
    }

    /// For who gave the password and has yet to give a second factor.
    pub(super) fn for_half_signed_in(mut self) -> Self {
        self.built = self.built.security(SecurityRequirement::new(MFA, [""; 0]));
        self.refuses(400, &["invalid_request"]).refuses(401, &["invalid_token"]).may_be_down()
    }

    /// For who proves it in one of these ways; an empty one is nobody.
    pub(super) fn secured(mut self, ways: &[&'static str]) -> Self {
        for way in ways {
            let way = match *way {
                "" => SecurityRequirement::default(),
                way => SecurityRequirement::new(way, [""; 0]),
            };
            self.built = self.built.security(way);
        }
        self
    }

    /// With refusals in the shape of OAuth (RFC 6749 §5.2).
    pub(super) fn speaks_oauth(mut self) -> Self {
        self.speaks_oauth = true;
        self
    }

    fn guarded(self) -> Self {
        self.refuses(400, &["invalid_request"])
            .refuses(401, &["invalid_token"])
            .refuses(403, &["insufficient_scope"])
            .may_be_down()
    }

    /// Where the database has to be there.
    pub(super) fn may_be_down(self) -> Self {
        self.refuses(503, &["temporarily_unavailable"])
    }

    /// A part of the path.
    pub(super) fn at(mut self, name: &str, words: &str, example: &str) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(words))
            .example(Some(json!(example)))
            .schema(Some(values::id()));
        self.built = self.built.parameter(parameter);
        self
    }

    /// A parameter that may be missing.
    pub(super) fn query(self, name: &str, words: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.parameter((name, Required::False), words, schema)
    }

    /// A parameter that must be there.
    pub(super) fn needs_query(
        self,
        name: &str,
        words: &str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        self.parameter((name, Required::True), words, schema)
    }

    fn parameter(
        mut self,
        (name, required): (&str, Required),
        words: &str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(required)
            .description(Some(words))
            .schema(Some(schema.into()));
        self.built = self.built.parameter(parameter);
        self.refuses(400, &["invalid_query_string"])
    }

    /// Pages by number.
    pub(super) fn paged(self) -> Self {
        let size = values::number(1, 100).default(Some(json!(50)));
        self.query("page", "Which page, from 0.", values::number(0, 1_000).default(Some(json!(0))))
            .query("per_page", "How many a page has.", size)
            .query(
                "include_totals",
                "Whether the list stands in an object that says how many there are.",
                values::flag(),
            )
    }

    /// Pages behind the last one that the caller has.
    pub(super) fn continued(self) -> Self {
        self.query(
            "from",
            "The last one that you have: go on behind it. Goes with `take`, and not with `page`, `per_page`, `include_totals` and `q`.",
            values::line(),
        )
        .query("take", "How many, where you go on from the last.", values::number(1, 100))
    }

    /// Lists of members.
    pub(super) fn narrowed(self) -> Self {
        self.query("fields", "Members of each entry, with commas between.", values::line()).query(
            "include_fields",
            "`false`: all but those that `fields` names.",
            values::flag(),
        )
    }

    /// With a guard against lost updates (RFC 9110 §13.1.1).
    pub(super) fn guarded_by_etag(mut self) -> Self {
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("The `ETag` that you saw: nothing happens where it changed since."))
            .schema(Some(values::etag()));
        self.built = self.built.parameter(parameter);
        self.refuses(412, &["precondition_failed"])
    }

    /// With a JSON body that must be there.
    pub(super) fn takes<T: ToSchema>(mut self, example: Value) -> Self {
        let body = self.body_of::<T>(JSON, example).required(Some(Required::True)).build();
        self.takes_body(body)
    }

    /// With a JSON body that may be missing.
    pub(super) fn may_take<T: ToSchema>(mut self, example: Value) -> Self {
        let body = self.body_of::<T>(JSON, example).required(Some(Required::False)).build();
        self.takes_body(body)
    }

    /// With a form, or the same members as JSON.
    pub(super) fn takes_form<T: ToSchema>(mut self, example: &Value) -> Self {
        let schema = self.refer::<T>();
        let json = ContentBuilder::new().schema(Some(schema)).example(Some(example.clone()));
        let body = self
            .body_of::<T>(FORM, example.clone())
            .content(JSON, json.build())
            .required(Some(Required::True))
            .build();
        self.built = self.built.request_body(Some(body));
        self.refuses(413, &["body_too_large"])
    }

    /// With a form of several parts, one of them a file.
    pub(super) fn takes_parts<T: ToSchema>(mut self, example: Value) -> Self {
        let body = self.body_of::<T>(PARTS, example).required(Some(Required::True)).build();
        self.takes_body(body)
    }

    fn takes_body(mut self, body: RequestBody) -> Self {
        self.built = self.built.request_body(Some(body));
        self.refuses(400, &["invalid_body"])
            .refuses(413, &["body_too_large"])
            .refuses(415, &["unsupported_media_type"])
    }

    fn body_of<T: ToSchema>(&mut self, kind: &str, example: Value) -> RequestBodyBuilder {
        let schema = self.refer::<T>();
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        RequestBodyBuilder::new().content(kind, content)
    }

    /// What it answers.
    pub(super) fn answers<T: ToSchema>(self, status: u16, words: &str, example: Value) -> Self {
        self.answers_as::<T>((status, JSON), words, Some(example))
    }

    /// What it answers, of another type.
    pub(super) fn answers_as<T: ToSchema>(
        mut self,
        (status, kind): (u16, &str),
        words: &str,
        example: Option<Value>,
    ) -> Self {
        let schema = self.tell::<T>();
        let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
        let answer = ResponseBuilder::new().description(words).content(kind, content).build();
        self.answers.push((status, answer));
        self
    }

    /// The answer told last can be of this type as well.
    pub(super) fn or_as<T: ToSchema>(mut self, kind: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(self.tell::<T>())).build();
        if let Some((_, answer)) = self.answers.last_mut() {
            answer.content.insert(kind.to_owned(), content.into());
        }
        self
    }

    /// A list, which may stand in an object that counts it.
    pub(super) fn answers_list<T: ToSchema>(
        mut self,
        member: &str,
        shapes: ListShapes,
        example: Value,
    ) -> Self {
        let entry = self.tell::<T>();
        let schema = values::list(member, &entry, shapes);
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        let words = "The list.";
        let answer = ResponseBuilder::new().description(words).content(JSON, content).build();
        self.answers.push((200, answer));
        self
    }

    /// An answer without a body.
    pub(super) fn answers_nothing(mut self, status: u16, words: &str) -> Self {
        self.answers.push((status, ResponseBuilder::new().description(words).build()));
        self
    }

    /// A header of every answer so far.
    pub(super) fn tells(mut self, name: &str, words: &str) -> Self {
        for (_, answer) in &mut self.answers {
            answer.headers.insert(name.to_owned(), RefOr::T(header(words, values::line())));
        }
        self
    }

    /// With the name of what was told.
    pub(super) fn tells_etag(self) -> Self {
        self.tells("ETag", "The name of the resource as it is, for `If-Match`.")
    }

    /// With the address of what was made.
    pub(super) fn tells_location(self) -> Self {
        self.tells("Location", "The address of what was made.")
    }

    /// What it refuses, by the codes that stand in `errorCode`.
    pub(super) fn refuses(mut self, status: u16, codes: &[&'static str]) -> Self {
        self.refusals.entry(status).or_default().extend(codes);
        self
    }

    /// The schema of what is sent.
    fn refer<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.named::<T>(|schema| schema)
    }

    /// The schema of what is answered.
    fn tell<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.named::<T>(without_null)
    }

    fn named<T: ToSchema>(
        &mut self,
        shape: impl Fn(RefOr<Schema>) -> RefOr<Schema>,
    ) -> RefOr<Schema> {
        let mut found = Vec::new();
        T::schemas(&mut found);
        self.schemas.extend(found.into_iter().map(|(name, schema)| (name, shape(schema))));
        let schema = T::schema();
        // A list or a number has no name of its own.
        if !matches!(schema, RefOr::T(Schema::Object(_) | Schema::AllOf(_)))
            || T::name().starts_with(char::is_lowercase)
            || T::name() == "String"
        {
            return shape(schema);
        }
        self.schemas.insert(T::name().into_owned(), shape(schema));
        RefOr::Ref(Ref::from_schema_name(T::name()))
    }

    /// The end, and what it names.
    pub(super) fn build(mut self, tag: &str) -> Built {
        let refused = std::mem::take(&mut self.refusals);
        let mut built = self.built.tag(tag);
        for (status, mut answer) in self.answers {
            answer.headers.extend(quota(self.told_quota, status));
            built = built.response(status.to_string(), answer);
        }
        let mut responses = Responses::new();
        for (status, codes) in refused {
            let mut answer = refusal((status, self.speaks_oauth), &codes);
            answer.headers.extend(quota(self.told_quota, status));
            if codes.len() > MOST_NAMED {
                built = built.response(status.to_string(), answer);
                continue;
            }
            let name = response_name(status, &codes, (self.speaks_oauth, self.told_quota));
            built = built.response(status.to_string(), Ref::from_response_name(&name));
            responses.insert(name, answer);
        }
        Built {
            path: self.path,
            method: self.method,
            operation: built.build(),
            schemas: self.schemas,
            responses,
        }
    }
}

fn response_name(
    status: u16,
    codes: &BTreeSet<&'static str>,
    (speaks_oauth, told_quota): (bool, bool),
) -> String {
    let codes: Vec<&str> = codes.iter().copied().collect();
    let shape = if speaks_oauth { ".oauth" } else { "" };
    let counted = if told_quota { ".counted" } else { "" };
    format!("{status}.{}{shape}{counted}", codes.join("."))
}

/// An operation, and what it names.
#[derive(Debug)]
pub(super) struct Built {
    /// The path, as the router writes it.
    pub(super) path: &'static str,
    /// The method.
    pub(super) method: HttpMethod,
    /// The operation.
    pub(super) operation: Described,
    /// The schemas.
    pub(super) schemas: Schemas,
    /// The refusals that it shares with others.
    pub(super) responses: Responses,
}

/// In which shapes a list can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListShapes {
    /// A bare list, or an object that counts it.
    BareOrCounted,
    /// One of these, or an object that says where it goes on.
    BareCountedOrNext,
    /// Always in an object that counts it.
    Counted,
}

pub(super) fn header(words: &str, schema: ObjectBuilder) -> Header {
    HeaderBuilder::new().schema(Some(schema)).description(Some(words)).build()
}

/// What machines are told of their calls, once they are known.
fn quota(is_told: bool, status: u16) -> Vec<(String, RefOr<Header>)> {
    if !is_told || [400, 401, 503].contains(&status) {
        return Vec::new();
    }
    let number = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    [
        ("x-ratelimit-limit", "How many calls the client has."),
        ("x-ratelimit-remaining", "How many are left."),
        ("x-ratelimit-reset", "When they are all there again, in seconds since 1970."),
    ]
    .map(|(name, words)| (name.to_owned(), RefOr::T(header(words, number()))))
    .into()
}
