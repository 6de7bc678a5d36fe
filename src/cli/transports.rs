//! The ways out for mail and SMS, as the operator chose them.

use std::io::stdout;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;

use super::CliError;
use crate::config::email::{Email, Provider as MailProvider, Security, Smtp};
use crate::config::sms::{Provider as SmsProvider, Sms};
use crate::delivery::{
    SendGrid, SmsTransport, SmtpEncryption, SmtpServer, Transport, Twilio, TwilioAccount,
};

/// The way out for mail.
pub(super) fn mail(email: &Email) -> Result<Transport, CliError> {
    Ok(match email.provider {
        MailProvider::Console => Transport::Console(Arc::new(Mutex::new(stdout()))),
        MailProvider::File => Transport::Folder(email.folder.clone()),
        MailProvider::None => Transport::Unconfigured,
        MailProvider::Smtp => Transport::smtp(&smtp_server(&email.smtp)?)
            .map_err(|error| CliError::told(format!("the mail server: {error}")))?,
        MailProvider::SendGrid => {
            let key = email.service_api_key.clone().unwrap_or_else(|| SecretString::from(""));
            let provider = SendGrid::new(&email.service_url, &key).map_err(|error| {
                CliError::told(format!("email.service_api_key (EMAIL_SERVICE_API_KEY): {error}"))
            })?;
            Transport::SendGrid(provider)
        }
    })
}

fn smtp_server(smtp: &Smtp) -> Result<SmtpServer, CliError> {
    let authorities = match &smtp.ca_file {
        Some(path) => {
            let pem = std::fs::read(path).map_err(|source| CliError::file(path, source))?;
            Some(pem)
        }
        None => None,
    };
    Ok(SmtpServer {
        host: smtp.host.clone().unwrap_or_default(),
        port: smtp.port,
        encryption: match smtp.security {
            Security::StartTls => SmtpEncryption::StartTls,
            Security::Tls => SmtpEncryption::Implicit,
            Security::None => SmtpEncryption::None,
        },
        credentials: smtp.username.clone().zip(smtp.password.clone()),
        authorities,
    })
}

/// The way out for SMS.
pub(super) fn sms(sms: &Sms) -> Result<SmsTransport, CliError> {
    Ok(match sms.provider {
        SmsProvider::Console => SmsTransport::Console(Arc::new(Mutex::new(stdout()))),
        SmsProvider::File => SmsTransport::Folder(sms.folder.clone()),
        SmsProvider::None => SmsTransport::Unconfigured,
        SmsProvider::Twilio => {
            let (sid, secret) = sms.account().unwrap_or_default();
            let account = TwilioAccount {
                base_url: sms.service_url.clone(),
                sid,
                secret,
                from: sms.from.clone().unwrap_or_default(),
            };
            let provider = Twilio::new(&account)
                .map_err(|error| CliError::told(format!("the provider of SMS: {error}")))?;
            SmsTransport::Twilio(provider)
        }
    })
}
