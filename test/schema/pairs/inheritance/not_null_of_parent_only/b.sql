CREATE TABLE dated (created date);
CREATE TABLE page (body text) INHERITS (dated);
ALTER TABLE ONLY dated ALTER COLUMN created SET NOT NULL;
