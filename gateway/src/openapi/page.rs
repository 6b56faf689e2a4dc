//! The description as a page: one HTML document without scripts, made of the OpenAPI document and nothing else.

use api::routes;
use serde_json::Value;

use super::complete::method;
use super::example::{kind, resolve};
use super::html::Html;

/// The whole page.
pub(super) fn render(document: &Value) -> String {
    let mut html = Html::default();
    let title = text(document, "/info/title");
    html.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.element("title", &format!("{title} API"));
    html.raw("<link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head><body>");
    html.raw("<a class=\"skip\" href=\"#content\">Skip to content</a>");
    contents(&mut html, document);
    html.raw("<main id=\"content\"><header>");
    html.element("h1", &format!("{title} API {}", text(document, "/info/version")));
    html.prose(text(document, "/info/description"));
    html.raw("<p>For programs: <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1).</p></header>");
    for tag in list(document, "/tags") {
        section(&mut html, tag, document);
    }
    errors(&mut html, document);
    schemas(&mut html, document);
    html.raw("</main></body></html>");
    html.into_string()
}

/// Operations of a tag, in the order of the route list.
fn operations<'a>(tag: &'a str, document: &'a Value) -> impl Iterator<Item = (routes::Route, &'a Value)> {
    routes::ALL
        .iter()
        .map(|route| (*route, &document["paths"][route.path][method(*route)]))
        .filter(move |(_, operation)| list(operation, "/tags").any(|name| name == tag))
}

fn contents(html: &mut Html, document: &Value) {
    html.raw("<nav aria-label=\"Contents\">");
    for tag in list(document, "/tags").map(|tag| text(tag, "/name")) {
        html.raw("<h2>");
        html.link(&format!("tag-{tag}"), tag);
        html.raw("</h2><ul>");
        for (route, operation) in operations(tag, document) {
            html.raw("<li>");
            html.element(&format!("span class=\"m {}\"", method(route)), route.method.as_str());
            html.raw(" ");
            html.link(text(operation, "/operationId"), text(operation, "/summary"));
            html.raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("<h2><a href=\"#errors\">Errors</a></h2><h2><a href=\"#types\">Types</a></h2></nav>");
}

fn section(html: &mut Html, tag: &Value, document: &Value) {
    let name = text(tag, "/name");
    html.raw(&format!("<section id=\"tag-{name}\">"));
    html.element("h2", name);
    html.prose(text(tag, "/description"));
    for (route, operation) in operations(name, document) {
        html.raw("<article id=\"");
        html.text(text(operation, "/operationId"));
        html.raw("\">");
        html.element("h3", text(operation, "/summary"));
        html.raw("<p class=\"route\">");
        html.element(&format!("span class=\"m {}\"", method(route)), route.method.as_str());
        html.raw(" ");
        html.element("code", route.path);
        html.raw("</p>");
        html.prose(text(operation, "/description"));
        html.raw("<p class=\"access\">");
        html.text(access(operation));
        html.raw("</p>");
        parameters(html, operation, document);
        request(html, operation, document);
        responses(html, operation, document);
        html.raw("</article>");
    }
    html.raw("</section>");
}

fn access(operation: &Value) -> &'static str {
    match list(operation, "/security").collect::<Vec<_>>().as_slice() {
        [] => "Needs no access token.",
        [_] => "Needs an access token.",
        _ => "Takes an access token, needs none.",
    }
}

fn parameters(html: &mut Html, operation: &Value, document: &Value) {
    let parameters: Vec<&Value> =
        list(operation, "/parameters").map(|parameter| resolve(parameter, document).unwrap_or(parameter)).collect();
    if parameters.is_empty() {
        return;
    }
    html.raw("<h4>Parameters</h4><div class=\"wide\"><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for parameter in parameters {
        html.raw("<tr><td>");
        html.element("code", text(parameter, "/name"));
        if parameter["required"] == true {
            html.raw(" <span class=\"req\">required</span>");
        }
        html.raw("</td><td>");
        html.text(text(parameter, "/in"));
        html.raw("</td><td>");
        schema_type(html, &parameter["schema"]);
        html.raw("</td><td>");
        html.inline(text(parameter, "/description"));
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table></div>");
}

fn request(html: &mut Html, operation: &Value, document: &Value) {
    let Some(content) = operation.pointer("/requestBody/content/application~1json") else { return };
    html.raw("<h4>Request</h4><p>");
    schema_type(html, &content["schema"]);
    html.raw("</p>");
    if let Some(schema) = resolve(&content["schema"], document) {
        fields(html, schema);
    }
    html.raw("<details><summary>Example</summary>");
    html.sample(&content["example"]);
    html.raw("</details>");
}

fn responses(html: &mut Html, operation: &Value, document: &Value) {
    let Some(responses) = operation["responses"].as_object() else { return };
    html.raw("<h4>Answers</h4><dl>");
    for (status, response) in responses {
        let reference = text(response, "/$ref").rsplit('/').next().unwrap_or_default();
        let shared = resolve(response, document);
        let response = shared.unwrap_or(response);
        html.raw("<dt>");
        html.element(&format!("span class=\"s s{}\"", &status[..1]), status);
        html.raw("</dt><dd>");
        if shared.is_some() {
            html.link(&format!("error-{reference}"), reference);
            html.raw(": ");
        }
        html.inline(text(response, "/description"));
        if let Some(content) = response.pointer("/content/application~1json") {
            html.raw(" ");
            schema_type(html, &content["schema"]);
            html.raw("<details><summary>Example</summary>");
            html.sample(&content["example"]);
            html.raw("</details>");
        }
        html.raw("</dd>");
    }
    html.raw("</dl>");
}

fn errors(html: &mut Html, document: &Value) {
    html.raw("<section id=\"errors\"><h2>Errors</h2>");
    html.prose("Every refusal is a problem document, `application/problem+json`. Its `reason` is a stable word; `errors` names everything that is wrong.");
    let shared = document.pointer("/components/responses").and_then(Value::as_object);
    for (name, response) in shared.into_iter().flatten() {
        let example = response.pointer("/content/application~1problem+json/example").unwrap_or(&Value::Null);
        html.raw("<article id=\"error-");
        html.text(name);
        html.raw("\">");
        html.element("h3", &format!("{} {name}", example["status"]));
        html.prose(text(response, "/description"));
        html.raw("<details><summary>Example</summary>");
        html.sample(example);
        html.raw("</details></article>");
    }
    html.raw("</section>");
}

fn schemas(html: &mut Html, document: &Value) {
    html.raw("<section id=\"types\"><h2>Types</h2>");
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        html.raw("<article id=\"type-");
        html.text(name);
        html.raw("\">");
        html.element("h3", name);
        html.prose(text(schema, "/description"));
        fields(html, schema);
        let words: Vec<&str> = list(schema, "/enum").filter_map(Value::as_str).collect();
        if !words.is_empty() {
            html.prose(&words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
        }
        for choice in list(schema, "/oneOf") {
            fields(html, choice);
        }
        html.raw("</article>");
    }
    html.raw("</section>");
}

fn fields(html: &mut Html, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    html.raw("<div class=\"wide\"><table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for (name, field) in properties {
        html.raw("<tr><td>");
        html.element("code", name);
        if list(schema, "/required").any(|required| required == name) {
            html.raw(" <span class=\"req\">required</span>");
        }
        html.raw("</td><td>");
        schema_type(html, field);
        html.raw("</td><td>");
        html.inline(text(field, "/description"));
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table></div>");
}

/// The type of a schema with its limits, linked where it has a name.
fn schema_type(html: &mut Html, schema: &Value) {
    let reference = text(schema, "/$ref").rsplit('/').next().unwrap_or_default();
    if !reference.is_empty() {
        return html.link(&format!("type-{reference}"), reference);
    }
    for choices in ["/oneOf", "/allOf", "/anyOf"] {
        if let Some(named) = list(schema, choices).find(|choice| kind(choice) != "null") {
            schema_type(html, named);
            return html.raw(if choices == "/oneOf" { " or null" } else { "" });
        }
    }
    if kind(schema) == "array" {
        html.raw("list of ");
        schema_type(html, &schema["items"]);
    } else {
        let words: Vec<&str> = list(schema, "/enum").filter_map(Value::as_str).collect();
        html.text(if words.is_empty() { kind(schema).to_owned() } else { words.join(", ") }.as_str());
    }
    let nullable = list(schema, "/type").any(|kind| kind == "null");
    html.raw(if nullable { " or null" } else { "" });
    let limits = [
        ("format", ""),
        ("minLength", "at least "),
        ("maxLength", "at most "),
        ("minimum", "from "),
        ("maximum", "to "),
        ("maxItems", "at most "),
        ("pattern", ""),
    ];
    for (name, words) in limits {
        let unit = match name {
            "minLength" | "maxLength" => " characters",
            "maxItems" => " items",
            _ => "",
        };
        if let Some(limit) = schema.get(name) {
            let limit = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
            html.raw(" <span class=\"lim\">");
            html.text(&format!("{words}{limit}{unit}"));
            html.raw("</span>");
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}
