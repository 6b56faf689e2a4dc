-- Study plans (KRS). Whoever writes a plan locks its row first and the class after it; nobody in the other order.

CREATE TABLE study_plan (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    -- from 1; 0 only inside the transaction that makes the row
    version     BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    CONSTRAINT pk_study_plan PRIMARY KEY (student_id, period_code),
    CONSTRAINT fk_study_plan_period_code FOREIGN KEY (period_code) REFERENCES period (period_code),
    CONSTRAINT ck_study_plan_state CHECK (state IN ('draft'))
);

-- A seat taken. The course stands here once more so that the database itself refuses a second class of it.
CREATE TABLE study_plan_item (
    student_id  TEXT   NOT NULL,
    period_code TEXT   NOT NULL,
    class_id    TEXT   NOT NULL,
    course_id   TEXT   NOT NULL,
    taken_at    BIGINT NOT NULL,
    CONSTRAINT pk_study_plan_item PRIMARY KEY (student_id, period_code, class_id),
    CONSTRAINT uq_study_plan_item_student_id_period_code_course_id UNIQUE (student_id, period_code, course_id),
    CONSTRAINT fk_study_plan_item_study_plan FOREIGN KEY (student_id, period_code)
        REFERENCES study_plan (student_id, period_code),
    CONSTRAINT fk_study_plan_item_class_id FOREIGN KEY (class_id) REFERENCES class (class_id)
);

CREATE INDEX ix_study_plan_item_class_id ON study_plan_item (class_id);
