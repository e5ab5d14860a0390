/*
 * filefuncs.c
 *		SQL: files_status, check_files and prune.
 */
#include "postgres.h"

#include "author/file_status.h"
#include "author/load_files.h"
#include "functions/functions.h"

#include "funcapi.h"
#include "access/htup_details.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_files_status);
MIGRATE_FUNCTION(migrate_check_files);
MIGRATE_FUNCTION(migrate_prune);

enum
{
	COL_HEADS, COL_TARGET, COL_PENDING, COL_MESSAGES, COL_APART, COL_APART_WORDS, COL_TO_REBASE,
	COL_TO_UNDO,
	COL_MISSING, COL_MISSING_APPLIED, COL_AHEAD, COL_UNKNOWN, COL_FILES, COL_ADDED, COL_REPLACED,
	NCOLS
};

/* "a1 (Create users), applied, no file here" */
static Datum
words_of(const Store *store, const RevList *revs, const bool *is_file)
{
	char	  **words = palloc(sizeof(char *) * Max(revs->n, 1));

	for (int i = 0; i < revs->n; i++)
	{
		const RevisionLinks *links = &store->revs[revs->revs[i]].links;

		words[i] = psprintf("%s (%s)%s%s", links->id, first_line_shown(links->message),
							store->version->applied[revs->revs[i]] ? ", applied" : "",
							is_file[revs->revs[i]] ? "" : ", no file here");
	}
	return store_text_array(words, revs->n);
}

/* The first line of what each of them says of itself. */
static Datum
messages_of(const Store *store, const RevList *revs)
{
	char	  **messages = palloc(sizeof(char *) * Max(revs->n, 1));

	for (int i = 0; i < revs->n; i++)
		messages[i] = first_line_shown(store->revs[revs->revs[i]].links.message);
	return store_text_array(messages, revs->n);
}

static Datum
texts_array(const List *texts)
{
	char	  **items = palloc(sizeof(char *) * Max(list_length(texts), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, texts)
	{
		items[n++] = lfirst(lc);
	}
	return store_text_array(items, n);
}

static Datum
in_order(const Store *store, const RevList *list)
{
	return revisions_array(store->graph, list->revs, list->n, false);
}

/* One row of all that. */
static Datum
answer(FunctionCallInfo fcinfo, const Store *store, char **ids, int nids, const char *target,
	   int nadded, int nreplaced)
{
	FilesStatus *status;
	const Store *kept;
	TupleDesc	desc;
	Datum		values[NCOLS];
	bool		nulls[NCOLS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	status = files_status(store, ids, nids, target);
	kept = status->kept;
	values[COL_HEADS] = revisions_array(kept->graph, status->heads->revs, status->heads->n, true);
	set_text(values, nulls, COL_TARGET, status->target);
	values[COL_PENDING] = in_order(kept, status->pending);
	values[COL_MESSAGES] = messages_of(kept, status->pending);
	values[COL_APART] = in_order(kept, status->apart);
	values[COL_APART_WORDS] = words_of(kept, status->apart, status->is_file);
	set_text(values, nulls, COL_TO_REBASE, status->to_rebase);
	set_text(values, nulls, COL_TO_UNDO, status->to_undo);
	values[COL_MISSING] = texts_array(status->missing);
	values[COL_MISSING_APPLIED] = texts_array(status->missing_applied);
	values[COL_AHEAD] = in_order(store, status->ahead);
	values[COL_UNKNOWN] = in_order(store, status->unknown);
	values[COL_FILES] = Int32GetDatum(nids);
	values[COL_ADDED] = Int32GetDatum(nadded);
	values[COL_REPLACED] = Int32GetDatum(nreplaced);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
migrate_files_status(PG_FUNCTION_ARGS)
{
	char	  **ids;
	int			nids;

	arg_texts(fcinfo, 0, "revisions", &ids, &nids);
	return answer(fcinfo, store_load(false, false), ids, nids, arg_text_or_null(fcinfo, 1), 0, 0);
}

Datum
migrate_check_files(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	char	  **ids;
	int			nids;
	int			nadded;
	int			nreplaced;
	Store	   *store;

	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	store = store_with_texts(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &ids,
							 &nids, &nadded, &nreplaced);
	return answer(fcinfo, store, ids, nids, arg_text_or_null(fcinfo, 2), nadded, nreplaced);
}

Datum
migrate_prune(PG_FUNCTION_ARGS)
{
	char	  **ids;
	int			nids;
	char	  **removed;
	int			nremoved;

	begin_writing("migrate.prune()");
	arg_texts(fcinfo, 0, "revisions", &ids, &nids);
	removed = files_prune(ids, nids, &nremoved);
	return result_ids(fcinfo, id_list(removed, nremoved));
}
