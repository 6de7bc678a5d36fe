//! Puts messages into words: which blocks each of them has.

use super::letter::{Block, Letter, Letterhead};
use super::{MailTemplate, MessageParameters, MessageRenderer, RenderError, Rendered};
use crate::texts::{Key, Locale};

/// The words of this installation.
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
        compose(template, head, parameters).render()
    }
}

fn compose(template: MailTemplate, head: Letterhead, parameters: &MessageParameters) -> Letter {
    match template {
        MailTemplate::VerifyEmail => verify_email(head, parameters),
        MailTemplate::AlreadyRegistered => already_registered(head, parameters),
        MailTemplate::ResetPassword => reset_password(head, parameters),
        MailTemplate::PasswordChanged => password_changed(head, parameters),
    }
}

/// "Is this address yours?": a code for the first window, and a link. It greets nobody by name:
/// whoever signed up chose that name, and would be writing to a stranger in our voice.
fn verify_email(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let code = parameters.text("code");
    let code_until = head.t1(Key("mail-verify-code-until"), "time", parameters.text("code_until"));
    let link_until = parameters.text("link_until");
    let blocks = vec![
        Block::Text(head.t(Key("mail-hello-nobody"))),
        Block::Text(head.about(Key("mail-verify-reason"))),
        Block::Code(code.to_owned()),
        Block::Text(code_until.clone()),
        Block::Text(head.t(Key("mail-verify-or-link"))),
        button(&head, Key("mail-verify-button"), parameters),
        Block::Text(head.t1(Key("mail-verify-link-until"), "time", link_until)),
        Block::Note(head.t(Key("mail-verify-not-you"))),
    ];
    let subject = head
        .locale
        .texts()
        .text_with(Key("mail-verify-subject"), &[("code", &code), ("brand", &head.brand)]);
    let title = head.t(Key("mail-verify-title"));
    Letter { subject, title, preview: code_until, blocks, head }
}

/// "You already have an account", to the owner of an address somebody signed up with.
fn already_registered(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-registered-reason"));
    let blocks = vec![
        Block::Text(head.hello()),
        Block::Text(reason.clone()),
        button(&head, Key("mail-registered-button"), parameters),
        Block::Note(head.t(Key("mail-registered-not-you"))),
    ];
    let subject = head.about(Key("mail-registered-subject"));
    let title = head.t(Key("mail-registered-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

/// The link to a new password.
fn reset_password(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-reset-reason"));
    let until = head.t1(Key("mail-reset-link-until"), "time", parameters.text("link_until"));
    let blocks = vec![
        Block::Text(head.hello()),
        Block::Text(reason.clone()),
        button(&head, Key("mail-reset-button"), parameters),
        Block::Text(until),
        Block::Note(head.t(Key("mail-reset-not-you"))),
    ];
    let subject = head.about(Key("mail-reset-subject"));
    let title = head.t(Key("mail-reset-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

/// The password was changed: whoever did not do it can take the account back.
fn password_changed(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-changed-reason"));
    let blocks = vec![
        Block::Text(head.hello()),
        Block::Text(reason.clone()),
        Block::Text(head.t(Key("mail-changed-not-you"))),
        button(&head, Key("mail-changed-button"), parameters),
    ];
    let subject = head.about(Key("mail-changed-subject"));
    let title = head.t(Key("mail-changed-title"));
    Letter { subject, title, preview: reason, blocks, head }
}

fn button(head: &Letterhead, label: Key, parameters: &MessageParameters) -> Block {
    Block::Button { label: head.t(label), link: parameters.text("link").to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCALES: [Locale; 2] = [Locale::English, Locale::PseudoRightToLeft];

    fn mail(template: MailTemplate, locale: Locale) -> Rendered {
        let head = Letterhead {
            locale,
            brand: "Example ID".to_owned(),
            host: "id.example.com".to_owned(),
            name: "Ada <b>\r\nBcc: x".to_owned(),
            email: "ada@northwind.example".to_owned(),
            asked_from: Some("203.0.113.7".to_owned()),
            asked_at: "21 November 2026, 08:14 UTC".to_owned(),
        };
        let parameters = MessageParameters::default()
            .with("code", "482913")
            .with("code_until", "08:29 UTC on 21 November 2026")
            .with("link", "https://id.example.com/verify-email?token=3fT9&x=1")
            .with("link_until", "08:14 UTC on 22 November 2026");
        compose(template, head, &parameters).render().unwrap()
    }

    #[test]
    fn a_verification_mail_says_code_link_limits_and_what_to_do_otherwise() {
        let mail = mail(MailTemplate::VerifyEmail, Locale::English);
        assert_eq!(mail.subject, "482913 is your Example ID code");
        assert!(mail.text.contains("\n482913\n"));
        assert!(mail.text.contains("\nhttps://id.example.com/verify-email?token=3fT9&x=1\n"));
        for part in [&mail.html, &mail.text] {
            for expected in ["08:29 UTC on 21", "08:14 UTC on 22", "This was not me", "203.0.113.7"]
            {
                assert!(part.contains(expected), "{expected} in {part}");
            }
        }
    }

    #[test]
    fn every_mail_to_a_person_says_why_from_where_and_what_to_do_otherwise() {
        for template in MailTemplate::ALL {
            let mail = mail(template, Locale::English);
            for part in [&mail.html, &mail.text] {
                for expected in [
                    "Example ID",
                    "ada@northwind.example",
                    "203.0.113.7, 21 November 2026, 08:14 UTC",
                    "not you",
                    "id.example.com",
                    "never ask",
                ] {
                    assert!(part.contains(expected), "{template:?}: {expected} in {part}");
                }
            }
        }
    }

    #[test]
    fn a_name_stays_on_its_line_and_a_stranger_is_not_greeted_by_it() {
        let known = mail(MailTemplate::AlreadyRegistered, Locale::English);
        assert!(known.text.contains("\nHello Ada <b>  Bcc: x,\n\nSomeone"), "{}", known.text);
        let stranger = mail(MailTemplate::VerifyEmail, Locale::English);
        assert!(!stranger.text.contains("Ada") && !stranger.html.contains("Ada"));
    }

    #[test]
    fn mails_are_small_escaped_and_hold_nothing_remote() {
        for (locale, template) in
            LOCALES.into_iter().flat_map(|locale| MailTemplate::ALL.map(|mail| (locale, mail)))
        {
            let mail = mail(template, locale);
            assert!(mail.html.len() + mail.text.len() < 20_000);
            assert!(!mail.html.contains("Ada <b>"));
            for remote in ["src=", "url(", "@import", "<link"] {
                assert!(!mail.html.contains(remote), "{remote}");
            }
            assert!(mail.html.contains(&format!("dir=\"{}\"", locale.dir())));
            assert!(!mail.subject.contains(char::is_control));
        }
    }

    #[test]
    fn mails_are_written_out_to_be_looked_at() {
        let Ok(folder) = std::env::var("PROTEKT_RENDER_TO") else { return };
        for template in MailTemplate::ALL {
            let (mail, name) = (mail(template, Locale::English), template.as_str());
            std::fs::write(format!("{folder}/mail-{name}.html"), mail.html).unwrap();
            std::fs::write(format!("{folder}/mail-{name}.txt"), mail.text).unwrap();
        }
    }
}
