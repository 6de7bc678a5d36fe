//! How clients prove who they are (RFC 6749 §2.3).

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protekt::domain::PlainToken;
use protekt::domain::client::AuthMethod;
use protekt::domain::second_factor::FactorPolicy;
use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::support::app::{
    SECRET, VERIFIER, Wishes, apps, apps_with, exchange_fields, form, web_client,
};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, assert_refused, with};

const CALM: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: FactorPolicy::Optional,
};

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

/// TE-01 TE-02
#[tokio::test]
async fn a_client_that_does_not_prove_itself_is_refused_and_challenged_only_for_its_header() {
    for app in apps_with(CALM).await {
        app.with_ada().await;
        app.public_client().await;
        let code = app.code().await;
        let fields = exchange_fields(&code);
        for header in [
            basic("notes", "wrong"),
            basic("notes", ""),
            basic("nobody", SECRET),
            basic("spa", ""),
            basic("spa", SECRET),
            basic("' OR 1=1 --", "x"),
            "Basic".to_owned(),
            "Basic !!!".to_owned(),
            "Bearer abc".to_owned(),
            format!("Digest {SECRET}"),
        ] {
            let answer = app.token_with(&header, &fields).await;
            assert_refused(&answer, 401, "invalid_client");
            assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{header}");
        }
        for more in [
            &[("client_id", "notes"), ("client_secret", "wrong")][..],
            &[("client_id", "notes")],
            &[("client_id", "notes"), ("client_secret", "")],
            &[("client_id", "nobody"), ("client_secret", SECRET)],
            &[("client_id", "spa"), ("client_secret", SECRET)],
            &[("client_secret", SECRET)],
            &[],
        ] {
            let answer = app.token(None, &with(&fields, more)).await;
            assert_refused(&answer, 401, "invalid_client");
            assert_eq!(answer.header("www-authenticate"), "", "{more:?}");
        }
        assert_eq!(app.exchange(&code).await.status, 200, "none of it cost the code");
    }
}

/// TE-01
#[tokio::test]
async fn a_flood_of_wrong_secrets_is_slowed_down_and_the_right_one_still_works() {
    for app in apps().await {
        app.with_ada().await;
        for _ in 0..60 {
            let answer = app.token(Some(("notes", "wrong")), &[]).await;
            assert_refused(&answer, 401, "invalid_client");
        }
        let answer = app.token(Some(("notes", "wrong")), &[]).await;
        assert_refused(&answer, 429, "temporarily_unavailable");
        assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
        app.tokens().await;
    }
}

/// TE-03
#[tokio::test]
async fn secrets_in_the_url_are_refused() {
    for app in apps().await {
        app.with_ada().await;
        let code = app.code().await;
        for query in [
            format!("client_id=notes&client_secret={SECRET}"),
            format!("code={code}"),
            "refresh_token=x".to_owned(),
            "client_assertion=x".to_owned(),
        ] {
            let request = Request::post(format!("/oauth/token?{query}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", basic("notes", SECRET))
                .body(Body::from(form(&exchange_fields(&code))))
                .unwrap();
            assert_refused(&app.send(request).await, 400, "invalid_request");
        }
        assert_eq!(app.exchange(&code).await.status, 200);
    }
}

/// TE-05 TE-16
#[tokio::test]
async fn two_proofs_at_once_and_proofs_we_do_not_know_are_refused() {
    for app in apps().await {
        app.with_ada().await;
        let code = app.code().await;
        let fields = exchange_fields(&code);
        let both = with(&fields, &[("client_secret", SECRET)]);
        assert_refused(&app.token(Some(("notes", SECRET)), &both).await, 400, "invalid_request");
        let other = with(&fields, &[("client_id", "other")]);
        assert_refused(&app.token(Some(("notes", SECRET)), &other).await, 401, "invalid_client");
        let twice = Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", basic("notes", SECRET))
            .header("authorization", basic("other", "wrong"))
            .body(Body::from(form(&fields)))
            .unwrap();
        assert_refused(&app.send(twice).await, 400, "invalid_request");
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        for assertion in ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJub3RlcyJ9.", "garbage", ""] {
            for more in [
                &[("client_assertion_type", kind), ("client_assertion", assertion)][..],
                &[
                    ("client_id", "notes"),
                    ("client_secret", SECRET),
                    ("client_assertion_type", kind),
                    ("client_assertion", assertion),
                ],
            ] {
                let answer = app.token(None, &with(&fields, more)).await;
                assert_refused(&answer, 401, "invalid_client");
            }
        }
        assert_eq!(app.exchange(&code).await.status, 200);
    }
}

/// TE-08
#[tokio::test]
async fn a_secret_with_signs_works_in_every_way_of_sending_it() {
    let secret = "a:b%c+d/e=f&g?h~i!0123456789-ABCDEFG";
    for app in apps().await {
        app.person(ADA).await;
        let new = NewClient {
            secret: Some(PlainToken::new(secret)),
            ..web_client("notes", "https://notes.example")
        };
        app.client(new).await;
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let code = app.code().await;
        let header = basic("n%6ftes", &encoded);
        let answer = app.token_with(&header, &exchange_fields(&code)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let code = app.code().await;
        let more = [("client_id", "notes"), ("client_secret", secret)];
        let answer = app.token(None, &with(&exchange_fields(&code), &more)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = json!({
            "grant_type": "authorization_code", "client_id": "notes", "client_secret": secret,
            "code": app.code().await, "redirect_uri": "https://notes.example/cb",
            "code_verifier": VERIFIER,
        });
        let answer = app.token_json(&body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// TE-02
#[tokio::test]
async fn a_client_with_one_registered_method_uses_no_other() {
    for app in apps().await {
        app.person(ADA).await;
        for (id, method) in
            [("notes", AuthMethod::ClientSecretBasic), ("posts", AuthMethod::ClientSecretPost)]
        {
            let new = NewClient {
                token_endpoint_auth_method: Some(method),
                redirect_uris: vec!["https://notes.example/cb".to_owned()],
                ..web_client(id, "https://notes.example")
            };
            app.client(new).await;
            let url = app.browser().authorize(ADA, &[("client_id", Some(id))]).await;
            let code = parameter(&url, "code").unwrap();
            let fields = exchange_fields(&code);
            let in_body = [("client_id", id), ("client_secret", SECRET)];
            let by_header = app.token(Some((id, SECRET)), &fields).await;
            let by_body = app.token(None, &with(&fields, &in_body)).await;
            if method == AuthMethod::ClientSecretBasic {
                assert_eq!(by_header.status, 200, "{by_header:?}");
                assert_refused(&by_body, 401, "invalid_client");
            } else {
                assert_refused(&by_header, 401, "invalid_client");
                assert_eq!(by_body.status, 200, "{by_body:?}");
            }
        }
    }
}
