//! Periods, rooms, courses and classes.

use super::{Client, Error};
use crate::{
    Class, ClassInput, ClassQuery, Course, CourseInput, CourseQuery, NewPeriod, Page, PageQuery, Period, PeriodInput,
    Room, RoomInput, routes,
};

impl Client {
    /// Periods, latest first. Needs no token.
    pub async fn periods(&self, query: &PageQuery) -> Result<Page<Period>, Error> {
        self.list(routes::PERIODS_GET, &[], query).await
    }

    /// One period with its windows.
    pub async fn period(&self, code: &str) -> Result<Period, Error> {
        self.plain(routes::PERIOD_GET, &[code]).await
    }

    /// Makes a period.
    pub async fn create_period(&self, period: &NewPeriod) -> Result<Period, Error> {
        self.send(routes::PERIODS_POST, &[], period).await
    }

    /// Changes a period that was read at `version`.
    pub async fn update_period(&self, code: &str, version: i64, period: &PeriodInput) -> Result<Period, Error> {
        self.change(routes::PERIOD_PUT, &[code], version, period).await
    }

    /// Rooms, by code.
    pub async fn rooms(&self, query: &PageQuery) -> Result<Page<Room>, Error> {
        self.list(routes::ROOMS_GET, &[], query).await
    }

    /// Makes a room.
    pub async fn create_room(&self, room: &RoomInput) -> Result<Room, Error> {
        self.send(routes::ROOMS_POST, &[], room).await
    }

    /// Changes a room that was read at `version`.
    pub async fn update_room(&self, id: &str, version: i64, room: &RoomInput) -> Result<Room, Error> {
        self.change(routes::ROOM_PUT, &[id], version, room).await
    }

    /// Courses, by code.
    pub async fn courses(&self, query: &CourseQuery) -> Result<Page<Course>, Error> {
        self.list(routes::COURSES_GET, &[], query).await
    }

    /// One course.
    pub async fn course(&self, id: &str) -> Result<Course, Error> {
        self.plain(routes::COURSE_GET, &[id]).await
    }

    /// Makes a course.
    pub async fn create_course(&self, course: &CourseInput) -> Result<Course, Error> {
        self.send(routes::COURSES_POST, &[], course).await
    }

    /// Changes a course that was read at `version`.
    pub async fn update_course(&self, id: &str, version: i64, course: &CourseInput) -> Result<Course, Error> {
        self.change(routes::COURSE_PUT, &[id], version, course).await
    }

    /// Classes of a period, by course code and class name. Without a token: no seats taken.
    pub async fn classes(&self, query: &ClassQuery) -> Result<Page<Class>, Error> {
        self.list(routes::CLASSES_GET, &[], query).await
    }

    /// One class with live seats.
    pub async fn class(&self, id: &str) -> Result<Class, Error> {
        self.plain(routes::CLASS_GET, &[id]).await
    }

    /// Opens a class.
    pub async fn create_class(&self, class: &ClassInput) -> Result<Class, Error> {
        self.send(routes::CLASSES_POST, &[], class).await
    }

    /// Changes a class that was read at `version`.
    pub async fn update_class(&self, id: &str, version: i64, class: &ClassInput) -> Result<Class, Error> {
        self.change(routes::CLASS_PUT, &[id], version, class).await
    }

    /// Removes a class in which no seat is taken.
    pub async fn delete_class(&self, id: &str) -> Result<(), Error> {
        self.nothing(self.request(routes::CLASS_DELETE, &[id])).await
    }
}
