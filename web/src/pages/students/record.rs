//! The record of a student as a form: fields, what they mean, and where a "no" belongs.

use api::{Gender, Lecturer, Programme, Student, StudentInput};

use crate::i18n::{Lang, Vars};
use crate::pages::classes::input::FieldError;
use crate::pages::classes::lookup::{Lookup, lecturer_label};
use crate::pages::courses::programme_choices;
use crate::pages::entry::{Check, Fields, Input, Kind, Section};
use crate::view::Choice;

/// How students leave (PDDikti `id_jenis_keluar`), as far as pages have a word for it.
const EXITS: [&str; 7] = ["0", "1", "2", "3", "4", "5", "6"];

/// The fields of a student as the record stands.
#[must_use]
pub fn typed(student: &Student, lecturers: &[Lecturer]) -> Fields {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Fields::default()
        .with("nim", &student.nim)
        .with("nama", &student.name)
        .with("prodi", &student.programme_id)
        .with("masuk", &student.entry_period)
        .with("wali", advisor(student, lecturers))
        .with("email", text(&student.email))
        .with("telepon", text(&student.phone))
        .with("nik", text(&student.national_id))
        .with("jk", student.gender.map(Gender::as_str).unwrap_or_default())
        .with("tempat", text(&student.birth_place))
        .with("lahir", text(&student.birth_date))
        .with("ibu", text(&student.mother_name))
        .with("keluar", text(&student.exit_kind))
        .with("versi", student.version.to_string())
}

/// The advisor as the field shows one.
fn advisor(student: &Student, lecturers: &[Lecturer]) -> String {
    let known = lecturers.iter().find(|lecturer| Some(&lecturer.id) == student.advisor_id.as_ref());
    known.map(lecturer_label).or_else(|| student.advisor_name.clone()).unwrap_or_default()
}

/// The sections of the form; `known` for a student who is there already.
#[must_use]
pub fn sections(lang: Lang, programmes: &[Programme], typed: &Fields, known: bool) -> Vec<Section> {
    let text = |name: &str, label: &str, max| Input::new(name, lang.t(label), Kind::Text, typed).max(max);
    let mut nim = text("nim", "student-nim", 24).width("w2");
    if known {
        nim = nim.hint(lang.t("student-nim-hint"));
    }
    let choices = programme_choices(lang, programmes, "course-programme-choose", typed.get("prodi"));
    let mut exits = vec![Choice::new("", lang.t("student-enrolled"), "")];
    exits.extend(EXITS.iter().map(|kind| Choice::new(*kind, lang.t(&format!("exit-{kind}")), "")));
    let other = typed.get("keluar");
    if !exits.iter().any(|choice| choice.value == other) {
        exits.push(Choice::new(other, other, ""));
    }
    let mut genders = vec![Choice::new("", lang.t("not-set"), "")];
    genders.extend(Gender::ALL.iter().map(|gender| Choice::new(gender.as_str(), lang.t(gender_key(*gender)), "")));
    let study = vec![
        nim,
        text("nama", "student-name", 100).width("w4"),
        Input::new("prodi", lang.t("programme"), Kind::Select(choices), typed).width("w4"),
        text("masuk", "student-entry", 5).width("w2").hint(lang.t("student-entry-hint")),
        Input::new("wali", lang.t("student-advisor"), Kind::Suggest("saran_dosen"), typed).width("w4").max(250),
        Input::new("keluar", lang.t("student-exit"), Kind::Select(exits), typed).width("w2"),
    ];
    let person = vec![
        text("email", "student-email", 60),
        text("telepon", "student-phone", 20),
        text("nik", "student-national-id", 16),
        Input::new("jk", lang.t("student-gender"), Kind::Select(genders), typed),
        text("tempat", "student-birth-place", 32),
        Input::new("lahir", lang.t("student-birth-date"), Kind::Date, typed),
        text("ibu", "student-mother", 100).width("w6"),
    ];
    let personal = Section {
        id: "s-pribadi".into(),
        title: lang.t("student-personal"),
        hint: lang.t("student-personal-hint"),
        inputs: person,
        ..Section::default()
    };
    vec![Section::plain("s-studi", study), personal]
}

/// Message of a gender.
fn gender_key(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "gender-male",
        Gender::Female => "gender-female",
    }
}

/// What the fields mean. What only student-svc knows, a NIM that is taken for one, is not looked for.
///
/// # Errors
///
/// Everything that is wrong.
pub fn read(
    lang: Lang,
    typed: &Fields,
    lookup: &Lookup,
    student: Option<&Student>,
) -> Result<StudentInput, Vec<FieldError>> {
    let mut check = Check::new(lang, typed);
    let nim = check.text("nim", "student-nim", 24);
    let name = check.text("nama", "student-name", 100);
    let programme_id = check.text("prodi", "programme", 36);
    let entry_period = check.text("masuk", "student-entry", 5);
    let advisor_id = match typed.some("wali") {
        None => None,
        Some(text) => advisor_id(&mut check, lang, &text, lookup, student),
    };
    let gender = match typed.get("jk") {
        "" => None,
        _ => check.choice("jk", "student-gender"),
    };
    let input = StudentInput {
        nim,
        name,
        programme_id,
        entry_period,
        advisor_id,
        email: check.optional("email", "student-email", 60),
        phone: check.optional("telepon", "student-phone", 20),
        national_id: check.optional("nik", "student-national-id", 16),
        gender,
        birth_place: check.optional("tempat", "student-birth-place", 32),
        birth_date: check.optional("lahir", "student-birth-date", 10),
        mother_name: check.optional("ibu", "student-mother", 100),
        exit_kind: typed.some("keluar"),
    };
    check.done(input)
}

fn advisor_id(
    check: &mut Check<'_>,
    lang: Lang,
    text: &str,
    lookup: &Lookup,
    student: Option<&Student>,
) -> Option<String> {
    if let Some(student) = student.filter(|student| advisor(student, &lookup.lecturers) == text) {
        return student.advisor_id.clone();
    }
    match lookup.lecturer(text).as_slice() {
        [only] => return Some(only.id.clone()),
        [] => check.say("wali", lang.with("class-lecturer-unknown", &Vars::new().text("typed", text))),
        several => {
            let labels: Vec<_> = several.iter().take(5).map(|lecturer| lecturer_label(lecturer)).collect();
            check.say("wali", lang.with("class-lecturer-several", &Vars::new().text("found", labels.join("; "))));
        }
    }
    None
}

/// Id of the field that a path of the request or a reason means.
#[must_use]
pub fn place(path: Option<&str>, reason: &str) -> Option<String> {
    let id = match (path, reason) {
        (Some("nim"), _) | (_, "nim-taken" | "nim-fixed" | "bad-nim") => "nim",
        (Some("name"), _) => "nama",
        (Some("programme_id"), _) | (_, "unknown-programme") => "prodi",
        (Some("entry_period"), _) => "masuk",
        (Some("advisor_id"), _) | (_, "unknown-lecturer") => "wali",
        (Some("email"), _) => "email",
        (Some("phone"), _) => "telepon",
        (Some("national_id"), _) => "nik",
        (Some("gender"), _) => "jk",
        (Some("birth_place"), _) => "tempat",
        (Some("birth_date"), _) => "lahir",
        (Some("mother_name"), _) => "ibu",
        (Some("exit_kind"), _) => "keluar",
        _ => return None,
    };
    Some(id.to_owned())
}
