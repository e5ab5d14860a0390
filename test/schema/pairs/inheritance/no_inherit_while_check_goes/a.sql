CREATE TABLE dated (created date, CONSTRAINT recent CHECK (created > '2000-01-01'));
CREATE TABLE page (body text) INHERITS (dated);
