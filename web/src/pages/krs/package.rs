//! Packages: the classes that the office presets for new students, taken with one press, all or none.

use api::{Package, PackageQuery, PackageTake, Plan};
use axum::extract::{Path, Query};
use axum::response::Response;

use super::change::InPeriod;
use super::deed::{self, Deed};
use super::panel::{class_label, meetings, sum_sentence};
use super::submit::refused;
use super::{busy, room};
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::session::random_word;
use crate::view::{Hidden, Tone};
use crate::visit::Visit;

/// Packages that are offered at most.
const MOST: u32 = 10;

/// A package as a student sees it.
pub struct PackageCard {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `18 SKS, 7 mata kuliah`.
    pub sum: String,
    /// Classes: name, hours, whether it is full.
    pub classes: Vec<PackageClass>,
    /// Where the form is sent.
    pub action: String,
    /// Token and key.
    pub hidden: Hidden,
}

/// A class of a package.
pub struct PackageClass {
    /// Course and class.
    pub title: String,
    /// Days and hours.
    pub detail: String,
    /// Whether no seat is left.
    pub full: bool,
}

/// Packages for a student whose plan is empty. Without them the page stands: classes can be taken one by one.
///
/// # Errors
///
/// When nobody is logged in any more.
pub(super) async fn fetch(visit: &Visit, plan: &Plan) -> Result<Vec<Package>, Failure> {
    if !plan.items.is_empty() || !super::panel::may_drop(plan) {
        return Ok(Vec::new());
    }
    let query = PackageQuery { period: plan.period_code.clone(), limit: Some(MOST), ..PackageQuery::default() };
    match visit.client().packages(&query).await {
        Ok(page) => Ok(page.items),
        Err(error) if error.status() == Some(401) => Err(Failure::LoginNeeded),
        Err(_) => Ok(Vec::new()),
    }
}

/// Makes the cards of what was fetched.
#[must_use]
pub fn cards(visit: &Visit, packages: &[Package]) -> Vec<PackageCard> {
    let lang = visit.lang;
    let card = |package: &Package| {
        let credits: u32 = package.classes.iter().map(|class| class.course.credits).sum();
        let count = i64::try_from(package.classes.len()).unwrap_or_default();
        let class = |class: &api::Class| PackageClass {
            title: class_label(lang, class),
            detail: meetings(lang, class).join(", "),
            full: class.taken.is_some_and(|taken| taken + class.reserved >= class.capacity),
        };
        PackageCard {
            id: package.id.clone(),
            name: package.name.clone(),
            sum: lang.with("package-sum", &Vars::new().count("credits", credits).count("count", count)),
            classes: package.classes.iter().map(class).collect(),
            action: address(&package.id, &package.period_code),
            hidden: Hidden::new(visit.form_token()).key(random_word()),
        }
    };
    packages.iter().map(card).collect()
}

fn address(package: &str, period: &str) -> String {
    with_query(&format!("/krs/paket/{package}"), &[("periode", period)])
}

/// `POST /krs/paket/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not a student, or there is no such package for them.
pub async fn take(
    mut visit: Visit,
    Path(id): Path<String>,
    Query(of): Query<InPeriod>,
    posted: Posted,
) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let period = of.periode;
    let home = with_query("/krs", &[("periode", &period)]);
    let deed = Deed::Package(PackageTake { package_id: id.clone() });
    match deed::send(&mut visit, &student, &period, posted.key(), &deed).await {
        Ok(plan) => {
            let vars = Vars::new().count("count", i64::try_from(plan.items.len()).unwrap_or_default());
            let said = sum_sentence(visit.lang, &plan);
            visit.flash(Tone::Ok, visit.lang.with("package-done", &vars), said);
            Ok(visit.see(&home))
        }
        Err(error) => {
            if let Some(seconds) = busy::seconds(&error) {
                return Ok(busy::answer(&visit, &address(&id, &period), &period, &posted, seconds));
            }
            if room::is_waiting(&error) {
                return Ok(visit.see(&home));
            }
            let note = refused(&visit, error, "package-refused", "down-submit")?;
            super::again(visit, &period, note).await
        }
    }
}
