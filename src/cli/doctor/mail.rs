//! Whether mail and SMS can be sent.

use std::time::Duration;

use super::super::assemble::sender;
use super::super::{CliError, transports};
use super::Finding;
use crate::config::Config;
use crate::config::email::{Email, Provider};
use crate::config::sms::{Provider as SmsProvider, Sms};
use crate::delivery::WayOutProblem;

const NAME: &str = "mail";
const SMS: &str = "sms";
const PATIENCE: Duration = Duration::from_secs(10);
const NOT_THE_API: &str = "See that email.service_url or sms.service_url is the address of the \
                           provider's API, and that nothing on the way there answers instead.";
const MAY_NOT_SEND: &str = "Give the key the right \"Mail Send\" (scope mail.send) in the \
                            provider's settings, or make one that has it and set \
                            email.service_api_key (EMAIL_SERVICE_API_KEY).";
const NOT_ACTIVE: &str = "Sign in at the provider and see what it asks for to open the account \
                          again, or set sms.service_api_key (SMS_SERVICE_API_KEY) and sms.from to \
                          another account.";

/// Looks at the way mail takes; sends none.
pub(super) async fn check(config: &Config) -> Finding {
    let email = &config.email;
    if let Err(error) = sender(config) {
        return Finding::error(NAME, &error);
    }
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
            "no mail is sent: nobody can verify or change an address, or reset a password",
            "Set email.provider (EMAIL_PROVIDER) to \"smtp\", with email.smtp_host.",
        ),
        Provider::Smtp => {
            let host = email.smtp.host.as_deref().unwrap_or_default();
            Other {
                check: NAME,
                name: format!("the mail server {host}:{}", email.smtp.port),
                takes: "our mail",
                fix: "Check email.smtp_host, email.smtp_port, email.smtp_security, \
                      email.smtp_ca_file, and name and password.",
            }
            .judged(test_mail(email).await)
        }
        Provider::SendGrid => Other {
            check: NAME,
            name: format!("the provider of mail {}", email.service_url),
            takes: "our key",
            fix: "Check email.service_api_key (EMAIL_SERVICE_API_KEY) and email.service_url.",
        }
        .judged(test_mail(email).await),
    }
}

/// Looks at the way SMS take; sends none. Most installations have none, and lack nothing.
pub(super) async fn check_sms(sms: &Sms) -> Option<Finding> {
    Some(match sms.provider {
        SmsProvider::None => return None,
        SmsProvider::Console => Finding::warning(
            SMS,
            "SMS go to the log instead of to people",
            "Set sms.provider (SMS_PROVIDER) to \"twilio\", or to \"none\".",
        ),
        SmsProvider::File => Finding::warning(
            SMS,
            format!("SMS go into the folder {} instead of to people", sms.folder.display()),
            "That is right where another program sends them on. Otherwise set sms.provider \
             (SMS_PROVIDER) to \"twilio\", or to \"none\".",
        ),
        SmsProvider::Twilio => Other {
            check: SMS,
            name: format!("the provider of SMS {}", sms.service_url),
            takes: "our key",
            fix: "Check sms.service_api_key (SMS_SERVICE_API_KEY) and sms.service_url.",
        }
        .judged(test_sms(sms).await),
    })
}

async fn test_mail(email: &Email) -> Result<bool, Found> {
    let transport = transports::mail(email).map_err(in_words)?;
    patiently(transport.test()).await
}

async fn test_sms(sms: &Sms) -> Result<bool, Found> {
    let transport = transports::sms(sms).map_err(in_words)?;
    patiently(transport.test()).await
}

async fn patiently(test: impl Future<Output = Result<bool, WayOutProblem>>) -> Result<bool, Found> {
    match tokio::time::timeout(PATIENCE, test).await {
        Ok(told) => told.map_err(|problem| Found {
            reason: problem.to_string(),
            fix: match problem {
                WayOutProblem::Refused(_) => None,
                WayOutProblem::NotTheApi => Some(NOT_THE_API),
                WayOutProblem::MayNotSend => Some(MAY_NOT_SEND),
                WayOutProblem::AccountNotActive(_) => Some(NOT_ACTIVE),
            },
        }),
        Err(_) => Err(Found { reason: "it does not answer".to_owned(), fix: None }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn in_words(error: CliError) -> Found {
    Found { reason: error.to_string(), fix: None }
}

/// What is wrong with a way out, with what to do where that is known.
struct Found {
    reason: String,
    fix: Option<&'static str>,
}

/// Who takes our messages.
struct Other {
    check: &'static str,
    name: String,
    takes: &'static str,
    fix: &'static str,
}

impl Other {
    fn judged(self, answer: Result<bool, Found>) -> Finding {
        let found = match answer {
            Ok(true) => {
                return Finding::ok(self.check, format!("{} takes {}", self.name, self.takes));
            }
            Ok(false) => Found { reason: "it ended the conversation".to_owned(), fix: None },
            Err(found) => found,
        };
        let told = format!("{}: {}", self.name, found.reason);
        Finding::problem(self.check, told, found.fix.unwrap_or(self.fix))
    }
}
