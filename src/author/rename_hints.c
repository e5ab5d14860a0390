/*
 * rename_hints.c
 *		Reads the renames that a user writes: comments in a model, or the argument "renames".
 *
 * The server's scanner finds the comments, so that text in a string or a function's body does not
 * count.  The server's parser finds the object beside a comment.
 */
#include "postgres.h"

#include "author/renames.h"
#include "errors.h"
#include "shadow/shadow_private.h"

#include "common/keywords.h"
#include "parser/scanner.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#define HINT "-- migrate: renamed from "

#define TYPES (RENAMED_TYPE | RENAMED_ENUM)
#define ANYTHING (RENAMED_RELATION | TYPES | RENAMED_ROUTINE | RENAMED_COLUMN | \
	RENAMED_CONSTRAINT | RENAMED_ON_TABLE)

/* An object, a part or an enum value in the model that a comment can be about. */
typedef struct Element
{
	int			position;
	int			end;			/* where its statement ends */
	bool		is_part;
	List	   *name;			/* char * */
	int			as;				/* RENAMED_...: the kinds that it can be */
} Element;

typedef struct Hints
{
	const char *text;
	List	   *elements;		/* by position */
	List	   *strings;		/* int: where the quoted strings begin */
	List	   *comments;		/* int: where the hints begin */
} Hints;

static int
line_of(const char *text, int position)
{
	int			line = 1;

	for (int i = 0; i < position; i++)
		line += text[i] == '\n';
	return line;
}

static void
find_comments(Hints *hints, int from, int to)
{
	const char *p = hints->text + from;

	while ((p = strstr(p, HINT)) != NULL && p < hints->text + to)
	{
		hints->comments = lappend_int(hints->comments, p - hints->text);
		p += strlen(HINT);
	}
}

/* Find the comments, which are between the scanner's tokens, and the quoted strings. */
static void
scan(Hints *hints)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner = scanner_init(hints->text, &extra, &ScanKeywords, ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE		location;
	int			end = 0;
	int			start = 0;
	bool		standard = true;
	bool		may_change = script_may_set_strings(hints->text);

	compat_scan_standard(&extra, standard);
	while (core_yylex(&value, &location, scanner) != 0)
	{
		find_comments(hints, end, location);
		if (may_change && hints->text[location] == ';')
		{
			standard = script_standard_after(pnstrdup(hints->text + start, location - start),
											 standard);
			compat_scan_standard(&extra, standard);
			start = location + 1;
		}
		/* the scanner has put a zero byte behind the token */
		end = location + strlen(extra.scanbuf + location);
		if (hints->text[location] == '\'')
			hints->strings = lappend_int(hints->strings, location);
	}
	find_comments(hints, end, strlen(hints->text));
	scanner_finish(scanner);
}

/* -------------------------------------------------------- what is in a model */

static void
add_element(Hints *hints, int position, int end, bool is_part, List *name, int as)
{
	Element    *element = palloc0(sizeof(Element));

	element->position = position;
	element->end = end;
	element->is_part = is_part;
	element->name = name;
	element->as = as;
	hints->elements = lappend(hints->elements, element);
}

static List *
relation_name(const RangeVar *relation)
{
	return relation->schemaname ? list_make2(relation->schemaname, relation->relname)
		: list_make1(relation->relname);
}

static List *
part_name(const RangeVar *relation, char *name)
{
	return lappend(relation_name(relation), name);
}

static List *
dotted_name(const List *names)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		result = lappend(result, strVal(lfirst(lc)));
	}
	return result;
}

/*
 * Add the columns and constraints of a statement.  Locations in its tree count from start, where
 * the statement begins.
 */
static void
add_parts(Hints *hints, const RangeVar *relation, const List *parts, int start, int end)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		Node	   *node = lfirst(lc);

		if (IsA(node, ColumnDef))
			add_element(hints, start + castNode(ColumnDef, node)->location, end, true,
						part_name(relation, castNode(ColumnDef, node)->colname), RENAMED_COLUMN);
		else if (IsA(node, Constraint) && castNode(Constraint, node)->conname != NULL)
			add_element(hints, start + castNode(Constraint, node)->location, end, true,
						part_name(relation, castNode(Constraint, node)->conname),
						RENAMED_CONSTRAINT);
	}
}

static void
add_labels(Hints *hints, const CreateEnumStmt *stmt, int start, int end)
{
	ListCell   *label = list_head(stmt->vals);
	ListCell   *lc;

	foreach(lc, hints->strings)
	{
		int			position = lfirst_int(lc);

		if (position < start || position >= end || label == NULL)
			continue;
		add_element(hints, position, end, true,
					lappend(dotted_name(stmt->typeName), strVal(lfirst(label))), RENAMED_ENUM);
		label = lnext(stmt->vals, label);
	}
}

/* Add the constraints of ALTER TABLE ... ADD CONSTRAINT, as pg_dump writes them. */
static void
add_altered(Hints *hints, const AlterTableStmt *stmt, int start, int end)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		const AlterTableCmd *command = lfirst(lc);

		if (command->subtype == AT_AddConstraint &&
			castNode(Constraint, command->def)->conname != NULL)
			add_element(hints, start, end, false,
						part_name(stmt->relation, castNode(Constraint, command->def)->conname),
						RENAMED_CONSTRAINT);
	}
}

static void
add_statement(Hints *hints, Node *node, int start, int end)
{
	switch (nodeTag(node))
	{
		case T_CreateStmt:
		case T_CreateForeignTableStmt:
			add_element(hints, start, end, false, relation_name(((CreateStmt *) node)->relation),
						RENAMED_RELATION);
			add_parts(hints, ((CreateStmt *) node)->relation, ((CreateStmt *) node)->tableElts,
					  start, end);
			break;
		case T_CompositeTypeStmt:
			add_element(hints, start, end, false,
						relation_name(castNode(CompositeTypeStmt, node)->typevar), TYPES);
			add_parts(hints, castNode(CompositeTypeStmt, node)->typevar,
					  castNode(CompositeTypeStmt, node)->coldeflist, start, end);
			break;
		case T_CreateEnumStmt:
			add_element(hints, start, end, false,
						dotted_name(castNode(CreateEnumStmt, node)->typeName), TYPES);
			add_labels(hints, castNode(CreateEnumStmt, node), start, end);
			break;
		case T_CreateRangeStmt:
			add_element(hints, start, end, false,
						dotted_name(castNode(CreateRangeStmt, node)->typeName), TYPES);
			break;
		case T_CreateDomainStmt:
			add_element(hints, start, end, false,
						dotted_name(castNode(CreateDomainStmt, node)->domainname), TYPES);
			break;
		case T_CreateSeqStmt:
			add_element(hints, start, end, false,
						relation_name(castNode(CreateSeqStmt, node)->sequence), RENAMED_RELATION);
			break;
		case T_ViewStmt:
			add_element(hints, start, end, false, relation_name(castNode(ViewStmt, node)->view),
						RENAMED_RELATION);
			break;
		case T_CreateTableAsStmt:
			add_element(hints, start, end, false,
						relation_name(castNode(CreateTableAsStmt, node)->into->rel),
						RENAMED_RELATION);
			break;
		case T_IndexStmt:
			{
				IndexStmt  *index = castNode(IndexStmt, node);

				if (index->idxname != NULL)
					add_element(hints, start, end, false,
								index->relation->schemaname
								? list_make2(index->relation->schemaname, index->idxname)
								: list_make1(index->idxname), RENAMED_RELATION);
			}
			break;
		case T_CreateFunctionStmt:
			add_element(hints, start, end, false,
						dotted_name(castNode(CreateFunctionStmt, node)->funcname), RENAMED_ROUTINE);
			break;
		case T_CreateTrigStmt:
			add_element(hints, start, end, false,
						part_name(castNode(CreateTrigStmt, node)->relation,
								  castNode(CreateTrigStmt, node)->trigname), RENAMED_ON_TABLE);
			break;
		case T_CreatePolicyStmt:
			add_element(hints, start, end, false,
						part_name(castNode(CreatePolicyStmt, node)->table,
								  castNode(CreatePolicyStmt, node)->policy_name), RENAMED_ON_TABLE);
			break;
		case T_AlterTableStmt:
			add_altered(hints, castNode(AlterTableStmt, node), start, end);
			break;
		default:
			break;
	}
}

/* ------------------------------------------------------------------ comments */

static int
line_start(const char *text, int position)
{
	while (position > 0 && text[position - 1] != '\n')
		position--;
	return position;
}

/*
 * The element that a comment is about.  A comment alone on its line is about the next element.
 * Otherwise it is about the last element before it on the line, or about the statement.
 */
static const Element *
element_of(const Hints *hints, int comment)
{
	int			start = line_start(hints->text, comment);
	bool		is_alone = (int) strspn(hints->text + start, " \t") == comment - start;
	const Element *found = NULL;
	ListCell   *lc;

	foreach(lc, hints->elements)
	{
		const Element *element = lfirst(lc);

		if (is_alone && element->position > comment)
			return element;
		if (!is_alone && element->position < comment &&
			(element->position >= start || !element->is_part))
			found = element;
	}
	return found;
}

/* The names in a comment or an argument, as in schema.table; NIL if they cannot be read. */
static List *
read_name(const char *text)
{
	char	   *copy = pstrdup(text);
	int			len = strlen(copy);
	List	   *names;

	while (len > 0 && strchr(" \t\r", copy[len - 1]) != NULL)
		copy[--len] = '\0';
	/* an enum value may be written as a literal */
	if (len > 2 && copy[0] == '\'' && copy[len - 1] == '\'')
		return list_make1(pnstrdup(copy + 1, len - 2));
	return SplitIdentifierString(copy, '.', &names) ? names : NIL;
}

static Rename *
read_hint(const Hints *hints, int comment)
{
	const char *name = hints->text + comment + strlen(HINT);
	int			len = strcspn(name, "\r\n");
	const Element *element = element_of(hints, comment);
	Rename	   *rename = palloc0(sizeof(Rename));

	rename->line = line_of(hints->text, comment);
	rename->said = pnstrdup(hints->text + comment, name + len - (hints->text + comment));
	rename->old = read_name(pnstrdup(name, len));
	if (rename->old == NIL || element == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("the model cannot be read, line %d: %s", rename->line, rename->said),
				 errdetail(element == NULL ? "It belongs to nothing that can be renamed."
						   : "It does not end with a name."),
				 errhint("Write it on the line of the column, constraint or value, or before it; or before the statement that creates the object.")));
	rename->new = element->name;
	rename->as = element->as;
	return rename;
}

List *
rename_hints(const char *model)
{
	Hints		hints = {0};
	List	   *renames = NIL;
	ScriptOrigin origin = {.direction = "model",.first_line = 1};
	Script	   *script;
	ListCell   *lc;

	if (strstr(model, HINT) == NULL)
		return NIL;
	hints.text = shadow_without_restrict(model);
	script = script_parse(hints.text, false, &origin);
	scan(&hints);
	for (int i = 0; i < script->nstatements; i++)
	{
		const Statement *stmt = &script->statements[i];

		CHECK_FOR_INTERRUPTS();
		add_statement(&hints, stmt->raw->stmt, stmt->start, stmt->start + stmt->len);
	}
	foreach(lc, hints.comments)
	{
		renames = lappend(renames, read_hint(&hints, lfirst_int(lc)));
	}
	return renames;
}

/* ------------------------------------------------------------------ argument */

static const char *
equals_sign(const char *item)
{
	bool		quoted = false;

	for (const char *p = item; *p != '\0'; p++)
	{
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '=' && !quoted)
			return p;
	}
	return NULL;
}

List *
rename_arguments(char **items, int nitems)
{
	List	   *renames = NIL;

	for (int i = 0; i < nitems; i++)
	{
		const char *sign = equals_sign(items[i]);
		Rename	   *rename = palloc0(sizeof(Rename));

		rename->said = items[i];
		rename->as = ANYTHING;
		if (sign != NULL)
		{
			rename->old = read_name(pnstrdup(items[i], sign - items[i]));
			rename->new = read_name(sign + 1);
		}
		if (rename->old == NIL || rename->new == NIL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"renames\" cannot be read: \"%s\"", items[i]),
					 errhint("Write the old name, an equals sign and the new name, such as '{users=customers,customers.phone=customers.mobile}'.")));
		renames = lappend(renames, rename);
	}
	return renames;
}
