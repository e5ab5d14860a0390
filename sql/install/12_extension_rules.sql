-- What extensions run by themselves, as users say it.  What we know of extensions is in src/snapshot/shipped_rules.c.
-- Apart from 10_tables.sql, since scripts that make those tables do not make this one.

CREATE TABLE migrate.extension_rules (
	extension       text COLLATE "C" NOT NULL,
	says            text NOT NULL CHECK (says IN ('runs', 'owns', 'owns partitions', 'owns triggers', 'offers trigger functions')),
	catalog         text,
	catalog_columns text[],
	made_by         text,
	made_with       text[],
	undone_by       text,
	undone_with     text[],
	CHECK ((says IN ('owns triggers', 'offers trigger functions')) = (catalog IS NULL)),
	CHECK ((catalog IS NULL) = (catalog_columns IS NULL)),
	CHECK (catalog_columns IS NULL OR cardinality(catalog_columns) IN (1, 2)),
	CHECK (says = 'runs' OR coalesce(made_by, undone_by) IS NULL),
	CHECK ((made_by IS NULL) = (made_with IS NULL)),
	CHECK ((undone_by IS NULL) = (undone_with IS NULL)),
	CHECK (cardinality(made_with) % 2 = 0 AND cardinality(undone_with) % 2 = 0)
);
-- no constraint: revisions that go through all unique constraints of a database do exist
CREATE UNIQUE INDEX extension_rules_once ON migrate.extension_rules (extension, says, catalog);
SELECT pg_catalog.pg_extension_config_dump('migrate.extension_rules', '');

COMMENT ON TABLE migrate.extension_rules IS 'what extensions run by themselves: comparisons leave it alone; add rows for an extension that migrate_ext does not know: see docs/engines.md';
COMMENT ON COLUMN migrate.extension_rules.extension IS 'name of the extension; rows about it take the place of what migrate_ext knows of it';
COMMENT ON COLUMN migrate.extension_rules.says IS 'runs: users'' tables; owns: tables and views that it makes and drops by itself; owns partitions: those of the tables named; owns triggers: those that call its functions; offers trigger functions: those that call its functions are users''';
COMMENT ON COLUMN migrate.extension_rules.catalog IS 'table of the extension that names these tables; without a schema, of the extension''s own schema';
COMMENT ON COLUMN migrate.extension_rules.catalog_columns IS 'its column that names a table, as OID or as a name in SQL; or two, of the schema and of the table';
COMMENT ON COLUMN migrate.extension_rules.made_by IS 'function of the extension, without a schema, that makes a bare table such a one; null: a baseline is refused, it is to be written by hand';
COMMENT ON COLUMN migrate.extension_rules.made_with IS 'its parameters and the catalog''s columns that hold the arguments, in turn';
COMMENT ON COLUMN migrate.extension_rules.undone_by IS 'function of the extension that takes that back before the table is dropped; null: it needs nothing';
COMMENT ON COLUMN migrate.extension_rules.undone_with IS 'as made_with';
