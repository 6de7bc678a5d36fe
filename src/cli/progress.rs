//! How far a command that takes long has come.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::output::Output;

/// Where nobody watches a bar, a line is written after so many steps.
const STEPS_A_LINE: u64 = 50_000;

/// A bar on a terminal; elsewhere a line now and then. Both on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
    /// What is counted, such as `rows`.
    what: &'static str,
    told: u64,
}

impl Progress {
    /// `total` is absent where it cannot be known.
    pub(super) fn new(what: &'static str, total: Option<u64>) -> Self {
        let bar = match total {
            _ if !std::io::stderr().is_terminal() => ProgressBar::hidden(),
            Some(total) => ProgressBar::new(total).with_style(style("{wide_bar} {percent}% {msg}")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}")),
        };
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, what, told: 0 }
    }

    /// So many `steps` are done; the bar stands at `position`.
    pub(super) fn at(
        &mut self,
        (position, steps): (u64, u64),
        output: &mut Output,
    ) -> Result<(), CliError> {
        self.bar.set_position(position);
        self.bar.set_message(format!("{steps} {}", self.what));
        if self.bar.is_hidden() && steps >= self.told + STEPS_A_LINE {
            self.told = steps;
            output.note(format!("{steps} {} so far", self.what))?;
        }
        Ok(())
    }

    /// Takes the bar away.
    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
