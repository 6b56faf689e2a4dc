//! Courses, lecturers and rooms by what people type: a code, a name, a number.

use api::{Client, Course, CourseQuery, Lecturer, LecturerQuery, PageQuery, Room};
use chassis::text::fold;

use crate::error::Failure;

/// Pages of a list that are fetched for suggestions; what is beyond is found by searching.
const PAGES: usize = 3;

/// What the campus has, as far as it was fetched.
#[derive(Debug, Default)]
pub struct Lookup {
    /// Courses.
    pub courses: Vec<Course>,
    /// Lecturers.
    pub lecturers: Vec<Lecturer>,
    /// Rooms.
    pub rooms: Vec<Room>,
    /// Lists that could not be fetched.
    pub down: bool,
}

impl Lookup {
    /// Fetches the lists, of one study programme's courses when it is named. What is down stays empty.
    ///
    /// # Errors
    ///
    /// When the person is not logged in any more.
    pub async fn fetch(client: &Client, programme: &str) -> Result<Self, Failure> {
        let (courses, lecturers, rooms) =
            futures_util::future::join3(courses(client, programme, ""), lecturers(client, ""), rooms(client)).await;
        let mut lookup = Self::default();
        lookup.courses = lookup.settle(courses)?;
        lookup.lecturers = lookup.settle(lecturers)?;
        lookup.rooms = lookup.settle(rooms)?;
        Ok(lookup)
    }

    fn settle<T>(&mut self, found: Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
        match found {
            Err(Failure::LoginNeeded) => Err(Failure::LoginNeeded),
            Err(_) => {
                self.down = true;
                Ok(Vec::new())
            }
            Ok(found) => Ok(found),
        }
    }

    /// Searches for what was typed and is not among the fetched.
    ///
    /// # Errors
    ///
    /// When the person is not logged in any more.
    pub async fn widen(&mut self, client: &Client, course: &str, typed: &[String]) -> Result<(), Failure> {
        if !course.trim().is_empty() && self.course(course).is_empty() {
            let word = course.split_whitespace().next().unwrap_or_default();
            let found = courses(client, "", word).await;
            let found = self.settle(found)?;
            self.courses.extend(found);
        }
        for text in typed {
            if !text.trim().is_empty() && self.lecturer(text).is_empty() {
                let found = lecturers(client, text.trim()).await;
                let found = self.settle(found)?;
                self.lecturers.extend(found);
            }
        }
        Ok(())
    }

    /// Courses that the text means: its label or code in full, else those whose name or code it is a part of.
    #[must_use]
    pub fn course(&self, text: &str) -> Vec<&Course> {
        find(&self.courses, text, |course| self.course_label(course), |course| vec![course.code.as_str(), &course.name])
    }

    /// Lecturers that the text means: label, number or name in full, else those whose name it is a part of.
    #[must_use]
    pub fn lecturer(&self, text: &str) -> Vec<&Lecturer> {
        find(&self.lecturers, text, lecturer_label, |lecturer| {
            let numbers = [&lecturer.nidn, &lecturer.nidk, &lecturer.nuptk];
            numbers.into_iter().flatten().map(String::as_str).chain([lecturer.name.as_str()]).collect()
        })
    }

    /// The room of a code.
    #[must_use]
    pub fn room(&self, code: &str) -> Option<&Room> {
        let code = fold(code);
        self.rooms.iter().find(|room| fold(&room.code) == code)
    }

    /// What the list suggests for a course: code and name, with the study programme when codes repeat.
    #[must_use]
    pub fn course_label(&self, course: &Course) -> String {
        let repeated = self.courses.iter().filter(|other| other.code == course.code).count() > 1;
        match (&course.programme_code, repeated) {
            (Some(programme), true) => format!("{} {} ({programme})", course.code, course.name),
            _ => format!("{} {}", course.code, course.name),
        }
    }
}

/// What the list suggests for a lecturer: name and number.
#[must_use]
pub fn lecturer_label(lecturer: &Lecturer) -> String {
    match lecturer.nidn.as_ref().or(lecturer.nidk.as_ref()).or(lecturer.nuptk.as_ref()) {
        Some(number) => format!("{} ({number})", lecturer.name),
        None => lecturer.name.clone(),
    }
}

fn find<'a, T>(all: &'a [T], text: &str, label: impl Fn(&T) -> String, names: impl Fn(&T) -> Vec<&str>) -> Vec<&'a T> {
    let text = fold(text);
    if text.is_empty() {
        return Vec::new();
    }
    let labelled: Vec<_> = all.iter().filter(|one| fold(&label(one)) == text).collect();
    if !labelled.is_empty() {
        return labelled;
    }
    let whole: Vec<_> = all.iter().filter(|one| names(one).into_iter().any(|name| fold(name) == text)).collect();
    if !whole.is_empty() {
        return whole;
    }
    all.iter().filter(|one| names(one).into_iter().any(|name| fold(name).contains(&text))).collect()
}

/// Courses, of one study programme when it is named.
pub(crate) async fn courses(client: &Client, programme: &str, search: &str) -> Result<Vec<Course>, Failure> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let limit = Some(api::limits::PAGE_MAX);
    let mut query = CourseQuery { limit, search: some(search), programme_id: some(programme), ..Default::default() };
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let page = client.courses(&query).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    Ok(all)
}

/// Lecturers, by part of the name when one is given.
pub(crate) async fn lecturers(client: &Client, search: &str) -> Result<Vec<Lecturer>, Failure> {
    let search: Option<String> = Some(search.chars().take(100).collect()).filter(|text: &String| !text.is_empty());
    let mut query = LecturerQuery { limit: Some(api::limits::PAGE_MAX), search, ..Default::default() };
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let page = client.lecturers(&query).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    Ok(all)
}

/// All rooms: their codes are typed, and there are at most some hundreds.
async fn rooms(client: &Client) -> Result<Vec<Room>, Failure> {
    let mut query = PageQuery { limit: Some(api::limits::PAGE_MAX), cursor: None };
    let mut all = Vec::new();
    loop {
        let page = client.rooms(&query).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) if all.len() < 5000 => query.cursor = Some(cursor),
            _ => return Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    #[test]
    fn a_label_wins_over_a_number_over_a_part_of_a_name() {
        let lookup = Lookup {
            lecturers: vec![samples::lecturer("l1", "Ratna Sari", "01"), samples::lecturer("l2", "Ratna", "02")],
            ..Lookup::default()
        };
        let ids = |text: &str| lookup.lecturer(text).into_iter().map(|one| one.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids("ratna sari (01)"), ["l1"]);
        assert_eq!(ids("02"), ["l2"]);
        assert_eq!(ids("Ratna"), ["l2"]);
        assert_eq!(ids("rat"), ["l1", "l2"]);
        assert!(ids("  ").is_empty() && ids("nobody").is_empty());
    }

    #[test]
    fn a_course_is_known_by_code_and_the_programme_tells_equal_codes_apart() {
        let mut other = samples::course("k2", "IF201");
        other.programme_code = Some("SI-S1".into());
        let lookup = Lookup { courses: vec![samples::course("k1", "IF201"), other], ..Lookup::default() };
        assert_eq!(lookup.course("IF201").len(), 2);
        let label = lookup.course_label(&lookup.courses[1]);
        assert_eq!(lookup.course(&label).len(), 1);
        assert_eq!(lookup.course(&label)[0].id, "k2");
    }
}
