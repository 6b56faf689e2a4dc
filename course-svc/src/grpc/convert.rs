//! Wire and domain: the only place that names both. `answer` writes, `ask` reads and says everything that is wrong.

mod answer;
mod ask;
mod event;
mod import;

pub use answer::{
    choice, class, course, encoded, page_info, period, plan_snapshot, plan_view, public_class, refusal, room,
};
pub use ask::{class_draft, class_filter, course_draft, course_filter, period_code, period_draft, room_draft};
pub use event::{StudentEvent, student_event};
pub use import::{Staged, import_applied, import_fault, import_progress, import_row, import_verdict, staged};
