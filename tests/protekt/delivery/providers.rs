//! Mail and SMS by HTTP, to a real server on this machine that keeps every request.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protekt::delivery::{Delivery, SendGrid, SmsTransport, Transport, Twilio, TwilioAccount};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::outbox::{STATES, text_to, write_to};
use crate::support::people::{World, world};
use crate::support::stores::{sqlite, stores};

const KEY: &str = "SG.test-key";
const SID: &str = "AC0123456789abcdef0123456789abcdef";
const SECRET: &str = "test-secret";

/// A request as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

/// What the next requests are answered.
#[derive(Clone, Debug)]
enum Script {
    Status(u16, &'static str),
    Redirect(String),
    /// Wants to be asked later.
    RetryAfter(u16, &'static str),
    /// Takes the message and answers, but its body never ends.
    EndlessBody(u16),
    Hang,
    /// Hangs where the request names this, and takes the others.
    HangFor(&'static str),
}

/// A provider that keeps what it gets.
#[derive(Clone)]
struct Provider {
    base_url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    script: Arc<Mutex<Script>>,
}

impl Provider {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            base_url: format!("http://{}", listener.local_addr().unwrap()),
            arrived: Arc::default(),
            script: Arc::new(Mutex::new(script)),
        };
        let app = Router::new().fallback(take).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        provider
    }

    fn answers(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// Waits until somebody has asked.
    async fn is_asked(&self) {
        for _ in 0..2_000 {
            if !self.arrived().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("nobody asks");
    }

    /// Sends mail through this provider.
    fn mailing(&self, world: &World) -> Delivery {
        let base_url = format!("{}/", self.base_url);
        let provider = SendGrid::new(&base_url, &KEY.into()).unwrap();
        let transport = Arc::new(Transport::SendGrid(provider));
        Delivery { transport, ..world.delivery.clone() }
    }

    /// Sends SMS through this provider.
    fn texting(&self, world: &World, from: &str) -> Delivery {
        let account = TwilioAccount {
            base_url: self.base_url.clone(),
            sid: SID.to_owned(),
            secret: SECRET.into(),
            from: from.to_owned(),
        };
        let sms = Arc::new(SmsTransport::Twilio(Twilio::new(&account).unwrap()));
        Delivery { sms, ..world.delivery.clone() }
    }
}

async fn take(
    State(provider): State<Provider>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let path = uri.to_string();
    let said = body.clone();
    provider.arrived.lock().unwrap().push(Arrived { method, path, headers, body });
    let script = provider.script.lock().unwrap().clone();
    let status = |status| StatusCode::from_u16(status).unwrap();
    match script {
        Script::Status(code, body) => {
            let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
            (status(code), [("content-type", kind)], body).into_response()
        }
        Script::Redirect(to) => (status(302), [("Location", to)]).into_response(),
        Script::RetryAfter(code, named) => (status(code), [("Retry-After", named)]).into_response(),
        Script::EndlessBody(code) => {
            let body = axum::body::Body::from_stream(futures_util::stream::pending::<
                Result<Bytes, std::io::Error>,
            >());
            (status(code), body).into_response()
        }
        Script::HangFor(named) if !said.contains(named) => status(202).into_response(),
        Script::Hang | Script::HangFor(_) => std::future::pending().await,
    }
}

async fn last_error(world: &World) -> String {
    const LAST: &str = "SELECT last_error FROM outbox WHERE last_error IS NOT NULL";
    match &world.accounts.store {
        protekt::store::Store::Sqlite { readers, .. } => {
            sqlx::query_scalar(LAST).fetch_one(readers).await.unwrap()
        }
        protekt::store::Store::Postgres { pool, .. } => {
            sqlx::query_scalar(LAST).fetch_one(pool).await.unwrap()
        }
    }
}

#[tokio::test]
async fn a_mail_goes_to_a_provider_in_its_form() {
    for test in stores().await {
        let world = world(&test.store);
        let provider = Provider::start(Script::Status(202, "")).await;
        write_to(&world, "ada@example.org").await;
        assert_eq!(provider.mailing(&world).deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        let [request] = &provider.arrived()[..] else { panic!("one request") };
        assert_eq!((&request.method, &*request.path), (&Method::POST, "/v3/mail/send"));
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(request.headers["content-type"], "application/json");
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["personalizations"], json!([{ "to": [{ "email": "ada@example.org" }] }]));
        assert_eq!(body["from"], json!({ "email": "no-reply@id.example", "name": "Example ID" }));
        assert_eq!(body["subject"], "verify_email for en");
        assert_eq!(body["content"][0]["type"], "text/plain", "the plain part comes first");
        assert!(body["content"][0]["value"].as_str().unwrap().contains("123456"));
        assert_eq!(body["content"][1], json!({ "type": "text/html", "value": "<p>123456</p>" }));
        let message_id = body["headers"]["Message-ID"].as_str().unwrap();
        assert!(message_id.starts_with('<') && message_id.ends_with("@id.example>"));
        for setting in ["click_tracking", "open_tracking", "subscription_tracking", "ganalytics"] {
            assert_eq!(body["tracking_settings"][setting]["enable"], false, "{setting}");
        }
        assert_eq!(world.count(&*format!("{STATES}'sent'").leak()).await, 1);
    }
}

#[tokio::test]
async fn an_sms_goes_to_a_provider_in_its_form() {
    for (from, sender) in [
        ("+15005550006", "From"),
        ("Example ID", "From"),
        ("MG0123456789abcdef0123456789abcdef", "MessagingServiceSid"),
    ] {
        for test in stores().await {
            let world = world(&test.store);
            let provider = Provider::start(Script::Status(201, "{}")).await;
            text_to(&world, "+14155550123").await;
            let delivery = provider.texting(&world, from);
            assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
            let [request] = &provider.arrived()[..] else { panic!("one request") };
            let path = format!("/2010-04-01/Accounts/{SID}/Messages.json");
            assert_eq!((&request.method, &request.path), (&Method::POST, &path));
            let pair = BASE64_STANDARD.encode(format!("{SID}:{SECRET}"));
            assert_eq!(request.headers["authorization"], format!("Basic {pair}"));
            assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
            let form: Vec<(String, String)> =
                form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let expected = [
                pair("To", "+14155550123"),
                pair(sender, from),
                pair("Body", "sms_code for en: 123456"),
            ];
            assert_eq!(form, expected);
        }
    }
}

#[tokio::test]
async fn what_a_provider_refuses_for_good_is_given_up_and_the_rest_waits() {
    for test in stores().await {
        for (status, is_lasting) in
            [(400, true), (413, true), (401, false), (403, false), (429, false), (503, false)]
        {
            let world = world(&test.store);
            let body = r#"{"errors":[{"message":"no: ada@example.org is none"}]}"#;
            let provider = Provider::start(Script::Status(status, body)).await;
            write_to(&world, "ada@example.org").await;
            let delivery = provider.mailing(&world);
            assert_eq!(delivery.deliver_due(10).await.unwrap(), 0);
            let state = if is_lasting { "dead" } else { "pending" };
            let count = format!("SELECT COUNT(*) FROM outbox WHERE state = '{state}'");
            assert_eq!(world.count(&*count.leak()).await, 1, "{} {status}", test.engine);
            let told = last_error(&world).await;
            assert_eq!(told, format!("the provider answered {status}: no: … is none"));
            if !is_lasting {
                provider.answers(Script::Status(202, ""));
                world.clock.advance(5);
                assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
            }
            empty(&world).await;
        }
    }
}

async fn empty(world: &World) {
    const EMPTY: &str = "DELETE FROM outbox";
    match &world.accounts.store {
        protekt::store::Store::Sqlite { writer, .. } => {
            sqlx::query(EMPTY).execute(writer).await.unwrap();
        }
        protekt::store::Store::Postgres { pool, .. } => {
            sqlx::query(EMPTY).execute(pool).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_provider_of_sms_tells_its_code_and_not_the_number() {
    let test = sqlite().await;
    let world = world(&test.store);
    let body = r#"{"code":21211,"message":"Invalid 'To' number: +14155550123","status":400}"#;
    let provider = Provider::start(Script::Status(400, body)).await;
    text_to(&world, "+14155550123").await;
    provider.texting(&world, "+15005550006").deliver_due(10).await.unwrap();
    let told = last_error(&world).await;
    assert_eq!(told, "the provider answered 400: 21211 Invalid 'To' number: …");
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'dead'").await, 1);
}

/// A redirect could lead the key and the code to somebody else.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let test = sqlite().await;
    let world = world(&test.store);
    let other = Provider::start(Script::Status(202, "")).await;
    let provider = Provider::start(Script::Redirect(other.base_url.clone())).await;
    write_to(&world, "ada@example.org").await;
    assert_eq!(provider.mailing(&world).deliver_due(10).await.unwrap(), 0);
    assert_eq!((provider.arrived().len(), other.arrived().len()), (1, 0));
    assert_eq!(last_error(&world).await, "the provider answered 302");
}

/// A page that greets guests, or a proxy that answers for another, has sent nothing.
#[tokio::test]
async fn only_the_answer_of_the_api_means_that_a_message_was_taken() {
    let page = "<html>Welcome to the hotel</html>";
    for test in stores().await {
        for (status, body, mails, texts) in [
            (200, page, 0, 0),
            (200, "", 0, 0),
            (201, page, 0, 0),
            (201, r#"{"sid":"SM1"}"#, 0, 1),
            (200, r#"{"sid":"SM1"}"#, 0, 1),
            (202, "", 1, 0),
            (204, "", 0, 0),
        ] {
            let world = world(&test.store);
            let provider = Provider::start(Script::Status(status, body)).await;
            write_to(&world, "ada@example.org").await;
            text_to(&world, "+14155550123").await;
            let mail = provider.mailing(&world);
            let mail = mail.deliver_due_by(protekt::domain::Channel::Email, 9).await.unwrap();
            let sms = provider.texting(&world, "+15005550006");
            let sms = sms.deliver_due_by(protekt::domain::Channel::Sms, 9).await.unwrap();
            assert_eq!((mail, sms), (mails, texts), "{} {status} {body}", test.engine);
            let waiting = world.count("SELECT COUNT(*) FROM outbox WHERE state = 'pending'").await;
            assert_eq!(waiting, 2 - i64::try_from(mails + texts).unwrap(), "{status} {body}");
            assert!(last_error(&world).await.contains("not as this API does"), "{status} {body}");
            empty(&world).await;
        }
    }
}

/// It is asked again when it wants to be, at most an hour later.
#[tokio::test]
async fn a_provider_that_names_a_time_is_not_asked_before() {
    for test in stores().await {
        for (status, named, waits) in [
            (429, "90", 90),
            (503, "1", 5),
            (429, "86400", 3_600),
            (429, "soon", 5),
            (500, "90", 5),
        ] {
            let world = world(&test.store);
            let provider = Provider::start(Script::RetryAfter(status, named)).await;
            write_to(&world, "ada@example.org").await;
            let delivery = provider.mailing(&world);
            assert_eq!(delivery.deliver_due(10).await.unwrap(), 0);
            world.clock.advance(waits - 1);
            delivery.deliver_due(10).await.unwrap();
            assert_eq!(provider.arrived().len(), 1, "{} {status} {named}", test.engine);
            world.clock.advance(1);
            delivery.deliver_due(10).await.unwrap();
            assert_eq!(provider.arrived().len(), 2, "{} {status} {named}", test.engine);
            empty(&world).await;
        }
    }
}

#[tokio::test]
async fn a_taken_message_counts_though_the_answer_never_ends() {
    let test = sqlite().await;
    let world = world(&test.store);
    let provider = Provider::start(Script::EndlessBody(202)).await;
    write_to(&world, "ada@example.org").await;
    let sent = provider.mailing(&world);
    let sent = tokio::time::timeout(Duration::from_secs(5), sent.deliver_due(10)).await;
    assert_eq!(sent.unwrap().unwrap(), 1);
}

/// WH-04, with a provider by HTTP.
#[tokio::test]
async fn a_provider_that_hangs_leaves_the_message_waiting_and_holds_up_no_mail() {
    let test = sqlite().await;
    let world = world(&test.store);
    let provider = Provider::start(Script::Hang).await;
    text_to(&world, "+14155550123").await;
    let mut delivery = provider.texting(&world, "+15005550006");
    delivery.settings.patience = Duration::from_millis(500);
    let hanging = tokio::spawn({
        let delivery = delivery.clone();
        async move { delivery.deliver_due_by(protekt::domain::Channel::Sms, 10).await }
    });
    provider.is_asked().await;
    write_to(&world, "ada@example.org").await;
    let mails = delivery.deliver_due_by(protekt::domain::Channel::Email, 10).await.unwrap();
    assert_eq!(mails, 1, "the mail went out while the SMS hung");
    assert_eq!(hanging.await.unwrap().unwrap(), 0);
    assert!(last_error(&world).await.contains("takes too long"));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'pending'").await, 1);
    provider.answers(Script::Status(201, "{}"));
    world.clock.advance(5);
    assert_eq!(delivery.deliver_due(10).await.unwrap(), 1);
}

/// WH-04: one message that its provider takes slowly holds up no other, be it written later.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_that_hangs_holds_up_no_other() {
    for test in stores().await {
        let world = world(&test.store);
        let provider = Provider::start(Script::HangFor("slow@example.org")).await;
        let delivery = provider.mailing(&world);
        write_to(&world, "slow@example.org").await;
        let hanging = tokio::spawn({
            let delivery = delivery.clone();
            async move { delivery.deliver_due_by(protekt::domain::Channel::Email, 100).await }
        });
        provider.is_asked().await;
        for number in 0..12 {
            write_to(&world, &format!("p{number}@example.org")).await;
        }
        delivery.bell.ring();
        for _ in 0..2_000 {
            if provider.arrived().len() == 13 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(provider.arrived().len(), 13, "{}: the others wait", test.engine);
        assert!(!hanging.is_finished(), "{}", test.engine);
        hanging.abort();
    }
}

/// WH-04. A crash between the provider's answer and our note: the mail goes out again, and is known for
/// the same by its Message-ID.
#[tokio::test]
async fn an_instance_that_dies_before_its_note_sends_again_under_the_same_message_id() {
    for test in stores().await {
        let world = world(&test.store);
        let provider = Provider::start(Script::Hang).await;
        write_to(&world, "ada@example.org").await;
        let delivery = provider.mailing(&world);
        let dying = tokio::spawn({
            let delivery = delivery.clone();
            async move { delivery.deliver_due(10).await }
        });
        provider.is_asked().await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        provider.answers(Script::Status(202, ""));
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 0, "{}: not yet", test.engine);
        world.clock.advance(120);
        assert_eq!(delivery.deliver_due(10).await.unwrap(), 1, "{}", test.engine);
        let ids: Vec<Value> = provider
            .arrived()
            .iter()
            .map(|request| serde_json::from_str::<Value>(&request.body).unwrap())
            .map(|body| body["headers"]["Message-ID"].clone())
            .collect();
        assert_eq!((ids.len(), &ids[0]), (2, &ids[1]), "{}", test.engine);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_the_message_waiting() {
    let test = sqlite().await;
    let world = world(&test.store);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let provider = SendGrid::new(&format!("http://127.0.0.1:{port}"), &KEY.into()).unwrap();
    let transport = Arc::new(Transport::SendGrid(provider));
    let delivery = Delivery { transport, ..world.delivery.clone() };
    write_to(&world, "ada@example.org").await;
    assert_eq!(delivery.deliver_due(10).await.unwrap(), 0);
    let told = last_error(&world).await;
    assert!(told.starts_with("the provider cannot be reached: "), "{told}");
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state = 'pending'").await, 1);
}

#[tokio::test]
async fn a_look_at_a_provider_sends_nothing() {
    let test = sqlite().await;
    let world = world(&test.store);
    let both = r#"{"scopes":["alerts.read","mail.send"],"status":"active"}"#;
    let provider = Provider::start(Script::Status(200, both)).await;
    assert!(provider.mailing(&world).transport.test().await.unwrap());
    assert!(provider.texting(&world, "+15005550006").sms.test().await.unwrap());
    let asked: Vec<_> =
        provider.arrived().into_iter().map(|request| (request.method, request.path)).collect();
    let account = format!("/2010-04-01/Accounts/{SID}.json");
    assert_eq!(asked, [(Method::GET, "/v3/scopes".to_owned()), (Method::GET, account)]);
    provider.answers(Script::Status(401, "{}"));
    assert!(provider.mailing(&world).transport.test().await.is_err());
    assert!(provider.texting(&world, "+15005550006").sms.test().await.is_err());
}

#[tokio::test]
async fn a_look_at_a_provider_reads_what_the_key_may_do_and_how_the_account_is() {
    let test = sqlite().await;
    let world = world(&test.store);
    for (body, mail, sms) in [
        ("<html>Welcome to the hotel</html>", "not as this API does", "not as this API does"),
        (r#"{"scopes":["mail.batch.read"],"status":"suspended"}"#, "may not send", "is suspended"),
        (r#"{"scopes":[],"status":"closed"}"#, "may not send", "is closed"),
    ] {
        let provider = Provider::start(Script::Status(200, body)).await;
        let told = provider.mailing(&world).transport.test().await.unwrap_err().to_string();
        assert!(told.contains(mail), "{body} {told}");
        let told = provider.texting(&world, "+15005550006").sms.test().await;
        let told = told.unwrap_err().to_string();
        assert!(told.contains(sms), "{body} {told}");
    }
}

#[test]
fn neither_key_nor_secret_can_be_printed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let account = TwilioAccount {
        base_url: "https://api.twilio.com".to_owned(),
        sid: SID.to_owned(),
        secret: SECRET.into(),
        from: "+15005550006".to_owned(),
    };
    let twilio = Twilio::new(&account).unwrap();
    let sendgrid = SendGrid::new("https://api.sendgrid.com", &KEY.into()).unwrap();
    let shown = format!("{account:?} {twilio:?} {sendgrid:?}");
    let pair = BASE64_STANDARD.encode(format!("{SID}:{SECRET}"));
    for secret in [KEY, SECRET, &pair] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
