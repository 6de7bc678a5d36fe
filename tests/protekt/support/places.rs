//! A small database of places, in MaxMind's format: one network and where it is.

/// A City database that knows 203.0.113.0/24 to be in `city`, `country`.
pub fn city_database(city: &str, country: &str) -> Vec<u8> {
    const PREFIX: [u8; 3] = [203, 0, 113];
    let count = PREFIX.len() * 8;
    // Each node has two records of 24 bits: where to go on a 0 and on a 1. The number of nodes
    // means "unknown"; what lies 16 beyond it is the place of the data.
    let mut file = Vec::new();
    for bit in 0..count {
        let next = if bit + 1 == count { count + 16 } else { bit + 1 };
        let is_set = PREFIX[bit / 8] >> (7 - bit % 8) & 1 == 1;
        let records = if is_set { [count, next] } else { [next, count] };
        for record in records {
            file.extend_from_slice(&u32::try_from(record).unwrap().to_be_bytes()[1..]);
        }
    }
    file.extend_from_slice(&[0; 16]);
    let named = |name: &str| map(&[("names", map(&[("en", text(name))]))]);
    file.extend(map(&[("city", named(city)), ("country", named(country))]));
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    file.extend(map(&[
        ("node_count", unsigned(6, u32::try_from(count).unwrap())),
        ("record_size", unsigned(5, 24)),
        ("ip_version", unsigned(5, 4)),
        ("database_type", text("Test-City")),
        ("languages", vec![0x01, 0x04, 0x42, b'e', b'n']),
        ("binary_format_major_version", unsigned(5, 2)),
        ("binary_format_minor_version", unsigned(5, 0)),
        ("build_epoch", vec![0x01, 0x02, 1]),
        ("description", map(&[("en", text("For tests"))])),
    ]));
    file
}

fn text(text: &str) -> Vec<u8> {
    assert!(text.len() < 29, "longer texts are written otherwise");
    let mut bytes = vec![2 << 5 | u8::try_from(text.len()).unwrap()];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn unsigned(kind: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let used = if kind == 5 { &bytes[2..] } else { &bytes[..] };
    [&[kind << 5 | u8::try_from(used.len()).unwrap()], used].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![7 << 5 | u8::try_from(pairs.len()).unwrap()];
    for (name, value) in pairs {
        bytes.extend(text(name));
        bytes.extend(value);
    }
    bytes
}
