CREATE TABLE people (
	id int CONSTRAINT people_has_id NOT NULL,
	name text CONSTRAINT has_name NOT NULL,
	email text NOT NULL,
	phone text CONSTRAINT has_phone NOT NULL,
	fax text CONSTRAINT has_fax NOT NULL,
	town text,
	street text CONSTRAINT has_street NOT NULL
);
COMMENT ON CONSTRAINT has_name ON people IS 'who';
CREATE TABLE readers () INHERITS (people);
CREATE TABLE codes (code text, n int CONSTRAINT n_there NOT NULL, CONSTRAINT codes_pk PRIMARY KEY (code));
CREATE TABLE fresh (a int);
ALTER TABLE fresh ADD CONSTRAINT fresh_a NOT NULL a NOT VALID;
