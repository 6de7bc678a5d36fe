//! The document of the JSON endpoints, and the page that shows it, where the operator switched them on.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};

use super::{assets, openapi, paths};

/// As it is looked up while somebody writes a client.
const MAX_AGE: &str = "public, max-age=300";
/// The viewer sets styles of its own, and has its pictures in them. It evaluates nothing, and asks nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The document with its name, or nothing where it cannot be written.
static DOCUMENT: LazyLock<Option<(String, ETag)>> = LazyLock::new(|| {
    let text = openapi::json()
        .inspect_err(|error| tracing::error!(%error, "the document cannot be written"))
        .ok()?;
    let tag = format!("\"{}\"", assets::hash(text.as_bytes())).parse().ok()?;
    Some((text, tag))
});

/// `GET /api/openapi.json`
pub(super) async fn document(request: HeaderMap) -> Response {
    let Some((text, tag)) = &*DOCUMENT else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let is_known =
        request.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()
    };
    let headers = [(header::CACHE_CONTROL, MAX_AGE), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    response.headers_mut().typed_insert(tag.clone());
    (headers, response).into_response()
}

/// `GET /api/docs`
pub(super) async fn page() -> Response {
    let [style, viewer, script] =
        ["swagger-ui/swagger-ui.css", "swagger-ui/swagger-ui-bundle.js", "js/api-docs.js"]
            .map(assets::path);
    let document = paths::OPENAPI;
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Protekt API</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"{style}\">\
         <script src=\"{viewer}\" defer></script><script src=\"{script}\" defer></script></head>\
         <body><main id=\"api\" data-document=\"{document}\"></main>\
         <noscript><a href=\"{document}\">The document</a></noscript></body></html>\n"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    (headers, Html(html)).into_response()
}
