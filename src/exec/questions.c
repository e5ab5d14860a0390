/*
 * questions.c
 *		What a revision requires before its upgrade and verifies after it.
 *
 * A question is a SELECT.  It holds if it returns rows and the first column is true in all of them;
 * the other columns say to a person what is wrong.  A DO block holds if it raises no error.
 *
 * They are asked in a subtransaction that is read-only, and rolled back: nothing that they set,
 * lock or keep in a temporary table is there when the next statement of the revision runs.
 */
#include "postgres.h"

#include "errors.h"
#include "exec/exec.h"
#include "settings.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* So many rows are shown, so many bytes of a value. */
#define MAX_ROWS 5
#define MAX_VALUE 100

/* The rows of one question. */
typedef struct Answers
{
	DestReceiver pub;
	MemoryContext context;
	bool		is_query;		/* it has returned columns */
	int			nrows;
	int			nfailed;		/* in which the first column is not true */
	StringInfoData failed;		/* those in words, a line each */
} Answers;

static void
start_answers(DestReceiver *self, int operation, TupleDesc desc)
{
	Answers    *answers = (Answers *) self;

	if (desc->natts == 0 || getBaseType(TupleDescAttr(desc, 0)->atttypid) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first column of a question is a boolean, not %s",
						desc->natts == 0 ? "missing"
						: format_type_be(TupleDescAttr(desc, 0)->atttypid)),
				 errhint("Write what has to be true as its first column: SELECT count(*) = 0, count(*) FROM ...")));
	answers->is_query = true;
}

/* false: id 7, email a@b */
static void
add_failed(Answers *answers, TupleTableSlot *slot, bool isnull)
{
	TupleDesc	desc = slot->tts_tupleDescriptor;
	StringInfo	out = &answers->failed;

	appendStringInfo(out, "%s%s", answers->nfailed > 1 ? "\n" : "", isnull ? "null" : "false");
	for (int i = 1; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Datum		value = slot_getattr(slot, i + 1, &isnull);
		const char *text = "null";

		if (!isnull)
		{
			Oid			function;
			bool		is_varlena;

			getTypeOutputInfo(att->atttypid, &function, &is_varlena);
			text = OidOutputFunctionCall(function, value);
		}
		appendStringInfo(out, "%s%s ", i == 1 ? ": " : ", ",
						 text_shown(NameStr(att->attname), strlen(NameStr(att->attname))));
		appendStringInfo(out, "%s%s", text_shown(text, pg_mbcliplen(text, strlen(text), MAX_VALUE)),
						 strlen(text) > MAX_VALUE ? "..." : "");
	}
}

/* Returns false when enough is known. */
static bool
receive_answer(TupleTableSlot *slot, DestReceiver *self)
{
	Answers    *answers = (Answers *) self;
	MemoryContext old = MemoryContextSwitchTo(answers->context);
	bool		isnull;
	bool		holds = DatumGetBool(slot_getattr(slot, 1, &isnull)) && !isnull;

	answers->nrows++;
	if (!holds && ++answers->nfailed <= MAX_ROWS)
		add_failed(answers, slot, isnull);
	else if (!holds)
		appendStringInfoString(&answers->failed, "\n...");
	MemoryContextSwitchTo(old);
	return answers->nfailed <= MAX_ROWS;
}

static void
end_answers(DestReceiver *self)
{
}

static void
forget(Answers *answers)
{
	answers->is_query = false;
	answers->nrows = answers->nfailed = 0;
	resetStringInfo(&answers->failed);
}

DestReceiver *
questions_receiver(void)
{
	Answers    *answers = palloc0(sizeof(Answers));

	answers->pub.rStartup = start_answers;
	answers->pub.receiveSlot = receive_answer;
	answers->pub.rShutdown = end_answers;
	answers->pub.rDestroy = end_answers;
	answers->pub.mydest = DestNone;
	answers->context = CurrentMemoryContext;
	initStringInfo(&answers->failed);
	return &answers->pub;
}

void
questions_judge(DestReceiver *receiver, const Script *script, const ScriptOrigin *origin,
				int number)
{
	Answers    *answers = (Answers *) receiver;
	bool		before = origin->purpose == SCRIPT_REQUIRES;

	if (answers->is_query && (answers->nrows == 0 || answers->nfailed > 0))
		ereport(ERROR,
				(errcode(before ? ERRCODE_MG_REQUIRE_FAILED : ERRCODE_MG_VERIFY_FAILED),
				 errmsg("what revision \"%s\" %s does not hold, %s", origin->revision,
						before ? "requires" : "verifies",
						script_where(origin, script->statements[number].line)),
				 errdetail("%s", answers->nrows == 0 ? "no row" : answers->failed.data),
				 before
				 ? errhint("Nothing of the revision was run. Put that right and run it again; or change what it requires.")
				 : errhint("Nothing of the revision is left. Put its upgrade right, or what it verifies, and run it again.")));
	forget(answers);
}

/* ------------------------------------------------------------ asked by themselves */

typedef struct Asking
{
	const Script *script;
	const ScriptOrigin *origin;
	DestReceiver *receiver;
} Asking;

static bool
before_question(int number, void *arg)
{
	execute_restart_timeout();
	return true;
}

static void
after_question(int number, void *arg)
{
	Asking	   *asking = arg;

	questions_judge(asking->receiver, asking->script, asking->origin, number);
}

typedef struct Questions
{
	const char *text;
	const ScriptOrigin *origin;
} Questions;

static void
ask(void *arg)
{
	const Questions *questions = arg;
	Asking		asking = {.origin = questions->origin};
	StatementHooks hooks = {.before = before_question,.after = after_question,.arg = &asking};
	Script	   *script;

	MemoryContextSwitchTo(CurTransactionContext);
	script = script_parse(questions->text, false, questions->origin);
	asking.script = script;
	asking.receiver = hooks.rows = questions_receiver();
	/* the end of the subtransaction puts the settings back */
	(void) settings_enter_revision(questions->origin->revision, "upgrade");
	settings_set_read_only(true);
	(void) execute_hooked(script, questions->origin, 0, script->nstatements, &hooks);
}

void
execute_questions(const char *text, const ScriptOrigin *origin)
{
	Questions	questions = {.text = text,.origin = origin};
	ErrorData  *error = text != NULL ? run_undone(ask, &questions) : NULL;

	if (error != NULL)
		ReThrowError(error);
}
