/*
 * renames.c
 *		Carries out renames in a copy of the live schema before the comparison.
 *
 * Views, expressions, keys and function bodies mention the name of a renamed object, and PostgreSQL
 * changes the name in all of them.  So the live schema is copied into a shadow, ALTER ... RENAME
 * runs there, and the result is compared with the model.  Objects that PostgreSQL has named after a
 * table or column itself (users_pkey, users_id_seq) are renamed with it.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "author/renames.h"
#include "diff/run_tables.h"
#include "errors.h"
#include "kinds/kinds.h"

#include "miscadmin.h"
#include "utils/builtins.h"

/* An object of the live schema, and the object of the model that it becomes. */
typedef struct Pair
{
	const SchemaObject *old;
	const SchemaObject *new;
	const char *old_label;		/* if a value of the enum is renamed: a quoted
								 * literal; otherwise NULL */
	const char *new_label;
} Pair;

typedef struct Renaming
{
	const SchemaSnapshot *live;
	const SchemaSnapshot *wanted;
	const List *renames;		/* Rename *: all that the user asked for */
	List	   *pairs;			/* Pair *, in the order in which they are
								 * found */
	bool		done;			/* the live schema has the rename that was
								 * looked for last */
} Renaming;

/* Is the object's name unique within its parent, and not within its schema? */
static bool
is_part(const SchemaObject *object)
{
	return object->parent != NULL && (object->kind->names & NAME_OF_RELATION) == 0;
}

/* Do the first n names denote the object: "schema.table.column", or without the schema? */
static bool
is_named(const SchemaObject *object, const List *names, int n)
{
	const char *path[3];
	int			len = 0;

	if (object->schema != NULL)
		path[len++] = object->schema;
	if (is_part(object))
		path[len++] = object->parent->name;
	path[len++] = object->name;
	if (n != len && n != len - 1)
		return false;
	for (int i = 0; i < n; i++)
		if (strcmp(list_nth(names, i), path[len - n + i]) != 0)
			return false;
	return true;
}

/* The live object that becomes the new one, as far as the pairs found so far tell; or NULL. */
static const SchemaObject *
old_of(const Renaming *r, const SchemaObject *new)
{
	ListCell   *lc;

	foreach(lc, r->pairs)
	{
		const Pair *pair = lfirst(lc);

		if (pair->new == new && pair->old_label == NULL)
			return pair->old;
	}
	return snapshot_find(r->live, kind_number(new->kind), new->identity);
}

/* The live object of this name and the new object's kind, in the place of the new object. */
static const SchemaObject *
find_beside(const Renaming *r, const SchemaObject *new, const char *name)
{
	const SchemaObject *parent = is_part(new) ? old_of(r, new->parent) : NULL;
	ListCell   *lc;

	if (is_part(new))
	{
		if (parent != NULL)
		{
			foreach(lc, parent->parts)
			{
				const SchemaObject *part = lfirst(lc);

				if (part->kind == new->kind && strcmp(part->name, name) == 0)
					return part;
			}
		}
		return NULL;
	}
	for (int i = 0; i < r->live->nobjects; i++)
	{
		const SchemaObject *object = r->live->objects[i];

		if (object->kind == new->kind && strcmp(object->name, name) == 0 &&
			!texts_differ(object->schema, new->schema))
			return object;
	}
	return NULL;
}

static void
add_pair(Renaming *r, const SchemaObject *old, const SchemaObject *new)
{
	Pair	   *pair = palloc0(sizeof(Pair));

	pair->old = old;
	pair->new = new;
	r->pairs = lappend(r->pairs, pair);
}

/* Is the qualifier of the old name the schema, or the old or new name of the parent? */
static bool
fits_qualifier(const SchemaObject *old, const SchemaObject *new, const List *names)
{
	const char *qualifier;

	if (list_length(names) < 2)
		return true;
	qualifier = list_nth(names, list_length(names) - 2);
	if (is_part(old))
		return strcmp(qualifier, old->parent->name) == 0 ||
			strcmp(qualifier, new->parent->name) == 0;
	return old->schema == NULL || strcmp(qualifier, old->schema) == 0;
}

/*
 * Does the live schema have an object or an enum value of this name in the place of the new one?  A
 * rename has to wait until its new name is free.
 */
typedef bool (*NameIsThere) (const Renaming *r, const SchemaObject *new, const char *name);

static bool
object_is_there(const Renaming *r, const SchemaObject *new, const char *name)
{
	return find_beside(r, new, name) != NULL;
}

static bool
label_is_there(const Renaming *r, const SchemaObject *new, const char *name)
{
	const SchemaObject *old = old_of(r, new);

	return old != NULL && enum_has_label(old, name);
}

/* The rename that frees this name, in the same place as the rename like; or NULL. */
static const Rename *
rename_from(const Renaming *r, const Rename *like, const char *name)
{
	ListCell   *lc;

	foreach(lc, r->renames)
	{
		const Rename *rename = lfirst(lc);
		int			n = list_length(rename->new) - 1;
		bool		beside = n == list_length(like->new) - 1;

		for (int i = 0; i < n && beside; i++)
			beside = strcmp(list_nth(rename->new, i), list_nth(like->new, i)) == 0;
		if (beside && (rename->as & like->as) != 0 && strcmp(llast(rename->old), name) == 0)
			return rename;
	}
	return NULL;
}

/* Two comments exchange two names.  They say the same before and after the exchange. */
static void
raise_ambiguous(const Rename *rename)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_BAD_SCRIPT),
			 errmsg("names change places, line %d of the model: %s", rename->line, rename->said),
			 errdetail("All the names are there before and afterwards, so that comments cannot tell whether it is done."),
			 errhint("Take the comments out, and say it once by the argument: renames => '{t.a=t.b,t.b=t.a}'.")));
}

/*
 * The live schema has the new name.  Was the rename done before, or does the name belong to an
 * object that another rename moves away first?  Follow these renames to the last one: all of them
 * are done if the last one is.  If the renames form a cycle, they are not done: only the argument,
 * which is given once, may ask for a cycle.
 */
static bool
is_done(const Renaming *r, const Rename *rename, const SchemaObject *new, NameIsThere is_there)
{
	const Rename *last = rename;

	for (int i = 0; is_there(r, new, llast(last->new)); i++)
	{
		last = rename_from(r, rename, llast(last->new));
		if (last == NULL || i > list_length(r->renames))
			return true;
		if (last == rename)
		{
			if (rename->line > 0)
				raise_ambiguous(rename);
			return false;
		}
	}
	return last != rename && !is_there(r, new, llast(rename->old));
}

static bool
rename_label(Renaming *r, const Rename *rename, const SchemaObject *new)
{
	int			n = list_length(rename->new);
	const SchemaObject *old;
	Pair	   *pair;

	if (n < 2 || !is_named(new, rename->new, n - 1) ||
		!enum_has_label(new, llast(rename->new)) || (old = old_of(r, new)) == NULL)
		return false;
	if (enum_has_label(old, llast(rename->new)) && is_done(r, rename, new, label_is_there))
	{
		r->done = true;
		return false;
	}
	if (!enum_has_label(old, llast(rename->old)))
		return false;
	add_pair(r, old, new);
	pair = llast(r->pairs);
	pair->old_label = literal(llast(rename->old));
	pair->new_label = literal(llast(rename->new));
	return true;
}

static bool
rename_object(Renaming *r, const Rename *rename, const SchemaObject *new)
{
	const SchemaObject *old;

	if (!is_named(new, rename->new, list_length(rename->new)))
		return false;
	if (find_beside(r, new, new->name) != NULL && is_done(r, rename, new, object_is_there))
	{
		r->done = true;
		return false;
	}
	old = find_beside(r, new, llast(rename->old));
	if (old == NULL || !fits_qualifier(old, new, rename->old))
		return false;
	add_pair(r, old, new);
	return true;
}

/* Find the objects of a rename among the parts of other objects, or among all other objects. */
static bool
find_pair(Renaming *r, const Rename *rename, bool parts)
{
	for (int i = 0; i < r->wanted->nobjects; i++)
	{
		const SchemaObject *new = r->wanted->objects[i];

		CHECK_FOR_INTERRUPTS();
		if ((rename->as & new->kind->renamed_as) == 0)
			continue;
		if (is_part(new) == parts && rename_object(r, rename, new))
			return true;
		if (parts && new->kind->renamed_as == RENAMED_ENUM && rename_label(r, rename, new))
			return true;
	}
	return false;
}

/* ---------------------------------------------------- names made from names */

/*
 * The new name of an object that PostgreSQL has named after a table and its columns, such as
 * users_phone_key.  NULL if the name is not of that form.
 */
static char *
derived_name(const Renaming *r, const SchemaObject *table, const SchemaObject *new_table,
			 const char *name)
{
	size_t		len = strlen(table->name);
	const char *rest = name + len;
	ListCell   *lc;

	if (strncmp(name, table->name, len) != 0 || *rest != '_')
		return NULL;
	foreach(lc, r->pairs)
	{
		const Pair *pair = lfirst(lc);
		size_t		column_len = strlen(pair->old->name);

		if (pair->old->kind->field == FIELD_OF_ROW && pair->old->parent == table &&
			strncmp(rest + 1, pair->old->name, column_len) == 0 && rest[1 + column_len] == '_')
			return psprintf("%s_%s%s", new_table->name, pair->new->name, rest + 1 + column_len);
	}
	return psprintf("%s%s", new_table->name, rest);
}

static void
follow(Renaming *r, const SchemaObject *old, const SchemaObject *table,
	   const SchemaObject *new_table)
{
	char	   *name = derived_name(r, table, new_table, old->name);
	const SchemaObject *wanted = NULL;

	if (name == NULL || strcmp(name, old->name) == 0)
		return;
	for (int i = 0; i < r->wanted->nobjects; i++)
	{
		const SchemaObject *new = r->wanted->objects[i];

		if (new->kind != old->kind || (is_part(new) && new->parent != new_table))
			continue;
		if (!is_part(new) && texts_differ(new->schema, old->schema))
			continue;
		/* the model has the object by its old name */
		if (strcmp(new->name, old->name) == 0)
			return;
		if (strcmp(new->name, name) == 0)
			wanted = new;
	}
	if (wanted != NULL && find_beside(r, wanted, name) == NULL && old_of(r, wanted) == NULL)
		add_pair(r, old, wanted);
}

static int
compare_objects(const ListCell *a, const ListCell *b)
{
	const SchemaObject *oa = lfirst(a);
	const SchemaObject *ob = lfirst(b);

	if (oa->kind != ob->kind)
		return (int) kind_number(oa->kind) - (int) kind_number(ob->kind);
	return strcmp(oa->identity, ob->identity);
}

/* Rename what is named after the table, in an order that does not depend on OIDs. */
static void
follow_table(Renaming *r, const SchemaObject *table, const SchemaObject *new_table)
{
	List	   *followers = NIL;
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part->kind->is_index || part->kind->renamed_as == RENAMED_CONSTRAINT)
			followers = lappend(followers, lfirst(lc));
	}
	for (int i = 0; i < r->live->nobjects; i++)
	{
		const SchemaObject *column = sequence_owned_by(r->live->objects[i]);

		if (column != NULL && column->parent == table)
			followers = lappend(followers, r->live->objects[i]);
	}
	list_sort(followers, compare_objects);
	foreach(lc, followers)
	{
		follow(r, lfirst(lc), table, new_table);
	}
}

static void
follow_all(Renaming *r)
{
	List	   *done = NIL;
	ListCell   *lc;

	foreach(lc, list_copy(r->pairs))
	{
		const Pair *pair = lfirst(lc);
		const SchemaObject *old =
		pair->old->kind->field == FIELD_OF_ROW ? pair->old->parent : pair->old;
		const SchemaObject *new =
		pair->new->kind->field == FIELD_OF_ROW ? pair->new->parent : pair->new;

		if (!kind_is(old, KIND_TABLE) || list_member_ptr(done, old))
			continue;
		done = lappend(done, unconstify(SchemaObject *, old));
		follow_table(r, old, new);
	}
}

/* --------------------------------------------------------------------- order */

/* Does the first pair free the name that the second pair's object gets? */
static bool
has_to_go_first(const Pair *first, const Pair *second)
{
	if ((first->old_label == NULL) != (second->old_label == NULL) ||
		is_part(first->old) != is_part(second->old))
		return false;
	if (first->old_label != NULL)
		return first->new == second->new && strcmp(first->old_label, second->new_label) == 0;
	if (is_part(first->old) && (first->new->parent != second->new->parent ||
								first->new->kind != second->new->kind))
		return false;
	return !texts_differ(first->new->schema, second->new->schema) &&
		strcmp(first->old->name, second->new->name) == 0;
}

static const Pair *
find_first(const List *pairs, const Pair *second)
{
	ListCell   *lc;

	foreach(lc, pairs)
	{
		if (lfirst(lc) != second && has_to_go_first(lfirst(lc), second))
			return lfirst(lc);
	}
	return NULL;
}

/* A name that nothing beside the object has. */
static char *
free_name(const Renaming *r, const SchemaObject *new, NameIsThere is_there)
{
	char	   *name = "aside";

	for (int i = 1; is_there(r, new, name); i++)
		name = psprintf("aside%d", i);
	return name;
}

/* The object under an unused name, which it has until its new name is free. */
static SchemaObject *
object_aside(const Renaming *r, const SchemaObject *new)
{
	SchemaObject *aside = palloc(sizeof(SchemaObject));
	size_t		len;

	*aside = *new;
	if (is_part(new))
	{
		aside->name = free_name(r, new, object_is_there);
		aside->identity = psprintf("%s.%s", new->parent->identity, quote_identifier(aside->name));
		return aside;
	}
	/* a function's arguments come after the name */
	len = strlen(quote_qualified_identifier(new->schema, new->name));
	aside->name = object_aside_name(new, r->live, r->wanted);
	aside->identity = psprintf("%s%s", quote_qualified_identifier(new->schema, aside->name),
							   new->identity + len);
	return aside;
}

/*
 * Split a rename that is part of a cycle in two.  The first, which is returned, gives the object an
 * unused name; the pair is left with the second, from there to the new name.
 */
static Pair *
split_pair(const Renaming *r, Pair *pair)
{
	Pair	   *away = palloc(sizeof(Pair));

	*away = *pair;
	if (pair->old_label != NULL)
		pair->old_label = away->new_label = literal(free_name(r, pair->new, label_is_there));
	else
		pair->old = away->new = object_aside(r, pair->new);
	return away;
}

/* The pairs in an order in which each new name is free by then. */
static List *
order_pairs(const Renaming *r)
{
	List	   *left = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, r->pairs)
	{
		Pair	   *copy = palloc(sizeof(Pair));

		*copy = *(Pair *) lfirst(lc);
		left = lappend(left, copy);
	}
	while (left != NIL)
	{
		Pair	   *next = NULL;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, left)
		{
			if (next == NULL && find_first(left, lfirst(lc)) == NULL)
				next = lfirst(lc);
		}
		if (next != NULL)
			left = list_delete_ptr(left, next);
		else
			next = split_pair(r, linitial(left));
		result = lappend(result, next);
	}
	return result;
}

/* ---------------------------------------------------------------- statements */

/* The ALTER ... RENAME.  The parent has its new name in both directions. */
static void
write_rename(Writer *w, const Pair *pair, Direction direction)
{
	bool		up = direction == DIRECTION_UP;
	const SchemaObject *is = up ? pair->old : pair->new;
	const SchemaObject *other = up ? pair->new : pair->old;

	if (pair->old_label != NULL)
		put(w, "ALTER TYPE %s RENAME VALUE %s TO %s", pair->new->identity,
			up ? pair->old_label : pair->new_label,
			up ? pair->new_label : pair->old_label);
	else if (is->kind->rename != NULL)
		is->kind->rename(is, other, pair->new->parent, w);
	else
		put(w, "ALTER %s RENAME TO %s", object_ref(is), quote_identifier(other->name));
}

static SchemaChange *
make_change(const Pair *pair, Direction direction)
{
	const SchemaObject *is = direction == DIRECTION_UP ? pair->old : pair->new;
	SchemaChange *change = palloc0(sizeof(SchemaChange));
	Writer		w = {0};

	write_rename(&w, pair, direction);
	change->action = CHANGE_RENAME;
	change->kind = is->kind;
	change->identity = is->identity;
	change->statements = w.statements;
	return change;
}

/* ------------------------------------------------------------------ carried out */

static char *
join_names(const List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
	{
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? "." : "", quote_identifier(lfirst(lc)));
	}
	return buf.data;
}

static void
raise_unknown(const Rename *rename)
{
	ereport(ERROR,
			(errcode(rename->line > 0 ? ERRCODE_MG_BAD_SCRIPT : ERRCODE_INVALID_PARAMETER_VALUE),
			 rename->line > 0 ? errmsg("there is nothing to rename, line %d of the model: %s",
									   rename->line, rename->said)
			 : errmsg("there is nothing to rename: %s", rename->said),
			 errdetail("Either the schema has no %s, or the model no %s of the same kind in the same place.",
					   join_names(rename->old), join_names(rename->new)),
			 errhint("Name what is there and what the model has; take it out if it was never so.")));
}

static void
find_pairs(Renaming *r)
{
	List	   *left = NIL;
	ListCell   *lc;

	/* first tables, then columns, which are found by the new names of tables */
	foreach(lc, r->renames)
	{
		r->done = false;
		if (!find_pair(r, lfirst(lc), false) && !r->done)
			left = lappend(left, lfirst(lc));
	}
	foreach(lc, left)
	{
		r->done = false;
		if (!find_pair(r, lfirst(lc), true) && !r->done)
			raise_unknown(lfirst(lc));
	}
	follow_all(r);
}

typedef struct ApplyArgs
{
	const SchemaSnapshot *live;
	const List *pairs;
	Renamed    *renamed;
} ApplyArgs;

/* The object that the live one has become in the renamed schema, or NULL. */
static const SchemaObject *
renamed_object(const List *pairs, const SchemaSnapshot *renamed, const SchemaObject *live)
{
	const SchemaObject *parent =
	live->parent != NULL ? renamed_object(pairs, renamed, live->parent) : NULL;
	ListCell   *lc;

	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);

		if (pair->old == live && pair->old_label == NULL)
			return snapshot_find(renamed, kind_number(live->kind), pair->new->identity);
	}
	if (parent != NULL)
	{
		foreach(lc, parent->parts)
		{
			const SchemaObject *part = lfirst(lc);

			if (part->kind == live->kind && !texts_differ(part->name, live->name))
				return part;
		}
	}
	return snapshot_find(renamed, kind_number(live->kind), live->identity);
}

/* Let the objects outside of the managed schemas depend on the renamed objects. */
static SchemaSnapshot *
follow_dependents(const ApplyArgs *args, SchemaSnapshot *renamed)
{
	ListCell   *lc;

	foreach(lc, args->live->dependents)
	{
		Dependent  *dependent = palloc(sizeof(Dependent));

		CHECK_FOR_INTERRUPTS();
		*dependent = *(const Dependent *) lfirst(lc);
		dependent->on = renamed_object(args->pairs, renamed, dependent->on);
		if (dependent->on != NULL)
			renamed->dependents = lappend(renamed->dependents, dependent);
	}
	return renamed;
}

/*
 * A copy of an INVALID index is valid.  Mark it INVALID like its original, so that the comparison
 * rebuilds it.
 */
static void
follow_invalid_indexes(const ApplyArgs *args, SchemaSnapshot *renamed)
{
	for (int i = 0; i < args->live->nobjects; i++)
	{
		const SchemaObject *index;

		CHECK_FOR_INTERRUPTS();
		if (!index_is_invalid(args->live->objects[i]))
			continue;
		index = renamed_object(args->pairs, renamed, args->live->objects[i]);
		if (index != NULL)
			index_set_invalid(unconstify(SchemaObject *, index));
	}
}

/* The copy is of bare tables, without what extensions run by themselves. */
static void
follow_run_tables(const SchemaSnapshot *live, SchemaSnapshot *renamed)
{
	run_tables_require_names(live, renamed);
	renamed->run_tables = live->run_tables;
	renamed->run_kept = live->run_kept;
	for (int i = 0; i < live->nobjects; i++)
	{
		SchemaObject *table;

		CHECK_FOR_INTERRUPTS();
		if (!live->objects[i]->has_run_children)
			continue;
		table = snapshot_find_same(renamed, live->objects[i]);
		if (table != NULL)
			table->has_run_children = true;
	}
}

/* Whose a trigger is has been found out already. */
static void
follow_triggers(const ApplyArgs *args, SchemaSnapshot *renamed)
{
	for (int i = 0; i < args->live->nobjects; i++)
	{
		const SchemaObject *trigger = args->live->objects[i];
		const SchemaObject *copy;

		CHECK_FOR_INTERRUPTS();
		if (!kind_is(trigger, KIND_TRIGGER))
			continue;
		copy = renamed_object(args->pairs, renamed, trigger);
		if (copy != NULL)
			unconstify(SchemaObject *, copy)->perhaps_of = trigger->perhaps_of;
	}
}

static void
apply(Shadow *shadow, void *arg)
{
	ApplyArgs  *args = arg;
	SchemaDiff	renames = {.changes = args->renamed->up};
	SchemaSnapshot *renamed;

	autogenerate_copy(shadow, args->live, schema_diff_sql(&renames));
	renamed = follow_dependents(args, snapshot_take(&args->live->managed, shadow));
	follow_invalid_indexes(args, renamed);
	follow_triggers(args, renamed);
	follow_run_tables(args->live, renamed);
	args->renamed->snapshot = renamed;
}

Renamed *
rename_apply(const List *renames, const SchemaSnapshot *live, const SchemaSnapshot *wanted)
{
	Renamed    *renamed = palloc0(sizeof(Renamed));
	Renaming	r = {.live = live,.wanted = wanted,.renames = renames};
	ApplyArgs	args = {.live = live,.renamed = renamed};
	ListCell   *lc;

	find_pairs(&r);
	args.pairs = r.pairs;
	renamed->snapshot = live;
	foreach(lc, order_pairs(&r))
	{
		renamed->up = lappend(renamed->up, make_change(lfirst(lc), DIRECTION_UP));
		renamed->down = lcons(make_change(lfirst(lc), DIRECTION_DOWN), renamed->down);
	}
	if (r.pairs != NIL)
		snapshot_run_copy(live, apply, &args);
	return renamed;
}

SchemaDiff *
diff_with_renames(const Renamed *renamed, SchemaDiff *diff)
{
	diff->changes = list_concat(list_copy(renamed->up), diff->changes);
	return diff;
}
