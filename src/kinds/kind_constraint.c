/*
 * kind_constraint.c
 *		Constraints of tables.  Foreign keys are a kind of their own, because they are created last.
 *
 * pg_get_constraintdef() prints all of a constraint except the properties of its index.  A
 * constraint is recreated only if no statement can alter it: VALIDATE CONSTRAINT, ALTER CONSTRAINT
 * for DEFERRABLE, and ALTER INDEX keep it.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

static bool
has_index(const SchemaObject *constraint)
{
	return prop(constraint, "_index") != NULL;
}

static bool
is_partitioned(const SchemaObject *table)
{
	return prop_is(table, "kind", "p");
}

/*
 * The definition with the tablespace of the index and, for keys, its options.
 * pg_get_constraintdef() prints neither; it prints the options for EXCLUDE only.
 */
static char *
full_definition(const SchemaObject *constraint)
{
	const char *definition = prop(constraint, "definition");
	const char *options = prop(constraint, "index_options");
	const char *tablespace = prop(constraint, "index_tablespace");
	const char *tail = prop(constraint, "_tail");
	size_t		len;

	if (prop_is(constraint, "type", "x"))
		options = NULL;
	if (options == NULL && tablespace == NULL)
		return pstrdup(definition);
	len = strlen(definition) - strlen(tail);
	if (strcmp(definition + len, tail) != 0)
		elog(ERROR, "constraint %s does not end with \"%s\": %s", constraint->identity, tail,
			 definition);
	return psprintf("%.*s%s%s%s%s%s%s", (int) len, definition,
					options ? " WITH (" : "", options ? options : "", options ? ")" : "",
					tablespace ? " USING INDEX TABLESPACE " : "", tablespace
					? quote_identifier(tablespace) : "", tail);
}

/*
 * The part of a key's definition that tells two keys apart: for UNIQUE and PRIMARY KEY the columns
 * and all that follows, for EXCLUDE everything.  NULL for other constraints.  If two keys have the
 * same part, CREATE TABLE creates only one of them.
 */
static const char *
key_columns(const SchemaObject *constraint)
{
	char		type = prop(constraint, "type")[0];

	if (type == 'x')
		return prop(constraint, "definition");
	return type == 'p' || type == 'u' ? strchr(prop(constraint, "definition"), '(') : NULL;
}

bool
constraint_has_twin(const SchemaObject *constraint)
{
	const char *columns = kind_is(constraint, KIND_CONSTRAINT) ? key_columns(constraint) : NULL;
	ListCell   *lc;

	if (columns == NULL)
		return false;
	foreach(lc, constraint->parent->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part != constraint && kind_is(part, KIND_CONSTRAINT) && key_columns(part) != NULL &&
			strcmp(key_columns(part), columns) == 0)
			return true;
	}
	return false;
}

bool
constraint_fits_table(const SchemaObject *constraint)
{
	return prop_true(constraint, "_validated") && prop(constraint, "index_options") == NULL &&
		prop(constraint, "index_tablespace") == NULL &&
		!prop_is(constraint->parent, "kind", "f") && !constraint_has_twin(constraint);
}

/*
 * Do the key's columns keep their types?  Otherwise the rows in the way cannot be counted: it is
 * not known which converted values will be equal, nor whether the old values can be compared.
 */
static bool
keeps_types(const SchemaObject *key, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, key->needs)
	{
		const Change *column = w->changes->of_new[((SchemaObject *) lfirst(lc))->number];

		if (column->old != NULL && kind_is(column->old, KIND_COLUMN) && column_is_retyped(column))
			return false;
	}
	return true;
}

/*
 * Only a key without further clauses counts as STATEMENT_UNIQUE or STATEMENT_PRIMARY_KEY: a plain
 * unique index on its columns can become the key.
 */
static StatementKind
kind_of_adding(const SchemaObject *constraint)
{
	bool		is_primary = prop_is(constraint, "type", "p");
	const char *definition = full_definition(constraint);
	const char *columns = prop(constraint, "_key");

	if (columns == NULL || strcmp(definition,
								  psprintf("%s (%s)", is_primary ? "PRIMARY KEY" : "UNIQUE",
										   columns)) != 0)
		return STATEMENT_CONSTRAINT;
	return is_primary ? STATEMENT_PRIMARY_KEY : STATEMENT_UNIQUE;
}

static void
add_constraint(const SchemaObject *constraint, Writer *w)
{
	const SchemaObject *table = constraint->parent;
	char		type = prop(constraint, "type")[0];
	bool		only = is_partitioned(table) && has_index(constraint) &&
	!has_run_children(w, table);
	SchemaStatement *statement =
	put_on(w, table, LOCK_ACCESS_EXCLUSIVE,
		   !prop_true(constraint, "_validated") || prop_is(table, "kind", "f") ? 0 :
		   HAZARD_MAY_FAIL | (type == 'c' ? HAZARD_SCAN : HAZARD_INDEX_BUILD),
		   "%s %s%s ADD CONSTRAINT %s %s",
		   alter_table(table), only ? "ONLY "
		   : "", table->identity, quote_identifier(constraint->name), full_definition(constraint));

	statement->kind = kind_of_adding(constraint);
	statement->name = constraint->name;
	statement->columns = prop(constraint, "_key");
	if ((statement->hazards & HAZARD_MAY_FAIL) && keeps_types(constraint, w))
		rows_against(statement, constraint, statement->sql, w);
	if (type == 'c' && !prop_true(constraint, "_no_inherit"))
		with_children(w, statement);
}

void
constraint_write_settings(const SchemaObject *old, const SchemaObject *constraint, bool is_there,
						  Writer *w)
{
	const SchemaObject *table = constraint->parent;
	const char *name = quote_identifier(constraint->name);

	if (!is_there)
		add_constraint(constraint, w);
	if (!has_index(constraint))
		return;
	if (prop_true(constraint, "clustered") && !(old && prop_true(old, "clustered")))
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "ALTER TABLE %s CLUSTER ON %s",
			   table->identity, name);
	if (prop_true(constraint, "is_identity") && !(old && prop_true(old, "is_identity")))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0,
			   "ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %s", table->identity, name);
	if (texts_differ(old ? prop(old, "index_comment") : NULL, prop(constraint, "index_comment")))
		put(w, "COMMENT ON INDEX %s IS %s", prop(constraint, "_index"),
			prop(constraint, "index_comment") ? literal(prop(constraint, "index_comment"))
			: "NULL");
}

/* The length of the definition without " NOT VALID" at its end, if it has that. */
static int
valid_length(const char *definition)
{
	static const char not_valid[] = " NOT VALID";
	int			len = (int) strlen(definition) - (int) strlen(not_valid);

	return len > 0 && strcmp(definition + len, not_valid) == 0 ? len : (int) strlen(definition);
}

static bool
becomes_valid(const SchemaObject *old, const SchemaObject *new, const char *a, const char *b)
{
	int			len = valid_length(a);

	return a[len] != '\0' && b[valid_length(b)] == '\0' &&
		prop_same(old, new, "definition", pnstrdup(a, len), b);
}

bool
constraint_becomes_valid(const SchemaObject *old, const SchemaObject *new)
{
	return becomes_valid(old, new, prop(old, "definition"), prop(new, "definition"));
}

/*
 * An inherited constraint may stay valid where the new schema has it NOT VALID.  A child that is
 * created after its parent's constraint has a valid one even if the parent's is NOT VALID, and no
 * statement makes it NOT VALID again.  Nor is there a statement by which a constraint stops being
 * the child's own while the parent has it, too: so _local is not compared.
 */
static bool
constraint_same(const SchemaObject *old, const SchemaObject *new, const char *prop_name,
				const char *a, const char *b)
{
	return strcmp(prop_name, "definition") == 0 && !prop_true(old, "_local") &&
		!prop_true(new, "_local") &&
		becomes_valid(new, old, b, a);
}

/* The foreign key fails for rows that have no row in the referenced table. */
static void
rows_without(SchemaStatement *statement, const SchemaObject *key)
{
	rows_in_way(statement, ROWS_ORPHANED, key->parent->identity, prop(key, "_key"),
				prop(key, "_references"),
				prop(key, "_referenced_key"))->sql = psprintf("ALTER TABLE t ADD %s",
															  prop(key, "definition"));
}

static void
validate(const SchemaObject *constraint, Writer *w)
{
	const SchemaObject *table = constraint->parent;
	SchemaStatement *statement = put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE,
										HAZARD_SCAN | HAZARD_MAY_FAIL,
										"%s %s VALIDATE CONSTRAINT %s", alter_table(table),
										table->identity, quote_identifier(constraint->name));

	with_children(w, statement);
	if (kind_is(constraint, KIND_FOREIGN_KEY))
		rows_without(statement, constraint);
	else
		rows_against(statement, constraint, psprintf("ALTER TABLE t ADD %s",
													 prop(constraint, "definition")), w);
}

static void
create_constraint(const Change *change, Writer *w)
{
	const SchemaObject *constraint = change->new;
	const SchemaObject *theirs = table_inherits_change(constraint, w->changes, true);

	if (theirs == NULL)
		constraint_write_settings(NULL, constraint, false, w);
	else if (constraint_becomes_valid(theirs, constraint))
		validate(constraint, w);
}

static void
drop_constraint(const Change *change, Writer *w)
{
	const SchemaObject *table = change->old->parent;

	if (!table_inherits_change(change->old, w->changes, false) &&
		!index_goes_with_parent(change->old, w))
	{
		SchemaStatement *statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0,
											"%s %s DROP CONSTRAINT %s", alter_table(table),
											table->identity, quote_identifier(change->old->name));

		/* children inherit checks, and partitions have keys, too */
		if (!prop_true(change->old, "_no_inherit") || is_partitioned(table))
			with_children(w, statement);
	}
}

/*
 * Does the server recreate the constraint together with a parent's that is NOT VALID?  Then it has
 * to be validated again.
 */
static bool
loses_validity(const Change *change, const Writer *w)
{
	const SchemaObject *new = change->new;
	ListCell   *lc;

	if (!change->rebuilt || !prop_true(new, "_validated"))
		return false;
	foreach(lc, new->parent->parts)
	{
		const SchemaObject *link = lfirst(lc);
		const SchemaObject *theirs;

		if (link->kind->link != LINK_OF_TABLES)
			continue;
		theirs = snapshot_find(w->to, KIND_CONSTRAINT,
							   psprintf("%s.%s", prop(link, "parent"),
										quote_identifier(new->name)));
		if (theirs != NULL && !prop_true(theirs, "_validated"))
			return true;
	}
	return false;
}

static bool
alter_constraint(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const SchemaObject *table = new->parent;
	const char *index = prop(new, "_index");

	if (prop_differs(change, "type"))
		return false;
	if (prop_differs(change, "definition"))
	{
		if (!constraint_becomes_valid(old, new))
			return false;
		validate(new, w);
	}
	else if (loses_validity(change, w))
		validate(new, w);

	if (index != NULL)
	{
		write_options(w, NULL, psprintf("ALTER INDEX %s", index), prop(old, "index_options"),
					  prop(new, "index_options"));
		if (prop_differs(change, "index_tablespace"))
			index_move(index, prop(new, "index_tablespace"), w);
		if (prop_true(old, "clustered") && !prop_true(new, "clustered"))
			put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "ALTER TABLE %s SET WITHOUT CLUSTER",
				   table->identity);
	}
	constraint_write_settings(old, new, true, w);
	return true;
}

static const char *
constraint_ref(const SchemaObject *constraint)
{
	return psprintf("%s ON %s", quote_identifier(constraint->name), constraint->parent->identity);
}

static List *
constraint_slots(const SchemaObject *constraint)
{
	List	   *slots = list_make1(psprintf("constraint %s", constraint->identity));

	if (kind_is(constraint, KIND_CONSTRAINT) && has_index(constraint))
		slots = lappend(slots, psprintf("rel %s", prop(constraint, "_index")));
	return slots;
}

bool
constraint_has_index(const SchemaObject *object)
{
	return kind_is(object, KIND_CONSTRAINT) && prop(object, "_index") != NULL;
}

bool
constraint_is_inherited_check(const SchemaObject *part)
{
	return kind_is(part, KIND_CONSTRAINT) && prop_is(part, "type", "c") &&
		prop_true(part, "_inherited") && !prop_true(part, "_local");
}

bool
constraint_is_remade_with_parent(const SchemaObject *object)
{
	return (kind_is(object, KIND_CONSTRAINT) || kind_is(object, KIND_FOREIGN_KEY)) &&
		prop_true(object, "_inherited") &&
		!prop_true(object, "_local");
}

bool
constraint_changes_hands(const Change *change, const Changes *changes)
{
	const SchemaObject *old = change->old;

	if (old == NULL || change->new == NULL || change_goes_away(change) ||
		!kind_is(old, KIND_CONSTRAINT) || !prop_is(old, "type", "c"))
		return false;
	if (table_inherits_change(old, changes, false) != NULL)
		return true;
	return !prop_true(old, "_inherited") && table_inherits_change(change->new, changes,
																  true) != NULL;
}

static bool
constraint_is_created_with_table(const SchemaObject *constraint)
{
	return !index_waits_any(constraint);
}

/*
 * Do columns on both sides of the foreign key get other types?  After the first ALTER the types
 * would not match.
 */
static bool
foreign_key_breaks_by_retype(const SchemaObject *key, const Changes *changes)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, key->needs)
	{
		const SchemaObject *need = lfirst(lc);

		n += kind_is(need, KIND_COLUMN) && changes->of_old[need->number]->disturbs;
	}
	return n > 1;
}

static void
rename_constraint(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent,
				  Writer *w)
{
	SchemaStatement *statement = put_on(w, parent, LOCK_ACCESS_EXCLUSIVE, 0,
										"%s %s RENAME CONSTRAINT %s TO %s", alter_table(parent),
										parent->identity, quote_identifier(is->name),
										quote_identifier(other->name));

	/* the statement renames a CHECK in the children, too */
	if (prop_is(is, "type", "c") && !prop_true(is, "_no_inherit"))
		also_locks_below(statement, LOCK_ACCESS_EXCLUSIVE, parent);
}

/* "a, b" */
#define KEY_COLUMNS(table, numbers) \
	"(SELECT string_agg(quote_ident(ka.attname), ', ' ORDER BY k.n)" \
	" FROM unnest(" numbers ") WITH ORDINALITY AS k (number, n)" \
	" JOIN pg_attribute ka ON ka.attrelid = " table " AND ka.attnum = k.number)"

/* How pg_get_constraintdef() ends, from where the tablespace of the index would stand. */
#define TAIL_OF_KEY \
	"concat(' WHERE (' || pg_get_expr(i.indpred, i.indrelid) || ')'," \
	" CASE WHEN o.condeferrable THEN ' DEFERRABLE' END," \
	" CASE WHEN o.condeferred THEN ' INITIALLY DEFERRED' END)"

/* Constraints and foreign keys: where both are found, and the last of their properties. */
#define CONSTRAINT_SOURCE \
	.oid = "o.oid", \
	.parent = "o.conrelid", \
	.schema = "n.nspname::text", \
	.name = "o.conname::text", \
	.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(o.conname)", \
	.from = "pg_constraint o JOIN pg_class c ON c.oid = o.conrelid" \
	" JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" LEFT JOIN pg_class x ON x.oid = o.conindid AND o.contype IN ('p', 'u', 'x')" \
	" LEFT JOIN pg_index i ON i.indexrelid = x.oid" \
	" LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace AND x.reltablespace <> 0"
#define PROPS_OF_BOTH \
	{"_inherited", "(o.coninhcount > 0)::text", NOT_NULL}, \
	{"_local", "o.conislocal::text", NOT_NULL}, \
	{"_validated", "o.convalidated::text", NOT_NULL}, \
	{"_no_inherit", "o.connoinherit::text", NOT_NULL}, \
	{"_index", \
		"CASE WHEN x.oid IS NOT NULL THEN " QUALIFIED("n.nspname", "x.relname") " END", \
		MAY_BE_NULL \
	}, \
	{"_columns", "o.conkey::text", MAY_BE_NULL}, \
	{"_key", KEY_COLUMNS("o.conrelid", "o.conkey"), MAY_BE_NULL}, \
	{"_referenced_key", KEY_COLUMNS("o.confrelid", "o.confkey"), MAY_BE_NULL}, \
	{"_aliases", \
		"CASE WHEN x.oid IS NOT NULL THEN " ADDRESS("pg_class", "x.oid", "0") " END", MAY_BE_NULL \
	}

static const Property constraint_props[] = {
	{"type", "o.contype::text", NOT_NULL},
	{"definition", "pg_get_constraintdef(o.oid)", NOT_NULL, SQL_AFTER("ALTER TABLE t ADD ")},
	{"index_options", "array_to_string(x.reloptions, ', ')", MAY_BE_NULL},
	{"index_tablespace", "ts.spcname::text", MAY_BE_NULL},
	{"clustered", "i.indisclustered::text", MAY_BE_NULL},
	{"is_identity", "i.indisreplident::text", MAY_BE_NULL},
	{"index_comment", COMMENT_OF("x.oid", "pg_class"), MAY_BE_NULL},
	{"_usual",
		"CASE WHEN o.contype = 'p' AND x.relispartition THEN c.relname || '_pkey' ELSE "
		USUAL_INDEX_NAME("CASE o.contype WHEN 'u' THEN 'key' ELSE 'excl' END") " END",
		MAY_BE_NULL
	},
	{"_likeness", "CASE WHEN x.oid IS NOT NULL THEN " INDEX_LIKENESS " END", MAY_BE_NULL},
	{"_tail", "CASE WHEN x.oid IS NOT NULL THEN " TAIL_OF_KEY " END", MAY_BE_NULL},
	PROPS_OF_BOTH,
	{NULL}
};

const Kind	kind_constraint = {
	.name = "constraint",
	.source = {
		CONSTRAINT_SOURCE,
		.where = "o.contype IN ('p', 'u', 'c', 'x') AND c.relpersistence <> 't' AND " MANAGED,
	},
	.classid = ConstraintRelationId,
	.parent_classid = RelationRelationId,
	.props = constraint_props,
	.keyword = "CONSTRAINT",
	.ref = constraint_ref,
	.create = create_constraint,
	.drop = drop_constraint,
	.alter = alter_constraint,
	.alter_keeps_needs = true,
	.slots = constraint_slots,
	.same = constraint_same,
	.contypes = "pucx",
	.is_index = true,
	.is_inherited = true,
	.keeps_values = true,
	.stores_expression = true,
	.creates_alone = true,
	.drops_alone = true,
	.stays_inside = true,
	.created_with_parent = constraint_is_created_with_table,
	.is_evaluated = object_always,
	.breaks_by_retype = index_breaks_by_retype,
	.renamed_as = RENAMED_CONSTRAINT,
	.rename = rename_constraint,
};

/* ------------------------------------------------------------- foreign keys */

void
constraint_locks_tables(const Writer *w, SchemaStatement *statement, const char *mode,
						const SchemaObject *key)
{
	const SchemaObject *const tables[] = {
		snapshot_find(w->from, KIND_TABLE, key->parent->identity),
		snapshot_find(w->from, KIND_TABLE, prop(key, "_references"))
	};

	for (int i = 0; i < lengthof(tables); i++)
	{
		if (tables[i] == NULL)
			continue;
		if (statement->table == NULL || strcmp(statement->table, tables[i]->identity) != 0)
			also_locks(statement, mode, tables[i]->identity);
		if (is_partitioned(tables[i]))
			also_locks_below(statement, mode, tables[i]);
	}
}

/* A partition's copy of a foreign key is created with the partitioned table's key. */
static void
create_foreign_key(const Change *change, Writer *w)
{
	const SchemaObject *key = change->new;
	const SchemaObject *table = key->parent;
	SchemaStatement *statement;

	if (prop_true(key, "_inherited"))
		return;
	statement = put_on(w, table, LOCK_SHARE_ROW_EXCLUSIVE,
					   prop_true(key, "_validated") ? HAZARD_SCAN | HAZARD_MAY_FAIL : 0,
					   "%s %s ADD CONSTRAINT %s %s", alter_table(table), table->identity,
					   quote_identifier(key->name),
					   prop(key, "definition"));
	statement->kind = STATEMENT_CONSTRAINT;
	statement->name = key->name;
	constraint_locks_tables(w, statement, LOCK_SHARE_ROW_EXCLUSIVE, key);
	also_locks_joined(w, statement, LOCK_SHARE_ROW_EXCLUSIVE,
					  statement->hazards & (HAZARD_SCAN | HAZARD_MAY_FAIL), table);
	also_locks_joined(w, statement, LOCK_SHARE_ROW_EXCLUSIVE, 0,
					  snapshot_find(w->to, KIND_TABLE, prop(key, "_references")));
	if (prop_true(key, "_validated") && keeps_types(key, w))
		rows_without(statement, key);
}

static void
drop_foreign_key(const Change *change, Writer *w)
{
	const SchemaObject *table = change->old->parent;
	SchemaStatement *statement;

	if (table_inherits_change(change->old, w->changes, false))
		return;
	statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s DROP CONSTRAINT %s",
					   alter_table(table), table->identity,
					   quote_identifier(change->old->name));
	constraint_locks_tables(w, statement, LOCK_ACCESS_EXCLUSIVE, change->old);
}

/* The definition without the clauses that statements can change. */
static char *
fixed_part(const char *definition)
{
	char	   *result = pstrdup(definition);
	static const char *const tails[] = {" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"};

	for (int i = 0; i < lengthof(tails); i++)
	{
		size_t		len = strlen(result);
		size_t		tail = strlen(tails[i]);

		if (len > tail && strcmp(result + len - tail, tails[i]) == 0)
			result[len - tail] = '\0';
	}
	return result;
}

static bool
alter_foreign_key(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const SchemaObject *table = new->parent;
	const char *name = quote_identifier(new->name);

	if (!prop_same(old, new, "definition", fixed_part(prop(old, "definition")),
				   fixed_part(prop(new, "definition"))) ||
		(!prop_true(new, "_validated") && prop_true(old, "_validated")))
		return false;
	if (prop_true(new, "_inherited"))
		return true;
	if (prop_differs(change, "_deferrable") || prop_differs(change, "_deferred"))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s ALTER CONSTRAINT %s %s",
			   alter_table(table), table->identity, name,
			   !prop_true(new, "_deferrable") ? "NOT DEFERRABLE" :
			   prop_true(new, "_deferred") ? "DEFERRABLE INITIALLY DEFERRED"
			   : "DEFERRABLE INITIALLY IMMEDIATE");
	if (!prop_true(old, "_validated") && prop_true(new, "_validated"))
		validate(new, w);
	return true;
}

static const Property foreign_key_props[] = {
	{"type", "o.contype::text", NOT_NULL},
	{"definition", "pg_get_constraintdef(o.oid)", NOT_NULL, SQL_AFTER("ALTER TABLE t ADD ")},
	{"_references",
		"(SELECT " QUALIFIED("rn.nspname", "r.relname") " FROM pg_class r"
		" JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = o.confrelid)", NOT_NULL
	},
	{"_deferrable", "o.condeferrable::text", NOT_NULL},
	{"_deferred", "o.condeferred::text", NOT_NULL},
	PROPS_OF_BOTH,
	{NULL}
};

const Kind	kind_foreign_key = {
	.name = "foreign key",
	.source = {
		CONSTRAINT_SOURCE,

		/*
		 * without the entries that a key has for each partition of the table
		 * that it references: they are on the same referencing table
		 */
		.where = "o.contype IN ('f') AND c.relpersistence <> 't' AND " MANAGED
		" AND (o.conparentid = 0 OR o.conrelid <> (SELECT p.conrelid FROM pg_constraint p"
		" WHERE p.oid = o.conparentid))",
	},
	.classid = ConstraintRelationId,
	.parent_classid = RelationRelationId,
	.props = foreign_key_props,
	.keyword = "CONSTRAINT",
	.ref = constraint_ref,
	.create = create_foreign_key,
	.drop = drop_foreign_key,
	.alter = alter_foreign_key,
	.alter_keeps_needs = true,
	.slots = constraint_slots,
	.contypes = "f",
	.is_inherited = true,
	.references_rows = true,
	.creates_alone = true,
	.drops_alone = true,
	.after_rows = AFTER_ROWS_BEFORE_CLEANUP,
	.breaks_by_retype = foreign_key_breaks_by_retype,
	.renamed_as = RENAMED_CONSTRAINT,
	.rename = rename_constraint,
};
