//! Makes the filter of common and leaked passwords: `leaked-passwords OUT LIST...`, the most common
//! first in each list. `scripts/leaked-passwords` says which lists.

use std::collections::HashSet;
use std::error::Error;
use std::fs;

use protekt::accounts::LeakedPasswords;

/// Shorter ones are refused for their length.
const LEAST_CHARACTERS: usize = 8;
/// More make the filter larger than a megabyte.
const MOST: usize = 437_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("usage: leaked-passwords OUT LIST...")?;
    let texts = arguments.map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::to_lowercase);
    let mut chosen = HashSet::new();
    for line in lines.filter(|line| line.chars().count() >= LEAST_CHARACTERS) {
        if chosen.len() == MOST {
            break;
        }
        chosen.insert(line);
    }
    let chosen: Vec<String> = chosen.into_iter().collect();
    let filter = LeakedPasswords::from_passwords(&chosen)?;
    fs::write(out, filter.to_bytes())?;
    Ok(())
}
