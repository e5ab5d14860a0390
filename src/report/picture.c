/*
 * picture.c
 *		The tables that a plan changes, and what they refer to: as they are, with what the plan does
 *		to them.
 *
 * Read from the catalogs and from the parse trees of the statements, since nothing is run.  What a
 * function or a DO block does is not seen.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "report/facts.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* More tables than this are no picture that anybody reads. */
#define MAX_TABLES 60

static PictureTable *find_table(Picture *picture, const RangeVar *name, const Pending *pending);

const char *
picture_mark_words(PictureMark mark)
{
	static const char *const words[] = {"kept", "new", "changed", "dropped"};

	return words[mark];
}

/* --------------------------------------------------------------- what is there */

static PictureColumn *
find_column(const PictureTable *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		PictureColumn *column = lfirst(lc);

		if (strcmp(column->name, name) == 0 && column->mark != PICTURE_DROPPED)
			return column;
	}
	return NULL;
}

static PictureColumn *
add_column(PictureTable *table, const char *name, const char *type, PictureMark mark)
{
	PictureColumn *column = palloc0(sizeof(PictureColumn));

	column->name = name;
	column->type = type;
	column->mark = mark;
	table->columns = lappend(table->columns, column);
	return column;
}

static PictureTable *
new_table(Picture *picture, Oid relid, const char *schema, const char *name, const char *words)
{
	PictureTable *table;

	if (list_length(picture->tables) >= MAX_TABLES)
	{
		picture->is_cut = true;
		return NULL;
	}
	table = palloc0(sizeof(PictureTable));
	table->relid = relid;
	table->schema = schema;
	table->name = name;
	table->words = words;
	picture->tables = lappend(picture->tables, table);
	return table;
}

static void
read_columns(PictureTable *table, Relation rel)
{
	Bitmapset  *keys = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);
		PictureColumn *column;

		if (att->attisdropped)
			continue;
		column = add_column(table, pstrdup(NameStr(att->attname)),
							format_type_with_typemod(att->atttypid, att->atttypmod), PICTURE_KEPT);
		column->is_key = bms_is_member(att->attnum - FirstLowInvalidHeapAttributeNumber, keys);
	}
}

static PictureTable *table_of(Picture *picture, Oid relid, bool with_references);

static void
add_reference(PictureTable *table, PictureTable *to, const char *column, PictureMark mark)
{
	PictureReference *reference;
	PictureColumn *own = column != NULL ? find_column(table, column) : NULL;

	if (own != NULL)
		own->refers = true;
	if (to == NULL)
		return;
	reference = palloc(sizeof(PictureReference));
	reference->to = to;
	reference->column = column;
	reference->mark = mark;
	table->refers_to = lappend(table->refers_to, reference);
}

static void
read_references(Picture *picture, PictureTable *table, Relation rel)
{
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(rel))
	{
		const ForeignKeyCacheInfo *key = lfirst(lc);
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), key->conkey[0] - 1);

		add_reference(table, table_of(picture, key->confrelid, false),
					  pstrdup(NameStr(att->attname)), PICTURE_KEPT);
	}
}

/* A live table; what it refers to comes with it, but not what that refers to. */
static PictureTable *
table_of(Picture *picture, Oid relid, bool with_references)
{
	PictureTable *table = NULL;
	Relation	rel;
	ListCell   *lc;

	foreach(lc, picture->tables)
	{
		PictureTable *known = lfirst(lc);

		if (known->relid == relid)
			table = known;
	}
	if (table != NULL && (!with_references || table->mark != PICTURE_KEPT ||
						  table->refers_to != NIL))
		return table;
	rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL)
		return NULL;
	if (table == NULL)
	{
		const char *schema = get_namespace_name(RelationGetNamespace(rel));

		table = new_table(picture, relid, schema, pstrdup(RelationGetRelationName(rel)),
						  quote_qualified_identifier(schema, RelationGetRelationName(rel)));
		if (table != NULL)
			read_columns(table, rel);
	}
	if (table != NULL && with_references)
		read_references(picture, table, rel);
	relation_close(rel, AccessShareLock);
	return table;
}

/* ------------------------------------------------------------ what the plan makes */

/* A type that is not there yet stays as it is written, and so does serial, which is none. */
static char *
type_words(const TypeName *type)
{
	int32		typmod;
	Oid			found;

	if (type == NULL)
		return "";
	found = asked_type(type, &typmod);
	return OidIsValid(found) ? format_type_with_typemod(found, typmod) : TypeNameToString(type);
}

static void
note_keys(PictureTable *table, const List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		PictureColumn *column = find_column(table, strVal(lfirst(lc)));

		if (column != NULL)
			column->is_key = true;
	}
}

static void
note_constraint(Picture *picture, PictureTable *table, const Constraint *constraint,
				const char *column, const Pending *pending)
{
	if (constraint->contype == CONSTR_PRIMARY)
		note_keys(table, column != NULL ? list_make1(makeString(unconstify(char *, column)))
				  : constraint->keys);
	else if (constraint->contype == CONSTR_FOREIGN && constraint->pktable != NULL)
	{
		if (column == NULL && constraint->fk_attrs != NIL)
			column = strVal(linitial(constraint->fk_attrs));
		add_reference(table, find_table(picture, constraint->pktable, pending), column,
					  PICTURE_NEW);
	}
}

static void
note_new_column(Picture *picture, PictureTable *table, const ColumnDef *def, const Pending *pending)
{
	ListCell   *lc;

	add_column(table, def->colname, type_words(def->typeName), PICTURE_NEW);
	foreach(lc, def->constraints)
	{
		if (IsA(lfirst(lc), Constraint))
			note_constraint(picture, table, lfirst_node(Constraint, lc), def->colname, pending);
	}
}

static void
note_elements(Picture *picture, PictureTable *table, const List *elements, const Pending *pending)
{
	ListCell   *lc;

	foreach(lc, elements)
	{
		if (IsA(lfirst(lc), ColumnDef))
			note_new_column(picture, table, lfirst_node(ColumnDef, lc), pending);
	}
	foreach(lc, elements)
	{
		if (IsA(lfirst(lc), Constraint))
			note_constraint(picture, table, lfirst_node(Constraint, lc), NULL, pending);
	}
}

static void
note_create(Picture *picture, const CreateStmt *stmt, const Pending *pending)
{
	PictureTable *table;

	/* IF NOT EXISTS: it is there; a partition looks as its parent does */
	if (OidIsValid(pending_live(pending, stmt->relation)) || stmt->partbound != NULL)
		return;
	table = new_table(picture, InvalidOid, pending_creation_schema(stmt->relation),
					  stmt->relation->relname,
					  quote_qualified_identifier(stmt->relation->schemaname,
												 stmt->relation->relname));
	if (table == NULL)
		return;
	table->mark = PICTURE_NEW;
	note_elements(picture, table, stmt->tableElts, pending);
	note_elements(picture, table, stmt->constraints, pending);
}

/* ---------------------------------------------------------- what the plan changes */

/*
 * One that the plan has made is found by its name and schema; one that it has renamed may be in any
 * of the path.
 */
static PictureTable *
find_table(Picture *picture, const RangeVar *name, const Pending *pending)
{
	Oid			relid = pending_live(pending, name);
	const char *schema =
	name->schemaname != NULL ? name->schemaname : pending_made_schema(pending, name);
	ListCell   *lc;

	if (OidIsValid(relid))
		return get_rel_relkind(relid) == RELKIND_RELATION ||
			get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ?
			table_of(picture, relid, false) : NULL;
	foreach(lc, picture->tables)
	{
		PictureTable *table = lfirst(lc);

		if (table->mark != PICTURE_DROPPED && strcmp(table->name, name->relname) == 0 &&
			(schema == NULL || strcmp(table->schema, schema) == 0))
			return table;
	}
	return NULL;
}

/* One that is changed is shown with what it refers to. */
static PictureTable *
changed_table(Picture *picture, const RangeVar *name, const Pending *pending)
{
	PictureTable *table = find_table(picture, name, pending);

	if (table == NULL)
		return NULL;
	if (OidIsValid(table->relid) && table->mark == PICTURE_KEPT)
		(void) table_of(picture, table->relid, true);
	if (table->mark == PICTURE_KEPT)
		table->mark = PICTURE_CHANGED;
	return table;
}

static void
note_command(Picture *picture, PictureTable *table, const AlterTableCmd *command,
			 const Pending *pending)
{
	PictureColumn *column = command->name != NULL ? find_column(table, command->name) : NULL;

	switch (command->subtype)
	{
		case AT_AddColumn:
			if (find_column(table, castNode(ColumnDef, command->def)->colname) == NULL)
				note_new_column(picture, table, castNode(ColumnDef, command->def), pending);
			break;
		case AT_AddConstraint:
			note_constraint(picture, table, castNode(Constraint, command->def), NULL, pending);
			break;
		case AT_DropColumn:
			if (column != NULL)
				column->mark = PICTURE_DROPPED;
			break;
		case AT_AlterColumnType:
		case AT_SetNotNull:
		case AT_DropNotNull:
		case AT_ColumnDefault:
		case AT_AddIdentity:
		case AT_DropIdentity:
			if (column != NULL && command->subtype == AT_AlterColumnType)
				column->type = type_words(castNode(ColumnDef, command->def)->typeName);
			if (column != NULL && column->mark == PICTURE_KEPT)
				column->mark = PICTURE_CHANGED;
			break;
		default:
			break;
	}
}

static void
note_alter(Picture *picture, const AlterTableStmt *stmt, const Pending *pending)
{
	PictureTable *table = changed_table(picture, stmt->relation, pending);
	ListCell   *lc;

	if (table == NULL)
		return;
	foreach(lc, stmt->cmds)
	{
		note_command(picture, table, lfirst_node(AlterTableCmd, lc), pending);
	}
}

static void
note_rename(Picture *picture, const RenameStmt *stmt, const Pending *pending)
{
	PictureTable *table;
	PictureColumn *column;

	if (stmt->relation == NULL || (stmt->renameType != OBJECT_TABLE &&
								   stmt->renameType != OBJECT_COLUMN))
		return;
	table = changed_table(picture, stmt->relation, pending);
	if (table == NULL)
		return;
	if (stmt->renameType == OBJECT_TABLE)
	{
		table->words = psprintf("%s -> %s", table->words, quote_identifier(stmt->newname));
		table->name = stmt->newname;
		return;
	}
	column = find_column(table, stmt->subname);
	if (column == NULL)
		return;
	if (column->mark == PICTURE_KEPT)
		column->mark = PICTURE_CHANGED;
	column->old_name = column->name;
	column->name = stmt->newname;
}

static void
note_drop(Picture *picture, const DropStmt *stmt, const Pending *pending)
{
	ListCell   *lc;

	if (stmt->removeType != OBJECT_TABLE)
		return;
	foreach(lc, stmt->objects)
	{
		PictureTable *table = changed_table(picture,
											makeRangeVarFromNameList(lfirst_node(List, lc)),
											pending);

		if (table != NULL)
			table->mark = PICTURE_DROPPED;
	}
}

void
picture_note(Picture *picture, Node *node, const Pending *pending)
{
	switch (nodeTag(node))
	{
		case T_CreateStmt:
			note_create(picture, castNode(CreateStmt, node), pending);
			break;
		case T_AlterTableStmt:
			note_alter(picture, castNode(AlterTableStmt, node), pending);
			break;
		case T_RenameStmt:
			note_rename(picture, castNode(RenameStmt, node), pending);
			break;
		case T_DropStmt:
			note_drop(picture, castNode(DropStmt, node), pending);
			break;
		default:
			break;
	}
}
