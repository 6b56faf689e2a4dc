//! Static files: in the binary, with a hash of the content in their address, so that they may be kept forever.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// Name, content type, content.
const FILES: [(&str, &str, &[u8]); 11] = [
    ("app.css", "text/css; charset=utf-8", include_bytes!("../static/app.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("../static/app.js")),
    ("docs.css", "text/css; charset=utf-8", include_bytes!("../static/docs.css")),
    ("grid.css", "text/css; charset=utf-8", include_bytes!("../static/grid.css")),
    ("grid.js", "text/javascript; charset=utf-8", include_bytes!("../static/grid.js")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_bytes!("../static/vendor/htmx/htmx.min.js")),
    ("icons.svg", "image/svg+xml", include_bytes!("../static/vendor/lucide/icons.svg")),
    ("kawung.svg", "image/svg+xml", include_bytes!("../static/kawung.svg")),
    ("krs.css", "text/css; charset=utf-8", include_bytes!("../static/krs.css")),
    ("mark.svg", "image/svg+xml", include_bytes!("../static/mark.svg")),
    ("wait.js", "text/javascript; charset=utf-8", include_bytes!("../static/wait.js")),
];

struct Asset {
    name: &'static str,
    kind: HeaderValue,
    plain: Bytes,
    gzip: Bytes,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::new);

struct Assets {
    /// One hash over all files: a style sheet that names a picture finds it in the same folder.
    version: String,
    urls: BTreeMap<&'static str, String>,
    files: Vec<Asset>,
}

impl Assets {
    fn new() -> Self {
        let mut hash = Sha256::new();
        for (name, _, content) in FILES {
            hash.update(name);
            hash.update(content);
        }
        let version: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let urls = FILES.iter().map(|(name, ..)| (*name, format!("/static/{version}/{name}"))).collect();
        let files = FILES
            .iter()
            .map(|(name, kind, content)| Asset {
                name,
                kind: HeaderValue::from_static(kind),
                plain: Bytes::from_static(content),
                gzip: gzip(content),
            })
            .collect();
        Self { version, urls, files }
    }
}

/// Gzip at the best level, for what is packed once; empty when it cannot be packed, which stands for "do not use".
fn gzip(content: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(content).and_then(|()| encoder.finish());
    packed.map(Bytes::from).unwrap_or_default()
}

/// Address of a static file.
#[must_use]
pub fn url(name: &str) -> &'static str {
    debug_assert!(ASSETS.urls.contains_key(name), "{name}");
    ASSETS.urls.get(name).map_or("/static/", String::as_str)
}

/// Sum of the packed sizes of style sheet and scripts, in bytes: what a first visit loads beside the page.
#[must_use]
pub fn packed_size() -> usize {
    ASSETS.files.iter().filter(|file| !file.name.ends_with(".svg")).map(|file| file.gzip.len()).sum()
}

/// `GET /static/{version}/{name}`. Another version than ours is answered with ours and not kept: during a rolling
/// restart an old page may ask a new process.
pub async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = ASSETS.files.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == ASSETS.version { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut answer = HeaderMap::new();
    answer.insert(CONTENT_TYPE, file.kind.clone());
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if accepts_gzip(&headers) && !file.gzip.is_empty() {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (answer, file.gzip.clone()).into_response();
    }
    (answer, file.plain.clone()).into_response()
}

/// Whether the browser takes gzip.
#[must_use]
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').map(str::trim).any(|coding| {
        let (name, quality) = coding.split_once(";q=").unwrap_or((coding, "1"));
        name.trim().eq_ignore_ascii_case("gzip") && !quality.trim().trim_matches(['0', '.']).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_and_scripts_keep_to_the_budget() {
        assert!((1..60 * 1024).contains(&packed_size()), "{} bytes", packed_size());
    }

    #[test]
    fn the_icons_that_pages_name_are_in_the_sprite() {
        let sprite = include_str!("../static/vendor/lucide/icons.svg");
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut named = std::collections::BTreeSet::new();
        let mut folders = vec![root.join("templates"), root.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for start in ["icon(\"", "icon: \"", "icon: Some(\""] {
                    named
                        .extend(text.split(start).skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)));
                }
            }
        }
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            assert!(sprite.contains(&format!("id=\"{name}\"")), "{name} is not in the sprite");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepts_gzip(&headers)
        };
        assert!(with("gzip, deflate, br") && with("br;q=1.0, gzip;q=0.8"));
        assert!(!with("br") && !with("gzip;q=0") && !with("gzip;q=0.000") && !with(""));
    }
}
