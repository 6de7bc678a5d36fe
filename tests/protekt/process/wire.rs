//! HTTP over a plain socket: one connection for each request.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A whole answer. Half a one is an error.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A header; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A text out of a JSON answer.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let found = self.json();
        found[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned()
    }
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub port: u16,
    text: String,
}

impl Request {
    pub fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Self {
        Self::new("GET", port, path, headers, "")
    }

    pub fn post(port: u16, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        Self::new("POST", port, path, &[headers, &[kind]].concat(), &body)
    }

    pub fn json(port: u16, path: &str, headers: &[(&str, &str)], body: &serde_json::Value) -> Self {
        let kind = ("Content-Type", "application/json");
        Self::new("POST", port, path, &[headers, &[kind]].concat(), &body.to_string())
    }

    fn new(method: &str, port: u16, path: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let mut lines = vec![format!("{method} {path} HTTP/1.1")];
        if headers.iter().all(|(name, _)| *name != "Host") {
            lines.push(format!("Host: localhost:{port}"));
        }
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.push(format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        Self { port, text: lines.join("\r\n") }
    }

    /// Sends it and reads the whole answer.
    pub fn send(&self) -> io::Result<Answer> {
        let (stream, last) = self.send_all_but_one_byte()?;
        finish(stream, last)
    }

    /// Sends everything but the last byte, and gives that back.
    pub fn send_all_but_one_byte(&self) -> io::Result<(TcpStream, u8)> {
        let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let (last, most) = self.text.as_bytes().split_last().unwrap();
        stream.write_all(most)?;
        Ok((stream, *last))
    }
}

/// Sends the last byte and reads the whole answer.
pub fn finish(mut stream: TcpStream, last: u8) -> io::Result<Answer> {
    stream.write_all(&[last])?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&String::from_utf8(bytes).map_err(io::Error::other)?)
}

fn parse(text: &str) -> io::Result<Answer> {
    let cut_short = || io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut_short)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    });
    let answer = Answer {
        status: status.ok_or_else(cut_short)?,
        headers: headers.collect(),
        body: body.to_owned(),
    };
    assert_eq!(answer.header("transfer-encoding"), "", "every answer has a length");
    let length = answer.header("content-length");
    if !length.is_empty() && length.parse() != Ok(body.len()) {
        return Err(cut_short());
    }
    Ok(answer)
}
