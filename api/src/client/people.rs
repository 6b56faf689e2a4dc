//! Faculties, programmes, lecturers, students, statuses and holds.

use super::{Client, Error};
use crate::{
    Faculty, Hold, HoldInput, Lecturer, LecturerQuery, Page, PageQuery, PeriodStatus, Programme, ProgrammeQuery,
    StatusInput, Student, StudentInput, StudentQuery, WaiverInput, routes,
};

impl Client {
    /// Faculties, by code.
    pub async fn faculties(&self, query: &PageQuery) -> Result<Page<Faculty>, Error> {
        self.list(routes::FACULTIES_GET, &[], query).await
    }

    /// Study programmes, by code.
    pub async fn programmes(&self, query: &ProgrammeQuery) -> Result<Page<Programme>, Error> {
        self.list(routes::PROGRAMMES_GET, &[], query).await
    }

    /// Lecturers, by name.
    pub async fn lecturers(&self, query: &LecturerQuery) -> Result<Page<Lecturer>, Error> {
        self.list(routes::LECTURERS_GET, &[], query).await
    }

    /// One lecturer.
    pub async fn lecturer(&self, id: &str) -> Result<Lecturer, Error> {
        self.plain(routes::LECTURER_GET, &[id]).await
    }

    /// Students that the caller may see.
    pub async fn students(&self, query: &StudentQuery) -> Result<Page<Student>, Error> {
        self.list(routes::STUDENTS_GET, &[], query).await
    }

    /// One student.
    pub async fn student(&self, id: &str) -> Result<Student, Error> {
        self.plain(routes::STUDENT_GET, &[id]).await
    }

    /// Makes a student.
    pub async fn create_student(&self, student: &StudentInput) -> Result<Student, Error> {
        self.send(routes::STUDENTS_POST, &[], student).await
    }

    /// Changes a student that was read at `version`.
    pub async fn update_student(&self, id: &str, version: i64, student: &StudentInput) -> Result<Student, Error> {
        self.change(routes::STUDENT_PUT, &[id], version, student).await
    }

    /// Statuses of a student, latest period first.
    pub async fn statuses(&self, student: &str, query: &PageQuery) -> Result<Page<PeriodStatus>, Error> {
        self.list(routes::STATUSES_GET, &[student], query).await
    }

    /// Sets the status of a student in a period.
    pub async fn put_status(&self, student: &str, period: &str, status: &StatusInput) -> Result<PeriodStatus, Error> {
        self.send(routes::STATUS_PUT, &[student, period], status).await
    }

    /// Holds of a student, latest first.
    pub async fn holds(&self, student: &str, query: &PageQuery) -> Result<Page<Hold>, Error> {
        self.list(routes::HOLDS_GET, &[student], query).await
    }

    /// Places a hold.
    pub async fn place_hold(&self, student: &str, hold: &HoldInput) -> Result<Hold, Error> {
        self.send(routes::HOLDS_POST, &[student], hold).await
    }

    /// Grants a dated waiver of a hold that was read at `version`.
    pub async fn waive_hold(&self, hold: &str, version: i64, waiver: &WaiverInput) -> Result<Hold, Error> {
        self.change(routes::WAIVERS_POST, &[hold], version, waiver).await
    }

    /// Lifts a hold for good.
    pub async fn lift_hold(&self, hold: &str) -> Result<Hold, Error> {
        self.plain(routes::HOLD_DELETE, &[hold]).await
    }
}
