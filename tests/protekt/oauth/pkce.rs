//! Proof Key for Code Exchange (RFC 7636).

use protekt::oauth::clients::NewClient;

use crate::support::app::{
    CHALLENGE, SECRET, VERIFIER, apps, authorize_url, exchange_fields, web_client,
};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, SPA, error_at_client, spa_fields};

/// PK-01
#[tokio::test]
async fn a_client_that_sends_no_challenge_is_refused() {
    for app in apps().await {
        app.web_client().await;
        app.public_client().await;
        let without = [("code_challenge", None), ("code_challenge_method", None)];
        let answer = app.get(&authorize_url(&without)).await;
        assert_eq!(error_at_client(&answer), "invalid_request");
        let changes: Vec<_> = SPA.into_iter().chain(without).collect();
        let answer = app.get(&authorize_url(&changes)).await;
        let url = answer.header("location");
        assert!(url.starts_with("https://spa.example/cb?error=invalid_request"), "{url}");
    }
}

/// PK-02 PK-03
#[tokio::test]
async fn a_code_is_good_only_with_its_verifier_and_a_wrong_one_costs_it() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        for wrong in [
            "",
            CHALLENGE,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj",
            "DBJFTJEZ4CVP-MB92K27UHBUJU1P1R_WW1GFWFOEJXK",
            &VERIFIER[..42],
            &format!("{VERIFIER}="),
            &"x".repeat(200),
            "' OR 1=1 --",
        ] {
            let code = app.spa_code().await;
            let mut fields = spa_fields(&code);
            fields[4].1 = wrong;
            let answer = app.token(None, &fields).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{wrong}");
            let code = app.code().await;
            let mut fields = exchange_fields(&code);
            fields[3].1 = wrong;
            let answer = app.token(Some(("notes", SECRET)), &fields).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{wrong}");
        }
        let code = app.spa_code().await;
        let mut fields = spa_fields(&code);
        fields[4].1 = CHALLENGE;
        app.token(None, &fields).await;
        let answer = app.token(None, &spa_fields(&code)).await;
        assert_eq!(answer.error(), "invalid_grant", "a verifier cannot be guessed twice");
    }
}

/// PK-04 PK-05 PK-08
#[tokio::test]
async fn only_a_well_formed_s256_challenge_is_taken() {
    for app in apps().await {
        app.web_client().await;
        let long = "x".repeat(300);
        let padded = format!("{}=", &CHALLENGE[..42]);
        for (challenge, method) in [
            (Some(VERIFIER), Some("plain")),
            (Some(CHALLENGE), Some("plain")),
            (Some(CHALLENGE), Some("s256")),
            (Some(CHALLENGE), Some("S512")),
            (Some(CHALLENGE), Some("")),
            (Some(VERIFIER), None),
            (Some(CHALLENGE), None),
            (None, Some("S256")),
            (Some(""), Some("S256")),
            (Some("abc"), Some("S256")),
            (Some(&CHALLENGE[..42]), Some("S256")),
            (Some(&long), Some("S256")),
            (Some(&padded), Some("S256")),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256")),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM"), Some("S256")),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw\u{e9}M"), Some("S256")),
        ] {
            let changes = [("code_challenge", challenge), ("code_challenge_method", method)];
            let answer = app.get(&authorize_url(&changes)).await;
            assert_eq!(error_at_client(&answer), "invalid_request", "{changes:?}");
        }
    }
}

/// PK-06
#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_is_refused_as_a_downgrade() {
    for app in apps().await {
        app.person(ADA).await;
        let new =
            NewClient { pkce_required: false, ..web_client("notes", "https://notes.example") };
        app.client(new).await;
        let without = [("code_challenge", None), ("code_challenge_method", None)];
        let mut browser = app.browser();
        let basic = Some(("notes", SECRET));

        let code = parameter(&browser.authorize(ADA, &without).await, "code").unwrap();
        let answer = app.token(basic, &exchange_fields(&code)[..3]).await;
        assert_eq!(answer.status, 200, "{answer:?}");

        let code = parameter(&browser.authorize(ADA, &without).await, "code").unwrap();
        let answer = app.exchange(&code).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");

        let code = parameter(&browser.authorize(ADA, &[]).await, "code").unwrap();
        let answer = app.token(basic, &exchange_fields(&code)[..3]).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");
        let code = parameter(&browser.authorize(ADA, &[]).await, "code").unwrap();
        assert_eq!(app.exchange(&code).await.status, 200);

        for bad in [("code_challenge_method", None), ("code_challenge_method", Some("plain"))] {
            let answer = app.get(&authorize_url(&[bad])).await;
            assert_eq!(error_at_client(&answer), "invalid_request", "{bad:?}");
        }
    }
}
