-- Expressions that are printed in other words than they were written in, and read as others than were
-- printed: a schema, what PostgreSQL prints of it, and what it prints after reading that are all the same.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA words;
CREATE SCHEMA aside;
SET search_path = words, public;

-- what is on either side of a comparison: every expression in every place
CREATE FUNCTION aside.model(exprs text[]) RETURNS text LANGUAGE sql AS $$
	SELECT $m$
CREATE DOMAIN words.texts AS text[];
CREATE DOMAIN words.short AS varchar(3)[];
CREATE DOMAIN words.shorter AS words.short;
CREATE FUNCTION words.f(text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION words.f_domain(words.texts) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION words.f_short(words.shorter) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION words.f_float(float8[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]::text';
CREATE FUNCTION words.f_many(VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION words.f_cast(text) RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT $1::text[]';
CREATE FUNCTION words.f_list(varchar) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[$1]';
CREATE FUNCTION words.f_list(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION words.f_poly(anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION words.f_each(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE DOMAIN words.tens AS numeric(6,1)[];
CREATE FUNCTION words.f_ten(words.tens) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE TYPE words.holder AS (list varchar[], "one" varchar(5));
CREATE FUNCTION words.f_held(varchar) RETURNS words.holder LANGUAGE sql IMMUTABLE AS 'SELECT ROW(ARRAY[$1], $1)::words.holder';
CREATE FUNCTION words.f_glue(varchar, varchar) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[$1, $2]';
CREATE OPERATOR words.||+ (FUNCTION = words.f_glue, LEFTARG = varchar, RIGHTARG = varchar);
CREATE FUNCTION words.f_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE words.t (c_v varchar(20), c_w varchar, c_c char(3), c_i int, c_n numeric, c_f float8, c_vs varchar[], c_ws varchar[], c_is int[], c_j jsonb);
$m$ || string_agg(format($m$
CREATE TABLE words.t%4$s (LIKE words.t, c_generated bool GENERATED ALWAYS AS (%1$s) STORED, CONSTRAINT checked%4$s CHECK (%1$s),
	CONSTRAINT later CHECK ((%1$s) IS NOT FALSE) NO INHERIT, CONSTRAINT excluded%4$s EXCLUDE USING btree ((%1$s) WITH =) WHERE (%1$s));
CREATE INDEX i%4$s ON words.t%4$s ((%1$s), (c_i + 1)) WHERE %1$s;
CREATE POLICY p ON words.t%4$s USING (%1$s) WITH CHECK (NOT (%1$s));
CREATE TRIGGER g BEFORE UPDATE ON words.t%4$s FOR EACH ROW WHEN (%2$s) EXECUTE FUNCTION words.f_trigger();
CREATE RULE r AS ON DELETE TO words.t%4$s WHERE %3$s DO ALSO (DELETE FROM words.t WHERE %1$s; INSERT INTO words.t (c_i) SELECT 1 FROM words.t WHERE %1$s);
CREATE RULE r_notify AS ON INSERT TO words.t%4$s DO ALSO (NOTIFY n; UPDATE words.t SET c_i = 1 WHERE %1$s);
CREATE VIEW words.v%4$s AS WITH one AS (SELECT %1$s AS x FROM words.t) SELECT x, EXISTS (SELECT FROM words.t WHERE %1$s) AS y FROM one
	UNION ALL SELECT true, z.c_i > 1 FROM (SELECT * FROM words.t WHERE %1$s) z WHERE z.c_i IN (SELECT count(*) FILTER (WHERE %1$s) FROM words.t);
CREATE MATERIALIZED VIEW words.m%4$s AS SELECT CASE WHEN %1$s THEN 1 ELSE 2 END AS x FROM words.t;
CREATE TABLE words.parted%4$s (LIKE words.t) PARTITION BY RANGE (c_i, (%1$s));
$m$, expr, regexp_replace(expr, '\m(c_\w+)', 'new.\1', 'g'), regexp_replace(expr, '\m(c_\w+)', 'old.\1', 'g'), n), '' ORDER BY n)
	FROM unnest(exprs) WITH ORDINALITY AS u (expr, n)
$$;
CREATE PROCEDURE aside.apply(model text) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL client_min_messages = warning;
	DROP SCHEMA IF EXISTS words CASCADE;
	CREATE SCHEMA words;
	EXECUTE model;
END
$$;
-- what PostgreSQL prints of the expressions that are there
CREATE VIEW aside.printed AS
	SELECT array_agg(pg_get_expr(conbin, conrelid) ORDER BY substr(conname, 8)::int) AS words FROM pg_constraint WHERE conname ~ '^checked';
-- what the comparison finds
CREATE FUNCTION aside.differs(model text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(action || ' ' || object_type || ' ' || object_identity, ', ' ORDER BY step) FROM migrate.diff(model, '{words}')
$$;

CREATE TABLE aside.expr (n serial, expr text);
INSERT INTO aside.expr (expr) VALUES
	($$c_v IN ('a', 'b')$$),
	($$c_v NOT IN ('a', 'b', c_w)$$),
	($$c_v = ANY (ARRAY['a', 'b'])$$),
	($$c_w <> ALL (ARRAY['a'::varchar(3), 'b'])$$),
	($$c_v LIKE ANY (ARRAY['a%', c_w])$$),
	($$c_v LIKE ANY (ARRAY[c_v COLLATE "C", 'a%'])$$),
	($$c_c::varchar IN ('a', 'b')$$),
	($$lower(c_v) || 'x' IN ('a'']::text[]', E'\\', 'b')$$),
	($$(c_v, c_c) IN (('a', 'b'), ('c', 'd'))$$),
	($$c_n IN (1, 2) AND c_n = ANY (ARRAY[1, 2]) AND c_f = ANY (ARRAY[1, 2])$$),
	($$c_n = ANY (ARRAY[[1, 2], [3, c_i]])$$),
	($$c_n = ANY (ARRAY[c_is, c_is])$$),
	($$c_n = ANY (ARRAY[c_is, ARRAY[1]])$$),
	($$f(ARRAY[c_v, c_w]) > 'a'$$),
	($$f(ARRAY[c_vs, c_ws]) > 'a'$$),
	($$f_domain(ARRAY['a', c_v]) > 'a'$$),
	($$f_domain(ARRAY[c_vs, c_ws]) > 'a'$$),
	($$f_short(ARRAY['abcd', c_v, c_w]) > 'a' OR f_short(ARRAY[c_vs, ARRAY['a']]) > 'a'$$),
	($$f_float(ARRAY[c_i, 1]) > 'a'$$),
	($$f_many(c_v, 'b', c_w) > 'a' OR f_many(VARIADIC ARRAY[c_v, c_w]) > 'a'$$),
	($$c_j #>> ARRAY['a', c_v] > 'a' AND c_j ?| ARRAY[c_v, 'x']$$),
	($$coalesce(c_vs, ARRAY['a'], ARRAY[c_v]) = c_vs$$),
	($$c_vs && ARRAY['a', c_v] AND ARRAY[c_v, c_w]::text[] @> ARRAY['a']$$),
	($$c_vs::text[] = ARRAY['abc', 'b']::varchar(2)[]::text[] OR c_v = ANY ('{a,b}')$$),
	($$c_v IN ('a') OR c_i BETWEEN 1 AND 2 AND c_n > 1 AND (c_f > 1 AND c_f < 2)$$),
	($$c_i BETWEEN 1 AND 2 AND c_n BETWEEN 1 AND 2 AND c_i NOT BETWEEN 5 AND 6 AND NOT c_v IN ('a', 'b')$$),
	($$CASE c_v WHEN 'a' THEN c_w IN ('a', 'b') ELSE c_w = ANY (ARRAY[c_v, NULL]) END$$),
	($$c_v = ANY (ARRAY[f_list(c_v), f_list(c_w)])$$),
	($$c_n = ANY (ARRAY[f_list(c_i), 1])$$),
	($$c_v = ANY (ARRAY[f_list(c_v)]) AND c_n = ANY (ARRAY[f_list(c_i)]) OR c_v = ANY (ARRAY[f_list('a')]) OR c_n = ANY (ARRAY[f_list(7)])$$),
	($$c_v = ANY (ARRAY[f_list('a'), f_list('b')]) OR f(ARRAY[f_list(c_v)]) > 'a' OR f_short(ARRAY[f_list('a')]) > 'a'$$),
	($$f(ARRAY[ARRAY[f_list(c_v)], ARRAY[f_list(c_w)]]) > 'a' OR (ARRAY[f_list(c_v), f_list(c_w)]::text[])[1][1] > 'a'$$),
	($$f(ARRAY[f_poly(c_vs), c_ws]) > f(ARRAY[f_poly(c_v)]) OR f(ARRAY[f_poly(c_vs)]) > f(ARRAY[f_each(c_vs), f_poly(f_each(c_vs))])$$),
	($$f(ARRAY[c_vs || c_ws]) > f(ARRAY[c_vs || c_v]) OR f(ARRAY[c_v || c_vs]) > f(ARRAY[c_v || c_w]::varchar[])$$),
	($$f(ARRAY[coalesce(c_vs, c_ws)]) > f(ARRAY[coalesce(c_v, c_w)]) OR f(ARRAY[nullif(c_vs, c_ws)]) > f(ARRAY[greatest(c_vs, c_ws)])$$),
	($$f(ARRAY[CASE WHEN c_i > 1 THEN c_vs ELSE c_ws END]) > f(ARRAY[CASE WHEN c_i > 1 THEN c_v ELSE c_w END])$$),
	($$f(ARRAY[c_vs[1:2]]) > f(ARRAY[c_vs[1]]) OR f(ARRAY[(f_list(c_v))[1:2]]) > f(ARRAY[(f_list(c_v))[1]])$$),
	($$f(ARRAY[array_append(c_vs, c_v), array_remove(c_vs, c_v)]) > f(ARRAY[array_replace(c_vs, c_v, c_w)])$$),
	($$f(ARRAY[(f_held(c_v)).list]) > f(ARRAY[(f_held(c_v))."one"]) OR f(ARRAY[c_v ||+ c_w]) > 'a'$$),
	($$f(ARRAY[NULL, f_list(c_v)]) > 'a' OR c_v = ANY (ARRAY[c_w, NULL]) OR f(ARRAY[NULL, c_vs]) > 'a'$$),
	($$c_i > - (2::int) AND c_n > - (3.5::numeric) AND c_n > - (2::numeric) AND c_f > - (2::float8) AND c_n > - (- (2::int))$$),
	($$f_ten((ARRAY[1, 2.5]::numeric[])) > c_n OR f_ten(ARRAY[1, 2.5]) > c_n OR f_ten(ARRAY['1', 2.5::numeric]) > c_n$$),
	($$c_n = ANY (ARRAY[]::int[]) OR c_w = ANY ((ARRAY['a', 'b'])[1:1])$$);

-- as written, as printed, and as that is printed
SELECT array_agg(expr ORDER BY n) AS one FROM aside.expr \gset
CALL aside.apply(aside.model(:'one'));
SELECT words AS two FROM aside.printed \gset
CALL aside.apply(aside.model(:'two'));
SELECT words AS three FROM aside.printed \gset
SELECT count(*), count(*) FILTER (WHERE x <> y) > 10 AS read_as_other_words FROM unnest(:'two'::text[], :'three'::text[]) AS u (x, y);

SELECT aside.differs(aside.model(:'one')) AS one, aside.differs(aside.model(:'two')) AS two, aside.differs(aside.model(:'three')) AS three;
CALL aside.apply(aside.model(:'one'));
SELECT aside.differs(aside.model(:'two')) AS two, aside.differs(aside.model(:'three')) AS three;

-- what is not the same stays a difference, in all places
CREATE TABLE aside.other (n serial, one text, two text);
INSERT INTO aside.other (one, two) VALUES
	($$c_v IN ('a', 'b')$$, $$c_v IN ('b', 'a')$$),
	($$c_v IN ('a', 'b')$$, $$c_v IN ('a', 'b', 'c')$$),
	($$c_v IN ('a', 'b')$$, $$c_v::text = ANY (ARRAY['a', 'b'])$$),
	($$c_v::text = ANY (ARRAY[c_w])$$, $$c_v::text = ANY (ARRAY[f_cast(c_w)])$$),
	($$c_v::text = ANY (ARRAY[c_w])$$, $$c_v::text = ANY (ARRAY[c_w::varchar(3)])$$),
	($$c_n = ANY (ARRAY[c_f::int, 1])$$, $$c_n = ANY (ARRAY[c_f::numeric, 1])$$),
	($$c_n = ANY (ARRAY[[1, 2], [3, 4]])$$, $$c_n = ANY (ARRAY[1, 2, 3, 4])$$),
	($$f_domain(ARRAY[c_v]) > 'a'$$, $$f_domain(ARRAY[c_v::varchar(1)]) > 'a'$$),
	($$c_i = 1 AND (c_n = 2 OR c_f = 3)$$, $$(c_i = 1 AND c_n = 2) OR c_f = 3$$);
SELECT array_agg(one ORDER BY n) AS one, array_agg(two ORDER BY n) AS two FROM aside.other \gset
CALL aside.apply(aside.model(:'one'));
SELECT object_type, string_agg(DISTINCT substring(object_identity FROM 'words\.[a-z_]+(\d+)'), ' ') AS n
FROM migrate.diff(aside.model(:'two'), '{words}') WHERE action <> 'drop' GROUP BY object_type ORDER BY object_type COLLATE "C";

-- places where no column is
DROP SCHEMA words CASCADE;
CREATE SCHEMA words;
CREATE DOMAIN word AS varchar(10) DEFAULT (ARRAY['a', 'b']::varchar[])[1] CHECK (VALUE IN ('a', 'b')) CHECK (VALUE NOT IN ('c', 'd'));
CREATE FUNCTION with_default(a boolean DEFAULT ('a'::varchar IN ('a', 'b')), b text[] DEFAULT ARRAY['a'::varchar]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE defaults (a boolean DEFAULT ('a'::varchar IN ('a', 'b')), b text[] DEFAULT ARRAY['a'::varchar], c numeric[] DEFAULT ARRAY[1, 2]);
SELECT action, object_type, object_identity FROM migrate.diff($$
CREATE DOMAIN words.word AS varchar(10) DEFAULT (ARRAY['a'::varchar, 'b'::varchar])[1]
	CONSTRAINT word_check CHECK (((VALUE)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))
	CONSTRAINT word_check1 CHECK (((VALUE)::text <> ALL (ARRAY[('c'::character varying)::text, ('d'::character varying)::text])));
CREATE FUNCTION words.with_default(a boolean DEFAULT (('a'::character varying)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])),
	b text[] DEFAULT ARRAY['a'::character varying]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE words.defaults (a boolean DEFAULT (('a'::character varying)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])),
	b text[] DEFAULT ARRAY['a'::character varying], c numeric[] DEFAULT ARRAY[1, 2])$$, '{words}');
DROP SCHEMA words CASCADE;
CREATE SCHEMA words;

-- a constraint that becomes valid is validated, in whatever words
CREATE TABLE t (v varchar(20));
ALTER TABLE t ADD CONSTRAINT c CHECK (v IN ('a', 'b')) NOT VALID;
CREATE DOMAIN d AS varchar(20);
ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE IN ('a', 'b')) NOT VALID;
SELECT upgrade FROM migrate.diff($$
CREATE DOMAIN words.d AS varchar(20) CONSTRAINT c CHECK ((VALUE)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));
CREATE TABLE words.t (v varchar(20), CONSTRAINT c CHECK ((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])));
$$, '{words}');
DROP SCHEMA words CASCADE;
CREATE SCHEMA words;

-- what is written proves to be what was asked for, and the database then is
SELECT migrate.migrate('words', model, '{words}', rev_id => 'w1') FROM aside.model(ARRAY[$$c_v IN ('a', 'b') AND f_domain(ARRAY[c_w, 'x']) > 'a'$$]) AS model;
SELECT migrate.upgrade();
SELECT migrate.check(model, '{words}') FROM aside.model(ARRAY[$$c_v IN ('a', 'b') AND f_domain(ARRAY[c_w, 'x']) > 'a'$$]) AS model;
SELECT count(*) FROM migrate.drift(schemas => '{words}');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify(schemas => '{words}');

-- arrays of what only a query has: names of its own, aggregates, queries in it; and of what a function's body has
DROP SCHEMA words CASCADE;
CREATE SCHEMA words;
CREATE TABLE t (i int, v varchar(20), vs varchar[]);
CREATE FUNCTION f(text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION aside.outside(varchar) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[$1]';
CREATE FUNCTION aside.outside(int) RETURNS varchar LANGUAGE sql IMMUTABLE AS 'SELECT $1::varchar';
CREATE VIEW v1 AS SELECT f(ARRAY[min(vs), max(vs)]) AS a, f(ARRAY[min(v), max(v)]) AS b, f(ARRAY[array_agg(v)]) AS c,
	f(ARRAY[array_agg(v) FILTER (WHERE i > 1)]) AS d FROM t GROUP BY i HAVING f(ARRAY[array_agg(v)]) > 'a';
CREATE VIEW v2 AS SELECT f(ARRAY[q.l]) AS a, f(ARRAY[q.x]) AS b FROM (SELECT array_agg(v) AS l, v AS x FROM t GROUP BY v) q;
CREATE VIEW v3 AS WITH q AS (SELECT array_agg(v) AS l, v AS x FROM t GROUP BY v), r AS (SELECT l AS m, x AS y FROM q)
	SELECT f(ARRAY[m]) AS a, f(ARRAY[y]) AS b FROM r;
CREATE VIEW v4 AS SELECT f(ARRAY[ARRAY(SELECT v FROM t)]) AS a, f(ARRAY[(SELECT vs FROM t UNION SELECT vs FROM t LIMIT 1)]) AS b, f(ARRAY[(SELECT v FROM t)]) AS c;
CREATE VIEW v5 AS SELECT f(ARRAY[first_value(vs) OVER w]) AS a, f(ARRAY[lag(v) OVER w]) AS b, f(ARRAY[aside.outside(v)]) AS c, f(ARRAY[aside.outside(i)]) AS d FROM t WINDOW w AS (ORDER BY i);
CREATE VIEW v6 AS SELECT f(ARRAY[q.q]) AS q FROM (SELECT r.q || r.q AS q FROM (SELECT t.vs || t.vs AS q FROM t) r) q;
CREATE VIEW v8 AS SELECT f(ARRAY[b.v]) AS a, f(ARRAY[a.v]) AS b, f(ARRAY[c]) AS c FROM (SELECT vs AS w, i FROM t) a (v, i) JOIN t b USING (i) JOIN (SELECT v, vs FROM t) d (e, c) ON true;
CREATE VIEW v7 AS SELECT f(ARRAY[string_to_array(v, ',')::varchar[], vs]) AS a, f(ARRAY[NULL, vs]) AS b, f(ARRAY[(ARRAY[v, v])::varchar[]]) AS c FROM t;
CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO t (v) SELECT f(ARRAY[x]) FROM (SELECT array_agg(v) AS x FROM t) q WHERE new.v > f(ARRAY[new.vs]);
SELECT string_agg(format('CREATE OR REPLACE VIEW words.%I AS %s', relname, pg_get_viewdef(oid)), ' ' ORDER BY relname) AS views FROM pg_class WHERE relkind = 'v' AND relnamespace = 'words'::regnamespace \gset
SELECT pg_get_ruledef(oid) AS rule FROM pg_rewrite WHERE rulename = 'r' \gset
SELECT $$CREATE TABLE words.t (i int, v varchar(20), vs varchar[]);
CREATE FUNCTION words.f(text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';$$ AS base \gset
SELECT action, object_type, object_identity FROM migrate.diff(:'base' || :'views' || :'rule', '{words}');
-- and as what was printed is printed
:views
SELECT string_agg(format('CREATE VIEW words.%I AS %s', relname, pg_get_viewdef(oid)), ' ' ORDER BY relname) AS again FROM pg_class WHERE relkind = 'v' AND relnamespace = 'words'::regnamespace \gset
SELECT :'views' <> :'again' AS in_other_words;
SELECT action, object_type, object_identity FROM migrate.diff(:'base' || :'again' || :'rule', '{words}');
-- an array of arrays is not an array of their texts
SELECT action, object_type, object_identity FROM migrate.diff(:'base' || regexp_replace(regexp_replace(:'views', 'ARRAY\[((q\.)?l)\]', 'ARRAY[\1::text]'), 'ARRAY\[(min\((t\.)?vs\)), ', 'ARRAY[\1::text, ') || :'rule', '{words}');
DROP FUNCTION aside.outside(varchar), aside.outside(int) CASCADE;

-- names that nobody sees; what has no order
DROP SCHEMA words CASCADE;
CREATE SCHEMA words;
CREATE TABLE t (a int, b int, c text);
CREATE VIEW v AS SELECT q.a FROM (SELECT a FROM t UNION ALL SELECT NULL UNION (SELECT 1 INTERSECT SELECT NULL LIMIT 1)) q
	WHERE q.a IN (SELECT NULL::int) OR EXISTS (SELECT NULL::int, 'x'::text) OR q.a = (SELECT NULL::int UNION ALL SELECT 1);
CREATE RULE r AS ON DELETE TO t DO ALSO INSERT INTO t (a, c) SELECT NULL::int, 'x'::text FROM t;
CREATE STATISTICS s (ndistinct, mcv) ON a, b, c FROM t;
SELECT pg_get_viewdef('v') AS v, pg_get_ruledef(oid) AS r FROM pg_rewrite WHERE rulename = 'r' \gset
SELECT format('CREATE TABLE words.t (c text, b int, a int); CREATE VIEW words.v AS %s %s; CREATE STATISTICS words.s (mcv, ndistinct) ON a, b, c FROM words.t;', :'v', :'r') AS model \gset
SELECT action, object_type, object_identity FROM migrate.diff(:'model', '{words}');
SELECT action, object_type, object_identity FROM migrate.diff(replace(replace(:'model', 'mcv, ', ''), 'LIMIT 1', 'LIMIT 2'), '{words}');

DROP SCHEMA words CASCADE;
CREATE SCHEMA words;
-- the columns of ON DELETE SET NULL, since 15; others, and a comment, are a difference
CREATE TABLE p (a int, b int, c int, PRIMARY KEY (a, b, c));
CREATE TABLE k (a int, b int, c int);
SELECT 'ALTER TABLE words.k ADD CONSTRAINT k FOREIGN KEY (a, b, c) REFERENCES words.p ON DELETE SET NULL' ||
	CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' (a, c);' ELSE ';' END AS key \gset
:key
SELECT format('CREATE TABLE words.p (c int, b int, a int, PRIMARY KEY (a, b, c)); CREATE TABLE words.k (c int, b int, a int); %s',
	replace(:'key', '(a, c)', '(c, a)')) AS model \gset
SELECT count(*) FROM migrate.diff(:'model', '{words}');
SELECT upgrade FROM migrate.diff(:'model' || 'COMMENT ON CONSTRAINT k ON words.k IS ''a comment''', '{words}');
SELECT action, object_type FROM migrate.diff(replace(replace(:'model', '(c, a)', '(c, b)'), 'SET NULL;', 'CASCADE;'), '{words}');

RESET search_path;
DROP SCHEMA words, aside CASCADE;
DROP EXTENSION migrate_ext CASCADE;
