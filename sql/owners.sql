-- Owners that a caller cannot give, and comparisons without owners and privileges.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE ROLE regress_migrate_author;
CREATE ROLE regress_migrate_group;
CREATE ROLE regress_migrate_other;
CREATE ROLE regress_migrate_guest;
GRANT regress_migrate_group TO regress_migrate_author;
CREATE SCHEMA app AUTHORIZATION regress_migrate_author;
GRANT CREATE, USAGE ON SCHEMA app TO regress_migrate_group;
GRANT USAGE ON SCHEMA app TO regress_migrate_guest;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_migrate_author', current_database()); END $$;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_author;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_migrate_author;
GRANT SELECT ON migrate.scripts TO regress_migrate_author;
RESET client_min_messages;
\pset format unaligned
\t on

CREATE TABLE app.mine (id int PRIMARY KEY);
ALTER TABLE app.mine OWNER TO regress_migrate_author;
CREATE TABLE app.ours (id serial);
ALTER TABLE app.ours OWNER TO regress_migrate_group;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
ALTER TYPE app.mood OWNER TO regress_migrate_other;
CREATE TABLE app.theirs (id serial, m app.mood, secret text);
ALTER TABLE app.theirs OWNER TO regress_migrate_other;
GRANT SELECT, INSERT ON app.theirs TO regress_migrate_guest WITH GRANT OPTION;
GRANT UPDATE (m) ON app.theirs TO regress_migrate_guest;
SET ROLE regress_migrate_guest;
GRANT SELECT ON app.theirs TO regress_migrate_group;
RESET ROLE;
REVOKE DELETE ON app.theirs FROM regress_migrate_other;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION app.f() OWNER TO regress_migrate_other;
REVOKE ALL ON FUNCTION app.f() FROM public;
CREATE VIEW app.v AS SELECT id FROM app.theirs;
ALTER VIEW app.v OWNER TO regress_migrate_other;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_migrate_other IN SCHEMA app GRANT SELECT ON TABLES TO regress_migrate_guest;

-- The caller is no member of regress_migrate_other.
SET ROLE regress_migrate_author;
SELECT migrate.baseline(schemas => '{app}', rev_id => 'first');
SELECT * FROM migrate.drift('{app}');
SELECT * FROM migrate.verify(schemas => '{app}');
RESET ROLE;
-- with all owners, so that a superuser finds nothing either
SELECT count(*) FROM migrate.scripts, regexp_matches(upgrade, 'OWNER TO regress_migrate_other', 'g');
SELECT * FROM migrate.drift('{app}');

SELECT upgrade AS model FROM migrate.scripts \gset
SET ROLE regress_migrate_author;
SELECT migrate.check(:'model', '{app}');
SELECT migrate.migrate('none', :'model', '{app}');
SELECT migrate.migrate('new', :'model' || 'ALTER TABLE app.mine ADD n int', '{app}', rev_id => 'second');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'second';
SELECT migrate.upgrade();
SELECT * FROM migrate.drift('{app}');
-- renames are carried out in a copy as well
SELECT action, object_type, object_identity, upgrade FROM migrate.diff(replace(:'model', 'app.mine', 'app.my'), '{app}', renames => '{mine=my}')
	WHERE object_identity <> 'app.my.id';
SELECT migrate.migrate('online', :'model' || 'ALTER TABLE app.mine ADD n int; CREATE INDEX ix ON app.mine (n)', '{app}', online => true, rev_id => 'third');
RESET ROLE;

-- Without owners and privileges.
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
CREATE SCHEMA app;
CREATE TABLE app.t (id int);
ALTER TABLE app.t OWNER TO regress_migrate_other;
GRANT UPDATE ON app.t TO regress_migrate_guest;
CREATE FUNCTION public.changes(owners boolean, privileges boolean, model text) RETURNS SETOF text LANGUAGE sql AS
	'SELECT action || '' '' || object_type || '' '' || object_identity || E'':\n'' || upgrade FROM migrate.diff(model, ''{app}'', owners => $1, privileges => $2)
	 WHERE object_type <> ''schema''';
SELECT public.changes(false, false, 'CREATE TABLE app.t (id int)');
SELECT public.changes(false, true, 'CREATE TABLE app.t (id int)');
SELECT replace(public.changes(true, false, 'CREATE TABLE app.t (id int)'), quote_ident(current_user), 'me');
SELECT public.changes(false, false, 'CREATE TABLE app.t (id int, n int); CREATE TABLE app.u (id int); ALTER TABLE app.u OWNER TO regress_migrate_other; GRANT SELECT ON app.u TO public');
SET migrate.compare_owners = off;
SET migrate.compare_privileges = off;
SELECT public.changes(NULL, NULL, 'CREATE TABLE app.t (id int)');
SELECT public.changes(NULL, true, 'CREATE TABLE app.t (id int)');
SELECT migrate.baseline(schemas => '{app}', rev_id => 'bare');
SELECT upgrade, downgrade FROM migrate.scripts;
SELECT * FROM migrate.drift('{app}');
SELECT * FROM migrate.verify(schemas => '{app}');
SELECT migrate.check('CREATE TABLE app.t (id int)', '{app}');
SELECT migrate.check('CREATE TABLE app.t (id int)', '{app}', privileges => true);
RESET migrate.compare_owners;
RESET migrate.compare_privileges;
SELECT action, object_type, object_identity FROM migrate.drift('{app}') WHERE object_type <> 'schema';
SELECT action, object_type, object_identity FROM migrate.drift('{app}', owners => false);


-- Grants on members of extensions come with nothing; so they are named.
CREATE EXTENSION citext SCHEMA app;
REVOKE ALL ON FUNCTION app.citext_eq(app.citext, app.citext) FROM public;
GRANT USAGE ON TYPE app.citext TO regress_migrate_guest;
SELECT public.changes(false, true, 'CREATE EXTENSION citext SCHEMA app; CREATE TABLE app.t (id int); GRANT UPDATE ON app.t TO regress_migrate_guest');
SELECT public.changes(false, false, 'CREATE EXTENSION citext SCHEMA app; CREATE TABLE app.t (id int)');
GRANT ALL ON FUNCTION app.citext_eq(app.citext, app.citext) TO public;
REVOKE ALL ON TYPE app.citext FROM regress_migrate_guest;
SELECT public.changes(false, true, 'CREATE EXTENSION citext SCHEMA app; CREATE TABLE app.t (id int); GRANT UPDATE ON app.t TO regress_migrate_guest');

SET client_min_messages = warning;
DROP FUNCTION public.changes;
DROP SCHEMA app CASCADE;
DROP EXTENSION migrate_ext;
DROP OWNED BY regress_migrate_author, regress_migrate_other, regress_migrate_guest, regress_migrate_group;
DROP ROLE regress_migrate_author, regress_migrate_other, regress_migrate_guest, regress_migrate_group;
