use super::*;
use crate::pages::krs::samples;

fn campus() -> Campus {
    Campus::new("Asia/Jakarta").unwrap()
}

fn lookup() -> Lookup {
    Lookup {
        courses: vec![samples::course("k1", "IF201"), samples::course("k2", "IF202")],
        lecturers: vec![samples::lecturer("l1", "Ratna Sari", "01"), samples::lecturer("l2", "Budi Santoso", "02")],
        rooms: vec![samples::room("r1", "A.2.03")],
        down: false,
    }
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const GOOD: &[(&str, &str)] = &[
    ("periode", "20261"),
    ("mk", "if201"),
    ("nama", "A"),
    ("kapasitas", "40"),
    ("status", "open"),
    ("dosen.0", "Budi Santoso (02)"),
    ("dosen.1", ""),
    ("dosen.2", "01"),
    ("hari.0", ""),
    ("mulai.0", ""),
    ("selesai.0", ""),
    ("ruang.0", ""),
    ("hari.1", "3"),
    ("mulai.1", "7.00"),
    ("selesai.1", "09:30"),
    ("ruang.1", "a.2.03"),
];

#[test]
fn a_form_becomes_a_class_without_its_empty_rows() {
    let typed = Typed::read(&pairs(GOOD)).compact();
    let input = typed.resolve(Lang::Id, &campus(), &lookup(), None).unwrap();
    assert_eq!((input.course_id.as_str(), input.capacity, input.state), ("k1", 40, ClassState::Open));
    let lecturers: Vec<_> = input.lecturers.iter().map(|l| (l.lecturer_id.as_str(), l.lead)).collect();
    assert_eq!(lecturers, [("l2", true), ("l1", false)]);
    let meeting = MeetingInput { day: 3, start_minute: 420, end_minute: 570, room_id: Some("r1".into()) };
    assert_eq!(input.meetings, [meeting]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_at_its_field() {
    let typed = Typed::read(&pairs(&[
        ("mk", "XX999"),
        ("nama", "ABCDEF"),
        ("kapasitas", "empat puluh"),
        ("status", "?"),
        ("dosen.0", "Siapa"),
        ("hari.0", "8"),
        ("mulai.0", "9.75"),
        ("selesai.0", "7"),
        ("ruang.0", "Z"),
        ("hari.1", "1"),
        ("mulai.1", "10"),
        ("selesai.1", "10.00"),
    ]));
    let errors = typed.resolve(Lang::Id, &campus(), &lookup(), None).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    let expected = ["mk", "nama", "kapasitas", "status", "dosen-0", "hari-0", "mulai-0", "ruang-0", "selesai-1"];
    assert_eq!(fields, expected);
    assert!(errors[0].text.contains("XX999"));
}

#[test]
fn a_class_as_it_stands_survives_the_form() {
    let mut class = samples::class("c1", "A");
    class.lecturers[0].lecturer_id = "elsewhere".into();
    class.lecturers[0].name = None;
    class.meetings[0].room_id = Some("gone".into());
    class.meetings[0].room_code = Some("Gone".into());
    let typed = Typed::of(&campus(), &class, &lookup());
    let input = typed.resolve(Lang::Id, &campus(), &lookup(), Some(&class)).unwrap();
    assert_eq!(input.lecturers[0].lecturer_id, "elsewhere");
    assert_eq!(input.meetings[0].room_id.as_deref(), Some("gone"));
    assert_eq!((input.name, input.capacity), (class.name, class.capacity));
}

#[test]
fn rows_come_and_go_by_buttons() {
    let typed = Typed::read(&pairs(GOOD));
    assert_eq!(typed.meetings.len(), 2);
    let more = typed.clone().pressed("tambah-pertemuan").unwrap();
    assert_eq!((more.meetings.len(), &more.meetings[1]), (3, &typed.meetings[1]));
    let fewer = typed.clone().pressed("hapus-pertemuan-0").unwrap();
    assert_eq!(fewer.meetings, typed.meetings[1..]);
    assert_eq!(typed.clone().pressed("hapus-dosen-1").unwrap().lecturers.len(), 2);
    assert_eq!(typed.clone().pressed("hapus-dosen-9"), None);
    assert_eq!(typed.clone().pressed("simpan"), None);
    let full = (0..30).fold(typed, |typed, _| typed.pressed("tambah-pertemuan").unwrap());
    assert_eq!(full.meetings.len(), MEETINGS_MAX);
}

#[test]
fn the_same_lecturer_twice_and_a_name_of_two_are_refused() {
    let mut lookup = lookup();
    lookup.lecturers.push(samples::lecturer("l3", "Budi Santoso", "03"));
    let typed = |one: &str, two: &str| {
        let mut fields = pairs(GOOD);
        fields.retain(|(name, _)| !name.starts_with("dosen"));
        fields.extend(pairs(&[("dosen.0", one), ("dosen.1", two)]));
        Typed::read(&fields).compact().resolve(Lang::Id, &campus(), &lookup, None).unwrap_err()
    };
    assert_eq!(typed("01", "Ratna Sari")[0].field, "dosen-1");
    assert!(typed("Budi Santoso", "01")[0].text.contains("(03)"));
}
