//! Made-up data for tests of pages.

use std::collections::BTreeMap;

use api::{
    Ceiling, CeilingReason, Choice, Class, ClassLecturer, ClassState, Course, Lecturer, Meeting, Plan, PlanItem,
    PlanState, Refusal, RequirementKind, Room, SeatPolicy, Timestamp, Window, WindowKind, WindowScope,
};

/// The moment of all samples: Thursday, 13 August 2026, 09.05 in Jakarta.
pub(crate) fn now() -> Timestamp {
    "2026-08-13T02:05:00Z".parse().unwrap()
}

pub(crate) fn course(id: &str, code: &str) -> Course {
    Course {
        id: id.into(),
        code: code.into(),
        name: "Basis Data".into(),
        name_en: Some("Databases".into()),
        credits: 3,
        credits_lecture: 3,
        credits_practice: 0,
        credits_field: 0,
        credits_simulation: 0,
        programme_id: "p1".into(),
        programme_code: Some("IF-S1".into()),
        requirement_kind: RequirementKind::Compulsory,
        recommended_semester: Some(3),
        version: 1,
    }
}

pub(crate) fn lecturer(id: &str, name: &str, nidn: &str) -> Lecturer {
    Lecturer {
        id: id.into(),
        name: name.into(),
        nidn: Some(nidn.into()),
        nidk: None,
        nuptk: None,
        programme_id: Some("p1".into()),
        email: None,
        version: 1,
    }
}

pub(crate) fn room(id: &str, code: &str) -> Room {
    Room { id: id.into(), code: code.into(), name: None, capacity: 40, version: 1 }
}

pub(crate) fn meeting(day: u32, start: u32, end: u32, room: &str) -> Meeting {
    let code = Some(room.to_owned()).filter(|room| !room.is_empty());
    Meeting { day, start_minute: start, end_minute: end, room_id: code.clone(), room_code: code }
}

pub(crate) fn class(id: &str, name: &str) -> Class {
    Class {
        id: id.into(),
        period_code: "20261".into(),
        course: course("k1", "IF201"),
        name: name.into(),
        capacity: 40,
        taken: Some(33),
        meetings: vec![meeting(1, 420, 570, "A.2.03")],
        lecturers: vec![ClassLecturer { lecturer_id: "l1".into(), name: Some("Ratna Sari, M.Cs.".into()), lead: true }],
        exams: Vec::new(),
        reservations: Vec::new(),
        state: ClassState::Open,
        version: 3,
        reserved: 0,
        waiting: 0,
    }
}

/// `class` with the facts that a sample varies.
pub(crate) fn named(id: &str, code: &str, course: &str, class_name: &str, meetings: Vec<Meeting>) -> Class {
    let mut class = class(id, class_name);
    class.course.id = format!("k-{code}");
    class.course.code = code.into();
    class.course.name = course.into();
    class.course.name_en = None;
    class.meetings = meetings;
    class
}

pub(crate) fn window() -> Window {
    Window {
        kind: WindowKind::Krs,
        scope: WindowScope::University,
        scope_key: None,
        opens_at: "2026-08-10T01:00:00Z".parse().unwrap(),
        closes_at: "2026-08-21T17:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn plan(classes: Vec<Class>) -> Plan {
    Plan {
        student_id: "s1".into(),
        period_code: "20261".into(),
        state: if classes.is_empty() { PlanState::None } else { PlanState::Draft },
        credits: classes.iter().map(|class| class.course.credits).sum(),
        credits_uncounted: 0,
        items: classes
            .into_iter()
            .map(|class| PlanItem { class, taken_at: now(), wished: false, uncounted: false })
            .collect(),
        ceiling: Ceiling { credits: 24, reason: CeilingReason::LastGpa, last_gpa_hundredths: Some(357) },
        window: Some(window()),
        refusals: Vec::new(),
        flags: Vec::new(),
        version: 1,
        changed_at: Some(now()),
        nim: Some("2410512034".into()),
        student_name: Some("Nadia Putri Wulandari".into()),
        advisor_id: Some("l1".into()),
        advisor_name: Some("Dr. Ir. Hendra Wijaya, M.T.".into()),
        note: None,
        submit_refusals: Vec::new(),
        approve_refusals: Vec::new(),
        gpa_hundredths: Some(334),
        credits_earned: 83,
        waiting: Vec::new(),
        revision_window: None,
        revise_refusals: Vec::new(),
        seat_policy: SeatPolicy::AtAdd,
    }
}

/// A plan with one class for each day, start and end.
pub(crate) fn plan_of(meetings: &[(u32, u32, u32)]) -> Plan {
    let class = |(n, (day, start, end)): (usize, &(u32, u32, u32))| {
        let code = format!("IF{n}");
        named(&format!("c{n}"), &code, "Basis Data", "A", vec![meeting(*day, *start, *end, "A.2.03")])
    };
    plan(meetings.iter().enumerate().map(class).collect())
}

pub(crate) fn refusal(reason: &str, facts: &[(&str, &str)]) -> Refusal {
    let facts: BTreeMap<_, _> = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Refusal { reason: reason.into(), facts }
}

/// A class that is not in the plan.
pub(crate) fn offer(class: Class, refusals: Vec<Refusal>) -> Choice {
    Choice { class, in_plan: false, refusals, swap_class_id: None, may_wait: false, place: 0, uncounted: false }
}

/// Classes of a week, as the reference design shows one.
pub(crate) fn week() -> Vec<Class> {
    vec![
        named("c1", "IF3101", "Jaringan Komputer", "A", vec![meeting(1, 420, 570, "R. 3.04")]),
        named("c2", "IF3102", "Kecerdasan Buatan", "B", vec![meeting(1, 570, 720, "R. 3.06")]),
        named("c3", "IF3103", "Keamanan Informasi", "A", vec![meeting(2, 420, 570, "R. 3.04")]),
        named("c4", "MA2101", "Probabilitas dan Statistika", "B", vec![meeting(2, 780, 930, "R. 2.11")]),
        named("c5", "IF3104", "Manajemen Proyek Perangkat Lunak", "A", vec![meeting(3, 780, 930, "R. 3.02")]),
        named("c6", "IF3105", "Pengembangan Aplikasi Bergerak", "C", vec![meeting(4, 570, 720, "Lab Komputer 2")]),
        named("c7", "IF3106", "Metodologi Penelitian", "A", vec![meeting(5, 470, 570, "R. 3.05")]),
    ]
}

/// The catalogue beside that week: what can be taken, and a class for each reason.
pub(crate) fn offers() -> Vec<Choice> {
    let mut full = named("c8", "IF3143", "Basis Data Lanjut", "A", vec![meeting(3, 420, 570, "R. 3.06")]);
    full.taken = Some(40);
    full.course.requirement_kind = RequirementKind::Elective;
    let mut free = named("c9", "IF3143", "Basis Data Lanjut", "B", vec![meeting(4, 780, 930, "R. 3.06")]);
    free.course.requirement_kind = RequirementKind::Elective;
    let clash = named("c10", "IF3142", "Komputasi Awan", "A", vec![meeting(2, 520, 670, "R. 3.07")]);
    let mut scarce = named("c11", "IF3142", "Komputasi Awan", "B", vec![meeting(5, 780, 930, "R. 3.07")]);
    scarce.taken = Some(38);
    let mut large = named(
        "c12",
        "IF4191",
        "Kerja Praktik",
        "KP-01",
        vec![meeting(5, 570, 720, ""), meeting(3, 570, 720, "Daring")],
    );
    large.course.credits = 6;
    large.taken = Some(12);
    large.capacity = 60;
    let mut closed = named("c13", "IF4192", "Seminar", "A", vec![]);
    closed.state = ClassState::Closed;
    closed.lecturers.clear();
    let clashes = [("class", "IF3103 A"), ("class_id", "c3"), ("day", "2"), ("start", "420"), ("end", "570")];
    let limit = [("wanted", "26"), ("ceiling", "24"), ("ceiling_reason", "last-gpa")];
    let mut offers = vec![
        offer(clash, vec![refusal("schedule-clash", &clashes)]),
        offer(scarce, vec![]),
        offer(full, vec![refusal("class-full", &[("capacity", "40"), ("taken", "40")])]),
        offer(free, vec![]),
        offer(large, vec![refusal("credit-limit", &limit)]),
        offer(closed, vec![refusal("class-closed", &[])]),
    ];
    offers.extend(week().into_iter().map(|class| Choice { in_plan: true, ..offer(class, Vec::new()) }));
    offers.sort_by(|a, b| (&a.class.course.code, &a.class.name).cmp(&(&b.class.course.code, &b.class.name)));
    offers
}

/// A text that would break out of every place in a page.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'&{{7*7}}";

/// Puts the hostile text wherever a person can put one.
pub(crate) fn hostile(mut class: Class) -> Class {
    for text in [&mut class.course.name, &mut class.course.code, &mut class.name] {
        *text = HOSTILE.into();
    }
    class.course.name_en = Some(HOSTILE.into());
    for lecturer in &mut class.lecturers {
        lecturer.name = Some(HOSTILE.into());
    }
    for meeting in &mut class.meetings {
        meeting.room_code = Some(HOSTILE.into());
    }
    class
}
