/*
 * book_sequences.c
 *		The sequences in which extensions count users' things begin anew in a shadow.
 *
 * They are those that an extension has marked as pg_dump is to write them, and those of the columns
 * of tables that it has marked: see books.c.  Such a sequence gets another file until the shadow is
 * rolled back.  It begins as CREATE EXTENSION has left it: behind the rows that are the extension's
 * own, or else at its start.  So a revision that is run again gets the numbers of a new database,
 * and the sequence itself, which no rollback sets back, is not counted in.
 *
 * It is done only for who could set the sequence himself.
 */
#include "postgres.h"

#include "exec/exec.h"
#include "settings.h"
#include "shadow/shadow_private.h"

#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_sequence.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The column that a sequence counts for, if any. */
typedef struct Counted
{
	Oid			table;
	int32		column;
	bool		is_identity;
} Counted;

static Counted
counted_by(Oid sequence)
{
	Counted		counted = {InvalidOid};

	if (sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &counted.table, &counted.column))
		counted.is_identity = true;
	else
		(void) sequenceIsOwned(sequence, DEPENDENCY_AUTO, &counted.table, &counted.column);
	return counted;
}

static bool
counts_down(Oid sequence)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	bool		result =
	HeapTupleIsValid(tuple) && ((Form_pg_sequence) GETSTRUCT(tuple))->seqincrement < 0;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

/* The last number that is in the column; false if there is none. */
static bool
last_number(Oid sequence, const Counted *counted, int64 *number)
{
	int			nest_level = settings_pin_path();
	char	   *schema = get_namespace_name(get_rel_namespace(counted->table));
	char	   *table = quote_qualified_identifier(schema, get_rel_name(counted->table));
	const char *column = quote_identifier(get_attname(counted->table, counted->column, false));
	char	   *sql = psprintf("SELECT %s(%s)::int8 FROM ONLY %s",
							   counts_down(sequence) ? "min" : "max",
							   column, table);
	bool		isnull;
	Datum		value;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "SPI_execute failed: %s", sql);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	*number = isnull ? 0 : DatumGetInt64(value);
	SPI_finish();
	settings_leave(nest_level);
	return !isnull;
}

static bool
could_set(Oid sequence, const Counted *counted)
{
	return counted->is_identity ||
		pg_class_aclcheck(sequence, GetUserId(), ACL_UPDATE) == ACLCHECK_OK;
}

static void
begin_anew(Oid sequence, const Counted *counted)
{
	int64		number;
	bool		has_number;

	PushActiveSnapshot(GetLatestSnapshot());
	has_number = OidIsValid(counted->table) && last_number(sequence, counted, &number);
	PopActiveSnapshot();
	ResetSequence(sequence);
	if (has_number)
		DirectFunctionCall3(setval3_oid, ObjectIdGetDatum(sequence), Int64GetDatum(number),
							BoolGetDatum(true));
}

void
book_sequence_put_away(Shadow *shadow, Oid sequence)
{
	Counted		counted = counted_by(sequence);
	Relation	rel = try_relation_open(sequence, AccessShareLock);
	MemoryContext old;
	RoleBefore	before;

	if (rel == NULL)
		return;
	if (rel->rd_rel->relkind == RELKIND_SEQUENCE && could_set(sequence, &counted) &&
		!list_member_oid(shadow->book_sequences, sequence))
	{
		before = as_owner_begin(rel->rd_rel->relowner);
		begin_anew(sequence, &counted);
		as_owner_end(before);
		old = MemoryContextSwitchTo(shadow->context);
		shadow->book_sequences = lappend_oid(shadow->book_sequences, sequence);
		MemoryContextSwitchTo(old);
	}
	relation_close(rel, NoLock);
}

bool
book_sequence_is_away(const Shadow *shadow, Oid sequence)
{
	return list_member_oid(shadow->book_sequences, sequence);
}
