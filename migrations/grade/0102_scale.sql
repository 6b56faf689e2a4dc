-- Grade scales of study programmes: each holds from its start period until the next one of the programme starts.

CREATE TABLE scale (
    scale_id      TEXT   NOT NULL,
    -- belongs to a projection: no foreign key
    programme_id  TEXT   NOT NULL,
    start_period  TEXT   NOT NULL,
    -- grade points in hundredths from which a course is passed
    pass_points   BIGINT NOT NULL,
    repeat_policy TEXT   NOT NULL,
    -- from 1
    version       BIGINT NOT NULL,
    CONSTRAINT pk_scale PRIMARY KEY (scale_id),
    CONSTRAINT uq_scale_programme_id_start_period UNIQUE (programme_id, start_period),
    CONSTRAINT ck_scale_start_period CHECK (length(start_period) = 5),
    CONSTRAINT ck_scale_pass_points CHECK (pass_points BETWEEN 0 AND 400),
    CONSTRAINT ck_scale_repeat_policy CHECK (repeat_policy IN ('best', 'latest'))
);

CREATE TABLE scale_step (
    scale_id  TEXT   NOT NULL,
    -- 0 for the highest
    place     BIGINT NOT NULL,
    letter    TEXT   NOT NULL,
    -- lowest score in hundredths that gets the letter
    min_score BIGINT NOT NULL,
    -- grade points in hundredths
    points    BIGINT NOT NULL,
    CONSTRAINT pk_scale_step PRIMARY KEY (scale_id, place),
    CONSTRAINT uq_scale_step_scale_id_letter UNIQUE (scale_id, letter),
    CONSTRAINT fk_scale_step_scale_id FOREIGN KEY (scale_id) REFERENCES scale (scale_id),
    CONSTRAINT ck_scale_step_letter CHECK (length(letter) BETWEEN 1 AND 3),
    CONSTRAINT ck_scale_step_min_score CHECK (min_score BETWEEN 0 AND 10000),
    CONSTRAINT ck_scale_step_points CHECK (points BETWEEN 0 AND 400)
);
