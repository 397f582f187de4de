DROP INDEX appeals_open;
ALTER TABLE appeals DROP answered, DROP accepted;
DROP TABLE detections;
DROP TABLE operator_notes;
DROP TABLE operator_lines;
