-- What course-svc knows of results, by grade-svc's events `grade.record`: one event brings all of a student's rows, so
-- they are replaced together. Only the consumer of that feed writes these tables (src/feed.rs). No foreign keys: rows
-- arrive in any order among the feeds.

-- The counted result of a course. Points in hundredths, 0 to 400.
CREATE TABLE course_result (
    student_id  TEXT    NOT NULL,
    course_id   TEXT    NOT NULL,
    period_code TEXT    NOT NULL,
    letter      TEXT    NOT NULL,
    points      BIGINT  NOT NULL,
    passed      BOOLEAN NOT NULL,
    -- SKS
    credits     BIGINT  NOT NULL,
    CONSTRAINT pk_course_result PRIMARY KEY (student_id, course_id),
    CONSTRAINT ck_course_result_points CHECK (points BETWEEN 0 AND 400),
    CONSTRAINT ck_course_result_credits CHECK (credits >= 0)
);

-- A period with results. The SKS ceiling of a period follows from the latest one before it in which nothing is pending.
CREATE TABLE academic_semester (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    -- IPS in hundredths, 0 to 400
    ips         BIGINT NOT NULL,
    -- SKS with published grades; 0 while all of them are pending, and then the IPS says nothing
    credits     BIGINT NOT NULL,
    -- courses whose grades are not published yet
    pending     BIGINT NOT NULL,
    CONSTRAINT pk_academic_semester PRIMARY KEY (student_id, period_code),
    CONSTRAINT ck_academic_semester_ips CHECK (ips BETWEEN 0 AND 400),
    CONSTRAINT ck_academic_semester_credits CHECK (credits >= 0),
    CONSTRAINT ck_academic_semester_pending CHECK (pending >= 0)
);

-- The sums over all results. The table of this name was never written before this migration: the feed that fills it is
-- read from now on.
DROP TABLE academic_standing;

CREATE TABLE academic_standing (
    student_id     TEXT   NOT NULL,
    -- IPK in hundredths, 0 to 400; NULL while there is no result
    cumulative     BIGINT,
    -- SKS passed
    credits_passed BIGINT NOT NULL,
    CONSTRAINT pk_academic_standing PRIMARY KEY (student_id),
    CONSTRAINT ck_academic_standing_cumulative CHECK (cumulative BETWEEN 0 AND 400),
    CONSTRAINT ck_academic_standing_credits_passed CHECK (credits_passed >= 0)
);
