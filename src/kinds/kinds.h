/*
 * kinds.h
 *		Every kind of object, and the file that knows it.
 */
#ifndef MIGRATE_KINDS_H
#define MIGRATE_KINDS_H

#include "kinds/object.h"

/* Pieces of queries. */
#define MANAGED "n.nspname = ANY ($1)"
#define QUALIFIED(schema, name) "quote_ident(" schema ") || '.' || quote_ident(" name ")"
/*
 * as obj_description() says; that function is SQL, and would be parsed again in every execution of
 * a query
 */
#define COMMENT_OF(oid, catalog) \
	"(SELECT r.description FROM pg_description r" \
	" WHERE r.objoid = " oid " AND r.classoid = '" catalog "'::regclass AND r.objsubid = 0)"
/* the name of a function, or NULL for 0 */
#define FUNCTION_NAME(oid) \
	"(SELECT " QUALIFIED("fn.nspname", "p.proname") " FROM pg_proc p" \
	" JOIN pg_namespace fn ON fn.oid = p.pronamespace WHERE p.oid = " oid ")"
/* options of foreign objects, "a 'x', b 'y'", sorted, since their order has no meaning */
#define FOREIGN_OPTIONS(options) \
	"(SELECT string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', '" \
	" ORDER BY option_name) FROM pg_options_to_table(" options "))"
/* Printed in place of every secret, so that secrets are never compared. */
#define SECRET "***"
#define OWNER(column) "pg_get_userbyid(" column ")::text"
#define ACL(column, type, owner) "coalesce(" column ", acldefault('" type "', " owner "))::text"
/*
 * options of ALTER COLUMN ... SET (...); without pg_..., which security releases of 2026 set
 * themselves
 */
#define COLUMN_OPTIONS \
	"(SELECT string_agg(o, ', ' ORDER BY ord) FROM unnest(a.attoptions)" \
	" WITH ORDINALITY AS u (o, ord) WHERE o NOT LIKE 'pg\\_%')"
/* a pg_depend address as text */
#define ADDRESS(class, oid, subid) "'" class "'::regclass::oid::text || '.' || (" oid ")::text" \
	" || '.' || (" subid ")::text"

/* kind_schema.c */
extern const Kind kind_schema;
extern const Kind kind_extension;

/* kind_type.c */
extern const Kind kind_composite;
extern const Kind kind_attribute;
extern const Kind kind_range;

/*
 * " CASCADE" if tables are made of the composite type, so that ALTER TYPE has to change them as
 * well; or "".
 */
extern const char *type_cascade(const SchemaObject *type);

/*
 * The unquoted name of an old type while columns are converted to its replacement; and the
 * statements for it.
 */
extern const char *type_aside_name(const SchemaObject *type, const Writer *w);
extern void type_put_aside(const SchemaObject *type, Writer *w);
extern void type_drop_aside(const Change *change, Writer *w);

/* kind_enum.c */
extern const Kind kind_enum;

/*
 * The values that the enum has and the other has not: char *, quoted as literals.  NIL for what is
 * no enum.
 */
extern List *enum_labels_without(const SchemaObject *type, const SchemaObject *other);

/* Does the enum have all values of the other? */
extern bool enum_contains(const SchemaObject *type, const SchemaObject *other);
extern bool enum_has_label(const SchemaObject *type, const char *label);

/* kind_domain.c */
extern const Kind kind_domain;
extern const Kind kind_domain_default;
extern const Kind kind_domain_constraint;

/*
 * Do columns contain values of the domain inside arrays, rows or ranges?  The server cannot check
 * those for a new constraint.  And is the object a constraint of a domain that has to be checked?
 */
extern bool domain_is_held(const SchemaObject *domain);
extern bool domain_constraint_is_valid(const SchemaObject *constraint);

/*
 * Is it a domain that needs the other object only in its default?  A domain calls and reads nothing
 * by itself, and pg_depend has no address for its default.
 */
extern bool domain_needs_for_default(const SchemaObject *object, const SchemaObject *needed);

/* kind_base_type.c */
extern const Kind kind_base_type;

/* Create a shell type, which the functions that the type is made of can mention. */
extern void type_create_shell(const SchemaObject *type, Writer *w);

/* kind_sequence.c */

/*
 * Clauses such as " START WITH 5": for everything that differs from old, or from the defaults if
 * old is NULL. prefix: how the names of the properties begin.
 */
extern char *sequence_clauses(const SchemaObject *old, const SchemaObject *new, const char *prefix);

/*
 * The column that a sequence belongs to by OWNED BY; and likewise, or as an identity column's.
 * NULL if there is none, or the object is no sequence.
 */
extern const SchemaObject *sequence_owned_by(const SchemaObject *object);
extern const SchemaObject *sequence_column(const SchemaObject *object);

/* Does the sequence get its owner from its table?  old is NULL for a new sequence. */
extern bool sequence_follows_table(const SchemaObject *old, const SchemaObject *new);

/*
 * If the value of a sequence is outside its new bounds, set it to the nearer bound, since ALTER
 * would fail.
 */
extern void sequence_move_into_bounds(const SchemaObject *old, const SchemaObject *new,
									  const char *prefix,
									  const char *sequence, Writer *w);

/*
 * Let an ascending sequence of a column continue after the greatest value in the column.
 * sequence: the object whose properties, with this prefix, describe the sequence; name: the
 * sequence's name.
 */
extern void sequence_move_behind_values(const SchemaObject *column, const SchemaObject *sequence,
										const char *prefix,
										const char *name, Writer *w);

/*
 * Does ALTER TABLE ... SET LOGGED or UNLOGGED of its table change the old sequence, too, which is
 * kept?
 */
extern bool sequence_follows_persistence(const SchemaObject *old, const struct Changes *changes);

/* The last part of a quoted "schema.name", still quoted. */
extern const char *name_part(const char *qualified);
extern const Kind kind_sequence;
extern const Kind kind_sequence_owner;

/* kind_table.c */
extern const Kind kind_table;
extern const Kind kind_inherits;
extern const Kind kind_partition;

/*
 * Returns the parent's part whose creation (gains) or drop also creates or drops this inherited
 * part; the part itself if it cannot be changed on its own; else NULL.
 */
extern const SchemaObject *table_inherited_change(const SchemaObject *part,
												  const struct Changes *changes, bool gains);

/*
 * Do both schemas have this link to a parent, and is it kept?  is_new: the link is of the new
 * schema.
 */
extern bool table_keeps_link(const SchemaObject *link, const struct Changes *changes, bool is_new);

/* The parent that a link names, in the snapshot of the link; NULL if the parent is not managed. */
extern const SchemaObject *table_link_parent(const SchemaObject *link,
											 const SchemaSnapshot *snapshot);

/* Is the old table a partition that is not detached? */
extern bool table_stays_partition(const SchemaObject *table, const struct Changes *changes);

/* table_inherited_change(), but NULL if the part needs a statement of its own all the same. */
extern const SchemaObject *table_inherits_change(const SchemaObject *part,
												 const struct Changes *changes, bool gains);

/* For queries: the options of a TOAST table tc. */
#define TOAST_OPTIONS \
	"(SELECT string_agg('toast.' || o, ', ' ORDER BY ord)" \
	" FROM unnest(tc.reloptions) WITH ORDINALITY AS u (o, ord))"

/* WITH (...), of a table or materialised view and of its TOAST table; empty if there are none. */
extern char *with_options(const SchemaObject *table);

/*
 * Does the table get options for a TOAST table that it does not have yet?  The server would ignore
 * them silently; a new column will bring the TOAST table.
 */
extern bool table_waits_for_toast(const Change *table);

/*
 * Is the changed object a table that is attached to a type (OF) or detached (NOT OF), or whose type
 * is recreated or gets a retyped attribute?  Or one that is filled, while rows of the table are
 * values of columns?  Such a table is detached while its columns change.
 */
extern bool table_changes_type(const Change *table, const struct Changes *changes);

/*
 * The composite type that the table is made of, in its snapshot; NULL if there is none, or it is
 * not managed.
 */
extern const SchemaObject *table_type(const SchemaObject *table, const SchemaSnapshot *snapshot);
extern void table_leave_type(const SchemaObject *old, Writer *w);

/*
 * ALTER ... RESET (...) and SET (...) from one list "a=1, b=2" to another.  alter: the beginning of
 * the statement; table is NULL for an index.
 */
extern void write_options(Writer *w, const SchemaObject *table, const char *alter, const char *old,
						  const char *new);

/* "ADD a 'x', SET b 'y', DROP c" from one list of quoted pairs to another. */
extern char *foreign_options(const char *old, const char *new);

/* moved_rows.c */

/* Is the table recreated, so that its rows have to be moved from the old one to the new one? */
extern bool table_rows_move(const Change *change, const struct Changes *changes);

/* The links that make other tables partitions or heirs of this one: SchemaObject *. */
extern List *table_child_links(const SchemaObject *table);

/*
 * Is the old table a child whose rows are moved into a new table, so that it is dropped after that?
 */
extern bool table_goes_after_rows(const SchemaObject *table, const struct Changes *changes);

/*
 * The steps of a move besides CREATE TABLE: rename the old table aside, move the rows, drop the old
 * table.
 */
extern void table_put_aside(const SchemaObject *table, Writer *w);
extern void table_move_rows(const Change *change, Writer *w);
extern void table_drop_aside(const Change *change, Writer *w);

/* kind_table.c */

/* "ALTER TABLE" or "ALTER FOREIGN TABLE" */
extern const char *alter_table(const SchemaObject *table);

/* kind_column.c */
extern const Kind kind_column;

/* "ALTER TABLE t ALTER COLUMN c"; and statements that set storage and compression. */
extern char *column_alter(const SchemaObject *column);
extern void column_set_storage(const SchemaObject *column, Writer *w);
extern void column_set_compression(const SchemaObject *column, Writer *w);

/*
 * A column's definition for CREATE TABLE and ADD COLUMN, without the parts that `how` names; the
 * default may be NULL.
 */
#define COLUMN_WITHOUT_IDENTITY (1 << 0)
#define COLUMN_WITHOUT_EXPRESSION (1 << 1)
/*
 * name the NOT NULL constraint even if it has its usual name: the old table, renamed aside, still
 * has that
 */
#define COLUMN_NAMES_NOT_NULL (1 << 2)
#define COLUMN_WITHOUT_NOT_NULL (1 << 3)
extern char *column_definition(const SchemaObject *column, const SchemaObject *default_, int how);

/*
 * Statements for the properties of a new column that its definition has no clause for.
 * is_inherited: the column came from a parent without a definition; is_of_type: from a composite
 * type.
 */
extern void column_write_settings(const SchemaObject *column, bool is_inherited, bool is_of_type,
								  const SchemaObject *default_, Writer *w);

/* Is it a column of its table's partition key?  False for what is no column. */
extern bool column_is_key(const SchemaObject *object);

/* Is the column generated before and afterwards, so that dropping it loses no values? */
extern bool column_is_recomputed(const Change *change);

/* Does the server write a value into every row of an existing table when it adds the column? */
extern bool column_is_filled(const Change *change, const struct Changes *changes);

/* Does it do so for the column's type alone: a domain that has a default, or is to be checked? */
extern bool column_type_fills(const SchemaObject *column, const struct Changes *changes);

/*
 * Does a new column of this type, without a default of its own, have each row written anew?  A
 * default of its domain that is not volatile is filled in without touching the rows.
 */
extern bool column_type_rewrites(const SchemaObject *column, const Writer *w);

/*
 * Is it such a column of a table whose rows are values of other columns?  Those have to be text
 * meanwhile.
 */
extern bool column_keeps_rows_out(const Change *change, const struct Changes *changes);

/* column_inheritance.c */

/* The change of the same column in a parent that the table has before and afterwards, or NULL. */
extern const Change *column_parent_change(const Change *change, const struct Changes *changes);

/* Does a child of the table inherit the old column, and keep it as a column of its own? */
extern bool column_stays_in_child(const SchemaObject *column, const struct Changes *changes);

/*
 * Does a partition's column lose its NOT NULL together with the partitioned table's, so that it has
 * to be set again?
 */
extern bool column_regains_not_null(const Change *change, const struct Changes *changes);

/* Does the column itself lose its NOT NULL? */
extern bool column_loses_not_null(const Change *change);

/*
 * The attribute whose creation or drop also adds or drops the column, in a table that is made of a
 * type before and afterwards.  NULL if there is none, or the object is no column.  gains: the
 * column is of the new schema.
 */
extern const SchemaObject *column_typed_attribute(const SchemaObject *column,
												  const struct Changes *changes, bool gains);

/*
 * The column from which this one inherits its type, in the topmost parent; the column itself if
 * there is none.
 */
extern const SchemaObject *column_uppermost(const SchemaObject *column,
											const SchemaSnapshot *snapshot);

/* The column of the first parent table that has it, or NULL. */
extern const SchemaObject *column_of_parent(const SchemaObject *column,
											const SchemaSnapshot *snapshot);

/*
 * The same column in the child that the link describes, if the column is of the link's parent; or
 * NULL.
 */
extern const SchemaObject *column_below(const SchemaObject *column, const SchemaObject *link,
										const SchemaSnapshot *snapshot);

/* Is it NOT NULL in a parent table? */
extern bool column_parent_not_null(const SchemaObject *column, const SchemaSnapshot *snapshot);

/* column_type.c */

/* Does the column or attribute get another type, or is its type recreated? */
extern bool column_is_retyped(const Change *change);

/* The same, for any object: false if it is no column of a table. */
extern bool column_of_table_is_retyped(const Change *change);

/* The hazards of the new type: does the server rewrite the table, or rebuild indexes only? */
extern int	column_type_hazards(const Change *change, const Writer *w);

/*
 * The statement that gives the old column the type, with USING if the expression is not NULL.  The
 * server refuses USING while foreign tables inherit the column, so those are detached for the
 * statement, and attached again.
 */
extern SchemaStatement *column_put_type(const SchemaObject *column, const char *type,
										const char *using, int hazards, Writer *w);

/* ALTER COLUMN ... TYPE. */
extern void column_write_type(const Change *change, Writer *w);

/*
 * Are the column's values kept as text for a while, since the row type that they contain is
 * recreated, or gives its name to another type?  And the statement that makes them text.
 */
extern bool column_is_held(const Change *change);
extern void column_hold(const Change *change, Writer *w);

/*
 * An expression that converts values of the old column for the new one, in another table; NULL if
 * the assignment cast does it.  Adds the hazards of the conversion.
 */
extern char *column_conversion(const SchemaObject *old, const SchemaObject *new, Writer *w,
							   int *hazards);

/*
 * Call this when that expression is in a statement: drops the casts and functions that were made
 * for it.
 */
extern void column_conversion_end(Writer *w);

/* row_values.c */

/*
 * The row type with this name, or of a domain with this name; NULL if there is none that can have
 * changed.  Rows of a table change only by the types of their columns; with_tables: return tables
 * as well.
 */
extern const SchemaObject *row_find_type(const SchemaSnapshot *snapshot, const char *type,
										 bool with_tables);

/* The type of the elements of an array, or of a domain over one; NULL if it is none. */
extern char *row_element_type(const SchemaSnapshot *snapshot, const char *type);

/*
 * The fields of a row type: a list of SchemaObject; the field of a name, or NULL; the type of a
 * field.
 */
extern List *row_list_parts(const SchemaObject *row);
extern const SchemaObject *row_find_part(const List *parts, const char *name);
extern const char *row_part_type(const SchemaObject *part);

/* Is the new row type the old one, altered in place, so that its fields keep their positions? */
extern bool row_stays(const SchemaObject *row, const Writer *w);

/* Does the column contain rows whose text the new type would not read? */
extern bool row_parts_move(const Change *change, const struct Changes *changes);

/*
 * If so: an expression that writes the values as text, by the names of the fields, and one that
 * reads values of the new type from that text; otherwise NULL.  column_conversion_end() drops what
 * they need.
 */
extern char *row_as_text(const Change *change, Writer *w);
extern char *row_from_text(const Change *change, Writer *w);

/* column_rows.c */

/*
 * The columns that have rows of the table as values, or values that such are within; the outermost
 * come first.
 */
extern List *column_rows_in(const SchemaObject *table);

/* The materialised views that hold such: SchemaObject *. */
extern List *column_rows_in_matviews(const SchemaObject *table);

/* Those of the columns that are there before and afterwards, and follow no parent's. */
extern List *column_rows_to_hold(const SchemaObject *table, const Writer *w);

/*
 * The server gives no column another type, and fills none, of a table whose rows are values
 * elsewhere: they are kept as text meanwhile, which every row type reads as it prints it.
 */
extern void column_rows_as_text(const List *columns, Writer *w);
extern void column_rows_back(const List *columns, Writer *w);

/* kind_default.c */
extern const Kind kind_default;

/* Property "_volatile" of a default, of a column or a domain: from its tree. */
extern void default_read(SchemaObject *default_);

/* not_null.c */

/*
 * " NOT NULL" for a column's definition, with what can be said there of it, its usual name only if
 * named; "" if there is none.
 */
extern char *not_null_clause(const SchemaObject *column, bool named);

/* What the clause could not say: a NOT NULL that is not valid, a comment. */
extern void not_null_write_rest(const SchemaObject *column, Writer *w);

/* Take it from a column; only: and not from its children. */
extern void not_null_drop(const SchemaObject *column, bool only, Writer *w);

/* Give a column its NOT NULL; only: and not its children, where that takes a word. */
extern void not_null_set(const SchemaObject *column, bool only, Writer *w);

/* A Kind's callback: is the difference none? */
extern bool not_null_same(const SchemaObject *old, const SchemaObject *new, const char *prop_name,
						  const char *a, const char *b);

/* Whatever has changed about it. */
extern void not_null_alter(const Change *change, bool only, Writer *w);

/* kind_constraint.c */

/*
 * Add to a statement that creates, drops or recreates a foreign key the locks on the old tables of
 * both sides.  If a table is partitioned, its partitions are locked, too, because they have
 * triggers of the key; children by inheritance have none.
 */
extern void constraint_locks_tables(const Writer *w, SchemaStatement *statement, const char *mode,
									const SchemaObject *key);

/* Is there another key with the same columns?  CREATE TABLE would create only one of the two. */
extern bool constraint_has_twin(const SchemaObject *constraint);

/* Constraints of a table or a domain: do they differ only in that the new one is valid? */
extern bool constraint_becomes_valid(const SchemaObject *old, const SchemaObject *new);

/* Is the object a constraint that has an index? */
extern bool constraint_has_index(const SchemaObject *object);

/* Is the part a check that the table only inherits? */
extern bool constraint_is_inherited_check(const SchemaObject *part);

/*
 * Is the object a constraint or foreign key that the server recreates together with that of the
 * parent table?  The recreated one has no comment, and is valid only if the parent's is.
 */
extern bool constraint_is_remade_with_parent(const SchemaObject *object);

/*
 * Is a check that both schemas have dropped and created again?  An inherited check is dropped with
 * the parent's.  A check of the table itself is dropped first if the table shall inherit it: it
 * would stay the table's own.
 */
extern bool constraint_changes_hands(const Change *change, const struct Changes *changes);

/* Can the constraint be written inside CREATE TABLE? */
extern bool constraint_fits_table(const SchemaObject *constraint);

/*
 * Writes the statements for the properties of a constraint's index.  is_there: the constraint
 * exists; otherwise it is added first.
 */
extern void constraint_write_settings(const SchemaObject *old, const SchemaObject *constraint,
									  bool is_there, Writer *w);

extern const Kind kind_constraint;
extern const Kind kind_foreign_key;

/* kind_index.c */
extern const Kind kind_index;
extern const Kind kind_index_partition;

/*
 * Is it attached to an index of the old schema that is dropped, and so dropped with it?  An index
 * or constraint.
 */
extern bool index_goes_with_parent(const SchemaObject *index, const Writer *w);

/*
 * Can indexes of the relation, a quoted name, be made and dropped CONCURRENTLY?  Those of a
 * partitioned table cannot, and a table that becomes partitioned is made anew with all that belongs
 * to it.  to may be NULL.
 */
extern bool index_relation_is_plain(const char *relation, const SchemaSnapshot *from,
									const SchemaSnapshot *to);

/*
 * Has such an index to wait for the partition, or any of them?  ATTACH would make the one that
 * the partition lacks, and take either of two that are alike.
 */
extern bool index_waits(const SchemaObject *index, const SchemaObject *link);
extern bool index_waits_any(const SchemaObject *index);

/*
 * For queries, of an index x of a table c: the name that the server gives one that is attached to
 * another, unless that is taken or too long; NULL for one that is not attached.
 */
#define USUAL_INDEX_NAME(suffix) \
	"CASE WHEN x.relispartition THEN (SELECT c.relname || '_' || string_agg(a.attname, '_'" \
	" ORDER BY a.attnum) || '_' || " suffix \
	" FROM pg_attribute a WHERE a.attrelid = x.oid) END"

/*
 * For queries, of an index i with the class x: what ATTACH PARTITION looks for in the index of a
 * partition, as far as one table has it.  Neither options nor ASC and DESC are a part of that; see
 * CompareIndexInfo() of the server.
 */
#define INDEX_LIKENESS \
	"concat_ws(' ', x.relam, i.indisunique, i.indnkeyatts, i.indkey," \
	" pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))"

/*
 * A Kind's callback, for indexes and constraints: has it an index with something that the server
 * does not give back when the type of a column changes?
 */
extern bool index_breaks_by_retype(const SchemaObject *index, const struct Changes *changes);

/*
 * An index cannot be detached from that of the partitioned table: while its table stays a
 * partition, both go. Returns the change of the index that has to go as well with this link; NULL
 * for any other object.
 */
extern Change *index_detached_from(const Change *link, const struct Changes *changes);

/* Into another tablespace; NULL: the usual one.  Names are quoted. */
extern void index_move(const char *index, const char *tablespace, Writer *w);

/* Is it an index, or a key, that finds the greatest value of the column? */
extern bool index_leads(const SchemaObject *object, const SchemaObject *column);

/* Has a failed CREATE INDEX CONCURRENTLY left it INVALID?  False for what is no index. */
extern bool index_is_invalid(const SchemaObject *object);

/* A copy of such an index is valid: let it count as what it is a copy of. */
extern void index_set_invalid(SchemaObject *index);

/* What is to be said of an INVALID index, before or afterwards; NULL for any other object. */
extern char *index_notice(const Change *change);

/* kind_routine.c */
extern const Kind kind_function;

/* kind_aggregate.c */
extern const Kind kind_aggregate;

/* kind_operator.c */
extern const Kind kind_operator;
extern const Kind kind_operator_family;
extern const Kind kind_operator_class;
extern const Kind kind_cast;
extern const Kind kind_conversion;

/* kind_language.c */
extern const Kind kind_language;
extern const Kind kind_transform;
extern const Kind kind_access_method;

/* kind_text_search.c */
extern const Kind kind_ts_parser;
extern const Kind kind_ts_template;
extern const Kind kind_ts_dictionary;
extern const Kind kind_ts_configuration;

/* kind_view.c */
extern const Kind kind_view;
extern const Kind kind_matview;
extern const Kind kind_view_column;
extern const Kind kind_rule;

/*
 * The materialised view that the object is a direct part of: its column, its index; NULL if it is
 * none.
 */
extern SchemaObject *matview_of_part(const SchemaObject *object);

/* A view with its columns and no contents, to break a circle. */
extern void view_create_dummy(const SchemaObject *view, Writer *w);

/* kind_trigger.c */
extern const Kind kind_trigger;
extern const Kind kind_policy;

/* kind_statistics.c, kind_collation.c, kind_event_trigger.c, kind_default_acl.c */
extern const Kind kind_statistics;
extern const Kind kind_collation;
extern const Kind kind_event_trigger;
extern const Kind kind_default_acl;

/* kind_foreign.c */
extern const Kind kind_fdw;
extern const Kind kind_server;
extern const Kind kind_user_mapping;

/* kind_publication.c */
extern const Kind kind_publication;
extern const Kind kind_publication_table;
extern const Kind kind_publication_schema;	/* from 15 on */
extern const Kind kind_subscription;

#endif							/* MIGRATE_KINDS_H */
