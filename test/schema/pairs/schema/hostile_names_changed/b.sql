CREATE SCHEMA "My ""Schema""";
SET search_path = "My ""Schema""";
CREATE TYPE "select" AS ENUM ('a"b', 'it''s', 'back\slash', ':x', '');
CREATE TYPE "a.b" AS ("x y" int, "new one" text, "Z" text);
CREATE DOMAIN "do main" AS text DEFAULT E'it\'z\\' CONSTRAINT "che ck" CHECK (VALUE <> 'its');
CREATE SEQUENCE "Se.q" INCREMENT BY 3;
CREATE FUNCTION "f()"("in" int, "we""ird" "select") RETURNS TABLE ("Out" text, "x.y" int) LANGUAGE sql
	AS $q$ SELECT '$function$ it''s'::text, 2 $q$;
CREATE FUNCTION "$tag$"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE "Ta""ble" (
	"group" serial PRIMARY KEY,
	"New
Line" text DEFAULT E'three\nlines',
	"it's" "select" DEFAULT 'it''s',
	"ünï" int GENERATED ALWAYS AS IDENTITY,
	"back\slash" int CHECK ("back\slash" > 1),
	"gen" int GENERATED ALWAYS AS ("back\slash" + 1) STORED,
	"d" "do main" COLLATE "C",
	CONSTRAINT "uni que" UNIQUE ("it's", "New
Line"));
CREATE TABLE "a_name_of_sixty_three_bytes_which_is_as_long_as_names_can_be_xyz" (
	"table" int CONSTRAINT "fo.reign" REFERENCES "Ta""ble");
CREATE INDEX "in ""dex" ON "Ta""ble" (("back\slash" + 1), "New
Line") WHERE "it's" = ':x';
CREATE VIEW ":v" WITH (security_barrier) AS SELECT t."it's", t."back\slash" AS "x:y" FROM "Ta""ble" t, "Se.q";
CREATE MATERIALIZED VIEW "Mat" AS SELECT t."group" FROM "Ta""ble" t JOIN "a_name_of_sixty_three_bytes_which_is_as_long_as_names_can_be_xyz" a ON true;
CREATE UNIQUE INDEX "mat" ON "Ta""ble" ("group") INCLUDE ("d") WITH (fillfactor = 80);
CREATE TRIGGER "tri gger" AFTER UPDATE OF "it's" ON "Ta""ble" FOR EACH ROW EXECUTE FUNCTION "$tag$"('it''s', 'a"b\');
CREATE RULE "ru.le" AS ON DELETE TO "Ta""ble" DO ALSO NOTIFY "Chan''nel";
CREATE POLICY "pol'icy" ON "Ta""ble" USING ("it's" <> 'a"b');
CREATE TABLE "Part" ("key" text, "b" int) PARTITION BY LIST ("key");
CREATE TABLE "Part's" PARTITION OF "Part" FOR VALUES IN ('it''s', E'\n');
CREATE TABLE "child" ("Own" int, "It''s" text) INHERITS ("Ta""ble");
COMMENT ON TABLE "Ta""ble" IS E'it\'s\\ "$$"\n-- and on';
COMMENT ON COLUMN "Ta""ble"."it's" IS '$function$';
COMMENT ON CONSTRAINT "uni que" ON "Ta""ble" IS 'it''s another';
COMMENT ON TRIGGER "tri gger" ON "Ta""ble" IS 'it''s another';
COMMENT ON RULE "ru.le" ON "Ta""ble" IS 'it''s another';
COMMENT ON POLICY "pol'icy" ON "Ta""ble" IS 'it''s another';
COMMENT ON CONSTRAINT "che ck" ON DOMAIN "do main" IS 'it''s another';
COMMENT ON FUNCTION "f()"(int, "select") IS 'it''s another';
COMMENT ON COLUMN "a.b"."x y" IS 'it''s another';
COMMENT ON SCHEMA "My ""Schema""" IS 'it''s another';
GRANT SELECT ("group"), UPDATE ON "Ta""ble" TO PUBLIC;
GRANT USAGE ON SEQUENCE "Se.q" TO PUBLIC;
GRANT USAGE ON SCHEMA "My ""Schema""" TO PUBLIC;
REVOKE EXECUTE ON FUNCTION "f()"(int, "select") FROM PUBLIC;
