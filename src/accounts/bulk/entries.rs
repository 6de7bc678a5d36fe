//! The entries of a file that comes in pieces: one JSON object a line (NDJSON), or a JSON list of them. One entry
//! is in memory at a time.

/// Longer entries are not one person.
const LONGEST: usize = 64 * 1024;
/// Between the entries of a piece. No JSON holds it as it is (RFC 8259 §7).
const SEPARATOR: u8 = 0x1e;
/// What becomes of one that an entry holds all the same; no JSON holds this either.
const OTHER_CONTROL: u8 = 0x1f;
const TOO_LONG: u8 = b'!';
const WHOLE: u8 = b':';

/// Why nothing can be made of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFile {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It is packed.
    #[error("is compressed: send it unpacked")]
    Compressed,
    /// It is neither of the two forms.
    #[error("must be a JSON list of objects, or one JSON object a line (NDJSON), in UTF-8")]
    OtherFormat,
    /// The list goes on otherwise than a list does.
    #[error("is no JSON list any more behind entry {0}")]
    BrokenList(u64),
    /// The list does not end.
    #[error("ends before its list does, behind entry {0}")]
    CutOff(u64),
}

/// One entry as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of its line; in a list that of the entry. From 1.
    pub(super) number: u64,
    /// `None` where it is too long.
    pub(super) text: Option<Vec<u8>>,
}

impl Entry {
    /// Bytes of it.
    pub(super) fn size(&self) -> usize {
        self.text.as_ref().map_or(0, Vec::len)
    }
}

/// Where a file has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing but space was there yet.
    Start,
    /// On a line.
    Line,
    /// In a list, before an entry; one must come behind a comma.
    Before { is_needed: bool },
    /// In an entry of a list.
    Within,
    /// Behind the list.
    End,
}

/// Takes a file apart as it comes in.
#[derive(Debug)]
pub(super) struct Entries {
    place: Place,
    number: u64,
    entry: Vec<u8>,
    is_too_long: bool,
    depth: u32,
    is_in_text: bool,
    is_escaped: bool,
}

impl Entries {
    pub(super) const fn new() -> Self {
        Self {
            place: Place::Start,
            number: 0,
            entry: Vec::new(),
            is_too_long: false,
            depth: 0,
            is_in_text: false,
            is_escaped: false,
        }
    }

    /// Takes what came in; puts the entries that are whole into `whole`.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        whole: &mut Vec<Entry>,
    ) -> Result<(), UnreadableFile> {
        for byte in bytes.iter().copied() {
            match self.place {
                Place::Start => self.start(byte)?,
                Place::Line if byte == b'\n' => self.end_line(whole),
                Place::Line => self.push(byte),
                Place::Before { is_needed } => self.before(byte, is_needed)?,
                Place::Within => self.within(byte, whole),
                Place::End if byte.is_ascii_whitespace() => {}
                Place::End => return Err(UnreadableFile::BrokenList(self.number)),
            }
        }
        Ok(())
    }

    /// The end of the file.
    pub(super) fn finish(mut self, whole: &mut Vec<Entry>) -> Result<(), UnreadableFile> {
        match self.place {
            Place::Start => Err(UnreadableFile::Empty),
            Place::Line => {
                self.end_line(whole);
                Ok(())
            }
            Place::End => Ok(()),
            Place::Before { .. } | Place::Within => Err(UnreadableFile::CutOff(self.number)),
        }
    }

    fn start(&mut self, byte: u8) -> Result<(), UnreadableFile> {
        match byte {
            // A mark of UTF-8 (RFC 8259 §8.1 lets a reader ignore it).
            0xef | 0xbb | 0xbf => {}
            b'\n' => self.number += 1,
            space if space.is_ascii_whitespace() => {}
            b'[' => {
                self.number = 0;
                self.place = Place::Before { is_needed: false };
            }
            b'{' => {
                self.place = Place::Line;
                self.push(byte);
            }
            0x1f | b'P' => return Err(UnreadableFile::Compressed),
            _ => return Err(UnreadableFile::OtherFormat),
        }
        Ok(())
    }

    fn end_line(&mut self, whole: &mut Vec<Entry>) {
        self.number += 1;
        let is_blank = self.entry.iter().all(u8::is_ascii_whitespace) && !self.is_too_long;
        if is_blank {
            self.entry.clear();
        } else {
            self.give(whole);
        }
    }

    fn before(&mut self, byte: u8, is_needed: bool) -> Result<(), UnreadableFile> {
        match byte {
            space if space.is_ascii_whitespace() => {}
            b']' if !is_needed => self.place = Place::End,
            b']' | b',' | b'}' | b':' => return Err(UnreadableFile::BrokenList(self.number)),
            _ => {
                self.number += 1;
                self.place = Place::Within;
                self.within_entry(byte);
            }
        }
        Ok(())
    }

    fn within(&mut self, byte: u8, whole: &mut Vec<Entry>) {
        let is_end = self.depth == 0 && !self.is_in_text && matches!(byte, b',' | b']');
        if !is_end {
            self.within_entry(byte);
            return;
        }
        self.give(whole);
        self.place = if byte == b']' { Place::End } else { Place::Before { is_needed: true } };
    }

    fn within_entry(&mut self, byte: u8) {
        self.push(byte);
        if self.is_in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.is_in_text = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn push(&mut self, byte: u8) {
        if self.entry.len() < LONGEST {
            self.entry.push(if byte == SEPARATOR { OTHER_CONTROL } else { byte });
        } else {
            self.is_too_long = true;
        }
    }

    fn give(&mut self, whole: &mut Vec<Entry>) {
        let text = std::mem::take(&mut self.entry);
        let text = (!std::mem::take(&mut self.is_too_long)).then_some(text);
        whole.push(Entry { number: self.number, text });
    }
}

/// Entries as they are kept until their turn comes.
pub(super) fn packed(entries: &[Entry]) -> Vec<u8> {
    let mut piece = Vec::new();
    for Entry { number, text } in entries {
        piece.extend(number.to_string().into_bytes());
        piece.push(if text.is_some() { WHOLE } else { TOO_LONG });
        piece.extend(text.iter().flatten());
        piece.push(SEPARATOR);
    }
    piece
}

/// What [`packed`] made; `None` where it is something else.
pub(super) fn unpacked(piece: &[u8]) -> Option<Vec<Entry>> {
    let entry = |text: &[u8]| {
        let mark = text.iter().position(|byte| !byte.is_ascii_digit())?;
        let (number, rest) = text.split_at_checked(mark)?;
        let number = std::str::from_utf8(number).ok()?.parse().ok()?;
        let (mark, text) = rest.split_first()?;
        Some(Entry { number, text: (*mark == WHOLE).then(|| text.to_vec()) })
    };
    piece.strip_suffix(&[SEPARATOR])?.split(|byte| *byte == SEPARATOR).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the file is cut.
    fn read(file: &[u8]) -> Result<Vec<(u64, Option<String>)>, UnreadableFile> {
        let read_by = |size: usize| {
            let (mut entries, mut whole) = (Entries::new(), Vec::new());
            for part in file.chunks(size) {
                entries.feed(part, &mut whole)?;
            }
            entries.finish(&mut whole)?;
            Ok(whole)
        };
        let whole = read_by(file.len().max(1));
        for size in [1, 2, 3, 7] {
            assert_eq!(read_by(size), whole);
        }
        let whole: Vec<Entry> = whole?;
        if !whole.is_empty() {
            assert_eq!(unpacked(&packed(&whole)).unwrap(), whole);
        }
        let text = |text: Vec<u8>| String::from_utf8(text).unwrap();
        Ok(whole.into_iter().map(|entry| (entry.number, entry.text.map(text))).collect())
    }

    fn texts(file: &str) -> Vec<(u64, String)> {
        let read = read(file.as_bytes()).unwrap();
        read.into_iter().map(|(number, text)| (number, text.unwrap())).collect()
    }

    fn pair(number: u64, text: &str) -> (u64, String) {
        (number, text.to_owned())
    }

    #[test]
    fn lines_keep_their_numbers_past_blank_ones() {
        let file = "\u{feff}\n{\"a\":1}\r\n\n  \n{\"b\":2}\nno JSON\n{\"c\":\"[,]\"}";
        let expected = [
            pair(2, "{\"a\":1}\r"),
            pair(5, "{\"b\":2}"),
            pair(6, "no JSON"),
            pair(7, "{\"c\":\"[,]\"}"),
        ];
        assert_eq!(texts(file), expected);
    }

    #[test]
    fn a_list_is_taken_apart_by_its_own_commas() {
        let file = "[ {\"a\":[1,{\"b\":\"]},\\\"\\\\\"}]} ,\n{\"c\":\n2}, 7, \"x,]\" ]\n";
        let expected = [
            pair(1, "{\"a\":[1,{\"b\":\"]},\\\"\\\\\"}]} "),
            pair(2, "{\"c\":\n2}"),
            pair(3, "7"),
            pair(4, "\"x,]\" "),
        ];
        assert_eq!(texts(file), expected);
        assert_eq!(texts("[]"), []);
        assert_eq!(texts("\n\n[{}]"), [pair(1, "{}")]);
    }

    #[test]
    fn what_is_neither_is_refused_with_why() {
        for (file, problem) in [
            ("", UnreadableFile::Empty),
            (" \n ", UnreadableFile::Empty),
            ("\x1f\u{8b}", UnreadableFile::Compressed),
            ("PK\x03\x04", UnreadableFile::Compressed),
            ("email,name\n", UnreadableFile::OtherFormat),
            ("[{},]", UnreadableFile::BrokenList(1)),
            ("[,{}]", UnreadableFile::BrokenList(0)),
            ("[{}] x", UnreadableFile::BrokenList(1)),
            ("[{}", UnreadableFile::CutOff(1)),
            ("[{},{\"a\":\"", UnreadableFile::CutOff(2)),
            ("[", UnreadableFile::CutOff(0)),
        ] {
            assert_eq!(read(file.as_bytes()), Err(problem), "{file}");
        }
    }

    #[test]
    fn an_entry_that_is_too_long_is_one_and_the_next_is_read() {
        let long = "x".repeat(LONGEST);
        let lines = format!("{{\"a\":\"{long}\"}}\n{{}}\n");
        let list = format!("[{{\"a\":\"{long}\"}},{{}}]");
        for file in [lines, list] {
            let expected = vec![(1, None), (2, Some("{}".to_owned()))];
            assert_eq!(read(file.as_bytes()).unwrap(), expected);
        }
    }

    /// Lest an entry end a piece early.
    #[test]
    fn what_parts_entries_is_in_none() {
        let read = texts("{\"a\":\"\x1e2:{}\"}\n{}");
        assert_eq!(read.len(), 2);
        assert!(!read.first().unwrap().1.contains('\x1e'));
    }
}
