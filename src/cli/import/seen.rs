//! Addresses that one file has, so that no second line of a person is passed over in silence.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::accounts::import::LineProblem;

/// The line of each address: 64 bits of the address, some twenty bytes a line.
#[derive(Debug, Default)]
pub(super) struct SeenAddresses {
    digests: RandomState,
    lines: HashMap<u64, u64>,
}

impl SeenAddresses {
    /// Notes the address of a line.
    ///
    /// # Errors
    ///
    /// With the line that has it already: which of the two is right, only the file's owner knows.
    pub(super) fn note(&mut self, address: &str, line: u64) -> Result<(), LineProblem> {
        let first = *self.lines.entry(self.digests.hash_one(address)).or_insert(line);
        if first == line {
            return Ok(());
        }
        Err(LineProblem::of("email", format!("line {first} has this address")))
    }
}
