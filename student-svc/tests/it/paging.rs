//! Lists that change while they are read.

use std::collections::HashSet;

use chassis::both_engines;
use proto::common::v1::PageRequest;
use proto::student::v1 as pb;
use proto::student::v1::import_row::Row;

use crate::rows;
use crate::support::{App, Campus};

const STUDENTS: usize = 500;

/// Five hundred students, many of whom share a name.
async fn many(app: &App) -> Campus {
    let campus = app.campus().await;
    let rows = (0..STUDENTS)
        .map(|n| {
            Row::Student(rows::student(&format!("23{n:06}"), &format!("Nama {:02}", n % 40), "IF-S1", "20231", ""))
        })
        .collect();
    assert_eq!(app.import(rows).await.applied.unwrap().created, STUDENTS as u64);
    campus
}

/// Reads the whole list in pages while new students are made before and behind the place where it is read.
async fn read_while_growing(app: &App, campus: &Campus, order: pb::StudentOrder) -> Vec<pb::Student> {
    let mut client = app.students(&app.admin(&campus.informatics));
    let mut read = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let request = pb::ListStudentsRequest {
            page: Some(PageRequest { size: 37, cursor }),
            cohort: "2023".into(),
            order: order.into(),
            ..Default::default()
        };
        let answer = client.list(request).await.unwrap().into_inner();
        assert!(answer.students.len() <= 37);
        read.extend(answer.students);
        cursor = answer.page.unwrap().next_cursor;
        if cursor.is_empty() {
            break;
        }
        for (prefix, name) in [("22", "Aaa"), ("24", "Zzz"), ("2300X", "Nama 20")] {
            let student = pb::Student {
                nim: format!("{prefix}{page:03}{}", order as i32),
                name: name.into(),
                programme_id: campus.informatics.clone(),
                entry_period: "20231".into(),
                ..Default::default()
            };
            client.create(pb::CreateStudentRequest { student: Some(student) }).await.unwrap();
        }
    }
    read
}

both_engines! {
    async fn a_list_that_grows_is_read_completely_and_without_repeats(app: App) {
        let campus = many(&app).await;
        for order in [pb::StudentOrder::Unspecified, pb::StudentOrder::Name] {
            let read = read_while_growing(&app, &campus, order).await;
            let nims: HashSet<&str> = read.iter().map(|s| s.nim.as_str()).collect();
            assert_eq!(nims.len(), read.len(), "nobody twice, by {order:?}");
            for n in 0..STUDENTS {
                assert!(nims.contains(format!("23{n:06}").as_str()), "student {n} is missing, by {order:?}");
            }
            let mut sorted = read.clone();
            match order {
                pb::StudentOrder::Unspecified => sorted.sort_by(|a, b| a.nim.cmp(&b.nim)),
                pb::StudentOrder::Name => sorted.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id))),
            }
            assert_eq!(sorted, read, "in order, by {order:?}");
        }
    }
}
