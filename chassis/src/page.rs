//! Cursor paging: a page starts after the last row of the page before, so rows that come and go in between neither repeat nor
//! hide others, and the tenth page costs what the first does.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proto::common::v1::PageRequest;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{error::Fault, reasons};

/// Longest cursor that is looked at, in bytes.
const MAX_CURSOR: usize = 2048;

/// How many rows a page may have.
#[derive(Debug, Clone, Copy)]
pub struct PageLimits {
    /// When the caller does not say.
    pub default: u32,
    /// At most; more is refused.
    pub max: u32,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { default: 50, max: 200 }
    }
}

/// A page that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// Rows wanted. Read one more, to know whether there is a next page: [`Page::limit`].
    pub size: u32,
    /// Key of the last row of the page before; `None` for the first page.
    pub after: Option<K>,
}

impl<K> Page<K> {
    /// `size + 1`, for LIMIT.
    pub fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Cuts rows that were read with [`limit`](Self::limit) to the page, and gives the cursor of the next page: empty when this
    /// is the last one. `key` names a row's place in the order of the list.
    pub fn cut<T>(&self, rows: &mut Vec<T>, filter: u64, key: impl FnOnce(&T) -> K) -> String
    where
        K: Serialize,
    {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| encode(&key(last), filter)).unwrap_or_default()
    }
}

/// Number that stands for a list's filter and order. A cursor is good only for the filter that it came from.
#[must_use]
pub fn filter_hash(filter: &impl Serialize) -> u64 {
    let text = serde_json::to_vec(filter).unwrap_or_default();
    let hash = Sha256::digest(&text);
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Reads what was asked for. `request` may be missing: the first page of the default size.
///
/// # Errors
/// Malformed: `page-size` (more than the maximum) or `page-cursor` (not a cursor of this list with this filter).
pub fn decode<K: DeserializeOwned>(
    request: Option<&PageRequest>,
    limits: PageLimits,
    filter: u64,
) -> Result<Page<K>, Fault> {
    let Some(request) = request else { return Ok(Page { size: limits.default, after: None }) };
    let size = match request.size {
        0 => limits.default,
        size if size <= limits.max => size,
        _ => {
            let message = format!("at most {} rows a page", limits.max);
            return Err(Fault::field("page.size", reasons::PAGE_SIZE, message));
        }
    };
    if request.cursor.is_empty() {
        return Ok(Page { size, after: None });
    }
    let bad = || Fault::field("page.cursor", reasons::PAGE_CURSOR, "not a cursor of this list with this filter");
    if request.cursor.len() > MAX_CURSOR {
        return Err(bad());
    }
    let bytes = URL_SAFE_NO_PAD.decode(&request.cursor).map_err(|_| bad())?;
    // PostgreSQL keeps no NUL in a text, so no cursor of ours has one.
    if bytes.windows(6).any(|escape| escape == br"\u0000") {
        return Err(bad());
    }
    let (of, after): (u64, K) = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if of != filter {
        return Err(bad());
    }
    Ok(Page { size, after: Some(after) })
}

/// The cursor of the page after the row with this key. Opaque to callers, not secret, not signed: it can name any key, so it
/// must never decide what a caller may see.
#[must_use]
pub fn encode(key: &impl Serialize, filter: u64) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(filter, key)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn asked(size: u32, cursor: &str) -> PageRequest {
        PageRequest { size, cursor: cursor.to_owned() }
    }

    #[test]
    fn a_cursor_comes_back_with_its_filter_and_with_no_other() {
        let filter = filter_hash(&("20261", "informatika"));
        let key = ("budi".to_owned(), "0190".to_owned());
        let request = asked(10, &encode(&key, filter));
        let page = decode::<(String, String)>(Some(&request), PageLimits::default(), filter).unwrap();
        assert_eq!(page, Page { size: 10, after: Some(key) });
        let other = filter_hash(&("20262", "informatika"));
        let fault = decode::<(String, String)>(Some(&request), PageLimits::default(), other).unwrap_err();
        assert_eq!((fault.kind(), fault.fields()[0].reason.as_ref()), (Kind::Malformed, "page-cursor"));
    }

    #[test]
    fn sizes_are_bounded_and_have_a_default() {
        let limits = PageLimits::default();
        let size = |request: Option<PageRequest>| decode::<String>(request.as_ref(), limits, 0).map(|page| page.size);
        assert_eq!(size(None).unwrap(), 50);
        assert_eq!(size(Some(asked(0, ""))).unwrap(), 50);
        assert_eq!(size(Some(asked(200, ""))).unwrap(), 200);
        let fault = size(Some(asked(201, ""))).unwrap_err();
        assert_eq!(fault.fields()[0].reason, "page-size");
    }

    #[test]
    fn nonsense_is_malformed_and_never_a_panic() {
        let long = "A".repeat(MAX_CURSOR + 1);
        for cursor in ["%", "AAAA", "bnVsbA", "WzEsMl0", "WzEsIlx1MDAwMCJd", &long, "\u{0}", "é"] {
            let request = asked(1, cursor);
            let fault = decode::<String>(Some(&request), PageLimits::default(), 1).unwrap_err();
            assert_eq!(fault.fields()[0].reason, "page-cursor", "{cursor}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = Page::<u32> { size: 2, after: None };
        assert_eq!(page.limit(), 3);
        let mut rows = vec![1, 2];
        assert_eq!(page.cut(&mut rows, 7, |row| *row), "");
        let mut rows = vec![1, 2, 3];
        assert_eq!(page.cut(&mut rows, 7, |row| *row), encode(&2, 7));
        assert_eq!(rows, [1, 2]);
    }
}
