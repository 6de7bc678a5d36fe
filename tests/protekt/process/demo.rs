//! The demo flow in the browser of somebody without JavaScript.

use std::time::Duration;

use super::installation::{Installation, Server};
use super::visitor::Visitor;
use super::wait_until;
use super::wire::Answer;
use crate::support::browser::unescape;

/// A running `protekt dev`.
pub struct Dev {
    pub server: Server,
    pub port: u16,
}

impl Dev {
    pub fn start(installation: &Installation, extra: &[&str]) -> Self {
        let port = installation.port;
        let text = port.to_string();
        let server = installation.spawn(&[&["dev", "--port", &text][..], extra].concat());
        let server = server.wait_until_ready();
        wait_until("it greets", Duration::from_secs(10), || {
            server.out().contains("--reset").then_some(())
        });
        Self { server, port }
    }

    pub fn demo_url(&self) -> String {
        format!("http://localhost:{}/", self.port + 1)
    }

    pub fn password(&self, email: &str) -> String {
        let out = self.server.out();
        let line = out.lines().find(|line| line.contains(email)).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    }
}

/// What the demo app shows in the element of this id.
#[track_caller]
pub fn shown(page: &Answer, id: &str) -> String {
    let found = page.body.split(&format!("id=\"{id}\">")).nth(1);
    let found = found.unwrap_or_else(|| panic!("no {id} in {}", page.body));
    unescape(found.split("</").next().unwrap())
}

/// Signs in at the demo app with a consent where it is asked for; gives its page.
pub fn sign_in(dev: &Dev, visitor: &mut Visitor, email: &str, password: &str) -> Answer {
    let mut page = visitor.open(&format!("{}sign-in", dev.demo_url())).unwrap();
    if page.body.contains("id=\"login-form\"") {
        let fields = [("username", email), ("password", password)];
        page = visitor.submit(&page, "id=\"login-form\"", &fields).unwrap();
        page = visitor.follow(page).unwrap();
    }
    if page.body.contains("id=\"consent-form\"") {
        assert!(page.body.contains("Northwind Notes"));
        page = visitor.submit(&page, "id=\"consent-form\"", &[("decision", "allow")]).unwrap();
        page = visitor.follow(page).unwrap();
    }
    assert!(page.body.contains("id=\"signed-in\""), "{}", page.body);
    page
}

/// Presses a button of the demo app.
pub fn press(visitor: &mut Visitor, page: &Answer, action: &str) -> Answer {
    let answer = visitor.submit(page, &format!("action=\"{action}\""), &[]).unwrap();
    visitor.follow(answer).unwrap()
}

#[test]
fn the_demo_flow_works_from_sign_in_to_sign_out_without_javascript() {
    let installation = Installation::empty("");
    let dev = Dev::start(&installation, &[]);
    let mut visitor = Visitor::new(dev.port);
    let password = dev.password("ada@example.com");
    let page = sign_in(&dev, &mut visitor, "ada@example.com", &password);
    let claims: serde_json::Value = serde_json::from_str(&shown(&page, "id-token-claims")).unwrap();
    assert_eq!(claims["sub"], "01DEV0ADA00000000000000000");
    assert_eq!(claims["iss"], format!("http://localhost:{}/", dev.port));
    let header: serde_json::Value =
        serde_json::from_str(&shown(&page, "access-token-header")).unwrap();
    assert_eq!((&header["typ"], &header["alg"]), (&"at+jwt".into(), &"RS256".into()));
    let jwks = dev.server.get("/.well-known/jwks.json");
    assert!(jwks.body.contains(&shown(&page, "id-token-kid")), "{jwks:?}");

    let page = press(&mut visitor, &page, "/userinfo");
    let userinfo: serde_json::Value = serde_json::from_str(&shown(&page, "userinfo")).unwrap();
    assert_eq!(userinfo["email"], "ada@example.com");
    let page = press(&mut visitor, &page, "/refresh");
    assert_eq!(shown(&page, "access-token-changed"), "changed");
    assert_eq!(shown(&page, "refresh-token-changed"), "changed");
    let page = press(&mut visitor, &page, "/sign-out");
    assert!(page.body.contains("id=\"signed-out\""), "{}", page.body);
    assert!(!visitor.is_signed_in(), "the provider's session is over too");
    dev.server.has_a_clean_log();
    dev.server.stop();
}
