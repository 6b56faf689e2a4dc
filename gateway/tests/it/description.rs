//! The OpenAPI document says everything that a program has to know.

use std::collections::BTreeSet;

use api::routes::{self as r, Route};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(gateway::openapi()).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (Route, &Value)> {
    r::ALL.iter().map(|route| (*route, &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()]))
}

/// Every object in a value with the place where it stands.
fn objects<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            found.push((at.to_owned(), value));
            fields.iter().for_each(|(name, inner)| objects(inner, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| objects(inner, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_document_is_openapi_3_1() {
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn nothing_is_null_outside_of_examples() {
    let document = document();
    let mut found = Vec::new();
    objects(&document, "", &mut found);
    for (at, object) in found.iter().filter(|(at, _)| !at.contains("/example")) {
        let holes = object.as_object().unwrap().iter().filter(|(name, value)| *name != "example" && value.is_null());
        assert_eq!(holes.count(), 0, "{at}: {object}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = Vec::new();
    objects(&document, "", &mut found);
    let references: Vec<_> =
        found.iter().filter_map(|(at, object)| Some((at, object.get("$ref")?.as_str().unwrap()))).collect();
    assert!(references.len() > 300);
    for (at, reference) in references {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{at}: {reference}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_known_tag() {
    let document = document();
    let tags: BTreeSet<_> = document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str()).collect();
    let mut names = BTreeSet::new();
    for (route, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{route}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{route}");
        assert!(tags.contains(&operation["tags"][0].as_str()), "{route}");
    }
}

#[test]
fn every_placeholder_is_described() {
    let document = document();
    for (route, operation) in operations(&document) {
        let described: BTreeSet<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let placed =
            route.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect::<BTreeSet<_>>();
        assert_eq!(described, placed, "{route}");
    }
}

#[test]
fn every_parameter_says_what_it_means() {
    let document = document();
    let mut seen = 0;
    for (route, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let reference = parameter["$ref"].as_str().map(|at| document.pointer(&at[1..]).unwrap());
            let parameter = reference.unwrap_or(parameter);
            let meaning = parameter["description"].as_str().unwrap_or_default();
            assert!(!meaning.trim().is_empty(), "{route}: {parameter}");
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen} parameters");
}

#[test]
fn every_operation_says_which_errors_it_can_answer_with() {
    let document = document();
    for (route, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        if [r::HEALTH_GET, r::READY_GET].contains(&route) {
            continue;
        }
        for status in ["400", "414", "429", "500", "503", "504"] {
            assert!(responses.contains_key(status), "{route}: {status}");
        }
        let has = |status: &str| responses.contains_key(status);
        let guarded = operation["security"].as_array().unwrap().iter().any(|way| way.get("bearer").is_some());
        assert!(!guarded || has("401"), "{route}");
        assert_eq!(operation.get("requestBody").is_some(), has("413") && has("415"), "{route}");
        assert_eq!(has("412"), has("428"), "{route}");
        assert!(!route.path.contains('{') || has("404"), "{route}");
    }
}

#[test]
fn a_key_is_offered_where_an_answer_is_kept() {
    let document = document();
    for (route, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let keyed = parameters.filter_map(|p| p["$ref"].as_str()).any(|at| at.ends_with("/IdempotencyKey"));
        let login = [r::SESSIONS_POST, r::SESSIONS_REFRESH].contains(&route);
        assert_eq!(
            keyed,
            [r::ITEM_DELETE, r::SUBMISSION_DELETE, r::WAITING_DELETE].contains(&route)
                || route.method == r::Method::Post && !login,
            "{route}"
        );
        assert_eq!(keyed, operation["responses"].get("422").is_some(), "{route}");
    }
}

#[test]
fn only_what_is_public_needs_no_token() {
    let document = document();
    let open: BTreeSet<_> = operations(&document)
        .filter(|(_, operation)| {
            !operation["security"].as_array().unwrap().iter().all(|way| way.get("bearer").is_some())
                || operation["security"].as_array().unwrap().is_empty()
        })
        .map(|(route, _)| route)
        .collect();
    let public = [
        r::SESSIONS_POST,
        r::SESSIONS_REFRESH,
        r::PERIODS_GET,
        r::CLASSES_GET,
        r::JWKS_GET,
        r::HEALTH_GET,
        r::READY_GET,
    ];
    assert_eq!(open, BTreeSet::from(public));
}

#[test]
fn every_field_is_described_and_every_text_that_is_sent_is_limited() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let input = schema["additionalProperties"] == false;
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let nested = schema.pointer("/oneOf/0/description");
            assert!(schema.get("description").or(nested).is_some(), "{name}.{field} is not described");
            let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
            let limited = |names: &[&str]| names.iter().any(|name| schema.get(*name).is_some());
            if input && kinds.contains(&"string".into()) {
                assert!(limited(&["maxLength", "format", "enum"]), "{name}.{field} has no limit");
            }
            if input && kinds.contains(&"integer".into()) {
                assert!(limited(&["maximum"]), "{name}.{field} has no limit");
            }
            if input && kinds.contains(&"array".into()) {
                assert!(limited(&["maxItems"]), "{name}.{field} has no limit");
            }
        }
    }
}

#[test]
fn every_body_has_an_example_without_a_hole() {
    let document = document();
    for (route, operation) in operations(&document) {
        let mut found = Vec::new();
        objects(operation, "", &mut found);
        for (at, content) in
            found.iter().filter(|(at, _)| at.ends_with("/application~1json") || at.ends_with("/application/json"))
        {
            let example = content.get("example").unwrap_or_else(|| panic!("{route}: {at} has no example"));
            let mut nested = Vec::new();
            objects(example, "", &mut nested);
            assert!(route == r::JWKS_GET || !nested.is_empty(), "{route}: {at} is {example}");
        }
    }
}

#[test]
fn examples_of_answers_are_what_the_client_reads() {
    let document = document();
    let example = |route: Route, status: &str| {
        document["paths"][route.path][route.method.as_str().to_ascii_lowercase()]["responses"][status]["content"]
            ["application/json"]["example"]
            .clone()
    };
    fn reads<T: serde::de::DeserializeOwned>(example: Value) {
        serde_json::from_value::<T>(example.clone()).unwrap_or_else(|error| panic!("{error}: {example}"));
    }
    reads::<api::Tokens>(example(r::SESSIONS_POST, "201"));
    reads::<api::Home>(example(r::HOME_GET, "200"));
    reads::<api::Page<api::Account>>(example(r::ACCOUNTS_GET, "200"));
    reads::<api::Page<api::Class>>(example(r::CLASSES_GET, "200"));
    reads::<api::Page<api::Choice>>(example(r::CHOICES_GET, "200"));
    reads::<api::Student>(example(r::STUDENT_GET, "200"));
    reads::<api::Hold>(example(r::HOLDS_POST, "201"));
    reads::<api::Period>(example(r::PERIOD_GET, "200"));
    reads::<api::Plan>(example(r::ITEMS_POST, "201"));
    reads::<api::Plan>(example(r::APPROVAL_POST, "200"));
    reads::<api::Page<api::PlanStep>>(example(r::STEPS_GET, "200"));
    reads::<api::PlanQueue>(example(r::PLANS_GET, "200"));
    reads::<api::PlanLocks>(example(r::PLAN_LOCKS_POST, "200"));
    reads::<api::Plan>(example(r::SWAPS_POST, "200"));
    reads::<api::Plan>(example(r::WAITING_POST, "200"));
    reads::<api::Page<api::WaitingStudent>>(example(r::LINE_GET, "200"));
    reads::<api::Page<api::Trading>>(example(r::TRADINGS_GET, "200"));
    reads::<api::Package>(example(r::PACKAGES_POST, "201"));
    reads::<api::Approval>(example(r::APPROVALS_POST, "202"));
    reads::<api::Page<api::ApprovalOutcome>>(example(r::OUTCOMES_GET, "200"));
    reads::<api::Delegation>(example(r::DELEGATIONS_POST, "201"));
    reads::<api::Admission>(example(r::ADMISSION_PUT, "200"));
    reads::<api::Wishes>(example(r::WISHES_PUT, "200"));
    reads::<api::Allocation>(example(r::ALLOCATION_POST, "202"));
    reads::<api::Page<api::AllocationOutcome>>(example(r::ALLOCATED_GET, "200"));
    reads::<api::Policy>(example(r::POLICIES_POST, "201"));
    reads::<api::EffectivePolicy>(example(r::EFFECTIVE_GET, "200"));
    reads::<api::Curriculum>(example(r::CURRICULA_POST, "201"));
    reads::<api::Prerequisites>(example(r::PREREQUISITES_GET, "200"));
    reads::<api::Equivalents>(example(r::EQUIVALENTS_PUT, "200"));
    reads::<api::Page<api::SheetSummary>>(example(r::SHEETS_GET, "200"));
    reads::<api::Sheet>(example(r::SHEET_GET, "200"));
    reads::<api::ScoresSet>(example(r::SCORES_PUT, "200"));
    reads::<api::Semesters>(example(r::SEMESTERS_GET, "200"));
    reads::<api::SemesterResult>(example(r::SEMESTER_GET, "200"));
    reads::<api::Transcript>(example(r::TRANSCRIPT_GET, "200"));
    reads::<api::Scale>(example(r::SCALE_PUT, "200"));
    for response in document["components"]["responses"].as_object().unwrap().values() {
        reads::<api::Problem>(response["content"]["application/problem+json"]["example"].clone());
    }
}
