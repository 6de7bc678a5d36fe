//! Mail by HTTP, in the form of SendGrid's v3 API.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::envelope::OutgoingMail;
use super::http_client::{Answer, Content, HttpClient};
use super::transport::{TransportError, WayOutProblem};

/// The scope of a key that may send.
const SENDING: &str = "mail.send";

/// What a key may do.
#[derive(serde::Deserialize)]
struct Scopes {
    scopes: Vec<String>,
}

/// A provider of mail that takes SendGrid's requests.
#[derive(Clone)]
pub struct SendGrid {
    client: HttpClient,
    base_url: String,
    authorization: HeaderValue,
}

impl SendGrid {
    /// A provider at `base_url` (without the path), to which `api_key` opens.
    ///
    /// # Errors
    ///
    /// If the key cannot stand in a header.
    pub fn new(base_url: &str, api_key: &SecretString) -> Result<Self, TransportError> {
        let bearer = format!("Bearer {}", api_key.expose_secret());
        let mut authorization = HeaderValue::from_str(&bearer)
            .map_err(|_| TransportError::lasting(&"the key holds letters that no key has"))?;
        authorization.set_sensitive(true);
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { client: HttpClient::new()?, base_url, authorization })
    }

    pub(super) async fn send(&self, mail: &OutgoingMail) -> Result<(), TransportError> {
        let content = Content {
            kind: "application/json",
            body: serde_json::to_vec(&request(mail))
                .map_err(|error| TransportError::lasting(&error))?,
        };
        let url = format!("{}/v3/mail/send", self.base_url);
        let answer = self.client.send(&url, &self.authorization, content).await?;
        answer.judged_as(answer.status == StatusCode::ACCEPTED, &reason(&answer))
    }

    /// Asks what the key may do; sends nothing.
    pub(super) async fn test(&self) -> Result<(), WayOutProblem> {
        let url = format!("{}/v3/scopes", self.base_url);
        let answer = self.client.ask(&url, &self.authorization).await?;
        answer.judged(&reason(&answer))?;
        let scopes: Scopes =
            serde_json::from_slice(&answer.body).map_err(|_| WayOutProblem::NotTheApi)?;
        if scopes.scopes.iter().any(|scope| scope == SENDING) {
            return Ok(());
        }
        Err(WayOutProblem::MayNotSend)
    }
}

impl std::fmt::Debug for SendGrid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SendGrid").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

fn request(mail: &OutgoingMail) -> Value {
    let sender: &str = mail.from.email.as_ref();
    let from = match &mail.from.name {
        Some(name) => json!({ "email": sender, "name": name }),
        None => json!({ "email": sender }),
    };
    json!({
        "personalizations": [{ "to": [{ "email": mail.to.as_ref() as &str }] }],
        "from": from,
        "subject": mail.subject(),
        // The plain part must come first.
        "content": [
            { "type": "text/plain", "value": mail.words.text },
            { "type": "text/html", "value": mail.words.html },
        ],
        "headers": { "Message-ID": mail.message_id() },
        // Tracking would rewrite links that are secrets, and put a picture into the mail.
        "tracking_settings": {
            "click_tracking": { "enable": false, "enable_text": false },
            "open_tracking": { "enable": false },
            "subscription_tracking": { "enable": false },
            "ganalytics": { "enable": false },
        },
    })
}

fn reason(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.pointer("/errors/0/message").and_then(Value::as_str).unwrap_or_default().to_owned()
}
