//! `cargo xtask demo-data`: the demo campus as the files that `siakad import` reads (docs/import.md).
//!
//! The same text comes out on every machine; a test compares it with what is committed.

mod curriculum;
mod dice;
mod people;
mod plans;
#[cfg(test)]
mod tests;
mod timetable;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Outcome;
use dice::Dice;
use timetable::{CLASSES, LAST_PERIOD, PERIOD, ROOMS};

const SEED: u64 = 20_261;
const FACULTY: &str = "FIK";
const PROGRAMME: &str = "IF-S1";
/// The one password of every demo account; they exist on loopback only.
const PASSWORD: &str = "kampus-demo-2026";

/// Writes `demo/`; with `check`, only compares.
pub(crate) fn run(root: &Path, check: bool) -> Outcome {
    let folder = root.join("demo");
    let mut stale = Vec::new();
    for (name, text) in files()? {
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::create_dir_all(&folder)?;
            fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("demo files are stale: {}; run `cargo xtask demo-data`", stale.join(", ")).into())
}

/// Every file by name.
pub(crate) fn files() -> Result<BTreeMap<&'static str, String>, Box<dyn std::error::Error>> {
    let mut dice = Dice::new(SEED);
    let lecturers = people::lecturers(&mut dice);
    let students = people::students(&mut dice);
    let holds = people::holds();
    let plans = plans::fill(&mut dice, &students, &holds);

    let mut files = BTreeMap::new();
    files.insert("faculties.csv", table(&["code", "name"], [[FACULTY, "Fakultas Ilmu Komputer"]])?);
    files.insert(
        "programmes.csv",
        table(
            &["code", "name", "degree_level", "faculty", "pddikti_id"],
            [[PROGRAMME, "Informatika", "S1", FACULTY, ""]],
        )?,
    );
    files.insert(
        "lecturers.csv",
        table(
            &["number", "name", "programme", "email", "number_kind"],
            lecturers.iter().map(|row| [row.number.as_str(), &row.name, PROGRAMME, &row.email, "nidn"]),
        )?,
    );
    files.insert(
        "students.csv",
        table(
            &[
                "nim",
                "name",
                "programme",
                "entry_period",
                "advisor",
                "email",
                "phone",
                "national_id",
                "gender",
                "birth_place",
                "birth_date",
                "mother_name",
            ],
            students.iter().map(|row| {
                [
                    row.nim.clone(),
                    row.name.clone(),
                    PROGRAMME.to_owned(),
                    format!("{}1", row.cohort),
                    lecturers[row.advisor].number.clone(),
                    format!("{}@mhs.siakad.example", row.nim),
                    String::new(),
                    row.national_id.clone(),
                    row.gender.to_owned(),
                    row.birth_place.to_owned(),
                    row.birth_date.clone(),
                    row.mother_name.clone(),
                ]
            }),
        )?,
    );
    files.insert(
        "statuses.csv",
        table(&["nim", "period", "status"], students.iter().map(|row| [row.nim.as_str(), PERIOD, row.status]))?,
    );
    files.insert(
        "holds.csv",
        table(
            &["nim", "kind", "note", "waived_until"],
            holds.iter().map(|row| [row.nim.as_str(), row.kind, row.note, row.waived_until]),
        )?,
    );
    course_files(&mut files, &lecturers, &plans)?;
    files.insert("accounts.toml", accounts(&students, &lecturers));
    Ok(files)
}

/// The files that course-svc owns.
fn course_files(
    files: &mut BTreeMap<&'static str, String>,
    lecturers: &[people::Lecturer],
    plans: &plans::Plans<'_>,
) -> Outcome {
    files.insert(
        "courses.csv",
        table(
            &[
                "programme",
                "code",
                "name",
                "name_en",
                "credits_lecture",
                "credits_practice",
                "credits_field",
                "credits_simulation",
                "requirement_kind",
                "semester",
            ],
            curriculum::COURSES.iter().map(|row| {
                [
                    PROGRAMME.to_owned(),
                    row.code.to_owned(),
                    row.name.to_owned(),
                    row.name_en.to_owned(),
                    row.lecture.to_string(),
                    row.practice.to_string(),
                    row.field.to_string(),
                    "0".to_owned(),
                    row.kind.to_owned(),
                    row.semester.to_string(),
                ]
            }),
        )?,
    );
    files.insert(
        "rooms.csv",
        table(
            &["code", "name", "capacity"],
            ROOMS.iter().map(|(code, name, capacity)| [(*code).to_owned(), (*name).to_owned(), capacity.to_string()]),
        )?,
    );
    files.insert("periods.csv", table(&["code", "state"], [[LAST_PERIOD, "closed"], [PERIOD, "active"]])?);
    files.insert(
        "windows.csv",
        table(
            &["period", "kind", "scope", "scope_key", "opens_at", "closes_at"],
            [
                [LAST_PERIOD, "krs", "university", "", "@today-190d", "@today-169d"],
                [LAST_PERIOD, "grade_entry", "university", "", "@today-70d", "@today-40d"],
                [PERIOD, "offering", "university", "", "@today-60d", "@today+14d"],
                [PERIOD, "krs", "university", "", "@today-7d", "@today+14d"],
                [PERIOD, "krs_approval", "university", "", "@today-7d", "@today+21d"],
                [PERIOD, "revision", "university", "", "@today+21d", "@today+28dT17:00"],
                [PERIOD, "grade_entry", "university", "", "@today+120d", "@today+141d"],
            ],
        )?,
    );
    files.insert(
        "classes.csv",
        table(
            &["period", "programme", "course", "name", "capacity", "lecturers", "state"],
            CLASSES.iter().map(|row| {
                let numbers: Vec<&str> = row.lecturers.iter().map(|index| lecturers[*index].number.as_str()).collect();
                [
                    PERIOD.to_owned(),
                    PROGRAMME.to_owned(),
                    row.course.to_owned(),
                    row.name.to_owned(),
                    row.capacity.to_string(),
                    numbers.join(";"),
                    "open".to_owned(),
                ]
            }),
        )?,
    );
    files.insert(
        "meetings.csv",
        table(
            &["period", "programme", "course", "name", "day", "start", "end", "room"],
            CLASSES.iter().flat_map(|row| row.meetings.iter().map(move |meeting| (row, meeting))).map(
                |(row, meeting)| {
                    [
                        PERIOD.to_owned(),
                        PROGRAMME.to_owned(),
                        row.course.to_owned(),
                        row.name.to_owned(),
                        meeting.day.to_string(),
                        clock(meeting.start),
                        clock(meeting.end()),
                        meeting.room.to_owned(),
                    ]
                },
            ),
        )?,
    );
    files.insert(
        "plans.csv",
        table(
            &["nim", "period", "programme", "course", "name"],
            plans.rows().map(|(nim, course, name)| [nim, PERIOD, PROGRAMME, course, name]),
        )?,
    );
    Ok(())
}

/// The accounts that `siakad up` makes for the demo and prints.
fn accounts(students: &[people::Student], lecturers: &[people::Lecturer]) -> String {
    let student = |nim: &str| students.iter().find(|student| student.nim == nim).expect("a student of the demo");
    let story = student(people::STORY_STUDENT);
    let first_year = student(people::FIRST_YEAR_STUDENT);
    let advisor = &lecturers[story.advisor];
    let rows = [
        (story.nim.as_str(), story.name.as_str(), "student", "", "student, third semester, KRS begun"),
        (&first_year.nim, &first_year.name, "student", "", "student, first semester"),
        (&advisor.number, &advisor.name, "lecturer", "", "lecturer and advisor of the first student"),
        ("admin.if", "Admin Prodi Informatika", "programme_admin", PROGRAMME, "programme admin of S1 Informatika"),
        ("baak", "Biro Akademik (BAAK)", "registrar", "", "registrar"),
        ("admin", "Administrator Sistem", "system_admin", "", "system administrator"),
    ];
    let mut text = String::from(
        "# Accounts of the demo campus, made on loopback only. Written by `cargo xtask demo-data`.\n\
         # `scope` is the code of a study programme.\n",
    );
    for (user_name, name, role, scope, about) in rows {
        text.push_str(&format!(
            "\n[[account]]\nuser_name = \"{user_name}\"\nname = \"{name}\"\npassword = \"{PASSWORD}\"\nrole = \"{role}\"\n\
             scope = \"{scope}\"\nabout = \"{about}\"\n"
        ));
    }
    text
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A CSV file with its heading.
fn table<const N: usize, T: AsRef<str>>(
    heading: &[&str; N],
    rows: impl IntoIterator<Item = [T; N]>,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading)?;
    for row in rows {
        writer.write_record(row.iter().map(AsRef::as_ref))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
