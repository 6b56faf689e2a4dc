//! Who is in the seeded campus, by the ids that the services gave.

use std::collections::HashMap;

use chassis::db::Db;
use chassis::sql;

use crate::Outcome;
use crate::campus::{Campus, PERIOD};
use crate::token::Issuer;

/// Ids and tokens, by the numbers that [`Campus`] knows people and classes by.
#[derive(Debug)]
pub struct People {
    /// Students.
    pub students: Vec<Person>,
    /// Ids of classes.
    pub classes: Vec<String>,
    /// Token of the registrar's office.
    pub office: String,
}

/// A student.
#[derive(Debug)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Access token.
    pub token: String,
}

impl People {
    /// Reads ids from the database of course-svc and signs a token for everybody.
    ///
    /// # Errors
    /// Somebody or some class has not arrived.
    pub async fn learn(db: &Db, campus: &Campus, issuer: &Issuer) -> Outcome<Self> {
        let rows = sql!("SELECT nim, student_id FROM student").all::<(String, String)>(db).await?;
        let mut by_nim: HashMap<_, _> = rows.into_iter().collect();
        let mut students = Vec::with_capacity(campus.students as usize);
        for student in 0..campus.students {
            let nim = Campus::nim(student);
            let id = by_nim.remove(&nim).ok_or_else(|| format!("{nim} has not arrived at course-svc"))?;
            students.push(Person { token: issuer.student(&id)?, id });
        }
        let rows = sql!(
            "SELECT c.class_id, o.code, c.name FROM class c JOIN course o ON o.course_id = c.course_id
             WHERE c.period_code = $1"
        );
        let rows = rows.bind(PERIOD).all::<(String, String, String)>(db).await?;
        let mut by_key: HashMap<_, _> = rows.into_iter().map(|(id, code, name)| ((code, name), id)).collect();
        let classes = (0..campus.classes).map(|class| by_key.remove(&campus.class_key(class)));
        let classes = classes.collect::<Option<Vec<_>>>().ok_or("a class has not arrived at course-svc")?;
        Ok(Self { students, classes, office: issuer.office()? })
    }
}
