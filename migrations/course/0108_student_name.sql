-- The advisor's queue shows students by name and finds them by it. Folded columns (`_key`) are made in Rust: lower case, no
-- accents, single spaces.

ALTER TABLE student ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE student ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE student ADD COLUMN nim_key TEXT NOT NULL DEFAULT '';

CREATE INDEX ix_student_advisor_id ON student (advisor_id);
CREATE INDEX ix_student_programme_id ON student (programme_id);

-- The names come with a snapshot: an epoch that no feed has makes the consumer ask for one. Not the empty epoch, which says
-- that holds were never heard of: those that are here go on binding until the snapshot is applied.
UPDATE feed_cursor SET epoch = 'names-wanted' WHERE source = 'student' AND epoch <> '';
