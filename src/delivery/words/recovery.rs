//! The mails to who lost every second step.

use super::notices::is_to_earlier_address;
use super::{button, notice};
use crate::delivery::MessageParameters;
use crate::delivery::letter::{Block, Letter, Letterhead};
use crate::texts::Key;

/// The link to the form.
pub(super) fn link(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-recovery-link-reason"));
    let more = vec![
        button(&head, Key("mail-recovery-link-button"), parameters),
        until(&head, parameters),
        Block::Note(head.t(Key("mail-recovery-link-not-you"))),
    ];
    notice(head, (Key("mail-recovery-link-subject"), Key("mail-recovery-link-title")), reason, more)
}

/// To every known address: until then its link stops it.
pub(super) fn approved(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let at = head.moment(parameters, "due_at");
    let reason = if is_to_earlier_address(parameters) {
        head.about_with(Key("mail-recovery-approved-reason-earlier"), "time", &at)
    } else {
        head.about_with(Key("mail-recovery-approved-reason"), "time", &at)
    };
    let more = vec![
        Block::Text(head.t(Key("mail-recovery-approved-not-you"))),
        button(&head, Key("mail-recovery-approved-button"), parameters),
    ];
    let keys = (Key("mail-recovery-approved-subject"), Key("mail-recovery-approved-title"));
    notice(head, keys, reason, more)
}

/// Nothing changes.
pub(super) fn refused(head: Letterhead, _: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-recovery-refused-reason"));
    let more = vec![Block::Text(head.t(Key("mail-recovery-refused-next")))];
    let keys = (Key("mail-recovery-refused-subject"), Key("mail-recovery-refused-title"));
    notice(head, keys, reason, more)
}

/// Nobody decided it: it ended, and can be asked for again.
pub(super) fn unanswered(head: Letterhead, _: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-recovery-unanswered-reason"));
    let more = vec![Block::Text(head.t(Key("mail-recovery-unanswered-next")))];
    let keys = (Key("mail-recovery-unanswered-subject"), Key("mail-recovery-unanswered-title"));
    notice(head, keys, reason, more)
}

/// Every second step is gone.
pub(super) fn done(head: Letterhead, parameters: &MessageParameters) -> Letter {
    let reason = head.about(Key("mail-recovery-done-reason"));
    let more = vec![
        button(&head, Key("mail-reset-button"), parameters),
        until(&head, parameters),
        Block::Note(head.t(Key("mail-recovery-done-next"))),
    ];
    notice(head, (Key("mail-recovery-done-subject"), Key("mail-recovery-done-title")), reason, more)
}

/// A newer link takes no place of an older one here.
fn until(head: &Letterhead, parameters: &MessageParameters) -> Block {
    let time = head.moment(parameters, "link_until");
    Block::Text(head.t1(Key("mail-recovery-link-until"), "time", time))
}
