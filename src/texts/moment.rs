//! Times, as people of a language write them.

use jiff::tz::{Offset, TimeZone};

use super::{Key, Locale};
use crate::clock::Timestamp;

const MONTHS: [Key; 12] = [
    Key("month-january"),
    Key("month-february"),
    Key("month-march"),
    Key("month-april"),
    Key("month-may"),
    Key("month-june"),
    Key("month-july"),
    Key("month-august"),
    Key("month-september"),
    Key("month-october"),
    Key("month-november"),
    Key("month-december"),
];

/// Where a reader's clock hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of this name in the tz database, such as `Europe/Berlin`; UTC where there is no
    /// such name.
    pub fn named(name: Option<&str>) -> Self {
        name.and_then(|name| TimeZone::get(name).ok()).map_or_else(Self::default, Self)
    }
}

impl Locale {
    /// A time to the minute, with its distance from UTC: `21 November 2026, 09:14 UTC+1`. Names of
    /// zones would have to be known, and their letters mean several.
    pub fn moment(self, time: Timestamp, zone: &Zone) -> String {
        let instant = jiff::Timestamp::from_second(time.0).unwrap_or_default();
        let (offset, local) = (zone.0.to_offset(instant), zone.0.to_datetime(instant));
        let month = usize::try_from(local.month()).ok().and_then(|month| month.checked_sub(1));
        let month = month.and_then(|index| MONTHS.get(index));
        self.texts().text_with(
            Key("moment"),
            &[
                ("day", &local.day().to_string()),
                ("month", &month.map(|key| self.texts().text(key)).unwrap_or_default()),
                // As text, since a number would get a mark between its thousands.
                ("year", &local.year().to_string()),
                ("time", &format!("{:02}:{:02}", local.hour(), local.minute())),
                ("zone", &distance(offset)),
            ],
        )
    }
}

/// `UTC`, `UTC+1`, `UTC−3:30`.
fn distance(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    if minutes == 0 {
        format!("UTC{sign}{hours}")
    } else {
        format!("UTC{sign}{hours}:{minutes:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER: Timestamp = Timestamp(1_795_421_645);
    const JULY: Timestamp = Timestamp(1_783_000_000);

    #[test]
    fn a_time_is_written_as_the_language_does() {
        let utc = Zone::default();
        let moment = |locale: Locale| locale.moment(NOVEMBER, &utc);
        assert_eq!(moment(Locale::English), "23 November 2026, 08:14 UTC");
        assert_eq!(moment(Locale::German), "23.\u{a0}November 2026, 08:14\u{a0}Uhr (UTC)");
        let arabic: String = moment(Locale::Arabic)
            .chars()
            .filter(|c| !('\u{2066}'..='\u{2069}').contains(c))
            .collect();
        assert_eq!(arabic, "23 نوفمبر 2026، 08:14 (UTC)");
    }

    #[test]
    fn a_time_is_that_of_the_zone_with_its_distance_on_that_day() {
        let told = |zone, time| Locale::English.moment(time, &Zone::named(Some(zone)));
        assert_eq!(told("Europe/Berlin", NOVEMBER), "23 November 2026, 09:14 UTC+1");
        assert_eq!(told("Europe/Berlin", JULY), "2 July 2026, 15:46 UTC+2");
        assert_eq!(told("America/St_Johns", NOVEMBER), "23 November 2026, 04:44 UTC−3:30");
        assert_eq!(told("Asia/Kathmandu", NOVEMBER), "23 November 2026, 13:59 UTC+5:45");
        assert_eq!(told("Pacific/Kiritimati", NOVEMBER), "23 November 2026, 22:14 UTC+14");
        assert_eq!(told("Europe/London", NOVEMBER), "23 November 2026, 08:14 UTC");
    }

    #[test]
    fn an_unknown_zone_is_utc_and_a_time_outside_the_calendar_is_no_panic() {
        assert_eq!(Zone::named(Some("Mars/Olympus")), Zone::default());
        assert_eq!(Zone::named(Some("../../etc/passwd")), Zone::default());
        let told = Locale::English.moment(Timestamp(i64::MAX), &Zone::named(None));
        assert_eq!(told, "1 January 1970, 00:00 UTC");
    }
}
