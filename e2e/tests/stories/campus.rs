//! Campuses of the stories' own, imported as CSV files the way a campus does it.

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

/// Every file of an import and its heading.
const HEADINGS: [(&str, &str); 22] = [
    ("faculties.csv", "code,name"),
    ("programmes.csv", "code,name,degree_level,faculty,pddikti_id"),
    ("lecturers.csv", "number,name,programme,email,number_kind"),
    (
        "students.csv",
        "nim,name,programme,entry_period,advisor,email,phone,national_id,gender,birth_place,birth_date,mother_name",
    ),
    ("statuses.csv", "nim,period,status"),
    ("holds.csv", "nim,kind,note,waived_until"),
    (
        "courses.csv",
        "programme,code,name,name_en,credits_lecture,credits_practice,credits_field,credits_simulation,requirement_kind,semester",
    ),
    ("curricula.csv", "programme,name,start_period,credits_required,credits_compulsory,credits_elective"),
    ("curriculum_courses.csv", "programme,curriculum,course_programme,course,semester,requirement_kind"),
    ("prerequisites.csv", "programme,course,group,kind,required_programme,required_course,minimum,min_points"),
    ("equivalents.csv", "programme,course,equivalent_programme,equivalent_course"),
    ("rooms.csv", "code,name,capacity"),
    ("periods.csv", "code,state"),
    ("windows.csv", "period,kind,scope,scope_key,opens_at,closes_at"),
    ("classes.csv", "period,programme,course,name,capacity,lecturers,state"),
    ("meetings.csv", "period,programme,course,name,day,start,end,room"),
    ("plans.csv", "nim,period,programme,course,name,state"),
    ("scales.csv", "programme,start_period,pass_points,repeat_policy"),
    ("scale_steps.csv", "programme,start_period,letter,min_score,points"),
    ("components.csv", "period,programme,course,class,name,weight"),
    ("scores.csv", "nim,period,programme,course,class,component,score"),
    ("grades.csv", "nim,period,programme,course,class,letter,score"),
];

/// Files of an import, to be written and brought in. Rows begin on line 2.
#[derive(Clone, Default)]
pub(crate) struct Files {
    rows: Vec<(&'static str, Vec<String>)>,
}

/// How an import ended.
pub(crate) struct Imported {
    /// 0 applied, 1 rows are wrong, 2 failed.
    pub(crate) code: Option<i32>,
    /// What it printed, errors and warnings first.
    pub(crate) said: String,
}

impl Files {
    /// Puts rows at the end of a file.
    pub(crate) fn rows<T: AsRef<str>>(&mut self, file: &'static str, rows: impl IntoIterator<Item = T>) -> &mut Self {
        let rows = rows.into_iter().map(|row| row.as_ref().to_owned());
        match self.rows.iter_mut().find(|(name, _)| *name == file) {
            Some((_, known)) => known.extend(rows),
            None => self.rows.push((file, rows.collect())),
        }
        self
    }

    /// Replaces the one row that is written like this.
    pub(crate) fn edit(&mut self, file: &str, from: &str, to: &str) -> &mut Self {
        let rows =
            self.rows.iter_mut().find(|(name, _)| *name == file).map(|(_, rows)| rows).expect("a file with rows");
        let row = rows.iter_mut().find(|row| *row == from).unwrap_or_else(|| panic!("{file} has no row {from}"));
        to.clone_into(row);
        self
    }

    /// Line of the last row of a file.
    pub(crate) fn last_line(&self, file: &str) -> u64 {
        let rows = self.rows.iter().find(|(name, _)| *name == file);
        rows.map_or(1, |(_, rows)| rows.len() as u64 + 1)
    }

    /// How many rows there are in these files.
    pub(crate) fn count(&self, files: impl Fn(&str) -> bool) -> usize {
        self.rows.iter().filter(|(name, _)| files(name)).map(|(_, rows)| rows.len()).sum()
    }

    /// Writes the folder anew and imports it.
    pub(crate) fn import(&self, system: &System, name: &str) -> Imported {
        let folder = system.data.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (file, rows) in &self.rows {
            let heading = HEADINGS.iter().find(|(name, _)| name == file).map(|(_, heading)| heading);
            let mut text = format!("{}\n", heading.unwrap_or_else(|| panic!("no import has a file {file}")));
            for row in rows {
                writeln!(text, "{row}").expect("a string takes text");
            }
            fs::write(folder.join(file), text).expect("the folder takes files");
        }
        bring(system, &folder)
    }

    /// The same when nothing is wrong.
    pub(crate) fn apply(&self, system: &System, name: &str) -> String {
        let imported = self.import(system, name);
        assert_eq!(imported.code, Some(0), "import failed:\n{}", imported.said);
        imported.said
    }
}

/// Imports a folder.
pub(crate) fn bring(system: &System, folder: &Path) -> Imported {
    let output = system.command(&["import", &folder.to_string_lossy()]);
    let said = [output.stderr, output.stdout].concat();
    Imported { code: output.status.code(), said: String::from_utf8_lossy(&said).into_owned() }
}

/// NIM of the n-th student.
pub(crate) fn nim(n: usize) -> String {
    format!("2699{n:06}")
}

/// Imports the stories' campus: a programme with students, and classes `name` of one course each.
///
/// `classes` are (course code, SKS, capacity).
pub(crate) fn import(system: &System, classes: &[(String, u32, u32)]) {
    let mut files = Files::default();
    files
        .rows("faculties.csv", ["UJI,Fakultas Uji"])
        .rows("programmes.csv", [format!("{PROGRAMME},Uji Coba,S1,UJI,")])
        .rows("lecturers.csv", [format!("{LECTURER},\"Uji Dosen, M.Kom.\",{PROGRAMME},,nidn")])
        .rows(
            "students.csv",
            (0..STUDENTS).map(|n| format!("{},Mahasiswa Uji {n},{PROGRAMME},{PERIOD},{LECTURER},,,,,,,", nim(n))),
        )
        .rows("statuses.csv", (0..STUDENTS).map(|n| format!("{},{PERIOD},A", nim(n))))
        .rows(
            "courses.csv",
            classes
                .iter()
                .map(|(code, credits, _)| format!("{PROGRAMME},{code},Mata Kuliah {code},,{credits},,,,elective,")),
        )
        .rows(
            "classes.csv",
            classes
                .iter()
                .map(|(code, _, capacity)| format!("{PERIOD},{PROGRAMME},{code},A,{capacity},{LECTURER},open")),
        );
    files.apply(system, "stories-campus");
}
