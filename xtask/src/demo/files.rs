//! The campus as CSV, column by column as the `*Row` messages of the contracts have their fields.

use std::collections::BTreeMap;
use std::error::Error;

use super::Campus;
use super::campus::{
    FACULTIES, FIRST_PERIOD, LAST_PERIOD, PASS, PAST, PERIOD, PERIODS, PROGRAMMES, ROOMS, SCALE, WINDOWS, points_of,
    step_of,
};
use super::curriculum::{Ask, Catalogue, Course, EQUIVALENTS};
use super::history::WAITING;
use super::people::{FIRST_YEAR_STUDENT, HOLDS, STORY_STUDENT};
use super::timetable::{Class, Timetable};

/// The one password of every demo account; they exist on loopback only.
const PASSWORD: &str = "kampus-demo-2026";
/// SKS to graduate with; of them compulsory; of them elective.
const TO_GRADUATE: [&str; 3] = ["144", "129", "15"];

type Rows = Vec<Vec<String>>;

/// Every file by name.
pub(crate) fn of(campus: &Campus) -> Result<BTreeMap<&'static str, String>, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for (name, heading, rows) in
        people(campus).into_iter().chain(courses(campus)).chain(periods(campus)).chain(grades(campus))
    {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(heading.split(','))?;
        for row in rows {
            writer.write_record(row)?;
        }
        files.insert(name, String::from_utf8(writer.into_inner()?)?);
    }
    files.insert("accounts.toml", accounts(campus));
    Ok(files)
}

/// A row of text fields.
fn row<const N: usize>(fields: [&str; N]) -> Vec<String> {
    fields.map(str::to_owned).to_vec()
}

/// Hundredths as a decimal.
fn decimal(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

type File = (&'static str, &'static str, Rows);

/// What student-svc owns.
fn people(campus: &Campus) -> [File; 6] {
    let students = campus.students.iter().map(|student| {
        row([
            &student.nim,
            &student.name,
            student.programme(),
            super::people::PERIODS[student.entry()],
            &campus.lecturers[student.advisor].number,
            &format!("{}@mhs.siakad.example", student.nim),
            "",
            &student.national_id,
            student.gender,
            student.birth_place,
            &student.birth_date,
            &student.mother_name,
        ])
    });
    let statuses = campus.students.iter().flat_map(|student| {
        let periods = &super::people::PERIODS[student.entry()..];
        periods.iter().zip(&student.statuses).map(|(period, status)| row([&student.nim, period, status]))
    });
    let lecturers = campus
        .lecturers
        .iter()
        .map(|lecturer| row([&lecturer.number, &lecturer.name, lecturer.home, &lecturer.email, "nidn"]));
    [
        ("faculties.csv", "code,name", FACULTIES.iter().map(|(code, name)| row([code, name])).collect()),
        (
            "programmes.csv",
            "code,name,degree_level,faculty,pddikti_id",
            PROGRAMMES.iter().map(|(code, name, level, faculty)| row([code, name, level, faculty, ""])).collect(),
        ),
        ("lecturers.csv", "number,name,programme,email,number_kind", lecturers.collect()),
        (
            "students.csv",
            "nim,name,programme,entry_period,advisor,email,phone,national_id,gender,birth_place,birth_date,mother_name",
            students.collect(),
        ),
        ("statuses.csv", "nim,period,status", statuses.collect()),
        (
            "holds.csv",
            "nim,kind,note,waived_until",
            HOLDS.iter().map(|(nim, kind, note, until)| row([nim, kind, note, until])).collect(),
        ),
    ]
}

/// Courses and curricula.
fn courses(campus: &Campus) -> [File; 5] {
    let catalogue = &campus.catalogue;
    let courses = catalogue.courses.iter().map(|course| {
        row([
            course.owner,
            course.code,
            course.name,
            course.name_en,
            &course.lecture.to_string(),
            &course.practice.to_string(),
            &course.field.to_string(),
            "0",
            course.kind.word(),
            &course.semester.to_string(),
        ])
    });
    let [required, compulsory, elective] = TO_GRADUATE;
    let curricula = catalogue
        .curricula
        .iter()
        .map(|curriculum| row([curriculum.programme, curriculum.name, FIRST_PERIOD, required, compulsory, elective]));
    let members = catalogue.curricula.iter().flat_map(|curriculum| {
        curriculum.courses.iter().map(|place| {
            let course = &catalogue.courses[*place];
            let owner = if course.owner == curriculum.programme { "" } else { course.owner };
            let semester = course.semester.to_string();
            row([curriculum.programme, curriculum.name, owner, course.code, &semester, course.kind.word()])
        })
    });
    let equivalents = EQUIVALENTS.iter().map(|((owner, code), (other_owner, other_code))| {
        // Only courses of the catalogue.
        let _ = (catalogue.place(owner, code), catalogue.place(other_owner, other_code));
        row([owner, code, other_owner, other_code])
    });
    [
        (
            "courses.csv",
            "programme,code,name,name_en,credits_lecture,credits_practice,credits_field,credits_simulation,requirement_kind,semester",
            courses.collect(),
        ),
        (
            "curricula.csv",
            "programme,name,start_period,credits_required,credits_compulsory,credits_elective",
            curricula.collect(),
        ),
        (
            "curriculum_courses.csv",
            "programme,curriculum,course_programme,course,semester,requirement_kind",
            members.collect(),
        ),
        (
            "prerequisites.csv",
            "programme,course,group,kind,required_programme,required_course,minimum,min_points",
            catalogue.courses.iter().flat_map(|course| asks(catalogue, course)).collect(),
        ),
        ("equivalents.csv", "programme,course,equivalent_programme,equivalent_course", equivalents.collect()),
    ]
}

/// Rows of what a course asks for.
fn asks(catalogue: &Catalogue, course: &Course) -> Rows {
    let mut rows = Vec::new();
    for (number, group) in course.asks.iter().enumerate() {
        let number = (number + 1).to_string();
        for ask in group {
            let other = |place: usize| {
                let other = &catalogue.courses[place];
                (if other.owner == course.owner { "" } else { other.owner }, other.code)
            };
            let (kind, (owner, code), minimum, points) = match *ask {
                Ask::Passed(place, letter) => ("passed", other(place), letter.to_owned(), decimal(points_of(letter))),
                Ask::Taken(place) => ("taken", other(place), String::new(), String::new()),
                Ask::Concurrent(place) => ("concurrent", other(place), String::new(), String::new()),
                Ask::Credits(credits) => ("credits", ("", ""), credits.to_string(), String::new()),
                Ask::Gpa(gpa) => ("gpa", ("", ""), decimal(gpa), String::new()),
            };
            rows.push(row([course.owner, course.code, &number, kind, owner, code, &minimum, &points]));
        }
    }
    rows
}

/// Rooms, periods, classes and plans.
fn periods(campus: &Campus) -> [File; 6] {
    let tables = [&campus.last, &campus.now];
    let key = |table: &Timetable, class: &Class| {
        let course = &campus.catalogue.courses[class.course];
        row([table.period, course.owner, course.code, &class.name])
    };
    let classes = tables.into_iter().flat_map(|table| {
        table.classes.iter().map(move |class| {
            let numbers: Vec<&str> = class.lecturers.iter().map(|at| campus.lecturers[*at].number.as_str()).collect();
            let state = if table.period == PERIOD { "open" } else { "closed" };
            [key(table, class), row([&class.seats.to_string(), &numbers.join(";"), state])].concat()
        })
    });
    let meetings = tables.into_iter().flat_map(|table| {
        table.classes.iter().flat_map(move |class| {
            class.meetings.iter().map(move |meeting| {
                let (start, end) = (clock(meeting.start), clock(meeting.end));
                [key(table, class), row([&meeting.day.to_string(), &start, &end, meeting.room])].concat()
            })
        })
    });
    let member = |nim: &str, table: &Timetable, class: usize, state: &str| {
        [vec![nim.to_owned()], key(table, &table.classes[class]), vec![state.to_owned()]].concat()
    };
    let over = campus.history.attempts.iter().filter_map(|attempt| {
        Some(member(&campus.students[attempt.student].nim, &campus.last, attempt.class?, "locked"))
    });
    let running = campus.history.plans.iter().flat_map(|plan| {
        let nim = &campus.students[plan.student].nim;
        plan.classes.iter().map(move |class| member(nim, &campus.now, *class, plan.state))
    });
    let windows = WINDOWS.iter().map(|(period, kind, from, to)| row([period, kind, "university", "", from, to]));
    [
        (
            "rooms.csv",
            "code,name,capacity",
            ROOMS.iter().map(|room| row([room.code, room.name, &room.seats.to_string()])).collect(),
        ),
        ("periods.csv", "code,state", PERIODS.iter().map(|(code, state)| row([code, state])).collect()),
        ("windows.csv", "period,kind,scope,scope_key,opens_at,closes_at", windows.collect()),
        ("classes.csv", "period,programme,course,name,capacity,lecturers,state", classes.collect()),
        ("meetings.csv", "period,programme,course,name,day,start,end,room", meetings.collect()),
        ("plans.csv", "nim,period,programme,course,name,state", over.chain(running).collect()),
    ]
}

/// What grade-svc owns.
fn grades(campus: &Campus) -> [File; 5] {
    let catalogue = &campus.catalogue;
    let scales = PROGRAMMES.iter().map(|programme| row([programme.0, FIRST_PERIOD, &decimal(PASS), "best"]));
    let steps = PROGRAMMES.iter().flat_map(|programme| {
        SCALE
            .iter()
            .map(|step| row([programme.0, FIRST_PERIOD, step.letter, &decimal(step.from * 100), &decimal(step.points)]))
    });
    let class_key = |course: &str, class: &str| {
        let class = &campus.last.classes[campus.last.find(catalogue, course, class)];
        row([LAST_PERIOD, catalogue.courses[class.course].owner, course, &class.name])
    };
    let components = WAITING.iter().flat_map(|waiting| {
        waiting
            .components
            .iter()
            .map(|(name, weight)| [class_key(waiting.course, waiting.class), row([name, &weight.to_string()])].concat())
    });
    let scores = campus.scores.iter().map(|(at, component, score)| {
        let attempt = &campus.history.attempts[*at];
        let class = &campus.last.classes[attempt.class.expect("a class waits")];
        let nim = campus.students[attempt.student].nim.clone();
        let key = class_key(catalogue.courses[class.course].code, &class.name);
        [vec![nim], key, row([component, &decimal(*score)])].concat()
    });
    let grades = campus.history.attempts.iter().filter(|attempt| attempt.published).map(|attempt| {
        let course = &catalogue.courses[attempt.course];
        row([
            &campus.students[attempt.student].nim,
            PAST[attempt.period],
            course.owner,
            course.code,
            attempt.class.map_or("", |class| &campus.last.classes[class].name),
            step_of(attempt.score).letter,
            &decimal(attempt.score),
        ])
    });
    [
        ("scales.csv", "programme,start_period,pass_points,repeat_policy", scales.collect()),
        ("scale_steps.csv", "programme,start_period,letter,min_score,points", steps.collect()),
        ("components.csv", "period,programme,course,class,name,weight", components.collect()),
        ("scores.csv", "nim,period,programme,course,class,component,score", scores.collect()),
        ("grades.csv", "nim,period,programme,course,class,letter,score", grades.collect()),
    ]
}

/// The accounts that `siakad up` makes for the demo and prints.
fn accounts(campus: &Campus) -> String {
    let student = |nim: &str| campus.students.iter().find(|student| student.nim == nim).expect("a student of the demo");
    let story = student(STORY_STUDENT);
    let first_year = student(FIRST_YEAR_STUDENT);
    let advisor = &campus.lecturers[story.advisor];
    let rows = [
        (story.nim.as_str(), story.name.as_str(), "student", "", "student, third semester, KRS begun"),
        (&first_year.nim, &first_year.name, "student", "", "student, first semester"),
        (&advisor.number, &advisor.name, "lecturer", "", "advisor of the first student, with grades to publish"),
        ("admin.if", "Admin Prodi Informatika", "programme_admin", "IF-S1", "programme admin of S1 Informatika"),
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
