-- Accounts, the roles given to them by hand, their sessions and refresh tokens.
-- The roles student and lecturer are not rows: they follow from student_id and lecturer_id.

CREATE TABLE account (
    account_id          TEXT    NOT NULL,
    -- lower case; what a person types to log in
    user_name           TEXT    NOT NULL,
    display_name        TEXT    NOT NULL,
    -- user name and display name, folded for searching
    search              TEXT    NOT NULL,
    student_id          TEXT,
    lecturer_id         TEXT,
    -- PHC string; NULL until the account is activated
    password_hash       TEXT,
    password_changed_at BIGINT,
    -- false once the person has left
    enabled             BOOLEAN NOT NULL,
    -- made for the demo campus: never where strangers can reach it
    demo                BOOLEAN NOT NULL,
    created_at          BIGINT  NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (account_id),
    CONSTRAINT uq_account_user_name UNIQUE (user_name),
    CONSTRAINT uq_account_student_id UNIQUE (student_id),
    CONSTRAINT uq_account_lecturer_id UNIQUE (lecturer_id),
    CONSTRAINT ck_account_student_id_lecturer_id CHECK (student_id IS NULL OR lecturer_id IS NULL)
);

CREATE TABLE account_role (
    account_id TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    -- id of the study programme; empty where the role knows no scope
    scope      TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    CONSTRAINT pk_account_role PRIMARY KEY (account_id, role, scope),
    CONSTRAINT fk_account_role_account_id FOREIGN KEY (account_id) REFERENCES account (account_id),
    CONSTRAINT ck_account_role_role CHECK (role IN ('programme_admin', 'registrar', 'system_admin')),
    CONSTRAINT ck_account_role_scope CHECK ((role = 'programme_admin') = (scope <> ''))
);

CREATE TABLE session (
    session_id    TEXT   NOT NULL,
    account_id    TEXT   NOT NULL,
    -- when the password was given
    auth_time     BIGINT NOT NULL,
    -- the absolute end, whatever is refreshed
    expires_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    revoked_for   TEXT,
    -- after this moment no access token of the session can be accepted anywhere
    revoked_until BIGINT,
    CONSTRAINT pk_session PRIMARY KEY (session_id),
    CONSTRAINT fk_session_account_id FOREIGN KEY (account_id) REFERENCES account (account_id),
    CONSTRAINT ck_session_revoked_at CHECK (
        (revoked_at IS NULL) = (revoked_until IS NULL) AND (revoked_at IS NULL) = (revoked_for IS NULL)
    ),
    CONSTRAINT ck_session_revoked_for CHECK (revoked_for IN ('logout', 'password', 'role', 'left', 'reuse'))
);

CREATE INDEX ix_session_account_id ON session (account_id);
CREATE INDEX ix_session_expires_at ON session (expires_at);
CREATE INDEX ix_session_revoked_until ON session (revoked_until);

CREATE TABLE refresh_token (
    -- SHA-256 of the token, base64url: the token itself is nowhere
    token_hash  TEXT   NOT NULL,
    session_id  TEXT   NOT NULL,
    -- the token that was exchanged for this one; NULL for the one made at login
    parent_hash TEXT,
    -- random; with the parent it gives this token again, for whoever lost the answer
    nonce       TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    CONSTRAINT pk_refresh_token PRIMARY KEY (token_hash),
    CONSTRAINT fk_refresh_token_session_id FOREIGN KEY (session_id) REFERENCES session (session_id),
    CONSTRAINT ck_refresh_token_state CHECK (state IN ('live', 'used', 'void'))
);

-- A family has one token that works.
CREATE UNIQUE INDEX uq_refresh_token_session_id ON refresh_token (session_id) WHERE state = 'live';
CREATE INDEX ix_refresh_token_session_id ON refresh_token (session_id);
CREATE INDEX ix_refresh_token_expires_at ON refresh_token (expires_at);
