//! No bad input is ever our fault: every field of every operation, as the OpenAPI document lists them, is sent wrong.

use std::sync::LazyLock;

use futures_util::{StreamExt, stream};
use reqwest::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::both_engines;
use crate::people::{Answer, Person, answer, demo};
use crate::system::System;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// JSON values that no field wants, whatever its type; one or the other may still be a valid value of some field.
static HOSTILE: LazyLock<Vec<Value>> = LazyLock::new(|| {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("💥\u{202e}ʇxǝʇ"),
        json!("<script>alert(1)</script>"),
        json!("' OR 1=1 --"),
        json!("9999-99-99T99:99:99Z"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([null, [[]], { "a": [1] }]),
        json!({}),
        json!({ "$ref": "#" }),
    ]
});

/// Segments and query values, percent-encoded already.
const HOSTILE_TEXT: [&str; 12] = [
    "%00",
    "%FF%FE",
    "..%2F..%2Fetc",
    "%20",
    "-1",
    "18446744073709551616",
    "null",
    "%F0%9F%92%A5",
    "'%20OR%201=1--",
    "%3Cscript%3E",
    "00000000-0000-0000-0000-000000000000",
    "%25%25s%25n",
];

/// Bodies that are no JSON object at all.
const HOSTILE_BODIES: [&[u8]; 9] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"\"text\"",
    b"{\"a\":\xff\xfe}",
    b"{\"a\":1}{\"a\":1}",
    b"\x1f\x8b\x08\x00",
    b"{\"\\u0000\":1}",
];

/// One operation of the document.
struct Operation {
    method: Method,
    path: String,
    parameters: Vec<(String, String)>,
    schema: Option<Value>,
}

/// A request that should be answered with anything but our fault.
struct Case {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
}

both_engines! {
    async fn no_bad_input_is_our_fault(engine: Engine) {
        // Some of it is not wrong at all but only unwise, such as a period without windows: nobody else lives with that.
        let system = &System::start(engine).await;
        let registrar = Person::demo(system, demo::REGISTRAR).await;
        let document = registrar.get("/api/openapi.json").await.good().body;
        let cases: Vec<Case> = operations(&document).iter().flat_map(|operation| cases(&document, operation)).collect();
        assert!(cases.len() > 1_000, "only {} cases were made of the document", cases.len());
        for person in [registrar, Person::demo(system, demo::FRESHMAN).await, Person::anonymous(system)] {
            let complaints: Vec<String> = stream::iter(&cases)
                .map(|case| complaint(&person, case))
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect()
                .await;
            assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), cases.len(), complaints[..complaints.len().min(20)].join("\n"));
        }
    }
}

/// What is wrong with the answer to a case, if anything.
async fn complaint(person: &Person, case: &Case) -> Option<String> {
    let mut request = person
        .request(case.method.clone(), &case.path)
        .header("idempotency-key", "nonsense")
        .header(header::IF_MATCH, "\"1\"");
    if let Some(body) = &case.body {
        request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
    }
    let shown = || {
        let body = case.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        format!("{} {} {}", case.method, case.path, body.chars().take(200).collect::<String>())
    };
    match answer(request).await {
        Err(error) => Some(format!("{}: {error:?}", shown())),
        Ok(found) => wrong(&found).map(|what| format!("{}: {what}", shown())),
    }
}

/// An answer is good when it is a success, or a client error told as a problem with a reason.
fn wrong(found: &Answer) -> Option<String> {
    if found.status.is_server_error() {
        return Some(format!("{} {}", found.status, found.body));
    }
    if found.status.is_success() || found.status == StatusCode::NOT_MODIFIED {
        return None;
    }
    let kind = found.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = kind.starts_with("application/problem+json") && !found.reason().is_empty();
    (!told).then(|| format!("{} is no problem document: {kind} {}", found.status, found.body))
}

/// Every operation but the end of the session in use.
fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("the document has paths") {
        for (method, operation) in methods.as_object().expect("a path has methods") {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if path.ends_with("/sessions/current") {
                continue;
            }
            let parameters = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|parameter| (text(&parameter["in"]), text(&parameter["name"])))
                .collect();
            let schema = operation["requestBody"]["content"]["application/json"].get("schema").cloned();
            found.push(Operation { method, path: path.clone(), parameters, schema });
        }
    }
    assert!(found.len() > 30, "the document lists {} operations", found.len());
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Each path segment, each query parameter and each field wrong in turn, and bodies that are none.
fn cases(document: &Value, operation: &Operation) -> Vec<Case> {
    let mut cases = Vec::new();
    let schema = operation.schema.as_ref().map(|schema| resolve(document, schema));
    let sound = schema.as_ref().map(|schema| example(document, schema, 0));
    let body = sound.as_ref().map(|body| body.to_string().into_bytes());
    let mut push =
        |path: String, body: Option<Vec<u8>>| cases.push(Case { method: operation.method.clone(), path, body });

    let plain = filled(&operation.path, None);
    let long = "x".repeat(5_000);
    for (place, name) in &operation.parameters {
        for wrong in HOSTILE_TEXT.iter().copied().chain([long.as_str()]) {
            match place.as_str() {
                "path" => push(filled(&operation.path, Some((name, wrong))), body.clone()),
                "query" => push(format!("{plain}?{name}={wrong}"), body.clone()),
                _ => {}
            }
        }
    }
    if let Some(sound) = sound {
        for wrong in fields(&sound) {
            push(plain.clone(), Some(wrong.to_string().into_bytes()));
        }
        for wrong in HOSTILE_BODIES {
            push(plain.clone(), Some(wrong.to_vec()));
        }
        push(plain.clone(), Some("[".repeat(10_000).into_bytes()));
        push(plain.clone(), None);
    }
    cases
}

/// The path with its placeholders filled, one of them with something chosen.
fn filled(path: &str, chosen: Option<(&str, &str)>) -> String {
    path.split('/')
        .map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => segment,
            Some(name) => match chosen {
                Some((wanted, value)) if wanted == name => value,
                _ if matches!(name, "period" | "code") => "20261",
                _ => "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11",
            },
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The body with each field, at any depth, replaced, left out, or joined by an unknown one.
fn fields(sound: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match sound {
        Value::Object(members) => {
            for (name, inner) in members {
                let with = |value: Value| {
                    let mut changed = members.clone();
                    changed.insert(name.clone(), value);
                    Value::Object(changed)
                };
                found.extend(HOSTILE.iter().cloned().map(with));
                found.extend(fields(inner).into_iter().map(with));
                let mut without = members.clone();
                without.remove(name);
                found.push(Value::Object(without));
            }
            let mut more = members.clone();
            more.insert("is_admin".into(), json!(true));
            found.push(Value::Object(more));
        }
        Value::Array(items) => {
            for inner in items.iter().take(1) {
                found.extend(HOSTILE.iter().map(|wrong| json!([wrong])));
                found.extend(fields(inner).into_iter().map(|changed| json!([changed])));
                found.push(json!(vec![inner; 500]));
            }
        }
        _ => {}
    }
    found
}

/// Follows a reference.
fn resolve(document: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(
            document,
            document.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere"),
        ),
        None => schema.clone(),
    }
}

/// A body that has every field.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(choice) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).or(schema["allOf"].as_array()) {
        let real = choice.iter().find(|one| one["type"] != "null");
        return real.map_or(Value::Null, |one| example(document, one, depth));
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str() {
        Some("object") if depth < 4 => {
            let members: Map<String, Value> = schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, inner)| (name.clone(), example(document, inner, depth + 1)))
                .collect();
            Value::Object(members)
        }
        Some("array") => json!([example(document, &schema["items"], depth + 1)]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        _ => json!("text"),
    }
}
