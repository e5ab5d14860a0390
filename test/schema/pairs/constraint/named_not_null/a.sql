CREATE TABLE people (
	id int CONSTRAINT people_id_there NOT NULL,
	name text NOT NULL,
	email text CONSTRAINT has_email NOT NULL,
	phone text,
	fax text,
	town text CONSTRAINT has_town NOT NULL,
	street text CONSTRAINT has_street NOT NULL NO INHERIT
);
COMMENT ON CONSTRAINT has_email ON people IS 'to be asked';
CREATE TABLE readers () INHERITS (people);
ALTER TABLE people ADD CONSTRAINT has_fax NOT NULL fax NOT VALID;
CREATE TABLE codes (code text CONSTRAINT code_there NOT NULL, n int);
