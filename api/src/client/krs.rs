//! Study plans (KRS).

use super::{Client, Error};
use crate::{Choice, ChoiceQuery, ItemInput, Page, Plan, routes};

impl Client {
    /// The plan of a student in a period.
    pub async fn plan(&self, student: &str, period: &str) -> Result<Plan, Error> {
        self.plain(routes::PLAN_GET, &[student, period]).await
    }

    /// Opens the plan; opening an open one changes nothing.
    pub async fn open_plan(&self, student: &str, period: &str) -> Result<Plan, Error> {
        self.plain(routes::PLAN_POST, &[student, period]).await
    }

    /// Classes of the period, each with every reason that would refuse it to this student now.
    pub async fn choices(&self, student: &str, period: &str, query: &ChoiceQuery) -> Result<Page<Choice>, Error> {
        self.list(routes::CHOICES_GET, &[student, period], query).await
    }

    /// Takes a seat.
    pub async fn add_item(&self, student: &str, period: &str, item: &ItemInput) -> Result<Plan, Error> {
        self.send(routes::ITEMS_POST, &[student, period], item).await
    }

    /// Gives a seat back.
    pub async fn drop_item(&self, student: &str, period: &str, class: &str) -> Result<Plan, Error> {
        self.plain(routes::ITEM_DELETE, &[student, period, class]).await
    }
}
