//! A browser without JavaScript: one jar of cookies for all of localhost, forms, redirects.

use std::collections::BTreeMap;
use std::io;

use super::wire::{Answer, Request};
use crate::support::browser::{attribute, unescape};

/// A person at a browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The provider.
    home: u16,
    /// Where the browser is: there lead paths without a host.
    pub port: u16,
    pub cookies: BTreeMap<String, String>,
    /// Every value that a cookie ever had, and every hidden field.
    pub secrets: Vec<String>,
}

impl Visitor {
    pub fn new(port: u16) -> Self {
        Self { home: port, port, cookies: BTreeMap::new(), secrets: Vec::new() }
    }

    pub fn get(&mut self, url: &str) -> io::Result<Answer> {
        let (port, path) = self.place(url);
        let cookies = self.cookie_line();
        let answer = Request::get(port, &path, &[("Cookie", &cookies)]).send()?;
        self.keep(port, &answer);
        Ok(answer)
    }

    /// What a click on the button of a form sends. `mark` is an attribute of the form.
    pub fn form(&mut self, page: &Answer, mark: &str, fields: &[(&str, &str)]) -> Request {
        let (action, hidden) = form_of(&page.body, mark);
        self.secrets.extend(hidden.iter().map(|(_, value)| value.clone()));
        let (port, path) = self.place(&action);
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
        all.extend(fields);
        let (cookies, origin) = (self.cookie_line(), format!("http://localhost:{port}"));
        let headers =
            [("Cookie", &*cookies), ("Origin", &origin), ("Sec-Fetch-Site", "same-origin")];
        Request::post(port, &path, &headers, &all)
    }

    pub fn submit(
        &mut self,
        page: &Answer,
        mark: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let request = self.form(page, mark, fields);
        let answer = request.send()?;
        self.keep(request.port, &answer);
        Ok(answer)
    }

    /// What a script sends with the token of a form.
    pub fn fetch(&mut self, page: &Answer, mark: &str, path: &str) -> io::Result<Answer> {
        let (_, hidden) = form_of(&page.body, mark);
        let csrf = &hidden.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let (cookies, origin) = (self.cookie_line(), format!("http://localhost:{}", self.port));
        let headers =
            [("Cookie", &*cookies), ("Origin", &origin), ("Sec-Fetch-Site", "same-origin")];
        let answer = Request::post(self.port, path, &headers, &[("csrf", csrf)]).send()?;
        self.keep(self.port, &answer);
        Ok(answer)
    }

    /// Follows redirects and pages that hand back, as far as localhost reaches.
    pub fn follow(&mut self, mut answer: Answer) -> io::Result<Answer> {
        while let Some(url) = sent_to(&answer) {
            if !url.starts_with('/') && !url.starts_with("http://localhost:") {
                break;
            }
            answer = self.get(&url)?;
        }
        Ok(answer)
    }

    pub fn open(&mut self, url: &str) -> io::Result<Answer> {
        let answer = self.get(url)?;
        self.follow(answer)
    }

    /// Signs in at `/login`, up to the answer of the form.
    pub fn sign_in(&mut self, email: &str, password: &str) -> io::Result<Answer> {
        let page = self.get("/login")?;
        self.submit(&page, "id=\"login-form\"", &[("username", email), ("password", password)])
    }

    /// Asks for an account, up to the answer of the form.
    pub fn sign_up(&mut self, email: &str, password: &str) -> io::Result<Answer> {
        let page = self.get("/signup")?;
        let fields = [("name", "Ada Okafor"), ("email", email), ("password", password)];
        self.submit(&page, "id=\"signup-form\"", &fields)
    }

    /// Whether the browser is signed in.
    pub fn is_signed_in(&mut self) -> bool {
        let url = format!("http://localhost:{}/account", self.home);
        self.get(&url).unwrap().status == 200
    }

    fn keep(&mut self, port: u16, answer: &Answer) {
        self.port = port;
        for (_, text) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.to_lowercase().contains("max-age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.secrets.push(value.to_owned());
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn cookie_line(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn place(&self, url: &str) -> (u16, String) {
        let Some(rest) = url.strip_prefix("http://localhost:") else {
            return (self.port, url.to_owned());
        };
        let (port, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.split('#').next().unwrap();
        (port.parse().unwrap(), format!("/{path}"))
    }
}

/// Where an answer sends the browser: by redirect, or by a page that hands back.
pub fn sent_to(answer: &Answer) -> Option<String> {
    if matches!(answer.status, 302 | 303) {
        let location = answer.header("location");
        return Some(location.split('#').next().unwrap().to_owned());
    }
    let refresh = answer.body.split("http-equiv=\"refresh\"").nth(1)?;
    Some(unescape(refresh.split("url=").nth(1)?.split('"').next()?))
}

#[track_caller]
fn form_of(html: &str, mark: &str) -> (String, Vec<(String, String)>) {
    let place = html.find(mark).unwrap_or_else(|| panic!("no form with {mark} in {html}"));
    let start = html[..place].rfind("<form").unwrap();
    let form = html[start..].split("</form>").next().unwrap();
    let inputs = form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap());
    let fields = inputs
        .filter(|input| !input.contains("type=\"checkbox\""))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
        .collect();
    (attribute(form, "action").unwrap(), fields)
}
