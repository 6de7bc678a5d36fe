//! Telling events to webhooks, over HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use protekt::clock::Timestamp;
use protekt::domain::audit_event::{AuditEvent, AuditKind};
use protekt::domain::webhook::WebhookSecret;
use protekt::store::audit_events;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::api::managed_roles::{ALL, get, send};
use crate::pages::steps::count;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{START, TestApp, apps};
use crate::support::protocol::ADA;

const WEBHOOKS: &str = "/api/v2/webhooks";

#[derive(Clone, Debug)]
struct Received {
    headers: BTreeMap<String, String>,
    body: String,
}

/// Takes calls, and answers each with the status that stands there.
#[derive(Clone)]
struct Receiver {
    url: String,
    status: Arc<Mutex<String>>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let status = Arc::new(Mutex::new("200 OK".to_owned()));
        let receiver = Self { url, status, received: Arc::default() };
        let this = receiver.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let this = this.clone();
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        head.push(byte);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let lines = head.lines().filter_map(|line| line.split_once(": "));
                    let headers: BTreeMap<String, String> = lines
                        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                        .collect();
                    let mut body = vec![0; headers["content-length"].parse().unwrap()];
                    stream.read_exact(&mut body).await.unwrap();
                    let body = String::from_utf8(body).unwrap();
                    this.received.lock().unwrap().push(Received { headers, body });
                    let status = this.status.lock().unwrap().clone();
                    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                });
            }
        });
        receiver
    }

    fn answers(&self, status: &str) {
        status.clone_into(&mut self.status.lock().unwrap());
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

async fn webhook(app: &TestApp, token: &str, receiver: &Receiver, events: &[&str]) -> Value {
    let body = json!({ "url": receiver.url, "events": events });
    let made = send(app, token, ("POST", WEBHOOKS), body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made.json()
}

/// A token of the machine after the first has expired.
async fn fresh_token(app: &TestApp) -> String {
    app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token")
}

fn path_of(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}", webhook["id"].as_str().unwrap())
}

async fn deliveries(app: &TestApp, token: &str, webhook: &Value) -> Vec<Value> {
    let list = get(app, token, &format!("{}/deliveries", path_of(webhook))).await;
    list.json().as_array().unwrap().clone()
}

async fn told(app: &TestApp) -> usize {
    app.webhooks().deliver_due(1_000).await.unwrap()
}

/// A webhook from its beginning to its end; with its two secrets.
pub(crate) async fn whole_life(app: &TestApp, token: &str) -> [String; 2] {
    let receiver = Receiver::new().await;
    let made = webhook(app, token, &receiver, &["*"]).await;
    let path = path_of(&made);
    let post = async |path: &str| app.call("POST", path, Some(token)).await;
    let tested = post(&format!("{path}/test")).await.text("id");
    receiver.answers("410 Gone");
    app.webhooks().deliver_due(1).await.unwrap();
    send(app, token, ("PATCH", &path), json!({ "enabled": true })).await;
    let again = post(&format!("{path}/deliveries/{tested}/resend")).await;
    assert_eq!(again.status, 202, "{} {again:?}", app.engine);
    let rotated = post(&format!("{path}/rotate-secret")).await.text("secret");
    assert_eq!(app.call("DELETE", &path, Some(token)).await.status, 204);
    [made["secret"].as_str().unwrap().to_owned(), rotated]
}

fn is_signed_by(call: &Received, secret: &str) -> bool {
    let at = Timestamp(call.headers["webhook-timestamp"].parse().unwrap());
    let id = &call.headers["webhook-id"];
    let expected = WebhookSecret::from_text(secret).signature(id, at, call.body.as_bytes());
    call.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
}

/// WH-02
#[tokio::test]
async fn an_event_is_told_signed_once_and_looks_as_in_the_log() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["user_created"]).await;
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_"), "{made}");
        let body = json!({ "email": "bea@example.com", "password": "walnut-harbour-97" });
        let person = send(&app, &token, ("POST", "/api/v2/users"), body).await;
        assert_eq!(person.status, 201, "{person:?}");
        assert_eq!(told(&app).await, 1, "{}", app.engine);
        assert_eq!(told(&app).await, 0, "{}", app.engine);

        let calls = receiver.received();
        let [call] = calls.as_slice() else { panic!("{calls:?}") };
        assert!(is_signed_by(call, secret), "{call:?}");
        assert!(!is_signed_by(call, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert_eq!(call.headers["webhook-timestamp"], START.0.to_string());
        let body: Value = serde_json::from_str(&call.body).unwrap();
        assert_eq!(body["type"], "user_created");
        let log = body["data"]["log_id"].as_str().unwrap();
        let mut entry = get(&app, &token, &format!("/api/v2/logs/{log}")).await.json();
        entry.as_object_mut().unwrap().remove("number");
        assert_eq!(body["data"], entry);
        let listed = deliveries(&app, &token, &made).await;
        assert_eq!(listed[0]["id"], json!(call.headers["webhook-id"]));
        assert_eq!(
            (&listed[0]["state"], &listed[0]["answer"]),
            (&json!("delivered"), &json!("ok"))
        );
        let shown = get(&app, &token, &path_of(&made)).await;
        assert!(!shown.body.contains(secret) && !shown.body.contains("secret"), "{shown:?}");
        let kept = count(&app, "SELECT COUNT(*) FROM webhooks WHERE secret_sealed LIKE 'whsec%'");
        assert_eq!(kept.await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn what_is_rolled_back_is_not_told() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["sms_limit_reached"]).await;
        for is_kept in [false, true] {
            let mut tx = app.store.store.begin().await.unwrap();
            let event = AuditEvent::success(AuditKind::SmsLimitReached);
            audit_events::insert(&mut tx, &event, START).await.unwrap();
            if is_kept {
                tx.commit().await.unwrap();
            }
            assert_eq!(told(&app).await, usize::from(is_kept), "{}", app.engine);
        }
        assert_eq!(deliveries(&app, &token, &made).await.len(), 1);
    }
}

/// WH-02: the id stays, so that a receiver does nothing twice.
#[tokio::test]
async fn a_call_that_fails_is_made_again_under_the_same_id() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["webhook_deleted"]).await;
        let test = app.call("POST", &format!("{}/test", path_of(&made)), Some(&token)).await;
        assert_eq!(test.status, 202, "{test:?}");
        receiver.answers("503 Later\r\nRetry-After: 90");
        assert_eq!(told(&app).await, 0);
        let before = receiver.received().len();
        app.clock.advance(60);
        assert_eq!(told(&app).await, 0);
        assert_eq!(receiver.received().len(), before, "it asked for 90 seconds");
        let waits = &deliveries(&app, &token, &made).await[0];
        assert_eq!((&waits["state"], &waits["status_code"]), (&json!("pending"), &json!(503)));
        receiver.answers("204 Taken");
        app.clock.advance(40);
        assert!(told(&app).await > 0, "{}", app.engine);
        let calls = receiver.received();
        assert_eq!(calls[0].headers["webhook-id"], calls.last().unwrap().headers["webhook-id"]);
        let at = |call: &Received| call.headers["webhook-timestamp"].clone();
        assert_ne!(at(&calls[0]), at(calls.last().unwrap()));
    }
}

#[tokio::test]
async fn who_cannot_be_reached_for_days_is_disabled_and_holds_up_nobody() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        // Nobody listens there any more.
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let closed = Receiver { url: format!("http://{free}/"), ..receiver.clone() };
        let dead = webhook(&app, &token, &closed, &["webhook_secret_rotated"]).await;
        let alive = webhook(&app, &token, &receiver, &["webhook_secret_rotated"]).await;
        let rotated = format!("{}/rotate-secret", path_of(&alive));
        assert_eq!(app.call("POST", &rotated, Some(&token)).await.status, 200);
        assert_eq!(told(&app).await, 1, "{}", app.engine);
        for _ in 0..12 {
            app.clock.advance(27 * 60 * 60);
            assert_eq!(told(&app).await, 0);
        }
        let token = fresh_token(&app).await;
        let shown = get(&app, &token, &path_of(&dead)).await.json();
        assert_eq!(
            (&shown["enabled"], &shown["disabled_because"]),
            (&json!(false), &json!("failing"))
        );
        let failed = &deliveries(&app, &token, &dead).await[0];
        assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(10)));
        let noted = "SELECT COUNT(*) FROM audit_events WHERE kind = 'webhook_disabled'";
        assert_eq!(count(&app, noted).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn who_is_gone_gets_nothing_more_until_enabled_again_and_sent_once_more() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["webhook_disabled"]).await;
        let path = path_of(&made);
        let tested = app.call("POST", &format!("{path}/test"), Some(&token)).await;
        receiver.answers("410 Gone");
        assert_eq!(told(&app).await, 0);
        assert_eq!(get(&app, &token, &path).await.json()["disabled_because"], "gone");
        let resend = format!("{path}/deliveries/{}/resend", tested.text("id"));
        let refused = app.call("POST", &resend, Some(&token)).await;
        assert_api_error(&refused, 409, "webhook_disabled");
        let enabled = send(&app, &token, ("PATCH", &path), json!({ "enabled": true })).await;
        assert_eq!(enabled.json().get("disabled_because"), None, "{enabled:?}");
        receiver.answers("200 OK");
        assert_eq!(told(&app).await, 0, "what was given up stays so");
        let again = app.call("POST", &resend, Some(&token)).await;
        assert_eq!((again.status, again.text("state").as_str()), (202, "pending"));
        assert_api_error(&app.call("POST", &resend, Some(&token)).await, 409, "delivery_under_way");
        assert_eq!(told(&app).await, 1, "{}", app.engine);
        let ids: Vec<String> =
            receiver.received().iter().map(|call| call.headers["webhook-id"].clone()).collect();
        assert_eq!(ids, vec![tested.text("id"); 2]);
        let other = format!("{path}/deliveries/none/resend");
        assert_api_error(&app.call("POST", &other, Some(&token)).await, 404, "inexistent_delivery");
        assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM webhook_deliveries").await, 0);
        assert_api_error(&get(&app, &token, &path).await, 404, "inexistent_webhook");
    }
}

#[tokio::test]
async fn both_secrets_sign_for_a_day_after_a_new_one() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["webhook_deleted"]).await;
        let path = path_of(&made);
        let new = app.call("POST", &format!("{path}/rotate-secret"), Some(&token)).await;
        let (old, new) = (made["secret"].as_str().unwrap(), new.text("secret"));
        assert_ne!(old, new);
        for is_over in [false, true] {
            let token = fresh_token(&app).await;
            app.call("POST", &format!("{path}/test"), Some(&token)).await;
            assert_eq!(told(&app).await, 1);
            let call = receiver.received().pop().unwrap();
            assert!(is_signed_by(&call, &new), "{call:?}");
            assert_eq!(is_signed_by(&call, old), !is_over, "{call:?}");
            app.clock.advance(24 * 60 * 60);
        }
    }
}

#[tokio::test]
async fn eight_senders_at_once_tell_an_event_once() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let made = webhook(&app, &token, &receiver, &["webhook_deleted"]).await;
        for round in 1..=5 {
            let test = format!("{}/test", path_of(&made));
            assert_eq!(app.call("POST", &test, Some(&token)).await.status, 202);
            let senders = (0..8).map(|_| {
                let webhooks = app.webhooks();
                tokio::spawn(async move { webhooks.deliver_due(10).await.unwrap() })
            });
            let sum: usize = join_all(senders).await.into_iter().map(Result::unwrap).sum();
            assert_eq!((sum, receiver.received().len()), (1, round), "{}", app.engine);
        }
    }
}

/// WH-01
#[tokio::test]
async fn no_webhook_leads_into_our_own_network() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        for evil in [
            "http://127.0.0.2/",
            "http://8.8.8.8/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://2130706434/",
            "https://a:b@8.8.8.8/",
            "https://8.8.8.8:25/",
            "gopher://8.8.8.8/",
        ] {
            let body = json!({ "url": evil, "events": ["*"] });
            let refused = send(&app, &token, ("POST", WEBHOOKS), body).await;
            assert_eq!(fields_of(&refused), ["url"], "{evil} {refused:?}");
        }
        for (events, name) in [(json!([]), "events"), (json!(["nonsense"]), "events")] {
            let body = json!({ "url": "https://8.8.8.8/", "events": events });
            let refused = send(&app, &token, ("POST", WEBHOOKS), body).await;
            assert_eq!(fields_of(&refused), [name], "{refused:?}");
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM webhooks").await, 0);
    }
}

/// An account that is deleted is told by its id, once; nothing of it is kept after that.
#[tokio::test]
async fn of_a_deleted_person_nothing_is_kept_but_what_the_trail_keeps() {
    for app in apps().await {
        let (token, receiver) = (app.manager_token(ALL).await, Receiver::new().await);
        let ada = app.person(ADA).await;
        let made = webhook(&app, &token, &receiver, &["user_blocked", "account_deleted"]).await;
        let blocked = json!({ "blocked": true });
        let user = format!("/api/v2/users/{}", ada.id);
        assert_eq!(send(&app, &token, ("PATCH", &user), blocked).await.status, 200);
        assert_eq!(told(&app).await, 1, "{}", app.engine);
        assert_eq!(app.call("DELETE", &user, Some(&token)).await.status, 204);
        assert_eq!(told(&app).await, 1, "{}", app.engine);
        let call: Value = serde_json::from_str(&receiver.received()[1].body).unwrap();
        assert_eq!(
            (&call["type"], &call["data"]["user_id"]),
            (&json!("account_deleted"), &json!(ada.id))
        );
        let kept = "SELECT COUNT(*) FROM webhook_deliveries WHERE former_user_id IS NOT NULL";
        assert_eq!(count(&app, kept).await, 0, "{}", app.engine);
        let listed = deliveries(&app, &token, &made).await;
        assert_eq!((&listed[1]["type"], listed[1].get("answer")), (&json!("user_blocked"), None));
    }
}
