/*
 * prints.c
 *		Compares two states of a schema by the objects that have changed.
 *
 * An object is printed as a text of all that a comparison looks at.  The texts are kept by the
 * address of the object's row, so that the texts of changed rows can be found.
 */
#include "postgres.h"

#include "snapshot/snapshot_private.h"
#include "snapshot/prints.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

struct PrintedState
{
	const Managed *managed;
	const Shadow *shadow;
	MemoryContext context;
	HTAB	   *entries;		/* Entry */
};

typedef struct Entry
{
	ChangedAddress address;		/* hash key */
	List	   *texts;			/* char * */
} Entry;

/* ------------------------------------------------------------------- reading */

static Print *
print_object(const SchemaObject *object)
{
	Print	   *print = palloc0(sizeof(Print));
	StringInfoData buf;

	initStringInfo(&buf);
	object_print(object, &buf);
	print->text = buf.data;
	/* that a table is a partition is an object of its own, of the same table */
	print->address.classid =
		object->classid == InheritsRelationId ? RelationRelationId : object->classid;
	print->address.objid = object->objid;
	return print;
}

static List *
read_all(const PrintedState *state)
{
	SchemaSnapshot *snapshot = snapshot_take(state->managed, state->shadow);
	List	   *list = NIL;

	for (int i = 0; i < snapshot->nobjects; i++)
		list = lappend(list, print_object(snapshot->objects[i]));
	return list;
}

/* The objects to be read, by kind. */
typedef struct Wanted
{
	List	   *oids[NKINDS];
} Wanted;

static void
want(Wanted *wanted, int kind, Oid oid)
{
	wanted->oids[kind] = lappend_oid(wanted->oids[kind], oid);
}

/* Has the kind objects that are, or belong to, something that has this letter in its catalog? */
static bool
has_letter(const char *letters, char letter)
{
	return letters != NULL && letter != '\0' && strchr(letters, letter) != NULL;
}

static void
want_relation(Wanted *wanted, Oid oid)
{
	char		relkind = get_rel_relkind(oid);
	bool		is_child = has_superclass(oid);

	for (int i = 0; i < NKINDS; i++)
	{
		if (kinds[i] != NULL && has_letter(kinds[i]->relkinds, relkind) &&
			(kinds[i]->link == LINK_OF_NOTHING || is_child))
			want(wanted, i, oid);
	}
}

static void
want_type(Wanted *wanted, Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(oid));
	Form_pg_type type;

	if (!HeapTupleIsValid(tuple))
		return;
	type = (Form_pg_type) GETSTRUCT(tuple);
	/* neither the row type of a table nor the array of a type is an object */
	if (OidIsValid(type->typrelid) ? get_rel_relkind(type->typrelid) == RELKIND_COMPOSITE_TYPE :
		type->typtype == TYPTYPE_DOMAIN || !OidIsValid(get_element_type(oid)))
	{
		for (int i = 0; i < NKINDS; i++)
		{
			if (kinds[i] != NULL && has_letter(kinds[i]->typtypes, type->typtype))
				want(wanted, i, oid);
		}
	}
	ReleaseSysCache(tuple);
}

static void
want_constraint(Wanted *wanted, Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	Form_pg_constraint constraint;
	Oid			parent_classid;

	if (!HeapTupleIsValid(tuple))
		return;
	constraint = (Form_pg_constraint) GETSTRUCT(tuple);
	parent_classid = OidIsValid(constraint->contypid) ? TypeRelationId : RelationRelationId;
	for (int i = 0; i < NKINDS; i++)
	{
		if (kinds[i] != NULL && kinds[i]->parent_classid == parent_classid &&
			has_letter(kinds[i]->contypes, constraint->contype))
			want(wanted, i, oid);
	}
	ReleaseSysCache(tuple);
}

/* Ask only for the kinds that the changed row can belong to: every kind costs a query. */
static void
want_object(Wanted *wanted, const ChangedAddress *address)
{
	if (address->classid == RelationRelationId)
		want_relation(wanted, address->objid);
	else if (address->classid == TypeRelationId)
		want_type(wanted, address->objid);
	else if (address->classid == ConstraintRelationId)
		want_constraint(wanted, address->objid);
	else
	{
		for (int kind = 0; kind < NKINDS; kind++)
			if (kinds[kind] != NULL && kinds[kind]->classid == address->classid &&
				(!kinds[kind]->superuser_only || superuser()))
				want(wanted, kind, address->objid);
	}
}

static Datum
oid_array(List *oids)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(oids), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, oids)
	{
		values[n++] = ObjectIdGetDatum(lfirst_oid(lc));
	}
	return PointerGetDatum(construct_array(values, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
}

static List *
read_some(const PrintedState *state, const Changed *of)
{
	Wanted		wanted = {0};
	Datum		oids[NKINDS] = {0};
	List	   *list = NIL;
	bool		any = false;
	HASH_SEQ_STATUS status;
	ChangedAddress *address;
	ListCell   *lc;

	hash_seq_init(&status, of->addresses);
	while ((address = hash_seq_search(&status)) != NULL)
		want_object(&wanted, address);
	for (int kind = 0; kind < NKINDS; kind++)
	{
		if (wanted.oids[kind] == NIL || kinds[kind] == NULL)
			continue;
		oids[kind] = oid_array(wanted.oids[kind]);
		any = true;
	}
	if (!any)
		return NIL;
	foreach(lc, snapshot_read_objects(state->managed, state->shadow, oids))
	{
		list = lappend(list, print_object(lfirst(lc)));
	}
	return list;
}

static Prints *
make_prints(const Changed *of, List *list)
{
	Prints	   *prints = palloc0(sizeof(Prints));

	prints->of = of;
	prints->list = list;
	return prints;
}

Prints *
prints_read(const PrintedState *state, const Changed *of)
{
	return make_prints(of, of->everything ? read_all(state) : read_some(state, of));
}

/* ------------------------------------------------------------------- the state */

static bool
is_of(const Changed *of, const ChangedAddress *address)
{
	return of->everything || hash_search(of->addresses, address, HASH_FIND, NULL) != NULL;
}

static void
keep(PrintedState *state, const Print *print)
{
	bool		found;
	Entry	   *entry = hash_search(state->entries, &print->address, HASH_ENTER, &found);
	MemoryContext old = MemoryContextSwitchTo(state->context);

	if (!found)
		entry->texts = NIL;
	entry->texts = lappend(entry->texts, pstrdup(print->text));
	MemoryContextSwitchTo(old);
}

static void
forget(PrintedState *state, Entry *entry)
{
	list_free_deep(entry->texts);
	(void) hash_search(state->entries, &entry->address, HASH_REMOVE, NULL);
}

PrintedState *
prints_begin(const Managed *managed, const Shadow *shadow)
{
	PrintedState *state = palloc0(sizeof(PrintedState));
	HASHCTL		ctl =
	{.keysize = sizeof(ChangedAddress),.entrysize = sizeof(Entry),.hcxt = CurrentMemoryContext};
	ListCell   *lc;

	state->managed = managed;
	state->shadow = shadow;
	state->context = CurrentMemoryContext;
	state->entries = hash_create("migrate_ext printed objects", 1024, &ctl,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	foreach(lc, read_all(state))
	{
		keep(state, lfirst(lc));
	}
	return state;
}

void
prints_apply(PrintedState *state, const Prints *later)
{
	HASH_SEQ_STATUS status;
	ListCell   *lc;

	if (later->of->everything)
	{
		Entry	   *entry;

		hash_seq_init(&status, state->entries);
		while ((entry = hash_seq_search(&status)) != NULL)
			forget(state, entry);
	}
	else
	{
		ChangedAddress *address;

		hash_seq_init(&status, later->of->addresses);
		while ((address = hash_seq_search(&status)) != NULL)
		{
			Entry	   *entry = hash_search(state->entries, address, HASH_FIND, NULL);

			if (entry != NULL)
				forget(state, entry);
		}
	}
	foreach(lc, later->list)
	{
		keep(state, lfirst(lc));
	}
}

static List *
add_entry(List *list, const Entry *entry, const Prints *later)
{
	ListCell   *lc;

	if (later != NULL && is_of(later->of, &entry->address))
		return list;
	foreach(lc, entry->texts)
	{
		Print	   *print = palloc0(sizeof(Print));

		print->address = entry->address;
		print->text = lfirst(lc);
		list = lappend(list, print);
	}
	return list;
}

Prints *
prints_recall(const PrintedState *state, const Prints *later, const Changed *of)
{
	List	   *list = NIL;
	HASH_SEQ_STATUS status;
	ListCell   *lc;

	if (of->everything)
	{
		Entry	   *entry;

		hash_seq_init(&status, state->entries);
		while ((entry = hash_seq_search(&status)) != NULL)
			list = add_entry(list, entry, later);
	}
	else
	{
		ChangedAddress *address;

		hash_seq_init(&status, of->addresses);
		while ((address = hash_seq_search(&status)) != NULL)
		{
			Entry	   *entry = hash_search(state->entries, address, HASH_FIND, NULL);

			if (entry != NULL)
				list = add_entry(list, entry, later);
		}
	}
	if (later != NULL)
	{
		foreach(lc, later->list)
		{
			if (is_of(of, &((Print *) lfirst(lc))->address))
				list = lappend(list, lfirst(lc));
		}
	}
	return make_prints(of, list);
}

static int
compare_texts(const ListCell *a, const ListCell *b)
{
	return strcmp(((Print *) lfirst(a))->text, ((Print *) lfirst(b))->text);
}

bool
prints_equal(const Prints *a, const Prints *b)
{
	List	   *x = list_copy(a->list);
	List	   *y = list_copy(b->list);
	ListCell   *lx;
	ListCell   *ly;

	if (list_length(x) != list_length(y))
		return false;
	list_sort(x, compare_texts);
	list_sort(y, compare_texts);
	forboth(lx, x, ly, y)
	{
		if (strcmp(((Print *) lfirst(lx))->text, ((Print *) lfirst(ly))->text) != 0)
			return false;
	}
	return true;
}
