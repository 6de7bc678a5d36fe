//! Lines of a file of any size, with one of them in memory at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use same_file::Handle;

use super::super::CliError;

/// Longer lines are not one person.
pub(super) const LONGEST_LINE: usize = 64 * 1024;

/// One line, without its end.
pub(super) enum Line<'lines> {
    Whole(&'lines [u8]),
    TooLong,
}

/// A file that ended before what it had at the beginning.
pub(super) struct Missing {
    /// Bytes it had.
    pub(super) there: u64,
    /// Bytes that were read.
    pub(super) read: u64,
}

/// The lines of a file, or of standard input.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    name: String,
    /// The number of the last line that was given, from 1.
    pub(super) number: u64,
    /// Bytes that were read.
    pub(super) position: u64,
    /// Bytes there are, where that is known.
    pub(super) total: Option<u64>,
    /// Which file it is, whatever its name.
    pub(super) handle: Handle,
}

impl Lines {
    /// Opens a file (`-`: standard input), and refuses what plainly is no NDJSON.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let fault = |source| CliError::file(path, source);
        let (reader, total, handle): (Box<dyn BufRead + Send>, _, _) = if path == Path::new("-") {
            (Box::new(BufReader::new(io::stdin())), None, Handle::stdin().map_err(fault)?)
        } else {
            let file = File::open(path).map_err(fault)?;
            let metadata = file.metadata().map_err(fault)?;
            let total = metadata.is_file().then_some(metadata.len());
            let handle = file.try_clone().and_then(Handle::from_file).map_err(fault)?;
            (Box::new(BufReader::with_capacity(64 * 1024, file)), total, handle)
        };
        let name = path.display().to_string();
        let line = Vec::new();
        let mut lines = Self { reader, line, name, number: 0, position: 0, total, handle };
        lines.refuse_other_formats()?;
        Ok(lines)
    }

    fn refuse_other_formats(&mut self) -> Result<(), CliError> {
        let begin = self.reader.fill_buf().map_err(|source| fault(&self.name, source))?;
        if begin.starts_with(b"\xef\xbb\xbf") {
            self.reader.consume(3);
            self.position = 3;
        }
        let begin = self.reader.fill_buf().map_err(|source| fault(&self.name, source))?;
        let first = begin.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        let advice = match (begin, first) {
            ([0x1f, 0x8b, ..], _) => {
                "it is compressed: give it through gunzip -c FILE | … import -"
            }
            ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => "it is UTF-16: save it as UTF-8",
            (_, Some(b'{')) => return Ok(()),
            (_, Some(b'[')) => "it is one JSON list: make lines of it with jq -c '.[]'",
            (_, None) => "it is empty",
            _ => "its first line does not begin with {. CSV, for instance, is not understood",
        };
        Err(CliError::told(format!(
            "{} is not one JSON object a line (NDJSON): {advice}",
            self.name
        )))
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, CliError> {
        loop {
            self.line.clear();
            let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX).saturating_add(1);
            let read = (&mut self.reader)
                .take(most)
                .read_until(b'\n', &mut self.line)
                .map_err(|source| fault(&self.name, source))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.position = self.position.saturating_add(u64::try_from(read).unwrap_or(0));
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            } else if read > LONGEST_LINE {
                self.skip_rest()?;
                return Ok(Some(Line::TooLong));
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Line::Whole(&self.line)));
            }
        }
    }

    /// After the last line: what was cut off while the lines were read.
    pub(super) fn missing(&self) -> Option<Missing> {
        let there = self.total.filter(|total| self.position < *total)?;
        Some(Missing { there, read: self.position })
    }

    fn skip_rest(&mut self) -> Result<(), CliError> {
        loop {
            let buffer = self.reader.fill_buf().map_err(|source| fault(&self.name, source))?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |end| end.saturating_add(1));
            if used == 0 {
                return Ok(());
            }
            self.reader.consume(used);
            self.position = self.position.saturating_add(u64::try_from(used).unwrap_or(0));
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

fn fault(name: &str, source: io::Error) -> CliError {
    CliError::File { path: name.to_owned(), source }
}
