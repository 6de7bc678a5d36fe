//! Puts messages into words: which blocks each of them has.

mod entry;
mod notices;
mod recovery;

use super::letter::{Block, Letter, Letterhead};
use super::{
    MailTemplate, MessageParameters, MessageRenderer, Recipient, RenderError, Rendered, SmsTemplate,
};
use crate::texts::{Key, Locale, Zone};

/// The words of this installation.
#[derive(Clone, Debug)]
pub struct Words {
    /// What the operator calls this service.
    pub brand: String,
    /// The host of the issuer, with its port where it has one.
    pub host: String,
    /// The language of readers of whom nothing is known.
    pub default_language: Locale,
}

impl MessageRenderer for Words {
    fn render(
        &self,
        template: MailTemplate,
        recipient: Recipient<'_>,
        parameters: &MessageParameters,
    ) -> Result<Rendered, RenderError> {
        let text = |name: &str| parameters.text(name).to_owned();
        let mut head = Letterhead {
            locale: self.locale(recipient.locale),
            brand: self.brand.clone(),
            host: self.host.clone(),
            name: text("name"),
            email: recipient.address.to_owned(),
            asked_from: Some(text("asked_from")).filter(|place| !place.is_empty()),
            is_by_operator: !text("by_operator").is_empty(),
            asked_at: String::new(),
            zone: Zone::named(recipient.zoneinfo),
        };
        head.asked_at = head.moment(parameters, "asked_at");
        compose(template, head, parameters).render()
    }

    fn render_sms(
        &self,
        template: SmsTemplate,
        locale: &str,
        parameters: &MessageParameters,
    ) -> String {
        let texts = self.locale(locale).texts();
        match template {
            SmsTemplate::Code => {
                let code = parameters.text("code");
                let words =
                    texts.text_with(Key("sms-code"), &[("code", &code), ("brand", &self.brand)]);
                // The last line lets a browser offer the code on pages of this host alone
                // (origin-bound one-time codes, which know no ports).
                format!("{words}\n\n@{} #{code}", without_port(&self.host))
            }
        }
    }
}

impl Words {
    fn locale(&self, tag: &str) -> Locale {
        Locale::of_known_tag(tag).unwrap_or(self.default_language)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn compose(template: MailTemplate, head: Letterhead, parameters: &MessageParameters) -> Letter {
    let write = match template {
        MailTemplate::VerifyEmail => entry::verify_email,
        MailTemplate::AlreadyRegistered => entry::already_registered,
        MailTemplate::ResetPassword => entry::reset_password,
        MailTemplate::OneTimeCode => entry::one_time_code,
        MailTemplate::ChangeEmailCode => entry::change_email_code,
        MailTemplate::PasswordChanged => notices::password_changed,
        MailTemplate::EmailChangeRequested => notices::email_change_requested,
        MailTemplate::EmailChanged => notices::email_changed,
        MailTemplate::EmailTaken => notices::email_taken,
        MailTemplate::EmailReturned => notices::email_returned,
        MailTemplate::EmailReplaced => notices::email_replaced,
        MailTemplate::FactorAdded => notices::factor_added,
        MailTemplate::FactorRemoved => notices::factor_removed,
        MailTemplate::FactorsReset => notices::factors_reset,
        MailTemplate::BackupCodeUsed => notices::backup_code_used,
        MailTemplate::NewSignIn => notices::new_sign_in,
        MailTemplate::RefreshTokenReused => notices::refresh_token_reused,
        MailTemplate::AppAccessGranted => notices::app_access_granted,
        MailTemplate::DataExported => notices::data_exported,
        MailTemplate::Invitation => entry::invitation,
        MailTemplate::RecoveryLink => recovery::link,
        MailTemplate::RecoveryApproved => recovery::approved,
        MailTemplate::RecoveryRefused => recovery::refused,
        MailTemplate::RecoveryUnanswered => recovery::unanswered,
        MailTemplate::RecoveryDone => recovery::done,
        MailTemplate::AccountDeletionRequested => notices::deletion_requested,
        MailTemplate::AccountDeletionUndone => notices::deletion_undone,
        MailTemplate::AccountDeleted => notices::account_deleted,
    };
    write(head, parameters)
}

/// A greeting, what happened, and what there is to do.
fn notice(
    head: Letterhead,
    (subject, title): (Key, Key),
    reason: String,
    more: Vec<Block>,
) -> Letter {
    let mut blocks = vec![Block::Text(head.hello()), Block::Text(reason.clone())];
    blocks.extend(more);
    let (subject, title) = (head.about(subject), head.t(title));
    Letter { subject, title, preview: reason, blocks, head }
}

/// A code to be typed into the window that waits for it.
fn code_letter(
    head: Letterhead,
    parameters: &MessageParameters,
    (title, hello, reason, not_you): (String, String, Key, Key),
) -> Letter {
    let code = parameters.text("code");
    let until = head.t1(Key("mail-code-until"), "time", head.moment(parameters, "code_until"));
    let blocks = vec![
        Block::Text(hello),
        Block::Text(head.about(reason)),
        Block::Code(code.to_owned()),
        Block::Text(until.clone()),
        Block::Note(head.about(not_you)),
    ];
    let subject = code_subject(&head, code);
    Letter { subject, title, preview: until, blocks, head }
}

fn code_subject(head: &Letterhead, code: &str) -> String {
    head.about_with(Key("mail-code-subject"), "code", code)
}

fn button(head: &Letterhead, label: Key, parameters: &MessageParameters) -> Block {
    Block::Button { label: head.t(label), link: parameters.text("link").to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    const LOCALES: [Locale; 4] =
        [Locale::English, Locale::German, Locale::Arabic, Locale::PseudoRightToLeft];
    /// 21 November 2026, 08:14 UTC.
    const NOW: Timestamp = Timestamp(1_795_248_840);

    fn mail(template: MailTemplate, locale: Locale) -> Rendered {
        let head = Letterhead {
            locale,
            brand: "Example ID".to_owned(),
            host: "id.example.com".to_owned(),
            name: "Ada <b>\r\nBcc: x".to_owned(),
            email: "ada@northwind.example".to_owned(),
            asked_from: Some("203.0.113.7".to_owned()),
            is_by_operator: false,
            asked_at: locale.moment(NOW, &Zone::default()),
            zone: Zone::default(),
        };
        let parameters = MessageParameters::default()
            .with("code", "482913")
            .with_time("code_until", NOW.plus(15 * 60))
            .with("link", "https://id.example.com/verify-email?token=3fT9&x=1")
            .with_time("link_until", NOW.plus(24 * 60 * 60))
            .with_time("deletion_at", NOW.plus(14 * 24 * 60 * 60))
            .with_time("due_at", NOW.plus(24 * 60 * 60))
            .with("new_email", "countess@lovelace.example")
            .with("factor", "totp")
            .with("device", "Firefox on Linux")
            .with("client_name", "Northwind Notes")
            .with("left", "1");
        compose(template, head, &parameters).render().unwrap()
    }

    #[test]
    fn a_verification_mail_says_code_link_limits_and_what_to_do_otherwise() {
        let mail = mail(MailTemplate::VerifyEmail, Locale::English);
        assert_eq!(mail.subject, "482913 is your Example ID code");
        assert!(mail.text.contains("\n482913\n"));
        assert!(mail.text.contains("\nhttps://id.example.com/verify-email?token=3fT9&x=1\n"));
        for part in [&mail.html, &mail.text] {
            for expected in [
                "21 November 2026, 08:29 UTC",
                "22 November 2026, 08:14 UTC",
                "This was not me",
                "203.0.113.7",
            ] {
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

    /// What an operator did came from no place that its person would know.
    #[test]
    fn a_mail_that_an_operator_caused_says_so_and_when() {
        let words = Words {
            brand: "Example ID".to_owned(),
            host: "id.example.com".to_owned(),
            default_language: Locale::English,
        };
        let reader = Recipient { address: "ada@northwind.example", locale: "en", zoneinfo: None };
        let link = "https://id.example.com/password/forgot";
        let asked = MessageParameters::default().with_time("asked_at", NOW).with("link", link);
        let by_operator = asked.clone().with("by_operator", "yes");
        let time = "21 November 2026, 08:14 UTC";
        for template in [
            MailTemplate::PasswordChanged,
            MailTemplate::EmailReplaced,
            MailTemplate::FactorsReset,
            MailTemplate::Invitation,
            MailTemplate::RecoveryApproved,
            MailTemplate::RecoveryRefused,
            MailTemplate::RecoveryDone,
        ] {
            let mail = words.render(template, reader, &by_operator).unwrap();
            let said = format!("Done by the people who run Example ID, {time}.");
            assert!(mail.text.contains(&said), "{template:?}: {}", mail.text);
            assert!(mail.html.contains(&said), "{template:?}: {}", mail.html);
        }
        let mail = words.render(MailTemplate::RecoveryUnanswered, reader, &asked).unwrap();
        assert!(mail.text.contains(&format!("Asked on {time}.")), "{}", mail.text);
    }

    #[test]
    fn each_notice_says_what_happened() {
        for (template, expected) in [
            (MailTemplate::OneTimeCode, "\n482913\n"),
            (MailTemplate::ChangeEmailCode, "\n482913\n"),
            (MailTemplate::EmailChangeRequested, "to c•••@lovelace.example."),
            (MailTemplate::EmailChanged, "to c•••@lovelace.example."),
            (MailTemplate::EmailTaken, "You sign in with it"),
            (MailTemplate::EmailReturned, "back to c•••@lovelace.example."),
            (MailTemplate::EmailReplaced, "to c•••@lovelace.example."),
            (MailTemplate::FactorAdded, "with an authenticator app."),
            (MailTemplate::FactorRemoved, "with an authenticator app."),
            (MailTemplate::FactorsReset, "An administrator of Example ID"),
            (MailTemplate::BackupCodeUsed, "one backup code left"),
            (MailTemplate::NewSignIn, "Firefox on Linux"),
            (MailTemplate::RefreshTokenReused, "Northwind Notes has access"),
            (MailTemplate::AppAccessGranted, "You let Northwind Notes"),
            (MailTemplate::DataExported, "A copy of your data"),
            (MailTemplate::Invitation, "until 22 November 2026, 08:14 UTC"),
            (MailTemplate::AccountDeletionRequested, "for good on 5 December 2026, 08:14 UTC"),
            (MailTemplate::AccountDeletionUndone, "It is open again"),
            (MailTemplate::AccountDeleted, "cannot be brought back"),
        ] {
            let mail = mail(template, Locale::English);
            assert!(mail.text.contains(expected), "{template:?}: {}", mail.text);
            assert!(!mail.text.contains("countess"), "{template:?}");
        }
    }

    #[test]
    fn an_sms_is_the_code_and_the_host_it_is_for() {
        let sms = |host: &str| {
            let words = Words {
                brand: "Example ID".to_owned(),
                host: host.to_owned(),
                default_language: Locale::English,
            };
            let parameters = MessageParameters::default().with("code", "123456");
            words.render_sms(SmsTemplate::Code, "en", &parameters)
        };
        assert_eq!(
            sms("id.example.com"),
            "123456 is your Example ID code. Don't share it.\n\n@id.example.com #123456"
        );
        assert!(sms("localhost:5500").ends_with("\n\n@localhost #123456"));
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
