//! Stories in a real browser and over the REST API, against the real processes: see `tests/stories`.
