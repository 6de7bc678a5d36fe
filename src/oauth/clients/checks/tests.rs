use super::*;
use crate::domain::scope;
use crate::oauth::clients::with_defaults;

const ISSUER: &str = "https://id.example/";

fn web() -> NewClient {
    let mut new = NewClient::new("Notes", ClientKind::Web);
    new.redirect_uris = vec!["https://app.example/cb".to_owned()];
    new
}

fn of_kind(kind: ClientKind) -> NewClient {
    NewClient { kind, ..web() }
}

fn refusal(new: NewClient) -> String {
    check(&with_defaults(new), ISSUER, false).unwrap_err().to_string()
}

#[test]
fn a_client_of_each_kind_can_be_registered() {
    for kind in [ClientKind::Web, ClientKind::Spa, ClientKind::Native] {
        check(&with_defaults(of_kind(kind)), ISSUER, false).unwrap();
    }
    check(&with_defaults(NewClient::new("Robot", ClientKind::Machine)), ISSUER, false).unwrap();
}

/// RG-01, AZ-09.
#[test]
fn an_evil_redirect_uri_is_named_in_the_refusal() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/cb",
        "https://a@b.example/",
        "https://*.example/",
        "https://a.example/#x",
    ] {
        let new = NewClient { redirect_uris: vec![uri.to_owned()], ..web() };
        assert!(refusal(new).contains(uri), "{uri}");
        let new = NewClient { post_logout_redirect_uris: vec![uri.to_owned()], ..web() };
        assert!(refusal(new).contains(uri), "{uri}");
    }
}

#[test]
fn a_public_client_has_no_secret_and_cannot_go_without_pkce() {
    for kind in [ClientKind::Spa, ClientKind::Native] {
        let secret = Some(PlainToken::generate(""));
        assert!(refusal(NewClient { secret, ..of_kind(kind) }).contains("keeps no secret"));
        let method = Some(AuthMethod::ClientSecretBasic);
        let new = NewClient { token_endpoint_auth_method: method, ..of_kind(kind) };
        assert!(refusal(new).contains("keeps no secret"));
        let new = NewClient { pkce_required: false, ..of_kind(kind) };
        assert!(refusal(new).contains("PKCE"));
    }
    check(&with_defaults(NewClient { pkce_required: false, ..web() }), ISSUER, false).unwrap();
}

#[test]
fn a_confidential_client_cannot_choose_to_prove_nothing() {
    let method = Some(AuthMethod::None);
    let new = NewClient { token_endpoint_auth_method: method, ..web() };
    assert!(refusal(new).contains("client_secret_basic"));
}

#[test]
fn a_guessable_secret_is_refused() {
    for secret in ["", "changeme", &"a".repeat(64), &"abc".repeat(20), &"x y".repeat(20)] {
        let new = NewClient { secret: Some(PlainToken::new(secret)), ..web() };
        assert!(refusal(new).contains("guess"), "{secret}");
    }
    let secret = Some(PlainToken::new("Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A="));
    check(&with_defaults(NewClient { secret, ..web() }), ISSUER, false).unwrap();
}

#[test]
fn a_machine_is_redirected_nowhere() {
    assert!(refusal(of_kind(ClientKind::Machine)).contains("no redirect URIs"));
}

#[test]
fn an_origin_is_what_a_browser_sends() {
    for origin in [
        "*",
        "null",
        "https://app.example/",
        "https://app.example/x",
        "app.example",
        "https://APP.example",
        "http://app.example",
        "https://app.example:443",
    ] {
        let new = NewClient { web_origins: vec![origin.to_owned()], ..web() };
        assert!(refusal(new).contains("web origin"), "{origin}");
    }
    let spa = with_defaults(of_kind(ClientKind::Spa));
    assert_eq!(spa.web_origins, ["https://app.example"]);
}

#[test]
fn our_own_apis_are_no_audience_of_a_third_party() {
    for audience in
        ["https://id.example/api/", "https://id.example/api", "https://id.example/api/v2/"]
    {
        let default_audience = Some(audience.to_owned());
        let third = NewClient { default_audience: default_audience.clone(), ..web() };
        assert!(refusal(third).contains("first-party"));
        // The management API is for machines, whoever the app is of.
        let first = NewClient { default_audience, first_party: true, ..web() };
        let is_for_people = !audience.ends_with("/v2/");
        assert_eq!(
            check(&with_defaults(first), ISSUER, false).is_ok(),
            is_for_people,
            "{audience}"
        );
    }
}

#[test]
fn names_ids_links_grants_and_doubles_are_checked() {
    let uri = "https://app.example/cb".to_owned();
    for (new, expected) in [
        (NewClient { name: " ".to_owned(), ..web() }, "name"),
        (NewClient { name: "a\u{7}".to_owned(), ..web() }, "name"),
        (NewClient { id: Some("a:b".into()), ..web() }, "id"),
        (NewClient { redirect_uris: vec![uri.clone(), uri], ..web() }, "twice"),
        (NewClient { redirect_uris: Vec::new(), ..web() }, "at least one"),
        (NewClient { logo_uri: Some("javascript:x".to_owned()), ..web() }, "https URL"),
        (NewClient { terms_uri: Some("http://a.example".to_owned()), ..web() }, "https URL"),
        (NewClient { grant_types: vec!["password".to_owned()], ..web() }, "authorization_code"),
        (NewClient { default_audience: Some("api".to_owned()), ..web() }, "absolute"),
        (NewClient { access_token_lifetime: Some(1), ..web() }, "lifetime"),
    ] {
        let text = refusal(new);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn the_default_scopes_let_an_app_keep_people_signed_in() {
    assert!(with_defaults(web()).scopes.unwrap().contains(scope::OFFLINE_ACCESS));
}

/// An app that shows its own form sees passwords: only one's own may.
#[test]
fn the_authentication_api_is_for_first_party_apps_that_people_sign_in_to() {
    let own = NewClient { first_party: true, authentication_api: true, ..web() };
    check(&with_defaults(own.clone()), ISSUER, false).unwrap();
    let without_address = NewClient { redirect_uris: Vec::new(), ..own.clone() };
    check(&with_defaults(without_address), ISSUER, false).unwrap();
    assert!(refusal(NewClient { first_party: false, ..own }).contains("first-party"));
    let machine = NewClient {
        first_party: true,
        authentication_api: true,
        ..NewClient::new("Robot", ClientKind::Machine)
    };
    assert!(refusal(machine).contains("no machine"));
}
