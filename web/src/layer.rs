//! What surrounds every page: cookies, form protection, security headers, errors as pages, compression.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::app::App;
use crate::assets::accepts_gzip;
use crate::cookies::{Incoming, Outgoing};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::local::Local;
use crate::session::{Renewal, Session};
use crate::visit::{Draft, Visit};

/// Largest form that is read, in bytes.
const FORM_MAX: usize = 64 * 1024;

/// How long a form may take to arrive.
const FORM_TIME: Duration = Duration::from_secs(10);

/// How long the end of a session that no cookie can hold is waited for.
const LOGOUT_TIME: Duration = Duration::from_secs(1);

/// Pages smaller than this are sent as they are.
const GZIP_FROM: usize = 1024;

/// The policy of platform.md's table; `connect-src` is for htmx.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// The fields of a form whose token was checked.
#[derive(Debug, Clone, Default)]
pub struct Posted(pub Vec<(String, String)>);

impl Posted {
    /// The first value of a field; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// A key that makes a second sending of the form harmless. `None` when the field holds none.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        let key = self.get("key");
        let fits = (16..=api::limits::IDEMPOTENCY_KEY_MAX).contains(&key.len());
        (fits && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')).then_some(key)
    }

    /// Where the form says to go on; the front page when that is elsewhere.
    #[must_use]
    pub fn back(&self) -> Local {
        Local::or_home(Some(self.get("back")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Posted {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.remove::<Self>().ok_or_else(|| Failure::internal("a form outside the visit layer"))
    }
}

/// The layer around all pages. Whatever panics in it ends in a bare 500, not in a connection that is torn off.
pub async fn visit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match AssertUnwindSafe(answer(&app, request, next)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("the layer around the pages panicked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn answer(app: &Arc<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let gzip = accepts_gzip(&parts.headers);
    let (mut visit, ended) = enter(app, &parts).await;
    let mut response = match admit(&visit, &mut parts, body, ended).await {
        Ok(body) => {
            parts.extensions.insert(visit.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refused) => refused,
    };
    if let Some(failure) = failure_of(&response) {
        let request_id = response.headers().get(chassis::telemetry::REQUEST_ID).cloned();
        let failure = match (failure, &request_id) {
            (Failure::Internal(None), Some(id)) => Failure::Internal(id.to_str().ok().map(str::to_owned)),
            (failure, _) => failure,
        };
        response = refuse(&mut visit, failure).page(&visit);
        if let Some(id) = request_id {
            response.headers_mut().insert(chassis::telemetry::REQUEST_ID, id);
        }
    }
    let response = leave(&mut visit, response).await;
    if gzip { compress(response).await } else { response }
}

/// The refusal as it is said to this person. A token that the gateway does not take although the session still names
/// somebody must not lead to the login page as it is: that page would lead back, for ever.
fn refuse(visit: &mut Visit, failure: Failure) -> Failure {
    if !matches!(failure, Failure::LoginNeeded) || visit.session.user.is_none() {
        return failure;
    }
    if visit.silent {
        return Failure::Down;
    }
    if let Some(seconds) = visit.held {
        return Failure::TooFast(seconds);
    }
    visit.log_out();
    failure
}

/// Who comes, with tokens that are good for this request. The second value says that a session has just ended.
async fn enter(app: &Arc<App>, parts: &Parts) -> (Visit, bool) {
    let headers = &parts.headers;
    let incoming = Incoming::read(headers, &app.vault);
    let mut out = Outgoing::default();
    let mut session = incoming.session.clone().unwrap_or_else(Session::anonymous);
    if incoming.session.is_none() {
        out.session = Some(session.clone());
    }
    let client_address = client_address(app, parts);
    let (mut ended, mut silent, mut held) = (false, false, None);
    if let Some(user) = session.user.as_mut().filter(|user| user.is_due(app.clock.now())) {
        match app.refresher.renew(user, client_address).await {
            Renewal::Renewed(tokens) => user.renew(*tokens),
            Renewal::Ended => ended = true,
            Renewal::Silent => silent = true,
            Renewal::Later(seconds) => held = Some(seconds),
        }
        if ended {
            session = Session { user: None, ..session };
        }
        if !silent && held.is_none() {
            out.session = Some(session.clone());
        }
    }
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let visit = Visit {
        app: app.clone(),
        lang: incoming.lang.unwrap_or_else(|| Lang::accepted(asked)),
        theme: incoming.theme,
        here: here(&parts.uri, &parts.method, headers),
        htmx: headers.contains_key("hx-request"),
        secure: is_trustworthy(app, headers),
        silent,
        held,
        session,
        client_address,
        incoming: Arc::new(incoming),
        out: Arc::new(Mutex::new(out)),
    };
    (visit, ended)
}

/// The page one is on: htmx names it; otherwise it is what is asked for, or for a form the place it came from.
fn here(uri: &Uri, method: &Method, headers: &HeaderMap) -> Local {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let local = |address: &str| {
        let uri: Uri = address.parse().ok()?;
        Local::parse(uri.path_and_query()?.as_str())
    };
    let own = uri.path_and_query().and_then(|path| Local::parse(path.as_str()));
    let named = header("hx-current-url").and_then(local);
    let found = if method == Method::GET || method == Method::HEAD {
        named.filter(|_| header("hx-target").is_some()).or(own)
    } else {
        named.or_else(|| header("referer").and_then(local))
    };
    found.unwrap_or_else(Local::home)
}

/// Whether a browser keeps secure cookies from here: https, or the loopback interface.
fn is_trustworthy(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = text(HOST.as_str());
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let loopback = name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || text("x-forwarded-proto").eq_ignore_ascii_case("https") || app.config.public_is_https()
}

/// The address of the person: the connection's, or what a proxy that we trust says of it.
fn client_address(app: &App, parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let trusted = |address: &IpAddr| app.config.trusted_proxies.iter().any(|network| network.contains(address));
    if !trusted(&peer.ip()) {
        return Some(peer.ip());
    }
    let lines = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> =
        lines.flat_map(|line| line.split(',')).map(|address| address.trim().parse::<IpAddr>()).collect();
    // From the right: the first one that is not ours. What is no address ends the search.
    let hop = named.into_iter().rev().map_while(Result::ok).find(|address| !trusted(address));
    hop.or(Some(peer.ip()))
}

/// Lets reading pass. A change passes when it comes from a page of ours and carries the session's token.
async fn admit(visit: &Visit, parts: &mut Parts, body: Body, ended: bool) -> Result<Body, Response> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(body);
    }
    if parts.method != Method::POST {
        return Err(Failure::Malformed(StatusCode::METHOD_NOT_ALLOWED).into_response());
    }
    if !is_same_origin(visit, &parts.headers) {
        tracing::warn!("a form from another site was refused");
        return Err(Failure::ForeignForm.into_response());
    }
    let bytes = read_form(body, FORM_TIME).await.map_err(|status| Failure::Malformed(status).into_response())?;
    let posted = Posted(form_urlencoded::parse(&bytes).into_owned().collect());
    let known = visit.incoming.session.is_some();
    if known && !visit.app.vault.is_form_token(&visit.session.id, posted.get("token")) {
        return Err(Failure::ForeignForm.into_response());
    }
    if (!known || ended) && parts.uri.path() != crate::pages::login::PATH {
        keep_typed(visit, parts.uri.path(), &posted);
        return Err(Failure::LoginNeeded.into_response());
    }
    // A login without a cookie: the page explains why that cannot work.
    parts.extensions.insert(if known { posted } else { Posted::default() });
    Ok(Body::from(Bytes::new()))
}

/// The whole form. It is read before the deadline of the handlers begins, so it has one of its own.
async fn read_form(body: Body, within: Duration) -> Result<Bytes, StatusCode> {
    match timeout(within, to_bytes(body, FORM_MAX)).await {
        Ok(read) => read.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Keeps what was typed into a form whose session has ended, when its page knows how to show it again.
fn keep_typed(visit: &Visit, path: &str, posted: &Posted) {
    let Some(page) = crate::pages::form_page(path) else { return };
    let secret = |name: &str| name == "token" || name.contains("password");
    let fields = posted.0.iter().filter(|(name, _)| !secret(name)).cloned().collect();
    visit.keep_draft(Draft { path: page, fields });
}

/// Whether a change comes from a page of this site: the browser says so, or its `Origin` does. Neither is a no.
fn is_same_origin(visit: &Visit, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => {
            let origin: Option<Uri> = text(ORIGIN.as_str()).and_then(|origin| origin.parse().ok());
            let Some(origin) = origin.and_then(|origin| origin.authority().cloned()) else { return false };
            let host = text(HOST.as_str()).is_some_and(|host| origin.as_str().eq_ignore_ascii_case(host));
            host || visit.app.config.public_authority().is_some_and(|ours| *ours == origin)
        }
    }
}

/// What the handlers, or the layers within, could not do. A bare error status is one of the router's or the deadline's.
fn failure_of(response: &Response) -> Option<Failure> {
    if let Some(failure) = response.extensions().get::<Failure>() {
        return Some(failure.clone());
    }
    let bare = response.headers().get(CONTENT_TYPE).is_none();
    match response.status() {
        status if !bare || !(status.is_client_error() || status.is_server_error()) => None,
        StatusCode::NOT_FOUND => Some(Failure::NotFound),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Some(Failure::Down),
        status if status.is_server_error() => Some(Failure::Internal(None)),
        status => Some(Failure::Malformed(status)),
    }
}

/// The answer with its cookies. A session that fits into none is ended and said so.
async fn leave(visit: &mut Visit, mut response: Response) -> Response {
    let out = std::mem::take(&mut *visit.outgoing());
    let cookies = match out.write(&visit.app.vault) {
        Ok(cookies) => cookies,
        Err(session) => {
            tracing::error!("a session does not fit into a cookie");
            visit.session = *session;
            // It would otherwise live on with nobody to use it.
            let _ = timeout(LOGOUT_TIME, visit.client().logout()).await;
            visit.log_out();
            response = Failure::TooManyRoles.page(visit);
            std::mem::take(&mut *visit.outgoing()).write(&visit.app.vault).unwrap_or_default()
        }
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, value);
        }
    }
    response
}

/// Puts the security headers on everything that is answered, static files too. With https in front, browsers are told
/// to use nothing else for a year.
pub async fn secure(State(https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if https {
        let value = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, value);
    }
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Packs a page. Form tokens are masked anew on every page, so their length under compression tells nothing.
async fn compress(response: Response) -> Response {
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Pages are made whole in memory before they come here.
    let Ok(page) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if page.len() < GZIP_FROM {
        return Response::from_parts(parts, Body::from(page));
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 4), Compression::new(5));
    match encoder.write_all(&page).and_then(|()| encoder.finish()) {
        Ok(packed) => {
            parts.headers.remove(CONTENT_LENGTH);
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
            Response::from_parts(parts, Body::from(packed))
        }
        Err(_) => Response::from_parts(parts, Body::from(page)),
    }
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
