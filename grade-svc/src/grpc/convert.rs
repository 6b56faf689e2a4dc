//! Wire and domain: the only place that names both. `answer` writes, `ask` reads and says everything that is wrong.

mod answer;
mod ask;
mod event;
mod import;

pub use answer::{
    academic_record, encoded, page_info, put_scores_response, scale, semester, semester_result, sheet, sheet_snapshot,
    summary, transcript, with_earlier,
};
pub use ask::{programme_filter, put_components, put_scores, scale_draft, sheet_filter};
pub use event::{CourseEvent, StudentEvent, course_event, student_event};
pub use import::{Arrived, import_applied, import_arrived, import_fault, import_progress, import_row, import_verdict};
