//! `[sessions]`: lifetimes of browser sessions, in seconds.

use super::reader::Section;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Lifetimes of browser sessions, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Without a sign of life.
    pub idle: i64,
    /// In any case.
    pub absolute: i64,
    /// Without a sign of life, with "keep me signed in".
    pub remembered_idle: i64,
    /// In any case, with "keep me signed in".
    pub remembered_absolute: i64,
}

impl Sessions {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let range = 60..=3_650 * DAY;
        Self {
            idle: section.seconds("idle", 24 * HOUR, range.clone()),
            absolute: section.seconds("absolute", 7 * DAY, range.clone()),
            remembered_idle: section.seconds("remembered_idle", 30 * DAY, range.clone()),
            remembered_absolute: section.seconds("remembered_absolute", 90 * DAY, range),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        [
            check_order("sessions.idle", self.idle, "sessions.absolute", self.absolute),
            check_order(
                "sessions.remembered_idle",
                self.remembered_idle,
                "sessions.remembered_absolute",
                self.remembered_absolute,
            ),
        ]
        .concat()
    }
}

/// An idle limit beyond the absolute one would never be reached.
pub(super) fn check_order(idle_name: &str, idle: i64, name: &str, absolute: i64) -> Vec<String> {
    if idle > absolute {
        return vec![format!(
            "{idle_name} ({idle} seconds) must not be longer than {name} ({absolute} seconds)"
        )];
    }
    Vec::new()
}
