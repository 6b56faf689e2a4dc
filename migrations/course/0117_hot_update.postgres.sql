-- A plan changes with every add, and what it changes is in no index any more: nothing reads plans in the order of their changes.
-- With room in its page the new version of a row stays beside the old one, and no index has to learn of it.
DROP INDEX ix_study_plan_state_period_code;
CREATE INDEX ix_study_plan_state_period_code ON study_plan (state, period_code);
ALTER TABLE study_plan SET (fillfactor = 70);
ALTER TABLE class SET (fillfactor = 50);
