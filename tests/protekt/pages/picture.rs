//! `/account/picture` and `/pictures/{id}`.

use axum::body::Body;
use axum::http::Request;

use super::steps::{count, hidden};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, claims};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

/// A PNG of one red pixel.
pub(super) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\
\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

async fn at_profile(app: &TestApp) -> (Browser, String) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let csrf = hidden(&browser.get("/account/profile").await, "csrf");
    (browser, csrf)
}

async fn upload(browser: &mut Browser, csrf: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--limit\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--limit\r\n\
         content-disposition: form-data; name=\"picture\"; filename=\"<b>.svg\"\r\n\
         content-type: image/svg+xml\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    let request = Request::post("/account/picture")
        .header("content-type", "multipart/form-data; boundary=limit")
        .header("sec-fetch-site", "same-origin")
        .body(in_pieces(&body))
        .unwrap();
    browser.send(request).await
}

/// As a network brings it.
fn in_pieces(body: &[u8]) -> Body {
    let pieces: Vec<_> =
        body.chunks(16 * 1024).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    Body::from_stream(futures_util::stream::iter(pieces))
}

/// IJ-06
#[tokio::test]
async fn a_picture_is_shown_from_our_origin_as_an_image_and_nothing_else() {
    for app in apps().await {
        app.with_ada().await;
        let (mut browser, csrf) = at_profile(&app).await;
        let mut file = PNG.to_vec();
        file.extend_from_slice(b"<script>alert(1)</script>");
        let answer = upload(&mut browser, &csrf, &file).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/account/profile?done=saved")
        );
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'profile_updated'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
        let page = browser.follow(answer).await;
        let path = page.body.split("src=\"/pictures/").nth(1).unwrap().split('"').next().unwrap();
        let path = format!("/pictures/{path}");
        let picture = app.get(&path).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert!(picture.header("content-security-policy").contains("sandbox"));
        assert!(picture.header("cache-control").contains("immutable"));
        assert!(!picture.body.contains("<script>"), "{}", app.engine);
        let tokens = app.exchange(&browser.code(ADA).await).await;
        let claim = format!("https://id.example.com{path}");
        assert_eq!(claims(&tokens.text("id_token"))["picture"], claim, "{}", app.engine);
        let answer = upload(&mut browser, &csrf, PNG).await;
        let again = browser.follow(answer).await;
        assert!(!again.body.contains(&path), "another picture, another address");
        assert_eq!(app.get(&path).await.status, 404, "{}", app.engine);
        let answer = browser.submit(&again, "picture-remove", &[]).await;
        assert_eq!(answer.status, 303);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM pictures").await, 0, "{}", app.engine);
        let none = "SELECT COUNT(*) FROM users WHERE picture IS NULL";
        assert_eq!(count(&app, none).await, 1, "{}", app.engine);
        for path in ["/pictures/", "/pictures/x", "/pictures/%00", "/pictures/..%2f..%2fusers"] {
            assert_eq!(app.get(path).await.status, 404, "{path}");
        }
    }
}

/// IJ-06
#[tokio::test]
async fn what_is_no_picture_is_refused_with_the_reason() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, csrf) = at_profile(&app).await;
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
        let large = vec![0; 1024 * 1024 + 1];
        for (file, text) in [
            (&svg[..], "Choose a PNG, JPEG or WebP picture"),
            (b"", "Choose a file, or enter an address"),
            (&large, "at most 1 MB"),
        ] {
            let answer = upload(&mut browser, &csrf, file).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
        }
        // Also what is cut off while it is read: the page says it, with the rest as it was.
        for megabytes in [2, 12, 20] {
            let answer = upload(&mut browser, &csrf, &vec![0; megabytes * 1024 * 1024]).await;
            assert_eq!(answer.status, 413, "{answer:?}");
            assert!(answer.body.contains("id=\"picture-form\""), "{}", answer.body);
            assert!(answer.body.contains("at most 1 MB"), "{}", answer.body);
        }
        // Nobody else is told anything, and text has its own limit.
        let large = vec![0; 2 * 1024 * 1024];
        assert_eq!(upload(&mut browser, "x", &large).await.status, 422, "{}", app.engine);
        let stranger = upload(&mut app.browser(), "x", &large).await;
        assert_eq!(stranger.status, 400, "{} {stranger:?}", app.engine);
        let text = "x".repeat(100 * 1024);
        assert_eq!(upload(&mut browser, &text, PNG).await.status, 413, "{}", app.engine);
        let fields = [("csrf", &*csrf), ("picture_url", &text)];
        let answer = browser.post("/account/picture", &fields).await;
        assert_eq!(answer.status, 413, "{} {answer:?}", app.engine);
        assert_eq!(upload(&mut browser, "x", PNG).await.status, 422, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM pictures").await, 0, "{}", app.engine);
    }
}

/// RG-02, WH-01, IJ-06
#[tokio::test]
async fn our_own_network_is_never_asked_for_a_picture() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, csrf) = at_profile(&app).await;
        for address in [
            format!("https://127.0.0.1:{port}/a.png"),
            "https://127.0.0.1/a.png".to_owned(),
            "https://2130706433/a.png".to_owned(),
            "https://[::ffff:169.254.169.254]/latest".to_owned(),
            "http://pictures.example.org/a.png".to_owned(),
            "javascript:alert(1)".to_owned(),
            "https://localhost/a.png".to_owned(),
        ] {
            let fields = [("csrf", &*csrf), ("picture_url", &address)];
            let answer = browser.post("/account/picture", &fields).await;
            assert_eq!(answer.status, 422, "{address} {answer:?}");
            assert!(answer.body.contains("Enter a public address"), "{address}: {}", answer.body);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM pictures").await, 0, "{}", app.engine);
    }
    let came = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    came.unwrap_err();
}

/// Drawing and fetching cost work: what is refused counts as well.
#[tokio::test]
async fn twenty_pictures_an_hour_and_no_more() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, csrf) = at_profile(&app).await;
        for turn in 1..=21 {
            let fields = [("csrf", &*csrf), ("picture_url", "https://127.0.0.1/x.png")];
            let answer = browser.post("/account/picture", &fields).await;
            assert_eq!(answer.status, if turn > 20 { 429 } else { 422 }, "{turn} {answer:?}");
        }
    }
}
