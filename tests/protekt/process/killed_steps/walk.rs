//! The power switch, and a person in front of it.

use std::io;
use std::time::Duration;

use super::super::installation::{Installation, Server};
use super::super::visitor::{Visitor, sent_to};
use super::super::wire::Answer;
use crate::support::app::PASSWORD;
use crate::support::browser::{attribute, unescape};
use crate::support::factors::AuthenticatorApp;

/// When the server is killed.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// At which step of a flow.
    pub step: usize,
    pub instant: Instant,
}

#[derive(Clone, Copy, Debug)]
pub enum Instant {
    /// When the step before was answered.
    Before,
    /// So long after the request was begun.
    Within(Duration),
}

/// A server, and what it is killed at.
pub struct Switch {
    pub installation: Installation,
    server: Option<Server>,
    moment: Option<Moment>,
    times: Vec<Duration>,
}

impl Switch {
    pub fn new(installation: Installation) -> Self {
        let server = Some(installation.serve());
        Self { installation, server, moment: None, times: Vec::new() }
    }

    /// Counts the steps from here.
    pub fn arm(&mut self, moment: Option<Moment>) {
        self.moment = moment;
        self.times.clear();
    }

    pub fn times(&self) -> Vec<Duration> {
        self.times.clone()
    }

    pub fn has_a_clean_log(&self) {
        self.server.as_ref().unwrap().has_a_clean_log();
    }

    pub fn stop(mut self) -> Installation {
        self.server.take().unwrap().stop();
        self.installation
    }

    /// Takes a step, if the server is still there. Whether the request was sent is for the caller
    /// to note, in `ask`.
    fn step<T>(&mut self, ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let instant = self.moment.filter(|moment| moment.step == self.times.len());
        let gone = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let begun = std::time::Instant::now();
        let done = match instant.map(|moment| moment.instant) {
            _ if self.server.is_none() => Err(gone()),
            None => ask(),
            Some(Instant::Before) => {
                self.server.take().unwrap().kill();
                Err(gone())
            }
            Some(Instant::Within(time)) => {
                let server = self.server.take().unwrap();
                std::thread::scope(|scope| {
                    scope.spawn(move || {
                        super::super::pause(time);
                        server.kill();
                    });
                    ask()
                })
            }
        };
        self.times.push(begun.elapsed());
        done
    }
}

/// What is known of something that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// Nobody asked for it.
    #[default]
    No,
    /// It was asked for, and no answer came.
    Maybe,
    /// It was answered with success.
    Yes,
}

/// Somebody at a browser.
pub struct Walk {
    pub switch: Switch,
    pub browser: Visitor,
    pub person: usize,
    pub email: String,
    pub password: String,
}

impl Walk {
    pub fn new(installation: Installation) -> Self {
        let mut made = Self {
            browser: Visitor::new(installation.port),
            switch: Switch::new(installation),
            person: 0,
            email: String::new(),
            password: String::new(),
        };
        made.next_person();
        made
    }

    /// Somebody else, at another browser. Nothing is killed.
    pub fn next_person(&mut self) {
        self.switch.arm(None);
        self.browser = Visitor::new(self.port());
        self.person += 1;
        self.email = address(self.person);
        PASSWORD.clone_into(&mut self.password);
    }

    /// Starts on what is left; nothing is killed any more. The browser is the same.
    pub fn start_again(&mut self) {
        if let Some(server) = self.switch.server.take() {
            server.kill();
        }
        self.switch.arm(None);
        self.switch.server = Some(self.switch.installation.serve());
    }

    pub fn open(&mut self, path: &str) -> io::Result<Answer> {
        let browser = &mut self.browser;
        self.switch.step(|| browser.open(path))
    }

    /// Submits a form, and follows where that leads, in a step of its own.
    pub fn submit(
        &mut self,
        page: &Answer,
        form: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let answer = self.decide(&mut Known::default(), page, form, fields)?;
        match sent_to(&answer) {
            Some(path) => self.open(&path),
            None => Ok(answer),
        }
    }

    /// Submits a form that decides something; `known` says afterwards what came of it.
    pub fn decide(
        &mut self,
        known: &mut Known,
        page: &Answer,
        form: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let browser = &mut self.browser;
        let answer = self.switch.step(|| {
            *known = (*known).max_of(Known::Maybe);
            browser.submit(page, &format!("id=\"{form}\""), fields)
        })?;
        if answer.status < 400 {
            *known = Known::Yes;
        }
        Ok(answer)
    }

    /// To the end of the password: the page that follows.
    pub fn sign_in(&mut self) -> io::Result<Answer> {
        let page = self.open("/login")?;
        if !page.body.contains("id=\"login-form\"") {
            return Ok(page);
        }
        let (email, password) = (self.email.clone(), self.password.clone());
        self.submit(&page, "login-form", &[("username", &email), ("password", &password)])
    }

    /// The same in another browser. A flow goes on with it: whether a second factor is asked for.
    #[track_caller]
    pub fn first_half(&mut self) -> (Answer, bool) {
        self.browser = Visitor::new(self.port());
        let page = self.sign_in().unwrap();
        let is_asked = page.body.contains("id=\"mfa-form\"");
        let is_sending = page.body.contains("name=\"challenge\"");
        (page, is_asked || is_sending)
    }

    /// Whether name and password are right.
    pub fn is_right(&self, email: &str, password: &str) -> bool {
        let mut browser = Visitor::new(self.port());
        browser.sign_in(email, password).unwrap().status == 303
    }

    pub fn is_signed_in(&mut self) -> bool {
        self.browser.is_signed_in()
    }

    /// Gives a code to the half sign-in of a page.
    #[track_caller]
    pub fn give(&mut self, page: &Answer, method: &str, code: &str) {
        let page = self.browser.get(&way(page, method)).unwrap();
        let done = self.browser.submit(&page, "id=\"mfa-form\"", &[("code", code)]).unwrap();
        assert_eq!(done.status, 303, "{method}: {done:?}");
        assert!(self.is_signed_in());
    }

    /// The mails to the person that hold `mark`, those of an earlier second first.
    pub fn mails(&self, mark: &str) -> Vec<String> {
        self.mails_to(&self.email, mark)
    }

    pub fn mails_to(&self, email: &str, mark: &str) -> Vec<String> {
        let to = format!("To: {email}");
        let mails = self.switch.installation.mails().into_iter().map(|mail| plain(&mail));
        let mut mails: Vec<String> =
            mails.filter(|mail| mail.contains(&to) && mail.contains(mark)).collect();
        mails.sort_by_key(|mail| order(mail));
        mails
    }

    /// The messages to a telephone.
    pub fn messages_to(&self, number: &str) -> Vec<String> {
        let messages = self.switch.installation.messages();
        let messages = messages.iter().filter(|message| message["to"] == number);
        messages.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }

    /// What arrives by another way; never, where the server is gone. What it was sending when it was
    /// killed stays claimed for two minutes: who does not wait for that gets `None`.
    pub fn awaited<T>(&self, mut ask: impl FnMut() -> Option<T>) -> io::Result<Option<T>> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if let Some(answer) = ask() {
                return Ok(Some(answer));
            }
            if self.switch.server.is_none() {
                return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
            }
            super::super::pause(Duration::from_millis(30));
        }
        Ok(None)
    }

    /// What a script asks for, with the token of a form.
    pub fn fetch(&mut self, page: &Answer, form: &str, path: &str) -> io::Result<Answer> {
        let browser = &mut self.browser;
        self.switch.step(|| browser.fetch(page, &format!("id=\"{form}\""), path))
    }

    pub fn port(&self) -> u16 {
        self.switch.installation.port
    }

    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port())
    }
}

impl Known {
    /// Takes what turned out; what was known before must agree.
    #[track_caller]
    pub fn settle(&mut self, is_so: bool) {
        let found = if is_so { Self::Yes } else { Self::No };
        assert!(*self == Self::Maybe || *self == found, "known: {self:?}, found: {found:?}");
        *self = found;
    }

    fn max_of(self, other: Self) -> Self {
        if self == Self::Yes { self } else { other }
    }
}

pub fn address(person: usize) -> String {
    format!("person{person}@example.com")
}

/// The same half sign-in, by another factor.
pub fn way(page: &Answer, method: &str) -> String {
    let challenge = page.body.split("name=\"challenge\" value=\"").nth(1).unwrap();
    let challenge = unescape(challenge.split('"').next().unwrap());
    format!("/login/mfa/{method}?challenge={challenge}")
}

/// What the form of a page asks an authenticator for.
pub fn options_of(page: &Answer, form: &str) -> String {
    let form = page.body.split(&format!("<form id=\"{form}\"")).nth(1).unwrap();
    attribute(form, "data-options").unwrap()
}

/// A mail with its lines put together (RFC 2045 §6.7).
fn plain(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
}

/// Ids grow by the second.
fn order(mail: &str) -> String {
    let id = mail.lines().find(|line| line.to_lowercase().starts_with("message-id:"));
    id.unwrap_or_default().to_owned()
}

/// The code in a message.
pub fn code_in(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':'));
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.find(is_code).unwrap_or_else(|| panic!("no code: {text}")).to_owned()
}

/// The path of the link in a mail.
pub fn link_in(mail: &str, start: &str) -> String {
    let word = mail.split_whitespace().find(|word| word.contains(start)).unwrap();
    word[word.find(start).unwrap()..].trim_end_matches(['>', '"']).to_owned()
}

/// An authenticator app that gives no code twice.
pub struct Phone {
    app: AuthenticatorApp,
    last_step: u64,
}

impl Phone {
    pub fn of(page: &Answer) -> Self {
        Self { app: AuthenticatorApp::of_html(&page.body), last_step: 0 }
    }

    /// The code of a step that was not used, in good time; waits where there is none yet.
    pub fn code(&mut self) -> String {
        loop {
            let now = protekt::clock::Clock::now(&protekt::clock::SystemClock).0;
            let now = u64::try_from(now).unwrap();
            // A step late is still taken, but not for long.
            let first = if now % 30 < 10 { now / 30 - 1 } else { now / 30 };
            let step = first.max(self.last_step + 1);
            if step <= now / 30 + 1 {
                self.last_step = step;
                return self.app.code_at(step * 30);
            }
            super::super::pause(Duration::from_millis(500));
        }
    }
}
