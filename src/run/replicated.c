/*
 * replicated.c
 *		Says which tables that a revision is going to change are replicated logically.
 *
 * DDL is not replicated: whoever deploys here has to deploy at the other end as well, and in the
 * right order.  The tables are those that ALTER, RENAME, DROP and TRUNCATE name, found with the
 * search_path of the session.  It is a word of advice, so what it does not find is no error.
 */
#include "postgres.h"

#include "compat.h"
#include "run/online_private.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

static bool
has_rows(Oid catalog)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	bool		result = HeapTupleIsValid(systable_getnext(scan));

	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* The tables that the statements name and change, and their partitions: a list of Oid. */
static List *
changed_tables(const Script *script)
{
	List	   *tables = NIL;

	for (int i = 0; i < script->nstatements; i++)
	{
		Node	   *node = script->statements[i].raw->stmt;
		List	   *named;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (!IsA(node, AlterTableStmt) && !IsA(node, RenameStmt) && !IsA(node, DropStmt) &&
			!IsA(node, TruncateStmt) && !IsA(node, AlterObjectSchemaStmt))
			continue;
		(void) observe_named(node, &named);
		foreach(lc, named)
		{
			tables = list_concat_unique_oid(tables, find_all_inheritors(lfirst_oid(lc), NoLock,
																		NULL));
		}
	}
	return tables;
}

static Datum
oid_array(const List *oids)
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

/* In words, a line each: the tables, and by what they are replicated; NULL: none is. */
static char *
replicated_words(const List *tables)
{
	StoreScope	scope;
	Oid			type = OIDARRAYOID;
	Datum		value;
	char	   *words;

	store_enter(&scope);
	value = oid_array(tables);
	store_query("SELECT string_agg(format('%s: %s', c.oid::regclass, r.what), E'\\n' ORDER BY c.oid::regclass::text, r.what)"
				" FROM (SELECT g.relid, 'publication ' || quote_ident(p.pubname) AS what"
				"  FROM pg_publication p, LATERAL pg_get_publication_tables(p.pubname) g"
				"  UNION SELECT s.srrelid, 'subscription ' || quote_ident(u.subname)"
				"  FROM pg_subscription_rel s JOIN pg_subscription u ON u.oid = s.srsubid) r (relid, what)"
				" JOIN pg_class c ON c.oid = r.relid WHERE c.oid = ANY ($1)",
				1, &type, &value, NULL, false, SPI_OK_SELECT);
	words = store_text(scope.caller, 0, 1);
	store_leave(&scope);
	return words;
}

void
replicated_note(const OnlineStep *step)
{
	List	   *tables;
	char	   *words;

	/*
	 * most databases replicate nothing, and there a run of many steps asks
	 * nothing more
	 */
	if (!has_rows(PublicationRelationId) && !has_rows(SubscriptionRelRelationId))
		return;
	tables = changed_tables(step->script);
	words = tables != NIL ? replicated_words(tables) : NULL;
	if (words == NULL)
		return;
	ereport(NOTICE,
			(errmsg("revision \"%s\" changes tables that are replicated", step->rev->links.id),
			 errdetail_internal("%s", words),
			 errhint("Logical replication does not carry DDL: what adds runs on the subscriber first, what drops on the publisher first. See docs/online.md.")));
}
