//! The sessions that auth-svc ended, in memory and in a file, so that a restart does not forget them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

/// Ended sessions that are remembered at most; beyond it the entries that lapse first are forgotten.
const MAX: usize = 200_000;

/// Ended sessions, each with the moment after which none of its tokens can be valid any more.
#[derive(Debug, Default)]
pub(crate) struct EndedSessions {
    sessions: Mutex<HashMap<String, Timestamp>>,
    /// Where they are kept; none keeps them in memory only.
    file: Option<PathBuf>,
    /// Held while the file is written.
    writing: Mutex<()>,
    changed: Notify,
}

impl EndedSessions {
    /// What the file says, without what has lapsed. No file, or one that is of no use, is none.
    pub(crate) fn load(file: PathBuf, now: Timestamp) -> Self {
        let mut sessions = read(&file).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %file.display(), "kept ended sessions are of no use");
            HashMap::new()
        });
        sessions.retain(|_, until| *until >= now);
        bound(&mut sessions);
        Self { sessions: Mutex::new(sessions), file: Some(file), ..Self::default() }
    }

    /// Remembers an ended session until `until`.
    pub(crate) fn insert(&self, sid: String, until: Timestamp, now: Timestamp) {
        let mut sessions = lock(&self.sessions);
        if sessions.insert(sid, until) == Some(until) {
            return;
        }
        if sessions.len() > MAX {
            sessions.retain(|_, until| *until >= now);
        }
        bound(&mut sessions);
        self.changed.notify_one();
    }

    /// The session was ended.
    pub(crate) fn contains(&self, sid: &str) -> bool {
        lock(&self.sessions).contains_key(sid)
    }

    /// Forgets what has lapsed.
    pub(crate) fn forget_lapsed(&self, now: Timestamp) {
        let mut sessions = lock(&self.sessions);
        let before = sessions.len();
        sessions.retain(|_, until| *until >= now);
        if sessions.len() < before {
            self.changed.notify_one();
        }
    }

    /// Waits until something has changed since this was awaited last.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Makes [`changed`](Self::changed) answer once more, because the file is not up to date.
    pub(crate) fn retry(&self) {
        self.changed.notify_one();
    }

    /// Writes them into their file. Blocks.
    pub(crate) fn save(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        // Whoever writes last writes the newest state.
        let _alone = lock(&self.writing);
        let json = serde_json::to_string(&*lock(&self.sessions))?;
        replace(file, &json)
    }
}

fn read(file: &Path) -> io::Result<HashMap<String, Timestamp>> {
    match std::fs::read_to_string(file) {
        Ok(json) => Ok(serde_json::from_str(&json)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(HashMap::new()),
        Err(error) => Err(error),
    }
}

/// Forgets those that lapse first, as many as are too many.
fn bound(sessions: &mut HashMap<String, Timestamp>) {
    let excess = sessions.len().saturating_sub(MAX);
    if excess == 1 {
        // The usual case, once it is full.
        if let Some(first) = sessions.iter().min_by_key(|(_, until)| **until).map(|(sid, _)| sid.clone()) {
            sessions.remove(&first);
        }
    } else if excess > 1 {
        let mut all: Vec<_> = sessions.drain().collect();
        all.select_nth_unstable_by_key(excess, |(_, until)| *until);
        sessions.extend(all.drain(excess..));
    }
}

/// Replaces a file as a whole: a reader never sees half of it, not even after a crash.
pub(crate) fn replace(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;

    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Replicas that share the folder do not write into each other's.
    let fresh = file.with_extension(format!("{}.tmp", std::process::id()));
    let mut writer = std::fs::File::create(&fresh)?;
    writer.write_all(text.as_bytes())?;
    writer.sync_all()?;
    std::fs::rename(&fresh, file)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn sid(n: usize) -> String {
        format!("s-{n}")
    }

    fn minute(n: usize) -> i64 {
        i64::try_from(n).unwrap()
    }

    fn count(ended: &EndedSessions) -> usize {
        lock(&ended.sessions).len()
    }

    #[test]
    fn beyond_the_bound_those_that_lapse_first_are_forgotten() {
        let ended = EndedSessions::default();
        for n in 0..MAX {
            ended.insert(sid(n), at(minute(n) + 10), at(0));
        }
        assert_eq!(count(&ended), MAX);
        ended.insert("one more".into(), at(1_000_000), at(0));
        assert_eq!(count(&ended), MAX);
        assert!(!ended.contains(&sid(0)) && ended.contains(&sid(1)) && ended.contains("one more"));
        // With some that have lapsed nobody else has to go.
        ended.insert("another".into(), at(1_000_000), at(100));
        assert!(!ended.contains(&sid(89)) && ended.contains(&sid(90)) && ended.contains("another"));
    }

    #[test]
    fn a_file_with_too_many_is_cut_down_and_what_has_lapsed_stays_away() {
        let folder = std::env::temp_dir().join(crate::id::new());
        let file = folder.join("course.revoked.json");
        let all: HashMap<String, Timestamp> = (0..MAX + 50).map(|n| (sid(n), at(minute(n)))).collect();
        replace(&file, &serde_json::to_string(&all).unwrap()).unwrap();
        let ended = EndedSessions::load(file.clone(), at(10));
        assert_eq!(count(&ended), MAX);
        assert!(!ended.contains(&sid(49)) && ended.contains(&sid(50)) && ended.contains(&sid(MAX + 49)));

        // Saved after the next time has passed, the file names only what still matters.
        ended.forget_lapsed(at(minute(MAX)));
        ended.save().unwrap();
        assert_eq!(read(&file).unwrap().len(), 50);

        replace(&file, "{\"s-1\": 5").unwrap();
        assert_eq!(count(&EndedSessions::load(file, at(0))), 0, "half a file is none");
        assert_eq!(count(&EndedSessions::load(folder.join("none.json"), at(0))), 0);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
