//! `[audit]`: the audit trail.

use super::reader::Section;

const DAY: i64 = 86_400;

/// The audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How long events are kept, in seconds.
    pub retention: i64,
}

impl Audit {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self { retention: section.seconds("retention", 400 * DAY, DAY..=36_500 * DAY) }
    }
}
