-- All of the extension that two databases should agree on, one fact a line.
SELECT fact FROM (
	SELECT 'member ' || pg_describe_object(classid, objid, objsubid) AS fact
	  FROM pg_depend
	 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'migrate_ext')
	UNION ALL
	SELECT 'extension ' || extversion || ' of ' || extowner::regrole FROM pg_extension WHERE extname = 'migrate_ext'
	UNION ALL
	SELECT 'dumped ' || u.oid::regclass FROM pg_extension e, unnest(e.extconfig) AS u (oid) WHERE extname = 'migrate_ext'
	UNION ALL
	SELECT concat_ws(' ', 'routine', p.oid::regprocedure, proowner::regrole, 'acl', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) a),
		'comment', obj_description(p.oid, 'pg_proc'), 'body', pg_get_functiondef(p.oid))
	  FROM pg_proc p WHERE pronamespace = 'migrate'::regnamespace AND prokind IN ('f', 'p')
	UNION ALL
	SELECT concat_ws(' ', 'relation', relname, relkind, relowner::regrole, 'acl', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a),
		'comment', obj_description(c.oid, 'pg_class'), 'view', CASE WHEN relkind = 'v' THEN pg_get_viewdef(c.oid) END)
	  FROM pg_class c WHERE relnamespace = 'migrate'::regnamespace AND relkind IN ('r', 'v', 'S')
	UNION ALL
	SELECT concat_ws(' ', 'column', c.relname, rank() OVER (PARTITION BY c.oid ORDER BY attnum), attname,
		format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, attidentity, attcollation::regcollation,
		pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, attnum))
	  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	 WHERE relnamespace = 'migrate'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
	UNION ALL
	SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
	  FROM pg_constraint WHERE connamespace = 'migrate'::regnamespace
	UNION ALL
	SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
	 WHERE relnamespace = 'migrate'::regnamespace
	UNION ALL
	SELECT concat_ws(' ', 'schema', nspowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(nspacl) a)) FROM pg_namespace WHERE nspname = 'migrate'
	UNION ALL
	SELECT concat_ws(' ', 'initial rights of', pg_describe_object(classoid, objoid, objsubid), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(initprivs) a))
	  FROM pg_init_privs WHERE privtype = 'e' AND objoid IN (SELECT objid FROM pg_depend
	 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'migrate_ext'))
) f ORDER BY fact COLLATE "C";
