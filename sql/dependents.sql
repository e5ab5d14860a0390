-- What is not managed and hangs on what is: a change that PostgreSQL would refuse for it is
-- refused when it is written, and not when it is run.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
CREATE SCHEMA auth;
RESET client_min_messages;
\pset format unaligned
\t on

SELECT $$
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE TYPE app.pair AS (a int, b int);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE TYPE app.span AS RANGE (subtype = int);
CREATE SEQUENCE app.numbers;
CREATE FUNCTION app.one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION app.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE TABLE app.p (id int PRIMARY KEY, n int, m int, k int UNIQUE, o int, s app.mood DEFAULT 'sad', UNIQUE (n, m));
CREATE TABLE app.r (id int, note text);
CREATE TABLE app.base (id int, n int);
CREATE TABLE app.part (id int, n int) PARTITION BY RANGE (id);
CREATE VIEW app.seen AS SELECT id, o FROM app.p;
$$ AS model \gset
:model

-- migrate() and the upgrade, of the model with one thing replaced by another; nothing of it stays.
CREATE PROCEDURE auth.try(what text, model text, a text, b text) LANGUAGE plpgsql AS $$
DECLARE
	d text;
	changed text := replace(model, a, b);
BEGIN
	ASSERT changed <> model, what;
	BEGIN
		PERFORM migrate.migrate(what, changed, '{app}', rev_id => 'tried');
		PERFORM migrate.upgrade();
		PERFORM migrate.check(changed, '{app}');
		RAISE EXCEPTION USING ERRCODE = 'ZZ000';
	EXCEPTION
		WHEN dependent_objects_still_exist THEN
			GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL;
			RAISE NOTICE '%: %', what, replace(d, E'\n', '; ');
		WHEN SQLSTATE 'ZZ000' THEN
			RAISE NOTICE '%: runs', what;
	END;
END $$;

-- Nobody outside: all of them run.
\set VERBOSITY terse
CALL auth.try('type', :'model', ' o int', ' o bigint');
CALL auth.try('drop column', :'model', ' k int UNIQUE,', '');

-- Each alone, so that it is each by itself that is in the way.
CREATE PROCEDURE auth.beside(what text, ddl text, model text, a text, b text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE ddl;
	CALL auth.try(what, model, a, b);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	NULL;
END $$;

CREATE TABLE auth.x (id int, s text);
CALL auth.beside('view, type', 'CREATE VIEW auth.v AS SELECT n FROM app.p', :'model', ' m int', ' m bigint');
CALL auth.beside('view, type', 'CREATE VIEW auth.v AS SELECT m FROM app.p', :'model', ' m int', ' m bigint');
CALL auth.beside('view, drop', 'CREATE VIEW auth.v AS SELECT o FROM app.r, app.p', :'model', 'CREATE TABLE app.r (id int, note text);', '');
CALL auth.beside('view, dropped column', 'CREATE VIEW auth.v AS SELECT note FROM app.r', :'model', ', note text', '');
CALL auth.beside('view, new column', 'CREATE VIEW auth.v AS SELECT * FROM app.p', :'model', ' m int', ' z int, m int');
CALL auth.beside('view, NOT NULL', 'CREATE VIEW auth.v AS SELECT * FROM app.p', :'model', ' m int', ' m int NOT NULL');
CALL auth.beside('materialised view', 'CREATE MATERIALIZED VIEW auth.v AS SELECT m + 1 AS m FROM app.p', :'model', ' m int', ' m bigint');
CALL auth.beside('view of a view', 'CREATE VIEW auth.v AS SELECT o FROM app.seen', :'model', ' o int', ' o bigint');
CALL auth.beside('view of a view, new column', 'CREATE VIEW auth.v AS SELECT o FROM app.seen', :'model', 'id, o FROM', 'id, o, m FROM');
CALL auth.beside('view of a view, dropped column', 'CREATE VIEW auth.v AS SELECT o FROM app.seen', :'model', 'id, o FROM', 'o FROM');
CALL auth.beside('view by key', 'CREATE VIEW auth.v AS SELECT id, n FROM app.p GROUP BY id', :'model', ' PRIMARY KEY', '');
CALL auth.beside('view of the whole row', 'CREATE VIEW auth.v AS SELECT r FROM app.r', :'model', 'app.r (id int', 'app.r (id bigint');
CALL auth.beside('rule', 'CREATE RULE ru AS ON INSERT TO auth.x DO ALSO UPDATE app.p SET m = 1', :'model', ' m int', ' m bigint');
CALL auth.beside('policy', 'CREATE POLICY po ON auth.x USING (EXISTS (SELECT FROM app.p WHERE m > 0))', :'model', ' m int', ' m bigint');
CALL auth.beside('policy, function', 'CREATE POLICY po ON auth.x USING (app.one() = 1)', :'model', 'one() RETURNS int', 'one() RETURNS bigint');
CALL auth.beside('default, function', 'CREATE TABLE auth.y (k int DEFAULT app.one())', :'model', 'one() RETURNS int', 'one() RETURNS bigint');
CALL auth.beside('default, body', 'CREATE TABLE auth.y (k int DEFAULT app.one())', :'model', 'SELECT 1', 'SELECT 2');
CALL auth.beside('default, sequence', 'CREATE TABLE auth.y (k int DEFAULT nextval(''app.numbers''))', :'model', 'CREATE SEQUENCE app.numbers;', '');
CALL auth.beside('check', 'CREATE TABLE auth.y (k int CONSTRAINT c CHECK (k > app.one()))', :'model', 'one() RETURNS int', 'one() RETURNS bigint');
CALL auth.beside('index', 'CREATE INDEX ix ON auth.x ((id + app.one()))', :'model', 'one() RETURNS int', 'one() RETURNS bigint');
CALL auth.beside('trigger', 'CREATE TRIGGER tr BEFORE INSERT ON auth.x FOR EACH ROW EXECUTE FUNCTION app.fire()', :'model', 'fire()', 'fires()');
CALL auth.beside('trigger, body', 'CREATE TRIGGER tr BEFORE INSERT ON auth.x FOR EACH ROW EXECUTE FUNCTION app.fire()', :'model', 'RETURN NEW', 'RETURN NULL');
CALL auth.beside('event trigger', 'CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION app.watch()', :'model', 'watch()', 'watches()');
CALL auth.beside('foreign key, drop', 'CREATE TABLE auth.y (k int CONSTRAINT fk REFERENCES app.p)', :'model', ' PRIMARY KEY', '');
CALL auth.beside('foreign key, to bigint', 'CREATE TABLE auth.y (k int CONSTRAINT fk REFERENCES app.p (k))', :'model', ' k int', ' k bigint');
CALL auth.beside('foreign key, to text', 'CREATE TABLE auth.y (k int CONSTRAINT fk REFERENCES app.p (k))', :'model', ' k int', ' k text');
CALL auth.beside('foreign key of two, to text', 'CREATE TABLE auth.y (a int, b int, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES app.p (n, m))', :'model', ' m int', ' m text');
CALL auth.beside('function', 'CREATE FUNCTION auth.f() RETURNS SETOF app.r LANGUAGE sql AS ''SELECT 1, NULL::text''', :'model', 'CREATE TABLE app.r (id int, note text);', '');
CALL auth.beside('function, column', 'CREATE FUNCTION auth.f() RETURNS SETOF app.r LANGUAGE sql AS ''SELECT 1, NULL::text''', :'model', 'note text', 'note text, more int');
CALL auth.beside('function of a type', 'CREATE FUNCTION auth.f(app.mood) RETURNS int LANGUAGE sql AS ''SELECT 1''', :'model', '''sad'', ''glad''', '''sad''');
CALL auth.beside('enum, value goes', 'CREATE TABLE auth.y (k app.mood)', :'model', '''sad'', ''glad''', '''sad''');
CALL auth.beside('enum, value comes', 'CREATE TABLE auth.y (k app.mood[])', :'model', '''sad'', ''glad''', '''sad'', ''glad'', ''mad''');
CALL auth.beside('domain', 'CREATE TABLE auth.y (k app.positive)', :'model', 'app.positive AS int', 'app.positive AS bigint');
CALL auth.beside('domain, check', 'CREATE TABLE auth.y (k app.positive)', :'model', 'VALUE > 0', 'VALUE > 1');
CALL auth.beside('range', 'CREATE TABLE auth.y (k app.span)', :'model', 'subtype = int', 'subtype = bigint');
CALL auth.beside('composite, type', 'CREATE TABLE auth.y (k app.pair)', :'model', 'b int)', 'b bigint)');
CALL auth.beside('composite of composite, type', 'CREATE TYPE auth.y AS (k app.pair)', :'model', 'b int)', 'b bigint)');
CALL auth.beside('composite, attribute', 'CREATE TABLE auth.y (k app.pair)', :'model', 'b int)', 'b int, c int)');
CALL auth.beside('typed table', 'CREATE TABLE auth.y OF app.pair', :'model', 'b int)', 'b int, c int)');
CALL auth.beside('row type, type', 'CREATE TABLE auth.y (k app.r)', :'model', 'app.r (id int', 'app.r (id bigint');
CALL auth.beside('row type, column', 'CREATE TABLE auth.y (k app.r)', :'model', 'app.r (id int', 'app.r (more int, id int');
CALL auth.beside('child', 'CREATE TABLE auth.child () INHERITS (app.base)', :'model', 'CREATE TABLE app.base (id int, n int);', '');
CALL auth.beside('child, type', 'CREATE TABLE auth.child () INHERITS (app.base)', :'model', 'app.base (id int, n int)', 'app.base (id int, n bigint)');
CALL auth.beside('child, view, type', 'CREATE TABLE auth.child () INHERITS (app.base); CREATE VIEW auth.v AS SELECT n FROM auth.child', :'model', 'app.base (id int, n int)', 'app.base (id int, n bigint)');
CALL auth.beside('child, view, drop', 'CREATE TABLE auth.child () INHERITS (app.base); CREATE VIEW auth.v AS SELECT n FROM auth.child', :'model', 'app.base (id int, n int)', 'app.base (id int)');
CALL auth.beside('child of its own, view, drop', 'CREATE TABLE auth.child (n int) INHERITS (app.base); CREATE VIEW auth.v AS SELECT n FROM auth.child', :'model', 'app.base (id int, n int)', 'app.base (id int)');
CALL auth.beside('partition', 'CREATE TABLE auth.part PARTITION OF app.part DEFAULT', :'model', 'RANGE (id)', 'RANGE (n)');
CALL auth.beside('partition, column', 'CREATE TABLE auth.part PARTITION OF app.part DEFAULT', :'model', 'app.part (id int, n int)', 'app.part (id int, n int, m int)');
CALL auth.beside('cast', 'CREATE CAST (app.pair AS int) WITH INOUT', :'model', 'CREATE TYPE app.pair AS (a int, b int);', '');
CALL auth.beside('temporary view', 'CREATE TEMP VIEW v AS SELECT m FROM app.p', :'model', ' k int', ' k bigint');

-- diff() shows it where it happens; what goes along is said, too
CREATE VIEW auth.v AS SELECT id FROM app.r;
CREATE VIEW auth.w AS SELECT id FROM app.r;
SET client_min_messages = error;
CREATE PUBLICATION told FOR TABLE app.r;
RESET client_min_messages;
CREATE STATISTICS auth.together ON id, note FROM app.r;
SELECT action, object_identity, hazards FROM migrate.diff(replace(:'model', 'app.r (id int, note text)', 'app.r (id bigint)'), '{app}');
SELECT action, object_identity, hazards FROM migrate.diff(replace(:'model', 'CREATE TABLE app.r (id int, note text);', ''), '{app}');
-- by its new name
SELECT action, object_identity, hazards FROM migrate.diff(replace(:'model', 'app.r (id int,', 'app.s (number bigint,'), '{app}',
	renames => '{r=s,s.id=s.number}');
\set VERBOSITY default
SELECT migrate.diff_sql(replace(:'model', 'app.r (id int', 'app.r (id bigint'), '{app}');
DROP VIEW auth.v, auth.w;
DROP PUBLICATION told;
CREATE CAST (app.pair AS int) WITH INOUT;
SELECT migrate.diff_sql(replace(:'model', 'CREATE TYPE app.pair AS (a int, b int);', ''), '{app}');

-- The upgrade is well, the downgrade not.
CREATE TABLE auth.y (k app.mood);
SELECT migrate.migrate('more', replace(:'model', '''sad'', ''glad''', '''sad'', ''glad'', ''mad'''), '{app}', rev_id => 'more');
SELECT downgrade FROM migrate.scripts WHERE revision = 'more';
SELECT migrate.remove('more');
SELECT migrate.baseline(schemas => '{app}', rev_id => 'first');
SELECT split_part(downgrade, E'\n', 1) FROM migrate.scripts WHERE revision = 'first';

SET client_min_messages = warning;
DROP SCHEMA app, auth CASCADE;
DROP EXTENSION migrate_ext;
