//! Everything that can be wrong with the files of an import, and what each of it is told as.

/// A row, and the column and the reason that are told of it.
type Wrong = (&'static str, &'static str, &'static str);
/// Line, column and reason.
type Fault = (u64, &'static str, &'static str);

/// Wrong rows for the files of all three services: the rows that are put at the end of a file, and what each of them is
/// told as, in their order. An empty reason stands for a row that is good, and wrong only by another one.
pub(super) const WRONG: &[(&str, &[Wrong])] = &[
    // student-svc
    ("faculties.csv", &[("imp,Kecil", "code", "bad-code")]),
    (
        "programmes.csv",
        &[
            ("IMP-D9,Impor,D9,IMP,", "degree_level", "unknown-value"),
            ("IMP-S2,Impor,S2,TIADA,", "faculty", "unknown-faculty"),
        ],
    ),
    ("lecturers.csv", &[("12345,Dosen Pendek,IMP-S1,,nidn", "number", "bad-lecturer-number")]),
    (
        "students.csv",
        &[
            ("25 97,Berspasi,IMP-S1,20251,,,,,,,,", "nim", "bad-nim"),
            ("2597000001,Kembar,IMP-S1,20251,,,,,,,,", "", "duplicate-row"),
            ("2597000011,,IMP-S1,20251,,,,,,,,", "name", "required"),
            ("2597000012,Tanpa Prodi,TIADA-S1,20251,,,,,,,,", "programme", "unknown-programme"),
            ("2597000013,Salah Masuk,IMP-S1,2025,,,,,,,,", "entry_period", "bad-period"),
            ("2597000014,Tanpa Wali,IMP-S1,20251,0097999999,,,,,,,", "advisor", "unknown-lecturer"),
            ("2597000015,Salah Surat,IMP-S1,20251,,bukan-surat,,,,,,", "email", "bad-email"),
            ("2597000016,Salah NIK,IMP-S1,20251,,,,123,,,,", "national_id", "bad-national-id"),
            ("2597000017,Salah Lahir,IMP-S1,20251,,,,,,,2005-02-30,", "birth_date", "bad-date"),
        ],
    ),
    (
        "statuses.csv",
        &[("2597000001,20242,A", "period", "period-before-entry"), ("2597000002,20262,X", "status", "unknown-value")],
    ),
    ("holds.csv", &[("2597999999,library,Buku,", "nim", "unknown-student")]),
    // course-svc
    (
        "courses.csv",
        &[
            ("IMP-S1,IMP901,Tanpa SKS,,0,,,,elective,", "credits_lecture", "out-of-range"),
            ("IMP-S1,IMP902,Salah Sifat,,2,,,,wajib,", "requirement_kind", "unknown-value"),
        ],
    ),
    ("curriculum_courses.csv", &[("IMP-S1,Kurikulum Lain,,IMP101,1,compulsory", "curriculum", "unknown-curriculum")]),
    (
        "prerequisites.csv",
        &[
            ("IMP-S1,IMP301,1,taken,,IMP302,,", "", "prerequisite-cycle"),
            ("IMP-S1,IMP302,1,taken,,IMP301,,", "", ""),
            ("IMP-S1,IMP202,1,passed,,IMP999,C,2.00", "required_course", "unknown-course"),
        ],
    ),
    ("equivalents.csv", &[("IMP-S1,IMP101,IMP-S1,IMP101", "equivalent_course", "named-twice")]),
    ("rooms.csv", &[("IMP.2,Terlalu Besar,99999", "capacity", "out-of-range")]),
    ("periods.csv", &[("20241,planned", "", "period-state-order")]),
    (
        "windows.csv",
        &[
            ("20261,krs,university,,@today+14d,@today-7d", "closes_at", "not-after"),
            ("20261,krs,cohort,tua,@today-7d,@today+14d", "scope_key", "bad-scope"),
            ("20301,krs,university,,@today-7d,@today+14d", "period", "unknown-period"),
        ],
    ),
    (
        "classes.csv",
        &[
            ("20261,IMP-S1,IMP999,A,30,,open", "course", "unknown-course"),
            ("20261,IMP-S1,IMP302,B,0,,open", "capacity", "out-of-range"),
            ("20261,IMP-S1,IMP302,C,30,0097999999,open", "lecturers", "unknown-lecturer"),
            ("20261,IMP-S1,IMP302,D,30,0097000001;0097000001,open", "lecturers", "named-twice"),
        ],
    ),
    (
        "meetings.csv",
        &[
            ("20261,IMP-S1,IMP301,A,2,07:00,25:00,", "end", "bad-time"),
            ("20261,IMP-S1,IMP301,A,3,09:00,07:00,", "end", "not-after"),
            ("20261,IMP-S1,IMP301,A,4,07:00,09:00,IMP.9", "room", "unknown-room"),
            ("20261,IMP-S1,IMP302,A,4,07:00,09:00,", "name", "unknown-class"),
        ],
    ),
    (
        "plans.csv",
        &[
            ("2597000002,20261,IMP-S1,IMP202,A,", "", "class-full"),
            ("2597000003,20252,IMP-S1,IMP102,A,locked", "", "duplicate-row"),
        ],
    ),
    // grade-svc
    (
        "scales.csv",
        &[
            ("IMP-S1,20262,5.00,best", "pass_points", "out-of-range"),
            ("IMP-S1,20271,1.00,sometimes", "repeat_policy", "unknown-value"),
            ("IMP-S1,20281,1.00,best", "", "scale-has-no-steps"),
            ("IMP-S1,20291,1.00,best", "", ""),
            ("IMP-S1,20301,1.00,best", "", ""),
        ],
    ),
    (
        "scale_steps.csv",
        &[
            ("IMP-S1,20291,A,85,3.00", "", ""),
            ("IMP-S1,20291,B,0,4.00", "points", "steps-order"),
            ("IMP-S1,20301,A,10,4.00", "min_score", "lowest-step"),
            ("IMP-S1,20311,A,0,4.00", "start_period", "unknown-scale"),
        ],
    ),
    (
        "components.csv",
        &[("20261,IMP-S1,IMP201,A,Tugas,40", "weight", "weights-not-100"), ("20261,IMP-S1,IMP201,A,Ujian,50", "", "")],
    ),
    (
        "scores.csv",
        &[
            ("2597000003,20252,IMP-S1,IMP102,A,Tugas,120", "score", "score-out-of-range"),
            ("2597000004,20252,IMP-S1,IMP102,A,Tugas,\"80,5\"", "score", "bad-number"),
            ("2597000003,20252,IMP-S1,IMP102,A,Kuis,80", "component", "unknown-component"),
            ("2597000005,20252,IMP-S1,IMP102,A,Tugas,80", "nim", "not-on-roster"),
        ],
    ),
    (
        "grades.csv",
        &[
            ("2597000001,20252,IMP-S1,IMP102,,Z,", "letter", "unknown-letter"),
            ("2597000002,20231,IMP-S1,IMP101,,B,", "period", "scale-missing"),
        ],
    ),
];

/// Files that are not in shape: as they are written, and what is told of them.
pub(super) const OUT_OF_SHAPE: &[(&str, &[u8], &[Fault])] = &[
    ("mahasiswa.csv", b"nim,name\n", &[(0, "", "unknown-file")]),
    ("courses.csv", b"", &[(1, "", "missing-heading")]),
    ("faculties.csv", b"code;name\nIMP;Fakultas\n", &[(1, "", "wrong-separator")]),
    (
        "lecturers.csv",
        b"number,name,programme,email,number_kind\n\n0097000001,\"Ida,IMP-S1,,\n",
        &[(3, "", "unclosed-quote")],
    ),
    ("periods.csv", b"code,state,code\n20261,active,20261\n", &[(1, "code", "repeated-column")]),
    (
        "rooms.csv",
        b"code,nama,capacity\nIMP.1,Ruang,40\n",
        &[(1, "nama", "unknown-column"), (1, "name", "missing-column")],
    ),
    ("programmes.csv", b"code,name,degree_level,faculty,pddikti_id\nIMP-S1,Imp\xf3r,S1,IMP,\n", &[(2, "", "not-utf8")]),
    ("statuses.csv", b"nim,period,status\n2597000001,20251,A\n2597000001,20252\n", &[(3, "", "wrong-field-count")]),
    (
        "holds.csv",
        b"nim,kind,note,waived_until\n2597000001,library,Buku,besok\n2597000001,library,Buku,@today+dua\n",
        &[(2, "waived_until", "not-a-moment"), (3, "waived_until", "not-a-relative-moment")],
    ),
];
