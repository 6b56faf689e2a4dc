-- A plan changes with every add, and what it changes is in no index any more: nothing reads plans in the order of their changes.
DROP INDEX ix_study_plan_state_period_code;
CREATE INDEX ix_study_plan_state_period_code ON study_plan (state, period_code);
