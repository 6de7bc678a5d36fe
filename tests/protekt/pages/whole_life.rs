//! A whole life of accounts: every kind of event happens once, and every kind of secret passes by.

mod api;
mod kinds;
mod machines;
mod stored_texts;

use std::sync::Arc;

use protekt::accounts::import::{ImportCounts, ImportLine};
use protekt::accounts::{
    AccountSettings, Accounts, Destination, Giver, Invitation, ManagedBy, NewPasswordWish, NewRole,
    RecoveryDecision, RoleChange, UserChange,
};
use protekt::clock::{Clock as _, Timestamp};
use protekt::delivery::{Delivery, Transport, retry};
use protekt::domain::profile::UncheckedProfile;
use protekt::domain::{ClientId, PhoneNumber, PlainToken, Requester};
use protekt::oauth::clients::{delete, update};
use protekt::throttle::{Decision, Limit, SmsLimits, ThrottleLimits};

use super::logs::Secrets;
use super::steps::{
    BROWSER, SESSION, code_in, enter, hidden, link_in, mail_to, sign_up, texts, wrong,
};
use crate::support::apis::BILLS;
use crate::support::app::{ISSUER, PASSWORD, SECRET, TestApp, Wishes, authorize_url, web_client};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, add_passkey, backup_codes, first_half};
use crate::support::people::from;
use crate::support::protocol::ADA;

/// Nothing is limited but what is to be.
pub(super) const UNLIMITED: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: protekt::domain::second_factor::FactorPolicy::Optional,
};

const CHOSEN: &str = "juniper-lantern-41";
const OPERATORS: &str = "marble-compass-63";
const NEW: &str = "ada@new.example";
const GRACE: &str = "grace@example.com";

/// What passed by.
#[derive(Default)]
struct Seen(Secrets);

impl Seen {
    fn add(&mut self, name: &'static str, secret: impl Into<String>) {
        self.0.push((name, secret.into()));
    }

    fn cookies(&mut self, browser: &Browser) {
        for (name, cookie) in [("session cookie", SESSION), ("browser cookie", BROWSER)] {
            self.0.extend(browser.cookies.get(cookie).map(|value| (name, value.clone())));
        }
    }
}

/// Lives it, up to the deletion of accounts; gives every secret there was.
pub(super) async fn live(app: &TestApp) -> Secrets {
    let mut seen = Seen::default();
    seen.add("password", PASSWORD);
    seen.add("client secret", SECRET);
    app.with_ada().await;
    sign_ups(app, &mut seen).await;
    tokens(app, &mut seen).await;
    factors(app, &mut seen).await;
    own_account(app, &mut seen).await;
    address(app, &mut seen).await;
    passwords(app, &mut seen).await;
    sessions(app, &mut seen).await;
    operators(app, &mut seen).await;
    machines::machines(app, &mut seen).await;
    api::program(app, &mut seen).await;
    limits(app).await;
    seen.0
}

async fn sign_ups(app: &TestApp, seen: &mut Seen) {
    let mut browser = app.browser();
    let page = browser.open("/signup").await;
    sign_up(&mut browser, &page, ADA).await;
    let page = browser.open("/signup").await;
    let page = sign_up(&mut browser, &page, GRACE).await;
    let mail = mail_to(app, GRACE).await;
    let code = code_in(&mail);
    browser.submit(&page, "verify-form", &[("code", &wrong(&code))]).await;
    browser.submit(&page, "verify-form", &[("code", &code)]).await;
    seen.add("mail code", code);
    seen.add("verification link", token(&link_in(&mail)));
    seen.add("verification handle", hidden(&page, "flow"));
    seen.add("csrf", hidden(&page, "csrf"));
    seen.cookies(&browser);
    let mut browser = app.browser();
    let page = browser.open("/signup").await;
    sign_up(&mut browser, &page, "victim@example.com").await;
    let link = token(&link_in(&mail_to(app, "victim@example.com").await));
    app.app.accounts.not_me(&PlainToken::new(&link), &somebody()).await.unwrap();
    seen.add("link of a stranger's account", link);
}

async fn tokens(app: &TestApp, seen: &mut Seen) {
    let mut browser = app.browser();
    let page = browser.open(&authorize_url(&[])).await;
    enter(&mut browser, &page, ADA, "another-password-of-mine").await;
    seen.add("wrong password", "another-password-of-mine");
    seen.add("flow", hidden(&page, "flow"));
    let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
    let consent = browser.follow(answer).await;
    browser.submit(&consent, "consent-form", &[("decision", "deny")]).await;
    let code = browser.code(ADA).await;
    let tokens = app.exchange(&code).await;
    let refresh = tokens.text("refresh_token");
    for name in ["access_token", "id_token", "refresh_token"] {
        seen.add("token", tokens.text(name));
    }
    seen.add("next refresh token", app.refresh(&refresh).await.text("refresh_token"));
    app.clock.advance(60);
    app.refresh(&refresh).await;
    app.exchange(&code).await;
    app.token(Some(("notes", "a-wrong-client-secret")), &[("grant_type", "x")]).await;
    seen.add("code", code);
    seen.add("wrong client secret", "a-wrong-client-secret");
    seen.cookies(&browser);
    let code = browser.code(ADA).await;
    app.exchange(&code).await;
    let page = browser.get("/account/apps/notes").await;
    browser.submit(&page, "remove-form", &[]).await;
    let page = browser.open("/logout").await;
    browser.submit(&page, "logout-confirm", &[]).await;
}

async fn factors(app: &TestApp, seen: &mut Seen) {
    let mut owner = app.browser();
    owner.sign_in(GRACE).await;
    let page = owner.open("/account/2fa/totp").await;
    let phone = AuthenticatorApp::of(&page);
    let key = page.body.split("id=\"key\">").nth(1).unwrap().split('<').next().unwrap();
    seen.add("key of an app", key.replace(' ', ""));
    let code = phone.code(app, 0);
    let done = owner.submit(&page, "totp-form", &[("code", &code)]).await;
    let paper = backup_codes(&owner.follow(done).await);
    seen.add("code of an app", code);
    app.clock.advance(30);
    seen.add("undo link", token(&link_to(app, GRACE, "/account/security/undo?token=").await));
    let mut browser = app.browser();
    let page = first_half(&mut browser, GRACE).await;
    seen.add("half sign-in", hidden(&page, "challenge"));
    browser.submit(&page, "mfa-form", &[("code", "000000")]).await;
    let code = phone.code(app, 0);
    browser.submit(&page, "mfa-form", &[("code", &code), ("trust_device", "1")]).await;
    seen.add("code of a sign-in", code);
    let mut other = app.browser();
    let page = first_half(&mut other, GRACE).await;
    let page = other.open(&crate::support::factors::way(&page, "backup")).await;
    other.submit(&page, "mfa-form", &[("code", &paper[0])]).await;
    for code in paper {
        seen.add("backup code without its dash", code.replace('-', ""));
        seen.add("backup code", code);
    }
    let page = owner.open("/account/security").await;
    owner.submit(&page, "forget-browsers", &[]).await;
    add_passkey(&mut owner, &mut Authenticator::new()).await;
    let page = owner.open("/account/2fa/totp/remove").await;
    owner.submit(&page, "remove-form", &[]).await;
    let page = owner.open("/account/2fa/sms").await;
    let sent = owner.submit(&page, "begin-form", &[("phone", "+49 151 2345-6789")]).await;
    let page = owner.follow(sent).await;
    let code = code_in(app.texts().await.last().unwrap());
    owner.submit(&page, "code-form", &[("code", &code)]).await;
    seen.add("code of a message", code);
    seen.cookies(&owner);
    way_back(app, seen).await;
    app.app.accounts.reset_factors(GRACE).await.unwrap();
}

/// Asked for, approved, and taken back.
async fn way_back(app: &TestApp, seen: &mut Seen) {
    const REASON: &str = "my phone fell into the harbour";

    let mut browser = app.browser();
    let page = browser.open("/recover").await;
    browser.submit(&page, "recover-form", &[("email", GRACE)]).await;
    let link = link_to(app, GRACE, "/recover/request?token=").await;
    let page = browser.open(&link).await;
    browser.submit(&page, "reason-form", &[("reason", REASON)]).await;
    for decision in [RecoveryDecision::Approve, RecoveryDecision::Refuse] {
        app.app.accounts.decide_recovery(GRACE, decision).await.unwrap();
    }
    let stop = link_to(app, GRACE, "/recover/stop?token=").await;
    seen.add("link to say why", token(&link));
    seen.add("link that stops it", token(&stop));
    seen.add("reason", REASON);
}

async fn own_account(app: &TestApp, seen: &mut Seen) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/profile").await;
    browser.submit(&page, "profile-form", &[("phone_number", "+493012345678")]).await;
    let page = browser.get("/account/phone").await;
    let sent = browser.submit(&page, "send-form", &[]).await;
    let page = browser.follow(sent).await;
    let code = code_in(app.texts().await.last().unwrap());
    browser.submit(&page, "code-form", &[("code", &code)]).await;
    seen.add("code for a number", code);
    let page = browser.get("/account/data").await;
    browser.submit(&page, "export-form", &[]).await;
    seen.cookies(&browser);
}

async fn address(app: &TestApp, seen: &mut Seen) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/email").await;
    let asked = browser.submit(&page, "email-form", &[("email", NEW)]).await;
    let page = browser.follow(asked).await;
    let code = code_in(&mail_to(app, NEW).await);
    browser.submit(&page, "code-form", &[("code", &wrong(&code))]).await;
    browser.submit(&page, "code-form", &[("code", &code)]).await;
    seen.add("code for an address", code);
    let link = link_to(app, ADA, "/account/email/undo?token=").await;
    let mut other = app.browser();
    let page = other.open(&link).await;
    other.submit(&page, "return-form", &[]).await;
    seen.add("way back", token(&link));
}

async fn passwords(app: &TestApp, seen: &mut Seen) {
    let mut browser = app.browser();
    let page = browser.open("/password/forgot").await;
    browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
    let link = link_to(app, ADA, "/password/reset?token=").await;
    let page = browser.open(&link).await;
    browser.submit(&page, "reset-form", &[("password", CHOSEN)]).await;
    seen.add("reset link", token(&link));
    seen.add("chosen password", CHOSEN);
    app.app.accounts.set_password(ADA, &OPERATORS.into()).await.unwrap();
    seen.add("password by an operator", OPERATORS);
    let mut browser = app.browser();
    let page = browser.open("/login").await;
    enter(&mut browser, &page, ADA, OPERATORS).await;
    let page = browser.get("/account/password").await;
    browser.submit(&page, "password-form", &[("password", PASSWORD)]).await;
    seen.cookies(&browser);
}

async fn sessions(app: &TestApp, seen: &mut Seen) {
    app.browser().sign_in(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/sessions").await;
    let fields = [("csrf", &*hidden(&page, "csrf")), ("sid", &hidden(&page, "sid"))];
    browser.post("/account/sessions/end", &fields).await;
    let page = browser.get("/account/activity").await;
    let event = hidden(&page, "csrf");
    browser.post("/account/activity/not-me", &[("csrf", &event), ("event", "x")]).await;
    seen.cookies(&browser);
    let page = browser.get("/account/delete").await;
    browser.submit(&page, "delete-form", &[("confirm", ADA)]).await;
    let link = link_to(app, ADA, "/account/restore?token=").await;
    let mut other = app.browser();
    let page = other.open(&link).await;
    other.submit(&page, "restore-form", &[]).await;
    seen.add("link to keep an account", token(&link));
}

async fn operators(app: &TestApp, seen: &mut Seen) {
    // The next key has to be known for a while before it signs.
    app.clock.advance(600);
    let (accounts, store, now) = (&app.app.accounts, &app.store.store, app.clock.now());
    let invitation = Invitation { email: "guest@example.com".to_owned(), name: None, locale: None };
    accounts.invite(invitation).await.unwrap();
    let link = link_to(app, "guest@example.com", "/password/reset?token=").await;
    seen.add("invitation", token(&link));
    let imported = br#"{"id":"auth0|1","email":"moved@example.com","email_verified":true}"#;
    let moved = ImportLine::parse(imported, Timestamp(2_000_000_000)).unwrap().person;
    accounts.import(&[moved]).await.unwrap();
    accounts.finish_import(ImportCounts { imported: 1, ..ImportCounts::default() }).await.unwrap();
    let staff = NewRole { name: "staff".to_owned(), ..NewRole::default() };
    accounts.create_role(staff).await.unwrap();
    let asks = RoleChange { second_factor_required: Some(true), description: None };
    accounts.update_role("staff", asks).await.unwrap();
    permissions(app).await;
    let staff = ["staff".to_owned()];
    accounts.change_roles(GRACE, &staff, &[]).await.unwrap();
    accounts.change_roles(GRACE, &[], &staff).await.unwrap();
    accounts.delete_role("staff").await.unwrap();
    change_block_and_let_in_again(app).await;
    for wish in [NewPasswordWish::Required { signs_out: false }, NewPasswordWish::Waived] {
        accounts.require_new_password(GRACE, wish).await.unwrap();
    }
    let another = web_client("other", "https://other.example");
    let id = app.client(another).await;
    let rename = |_: &_, new: &mut protekt::oauth::clients::NewClient| {
        "Other".clone_into(&mut new.name);
        Ok(())
    };
    update(store, &id, rename, ISSUER, (Giver::Operator, now)).await.unwrap();
    delete(store, (&id, |_| true), (Giver::Operator, now)).await.unwrap();
    let keys = &app.app.provider.keys;
    let kid = keys.rotate(None, now).await.unwrap();
    keys.make_missing(now).await.unwrap();
    keys.withdraw(&kid, None, now).await.unwrap();
}

/// What a role and a person may do at an API, and may no longer.
async fn permissions(app: &TestApp) {
    app.api(BILLS, "Bills").await;
    app.permit_role("staff", &[(BILLS, "read")]).await;
    app.forbid_role("staff", &[(BILLS, "read")]).await;
    app.permit(GRACE, &[(BILLS, "read")]).await;
    app.forbid(GRACE, &[(BILLS, "read")]).await;
}

/// What comes to its end: tries, messages, and the patience with a mail that nobody takes.
async fn limits(app: &TestApp) {
    let one = Limit::new(1, 3_600);
    let limits = ThrottleLimits {
        mails_by_address: one,
        sms: SmsLimits { hourly: one, ..app.app.accounts.settings.limits.sms },
        ..app.app.accounts.settings.limits
    };
    let settings = AccountSettings { limits, ..(*app.app.accounts.settings).clone() };
    let limited = Accounts { settings: Arc::new(settings), ..app.app.accounts.clone() };
    let user = texts(app, &format!("SELECT id FROM users WHERE email = '{ADA}'")).await;
    let user = protekt::domain::UserId::from(&*user[0]);
    let number: PhoneNumber = "+4930111111".parse().unwrap();
    for to in [Destination::Number(&number), Destination::Address("limit@example.com")] {
        for is_allowed in [true, false] {
            let decision = limited.count_sending(to, Some(&user), &somebody()).await.unwrap();
            assert_eq!(matches!(decision, Decision::Allowed { .. }), is_allowed, "{to:?}");
        }
    }
    let invitation =
        Invitation { email: "nobody@example.com".to_owned(), name: None, locale: None };
    app.app.accounts.invite(invitation).await.unwrap();
    let folder = tempfile::NamedTempFile::new().unwrap();
    let transport = Arc::new(Transport::Folder(folder.path().to_owned()));
    let down = Delivery { transport, ..app.delivery.clone() };
    for _ in 0..12 {
        down.deliver_due(10).await.unwrap();
        app.clock.advance(3_600);
    }
    let dead = texts(app, "SELECT id FROM outbox WHERE state = 'dead'").await;
    let mut tx = app.store.store.begin().await.unwrap();
    retry(&mut tx, &dead[0], app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The accounts are deleted, when their time is over.
async fn leave(app: &TestApp) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/delete").await;
    browser.submit(&page, "delete-form", &[("confirm", ADA)]).await;
    app.clock.advance(14 * 24 * 3_600);
    assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 1, "{}", app.engine);
}

fn somebody() -> Requester {
    Requester {
        ip: "192.0.2.77".parse().unwrap(),
        user_agent: Some("Test/1".to_owned()),
        request_id: "req_of_a_test".to_owned(),
    }
}

async fn link_to(app: &TestApp, email: &str, start: &str) -> String {
    let mails = app.mails().await;
    let of_email = mails.iter().filter(|mail| mail.starts_with(&format!("To: {email}\n")));
    let mut words = of_email.flat_map(|mail| mail.split_whitespace());
    let link = words.rfind(|word| word.contains(start)).unwrap_or_else(|| panic!("no {start}"));
    link.strip_prefix("https://id.example.com").unwrap().to_owned()
}

fn token(link: &str) -> String {
    link.split("token=").nth(1).unwrap().to_owned()
}

/// Somebody whose sessions nobody needs any more.
async fn change_block_and_let_in_again(app: &TestApp) {
    let found = app.app.accounts.users_after(&"".into(), 100).await.unwrap();
    let guest = found.iter().find(|listed| listed.user.email == "guest@example.com").unwrap();
    let mut profile = UncheckedProfile::of(&guest.user);
    "Guest".clone_into(&mut profile.nickname);
    let (client_id, requester) = (ClientId("desk".to_owned()), from("192.0.2.9"));
    let by =
        ManagedBy { client_id: &client_id, session: None, scopes: None, requester: &requester };
    let change = UserChange { profile, ..UserChange::default() };
    app.app.accounts.change_user((guest, false), &change, by).await.unwrap();
    for is_blocked in [true, false] {
        app.app.accounts.set_blocked(&guest.user.id, is_blocked).await.unwrap();
    }
}
