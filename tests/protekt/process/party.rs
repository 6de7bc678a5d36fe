//! The relying party `notes`, which every installation has.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::visitor::{Visitor, sent_to};
use super::wire::{Answer, Request};
use crate::support::app::{CHALLENGE, PASSWORD, SECRET, VERIFIER};
use crate::support::browser::parameter;

/// The way to the authorization endpoint.
pub fn authorize_path() -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("response_type", "code"),
            ("client_id", "notes"),
            ("redirect_uri", "https://notes.example/cb"),
            ("scope", "openid email profile offline_access"),
            ("state", "st-1"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ])
        .finish();
    format!("/oauth/authorize?{query}")
}

/// From the authorization request to the code; signs in and allows where asked.
pub fn code(visitor: &mut Visitor, email: &str) -> io::Result<String> {
    let mut page = visitor.open(&authorize_path())?;
    if page.body.contains("id=\"login-form\"") {
        let fields = [("username", email), ("password", PASSWORD)];
        page = visitor.submit(&page, "id=\"login-form\"", &fields)?;
        page = visitor.follow(page)?;
    }
    if page.body.contains("id=\"consent-form\"") {
        page = visitor.submit(&page, "id=\"consent-form\"", &[("decision", "allow")])?;
    }
    let url = sent_to(&page).and_then(|url| parameter(&url, "code"));
    url.ok_or_else(|| io::Error::other(format!("no code: {} {}", page.status, page.body)))
}

fn token(port: u16, fields: &[(&str, &str)]) -> io::Result<Answer> {
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("notes:{SECRET}")));
    Request::post(port, "/oauth/token", &[("Authorization", &basic)], fields).send()
}

pub fn exchange(port: u16, code: &str) -> io::Result<Answer> {
    token(
        port,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://notes.example/cb"),
            ("code_verifier", VERIFIER),
        ],
    )
}

pub fn refresh(port: u16, refresh_token: &str) -> io::Result<Answer> {
    token(port, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

pub fn userinfo(port: u16, access_token: &str) -> io::Result<Answer> {
    let bearer = format!("Bearer {access_token}");
    Request::get(port, "/userinfo", &[("Authorization", &bearer)]).send()
}
