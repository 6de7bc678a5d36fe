//! The demo relying party: Northwind Notes, a third-party app that `protekt dev` starts beside the provider.
//!
//! It exists to show, and to prove in the browser tests, what an app sees. It speaks the public protocol
//! only, by the `openidconnect` crate, and knows nothing of the provider's insides. A visit goes:
//!
//! 1. `GET /` explains and links to `/sign-in`.
//! 2. `GET /sign-in` reads the discovery document, keeps state, nonce and PKCE verifier on the server and
//!    redirects to the authorization endpoint.
//! 3. `GET` or `POST /callback` checks `state` and `iss`, buys tokens with the code, verifies the ID token and
//!    the access token through the JWKS, and starts a session under a new cookie.
//! 4. `GET /` shows what was verified; `/userinfo` and `/refresh` use the tokens.
//! 5. `POST /sign-out` leaves through the provider (RP-Initiated Logout 1.0) and comes back to `/signed-out`.

mod answer;
mod app;
mod cookies;
mod error;
mod form;
mod guard;
mod home;
mod http_client;
mod jwt;
mod metadata;
mod pages;
mod provider;
mod sessions;
mod sign_in;
mod sign_out;
#[cfg(test)]
mod tests;
mod tokens;
mod verify;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use secrecy::SecretString;
use thiserror::Error;

use app::App;

const HOME: &str = "/";
const SIGN_IN: &str = "/sign-in";
const CALLBACK: &str = "/callback";
const USERINFO: &str = "/userinfo";
const REFRESH: &str = "/refresh";
const SIGN_OUT: &str = "/sign-out";
const SIGN_OUT_HERE: &str = "/sign-out-here";
const SIGNED_OUT: &str = "/signed-out";
const STYLE: &str = "/demo.css";
const ICON: &str = "/demo.svg";

/// The largest body the demo reads, in bytes; an authorization response is far smaller.
const BODY_LIMIT: usize = 64 * 1024;

/// What the demo is told about itself and its provider.
///
/// The client is registered with the redirect URI `{base_url}callback`, the post-logout redirect URI
/// `{base_url}signed-out`, the grants `authorization_code` and `refresh_token`, and `client_secret_basic`.
#[derive(Clone, Debug)]
pub struct DemoConfig {
    /// The provider's issuer, `http` and with its trailing slash: `http://localhost:5500/`.
    pub issuer: String,
    /// Where browsers reach the demo, with a trailing slash: `http://localhost:5501/`.
    pub base_url: String,
    /// The demo's `client_id` at the provider.
    pub client_id: String,
    /// The demo's `client_secret` at the provider.
    pub client_secret: SecretString,
}

/// A [`DemoConfig`] that cannot work.
#[derive(Debug, Error)]
pub enum InvalidDemoConfig {
    /// `issuer` is not an absolute `http` URL that ends in a slash.
    #[error("the demo's issuer must be an http URL that ends in a slash")]
    Issuer,
    /// `base_url` is not an absolute `http` URL with the path `/`.
    #[error("the demo's base URL must be an http URL with the path /")]
    BaseUrl,
}

/// Builds the demo's routes. Nothing is fetched until somebody signs in, so the provider may start later.
pub fn router(config: DemoConfig) -> Result<Router, InvalidDemoConfig> {
    let app = Arc::new(App::new(config)?);
    Ok(Router::new()
        .route(HOME, get(home::show))
        .route(SIGN_IN, get(sign_in::begin))
        .route(CALLBACK, get(sign_in::finish_by_query).post(sign_in::finish_by_form))
        .route(USERINFO, post(home::call_userinfo))
        .route(REFRESH, post(home::refresh))
        .route(SIGN_OUT, post(sign_out::at_the_provider))
        .route(SIGN_OUT_HERE, post(sign_out::here))
        .route(SIGNED_OUT, get(sign_out::show))
        .route(STYLE, get(pages::style))
        .route(ICON, get(pages::icon))
        .fallback(guard::not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app))
}
