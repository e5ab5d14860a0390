-- What is left alone: the setting migrate.ignore, and the tables of other migration tools.
SET client_min_messages = notice;
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
SET client_min_messages = notice;
CREATE FUNCTION pg_temp.changes(model text, schemas name[] DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff(model, schemas, allow_empty => true) $$;

-- lists, and what is none
SHOW migrate.ignore;
SET migrate.ignore = 'a,';
SET migrate.ignore = 'a..b';
SET migrate.ignore = 'a.b.c';
SET migrate.ignore = '"a';
SET migrate.ignore = 'a b';
SET migrate.ignore = '""';
SET migrate.ignore = 'a, "b"c';
SET migrate.ignore = '';
SET migrate.ignore = 'spatial_ref_sys', 'cron.*', 'public.tmp_%';
SHOW migrate.ignore;

-- names: folded, quoted, with a dot, with wildcards
CREATE TABLE kept (i int);
CREATE TABLE tmp_one (i int);
CREATE TABLE "Tmp_Two" (i int);
CREATE TABLE tmpxthree (i int);
CREATE TABLE "x.y" (i int);
CREATE TABLE "50%*" (i int);
CREATE TABLE "50 off" (i int);
CREATE TABLE "a""b" (i int);
CREATE FUNCTION tmp_f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE tmp_mood AS ENUM ('good');
CREATE DOMAIN tmp_d AS int CHECK (VALUE > 0);
CREATE VIEW tmp_v AS SELECT 1 AS i;
CREATE SEQUENCE tmp_s;
SET migrate.ignore = 'TMP_%';
SELECT pg_temp.changes('');
SET migrate.ignore = 'tmp_*, "Tmp_Two", public."x.y", public."50%*", "a""b"';
SELECT pg_temp.changes('');
SET migrate.ignore = 'other.tmp_*, public."x.y"';
SELECT pg_temp.changes('');
SET migrate.ignore = 'pub*.*';
SELECT pg_temp.changes('');
-- nothing at all is left, also of what has parts
CREATE TABLE parts (i int GENERATED ALWAYS AS IDENTITY, s serial UNIQUE);
CREATE TABLE of_parts () INHERITS (parts);
SELECT pg_temp.changes('');
DROP TABLE of_parts, parts;
RESET migrate.ignore;
DROP TABLE tmp_one, "Tmp_Two", tmpxthree, "x.y", "50%*", "50 off", "a""b";
DROP FUNCTION tmp_f();
DROP TYPE tmp_mood;
DROP DOMAIN tmp_d;
DROP VIEW tmp_v;
DROP SEQUENCE tmp_s;

-- what goes with an ignored table: its sequences, indexes, constraints, triggers, policies, partitions, statistics, comments
SET migrate.ignore = 'public.tmp_%';
CREATE TABLE tmp_t (id serial PRIMARY KEY, g int GENERATED ALWAYS AS IDENTITY, a int, b int CHECK (b > 0), kept int REFERENCES tmp_t);
CREATE INDEX kept_index ON tmp_t (a);
CREATE STATISTICS kept_statistics ON a, b FROM tmp_t;
CREATE FUNCTION kept_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER kept_trigger AFTER INSERT ON tmp_t EXECUTE FUNCTION kept_f();
ALTER TABLE tmp_t ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_policy ON tmp_t USING (true);
COMMENT ON TABLE tmp_t IS 'temporary';
GRANT SELECT ON tmp_t TO PUBLIC;
CREATE TABLE tmp_parts (i int, a int) PARTITION BY RANGE (i);
CREATE TABLE january PARTITION OF tmp_parts FOR VALUES FROM (1) TO (2) PARTITION BY LIST (a);
CREATE TABLE january_one PARTITION OF january FOR VALUES IN (1);
CREATE INDEX ON tmp_parts (i);
SELECT migrate.check('CREATE TABLE kept (i int); CREATE FUNCTION kept_f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''');

-- parts whose name matches belong to what they are a part of
CREATE TABLE parts (tmp_a int CONSTRAINT tmp_check CHECK (tmp_a > 0));
SELECT pg_temp.changes('CREATE TABLE kept (i int); CREATE FUNCTION kept_f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''; CREATE TABLE parts ()');
-- an index that somebody has made by hand, and a partition that somebody else keeps
CREATE INDEX tmp_i ON parts (tmp_a);
CREATE TABLE events (i int) PARTITION BY RANGE (i);
CREATE TABLE tmp_events PARTITION OF events FOR VALUES FROM (1) TO (2);
\set model 'CREATE TABLE kept (i int); CREATE FUNCTION kept_f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''; CREATE TABLE parts (tmp_a int CONSTRAINT tmp_check CHECK (tmp_a > 0)); CREATE TABLE events (i int) PARTITION BY RANGE (i);'
SELECT migrate.check(:'model');
SELECT action, object_type, object_identity, upgrade, hazards FROM migrate.diff(replace(:'model', 'CREATE TABLE parts (tmp_a int CONSTRAINT tmp_check CHECK (tmp_a > 0));', ''));
SELECT migrate.diff_sql(replace(:'model', 'CREATE TABLE events (i int) PARTITION BY RANGE (i);', ''));
DROP TABLE parts, events, tmp_parts;

-- what hangs on what is compared is in the way, what is compared may hang on what is ignored
CREATE TABLE tmp_refers (i int REFERENCES tmp_t);
ALTER TABLE kept ADD PRIMARY KEY (i);
ALTER TABLE tmp_refers ADD CONSTRAINT f FOREIGN KEY (i) REFERENCES kept;
CREATE VIEW tmp_over AS SELECT i FROM kept;
SELECT action, object_identity, hazards FROM migrate.diff('CREATE TABLE kept (j int)');
SELECT migrate.migrate('drop', 'CREATE TABLE kept (j int)');
DROP VIEW tmp_over;
DROP TABLE tmp_refers;
ALTER TABLE kept ADD CONSTRAINT to_ignored FOREIGN KEY (i) REFERENCES tmp_t;
CREATE VIEW over_ignored AS SELECT a FROM tmp_t;
CREATE TABLE of_row (t tmp_t, ts tmp_t[]);
\set model 'CREATE TABLE tmp_t (id int PRIMARY KEY, a int); CREATE TABLE kept (i int PRIMARY KEY CONSTRAINT to_ignored REFERENCES tmp_t); CREATE VIEW over_ignored AS SELECT a FROM tmp_t; CREATE TABLE of_row (t tmp_t, ts tmp_t[]); CREATE FUNCTION kept_f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END'';'
SELECT migrate.check(:'model');
SELECT migrate.migrate('columns', :'model' || 'ALTER TABLE kept ADD j int; ALTER TABLE of_row ADD j int', rev_id => 'c1');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'c1';
SELECT migrate.remove('c1');
DROP TRIGGER kept_trigger ON tmp_t;
SELECT migrate.migrate('nothing of it', 'CREATE TABLE kept (i int)', rev_id => 'c2');
-- (18 names no table where there is but one)
SELECT upgrade, replace(downgrade, 'SELECT tmp_t.a', 'SELECT a') AS downgrade FROM migrate.scripts WHERE revision = 'c2';
SELECT migrate.remove('c2');
SELECT migrate.migrate('renamed', :'model' || 'ALTER TABLE kept RENAME TO still_kept', renames => '{kept=still_kept}', rev_id => 'c3');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'c3';
SELECT migrate.remove('c3');
SELECT migrate.migrate('online', :'model' || 'CREATE INDEX ON kept (i, i)', rev_id => 'c4', online => true);
SELECT migrate.remove('c4');
-- a model that makes more of it than there is
SELECT migrate.migrate('more', :'model' || 'CREATE TABLE tmp_new (i int PRIMARY KEY); ALTER TABLE kept ADD j int REFERENCES tmp_new');

-- a baseline does not make what is ignored, and so nothing can need it; a prelude makes it
SELECT migrate.baseline();
SET migrate.prelude = 'CREATE TABLE tmp_t (id int PRIMARY KEY, a int)';
SELECT migrate.baseline(rev_id => 'b1');
SELECT replace(upgrade, 'SELECT tmp_t.a', 'SELECT a') AS upgrade FROM migrate.scripts WHERE revision = 'b1';
SELECT count(*) FROM migrate.drift();
SELECT * FROM migrate.verify();
CREATE TABLE by_hand (i int);
CREATE TABLE tmp_by_hand (i int);
SELECT action, object_identity FROM migrate.drift();
DROP TABLE by_hand;
SELECT action, object_identity FROM migrate.drift();
-- a clean answer is for what was ignored then
RESET migrate.ignore;
SELECT action, object_identity FROM migrate.drift();
SET migrate.ignore = 'tmp_by_hand';
SELECT action, object_identity FROM migrate.drift();
SET migrate.ignore = 'public.tmp_%';
RESET migrate.prelude;
SELECT migrate.stamp('base');
SELECT migrate.remove('b1');
DROP TABLE kept, of_row, tmp_t, tmp_by_hand CASCADE;
DROP FUNCTION kept_f();

-- revisions that make what is ignored: what their downgrades leave of it is nobody's business
SELECT migrate.revision('one', 'CREATE TABLE one (i int); CREATE TABLE tmp_one (id serial PRIMARY KEY); CREATE INDEX x ON tmp_one (id)', 'DROP TABLE one', rev_id => 'r1');
SELECT migrate.revision('two', 'ALTER TABLE one ADD j int; CREATE INDEX tmp_x ON one (j); COMMENT ON INDEX tmp_x IS ''mine''', 'DROP INDEX tmp_x; ALTER TABLE one DROP j', rev_id => 'r2');
SELECT * FROM migrate.verify('r1');
SELECT * FROM migrate.verify('r2');
SELECT migrate.upgrade();
SELECT * FROM migrate.drift();
DROP TABLE tmp_one;
DROP INDEX tmp_x;
SELECT * FROM migrate.drift();
SELECT migrate.stamp('base');
SELECT migrate.squash('r1', 'r2', rev_id => 'r3');
-- all that the revisions make
SELECT upgrade FROM migrate.scripts WHERE revision = 'r3';
SELECT migrate.remove('r3');
DROP TABLE one;

-- a whole schema
RESET migrate.ignore;
CREATE SCHEMA cron;
CREATE TABLE cron.job (id int PRIMARY KEY);
CREATE CONVERSION cron.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY cron.d (TEMPLATE = simple);
ALTER DEFAULT PRIVILEGES IN SCHEMA cron GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE t (i int REFERENCES cron.job);
\set model 'CREATE EXTENSION migrate_ext; CREATE SCHEMA cron; CREATE TABLE cron.job (id int PRIMARY KEY); CREATE TABLE t (i int REFERENCES cron.job); COMMENT ON SCHEMA cron IS ''mine'''
SET migrate.ignore = 'cron.*';
SELECT pg_temp.changes(:'model', '{*}');
SELECT migrate.migrate('whole', replace(:'model', 'REFERENCES cron.job', ''), '{*}', rev_id => 'w1');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'w1';
SELECT migrate.remove('w1');
SELECT pg_temp.changes('CREATE SCHEMA cron; CREATE TABLE cron.other (i int)', '{cron}');
-- a publication is compared, but for the table that is ignored
SET client_min_messages = error;
CREATE PUBLICATION p FOR TABLE cron.job;
SELECT pg_temp.changes(:'model' || '; CREATE PUBLICATION p', '{*}');
SELECT pg_temp.changes(:'model', '{*}');
DROP PUBLICATION p;
SET client_min_messages = notice;
DROP TABLE t;
DROP SCHEMA cron CASCADE;

-- a schema that goes, with something ignored in it
CREATE SCHEMA goes;
CREATE TABLE goes.tmp_t (i int);
SET migrate.ignore = 'tmp_t';
SELECT migrate.diff_sql('SELECT 1', '{goes, public}');
SELECT migrate.diff_sql('DROP SCHEMA goes', '{goes, public}');
DROP SCHEMA goes CASCADE;
RESET migrate.ignore;

-- the books of other tools: only the database has them
CREATE TABLE alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY);
CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL);
CREATE TABLE gorp_migrations (id text PRIMARY KEY, applied_at timestamptz);
CREATE TABLE t (i int);
SELECT migrate.check('CREATE TABLE t (i int)');
SELECT migrate.migrate('one more', 'CREATE TABLE t (i int, j int)', rev_id => 'm1');
SELECT upgrade FROM migrate.scripts;
SELECT migrate.remove('m1');
SELECT migrate.baseline(rev_id => 'b1');
SELECT upgrade FROM migrate.scripts;
SELECT * FROM migrate.drift();
-- a dump as the model has them, as the database does
SELECT migrate.check('CREATE TABLE t (i int); CREATE TABLE alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY)');
-- who makes one is compared with it
SELECT pg_temp.changes('CREATE TABLE t (i int); CREATE TABLE alembic_version (version_num varchar(40) CONSTRAINT alembic_version_pkc PRIMARY KEY)');
SELECT pg_temp.changes('CREATE TABLE t (i int); CREATE TABLE schema_migrations (version text)');
SELECT migrate.revision('its table', 'CREATE TABLE schema_migrations (version text)', 'DROP TABLE schema_migrations', rev_id => 'b2');
SELECT migrate.upgrade();
SELECT * FROM migrate.drift();
DROP TABLE schema_migrations;
SELECT action, object_identity FROM migrate.drift();
-- but for what migrate.ignore says
SET migrate.ignore = 'schema_migrations';
SELECT action, object_identity FROM migrate.drift();
SELECT pg_temp.changes('CREATE TABLE t (i int); CREATE TABLE schema_migrations (version text)');
RESET migrate.ignore;

-- by whom
CREATE ROLE regress_migrate_guest;
SELECT current_database() AS db \gset
SET ROLE regress_migrate_guest;
ALTER DATABASE :"db" SET migrate.ignore = 'anything';
SET migrate.ignore = 'a b';
RESET ROLE;
ALTER DATABASE :"db" SET migrate.ignore = 'a b';
ALTER DATABASE :"db" SET migrate.ignore = 'public.t';
\c
SET client_min_messages = warning;
SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff('CREATE TABLE u (i int)');
SHOW migrate.ignore;
ALTER DATABASE :"db" RESET migrate.ignore;
\c
SET client_min_messages = warning;
DROP ROLE regress_migrate_guest;
DROP TABLE t, alembic_version, goose_db_version, gorp_migrations;
DROP EXTENSION migrate_ext;
