//! What every page shows around its own content.

use askama::filters::Safe;

use super::super::assets;
use crate::oauth::Parameters;
use crate::texts::{Argument, Key, Locale, Zone};

/// The frame of a page: language, names, links, and the hidden fields of its forms.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    /// The language of the page.
    pub locale: Locale,
    /// Where the reader's clock hangs.
    pub zone: Zone,
    /// What the operator calls this service, such as `Protekt`.
    pub brand: String,
    /// The host of the issuer, such as `id.example.com`.
    pub host: String,
    /// The application that sent the person here, where there is one.
    pub app: Option<App>,
    /// The links at the foot of the page.
    pub links: Links,
    /// The anti-forgery token of each form.
    pub csrf: String,
    /// The id of the pending flow, so that tabs do not disturb each other.
    pub flow: Option<String>,
    /// The reference a person can give to the operator.
    pub request_id: String,
    /// What the owner of the account is told on every page of it, where somebody asks for a way in.
    pub recovery: Option<RecoveryNotice>,
    /// What was typed into a form of the page that was open too long, where the page is shown again.
    pub typed: Option<Typed>,
    /// Whether the page answers a form: Back and Reload are not to send that once more.
    pub is_answer: bool,
}

/// What a form brought that could not be taken. Fields ask for theirs by name: those of passwords
/// and codes never do.
#[derive(Debug, Clone)]
pub struct Typed {
    /// Where the form was sent.
    pub action: String,
    /// What it brought.
    pub sent: Parameters,
}

/// Somebody asked that every second factor of the account be removed.
#[derive(Debug, Clone, Default)]
pub struct RecoveryNotice {
    /// When that is done, where it was approved.
    pub due: Option<Moment>,
}

/// An application as a person knows it.
#[derive(Debug, Clone, Default)]
pub struct App {
    /// Its name.
    pub name: String,
    /// The host it runs on.
    pub host: String,
    /// The path of our own copy of its logo.
    pub logo: Option<String>,
}

/// The operator's own pages. A link is shown only where it is set.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Where to find help.
    pub help: Option<String>,
    /// The privacy notice.
    pub privacy: Option<String>,
    /// The terms of use.
    pub terms: Option<String>,
}

/// A person, as shown back to that person.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The name, which may be empty.
    pub name: String,
    /// The email address.
    pub email: String,
}

/// A moment, in words and for machines.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    /// In words, with its zone: `21 November 2026, 08:14 UTC`.
    pub words: String,
    /// RFC 3339: `2026-11-21T08:14:05Z`.
    pub iso: String,
}

impl Account {
    /// The name, or the address of a person without one.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    /// The letter in the circle.
    pub fn initial(&self) -> String {
        self.title().chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}

impl Shell {
    /// A text of the catalogue.
    pub fn t(&self, key: impl AsRef<str>) -> String {
        self.locale.texts().text(key)
    }

    /// What stands in a field of the form that is sent to `action`: what was typed where that form
    /// was open too long, else what the page knows.
    pub fn kept<'text>(&'text self, action: &str, name: &str, known: &'text str) -> &'text str {
        match self.typed.as_ref().filter(|typed| typed.action == action) {
            Some(typed) => typed.sent.get(name).unwrap_or_default(),
            None => known,
        }
    }

    /// Whether a box of the form that is sent to `action` is ticked, in the same way.
    pub fn is_ticked(&self, action: &str, name: &str, known: bool) -> bool {
        match self.typed.as_ref().filter(|typed| typed.action == action) {
            Some(typed) => typed.sent.has(name),
            None => known,
        }
    }

    /// A text with one value set into it.
    pub fn t1(&self, key: impl AsRef<str>, name: &str, value: impl Argument) -> String {
        self.locale.texts().text1(key, name, value)
    }

    /// How long to wait, in words and rounded up: minutes within the hour, hours within two days,
    /// and days.
    pub fn wait(&self, seconds: i64) -> String {
        const MINUTE: u32 = 60;
        const HOUR: u32 = 60 * MINUTE;
        const DAY: u32 = 24 * HOUR;
        let seconds = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
        let (key, unit) = if seconds <= HOUR {
            (Key("wait-minutes"), MINUTE)
        } else if seconds <= 2 * DAY {
            (Key("wait-hours"), HOUR)
        } else {
            (Key("wait-days"), DAY)
        };
        self.t1(key, "count", seconds.div_ceil(unit))
    }

    /// A text with values set into it and links in it. Where the text says `[name]words[/name]`,
    /// the words lead to the address given for that name.
    pub fn rich(&self, key: Key, values: &[(&str, &str)], links: &[(&str, &str)]) -> Safe<String> {
        // A bracket in a value is no markup.
        const BRACKET: &str = "\u{e000}";
        let values: Vec<_> =
            values.iter().map(|(name, value)| (*name, value.replace('[', BRACKET))).collect();
        let values: Vec<(&str, &dyn Argument)> =
            values.iter().map(|(name, value)| (*name, value as &dyn Argument)).collect();
        let mut html = escape(&self.locale.texts().text_with(key, &values));
        for (name, address) in links {
            let start = format!("<a href=\"{}\">", escape(address));
            html = html.replace(&format!("[{name}]"), &start);
            html = html.replace(&format!("[/{name}]"), "</a>");
        }
        Safe(html.replace(BRACKET, "["))
    }

    /// What stands above backup codes, on the page and in the file.
    pub fn texts_for_codes(&self, email: &str, made: &str) -> String {
        let values: [(&str, &dyn Argument); 3] =
            [("email", &email), ("host", &self.host), ("time", &made)];
        self.locale.texts().text_with(Key("new-codes-about"), &values)
    }

    /// The name of the application, or of this service where there is none.
    pub fn app_name(&self) -> &str {
        self.app.as_ref().map_or(&self.brand, |app| &app.name)
    }

    /// Where an embedded file is served.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::path(name)
    }

    /// A path of ours that stays in the pending flow.
    pub fn in_flow(&self, path: &str) -> String {
        let Some(flow) = &self.flow else { return path.to_owned() };
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("flow", flow).finish();
        format!("{path}?{query}")
    }

    /// The two lines at the foot of the cover, set like those of a travel document.
    pub fn strip(&self) -> [String; 2] {
        [strip_line(&format!("ID {}", self.host)), strip_line(self.app_name())]
    }
}

fn strip_line(text: &str) -> String {
    const WIDTH: usize = 44;
    let letters = text.chars().flat_map(char::to_uppercase);
    let kept = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '<' });
    kept.chain(std::iter::repeat('<')).take(WIDTH).collect()
}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html)
        .map_or_else(|_| String::new(), |safe| safe.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_rich_text_is_neither_markup_nor_a_link() {
        let shell = Shell::default();
        let values = [("host", "<b>[policy]x[/policy]"), ("app", "")];
        let Safe(html) = shell.rich(Key("consent-policy"), &values, &[("policy", "/p?a=1&b=\"")]);
        assert!(!html.contains("<b>"), "{html}");
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
        assert!(html.contains("<a href=\"/p?a=1&#38;b=&#34;\">"), "{html}");
    }

    #[test]
    fn a_link_stays_in_its_flow() {
        let mut shell = Shell::default();
        assert_eq!(shell.in_flow("/login"), "/login");
        shell.flow = Some("f/1&x".to_owned());
        assert_eq!(shell.in_flow("/login"), "/login?flow=f%2F1%26x");
    }

    #[test]
    fn a_wait_is_told_in_the_unit_that_fits_and_never_too_short() {
        let shell = Shell::default();
        for (seconds, words) in [
            (-5, "1 minute"),
            (1, "1 minute"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (3_600, "60 minutes"),
            (3_601, "2 hours"),
            (86_400, "24 hours"),
            (2 * 86_400, "48 hours"),
            (2 * 86_400 + 1, "3 days"),
            (30 * 86_400, "30 days"),
            (i64::MAX, "49,711 days"),
        ] {
            assert_eq!(shell.wait(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn the_strip_has_only_letters_digits_and_fillers() {
        let shell = Shell { host: "id.Exämple.com".to_owned(), ..Shell::default() };
        let [first, second] = shell.strip();
        assert!(first.starts_with("ID<ID<EX<MPLE<COM<<"), "{first}");
        assert_eq!((first.len(), second.len()), (44, 44));
    }

    #[test]
    fn a_person_without_a_name_is_shown_by_address() {
        let account = Account { name: String::new(), email: "ada@x.example".to_owned() };
        assert_eq!((account.title(), account.initial().as_str()), ("ada@x.example", "A"));
        assert_eq!(Account::default().initial(), "");
    }
}
