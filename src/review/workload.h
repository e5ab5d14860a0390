/*
 * workload.h
 *		What the application sends: texts of statements, and whose they are.
 *
 * Memory: results are allocated in the context that is current in the call and are
 * never freed singly.
 */
#ifndef MIGRATE_WORKLOAD_H
#define MIGRATE_WORKLOAD_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct WorkloadText
{
	int64		queryid;		/* 0: it has none */
	int64		calls;			/* -1: not known */
	Oid			role;			/* who sends it */
	const char *role_name;
	TimestampTz since;			/* when it began to be counted; 0: not known */
	const char *search_path;	/* of that role; NULL: as it is now */
	const char *sql;			/* NULL: hidden from the caller */
} WorkloadText;

/*
 * What another database has told of its statements (migrate.facts()), if it has told any; else as
 * workload_counted(). A role that does not exist here is the caller.
 */
extern List *workload_recorded(const char **why);

/*
 * The statements that pg_stat_statements has counted in this database, as far as the caller may see
 * them: a list of WorkloadText, sorted by role.  Where that cannot be read, *why says so, and NIL
 * is returned. Errors: a cancel.
 */
extern List *workload_counted(const char **why);

/*
 * Keep how often these of workload_counted() were called, see calls_note().  Returns whether
 * anything was written: nothing is where the transaction may not.
 */
extern bool workload_note(const List *texts);

/* Is it a query in which parameters stand in the place of all constants? */
extern bool workload_is_free_of_data(const char *sql);

/* These texts, as the caller sends them now. */
extern List *workload_given(char **texts, int n);

#endif							/* MIGRATE_WORKLOAD_H */
