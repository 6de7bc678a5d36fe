//! A browser of a few lines, for the demo's own tests.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use url::Url;

use super::fake_provider::{self, FakeProvider};
use crate::demo::{DemoConfig, router};

const FORM: &str = "application/x-www-form-urlencoded";

/// A browser at the demo, with its one cookie.
pub(super) struct Browser {
    pub(super) demo: Router,
    pub(super) cookie: Option<String>,
}

/// A page or a redirect.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) text: String,
}

impl Browser {
    pub(super) fn at(provider: &FakeProvider) -> Self {
        let config = DemoConfig {
            issuer: provider.issuer.clone(),
            base_url: "http://localhost:5501/".to_owned(),
            client_id: fake_provider::CLIENT_ID.to_owned(),
            client_secret: fake_provider::CLIENT_SECRET.to_owned().into(),
        };
        Self { demo: router(config).unwrap(), cookie: None }
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(super) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Request::post(path).header(CONTENT_TYPE, FORM), form.into()).await
    }

    async fn send(&mut self, mut request: axum::http::request::Builder, body: Body) -> Page {
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request.header(HOST, "localhost:5501").body(body).unwrap();
        let response = self.demo.clone().oneshot(request).await.unwrap();
        if let Some(cookie) = header(&response, SET_COOKIE.as_str()) {
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        let policy = header(&response, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        Page {
            status: response.status(),
            location: header(&response, LOCATION.as_str()),
            text: text(response).await,
        }
    }

    /// Begins a sign-in; answers the parameters of the authorization request.
    pub(super) async fn begin(&mut self, path: &str) -> Url {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        Url::parse(&page.location.unwrap()).unwrap()
    }

    /// Signs in; answers what the callback answered.
    pub(super) async fn sign_in(&mut self, provider: &FakeProvider) -> Page {
        let request = self.begin("/sign-in").await;
        self.finish(provider, &request).await
    }

    /// Comes back from the provider with the code of `request`.
    pub(super) async fn finish(&mut self, provider: &FakeProvider, request: &Url) -> Page {
        let (state, code) = (parameter(request, "state"), provider.code_for(request));
        let answer = [("state", &*state), ("code", &*code), ("iss", &*provider.issuer)];
        self.get(&callback(&answer)).await
    }

    /// The CSRF token of the page of somebody signed in.
    pub(super) async fn csrf(&mut self) -> String {
        let page = self.get("/").await.text;
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

impl Page {
    pub(super) fn is_error(&self, code: &str) -> bool {
        self.text.contains("id=\"demo-error\"")
            && self.text.contains(&format!("data-error=\"{code}\""))
    }
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

pub(super) async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

pub(super) fn callback(pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/callback?{query}")
}
