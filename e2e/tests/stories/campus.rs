//! A campus of the stories' own, imported as CSV files the way a campus does it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::people::PERIOD;
use crate::system::System;

/// Code of the stories' study programme.
pub(crate) const PROGRAMME: &str = "UJI-S1";
/// Number of the programme's lecturer.
pub(crate) const LECTURER: &str = "0099000001";
/// Students of the programme, all in their first semester: the ceiling is 20 SKS.
pub(crate) const STUDENTS: usize = 200;

/// NIM of the n-th student.
pub(crate) fn nim(n: usize) -> String {
    format!("2699{n:06}")
}

/// Imports the stories' campus: a programme with students, and classes `name` of one course each.
///
/// `classes` are (course code, SKS, capacity).
pub(crate) fn import(system: &System, classes: &[(String, u32, u32)]) {
    let folder = system.data.join("stories-campus");
    fs::create_dir_all(&folder).expect("a folder");
    write(&folder, "faculties.csv", "code,name", &["UJI,Fakultas Uji".into()]);
    let programme = format!("{PROGRAMME},Uji Coba,S1,UJI,");
    write(&folder, "programmes.csv", "code,name,degree_level,faculty,pddikti_id", &[programme]);
    let lecturer = format!("{LECTURER},\"Uji Dosen, M.Kom.\",{PROGRAMME},,nidn");
    write(&folder, "lecturers.csv", "number,name,programme,email,number_kind", &[lecturer]);
    let students: Vec<_> =
        (0..STUDENTS).map(|n| format!("{},Mahasiswa Uji {n},{PROGRAMME},{PERIOD},{LECTURER},,,,,,,", nim(n))).collect();
    let columns =
        "nim,name,programme,entry_period,advisor,email,phone,national_id,gender,birth_place,birth_date,mother_name";
    write(&folder, "students.csv", columns, &students);
    let statuses: Vec<_> = (0..STUDENTS).map(|n| format!("{},{PERIOD},A", nim(n))).collect();
    write(&folder, "statuses.csv", "nim,period,status", &statuses);
    let courses: Vec<_> = classes
        .iter()
        .map(|(code, credits, _)| format!("{PROGRAMME},{code},Mata Kuliah {code},,{credits},,,,elective,"))
        .collect();
    let columns = "programme,code,name,name_en,credits_lecture,credits_practice,credits_field,credits_simulation,requirement_kind,semester";
    write(&folder, "courses.csv", columns, &courses);
    let rows: Vec<_> = classes
        .iter()
        .map(|(code, _, capacity)| format!("{PERIOD},{PROGRAMME},{code},A,{capacity},{LECTURER},open"))
        .collect();
    write(&folder, "classes.csv", "period,programme,course,name,capacity,lecturers,state", &rows);

    let output = system.command(&["import", &folder.to_string_lossy()]);
    assert!(
        output.status.success(),
        "import failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn write(folder: &Path, file: &str, columns: &str, rows: &[String]) {
    let mut text = format!("{columns}\n");
    for row in rows {
        writeln!(text, "{row}").expect("a string takes text");
    }
    fs::write(folder.join(file), text).expect("the folder takes files");
}
