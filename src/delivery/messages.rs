//! The mails, each as HTML and as text: no remote content, every limit with its time and zone.

use askama::Template;

use crate::texts::{Argument, Key, Locale};

/// A mail ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject, one line.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
}

/// What every mail needs.
#[derive(Debug, Clone, Default)]
pub struct Letterhead {
    /// The language.
    pub locale: Locale,
    /// What the operator calls this service.
    pub brand: String,
    /// The host of the issuer.
    pub host: String,
    /// The person's name, which may be empty.
    pub name: String,
    /// The address it goes to.
    pub email: String,
    /// Browser and place it was asked from, where known: `Firefox on Windows, 203.0.113.7`.
    pub asked_from: Option<String>,
    /// When it was asked, with its zone: `21 November 2026, 08:14 UTC`.
    pub asked_at: String,
}

impl Letterhead {
    fn t(&self, key: impl AsRef<str>) -> String {
        self.locale.texts().text(key)
    }

    fn t1(&self, key: impl AsRef<str>, name: &str, value: impl Argument) -> String {
        self.locale.texts().text1(key, name, value)
    }

    fn with(&self, key: Key, values: &[(&str, &dyn Argument)]) -> String {
        self.locale.texts().text_with(key, values)
    }

    fn hello(&self) -> String {
        if self.name.is_empty() {
            self.t(Key("mail-hello-nobody"))
        } else {
            self.t1(Key("mail-hello"), "name", one_line(&self.name))
        }
    }

    fn reason(&self, key: Key) -> String {
        self.with(key, &[("brand", &self.brand), ("email", &self.email)])
    }

    fn sent_by(&self) -> String {
        self.with(Key("mail-sent-by"), &[("brand", &self.brand), ("host", &self.host)])
    }

    fn origin(&self) -> Option<String> {
        let place = self.asked_from.as_ref()?;
        Some(self.with(Key("mail-asked-from"), &[("place", place), ("time", &self.asked_at)]))
    }
}

/// A subject is one line, whatever a name contains.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// "Is this address yours?": a code for the first window, and a link. It greets nobody by name:
/// whoever signed up chose that name, and would be writing to a stranger in our voice.
#[derive(Debug, Clone, Default)]
pub struct VerifyEmail {
    /// Who it is for.
    pub head: Letterhead,
    /// The code.
    pub code: String,
    /// Until when it works, with its zone.
    pub code_until: String,
    /// The whole address of the link.
    pub link: String,
    /// Until when it works, with its zone.
    pub link_until: String,
}

#[derive(Template)]
#[template(path = "mail/verify_email.html")]
struct VerifyEmailHtml<'a> {
    head: &'a Letterhead,
    mail: &'a VerifyEmail,
}

#[derive(Template)]
#[template(path = "mail/verify_email.txt", whitespace = "preserve")]
struct VerifyEmailText<'a> {
    head: &'a Letterhead,
    mail: &'a VerifyEmail,
}

impl VerifyEmail {
    /// The mail.
    pub fn render(&self) -> Result<Message, askama::Error> {
        let (head, mail) = (&self.head, self);
        let values: [(&str, &dyn Argument); 2] = [("code", &self.code), ("brand", &head.brand)];
        Ok(Message {
            subject: one_line(&head.with(Key("mail-verify-subject"), &values)),
            html: VerifyEmailHtml { head, mail }.render()?,
            text: VerifyEmailText { head, mail }.render()?,
        })
    }
}

/// "You already have an account", to the owner of an address somebody signed up with.
#[derive(Debug, Clone, Default)]
pub struct AlreadyRegistered {
    /// Who it is for.
    pub head: Letterhead,
    /// The whole address of the sign-in page.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail/already_registered.html")]
struct AlreadyRegisteredHtml<'a> {
    head: &'a Letterhead,
    mail: &'a AlreadyRegistered,
}

#[derive(Template)]
#[template(path = "mail/already_registered.txt", whitespace = "preserve")]
struct AlreadyRegisteredText<'a> {
    head: &'a Letterhead,
    mail: &'a AlreadyRegistered,
}

impl AlreadyRegistered {
    /// The mail.
    pub fn render(&self) -> Result<Message, askama::Error> {
        let (head, mail) = (&self.head, self);
        let subject = head.t1(Key("mail-registered-subject"), "brand", &head.brand);
        Ok(Message {
            subject: one_line(&subject),
            html: AlreadyRegisteredHtml { head, mail }.render()?,
            text: AlreadyRegisteredText { head, mail }.render()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(locale: Locale) -> Letterhead {
        Letterhead {
            locale,
            brand: "Example ID".to_owned(),
            host: "id.example.com".to_owned(),
            name: "Ada <b>\r\nBcc: x".to_owned(),
            email: "ada@northwind.example".to_owned(),
            asked_from: Some("Firefox on Windows, 203.0.113.7".to_owned()),
            asked_at: "21 November 2026, 08:14 UTC".to_owned(),
        }
    }

    fn verify(locale: Locale) -> Message {
        let mail = VerifyEmail {
            head: head(locale),
            code: "482913".to_owned(),
            code_until: "08:29 UTC on 21 November 2026".to_owned(),
            link: "https://id.example.com/verify-email?token=3fT9&x=1".to_owned(),
            link_until: "08:14 UTC on 22 November 2026".to_owned(),
        };
        mail.render().unwrap()
    }

    fn registered(locale: Locale) -> Message {
        let link = "https://id.example.com/login".to_owned();
        AlreadyRegistered { head: head(locale), link }.render().unwrap()
    }

    #[test]
    fn a_verification_mail_says_code_link_limits_and_what_to_do_otherwise() {
        let mail = verify(Locale::English);
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
    fn a_name_stays_on_its_line_and_a_stranger_is_not_greeted_by_it() {
        let known = registered(Locale::English);
        assert!(known.text.contains("\nHello Ada <b>  Bcc: x,\n\nSomeone"), "{}", known.text);
        let stranger = verify(Locale::English);
        assert!(!stranger.text.contains("Ada") && !stranger.html.contains("Ada"));
    }

    #[test]
    fn mails_are_small_escaped_and_hold_nothing_remote() {
        for locale in [Locale::English, Locale::PseudoRightToLeft] {
            for mail in [verify(locale), registered(locale)] {
                assert!(mail.html.len() + mail.text.len() < 20_000);
                assert!(!mail.html.contains("Ada <b>"));
                for remote in ["src=", "url(", "@import", "<link"] {
                    assert!(!mail.html.contains(remote), "{remote}");
                }
                assert!(mail.html.contains(&format!("dir=\"{}\"", locale.dir())));
                assert!(!mail.subject.contains(char::is_control));
            }
        }
    }

    #[test]
    fn mails_are_written_out_to_be_looked_at() {
        let Ok(folder) = std::env::var("PROTEKT_RENDER_TO") else { return };
        let mails = [("verify", verify(Locale::English)), ("known", registered(Locale::English))];
        for (name, mail) in mails {
            std::fs::write(format!("{folder}/mail-{name}.html"), mail.html).unwrap();
            std::fs::write(format!("{folder}/mail-{name}.txt"), mail.text).unwrap();
        }
    }
}
