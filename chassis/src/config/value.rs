//! What a setting can be.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::logs::LogFormat;

/// A type that a setting can have.
pub trait Setting: Sized {
    /// Ends the sentence "expected ...".
    const EXPECTED: &'static str;

    /// Reads it from text; `None` when the text is something else.
    fn parse(text: &str) -> Option<Self>;
}

macro_rules! from_str {
    ($($t:ty: $expected:literal),* $(,)?) => {$(
        impl Setting for $t {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }
    )*};
}

from_str! {
    SocketAddr: "an address and port such as 127.0.0.1:8080",
    bool: "true or false",
    u16: "a whole number from 0 to 65535",
    u32: "a whole number",
    u64: "a whole number",
    usize: "a whole number",
}

impl Setting for String {
    const EXPECTED: &'static str = "a text that is not empty";
    fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";
    fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::from(text))
    }
}

impl Setting for http::Uri {
    const EXPECTED: &'static str = "an address such as https://127.0.0.1:9001";
    fn parse(text: &str) -> Option<Self> {
        let uri: Self = text.trim().parse().ok()?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        (known && uri.host().is_some_and(|h| !h.is_empty())).then_some(uri)
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration such as 250ms, 5s, 2m or 1h";
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().ok()?;
        match unit.trim_start() {
            "ms" => Some(Self::from_millis(number)),
            "s" => Some(Self::from_secs(number)),
            "m" => number.checked_mul(60).map(Self::from_secs),
            "h" => number.checked_mul(3600).map(Self::from_secs),
            "d" => number.checked_mul(86_400).map(Self::from_secs),
            _ => None,
        }
    }
}

impl Setting for LogFormat {
    const EXPECTED: &'static str = "json or pretty";
    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "json" => Some(Self::Json),
            "pretty" => Some(Self::Pretty),
            _ => None,
        }
    }
}
