//! Whoever talks to the REST interface: with a password, with a token, or with nothing.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::system::System;

/// Accounts of the demo campus.
pub(crate) mod demo {
    /// Password of every demo account.
    pub(crate) const PASSWORD: &str = "kampus-demo-2026";
    /// In the third semester, with a KRS begun.
    pub(crate) const STUDENT: &str = "2505010007";
    /// In the first semester.
    pub(crate) const FRESHMAN: &str = "2605010003";
    /// Advises [`STUDENT`] and leads the classes whose grades of [`super::GRADED`] are not out yet.
    pub(crate) const LECTURER: &str = "9904038107";
    /// A lecturer who does not advise [`STUDENT`].
    pub(crate) const OTHER_LECTURER: &str = "9904067201";
    /// Administers S1 Informatika.
    pub(crate) const PROGRAMME_ADMIN: &str = "admin.if";
    /// The academic bureau.
    pub(crate) const REGISTRAR: &str = "baak";
    /// Accounts and roles.
    pub(crate) const SYSTEM_ADMIN: &str = "admin";
}

/// The demo campus's running period.
pub(crate) const PERIOD: &str = "20261";

/// The demo campus's period before, with grades that wait to be published.
pub(crate) const GRADED: &str = "20252";

/// Shorter than the gateway keeps an idle connection open, so that none is used just as it closes.
const IDLE: Duration = Duration::from_secs(5);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    /// JSON, or the text as a JSON string.
    pub(crate) body: Value,
}

impl Answer {
    /// Reason word of a problem; empty for anything else.
    pub(crate) fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or_default()
    }

    /// Reason words of all refusals in a problem.
    pub(crate) fn reasons(&self) -> Vec<&str> {
        self.body["errors"].as_array().into_iter().flatten().filter_map(|error| error["reason"].as_str()).collect()
    }

    /// The version that the answer tells of.
    pub(crate) fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().expect("plain text").to_owned()
    }

    /// Fails unless the answer is a success.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self
    }
}

/// One client of the REST interface.
#[derive(Clone)]
pub(crate) struct Person {
    http: reqwest::Client,
    api: String,
    token: Option<String>,
}

impl Person {
    /// Without a token.
    pub(crate) fn anonymous(system: &System) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE).build().expect("a client");
        Self { http, api: system.api.clone(), token: None }
    }

    /// Logged in with a demo account's password.
    pub(crate) async fn demo(system: &System, user_name: &str) -> Self {
        Self::login(system, user_name, demo::PASSWORD).await
    }

    /// Logged in with a password.
    pub(crate) async fn login(system: &System, user_name: &str, password: &str) -> Self {
        let anonymous = Self::anonymous(system);
        let body = json!({ "user_name": user_name, "password": password });
        let answer = anonymous.send(Method::POST, "/api/v1/sessions", Some(body)).await.good();
        anonymous.with_token(answer.body["access_token"].as_str().expect("a token"))
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request to be refined by the caller.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method.clone(), path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        answer(request).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Reads a resource.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Reads every page of a list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{joint}limit=200{cursor}")).await.good();
            items.extend(page.body["items"].as_array().expect("a page has items").iter().cloned());
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Changes a versioned resource as it is now.
    pub(crate) async fn put(&self, path: &str, etag: &str, body: Value) -> Answer {
        let request = self.request(Method::PUT, path).header(header::IF_MATCH, etag).json(&body);
        answer(request).await.unwrap_or_else(|error| panic!("PUT {path}: {error}"))
    }

    /// Does something to a resource as it is now.
    pub(crate) async fn post(&self, path: &str, etag: &str) -> Answer {
        let request = self.request(Method::POST, path).header(header::IF_MATCH, etag);
        answer(request).await.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// The classes of a period that the caller leads and whose grades are not out yet.
    pub(crate) async fn open_sheets(&self, period: &str) -> Vec<String> {
        let lead = self.get("/api/v1/me").await.good().body["lecturer_id"].as_str().expect("a lecturer").to_owned();
        let sheets = self.all(&format!("/api/v1/sheets?period={period}&lecturer_id={lead}")).await;
        let open = sheets.iter().filter(|sheet| sheet["lead"] == true && sheet["state"] != "published");
        open.map(|sheet| sheet["class_id"].as_str().expect("an id").to_owned()).collect()
    }

    /// Gives every score that a grade sheet lacks.
    pub(crate) async fn fill_sheet(&self, class: &str, score_hundredths: u32) {
        let path = format!("/api/v1/classes/{class}/sheet");
        let sheet = self.get(&path).await.good().body;
        let missing = |row: &Value| -> Vec<Value> {
            let scores =
                row["scores"].as_array().into_iter().flatten().filter(|score| score["score_hundredths"].is_null());
            scores
                .map(|score| json!({ "component_id": score["component_id"], "score_hundredths": score_hundredths }))
                .collect()
        };
        let rows = sheet["rows"].as_array().into_iter().flatten().filter(|row| !missing(row).is_empty());
        let rows: Vec<_> = rows
            .map(|row| json!({ "student_id": row["student_id"], "version": row["version"], "scores": missing(row) }))
            .collect();
        if !rows.is_empty() {
            self.send(Method::PUT, &format!("{path}/scores"), Some(json!({ "rows": rows }))).await.good();
        }
    }

    /// Takes a class.
    pub(crate) async fn take(&self, student: &str, class: &str) -> Answer {
        let path = format!("/api/v1/students/{student}/plans/{PERIOD}/items");
        self.send(Method::POST, &path, Some(json!({ "class_id": class }))).await
    }

    /// Gives a class back.
    pub(crate) async fn give_back(&self, student: &str, class: &str) -> Answer {
        let path = format!("/api/v1/students/{student}/plans/{PERIOD}/items/{class}");
        self.send(Method::DELETE, &path, None).await
    }

    /// The caller's student id.
    pub(crate) async fn student_id(&self) -> String {
        let me = self.get("/api/v1/me").await.good();
        me.body["student_id"].as_str().expect("a student").to_owned()
    }
}

/// Sends, and reads the answer whole.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await?;
    let body =
        serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Ok(Answer { status, headers, body })
}

/// Gives a person's account a password, or makes an account, as an operator does.
pub(crate) fn make_account(system: &System, user_name: &str, password: &str, options: &[&str]) {
    let arguments = [&["admin", "create", user_name], options].concat();
    let output = system.command_with_input(&arguments, &format!("{password}\n{password}\n"));
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
