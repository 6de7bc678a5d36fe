//! `[throttle]`: how many tries in how much time.

use super::reader::Section;
use super::value::parse_seconds;

/// At most so many in a window of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many are let through.
    pub most: i64,
    /// How long the window lasts, in seconds.
    pub seconds: i64,
}

/// Limits on tries, each written as `"10 in 15m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Wrong passwords for one account name from one network.
    pub passwords_by_account_and_network: Rate,
    /// Wrong passwords for one account name from everywhere.
    pub passwords_by_account: Rate,
    /// Wrong passwords from one network.
    pub passwords_by_network: Rate,
    /// Wrong passwords in a row for one account name.
    pub passwords_in_a_row: Rate,
    /// Wrong passwords for one account in one browser that it knows.
    pub passwords_by_known_browser: Rate,
    /// Wrong passwords in a row for one account in all browsers that it knows.
    pub passwords_in_a_row_in_known_browsers: Rate,
    /// Sign-ups from one network.
    pub sign_ups_by_network: Rate,
    /// Codes typed in one network.
    pub codes_by_network: Rate,
    /// Wrong second factors for one account.
    pub factors_by_account: Rate,
    /// Wrong second factors for one account in a day.
    pub factors_by_account_and_day: Rate,
    /// Mails asked for again from one network.
    pub sends_by_network: Rate,
    /// Mails to one address that somebody causes by naming it, from one network and in all.
    pub mails_by_address: Rate,
    /// Mails that one person causes who gave their password or is signed in.
    pub mails_by_account: Rate,
    /// SMS from one network; ten times as many to numbers that their owners have confirmed.
    pub sms_by_network: Rate,
    /// SMS for one account.
    pub sms_by_account: Rate,
    /// SMS to one number that its owner has confirmed.
    pub sms_by_number: Rate,
    /// SMS to one number that somebody names.
    pub sms_by_unconfirmed_number: Rate,
    /// SMS to the numbers of one country.
    pub sms_by_country: Rate,
    /// SMS in all, within a short time.
    pub sms_hourly: Rate,
    /// SMS in all, within a long time.
    pub sms_daily: Rate,
    /// Links to a new password for one address; apart from those, to the form of a way back.
    pub resets_by_address: Rate,
    /// The same in a day.
    pub resets_by_address_and_day: Rate,
    /// "You already have an account" to one address.
    pub notices_by_address: Rate,
    /// Failed client authentications from one network.
    pub clients_by_network: Rate,
    /// Authorization requests from one network that had to be kept for a person.
    pub requests_by_network: Rate,
    /// Calls of one client at the management API.
    pub calls_by_client: Rate,
}

impl Throttle {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        const QUARTER: i64 = 900;
        const HOUR: i64 = 3_600;
        const DAY: i64 = 86_400;
        let mut rate = |key, most, seconds| {
            section
                .parsed(key, "a number and a time, such as \"10 in 15m\"", |entry| {
                    parse_rate(&entry.text()?)
                })
                .unwrap_or(Rate { most, seconds })
        };
        Self {
            passwords_by_account_and_network: rate("passwords_by_account_and_network", 10, QUARTER),
            passwords_by_account: rate("passwords_by_account", 30, QUARTER),
            passwords_by_network: rate("passwords_by_network", 60, QUARTER),
            passwords_in_a_row: rate("passwords_in_a_row", 40, 30 * DAY),
            passwords_by_known_browser: rate("passwords_by_known_browser", 10, QUARTER),
            passwords_in_a_row_in_known_browsers: rate(
                "passwords_in_a_row_in_known_browsers",
                20,
                30 * DAY,
            ),
            sign_ups_by_network: rate("sign_ups_by_network", 60, HOUR),
            codes_by_network: rate("codes_by_network", 60, QUARTER),
            factors_by_account: rate("factors_by_account", 5, QUARTER),
            factors_by_account_and_day: rate("factors_by_account_and_day", 30, DAY),
            sends_by_network: rate("sends_by_network", 60, HOUR),
            mails_by_address: rate("mails_by_address", 20, DAY),
            mails_by_account: rate("mails_by_account", 20, HOUR),
            sms_by_network: rate("sms_by_network", 30, HOUR),
            sms_by_account: rate("sms_by_account", 10, HOUR),
            sms_by_number: rate("sms_by_number", 5, HOUR),
            sms_by_unconfirmed_number: rate("sms_by_unconfirmed_number", 3, HOUR),
            sms_by_country: rate("sms_by_country", 200, HOUR),
            sms_hourly: rate("sms_hourly", 500, HOUR),
            sms_daily: rate("sms_daily", 2_000, DAY),
            resets_by_address: rate("resets_by_address", 5, HOUR),
            resets_by_address_and_day: rate("resets_by_address_and_day", 20, DAY),
            notices_by_address: rate("notices_by_address", 3, DAY),
            clients_by_network: rate("clients_by_network", 60, QUARTER),
            requests_by_network: rate("requests_by_network", 1_000, QUARTER),
            calls_by_client: rate("calls_by_client", 1_000, 60),
        }
    }
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (most, window) = text.split_once(" in ")?;
    let most = most.trim().parse().ok().filter(|most| (1..=1_000_000).contains(most))?;
    let seconds = parse_seconds(window).filter(|seconds| (1..=31_536_000).contains(seconds))?;
    Some(Rate { most, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_time() {
        assert_eq!(parse_rate("10 in 15m"), Some(Rate { most: 10, seconds: 900 }));
        for text in ["", "10", "0 in 15m", "10 in 0", "-1 in 1h", "10 per 1h"] {
            assert_eq!(parse_rate(text), None, "{text}");
        }
    }
}
