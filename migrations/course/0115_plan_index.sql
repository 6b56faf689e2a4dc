-- The queue of an advisor is asked for by period and state, and finds its rows as well in this order. An index that begins
-- with the period alone tempts both engines to walk all plans of the period where one plan is looked for by its key: while
-- the table is small they take it for as good, and PostgreSQL keeps such a plan for its foreign keys.
DROP INDEX ix_study_plan_period_code_state;
CREATE INDEX ix_study_plan_state_period_code ON study_plan (state, period_code, changed_at);
