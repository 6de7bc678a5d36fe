//! The commands of `docs/authentication-api.md`, each sent as it stands there, on both engines: from a
//! sign-up and a first sign-in to a second factor, and to the end of the account.

use std::collections::BTreeMap;
use std::process::Command;

use axum::body::Body;
use axum::http::Request;

use super::parts;
use crate::pages::steps::{code_in, mail_to};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::AuthenticatorApp;
use crate::support::protocol::ADA;

const FILE: &str = "docs/authentication-api.md";
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
struct Reader<'app> {
    app: &'app TestApp,
    /// What is left of the page to try.
    commands: Vec<String>,
    /// The variables of the shell.
    known: BTreeMap<&'static str, String>,
}

impl<'app> Reader<'app> {
    fn of(app: &'app TestApp) -> Self {
        let page = std::fs::read_to_string(FILE).unwrap();
        let blocks = parts(FILE, &page).0.into_iter().filter(|block| block.kind == "sh");
        let text: String = blocks.map(|block| block.text.replace("\\\n", " ")).collect();
        let commands = text.lines().filter(|line| line.starts_with("curl "));
        let mut commands: Vec<String> = commands.map(str::to_owned).collect();
        commands.reverse();
        Self { app, commands, known: BTreeMap::new() }
    }

    /// Sends the next command of the page that calls `path`, with `typed` in the place of what the page
    /// has as an example.
    async fn sends(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let url = format!("{BASE}{path}");
        let calls = |command: &String| command.split_whitespace().any(|word| word == url);
        let at = self.commands.iter().rposition(calls);
        let mut command = self.commands.remove(at.unwrap_or_else(|| panic!("no {path}")));
        for (example, own) in
            typed.iter().chain(&[("prairie-thunder-walnut-pepper-9271", PASSWORD)])
        {
            command = command.replace(example, own);
        }
        let answer = self.app.send(request(&words(&command, &self.known))).await;
        self.note(&answer);
        answer
    }

    /// The same, which has to work.
    async fn gets(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
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
    async fn signs_in(&mut self) -> Answer {
        let body = serde_json::json!({ "email": ADA, "password": PASSWORD });
        let answer = self.app.api_sign_in(&body).await;
        self.note(&answer);
        answer
    }
}

fn request(words: &[String]) -> Request<Body> {
    let (mut method, mut body, mut path) = (None, None, None);
    let mut request = Request::builder();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next(),
            "-d" => body = words.next(),
            "-H" => {
                let (name, value) = words.next().unwrap().split_once(": ").unwrap();
                request = request.header(name, value);
            }
            url => path = url.strip_prefix(BASE),
        }
    }
    let usual = if body.is_some() { "POST" } else { "GET" };
    let request = request.method(method.map_or(usual, String::as_str));
    request.uri(path.unwrap()).body(Body::from(body.cloned().unwrap_or_default())).unwrap()
}

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut reader = Reader::of(&app);
        newcomer(&mut reader).await;
        reader.gets("/api/auth/signin", &[]).await;
        second_factors(&mut reader).await;
        reader.gets("/api/auth/refresh", &[]).await;
        reader.gets("/api/auth/refresh", &[]).await;
        let me = reader.gets("/api/users/me", &[]).await;
        assert_eq!(me.text("email"), ADA, "{me:?}");
        let me = reader.gets("/api/users/me", &[]).await;
        assert_eq!(me.text("nickname"), "Ada", "{me:?}");
        reader.gets("/api/auth/2fa/disable", &[]).await;
        assert_eq!(reader.gets("/api/auth/signout", &[]).await.status, 204);
        reader.signs_in().await;
        let leaves = reader.gets("/api/users/me", &[]).await;
        assert!(leaves.json()["deletion_due_at"].is_string(), "{leaves:?}");
        app.store.run("UPDATE users SET deletion_due_at = NULL").await;
        forgotten(&mut reader).await;
        assert!(reader.commands.is_empty(), "not tried: {:?}", reader.commands);
    }
}

/// Signs up and verifies; the code of the second mail counts.
async fn newcomer(reader: &mut Reader<'_>) {
    const GRACE: &str = "grace@example.org";

    let made = reader.gets("/api/auth/signup", &[]).await;
    assert_eq!((made.status, &*made.text("username")), (201, "Grace"), "{made:?}");
    reader.app.clock.advance(61);
    reader.gets("/api/auth/email/resend", &[]).await;
    let code = code_in(&mail_to(reader.app, GRACE).await);
    let done = reader.gets("/api/auth/email/verify", &[("123456", &code)]).await;
    assert_eq!(done.text("email"), GRACE, "{done:?}");
    let me = reader.app.me(&reader.known["ACCESS_TOKEN"]).await;
    assert_eq!(me.text("name"), "Grace Hopper", "{me:?}");
}

/// Sets an app up, and codes by SMS beside it; signs in with a code that was sent, and with one on paper.
async fn second_factors(reader: &mut Reader<'_>) {
    let app = reader.app;
    let begun = reader.gets("/api/auth/2fa/enable", &[]).await;
    let secret = begun.json()["data"]["secret"].as_str().unwrap().to_owned();
    let phone = AuthenticatorApp::of_html(&format!("<p id=\"key\">{secret}</p>"));
    let code = phone.code(app, 0);
    reader.gets("/api/auth/2fa/confirm", &[("123456", &code)]).await;
    let made = reader.gets("/api/auth/2fa/backup-codes", &[]).await;
    let paper = made.json()["data"]["backupCodes"][0].as_str().unwrap().to_owned();

    let bearer = reader.known["ACCESS_TOKEN"].clone();
    let sms = serde_json::json!({ "method": "sms", "phone": "+493012345678" });
    let begun = app.call_with(("POST", "/api/auth/2fa/enable"), Some(&bearer), &sms).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let code = code_in(app.texts().await.last().unwrap());
    let first = serde_json::json!({ "token": code });
    let done = app.call_with(("POST", "/api/auth/2fa/confirm"), Some(&bearer), &first).await;
    assert_eq!(done.status, 200, "{done:?}");

    app.clock.advance(61);
    assert_eq!(reader.signs_in().await.status, 403);
    reader.gets("/api/auth/2fa/challenge", &[]).await;
    let code = code_in(app.texts().await.last().unwrap());
    reader.gets("/api/auth/2fa/verify", &[("123456", &code)]).await;
    assert_eq!(reader.signs_in().await.status, 403);
    let done = reader.gets("/api/auth/2fa/verify-backup", &[("A2B3-C4D5", &paper)]).await;
    assert_eq!(done.json()["backup_codes_left"], 9, "{done:?}");
    // The page removes one that is alone.
    let bearer = reader.known["ACCESS_TOKEN"].clone();
    let sms = serde_json::json!({ "method": "sms", "password": PASSWORD });
    let gone = app.call_with(("DELETE", "/api/auth/2fa/disable"), Some(&bearer), &sms).await;
    assert_eq!(gone.status, 200, "{gone:?}");
}

async fn forgotten(reader: &mut Reader<'_>) {
    reader.gets("/api/auth/password/request", &[]).await;
    let mail = mail_to(reader.app, ADA).await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    let token = link.unwrap().split("token=").nth(1).unwrap().to_owned();
    reader.known.insert("TOKEN", token);
    reader.gets("/api/auth/password/reset", &[]).await;
    let body = serde_json::json!({ "email": ADA, "password": "a long one that nobody guesses" });
    assert_eq!(reader.app.api_sign_in(&body).await.status, 200);
}
