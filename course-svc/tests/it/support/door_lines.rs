//! Waiting lists of the registrar without a server around it.

use chassis::sql;
use chassis::testing::eventually;
use course_svc::app::registrar::Command;
use course_svc::model::Class;
use course_svc::rules::window::{Scope, Window, WindowKind};
use course_svc::store::periods;
use jiff::SignedDuration;

use super::door::{Door, add, class, period};
use super::{begin, id};

/// A KRS window between two days after the beginning.
pub(crate) fn krs(scope: Scope, opens: i64, closes: i64) -> Window {
    let day = |days: i64| begin() + SignedDuration::from_hours(24 * days);
    Window { kind: WindowKind::Krs, scope, opens_at: day(opens), closes_at: day(closes) }
}

pub(crate) fn join(class: &Class) -> Command {
    Command::Join { class_id: class.id.clone(), instead_of: None }
}

impl Door {
    pub(crate) async fn windows(&self, windows: Vec<Window>) {
        let mut tx = self.begin().await;
        let mut found = periods::lock(&mut tx, period()).await.expect("an answer").expect("the period");
        (found.windows, found.version) = (windows, found.version + 1);
        periods::update(&mut tx, &found).await.expect("changed");
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn cohort(&self, student: &str, entry: &str) {
        let entered = sql!("UPDATE student SET entry_period = $2 WHERE student_id = $1").bind(id(student)).bind(entry);
        let mut tx = self.begin().await;
        entered.run(&mut tx).await.expect("entered");
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn days(&self, days: i64) {
        self.app.clock.advance(SignedDuration::from_hours(24 * days));
    }

    /// Who waits for a class, in order.
    pub(crate) async fn in_line(&self, class: &Class) -> Vec<String> {
        let query = sql!("SELECT student_id FROM waiting_entry WHERE class_id = $1 ORDER BY place").bind(&class.id);
        let rows = query.all::<(String,)>(&self.app.db).await.expect("a line");
        rows.into_iter().map(|(student,)| student).collect()
    }

    /// Seats taken, kept for the line, and waited for.
    pub(crate) async fn numbers(&self, class: &Class) -> (i64, i64, i64) {
        let query = sql!("SELECT taken, reserved, waiting FROM class WHERE class_id = $1").bind(&class.id);
        query.one(&self.app.db).await.expect("a class")
    }

    /// Waits until the turns that the registrar has found by itself are over.
    pub(crate) async fn rests(&self) {
        eventually("the registrar rests", || async { self.app.registrar.under_way() == 0 }).await;
    }

    /// A class with one seat, which the first student has; the others wait for it in their order.
    pub(crate) async fn line(&self, name: &str, students: &[&str]) -> Class {
        let full = class(name, 3, 1, (1, 8));
        self.offer(std::slice::from_ref(&full)).await;
        self.order(students[0], add(&full)).await.expect("the seat");
        for student in &students[1..] {
            self.order(student, join(&full)).await.expect("in line");
        }
        full
    }

    pub(crate) async fn has(&self, student: &str, class: &Class) -> bool {
        self.items(student).await.contains(&class.id)
    }
}

pub(crate) fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| id(name)).collect()
}
