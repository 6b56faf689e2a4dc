-- Grade sheets, published grades and the records that follow from them.
--
-- Order of locks, for every writer: sheets by class, then records by student. Whoever writes scores or publishes holds the
-- sheet's row; whoever writes grades of a student afterwards holds the student's record.

CREATE TABLE sheet (
    -- belongs to a projection: no foreign key. The row is made when the class arrives, and stays when the class goes.
    class_id     TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    -- of components and state; 0 while nothing was written
    version      BIGINT NOT NULL,
    published_at BIGINT,
    CONSTRAINT pk_sheet PRIMARY KEY (class_id),
    CONSTRAINT ck_sheet_state CHECK (state IN ('empty', 'draft', 'published')),
    CONSTRAINT ck_sheet_published_at CHECK ((state = 'published') = (published_at IS NOT NULL))
);

CREATE TABLE component (
    component_id TEXT   NOT NULL,
    class_id     TEXT   NOT NULL,
    place        BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    -- percent; those of a class make 100
    weight       BIGINT NOT NULL,
    CONSTRAINT pk_component PRIMARY KEY (component_id),
    CONSTRAINT fk_component_class_id FOREIGN KEY (class_id) REFERENCES sheet (class_id),
    CONSTRAINT ck_component_name CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT ck_component_weight CHECK (weight BETWEEN 1 AND 100)
);

CREATE INDEX ix_component_class_id ON component (class_id, place);

-- How often the scores of a student on a sheet were written. The row stays when the student leaves the roster.
CREATE TABLE sheet_row (
    class_id   TEXT   NOT NULL,
    student_id TEXT   NOT NULL,
    -- from 1; a student without a row has version 0
    version    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- account that wrote it last, or the operator's service name
    changed_by TEXT   NOT NULL,
    CONSTRAINT pk_sheet_row PRIMARY KEY (class_id, student_id),
    CONSTRAINT fk_sheet_row_class_id FOREIGN KEY (class_id) REFERENCES sheet (class_id)
);

CREATE TABLE score (
    class_id     TEXT   NOT NULL,
    student_id   TEXT   NOT NULL,
    component_id TEXT   NOT NULL,
    -- hundredths
    score        BIGINT NOT NULL,
    CONSTRAINT pk_score PRIMARY KEY (class_id, student_id, component_id),
    CONSTRAINT fk_score_sheet_row FOREIGN KEY (class_id, student_id) REFERENCES sheet_row (class_id, student_id),
    CONSTRAINT fk_score_component_id FOREIGN KEY (component_id) REFERENCES component (component_id),
    CONSTRAINT ck_score_score CHECK (score BETWEEN 0 AND 10000)
);

CREATE INDEX ix_score_component_id ON score (component_id);

-- A published result: one of a student for a course in a period, from a sheet or from an import of history.
CREATE TABLE grade (
    student_id  TEXT    NOT NULL,
    period_code TEXT    NOT NULL,
    course_id   TEXT    NOT NULL,
    -- NULL when it is not known (an older import)
    class_id    TEXT,
    letter      TEXT    NOT NULL,
    -- hundredths, 0 to 400
    points      BIGINT  NOT NULL,
    -- SKS of the course when it was published
    credits     BIGINT  NOT NULL,
    -- final score in hundredths; NULL when only the letter is known
    score       BIGINT,
    -- by the scale of then
    passed      BOOLEAN NOT NULL,
    -- from 1
    version     BIGINT  NOT NULL,
    CONSTRAINT pk_grade PRIMARY KEY (student_id, period_code, course_id),
    CONSTRAINT ck_grade_letter CHECK (length(letter) BETWEEN 1 AND 3),
    CONSTRAINT ck_grade_points CHECK (points BETWEEN 0 AND 400),
    CONSTRAINT ck_grade_credits CHECK (credits BETWEEN 0 AND 24),
    CONSTRAINT ck_grade_score CHECK (score BETWEEN 0 AND 10000)
);

CREATE INDEX ix_grade_class_id ON grade (class_id);
CREATE INDEX ix_grade_course_id_period_code ON grade (course_id, period_code);

-- What the feed says of a student's results (kind grade.record), as it was told last. Locked by whoever changes grades of
-- the student or computes the record anew.
CREATE TABLE record (
    student_id TEXT   NOT NULL,
    -- from 1; 0 while there was nothing to tell
    version    BIGINT NOT NULL,
    -- the protobuf message, in base64
    content    TEXT   NOT NULL,
    CONSTRAINT pk_record PRIMARY KEY (student_id)
);
