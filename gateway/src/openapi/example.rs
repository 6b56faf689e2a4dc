//! Examples made of schemas, so that every body in the description has one and none can be out of date.

use serde_json::{Map, Value, json};

/// Nesting beyond this is left out; our schemas are not recursive.
const DEEPEST: u8 = 20;

/// An example of a schema. References lead into `document`.
pub(super) fn of(schema: &Value, document: &Value) -> Value {
    make(schema, document, "", 0)
}

fn make(schema: &Value, document: &Value, name: &str, depth: u8) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(given) = schema.get("example").or_else(|| schema.pointer("/examples/0")) {
        return given.clone();
    }
    if let Some(target) = resolve(schema, document) {
        return make(target, document, name, depth);
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema.get(choice).and_then(Value::as_array) {
            let chosen = choices.iter().find(|choice| kind(choice) != "null");
            return chosen.map_or(Value::Null, |chosen| make(chosen, document, name, depth + 1));
        }
    }
    match kind(schema) {
        "object" => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => {
                let fields =
                    properties.iter().map(|(name, schema)| (name.clone(), make(schema, document, name, depth + 1)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            None => json!({}),
        },
        "array" => match schema.get("items") {
            Some(items) => json!([make(items, document, name, depth + 1)]),
            None => json!([]),
        },
        "string" => json!(text(schema, name)),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

/// What a reference leads to.
pub(super) fn resolve<'a>(schema: &Value, document: &'a Value) -> Option<&'a Value> {
    let reference = schema.get("$ref")?.as_str()?;
    document.pointer(reference.strip_prefix('#')?)
}

/// The type of a schema; of a nullable one the type that is not null.
pub(super) fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn text(schema: &Value, name: &str) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let text = match (format, name) {
        ("date-time", "closes_at") => "2026-09-14T16:59:59Z",
        ("date-time", _) => "2026-09-01T01:00:00Z",
        ("date", _) => "2005-08-17",
        ("password", "new_password") => "a longer secret than before",
        ("password", _) => "a long secret",
        (_, "period_code") => "20261",
        (_, "national_id") => "3171234567890123",
        (_, "email") => "anindya@kampus.example",
        (_, "phone") => "+62 812 3456 7890",
        (_, "cursor" | "next_cursor") => "eyJrIjoiMjAyNDAxMDUwIn0",
        (_, "reason") => "service-down",
        (_, name) if name == "id" || name.ends_with("_id") => "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11",
        (_, "scope_key") => "2024",
        _ => "text",
    };
    text.to_owned()
}
