-- A value added to an enum may be used at once where the type is new as well.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;

-- from an empty database the whole history is one transaction
SELECT migrate.revision('type', $$CREATE TYPE mood AS ENUM ('ok'); ALTER TYPE mood OWNER TO CURRENT_USER$$, 'DROP TYPE mood', rev_id => 'e1');
SELECT migrate.revision('value', $$ALTER TYPE mood ADD VALUE 'fine' BEFORE 'ok'$$, '', rev_id => 'e2');
SELECT migrate.revision('use', $$CREATE TABLE moods (m mood DEFAULT 'fine'); INSERT INTO moods VALUES ('fine'), ('ok');
	CREATE INDEX ON moods (m) WHERE m > 'fine';$$, 'DROP TABLE moods', rev_id => 'e3');
SELECT migrate.revision('inside a block', $$DO $do$ BEGIN ALTER TYPE mood ADD VALUE 'great'; END $do$; INSERT INTO moods VALUES ('great');$$, '', rev_id => 'e4');
SELECT migrate.upgrade();
SELECT m FROM moods ORDER BY m;

-- a type that was there before: unsafe, and the hint says what to do
SELECT migrate.revision('value', $$ALTER TYPE mood ADD VALUE 'bad'$$, '', rev_id => 'e5');
SELECT migrate.revision('use', $$INSERT INTO moods VALUES ('bad');$$, '', rev_id => 'e6');
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.current();
SELECT migrate.upgrade('+1');
SELECT migrate.upgrade('+1');

-- one pending value of an old type spoils it for the new ones, too, before 17;
-- what may never happen is that the old one's value can be used
SELECT migrate.revision('both', $$ALTER TYPE mood ADD VALUE 'awful'; CREATE TYPE hue AS ENUM ('red'); ALTER TYPE hue ADD VALUE 'blue';
	INSERT INTO moods VALUES ('awful');$$, '', rev_id => 'e7');
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
-- nor a value that was added before the call
BEGIN;
ALTER TYPE mood ADD VALUE 'awful';
SELECT migrate.edit('e7', upgrade => $$CREATE TYPE hue AS ENUM ('red'); ALTER TYPE hue ADD VALUE 'blue'; INSERT INTO moods VALUES ('awful');$$);
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- nor of a type that was only altered in this transaction, or was empty
CREATE TYPE nothing AS ENUM ();
BEGIN;
ALTER TYPE nothing OWNER TO CURRENT_USER;
ALTER TYPE mood RENAME TO temper;
ALTER TYPE temper RENAME VALUE 'ok' TO 'okay';
SELECT migrate.edit('e7', upgrade => $$ALTER TYPE nothing ADD VALUE 'a'; SELECT 'a'::nothing$$);
SAVEPOINT s;
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
SELECT migrate.edit('e7', upgrade => $$ALTER TYPE temper ADD VALUE 'a'; SELECT 'a'::temper$$);
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- a new type whose value was rolled back
SELECT migrate.edit('e7', upgrade => $$
	CREATE TYPE hue AS ENUM ();
	DO $do$ BEGIN
		BEGIN ALTER TYPE hue ADD VALUE 'gone'; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END;
		ALTER TYPE hue ADD VALUE 'blue';
	END $do$;
	CREATE TABLE hues AS SELECT 'blue'::hue AS h;$$);
SELECT migrate.upgrade();
SELECT h, enum_range(h) FROM hues;
DROP TABLE hues, moods;
DROP TYPE hue, mood, nothing;
