/*
 * frozen.c
 *		A constant that looks like the moment of its use, and is that of its reading.
 *
 * DEFAULT 'now()' is not a call: the server reads the text as a time once, when the
 * table is made, and stores that time.  The same model means another one tomorrow, so
 * that no comparison ever finds nothing.
 *
 * What a constant is read as is known to the server only: a < 'now' depends on the column,
 * '{now}' on the array's type.  So a statement with a constant that could mean the present,
 * hardly ever one, is tried with another in its place, which is no time: if it then is
 * refused for that, the constant is read as a time.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "shadow/shadow_private.h"
#include "race.h"

#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/datetime.h"
#include "utils/snapmgr.h"

/* ---------------------------------------------------------------------- texts */

static bool
is_word_for_present(int place, char *word)
{
	int			value;

	return DecodeSpecial(place, word, &value) == RESERV &&
		(value == DTK_NOW || value == DTK_TODAY || value == DTK_TOMORROW || value == DTK_YESTERDAY);
}

/* As date_in() and its like begin to read it, or the elements of an array or a range. */
static bool
means_present(const char *literal)
{
	char		buffer[MAXDATELEN + MAXDATEFIELDS];
	char	   *fields[MAXDATEFIELDS];
	int			types[MAXDATEFIELDS];
	int			n;

	if (ParseDateTime(literal, buffer, sizeof(buffer), fields, types, MAXDATEFIELDS, &n) != 0)
		return false;
	for (int i = 0; i < n; i++)
		if ((types[i] == DTK_STRING || types[i] == DTK_SPECIAL) &&
			is_word_for_present(i, fields[i]))
			return true;
	return false;
}

/* The same with no word in it that a time could have. */
static char *
without_words(const char *literal)
{
	char	   *text = pstrdup(literal);

	for (char *c = text; *c != '\0'; c++)
		if (isalpha((unsigned char) *c))
			*c = 'q';
	return text;
}

/* ----------------------------------------------------------------- statements */

/* The constants of what the statement stores: A_Const, in context, a List **. */
static bool
find_constants(Node *node, void *context)
{
	List	  **found = context;

	CHECK_FOR_INTERRUPTS();
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_A_Const:
			if (nodeTag(&castNode(A_Const, node)->val) == T_String &&
				means_present(strVal(&castNode(A_Const, node)->val)))
				*found = lappend(*found, node);
			return false;
		case T_ColumnDef:
			(void) find_constants(castNode(ColumnDef, node)->raw_default, found);
			return find_constants((Node *) castNode(ColumnDef, node)->constraints, found);
		case T_Constraint:
			(void) find_constants(castNode(Constraint, node)->raw_expr, found);
			(void) find_constants((Node *) castNode(Constraint, node)->exclusions, found);
			return find_constants(castNode(Constraint, node)->where_clause, found);
		case T_TableLikeClause:
		case T_NotifyStmt:
			return false;
		case T_PartitionBoundSpec:
			(void) find_constants((Node *) castNode(PartitionBoundSpec, node)->listdatums, found);
			(void) find_constants((Node *) castNode(PartitionBoundSpec, node)->lowerdatums, found);
			return find_constants((Node *) castNode(PartitionBoundSpec, node)->upperdatums, found);
		case T_PartitionSpec:
			return find_constants((Node *) castNode(PartitionSpec, node)->partParams, found);
		case T_PartitionElem:
			return find_constants(castNode(PartitionElem, node)->expr, found);
		case T_PartitionCmd:
			return find_constants((Node *) castNode(PartitionCmd, node)->bound, found);
		case T_IndexElem:
			return find_constants(castNode(IndexElem, node)->expr, found);
		case T_FunctionParameter:
			return find_constants(castNode(FunctionParameter, node)->defexpr, found);
		case T_AlterTableCmd:
			/* what ALTER COLUMN ... TYPE converts by is not kept */
			return castNode(AlterTableCmd, node)->subtype != AT_AlterColumnType &&
				find_constants(castNode(AlterTableCmd, node)->def, found);
		default:
			if (compat_raw_expression(node, &node))
				return find_constants(node, found);
			return raw_expression_tree_walker(node, find_constants, found);
	}
}

static bool
has_constants(NodeTag tag)
{
	/* what AlterTableCmd and its like have in place of an expression */
	return tag == T_ColumnDef || tag == T_Constraint || tag == T_PartitionCmd;
}

static void
find_in_commands(AlterTableStmt *stmt, List **found)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->def != NULL && (cmd->subtype == AT_ColumnDefault ||
								 has_constants(nodeTag(cmd->def))))
			(void) find_constants((Node *) cmd, found);
	}
}

static List *
find_in_statement(Node *node)
{
	List	   *found = NIL;

	switch (nodeTag(node))
	{
		case T_CreateStmt:
		case T_CreateForeignTableStmt:
			{
				CreateStmt *stmt = (CreateStmt *) node;

				(void) find_constants((Node *) stmt->tableElts, &found);
				(void) find_constants((Node *) stmt->partspec, &found);
				(void) find_constants((Node *) stmt->partbound, &found);
				break;
			}
		case T_AlterTableStmt:
			find_in_commands(castNode(AlterTableStmt, node), &found);
			break;
		case T_CreateDomainStmt:
			(void) find_constants((Node *) castNode(CreateDomainStmt, node)->constraints, &found);
			break;
		case T_AlterDomainStmt:
			(void) find_constants(castNode(AlterDomainStmt, node)->def, &found);
			break;
		case T_CreateFunctionStmt:
			(void) find_constants((Node *) castNode(CreateFunctionStmt, node)->parameters, &found);
			(void) find_constants(compat_function_body(castNode(CreateFunctionStmt, node)), &found);
			break;
		case T_IndexStmt:
			(void) find_constants((Node *) castNode(IndexStmt, node)->indexParams, &found);
			(void) find_constants(castNode(IndexStmt, node)->whereClause, &found);
			break;
		case T_CreateStatsStmt:
			(void) find_constants((Node *) castNode(CreateStatsStmt, node)->exprs, &found);
			break;
		case T_ViewStmt:
			(void) find_constants(castNode(ViewStmt, node)->query, &found);
			break;
		case T_RuleStmt:
			(void) find_constants(castNode(RuleStmt, node)->whereClause, &found);
			(void) find_constants((Node *) castNode(RuleStmt, node)->actions, &found);
			break;
		case T_CreatePolicyStmt:
			(void) find_constants(castNode(CreatePolicyStmt, node)->qual, &found);
			(void) find_constants(castNode(CreatePolicyStmt, node)->with_check, &found);
			break;
		case T_AlterPolicyStmt:
			(void) find_constants(castNode(AlterPolicyStmt, node)->qual, &found);
			(void) find_constants(castNode(AlterPolicyStmt, node)->with_check, &found);
			break;
		case T_CreateTrigStmt:
			(void) find_constants(castNode(CreateTrigStmt, node)->whenClause, &found);
			break;
		case T_CreatePublicationStmt:
		case T_AlterPublicationStmt:
			(void) find_constants((Node *) compat_publication_conditions(node), &found);
			break;
		default:
			break;
	}
	return found;
}

/* -------------------------------------------------------------------- the trial */

static void
run_trial(void *arg)
{
	(void) compat_process_utility(arg, "", PROCESS_UTILITY_SUBCOMMAND);
	/* what it has done is undone, as after any other error */
	ereport(ERROR, (errcode(ERRCODE_SUCCESSFUL_COMPLETION), errmsg_internal("trial")));
}

/* To read the query is enough. */
static void
read_trial(void *arg)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	(void) pg_analyze_and_rewrite_fixedparams(arg, "", NULL, 0, NULL);
	PopActiveSnapshot();
	ereport(ERROR, (errcode(ERRCODE_SUCCESSFUL_COMPLETION), errmsg_internal("trial")));
}

static void
check_constant(void *stmt, A_Const *constant, void (*trial) (void *arg))
{
	char	   *text = strVal(&constant->val);
	void	   *copy;
	ErrorData  *error;
	int			nest_level;

	strVal(&constant->val) = without_words(text);
	copy = copyObject(stmt);
	strVal(&constant->val) = text;
	nest_level = settings_be_quiet();
	error = race_try(trial, copy);
	settings_leave(nest_level);
	if (error->sqlerrcode == ERRCODE_INVALID_DATETIME_FORMAT)
		ereport(NOTICE,
				(errmsg("'%s' in the model is the time at which it is read, not that at which it is used",
						text),
				 errdetail("It is stored as a constant, and each comparison finds another one."),
				 errhint("Write now(), CURRENT_DATE or the like, without quotes.")));
}

void
frozen_check(PlannedStmt *stmt)
{
	List	   *constants = find_in_statement(stmt->utilityStmt);
	ListCell   *lc;

	foreach(lc, constants)
	{
		check_constant(stmt, lfirst(lc), run_trial);
	}
}

void
frozen_check_raw(RawStmt *raw)
{
	List	   *constants = NIL;
	ListCell   *lc;

	if (!IsA(raw->stmt, CreateTableAsStmt) ||
		!compat_is_matview(castNode(CreateTableAsStmt, raw->stmt)))
		return;
	(void) find_constants(castNode(CreateTableAsStmt, raw->stmt)->query, &constants);
	foreach(lc, constants)
	{
		check_constant(raw, lfirst(lc), read_trial);
	}
}
