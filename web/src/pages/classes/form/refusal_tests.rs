use super::*;

fn facts(pairs: &[(&str, &str)]) -> reasons::Facts {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn typed() -> Typed {
    let meeting = |day: &str, start: &str, end: &str| TypedMeeting {
        day: day.into(),
        start: start.into(),
        end: end.into(),
        room: "A.2.03".into(),
    };
    Typed {
        name: "A".into(),
        capacity: "40".into(),
        state: "open".into(),
        lecturers: vec!["Budi (02)".into(), "Ratna Sari (01)".into()],
        meetings: vec![meeting("1", "07.00", "09.30"), meeting("3", "13.00", "14.40")],
        ..Typed::default()
    }
}

#[test]
fn a_path_of_the_request_leads_to_its_field() {
    let cases = [
        ("name", "nama"),
        ("capacity", "kapasitas"),
        ("meetings[2].room_id", "ruang-2"),
        ("meetings[0].start_minute", "mulai-0"),
        ("meetings[0]", "pertemuan"),
        ("lecturers[1].lecturer_id", "dosen-1"),
    ];
    for (path, field) in cases {
        assert_eq!(field_of(path).as_deref(), Some(field), "{path}");
    }
    assert_eq!(field_of("something"), None);
}

#[test]
fn what_says_too_little_by_itself_has_words_of_its_own_at_its_place() {
    let cases = [
        ("exams[1]", "named-twice", Some("exams-overlap")),
        ("reservations[1].scope_key", "named-twice", Some("kept-twice")),
        ("reservations[0].seats", "out-of-range", Some("kept-beyond")),
        ("reservations", "out-of-range", Some("kept-beyond-all")),
        ("reservations[0].scope_key", "unknown-programme", None),
        ("capacity", "out-of-range", None),
    ];
    for (path, reason, key) in cases {
        assert_eq!(own_words(path, reason), key, "{path} {reason}");
    }
}

#[test]
fn a_refusal_leads_to_the_field_that_it_is_about() {
    let slot = [("room", "A.2.03"), ("day", "3"), ("start", "780"), ("end", "830")];
    let cases = [
        ("room-clash", facts(&slot), "ruang-1"),
        ("meetings-overlap", facts(&slot), "mulai-1"),
        ("lecturer-clash", facts(&[("lecturer", "Ratna Sari")]), "dosen-1"),
        ("room-too-small", facts(&[]), "kapasitas"),
        ("class-exists", facts(&[]), "nama"),
        ("room-clash", facts(&[]), "form-kelas"),
        ("never-heard-of", facts(&[]), "form-kelas"),
    ];
    for (reason, facts, field) in cases {
        assert_eq!(field_by_reason(&typed(), reason, &facts), field, "{reason}");
    }
}

#[test]
fn only_what_differs_is_shown_beside_what_is_stored() {
    let stored = Typed { capacity: "30".into(), ..typed() };
    let mut mine = typed();
    mine.meetings[0].start = "7".into();
    let differences = differences(Lang::Id, &stored, &mine);
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_eq!((differences[0].stored.as_str(), differences[0].typed.as_str()), ("30", "40"));
}
