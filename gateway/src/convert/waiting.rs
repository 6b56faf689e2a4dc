//! Waiting lists, and what the registrar watches.

use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{given, page, promised_moment};

pub(crate) fn line(list: pb::ListWaitingListResponse) -> Result<api::Page<api::WaitingStudent>, Fault> {
    page(list.students, list.page, |row| {
        Ok(api::WaitingStudent {
            student_id: row.student_id,
            nim: row.nim,
            name: given(row.name),
            place: row.place,
            joined_at: promised_moment(row.joined_at, "WaitingStudent.joined_at")?,
        })
    })
}

pub(crate) fn tradings(list: pb::ListTradingsResponse) -> Result<api::Page<api::Trading>, Fault> {
    page(list.tradings, list.page, |row| {
        Ok(api::Trading {
            student_id: row.student_id,
            nim: row.nim,
            name: given(row.name),
            drops: row.drops,
            first_at: promised_moment(row.first_at, "Trading.first_at")?,
            last_at: promised_moment(row.last_at, "Trading.last_at")?,
            class_labels: row.class_labels,
        })
    })
}
