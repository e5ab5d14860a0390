CREATE TABLE dated (created date);
CREATE TABLE page (body text) INHERITS (dated);
ALTER TABLE page ADD COLUMN changed date;
CREATE TABLE note (body text) INHERITS (dated);
