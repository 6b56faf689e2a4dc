//! Replacing the components of a class.

use crate::app::App;
use crate::app::events;
use crate::app::sheet::{self, Sheet};
use crate::error::Error;
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::sheet::{Component, ComponentFault, MAX_COMPONENTS, SheetState, check_components};
use crate::store::sheets;
use chassis::db::{DbError, DbErrorKind};
use chassis::error::FieldFault;
use chassis::once::with_retries;

/// The components that a class shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutComponents {
    /// Class.
    pub class_id: String,
    /// All of them; those without an id are new.
    pub components: Vec<Component>,
    /// Version of the sheet that was read.
    pub version: i64,
}

/// Replaces the components with their weights, while nothing is published.
///
/// # Errors
/// `Absent`; `Stale`; `Refused` once the sheet is published; `Fields` for weights that do not make 100, names that occur
/// twice, ids that the class does not have, and components with scores that are left out.
pub async fn put_components(app: &App, cmd: &PutComponents) -> Result<Sheet, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let head = sheets::lock(&mut tx, &cmd.class_id).await?.ok_or(Error::Absent("class"))?;
        if head.version != cmd.version {
            return Err(Error::Stale);
        }
        if head.state == SheetState::Published {
            return Err(Error::Refused(vec![Refusal::SheetPublished]));
        }
        let present = sheets::components(&mut tx, &cmd.class_id).await?;
        let scored = sheets::scored(&mut tx, &cmd.class_id).await?;
        let faults = check_components(&present, &scored, &cmd.components);
        if !faults.is_empty() {
            return Err(Error::Fields(faults.iter().map(fault).collect()));
        }
        let named = |component: &Component| match component.id.is_empty() {
            true => Component { id: chassis::id::new(), ..component.clone() },
            false => component.clone(),
        };
        let components: Vec<_> = cmd.components.iter().map(named).collect();
        sheets::replace_components(&mut tx, &cmd.class_id, &components).await.map_err(raced)?;
        let head = sheets::update(&mut tx, &cmd.class_id, head.state, None).await?;
        events::put(&mut tx, events::sheet(&cmd.class_id, &head), now).await?;
        let sheet = sheet::load(&mut tx, &cmd.class_id, now).await?.ok_or(Error::Absent("class"))?;
        tx.commit().await?;
        Ok(sheet)
    })
    .await
}

/// Somebody with scores came back to the roster while this was decided: it is decided anew.
fn raced(error: DbError) -> Error {
    if error.kind() == DbErrorKind::ForeignKey { Error::Raced } else { Error::Db(error) }
}

fn fault(fault: &ComponentFault) -> FieldFault {
    match fault {
        ComponentFault::Count => {
            FieldFault::new("components", reasons::OUT_OF_RANGE, format!("wanted 1 to {MAX_COMPONENTS} components"))
        }
        ComponentFault::Weights { sum } => {
            FieldFault::new("components", reasons::WEIGHTS_NOT_100, format!("the weights make {sum}"))
        }
        ComponentFault::Twice(n) => {
            FieldFault::new(format!("components[{n}].name"), reasons::NAMED_TWICE, "is in the list already")
        }
        ComponentFault::Unknown(n) => {
            FieldFault::new(format!("components[{n}].id"), reasons::UNKNOWN_COMPONENT, "the class has none such")
        }
        ComponentFault::HasScores { name } => {
            FieldFault::new("components", reasons::COMPONENT_HAS_SCORES, format!("{name} has scores"))
        }
    }
}
