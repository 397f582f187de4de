DELETE FROM operator_lines WHERE kind = 'erased';
ALTER TABLE operator_lines DROP CONSTRAINT operator_lines_kind_check;
ALTER TABLE operator_lines ADD CONSTRAINT operator_lines_kind_check
    CHECK (kind IN ('warning', 'accepted', 'declined'));
ALTER TABLE admin_tokens DROP made_by;
DROP TABLE admin_requests;
