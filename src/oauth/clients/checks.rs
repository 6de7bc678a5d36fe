//! The rules that a client must keep to be registered.

use std::collections::HashSet;

use url::Url;

use super::{ClientList, ClientProblem, NewClient, needs_secret};
use crate::domain::client::{AuthMethod, ClientKind, LONGEST_ACCESS_TOKEN_LIFETIME};
use crate::domain::redirect_uri::{check_registrable, is_own_machine, origin_of};
use crate::domain::{PlainToken, Scopes};

type Checked = Result<(), ClientProblem>;

const MOST_ITEMS: usize = 100;
const LONGEST_ITEM: usize = 2000;
/// What fewer different characters than this make is a word or a pattern, not chance.
const FEWEST_DIFFERENT_CHARACTERS: usize = 12;

/// Checks `new`, which has its defaults already. A client that `had_no_address` to redirect to needs none
/// now.
pub(super) fn check(new: &NewClient, issuer: &str, had_no_address: bool) -> Checked {
    check_names(new)?;
    check_lists(new)?;
    check_redirect_uris(new, had_no_address)?;
    check_origins(&new.web_origins)?;
    check_authentication(new)?;
    check_grant_types(new)?;
    check_links(new)?;
    check_audience(new, issuer)?;
    check_authentication_api(new)?;
    match new.access_token_lifetime {
        Some(seconds) if !(60..=LONGEST_ACCESS_TOKEN_LIFETIME).contains(&seconds) => {
            Err(ClientProblem::AccessTokenLifetime)
        }
        _ => Ok(()),
    }
}

fn check_names(new: &NewClient) -> Checked {
    let is_text = |text: &str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
    if new.name.trim().is_empty() || !is_text(&new.name) {
        return Err(ClientProblem::Name);
    }
    if new.owner.as_deref().is_some_and(|owner| !is_text(owner)) {
        return Err(ClientProblem::Owner);
    }
    let is_id = |id: &str| {
        (1..=128).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    if new.id.as_ref().is_some_and(|id| !is_id(id.as_str())) {
        return Err(ClientProblem::Id);
    }
    Ok(())
}

fn check_lists(new: &NewClient) -> Checked {
    let lists = [
        (ClientList::RedirectUris, &new.redirect_uris),
        (ClientList::PostLogoutRedirectUris, &new.post_logout_redirect_uris),
        (ClientList::WebOrigins, &new.web_origins),
        (ClientList::GrantTypes, &new.grant_types),
    ];
    for (name, list) in lists {
        if list.len() > MOST_ITEMS || list.iter().any(|item| item.len() > LONGEST_ITEM) {
            return Err(ClientProblem::TooMuch(name));
        }
        let mut seen = HashSet::new();
        if let Some(twice) = list.iter().find(|item| !seen.insert(item.as_str())) {
            return Err(ClientProblem::Duplicate(twice.clone(), name));
        }
    }
    let scopes: Vec<&str> = new.scopes.iter().flat_map(Scopes::iter).collect();
    if scopes.len() > MOST_ITEMS || scopes.iter().any(|scope| scope.len() > LONGEST_ITEM) {
        return Err(ClientProblem::TooMuch(ClientList::Scopes));
    }
    Ok(())
}

fn check_redirect_uris(new: &NewClient, had_no_address: bool) -> Checked {
    if new.kind == ClientKind::Machine {
        let has_none = new.redirect_uris.is_empty() && new.post_logout_redirect_uris.is_empty();
        return if has_none { Ok(()) } else { Err(ClientProblem::MachineWithRedirectUri) };
    }
    // Who signs people in by the authentication API redirects nobody.
    if new.redirect_uris.is_empty() && !new.authentication_api && !had_no_address {
        return Err(ClientProblem::NoRedirectUri);
    }
    for uri in &new.redirect_uris {
        check_registrable(uri, new.kind)
            .map_err(|problem| ClientProblem::RedirectUri { uri: uri.clone(), problem })?;
    }
    for uri in &new.post_logout_redirect_uris {
        check_registrable(uri, new.kind).map_err(|problem| {
            ClientProblem::PostLogoutRedirectUri { uri: uri.clone(), problem }
        })?;
    }
    Ok(())
}

fn check_origins(origins: &[String]) -> Checked {
    // An origin has the shape that browsers send, and is as safe as a redirect URI.
    let is_origin = |origin: &str| {
        origin_of(origin).as_deref() == Some(origin)
            && check_registrable(origin, ClientKind::Web).is_ok()
    };
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(origin) => Err(ClientProblem::WebOrigin(origin.clone())),
        None => Ok(()),
    }
}

fn check_authentication(new: &NewClient) -> Checked {
    let says_none = new.token_endpoint_auth_method == Some(AuthMethod::None);
    if needs_secret(new.kind) {
        if says_none {
            return Err(ClientProblem::ConfidentialWithoutSecret(new.kind));
        }
    } else if new.secret.is_some() || !says_none {
        return Err(ClientProblem::PublicWithSecret(new.kind));
    }
    // RFC 9700 §2.1.1: without a secret, PKCE is what binds the code to its client.
    if !new.pkce_required && !needs_secret(new.kind) {
        return Err(ClientProblem::PkceNotRequired);
    }
    if new.secret.as_ref().is_some_and(is_weak) {
        return Err(ClientProblem::WeakSecret);
    }
    Ok(())
}

fn is_weak(secret: &PlainToken) -> bool {
    let secret = secret.expose();
    let different: HashSet<u8> = secret.bytes().collect();
    secret.len() < 32
        || secret.len() > 512
        || !secret.bytes().all(|byte| byte.is_ascii_graphic())
        || different.len() < FEWEST_DIFFERENT_CHARACTERS
}

fn check_grant_types(new: &NewClient) -> Checked {
    let allowed: &[&str] = match new.kind {
        ClientKind::Web => &["authorization_code", "refresh_token", "client_credentials"],
        ClientKind::Spa | ClientKind::Native => &["authorization_code", "refresh_token"],
        ClientKind::Machine => &["client_credentials"],
    };
    match new.grant_types.iter().find(|grant| !allowed.contains(&grant.as_str())) {
        Some(grant) => Err(ClientProblem::GrantType {
            grant: grant.clone(),
            kind: new.kind,
            allowed: allowed.join(", "),
        }),
        None => Ok(()),
    }
}

fn check_links(new: &NewClient) -> Checked {
    let links = [
        ("the logo", &new.logo_uri),
        ("the privacy policy", &new.policy_uri),
        ("the terms", &new.terms_uri),
    ];
    for (name, uri) in links {
        let Some(uri) = uri else { continue };
        let is_safe = uri.len() <= LONGEST_ITEM
            && uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && Url::parse(uri).is_ok_and(|url| {
                url.username().is_empty()
                    && url.password().is_none()
                    && (url.scheme() == "https" || url.scheme() == "http" && is_own_machine(&url))
            });
        if !is_safe {
            return Err(ClientProblem::Link { name, uri: uri.clone() });
        }
    }
    Ok(())
}

fn check_audience(new: &NewClient, issuer: &str) -> Checked {
    let Some(audience) = &new.default_audience else { return Ok(()) };
    let is_uri = audience.len() <= LONGEST_ITEM
        && audience.bytes().all(|byte| byte.is_ascii_graphic())
        && Url::parse(audience).is_ok_and(|url| url.fragment().is_none());
    if !is_uri {
        return Err(ClientProblem::Audience(audience.clone()));
    }
    let is_ours = audience.starts_with(issuer);
    let is_api = audience.trim_end_matches('/').starts_with(&format!("{issuer}api"));
    let is_management = audience.trim_end_matches('/') == format!("{issuer}api/v2");
    let is_for_people = new.first_party && !is_management;
    let may_have = is_api && (is_for_people || new.kind == ClientKind::Machine);
    if is_ours && !may_have {
        return Err(ClientProblem::AudienceOfOurs(audience.clone()));
    }
    Ok(())
}

fn check_authentication_api(new: &NewClient) -> Checked {
    let may_have = new.first_party && new.kind != ClientKind::Machine;
    if new.authentication_api && !may_have {
        return Err(ClientProblem::AuthenticationApiOfOthers);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
