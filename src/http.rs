//! The wire: routes, forms, pages, answers. Thin: a handler parses, calls one function of a room
//! below, and answers.
//!
//! A request passes, from the outside: [`requester`] (its id, its sender, its log line), the
//! headers of every answer, [`cookies`] (the browser's name), [`error_pages`] (facts become
//! pages), a catch for panics, a time limit, [`expired_form`], a size limit, a wait for the whole
//! of its body, [`sessions`], and its handler.

mod api;
mod api_docs;
mod app;
pub mod assets;
pub mod cookies;
mod cors;
mod error_pages;
mod expired_form;
mod flow;
mod form;
mod frame;
mod guard;
mod hand_over;
mod health;
mod instead;
mod link_cookie;
pub mod metrics;
mod oauth;
pub mod openapi;
mod page;
pub mod page_error;
mod pages;
pub mod paths;
mod places;
mod reader;
pub mod requester;
pub mod routes;
pub mod serve;
mod sessions;
pub mod views;
mod way_back;

pub use app::{ApiDocs, App, Development, HttpSettings};
pub use cors::AllowedOrigins;
pub use places::{Places, UnreadablePlaces};

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use self::routes::Routers;

/// Every route of the server, behind everything that all of them share.
pub fn router(app: App) -> Router {
    let Routers { open, files, uploads, own } = routes::routers(&app.settings);
    // The refusal of other methods is set first: the layer must see a browser's OPTIONS too.
    let open = open
        .method_not_allowed_fallback(guard::no_such_method)
        .layer(from_fn_with_state(app.clone(), cors::allow_registered_origins));
    let timeout = Duration::from_secs(app.settings.request_timeout);
    let in_session = |router: Router<App>| {
        router
            .layer(sessions::layer(&app))
            .layer(from_fn_with_state(app.clone(), sessions::complete_cookie))
    };
    // What is larger than a picture is read and thrown away, within bounds.
    let files = in_session(files.method_not_allowed_fallback(guard::no_such_method))
        .layer(DefaultBodyLimit::max(form::MOST_DISCARDED));
    // Whoever sends one is known, and the handler bounds how much comes, and how slowly.
    let uploads = uploads
        .method_not_allowed_fallback(guard::no_such_method)
        .layer(DefaultBodyLimit::disable());
    let pages = in_session(routes::pages_shown_again()).with_state(app.clone());
    let pages = expired_form::Pages { app: app.clone(), router: pages };
    open.merge(in_session(own).layer(from_fn(form::come_whole)))
        .fallback(guard::nothing_here)
        .method_not_allowed_fallback(guard::no_such_method)
        .layer(RequestBodyLimitLayer::new(app.settings.body_limit))
        .merge(files)
        .layer(from_fn_with_state(pages, expired_form::show_again))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .merge(uploads)
        .layer(CatchPanicLayer::custom(guard::after_panic))
        .layer(from_fn_with_state(app.clone(), cors::allow_origins_of_api))
        .layer(from_fn_with_state(app.clone(), error_pages::render_errors))
        .layer(from_fn_with_state(app.clone(), api::management::tell_quota))
        .layer(from_fn_with_state(app.clone(), cookies::know_browser))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .layer(from_fn_with_state(app.clone(), requester::know_requester))
        .with_state(app)
}
