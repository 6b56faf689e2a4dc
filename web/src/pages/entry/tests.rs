use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::*;
use crate::error::Failure;
use crate::i18n::Lang;
use crate::layer::Posted;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    Fields::of(&Posted(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
}

#[test]
fn rows_come_and_go_and_keep_what_is_typed_beside_them() {
    let typed = fields(&[("token", "t"), ("nama", "x"), ("a.0", "1"), ("b.0", "2"), ("a.1", "3"), ("b.1", "4")]);
    assert_eq!(typed.rows("a", 9), 2);
    let more = typed.clone().pressed("tambah-baris", "baris", &["a", "b"], 9).unwrap();
    assert_eq!((more.rows("a", 9), more.get("a.1"), more.get("b.2")), (3, "3", ""));
    let fewer = typed.clone().pressed("hapus-baris-0", "baris", &["a", "b"], 9).unwrap();
    assert_eq!((fewer.rows("a", 9), fewer.get("a.0"), fewer.get("b.0"), fewer.get("nama")), (1, "3", "4", "x"));
    assert_eq!(typed.clone().pressed("hapus-baris-7", "baris", &["a", "b"], 9).unwrap().rows("a", 9), 2);
    assert_eq!(typed.clone().pressed("simpan", "baris", &["a", "b"], 9), None);
    assert_eq!(typed.clone().pressed("tambah-baris", "baris", &["a", "b"], 2).unwrap().rows("a", 9), 2, "no more");
    assert_eq!(typed.get("token"), "", "what is the form's own is not typed");
}

#[test]
fn differences_are_said_as_a_reader_sees_them() {
    let section = |value: &str, row: &str| {
        let typed = fields(&[("nama", "Basis Data"), ("sks", "3"), ("jenis", value), ("mulai.0", row)]);
        let choices = vec![Choice::new("w", "Wajib", ""), Choice::new("p", "Pilihan", "")];
        let inputs = vec![
            Input::new("nama", "Nama".into(), Kind::Text, &typed),
            Input::new("jenis", "Jenis".into(), Kind::Select(choices), &typed),
        ];
        let rows = vec![RowSet {
            legend: "Masa 1".into(),
            inputs: vec![Input::new("mulai.0", "Mulai".into(), Kind::Moment, &typed)],
            remove: "hapus-masa-0".into(),
        }];
        vec![Section { id: "s".into(), title: "Masa".into(), inputs, rows, ..Section::default() }]
    };
    let found = differences(&section("w", "2026-08-10T08:00"), &section("p", "2026-08-11T08:00"));
    let said: Vec<_> = found.iter().map(|d| (d.name.as_str(), d.stored.as_str(), d.typed.as_str())).collect();
    assert_eq!(said, [("Jenis", "Wajib", "Pilihan"), ("Masa", "2026-08-10 08:00", "2026-08-11 08:00")]);
    assert!(differences(&section("w", "x"), &section("w", "x")).is_empty());
}

#[test]
fn paths_of_rows_are_read() {
    assert_eq!(indexed("windows[2].kind", "windows"), Some((2, "kind")));
    assert_eq!(indexed("rows[0]", "rows"), Some((0, "")));
    assert_eq!(indexed("windows", "windows"), None);
    assert_eq!(indexed("windows[x].kind", "windows"), None);
}

fn problem(status: u16, reason: &str, errors: Vec<api::ProblemError>) -> api::client::Error {
    api::client::Error::Problem(Box::new(api::Problem {
        kind: String::new(),
        title: String::new(),
        status,
        detail: None,
        reason: reason.into(),
        errors,
        retry_after: None,
        trace_id: None,
    }))
}

#[test]
fn a_no_is_said_at_its_field_or_above_the_form_and_never_swallows_what_was_typed() {
    let visit = crate::pages::render_tests::visit(Lang::Id, &[api::RoleKind::Registrar], "Sri Rahayu");
    let place = |path: Option<&str>, _: &str| (path == Some("name")).then(|| "nama".to_owned());
    let read = |error| no(&visit, error, place, "form");
    let errors = vec![
        api::ProblemError {
            field: Some("name".into()),
            reason: "required".into(),
            detail: None,
            facts: BTreeMap::new(),
        },
        api::ProblemError { field: None, reason: "course-exists".into(), detail: None, facts: BTreeMap::new() },
    ];
    let Ok(No::Wrong { status, errors, spent }) = read(problem(400, "malformed-request", errors)) else { panic!() };
    assert_eq!((status, spent), (StatusCode::BAD_REQUEST, false));
    assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["nama", "form"]);
    assert_eq!(errors[0].text, "Isian ini wajib.");
    assert!(matches!(read(problem(412, "version-stale", Vec::new())), Ok(No::Stale)));
    assert!(matches!(read(problem(403, "not-allowed", Vec::new())), Ok(No::Denied)));
    assert!(matches!(read(problem(503, "service-down", Vec::new())), Ok(No::Down)));
    let Ok(No::Wrong { spent, errors, .. }) = read(problem(422, "idempotency-key-reused", Vec::new())) else {
        panic!()
    };
    assert!(spent && errors[0].text.contains("sudah terkirim"));
    assert!(matches!(read(problem(401, "token-expired", Vec::new())), Err(Failure::LoginNeeded)));
    assert!(matches!(read(problem(404, "not-found", Vec::new())), Err(Failure::NotFound)));
}
