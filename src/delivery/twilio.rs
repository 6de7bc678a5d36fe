//! SMS by HTTP, in the form of Twilio's API.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

use super::envelope::OutgoingSms;
use super::http_client::{Answer, Content, HttpClient};
use super::transport::{TransportError, WayOutProblem};

/// How the id of a messaging service begins, which chooses the sender itself.
const MESSAGING_SERVICE: &str = "MG";

/// How an account is that can send; others are `suspended` or `closed`.
const ACTIVE: &str = "active";

/// What is said of an account.
#[derive(serde::Deserialize)]
struct Account {
    status: String,
}

/// An account with a provider of SMS that takes Twilio's requests.
#[derive(Clone, Debug)]
pub struct TwilioAccount {
    /// Where it is, without the path.
    pub base_url: String,
    /// Its id, which is no secret.
    pub sid: String,
    /// What opens it.
    pub secret: SecretString,
    /// The number or name that SMS come from, or the id of a messaging service.
    pub from: String,
}

/// A provider of SMS that takes Twilio's requests.
#[derive(Clone)]
pub struct Twilio {
    client: HttpClient,
    account_url: String,
    authorization: HeaderValue,
    from: String,
}

impl Twilio {
    /// A way to send by `account`.
    ///
    /// # Errors
    ///
    /// If no client can be made.
    pub fn new(account: &TwilioAccount) -> Result<Self, TransportError> {
        let pair = Zeroizing::new(format!("{}:{}", account.sid, account.secret.expose_secret()));
        let mut authorization =
            HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())))
                .map_err(|error| TransportError::lasting(&error))?;
        authorization.set_sensitive(true);
        let base_url = account.base_url.trim_end_matches('/');
        Ok(Self {
            client: HttpClient::new()?,
            account_url: format!("{base_url}/2010-04-01/Accounts/{}", account.sid),
            authorization,
            from: account.from.clone(),
        })
    }

    pub(super) async fn send(&self, sms: &OutgoingSms) -> Result<(), TransportError> {
        let sender =
            if self.from.starts_with(MESSAGING_SERVICE) { "MessagingServiceSid" } else { "From" };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", sms.to.as_str())
            .append_pair(sender, &self.from)
            .append_pair("Body", &sms.text)
            .finish();
        let content =
            Content { kind: "application/x-www-form-urlencoded", body: form.into_bytes() };
        let url = format!("{}/Messages.json", self.account_url);
        let answer = self.client.send(&url, &self.authorization, content).await?;
        answer.judged_as(answer.is_json, &reason(&answer))
    }

    /// Asks about the account; sends nothing.
    pub(super) async fn test(&self) -> Result<(), WayOutProblem> {
        let url = format!("{}.json", self.account_url);
        let answer = self.client.ask(&url, &self.authorization).await?;
        answer.judged(&reason(&answer))?;
        let account: Account =
            serde_json::from_slice(&answer.body).map_err(|_| WayOutProblem::NotTheApi)?;
        if account.status == ACTIVE {
            return Ok(());
        }
        let status = account.status.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        Err(WayOutProblem::AccountNotActive(status))
    }
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Twilio").field("url", &self.account_url).finish_non_exhaustive()
    }
}

/// The code of the error, which its documentation explains, and its words.
fn reason(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    match body.get("code").and_then(Value::as_i64) {
        Some(code) => format!("{code} {message}"),
        None => message.to_owned(),
    }
}
