//! A developer who tries the commands of a page, one by one, as they stand there.

use std::collections::BTreeMap;
use std::process::Command;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::parts;
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::protocol::ADA;

const BASE: &str = "http://localhost:5500";

/// What the shell makes of a command: the words that curl gets.
fn words(command: &str, known: &BTreeMap<&str, String>) -> Vec<String> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
    let told = Command::new("sh").args(["-euc", &script]).envs(known).output().unwrap();
    assert!(told.status.success(), "{command}: {}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).unwrap();
    told.split_terminator('\0').map(str::to_owned).collect()
}

/// A developer with the page before them.
pub struct Reader<'app> {
    /// Where they are sent.
    pub app: &'app TestApp,
    /// What is left of the page to try.
    pub commands: Vec<String>,
    /// The variables of the shell.
    pub known: BTreeMap<&'static str, String>,
    /// The files in the folder of the shell.
    pub files: BTreeMap<&'static str, String>,
}

impl<'app> Reader<'app> {
    /// Who opens the page `file`.
    pub fn of(app: &'app TestApp, file: &str) -> Self {
        let page = std::fs::read_to_string(file).unwrap();
        let blocks = parts(file, &page).0.into_iter().filter(|block| block.kind == "sh");
        let text: String = blocks.map(|block| block.text.replace("\\\n", " ")).collect();
        let commands = text.lines().filter(|line| line.starts_with("curl "));
        let mut commands: Vec<String> = commands.map(str::to_owned).collect();
        commands.reverse();
        Self { app, commands, known: BTreeMap::new(), files: BTreeMap::new() }
    }

    /// Sends the next command of the page that calls `path`, with `typed` in the place of what the page
    /// has as an example.
    pub async fn sends(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let url = format!("{BASE}{path}");
        let calls =
            |command: &String| command.split_whitespace().any(|word| word.trim_matches('"') == url);
        let at = self.commands.iter().rposition(calls);
        let mut command = self.commands.remove(at.unwrap_or_else(|| panic!("no {path}")));
        for (example, own) in
            typed.iter().chain(&[("prairie-thunder-walnut-pepper-9271", PASSWORD)])
        {
            command = command.replace(example, own);
        }
        let answer = self.app.send(request(&words(&command, &self.known), &self.files)).await;
        self.note(&answer);
        answer
    }

    /// The same, which has to work.
    pub async fn gets(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let answer = self.sends(path, typed).await;
        assert!((200..300).contains(&answer.status), "{path} {} {answer:?}", self.app.engine);
        answer
    }

    fn note(&mut self, answer: &Answer) {
        let Ok(body) = serde_json::from_str::<serde_json::Value>(&answer.body) else { return };
        for (name, member) in [
            ("ACCESS_TOKEN", "access_token"),
            ("REFRESH_TOKEN", "refresh_token"),
            ("MFA_TOKEN", "mfa_token"),
            ("VERIFICATION_TOKEN", "verification_token"),
        ] {
            if let Some(value) = body[member].as_str() {
                self.known.insert(name, value.to_owned());
            }
        }
    }

    /// Gives the password again, as at the first command.
    pub async fn signs_in(&mut self) -> Answer {
        let body = serde_json::json!({ "email": ADA, "password": PASSWORD });
        let answer = self.app.api_sign_in(&body).await;
        self.note(&answer);
        answer
    }
}

fn request(words: &[String], files: &BTreeMap<&str, String>) -> Request<Body> {
    let (mut method, mut body, mut path) = (None, None::<String>, None);
    let mut request = Request::builder();
    let (mut words, mut is_form) = (words.iter(), false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next().map(String::as_str),
            "-d" => {
                let more = words.next().unwrap();
                body = Some(body.map_or_else(|| more.clone(), |body| format!("{body}&{more}")));
            }
            "--data-binary" => {
                let file = words.next().unwrap().strip_prefix('@').unwrap();
                body = Some(files[file].clone());
            }
            "-F" => {
                let (name, value) = words.next().unwrap().split_once('=').unwrap();
                let value = value.strip_prefix('@').map_or(value, |file| &files[file]);
                let head = format!("Content-Disposition: form-data; name=\"{name}\"");
                let before = body.take().unwrap_or_default();
                body = Some(format!("{before}--edge\r\n{head}\r\n\r\n{value}\r\n"));
                is_form = true;
            }
            "-f" => {}
            "-o" => {
                words.next().unwrap();
            }
            "-u" => {
                let basic = BASE64_STANDARD.encode(words.next().unwrap());
                request = request
                    .header("authorization", format!("Basic {basic}"))
                    .header("content-type", "application/x-www-form-urlencoded");
            }
            "-H" => {
                let (name, value) = words.next().unwrap().split_once(": ").unwrap();
                request = request.header(name, value);
            }
            url => path = url.strip_prefix(BASE),
        }
    }
    if is_form {
        request = request.header("content-type", "multipart/form-data; boundary=edge");
        body = body.map(|body| format!("{body}--edge--\r\n"));
    }
    let usual = if body.is_some() { "POST" } else { "GET" };
    let request = request.method(method.unwrap_or(usual));
    request.uri(path.unwrap()).body(Body::from(body.unwrap_or_default())).unwrap()
}
