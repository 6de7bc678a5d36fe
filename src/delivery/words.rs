//! Puts messages into the words of the templates.

use super::messages::{AlreadyRegistered, Letterhead, VerifyEmail};
use super::{MailTemplate, MessageParameters, MessageRenderer, RenderError, Rendered};
use crate::texts::Locale;

/// The templates of this installation.
#[derive(Clone, Debug)]
pub struct Words {
    /// What the operator calls this service.
    pub brand: String,
    /// The host of the issuer.
    pub host: String,
}

impl MessageRenderer for Words {
    fn render(
        &self,
        template: MailTemplate,
        locale: &str,
        recipient: &str,
        parameters: &MessageParameters,
    ) -> Result<Rendered, RenderError> {
        let text = |name: &str| parameters.text(name).to_owned();
        let head = Letterhead {
            locale: Locale::choose(Some(locale), None, false),
            brand: self.brand.clone(),
            host: self.host.clone(),
            name: text("name"),
            email: recipient.to_owned(),
            asked_from: Some(text("asked_from")).filter(|place| !place.is_empty()),
            asked_at: text("asked_at"),
        };
        let message = match template {
            MailTemplate::VerifyEmail => VerifyEmail {
                head,
                code: text("code"),
                code_until: text("code_until"),
                link: text("link"),
                link_until: text("link_until"),
            }
            .render(),
            MailTemplate::AlreadyRegistered => {
                AlreadyRegistered { head, link: text("link") }.render()
            }
        };
        let message = message.map_err(|error| RenderError(error.to_string()))?;
        Ok(Rendered { subject: message.subject, text: message.text, html: message.html })
    }
}
