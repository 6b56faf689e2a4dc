//! Addresses on this site. What comes from a form or a query may lead anywhere; only these may be followed.

use std::fmt;

/// Longest address that is kept.
const MAX: usize = 500;

/// A path, perhaps with a query and a fragment, on this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local(String);

impl Local {
    /// The front page.
    #[must_use]
    pub fn home() -> Self {
        Self("/".into())
    }

    /// Takes an address that stays on this site. `//host`, `/\host`, `https:` and control characters do not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let rooted = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (rooted && plain && text.len() <= MAX).then(|| Self(text.to_owned()))
    }

    /// As [`Local::parse`], the front page for everything else.
    #[must_use]
    pub fn or_home(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or_else(Self::home)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path alone.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split(['?', '#']).next().unwrap_or("/")
    }

    /// The pairs of the query.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.0.split('#').next().and_then(|rest| rest.split_once('?')).map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The same without a fragment, with this one.
    #[must_use]
    pub fn at(&self, fragment: &str) -> String {
        let base = self.0.split('#').next().unwrap_or("/");
        format!("{base}#{fragment}")
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path with a query; empty values are left out.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_followed() {
        for good in ["/", "/krs", "/krs?q=a%20b&hari=1#k-1", "/a//b"] {
            assert_eq!(Local::parse(good).unwrap().as_str(), good);
        }
        let long = format!("/{}", "a".repeat(MAX));
        for bad in [
            "",
            "krs",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "https://evil.example",
            "javascript:alert(1)",
            "/krs\r\nSet-Cookie: a=b",
            "/\t/evil.example",
            " /krs",
            "/a b",
            "/é",
            "/a\\b",
            &long,
        ] {
            assert_eq!(Local::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Local::or_home(Some("//evil")), Local::home());
    }

    #[test]
    fn parts_of_an_address() {
        let local = Local::parse("/krs?q=a%20b&hari=#k-1").unwrap();
        assert_eq!(local.path(), "/krs");
        assert_eq!(local.query(), [("q".into(), "a b".into()), ("hari".into(), String::new())]);
        assert_eq!(local.at("x"), "/krs?q=a%20b&hari=#x");
        assert_eq!(with_query("/krs", &[("q", "a b"), ("hari", "")]), "/krs?q=a+b");
        assert_eq!(with_query("/krs", &[]), "/krs");
    }
}
