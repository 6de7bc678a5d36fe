//! A person at a browser: cookies, forms, redirects, and nothing of the inside.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

use super::answer::Answer;
use super::app::{PASSWORD, authorize_url, form};

/// A browser with its own cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// Name to value.
    pub cookies: BTreeMap<String, String>,
    /// Sent with each request beside the cookies.
    pub extra_headers: Vec<(String, String)>,
}

impl Browser {
    /// A browser without cookies.
    pub const fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), extra_headers: Vec::new() }
    }

    /// Opens a path; redirects are not followed.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts fields as a page of ours would, as they are.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("origin", "https://id.example.com")
            .body(Body::from(form(fields)))
            .unwrap();
        self.send(request).await
    }

    /// Sends the first form of `page` whose id is `id`, with its hidden fields and `fields`.
    #[track_caller]
    pub fn submit<'page>(
        &'page mut self,
        page: &'page Answer,
        id: &str,
        fields: &'page [(&'page str, &'page str)],
    ) -> impl Future<Output = Answer> + use<'page> {
        let (action, mut all) = form_of(&page.body, id);
        all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        async move {
            let all: Vec<(&str, &str)> =
                all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            self.post(&action, &all).await
        }
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        }
        for (name, value) in &self.extra_headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = Answer::read(self.router.clone().oneshot(request).await.unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.to_lowercase().contains("max-age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Follows redirects within the provider until something else comes.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        while answer.status == 303 && answer.header("location").starts_with('/') {
            let location = answer.header("location").to_owned();
            answer = self.get(&location).await;
        }
        answer
    }

    /// Opens a path and follows redirects within the provider.
    pub async fn open(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Signs in at `/login`, outside any flow.
    pub async fn sign_in(&mut self, email: &str) -> Answer {
        let page = self.open("/login").await;
        self.submit(&page, "login-form", &[("username", email), ("password", PASSWORD)]).await
    }

    /// Signs in at `/login`, and gives the page of the account.
    pub async fn sign_in_to_account(&mut self, email: &str) -> Answer {
        let answer = self.sign_in(email).await;
        self.follow(answer).await
    }

    /// Goes from an authorization request to the answer for the client, signing in and allowing
    /// as needed, and gives back the URL that the browser is sent to.
    pub async fn authorize(&mut self, email: &str, changes: &[(&str, Option<&str>)]) -> String {
        let mut page = self.open(&authorize_url(changes)).await;
        if page.body.contains("id=\"login-form\"") {
            let fields = [("username", email), ("password", PASSWORD)];
            page = self.submit(&page, "login-form", &fields).await;
            page = self.follow(page).await;
        }
        if page.body.contains("id=\"consent-form\"") {
            page = self.submit(&page, "consent-form", &[("decision", "allow")]).await;
        }
        sent_to(&page)
    }

    /// The same, down to the code.
    pub async fn code(&mut self, email: &str) -> String {
        let url = self.authorize(email, &[]).await;
        parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
    }
}

/// The URL that an answer sends the browser to: by redirect, or by a page that hands back.
#[track_caller]
pub fn sent_to(answer: &Answer) -> String {
    if answer.status == 303 {
        return answer.header("location").to_owned();
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    let refresh = answer.body.split("http-equiv=\"refresh\"").nth(1);
    let refresh = refresh.unwrap_or_else(|| panic!("no hand-back: {}", answer.body));
    let url = refresh.split("url=").nth(1).unwrap().split('"').next().unwrap();
    unescape(url)
}

/// A parameter of a URL's query or fragment.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once(['?', '#'])?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The action of a form and its hidden and prefilled fields.
#[track_caller]
pub fn form_of(html: &str, id: &str) -> (String, Vec<(String, String)>) {
    let start = html
        .find(&format!("<form id=\"{id}\""))
        .unwrap_or_else(|| panic!("no form {id} in {html}"));
    let form = html[start..].split("</form>").next().unwrap();
    let action = attribute(form, "action").unwrap();
    let fields = form
        .split("<input ")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .filter(|input| !input.contains("type=\"checkbox\"") && !input.ends_with(" disabled"))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
        .collect();
    (action, fields)
}

/// An attribute of the first tag that has it.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!("{name}=\"")).nth(1)?;
    Some(unescape(rest.split('"').next()?))
}

/// Undoes the escapes of the templates.
pub fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
}
