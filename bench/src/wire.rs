//! HTTP/1.1 as cheaply as it can be spoken: one connection kept alive, requests written as they are, of an answer only what
//! the bench looks at.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Servers close a connection that is unused for 10 s; one that is nearly so old is left to them.
const IDLE: Duration = Duration::from_secs(7);
/// Longest wait for an answer.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// One connection to one server, made when it is needed.
#[derive(Debug)]
pub struct Wire {
    to: SocketAddr,
    stream: Option<TcpStream>,
    used: Instant,
    read: Vec<u8>,
    body_at: usize,
    body_end: usize,
}

/// What an answer says beside its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// The version in its `ETag`.
    pub version: Option<i64>,
    /// Seconds of its `Retry-After`.
    pub retry_after: Option<u32>,
    pub(crate) length: usize,
    pub(crate) close: bool,
}

impl Wire {
    /// A connection to this server; nothing is connected yet.
    #[must_use]
    pub fn to(to: SocketAddr) -> Self {
        Self { to, stream: None, used: Instant::now(), read: Vec::new(), body_at: 0, body_end: 0 }
    }

    /// Sends a whole request and reads the whole answer.
    ///
    /// # Errors
    /// No connection, a connection that ended, no answer in time, or an answer that is not HTTP/1.1 with a length. Whether
    /// the request had its effect is not known then.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<Head> {
        if self.used.elapsed() > IDLE {
            self.stream = None;
        }
        let answer = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        self.used = Instant::now();
        match answer {
            Ok(Ok(head)) => {
                if head.close {
                    self.stream = None;
                }
                Ok(head)
            }
            Ok(Err(error)) => {
                self.stream = None;
                Err(error)
            }
            Err(_) => {
                self.stream = None;
                Err(std::io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// The body of the last answer.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.read.get(self.body_at..self.body_end).unwrap_or_default()
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<Head> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.to).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let Some(stream) = &mut self.stream else { return Err(std::io::ErrorKind::NotConnected.into()) };
        stream.write_all(request).await?;
        self.read.clear();
        let (head, body_at) = loop {
            if stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                break (parse(&self.read[..end]).ok_or(std::io::ErrorKind::InvalidData)?, end + 4);
            }
        };
        while self.read.len() < body_at + head.length {
            if stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        (self.body_at, self.body_end) = (body_at, body_at + head.length);
        Ok(head)
    }
}

/// Where a pattern begins.
#[must_use]
pub fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

fn parse(head: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let mut found = Head { status, ..Head::default() };
    let mut sized = status == 204;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            found.length = value.parse().ok()?;
            sized = true;
        } else if name.eq_ignore_ascii_case("etag") {
            // The version stands before a hash of the body.
            found.version = value.trim_matches('"').split('-').next().and_then(|text| text.parse().ok());
        } else if name.eq_ignore_ascii_case("retry-after") {
            found.retry_after = value.parse().ok();
        } else if name.eq_ignore_ascii_case("connection") {
            found.close = value.eq_ignore_ascii_case("close");
        }
    }
    sized.then_some(found)
}

/// The reasons of a problem, in order of the alphabet and joined by `+`: those of its `errors`, else its own.
#[must_use]
pub fn reasons(body: &[u8]) -> String {
    const KEY: &[u8] = b"\"reason\":\"";
    let mut words = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, KEY) {
        rest = &rest[at + KEY.len()..];
        let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
        words.push(String::from_utf8_lossy(&rest[..end]).into_owned());
    }
    if words.len() > 1 {
        words.remove(0);
    }
    words.sort();
    words.dedup();
    words.join("+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let text = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nretry-after: 3\r\nETag: \"7-aB_c\"\r\nconnection: close";
        let wanted = Head { status: 503, version: Some(7), retry_after: Some(3), length: 12, close: true };
        assert_eq!(parse(text), Some(wanted));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked"), None);
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\ndate: x").map(|head| head.status), Some(204));
    }

    #[test]
    fn the_reasons_of_a_problem_are_those_of_its_errors() {
        let one = br#"{"reason":"class-full","errors":[{"reason":"class-full","facts":{}}]}"#;
        let two = br#"{"reason":"refused","errors":[{"reason":"schedule-clash"},{"reason":"class-full"}]}"#;
        assert_eq!(reasons(one), "class-full");
        assert_eq!(reasons(two), "class-full+schedule-clash");
        assert_eq!(reasons(br#"{"reason":"overloaded","errors":[]}"#), "overloaded");
    }
}
