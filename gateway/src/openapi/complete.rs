//! What all routes share, written into the document from the router's table: security, headers, errors, examples.

use api::routes::{self as r, Method, Route};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::example;
use crate::edge::extract::{LONGEST_ID, LONGEST_TICKET};
use crate::edge::gate::{Access, Gate, takes_key};

/// Routes that need `If-Match`.
pub(super) const VERSIONED: [Route; 23] = [
    r::STUDENT_PUT,
    r::WAIVERS_POST,
    r::PERIOD_PUT,
    r::ROOM_PUT,
    r::COURSE_PUT,
    r::PREREQUISITES_PUT,
    r::EQUIVALENTS_PUT,
    r::CURRICULUM_PUT,
    r::CLASS_PUT,
    r::SUBMISSION_POST,
    r::SUBMISSION_DELETE,
    r::APPROVAL_POST,
    r::RETURN_POST,
    r::REVISION_POST,
    r::VOID_POST,
    r::PACKAGE_PUT,
    r::PACKAGE_DELETE,
    r::WISHES_PUT,
    r::POLICY_PUT,
    r::POLICY_DELETE,
    r::COMPONENTS_PUT,
    r::PUBLICATION_POST,
    r::SCALE_PUT,
];

/// Routes that pass the ticket of the waiting room on: what a student changes.
pub(super) const TICKETED: [Route; 10] = [
    r::PLAN_POST,
    r::ITEMS_POST,
    r::ITEM_DELETE,
    r::SWAPS_POST,
    r::PACKAGE_TAKE,
    r::SUBMISSION_POST,
    r::SUBMISSION_DELETE,
    r::REVISION_POST,
    r::WAITING_POST,
    r::WAITING_DELETE,
];

/// Each error that any route can answer with: status, name, when, and the reason of its example.
const ERRORS: [(u16, &str, &str, &str); 17] = [
    (400, "Malformed", "The request is malformed: `errors` names every field that is.", "malformed-request"),
    (401, "Unauthenticated", "No valid access token: log in, or refresh.", "token-expired"),
    (403, "Denied", "The caller may not do this.", "not-allowed"),
    (404, "Absent", "It is not there, or the caller may not know of it.", "not-found"),
    (405, "MethodNotAllowed", "The path exists, but not with this method.", "method-not-allowed"),
    (408, "BodyTooSlow", "The body did not arrive in time.", "body-too-slow"),
    (
        409,
        "Refused",
        "Rules refuse it (`errors` names all of them), it exists already, or it is under way.",
        "class-full",
    ),
    (412, "Stale", "Somebody else changed it since it was read: read it again.", "version-stale"),
    (413, "BodyTooLarge", "The body is too long.", "body-too-large"),
    (414, "AddressTooLong", "Path and query are too long.", "uri-too-long"),
    (415, "MediaType", "The body is not declared as `application/json`.", "media-type-unsupported"),
    (422, "KeyReused", "The `Idempotency-Key` was used for another request.", "idempotency-key-reused"),
    (428, "PreconditionRequired", "`If-Match` is missing.", "precondition-required"),
    (429, "TooFast", "Too many requests: come back after `Retry-After` seconds.", "rate-limited"),
    (500, "Internal", "A fault of ours: name `trace_id` when you ask for help.", "internal"),
    (
        503,
        "Unavailable",
        "A service that is needed is down or overloaded: come back after `Retry-After` seconds.",
        "service-down",
    ),
    (
        504,
        "TooSlow",
        "A service did not answer in time. Whether a change took effect is unknown: send it again with the same `Idempotency-Key`.",
        "too-slow",
    ),
];

/// Completes the document.
pub(super) fn complete(document: &mut Value, gates: impl Iterator<Item = (Route, Gate)>) {
    let named = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        refer(schema, &named, Some(name));
    }
    document["components"]["securitySchemes"] = json!({"bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The `access_token` of `POST /api/v1/sessions`, good for five minutes."
    }});
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = parameters();
    let shape = example::of(&json!({"$ref": "#/components/schemas/Problem"}), document);
    document["components"]["responses"] =
        ERRORS.iter().map(|error| (error.1.to_owned(), response(error, &shape))).collect::<Map<_, _>>().into();
    let gates: Vec<_> = gates.collect();
    for route in r::ALL {
        let gate = gates.iter().find(|(gated, _)| gated == route).map(|(_, gate)| *gate);
        let mut operation = document["paths"][route.path][method(*route)].take();
        if operation.is_object() {
            complete_operation(&mut operation, *route, gate, document);
        }
        document["paths"][route.path][method(*route)] = operation;
    }
}

/// Replaces a schema that stands in the middle of another by a reference to its name: generic types spell out their
/// arguments.
fn refer(schema: &mut Value, named: &Map<String, Value>, own: Option<&str>) {
    let same = named.iter().find(|(name, known)| Some(name.as_str()) != own && *known == schema);
    match (same, schema) {
        (Some((name, _)), schema) => *schema = json!({"$ref": format!("#/components/schemas/{name}")}),
        (None, Value::Object(fields)) => fields.values_mut().for_each(|field| refer(field, named, None)),
        (None, Value::Array(items)) => items.iter_mut().for_each(|item| refer(item, named, None)),
        (None, _) => {}
    }
}

/// The key of a method in a path item.
pub(super) fn method(route: Route) -> String {
    route.method.as_str().to_ascii_lowercase()
}

fn complete_operation(operation: &mut Value, route: Route, gate: Option<Gate>, document: &Value) {
    let versioned = VERSIONED.contains(&route);
    let has_body = operation.get("requestBody").is_some();
    operation["security"] = match gate.map(|gate| gate.access) {
        None | Some(Access::Open) => json!([]),
        Some(Access::Optional) => json!([{}, {"bearer": []}]),
        Some(Access::Required | Access::Graceful) => json!([{"bearer": []}]),
    };
    if let Some(content) = operation.pointer_mut("/requestBody/content/application~1json") {
        content["example"] = example::of(&content["schema"], document);
    }
    // Indexing would insert what is not there.
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if parameter["in"] == "path" && parameter["schema"]["type"] == "string" {
            parameter["schema"]["minLength"] = json!(1);
            parameter["schema"]["maxLength"] = json!(LONGEST_ID);
        }
    }
    let tagged = complete_success(operation, route, document);
    let mut add =
        |name: &str| push(operation, "parameters", json!({"$ref": format!("#/components/parameters/{name}")}));
    if takes_key(route) && !is_login(route) {
        add("IdempotencyKey");
    }
    if versioned {
        add("IfMatch");
    }
    if TICKETED.contains(&route) {
        add("AdmissionTicket");
    }
    if tagged && route.method == Method::Get {
        add("IfNoneMatch");
        operation["responses"]["304"] =
            json!({"description": "It is as you have it: `If-None-Match` names its `ETag`."});
    }
    for (status, name, ..) in ERRORS {
        if applies(status, route, gate, has_body, versioned) {
            operation["responses"][status.to_string()] = json!({"$ref": format!("#/components/responses/{name}")});
        }
    }
}

/// Gives good answers their headers and examples; says whether they have an entity tag.
fn complete_success(operation: &mut Value, route: Route, document: &Value) -> bool {
    let mut tagged = false;
    let Some(responses) = operation["responses"].as_object_mut() else { return false };
    for (status, response) in responses {
        let mut headers = vec!["X-Request-Id"];
        if let Some(content) = response.pointer_mut("/content/application~1json") {
            let example = example::of(&content["schema"], document);
            tagged = example.get("version").is_some()
                || [r::CLASSES_GET, r::CHOICES_GET, r::PERIODS_GET, r::JWKS_GET].contains(&route);
            headers.extend(tagged.then_some("ETag"));
            headers.extend((example.get("next_cursor").is_some()).then_some("Link"));
            headers.extend(
                (status == "201" && example.get("version").is_some() && route != r::ROOMS_POST || status == "202")
                    .then_some("Location"),
            );
            content["example"] = example;
        }
        for name in headers {
            response["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
        }
    }
    tagged
}

/// Tokens are made anew for each request: there is nothing to answer again.
fn is_login(route: Route) -> bool {
    [r::SESSIONS_POST, r::SESSIONS_REFRESH].contains(&route)
}

/// Whether a route can answer with an error.
fn applies(status: u16, route: Route, gate: Option<Gate>, has_body: bool, versioned: bool) -> bool {
    let Some(gate) = gate else {
        // Health: outside of the gates.
        return route == r::READY_GET && status == 503;
    };
    let login = is_login(route);
    let post = route.method == Method::Post;
    match status {
        400 | 414 | 429 | 500 | 503 | 504 => true,
        401 => gate.access != Access::Open || login,
        403 => matches!(gate.access, Access::Required | Access::Graceful),
        404 => route.path.contains('{') || post && !login,
        // A body that the route does not ask for is read, and passed over.
        408 | 413 => matches!(route.method, Method::Post | Method::Put),
        415 => has_body,
        409 => route.method != Method::Get && !login,
        412 | 428 => versioned,
        422 => takes_key(route) && !login,
        _ => false,
    }
}

fn response((status, _, description, reason): &(u16, &str, &str, &str), shape: &Value) -> Value {
    let title = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let waits = matches!(status, 429 | 503);
    let mut problem = shape.clone();
    problem["type"] = json!(format!("/problems/{reason}"));
    problem["title"] = json!(title);
    problem["status"] = json!(status);
    problem["reason"] = json!(reason);
    problem["detail"] = if *status == 500 { Value::Null } else { json!(description) };
    problem["errors"] = match status {
        400 => json!([{"field": "capacity", "reason": "field-invalid", "detail": "expected u32", "facts": {}}]),
        409 => json!([{"field": null, "reason": "class-full", "detail": null, "facts": {"class": "IF201 A"}}]),
        _ => json!([]),
    };
    problem["retry_after"] = if waits { json!(1) } else { Value::Null };
    problem["trace_id"] = json!("4bf92f3577b34da6a3ce929d0e0e4736");
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
    if waits {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    if *status == 401 {
        headers["WWW-Authenticate"] = json!({"$ref": "#/components/headers/WWW-Authenticate"});
    }
    json!({
        "description": description,
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": problem}}
    })
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "ETag": text("Changes whenever the answer does; for a versioned resource it begins with the version.", "\"7-q2Vbgd0YLtO2M9Pw\""),
        "Link": text("The next page, when there is one.", "</api/v1/students?limit=50&cursor=eyJrIjoi>; rel=\"next\""),
        "Location": text("Where the new resource is.", "/api/v1/students/0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11"),
        "X-Request-Id": text("Id of the request: the one that was sent, or a new one.", "4bf92f3577b34da6a3ce929d0e0e4736"),
        "WWW-Authenticate": text("RFC 6750.", "Bearer realm=\"siakad\", error=\"invalid_token\""),
        "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "example": 1},
    })
}

fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes the request safe to send again: the same key and body have one effect and one answer for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": api::limits::IDEMPOTENCY_KEY_MAX, "pattern": "^[!-~]+$"},
            "example": "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11"
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The `ETag` that was read, or its version alone in quotes.",
            "schema": {"type": "string", "pattern": "^(W/)?\"[0-9]+(-[^\"]*)?\"$"},
            "example": "\"7\""
        },
        "AdmissionTicket": {
            "name": "Admission-Ticket", "in": "header", "required": false,
            "description": "The `ticket` that the waiting room gave. Needed while one is in force for the student.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_TICKET},
            "example": "eyJwbGFjZSI6MTIwNH0.3q2-7w"
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` of the answer that you have: while it is good, the answer is 304 without a body.",
            "schema": {"type": "string"},
            "example": "\"7-q2Vbgd0YLtO2M9Pw\""
        },
    })
}

fn push(operation: &mut Value, list: &str, item: Value) {
    match operation[list].as_array_mut() {
        Some(items) => items.push(item),
        None => operation[list] = json!([item]),
    }
}
