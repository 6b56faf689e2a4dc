//! A browser for tests: keeps cookies, sends what a browser sends.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use api::{Account, Role, RoleKind, Timestamp, Tokens};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chassis::clock::Clock;
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use tower::ServiceExt as _;
use web::Config;
use web::session::{Keys, SESSION, Session, Vault};

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The value of a hidden field in the form that is sent to `action`.
    pub(crate) fn field(&self, action: &str, name: &str) -> String {
        let form = self.body.split("<form").find(|form| form.contains(&format!("action=\"{action}\""))).unwrap();
        let rest = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().replace("&#38;", "&")
    }
}

/// A browser with its own copy of the pages.
pub(crate) struct Browser {
    router: Router,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) host: &'static str,
    /// Where its requests come from, when that is known.
    pub(crate) address: Option<IpAddr>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

pub(crate) fn now() -> Timestamp {
    "2026-08-13T02:05:00Z".parse().unwrap()
}

impl Browser {
    pub(crate) fn new() -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let data = std::env::temp_dir().join(format!("siakad-web-it-{}", u64::from_le_bytes(random)));
        Self::over(data)
    }

    /// With the files of another one.
    pub(crate) fn over(data: PathBuf) -> Self {
        // The discard port of loopback: nobody listens, connections are refused at once.
        Self::with(Config::local("http://127.0.0.1:9", data))
    }

    pub(crate) fn with(config: Config) -> Self {
        let clock = Clock::manual(now());
        let router = web::build(config.clone(), clock.clone()).unwrap();
        Self {
            router,
            config,
            clock,
            cookies: BTreeMap::new(),
            host: "localhost:8080",
            address: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::new(&Keys::load(&self.config.session_keys).unwrap())
    }

    /// Puts a session of somebody with these roles into the cookie jar.
    pub(crate) fn logged_in(self, roles: &[RoleKind]) -> Self {
        self.with_tokens(roles, "access", "refresh")
    }

    /// The same with these tokens.
    pub(crate) fn with_tokens(mut self, roles: &[RoleKind], access: &str, refresh: &str) -> Self {
        let account = Account {
            id: "a1".into(),
            user_name: "2410512034".into(),
            display_name: "Nadia Putri".into(),
            roles: roles.iter().map(|kind| Role { kind: *kind, scope: None }).collect(),
            student_id: roles.contains(&RoleKind::Student).then(|| "s1".into()),
            lecturer_id: None,
            activated: true,
            enabled: true,
        };
        let tokens = Tokens {
            access_token: access.into(),
            access_expires_at: now() + SignedDuration::from_mins(5),
            refresh_token: refresh.into(),
            refresh_expires_at: now() + SignedDuration::from_hours(8),
            account,
        };
        let sealed = self.vault().seal(SESSION, &Session::logged_in(tokens)).unwrap();
        self.cookies.insert(SESSION.into(), sealed);
        self
    }

    pub(crate) fn session(&self) -> Option<Session> {
        self.vault().open(SESSION, self.cookies.get(SESSION)?)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// Sends a form as a browser does from a page of this site, with the token of the session.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.session().map(|session| self.vault().form_token(&session.id).as_str().to_owned());
        let mut fields: Vec<_> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        fields.extend(token.map(|token| ("token", token)));
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send(Method::POST, path, &[("sec-fetch-site", "same-origin")], form(&pairs)).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(HOST, self.host);
        for (name, value) in
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied())
        {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(address) = self.address {
            request = request.extension(ConnectInfo(SocketAddr::new(address, 50_000)));
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.config.server.data_dir);
    }
}

/// A form as it travels.
pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}
