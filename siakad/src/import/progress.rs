//! The bar on the terminal. Nothing is drawn where standard error is no terminal.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Whose rows were handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// student-svc's.
    Student,
    /// course-svc's.
    Course,
    /// grade-svc's.
    Grade,
}

impl Part {
    /// All, in the order in which they apply.
    pub(crate) const ALL: [Self; 3] = [Self::Student, Self::Course, Self::Grade];

    /// The service's short name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Course => "course",
            Self::Grade => "grade",
        }
    }

    /// What the bar says while it applies.
    pub(crate) fn applying(self) -> &'static str {
        match self {
            Self::Student => "applying students",
            Self::Course => "applying courses",
            Self::Grade => "applying grades",
        }
    }
}

/// A step of an import, with rows of all services in one bar.
pub(crate) struct Progress {
    bar: ProgressBar,
    parts: [AtomicU64; 3],
}

impl Progress {
    /// A bar for so many rows.
    pub(crate) fn new(step: &'static str, rows: usize) -> Self {
        let bar = ProgressBar::new(rows as u64).with_message(step);
        if let Ok(style) = ProgressStyle::with_template("{msg:>18} [{bar:40}] {pos}/{len} rows") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, parts: [const { AtomicU64::new(0) }; 3] }
    }

    /// So many rows of one part were handled.
    pub(crate) fn at(&self, part: Part, done: u64) {
        self.parts[part as usize].store(done, Ordering::Relaxed);
        self.bar.set_position(self.parts.iter().map(|part| part.load(Ordering::Relaxed)).sum());
    }

    /// Every row was handled.
    pub(crate) fn done(self) {
        self.bar.finish();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.abandon();
        }
    }
}
