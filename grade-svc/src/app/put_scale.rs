//! Setting the scale of a programme from a period on.

use crate::app::App;
use crate::error::Error;
use crate::model::Scale;
use crate::reasons;
use crate::store::{campus, records, scales};
use chassis::once::with_retries;

/// Writes a scale: a new one when its version is 0, else over the one with this version. Grades that are published keep
/// their letter; how repeats count holds at once, so the records of the programme's students are computed anew.
///
/// # Errors
/// `Fields` for a programme that is not known; `Stale` when there is one already, another one, or none.
pub async fn put_scale(app: &App, draft: &Scale) -> Result<Scale, Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        let code = campus::programme_code(&mut tx, &draft.programme_id).await?;
        let unknown = || Error::field("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme");
        let programme_code = code.ok_or_else(unknown)?;
        let known = scales::lock(&mut tx, &draft.programme_id, draft.start).await?;
        if known.as_ref().map_or(0, |scale| scale.version) != draft.version {
            return Err(Error::Stale);
        }
        let id = known.as_ref().map_or_else(chassis::id::new, |scale| scale.id.clone());
        let scale = Scale { id, programme_code, version: draft.version + 1, ..draft.clone() };
        match known {
            Some(_) => scales::update(&mut tx, &scale).await?,
            None => {
                let inserted = scales::insert(&mut tx, &scale).await;
                inserted.map_err(|error| Error::unless_taken(error, "uq_scale_programme_id_start_period"))?;
            }
        }
        records::due_of_programme(&mut tx, &scale.programme_id).await?;
        tx.commit().await?;
        Ok(scale)
    })
    .await
}
