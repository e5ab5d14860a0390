-- How the comparer asks: one call of ask.run() for each case, rolled back afterwards.

SET client_min_messages = warning;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA ask;
-- Every revision of a case notes here that it ran.
CREATE TABLE ask.ran (n serial, what text);

-- The answer to a query that returns one value, or the error it raises.
CREATE FUNCTION ask.query(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE 'SELECT to_jsonb((' || query || '))' INTO answer;
	RETURN jsonb_build_object('answer', answer);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN jsonb_build_object('error', sqlstate, 'message', concat_ws(' / ', message, nullif(detail, ''), nullif(hint, '')));
END $$;

-- What plan() says, and what then happened (the NOTICEs go to psql).
CREATE FUNCTION ask.act(command text, target text, purge boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	planned jsonb;
	done jsonb;
	last bigint := coalesce(max(id), 0) FROM migrate.log;
BEGIN
	IF NOT purge THEN
		planned := ask.query(format(
			'SELECT coalesce(jsonb_agg(jsonb_build_array(p.action, p.revision, p.version_after) ORDER BY p.step), ''[]'')
			FROM migrate.plan(%L, %L) p', command, target));
	END IF;
	PERFORM set_config('client_min_messages', 'notice', true);
	done := ask.query(format('SELECT array_agg(r) FROM migrate.%I(%L%s) r', command, target,
		CASE WHEN purge THEN ', purge => true' END));
	PERFORM set_config('client_min_messages', 'warning', true);
	RETURN jsonb_build_object('planned', planned, 'done', done,
		'log', (SELECT coalesce(jsonb_agg(jsonb_build_array(l.action, l.revision, l.version_after) ORDER BY l.id), '[]')
			FROM migrate.log l WHERE l.id > last),
		'ran', (SELECT coalesce(jsonb_agg(r.what ORDER BY r.n), '[]') FROM ask.ran r));
END $$;

-- The file of a revision that this call writes.
CREATE FUNCTION ask.written(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	revision text;
BEGIN
	EXECUTE 'SELECT ' || call INTO revision;
	RETURN migrate.script(revision);
END $$;

CREATE FUNCTION ask.run(number int, files text[], rows text, query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	answer := ask.query(format('SELECT count(*) FROM migrate.load_files(%L)', files));
	IF answer ? 'error' THEN
		RETURN answer;
	END IF;
	IF rows <> '' THEN
		answer := ask.query(format('SELECT array_agg(r) FROM migrate.stamp(%L, purge => true) r', rows));
		IF answer ? 'error' THEN
			RETURN answer || '{"error": "the state could not be stamped"}';
		END IF;
	END IF;
	RAISE WARNING 'case %', number;
	RETURN ask.query(query);
END $$;
