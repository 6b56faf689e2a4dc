use api::{Condition, ConditionGroup, RoleKind, ScaleStep};

use super::*;
use crate::layer::Posted;
use crate::pages::classes::lookup::Lookup;
use crate::pages::krs::samples;
use crate::pages::render_tests::visit;

fn groups(pairs: &[(&str, &str)]) -> Groups {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Groups::read(&Fields::of(&Posted(pairs)))
}

fn passed(id: &str, code: &str, letter: &str) -> Condition {
    Condition {
        kind: ConditionKind::Passed,
        course_id: Some(id.into()),
        course_code: Some(code.into()),
        course_name: Some("Basis Data".into()),
        min_points_hundredths: 250,
        min_letter: Some(letter.into()),
        credits: 0,
        gpa_hundredths: 0,
    }
}

fn stored() -> Prerequisites {
    let group = ConditionGroup { any_of: vec![passed("k9", "SI900", "B-")] };
    Prerequisites { course_id: "k1".into(), all_of: vec![group], version: 3 }
}

#[test]
fn groups_and_alternatives_come_and_go_without_scripts() {
    let typed = groups(&[("jenis.0.0", "taken"), ("mk.0.0", "IF101"), ("jenis.1.0", "credits"), ("min.1.0", "80")]);
    assert_eq!(typed.0.len(), 2);
    let more = typed.clone().pressed("tambah-alternatif-0").unwrap().pressed("tambah-kelompok").unwrap();
    assert_eq!(more.0.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(Groups::read(&more.fields()), more, "the form brings back what it shows");
    assert_eq!(more.clone().compact(), typed, "what is not filled in is not sent");
    let fewer = more.pressed("hapus-alternatif-0-0").unwrap().pressed("hapus-alternatif-1-0").unwrap();
    assert_eq!(fewer.0.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    for button in ["simpan", "hapus-alternatif-9-0", "hapus-alternatif-0-9", "tambah-alternatif-x", "hapus-alternatif-"]
    {
        assert_eq!(typed.clone().pressed(button), None, "{button}");
    }
}

#[test]
fn typed_conditions_are_meant_or_refused_at_their_field() {
    let visit = visit(Lang::Id, &[RoleKind::ProgrammeAdmin], "Sri Rahayu");
    let step =
        |letter: &str, points| ScaleStep { letter: letter.into(), min_score_hundredths: 0, points_hundredths: points };
    let stored = stored();
    let about = About {
        visit: &visit,
        course: None,
        id: "k1",
        stored: &stored,
        lookup: Lookup { courses: vec![samples::course("k2", "IF101")], ..Lookup::default() },
        steps: vec![step("A", 400), step("C", 200)],
    };
    let good = groups(&[
        ("jenis.0.0", "passed"),
        ("mk.0.0", "if101"),
        ("min.0.0", "c"),
        ("jenis.0.1", "passed"),
        ("mk.0.1", "SI900 Basis Data"),
        ("min.0.1", "B-"),
        ("jenis.1.0", "credits"),
        ("min.1.0", "80"),
        ("jenis.2.0", "gpa"),
        ("min.2.0", "2,75"),
        ("jenis.3.0", "concurrent"),
        ("mk.3.0", "IF101 Basis Data"),
    ]);
    let input = good.resolve(Lang::Id, &about).unwrap();
    let first = &input.all_of[0].any_of;
    assert_eq!((first[0].course_id.as_deref(), first[0].min_points_hundredths), (Some("k2"), 200));
    assert_eq!(first[0].min_letter.as_deref(), Some("C"));
    assert_eq!((first[1].course_id.as_deref(), first[1].min_points_hundredths), (Some("k9"), 250), "as it is stored");
    assert_eq!((input.all_of[1].any_of[0].credits, input.all_of[2].any_of[0].gpa_hundredths), (80, 275));
    assert_eq!(input.all_of[3].any_of[0].course_id.as_deref(), Some("k2"));

    let bad = groups(&[
        ("jenis.0.0", "passed"),
        ("mk.0.0", "IF999"),
        ("min.0.0", "Z"),
        ("jenis.1.0", "credits"),
        ("min.1.0", "banyak"),
        ("jenis.2.0", "gpa"),
        ("min.2.0", "4,01"),
        ("jenis.3.0", "?"),
        ("mk.3.0", "IF101"),
        ("jenis.4.0", "taken"),
        ("min.4.0", "C"),
    ]);
    let errors = bad.resolve(Lang::Id, &about).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["mk-0-0", "min-0-0", "min-1-0", "min-2-0", "jenis-3-0", "mk-4-0"]);
    assert!(errors[1].text.contains("A, C"), "{}", errors[1].text);
}

#[test]
fn what_is_stored_is_shown_as_it_would_be_typed() {
    let groups = Groups::of(Lang::Id, &stored());
    let wanted = Alternative { kind: "passed".into(), course: "SI900 Basis Data".into(), min: "B-".into() };
    assert_eq!(groups.0, [vec![wanted]]);
}
