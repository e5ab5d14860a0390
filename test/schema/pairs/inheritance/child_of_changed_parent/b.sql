CREATE TABLE dated (id bigserial, created date, changed date);
CREATE TABLE audit () INHERITS (dated);
ALTER TABLE audit ALTER COLUMN changed SET DEFAULT '2020-01-01';
