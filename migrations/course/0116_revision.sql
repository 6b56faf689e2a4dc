-- A plan that was approved before and is not now: what is handed in next is a change of it, and the student keeps the
-- places that it gives.

ALTER TABLE study_plan ADD COLUMN revision BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE study_plan SET revision = TRUE
WHERE state = 'revising'
   OR (state IN ('draft', 'submitted', 'returned') AND EXISTS (
        SELECT 1 FROM plan_step s
        WHERE s.student_id = study_plan.student_id AND s.period_code = study_plan.period_code AND s.state = 'approved'
          AND NOT EXISTS (
              SELECT 1 FROM plan_step v
              WHERE v.student_id = s.student_id AND v.period_code = s.period_code AND v.version > s.version
                AND v.state = 'void'
          )
   ));
