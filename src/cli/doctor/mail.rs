//! Whether mail can be sent.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::Finding;
use crate::config::email::{Email, Provider, Security, Smtp};

const NAME: &str = "mail";
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the way mail takes; sends none.
pub(super) async fn check(email: &Email) -> Finding {
    match email.provider {
        Provider::Console => Finding::warning(
            NAME,
            "mails go to the log instead of to people",
            "Set email.provider (EMAIL_PROVIDER) to \"smtp\", with email.smtp_host.",
        ),
        Provider::File => Finding::warning(
            NAME,
            format!("mails go into the folder {} instead of to people", email.folder.display()),
            "That is right where another program sends them on. Otherwise set email.provider \
             (EMAIL_PROVIDER) to \"smtp\", with email.smtp_host.",
        ),
        Provider::None => Finding::warning(
            NAME,
            "no mail is sent: nobody can verify an address or reset a password",
            "Set email.provider (EMAIL_PROVIDER) to \"smtp\", with email.smtp_host.",
        ),
        Provider::Smtp => smtp(&email.smtp).await,
    }
}

/// Connects, greets, and signs in where there is a name.
async fn smtp(smtp: &Smtp) -> Finding {
    let host = smtp.host.as_deref().unwrap_or_default();
    let server = format!("{host}:{}", smtp.port);
    let connected = match transport(host, smtp) {
        Ok(transport) => tokio::time::timeout(PATIENCE, transport.test_connection()).await,
        Err(error) => Ok(Err(error)),
    };
    let reason = match connected {
        Ok(Ok(true)) => {
            return Finding::ok(NAME, format!("the mail server {server} takes our mail"));
        }
        Ok(Ok(false)) => "it ended the conversation".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Finding::problem(
        NAME,
        format!("the mail server {server}: {reason}"),
        "Check email.smtp_host, email.smtp_port, email.smtp_security, and name and password.",
    )
}

fn transport(
    host: &str,
    smtp: &Smtp,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    type Transport = AsyncSmtpTransport<Tokio1Executor>;

    let mut builder = match smtp.security {
        Security::StartTls => Transport::starttls_relay(host)?,
        Security::Tls => Transport::relay(host)?,
        Security::None => Transport::builder_dangerous(host),
    };
    if let (Some(name), Some(password)) = (&smtp.username, &smtp.password) {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(name.clone(), password));
    }
    Ok(builder.port(smtp.port).timeout(Some(PATIENCE)).build())
}
