//! Wire and domain: the only place that names both. `answer` writes, `ask` reads and says everything that is wrong.

mod admission;
mod allocation;
mod answer;
mod approval;
mod ask;
mod curriculum;
mod event;
mod import;
mod plan;
mod policy;
mod seats;
mod waiting;

pub use admission::admission_view;
pub use allocation::{allocation, allocation_draft, allocation_outcome, wishes, wishes_draft};
pub use answer::{choice, class, course, encoded, page_info, period, public_class, refusal, room};
pub use approval::{approval, approval_draft, approval_outcome, delegation, delegation_draft};
pub use ask::{class_draft, class_filter, course_draft, course_filter, period_code, period_draft, room_draft};
pub use curriculum::{
    curriculum, curriculum_draft, curriculum_filter, equivalents, equivalents_draft, equivalents_snapshot,
    prerequisites, prerequisites_draft,
};
pub use event::{StudentEvent, academic_record, student_event};
pub use import::{Staged, import_applied, import_fault, import_progress, import_row, import_verdict, staged};
pub use plan::{
    KeptPlan, plan_count, plan_filter, plan_note, plan_row, plan_snapshot, plan_step, plan_view, slim_plan_view,
};
pub use policy::{effective_filter, effective_policy, policy, policy_draft};
pub use waiting::{notice, package, package_draft, trading, trading_told, waiting_student};
