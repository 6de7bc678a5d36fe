//! The document of the JSON endpoints.

use std::collections::BTreeSet;
use std::path::Path;

use protekt::http::routes::{Access, table};
use protekt::http::{openapi, paths};
use protekt::oauth::management_api::described_scopes;
use serde_json::Value;

const SNAPSHOT: &str = "docs/openapi.json";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation, by its method and path.
fn operations() -> Vec<(String, String, Value)> {
    let document: Value = serde_json::from_str(&openapi::json().unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&&**method) {
                operations.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    assert!(operations.len() > 90, "{}", operations.len());
    operations
}

#[test]
fn every_json_route_stands_in_the_document_and_nothing_else_does() {
    // Monitors read a text, and the document does not tell of itself.
    let is_json = |path: &str| {
        paths::is_for_machines(path) && !paths::is_about_apis(path) && path != paths::METRICS
    };
    let served: BTreeSet<(String, String)> = table(false)
        .into_iter()
        .filter(|route| is_json(route.path))
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    let described: BTreeSet<(String, String)> =
        operations().into_iter().map(|(method, path, _)| (method, path)).collect();
    let missing: Vec<_> = served.difference(&described).collect();
    assert!(missing.is_empty(), "routes without an operation in src/http/openapi/: {missing:?}");
    let invented: Vec<_> = described.difference(&served).collect();
    assert!(invented.is_empty(), "operations without a route: {invented:?}");
}

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let document = openapi::json().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == document,
        "{SNAPSHOT} is another document: read the difference, and write it with WRITE_OPENAPI=1"
    );
}

#[test]
fn every_operation_can_be_called_from_what_it_says() {
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{id}");
        let names: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(names, in_path, "{method} {path}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{id}");
        for (status, answer) in answers {
            for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                assert!(content["schema"].is_object(), "{id} {status} {kind}");
                let is_json = kind == "application/json";
                assert_eq!(content.get("example").is_some(), is_json, "{id} {status} {kind}");
            }
        }
        for content in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            assert!(content.1.get("example").is_some(), "{id}");
        }
    }
}

/// Who can call without proving anything is told so by an empty way.
#[test]
fn whom_an_operation_lets_in_is_whom_its_route_lets_in() {
    let known: BTreeSet<&str> = described_scopes().into_iter().map(|(scope, _)| scope).collect();
    let mut named = BTreeSet::new();
    let operations = operations();
    let routes = table(false);
    for (method, path, operation) in &operations {
        let route = routes.iter().find(|route| route.method == method && route.path == path);
        let route = route.unwrap();
        let ways = operation["security"].as_array().unwrap();
        let proofs: Vec<&str> =
            ways.iter().flat_map(|way| way.as_object().unwrap().keys()).map(|s| &**s).collect();
        let is_open = ways.iter().any(|way| way.as_object().unwrap().is_empty());
        let has_401 = operation["responses"].get("401").is_some();
        match route.access {
            Access::Machine => {
                assert_eq!(proofs, ["machine"], "{path}");
                let scopes = ways[0]["machine"].as_array().unwrap();
                assert!(!scopes.is_empty(), "{path}");
                named.extend(scopes.iter().map(|scope| scope.as_str().unwrap().to_owned()));
            }
            Access::Bearer if path == paths::USERINFO => assert_eq!(proofs, ["openid"]),
            Access::Bearer => assert_eq!(proofs, ["person"], "{path}"),
            Access::HalfSignedIn => assert_eq!(proofs, ["mfaToken"], "{path}"),
            Access::Client | Access::Credentials => assert!(is_open, "{path}"),
            Access::Public => assert!(is_open && proofs.is_empty() && !has_401, "{path}"),
            other => panic!("{path} is for {other:?}"),
        }
        assert!(has_401 || route.access == Access::Public, "{path}");
    }
    let named: BTreeSet<&str> = named.iter().map(|scope| &**scope).collect();
    assert_eq!(named, known, "scopes of the document, and of the management API");
}

/// What a reference names is there, and what is there is named.
#[test]
fn every_reference_leads_somewhere() {
    let text = openapi::json().unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let named: BTreeSet<&str> = text
        .split("\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let there: BTreeSet<&str> =
        document["components"]["schemas"].as_object().unwrap().keys().map(|s| &**s).collect();
    assert_eq!(named, there);
    assert_eq!(document["openapi"], "3.1.0");
}
