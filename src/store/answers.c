/*
 * answers.c
 *		Caches answers to expensive questions in the log.
 *
 * The row of an answer has the question as message, and as checksum a digest of
 * everything that the answer depends on.  When any of that changes, the digest
 * differs, so no code has to invalidate answers, not even after a change by hand.
 */
#include "postgres.h"

#include "compat.h"
#include "store/store.h"
#include "store/table.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* Returns a revision's identifier and checksum as text; the checksum stands for the long script. */
static char *
script_words(const Datum *values)
{
	char	   *id = TextDatumGetCString(values[0]);
	bytea	   *checksum = DatumGetByteaPP(values[1]);
	char	   *words = palloc(strlen(id) + VARSIZE_ANY_EXHDR(checksum) * 2 + 2);
	char	   *p = words + sprintf(words, "%s ", id);

	p += hex_encode(VARDATA_ANY(checksum), VARSIZE_ANY_EXHDR(checksum), p);
	*p = '\0';
	return words;
}

void
answer_state(bool fresh, const char *seed, char **ids, int nids, char *digest)
{
	static const char *const columns[] = {"revision", "checksum"};
	TableReader *reader = table_reader_open("scripts", columns, 2, fresh);
	StringInfoData buf;
	bytea	   *sha256;
	Datum		all;
	int			max = 1024;
	char	  **scripts = palloc(sizeof(char *) * max);
	int			n = 0;

	table_reader_scan(reader, NULL, NULL);
	while (table_reader_next(reader, NULL))
	{
		if (ids != NULL && !store_contains(id_list(ids, nids),
										   TextDatumGetCString(reader->values[0])))
			continue;
		if (n == max)
			scripts = repalloc_huge(scripts, sizeof(char *) * (max *= 2));
		scripts[n++] = script_words(reader->values);
	}
	table_reader_close(reader);
	store_sort_ids(id_list(scripts, n));

	initStringInfo(&buf);
	appendStringInfoString(&buf, seed);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&buf, "\n%s", scripts[i]);
	}
	all = PointerGetDatum(cstring_to_text_with_len(buf.data, buf.len));
	sha256 = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, all));
	memcpy(digest, VARDATA_ANY(sha256), 32);
}

static bool
is_text(Datum value, const char *wanted)
{
	return strcmp(TextDatumGetCString(value), wanted) == 0;
}

bool
answer_is_known(bool fresh, const char *action, const char *question, const char *state)
{
	static const char *const columns[] = {"action", "message", "checksum"};
	TableReader *reader = table_reader_open("log", columns, 3, fresh);
	bool		found = false;

	table_reader_scan(reader, "log_answers", NULL);
	while (!found && table_reader_next(reader, NULL))
	{
		bytea	   *checksum;

		/* if the index was dropped, the scan returns every row of the log */
		if (reader->nulls[1] || reader->nulls[2] || !is_text(reader->values[0], action) ||
			!is_text(reader->values[1], question))
			continue;
		checksum = DatumGetByteaPP(reader->values[2]);
		found = VARSIZE_ANY_EXHDR(checksum) == 32 && memcmp(VARDATA_ANY(checksum), state, 32) == 0;
	}
	table_reader_close(reader);
	return found;
}

void
answer_keep(const char *action, const char *question, IdList rows, const char *state)
{
	LogEntry	entry = {
		.action = action,
		.message = question,
		.rows = store_log_rows(rows),
		.started_at = GetCurrentTimestamp(),
		.checksum = state
	};

	store_write_log(&entry, 1);
}
