//! The bar on the terminal. Nothing is drawn where standard error is no terminal.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Whose rows were handled.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// student-svc's.
    Student,
    /// course-svc's.
    Course,
}

/// A step of an import, with rows of both services in one bar.
pub(crate) struct Progress {
    bar: ProgressBar,
    parts: [AtomicU64; 2],
}

impl Progress {
    /// A bar for so many rows.
    pub(crate) fn new(step: &'static str, rows: usize) -> Self {
        let bar = ProgressBar::new(rows as u64).with_message(step);
        if let Ok(style) = ProgressStyle::with_template("{msg:>18} [{bar:40}] {pos}/{len} rows") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, parts: [const { AtomicU64::new(0) }; 2] }
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
