/*
 * object.h
 *		Objects, their kinds, and snapshots, for the rooms that compare schemas.
 *
 * A schema is divided into small objects: a table is an object, each of its columns, defaults,
 * constraints and indexes is another one, and so is the fact that a table is a partition, or that a
 * column owns a sequence.  So every object has its own dependencies, at most one change, and its
 * own place in the order.  sort.c joins a table and its parts to one statement again.
 *
 * A Kind is a row of all that is known of one kind of object: the query that reads it, how it is
 * created, altered and dropped, and its traits, which the comparison asks for.  To add a kind, add
 * it to the enum, to kinds[] in kind.c, and write its Kind.
 */
#ifndef MIGRATE_OBJECT_H
#define MIGRATE_OBJECT_H

#include "postgres.h"

#include "compat.h"
#include "kinds/managed.h"
#include "kinds/statement.h"

#include "catalog/objectaddress.h"
#include "lib/stringinfo.h"
#include "utils/hsearch.h"

/*
 * In the order in which objects are created where no dependency decides; they are dropped in
 * reverse order.
 */
typedef enum ObjectKind
{
	KIND_SCHEMA,
	KIND_EXTENSION,
	KIND_LANGUAGE,
	KIND_ACCESS_METHOD,
	KIND_CAST,					/* early: nothing says which expressions want
								 * it */
	KIND_COLLATION,
	KIND_CONVERSION,
	KIND_BASE_TYPE,
	KIND_ENUM,
	KIND_COMPOSITE,
	KIND_ATTRIBUTE,				/* of a composite type */
	KIND_DOMAIN,
	KIND_DOMAIN_DEFAULT,
	KIND_DOMAIN_CONSTRAINT,
	KIND_RANGE,
	KIND_FDW,
	KIND_SERVER,
	KIND_USER_MAPPING,
	KIND_SEQUENCE,
	KIND_TABLE,					/* plain, partitioned, foreign */
	KIND_COLUMN,				/* of a table */
	KIND_INHERITS,				/* a table inherits from another */
	KIND_FUNCTION,				/* and procedures, window functions */
	KIND_AGGREGATE,
	KIND_OPERATOR,
	KIND_OPERATOR_FAMILY,
	KIND_OPERATOR_CLASS,
	KIND_TRANSFORM,
	KIND_TS_PARSER,
	KIND_TS_TEMPLATE,
	KIND_TS_DICTIONARY,
	KIND_TS_CONFIGURATION,
	KIND_DEFAULT,				/* of a column, of a view's column */
	KIND_SEQUENCE_OWNER,		/* a sequence is owned by a column */
	KIND_CONSTRAINT,			/* primary key, unique, check, exclusion */
	KIND_INDEX,					/* that is no constraint's */
	KIND_PARTITION,				/* a table is a partition of another */
	KIND_INDEX_PARTITION,		/* an index is attached to another */
	KIND_FOREIGN_KEY,
	KIND_STATISTICS,
	KIND_VIEW,
	KIND_MATVIEW,
	KIND_VIEW_COLUMN,			/* of a view or materialised view */
	KIND_RULE,
	KIND_TRIGGER,
	KIND_POLICY,
	KIND_PUBLICATION,
	KIND_PUBLICATION_TABLE,
	KIND_PUBLICATION_SCHEMA,
	KIND_SUBSCRIPTION,
	KIND_EVENT_TRIGGER,
	KIND_DEFAULT_ACL,
	NKINDS
} ObjectKind;

typedef struct Kind Kind;
typedef struct SchemaObject SchemaObject;

struct SchemaObject
{
	const Kind *kind;
	int			number;			/* in its snapshot, from 0 */
	Oid			classid;
	Oid			objid;
	int32		subid;
	SchemaObject *parent;		/* what it is a part of and goes with, or NULL */
	List	   *parts;			/* the other way round */
	const char *schema;			/* unquoted, NULL if it has none */
	const char *name;			/* unquoted */
	const char *identity;		/* quoted, unique among its kind; what diff()
								 * shows */
	const char *owner;			/* unquoted, or NULL */
	const char *acl;			/* as aclitem[] prints it, defaults filled in,
								 * or NULL */
	const char *comment;		/* or NULL */
	List	   *labels;			/* security labels: "provider", "label" in
								 * turn */
	List	   *extensions;		/* char *, unquoted: those it is dropped with
								 * (DEPENDS ON EXTENSION) */
	const char **props;			/* by number as in kind->props; NULL is a
								 * value */
	List	   *needs;			/* SchemaObject *: what has to be there for it */
	List	   *needed_by;
	bool		presupposed;	/* a prelude has made it: see prelude.h */
	bool		ignored;		/* it is in no snapshot: see ignored.h */
	const char *of_extension;	/* since this extension runs it by itself, or
								 * what it is a part of; or NULL */
	const char *perhaps_of;		/* a trigger that this extension may have
								 * made: see left_triggers.h; or NULL */
	bool		is_surely_users;	/* but no call of a function of the
									 * extension can have made it */
	bool		has_run_children;	/* an extension makes children of this
									 * table by itself */
};

/* An unmanaged object that depends on a managed one.  dependents.c */
typedef struct Dependent
{
	ObjectAddress address;
	const SchemaObject *on;
	bool		by_type;		/* what it uses is a type, and not the table */
	bool		goes_along;		/* PostgreSQL drops it with what it hangs on */
	bool		outlives;		/* it stays when a parent's column is dropped */
	bool		ignored;		/* it is of a managed schema: see ignored.h */
	const char *extension;		/* that runs it by itself, or NULL */
} Dependent;

/* What an extension runs by itself: "table public.t". */
typedef struct OfExtension
{
	const char *extension;
	const char *object;
} OfExtension;

/* An unmanaged object that a managed one references: other sessions may change it at any time. */
typedef struct Outside
{
	ObjectAddress address;
	const char *identity;
} Outside;

struct SchemaSnapshot
{
	Managed		managed;
	const char *user;			/* who creates things: the current role */
	int			nobjects;
	int			size;
	SchemaObject **objects;		/* by number; a part comes after its parent */
	HTAB	   *by_identity;	/* (kind, identity) */
	List	   *unmodelled;		/* char * */
	List	   *granted_members;	/* char *: of extensions, whose grants are
									 * not the extension's */
	List	   *adopted;		/* char *: owners that the caller cannot give */
	List	   *dependents;		/* Dependent *; only of the live schema */
	List	   *ignored;		/* char *: what is ignored, "table public.t" */
	List	   *leans;			/* SchemaObject *: what is ignored, and
								 * objects need it */
	List	   *of_extensions;	/* OfExtension *, of the live schema */
	List	   *left_triggers;	/* OfExtension *: see left_triggers.h */
	List	   *run_tables;		/* RunTable *: see extension_rules.h */
	List	   *run_kept;		/* those of them that no change is about: see
								 * run_tables.h */
	List	   *run_unread;		/* char *: catalogs that would have said more */
	struct SchemaSnapshot *copied;	/* of the live schema, with what is
									 * ignored and needed: what proofs begin
									 * with. NULL: the same */
	List	   *bases;			/* char *: the managed schemas of the database
								 * as they were, see schema_base() */
	List	   *outside;		/* Outside *; only of what is in a shadow */
	bool		is_live;		/* it is not of a shadow */
	uint64		read_at;		/* race_moment() at which its reading began; 0
								 * if nothing was read */
};

/* -------------------------------------------------------------- statements */

#define LOCK_ACCESS_EXCLUSIVE "ACCESS EXCLUSIVE"
#define LOCK_SHARE "SHARE"
#define LOCK_SHARE_ROW_EXCLUSIVE "SHARE ROW EXCLUSIVE"
#define LOCK_SHARE_UPDATE_EXCLUSIVE "SHARE UPDATE EXCLUSIVE"

/* Collects the statements of a change. */
typedef struct Writer
{
	List	   *statements;		/* SchemaStatement * */
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	const struct Changes *changes;
	List	   *helpers;		/* char *: row types with a cast that the next
								 * statement needs, see column_type.c */
} Writer;

/*
 * Rewrites SQL with conditions that PostgreSQL printed, so that the parser returns the same tree
 * again.  Returns the text itself, or a copy.  nesting.c
 */
extern char *nesting_kept(char *sql);

/*
 * Add a statement, without a semicolon at its end.  Returns it, so that
 * hazards, lock and table can be set; they count only if the table was there before.
 */
extern SchemaStatement *put(Writer *w, const char *fmt,...) pg_attribute_printf(2, 3);

/* ALTER TABLE [ONLY] and the like: sets lock and table, too. */
extern SchemaStatement *put_on(Writer *w, const SchemaObject *table, const char *lock, int hazards,
							   const char *fmt,...) pg_attribute_printf(5, 6);

/*
 * Note for which rows the statement fails.  columns are quoted names, "a, b"; other is NULL except
 * for a foreign key.
 */
extern RowsInWay *rows_in_way(SchemaStatement *statement, RowsInWayKind kind, const char *table,
							  const char *columns,
							  const char *other, const char *other_columns);

/*
 * Likewise for one that adds a constraint or a unique index, or validates it: definition is the
 * statement that adds it.  Nothing is added if it is made of what comes with the same change, and
 * the rows cannot be asked now.
 */
extern void rows_against(SchemaStatement *statement, const SchemaObject *object,
						 const char *definition, const Writer *w);

/* Note that the statement locks a second table as well; table is a quoted name. */
extern void also_locks(SchemaStatement *statement, const char *mode, const char *table);

/* The same for an old index. */
extern void locks_index(SchemaStatement *statement, const char *mode, const char *index);

/* The same for all old descendants of this table; and of the statement's table. */
extern void also_locks_below(SchemaStatement *statement, const char *mode,
							 const SchemaObject *before);
extern SchemaStatement *with_children(const Writer *w, SchemaStatement *statement);

/* Does an extension make partitions of this table, which was there before, by itself? */
extern bool has_run_children(const Writer *w, const SchemaObject *table);

/*
 * The same, with hazards, for old tables that become partitions of this new table, which may be
 * NULL.
 */
extern void also_locks_joined(const Writer *w, SchemaStatement *statement, const char *mode,
							  int hazards, const SchemaObject *after);

/*
 * The same, with hazards, for the parent's default partition, whose bounds change with those of the
 * others.
 */
extern void also_locks_default(const Writer *w, SchemaStatement *statement, const char *parent,
							   int hazards);

/* The hazards of a lock of this mode: HAZARD_BLOCKS_... */
extern int	lock_hazards(const char *mode);

/* ------------------------------------------------------------------- kinds */

/* What happens to an object. */
typedef enum Fate
{
	FATE_SAME,
	FATE_CREATE,
	FATE_ALTER,
	FATE_DROP,
	FATE_REPLACE				/* dropped and created again */
} Fate;

typedef struct Change
{
	const SchemaObject *old;	/* NULL: create */
	const SchemaObject *new;	/* NULL: drop */
	Fate		fate;
	bool		retype;			/* a column whose type is replaced under it */
	bool		held;			/* a column whose values are text while its
								 * type is made again */
	bool		disturbs;		/* altered in a way that views on it do not
								 * survive */
	bool		is_aside;		/* has another name while columns are
								 * converted */
	bool		rebuilt;		/* the server makes it again on the way, with
								 * less than it had */
	bool		is_dummy;		/* something takes its place until it is made */
	List	   *merged;			/* const SchemaObject *: parts that are
								 * created with it */
	List	   *obstacles;		/* Obstacle * */
} Change;

/* Is the old object dropped or recreated, so that its dependents cannot stay? */
static inline bool
change_goes_away(const Change *change)
{
	return change->fate == FATE_DROP || change->fate == FATE_REPLACE;
}

#define PROP_WITHOUT_SECRETS "_without_secrets"

struct Changes;

/* Among which names the name of an object has to be unique in its schema. */
#define NAME_OF_TYPE (1 << 0)
#define NAME_OF_RELATION (1 << 1)

/* What the author of a rename may mean, and which kinds that can be. */
#define RENAMED_RELATION (1 << 0)
#define RENAMED_TYPE (1 << 1)
#define RENAMED_ENUM (1 << 2)	/* a type whose values have names, too */
#define RENAMED_ROUTINE (1 << 3)
#define RENAMED_COLUMN (1 << 4)
#define RENAMED_CONSTRAINT (1 << 5)
#define RENAMED_ON_TABLE (1 << 6)	/* a trigger, a policy */

/* Do values of the type consist of values of other types? */
typedef enum ConsistsOf
{
	CONSISTS_OF_NOTHING,
	CONSISTS_OF_FIELDS,			/* a table, a composite type */
	CONSISTS_OF_TYPE			/* a domain */
} ConsistsOf;

/* Is it one of the values that a row consists of? */
typedef enum FieldOf
{
	FIELD_OF_NOTHING,
	FIELD_OF_ROW,				/* of a table or composite type, which
								 * statements add, alter and drop */
	FIELD_OF_QUERY				/* of a view, whose query makes it */
} FieldOf;

/* Is it the fact that its parent is attached to, or inherits from, something else? */
typedef enum LinkOf
{
	LINK_OF_NOTHING,
	LINK_OF_TABLES,
	LINK_OF_INDEXES
} LinkOf;

/* When is an object made that needs a table whose rows are moved into it (moved_rows.c)? */
typedef enum AfterRows
{
	ROWS_DO_NOT_MATTER,
	AFTER_ROWS,
	AFTER_ROWS_OF_PLAIN,		/* if the table is a plain one itself: the
								 * indexes of partitions are there when they
								 * are attached */
	AFTER_ROWS_BEFORE_CLEANUP,	/* while the old table is still there, if that
								 * is possible */
	AFTER_CLEANUP				/* when the old table is dropped, if that is
								 * possible */
} AfterRows;

/* What becomes of an object that was to stay when something that it needs goes away. */
typedef enum OnLoss
{
	LOSS_REPLACES,				/* it is dropped and created again */
	LOSS_ALTERS,				/* it is altered */
	LOSS_RETYPES,				/* it is a column that is given the type again */
	LOSS_IS_NOTHING				/* it stays; a statement will fail if it
								 * cannot */
} OnLoss;

/*
 * A property of the objects of a kind, and how it is read.  Where versions of PostgreSQL differ in
 * that, it has a row for each way, one below the other, the newest first.  The first one that the
 * server is not too old for is read, and its value belongs to the number of the first row; the
 * others have none.  Where the server is too old for all of them, the property is NULL.
 *
 * Properties beginning with "_" are not compared; three are known to the loader: "_aliases", other
 * addresses that stand for the object in pg_depend, and "_needs", what it needs beyond pg_depend;
 * both are written "classid.objid.subid" and separated by blanks.  PROP_WITHOUT_SECRETS is the
 * property before it without its secrets.  It takes that one's place where secrets are left out,
 * and is NULL otherwise, or if there are none.
 */
typedef struct Property
{
	const char *name;
	const char *expression;		/* SQL, of type text; NULL: see SET_BY_READ */
	int			since;			/* the first server that it can be read from,
								 * as 140000; 0: all */
	bool		may_be_null;

	/*
	 * It is SQL, which is compared by what it means: this makes a statement
	 * of it when it is put before it.  NULL: it is a text.
	 */
	const char *sql;
} Property;

/* What stands in a row behind name and expression. */
#define SINCE(version) .since = (version)
#define NOT_NULL .may_be_null = false
#define MAY_BE_NULL .may_be_null = true
#define SQL_AFTER(text) .sql = (text)
/* instead of an expression: the kind's callback "read" sets the property */
#define SET_BY_READ .expression = NULL, .may_be_null = true

/* A piece of FROM, for servers since this version. */
typedef struct SourceJoin
{
	const char *join;
	int			since;
} SourceJoin;

/*
 * Which rows of the catalogs are the objects of a kind, in SQL.  $1 is text[], the managed schemas;
 * $2 boolean, whether the whole database is managed.  Objects whose parent is given and not found
 * are left out, and so are members of extensions.
 */
typedef struct KindSource
{
	const char *oid;
	const char *subid;			/* int; NULL: 0 */
	const char *parent;			/* an OID; NULL: the kind has no parents */
	const char *parent_subid;	/* int; NULL: 0 */
	const char *schema;			/* text, as those below; NULL: it has none */
	const char *name;			/* NULL: it has none */
	const char *identity;
	const char *owner;			/* NULL: it has none */
	const char *acl;			/* NULL: it has no privileges */
	const char *from;			/* what follows the word FROM */
	const SourceJoin *joins;	/* the rest of that, ended by an empty one;
								 * NULL: there is none */
	const char *where;
	const char *order_by;		/* NULL: in any order */
} KindSource;

struct Kind
{
	const char *name;			/* in words: "foreign key" */
	KindSource	source;
	Oid			classid;		/* of oid and, with a parent, of what parents
								 * can be */
	Oid			parent_classid;
	const Property *props;		/* ended by an empty one */

	/*
	 * The SQL keyword for ALTER ... OWNER TO, COMMENT ON: "TABLE"; NULL: see
	 * ref
	 */
	const char *keyword;
	char		acl_type;		/* as for acldefault(); 0 if it has no
								 * privileges */
	const char *grant_on;		/* "TABLE": GRANT ... ON TABLE; NULL: as
								 * keyword */

	/*
	 * The object in COMMENT ON, without the keyword: "c ON public.t".  NULL:
	 * its identity.
	 */
	const char *(*ref) (const SchemaObject *obj);
	/* another keyword than keyword; NULL: keyword */
	const char *(*keyword_of) (const SchemaObject *obj);

	/*
	 * Write the statements.  Owner, privileges, comment and labels are
	 * written by the caller.  create gets the parts that are to be created
	 * with it in change->merged.  alter writes nothing if only those common
	 * things differ, and returns false if the object cannot be changed in
	 * place; it may set change->disturbs.  It is called more than once.
	 */
	void		(*create) (const Change *change, Writer *w);
	void		(*drop) (const Change *change, Writer *w);
	bool		(*alter) (Change *change, Writer *w);

	/*
	 * What a query cannot tell of the object that it has just read: sets
	 * properties, in the current memory context.  NULL: nothing.
	 */
	void		(*read) (SchemaObject *obj);

	/*
	 * Names that cannot be used twice at a time, such as "rel public.users":
	 * an object is dropped before another of the name is created.  List of
	 * char *.  NULL: none.
	 */
	List	   *(*slots) (const SchemaObject *obj);

	/* Is a property's difference none?  NULL: they are compared as texts. */
	bool		(*same) (const SchemaObject *old, const SchemaObject *new, const char *prop,
						 const char *a, const char *b);

	/* ------------------------------------------------- which rows it is read from */

	/*
	 * Which relations, types and constraints can be objects of the kind, or
	 * their parents: letters of relkind, typtype, contype.  NULL: none, or
	 * the catalog is the kind's own.
	 */
	const char *relkinds;
	const char *typtypes;
	const char *contypes;
	bool		superuser_only; /* others cannot read its catalog */

	/* ----------------------------------------------------------- what it is */

	int			names;			/* NAME_OF_...: what its name is one of */
	ConsistsOf	consists_of;
	FieldOf		field;
	LinkOf		link;
	bool		has_rows;		/* a table or materialised view */
	bool		is_index;		/* an index, or a constraint that may have one */
	bool		is_routine;		/* calls of it are part of expressions */
	bool		has_body;		/* a function: its body is run, and may be a
								 * text that the catalogs know nothing of */
	bool		is_inherited;	/* a part that children of its table get from
								 * it */
	bool		keeps_values;	/* it keeps or checks values of columns, so
								 * none can be text for a while */
	bool		references_rows;	/* a key: its values are looked up in the
									 * rows of another table */
	bool		stores_expression;	/* expressions or rows in which row types
									 * are stored */
	bool		part_of_type;	/* a part that is created, goes aside and is
								 * dropped with its type, or view */
	bool		made_of_functions;	/* a type for which functions do the work */
	bool		named_in_bodies;	/* a word in a function's body can be its
									 * name */

	/* ------------------------------------------------- how its changes are ordered */

	bool		sorts_last;		/* it has effects on everything that is made
								 * after it */
	bool		creates_alone;	/* a part that a statement of its own can
								 * create */
	bool		drops_alone;	/* and drop */
	bool		drops_by_name;	/* DROP does not look at the types that it is
								 * made of */
	bool		alter_keeps_needs;	/* ALTER never changes what it references */
	bool		stays_inside;	/* it goes aside with its table: its name is
								 * unique only there, and it connects the
								 * table with no other */
	bool		used_aside;		/* columns can be of it while it is aside */
	AfterRows	after_rows;

	/*
	 * Is the new part created by its parent's statement, if that is created,
	 * too?  NULL: no.
	 */
	bool		(*created_with_parent) (const SchemaObject *part);

	/*
	 * Does the server call its functions in statements about it or its table?
	 * NULL: no.
	 */
	bool		(*is_evaluated) (const SchemaObject *obj);

	/* ------------------------------------------------- what happens to it on the way */

	/*
	 * Does it not survive a new type of a column that it uses?  NULL: it
	 * does.
	 */
	bool		(*breaks_by_retype) (const SchemaObject *old, const struct Changes *changes);

	/*
	 * What if something that it needs, its cause, goes away?  NULL:
	 * LOSS_REPLACES.
	 */
	OnLoss		(*on_loss) (const Change *dependent, const Change *cause);

	/*
	 * Can the change of a part, or its end, only be had with a new parent?
	 * NULL: no.
	 */
	bool		(*takes_parent) (const Change *part, const struct Changes *changes);

	/*
	 * Is it altered although it is to stay, since a statement about something
	 * else changes it?  NULL: no.
	 */
	bool		(*is_altered_along) (const Change *change, const struct Changes *changes);

	/*
	 * Statements for steps of a way that has no other.  stub: something of
	 * its name takes its place until it can be made.  empty: what is dropped
	 * or altered afterwards lets go of what it needs.  put_aside: it gets
	 * another name, so that the new one can be made; drop_aside: it is
	 * dropped under that name.  NULL: there is no such step.
	 */
	void		(*stub) (const SchemaObject *new, Writer *w);
	void		(*empty) (const Change *change, Writer *w);
	void		(*put_aside) (const SchemaObject *old, Writer *w);
	void		(*drop_aside) (const Change *change, Writer *w);

	/* ------------------------------------------------------------- another name */

	int			renamed_as;		/* RENAMED_...; 0: its name cannot be changed */

	/*
	 * Write the statement for a new name.  is and other are the two states of
	 * the object, with the name that it has and the one that it gets; parent
	 * is the parent of one of them, with the name that it has by then, or
	 * NULL.  NULL: ALTER object_ref() RENAME TO.
	 */
	void		(*rename) (const SchemaObject *is, const SchemaObject *other,
						   const SchemaObject *parent, Writer *w);
};

/*
 * For queries: a definition in a property that may be NULL, but not while its object exists.  In
 * place of such a NULL the loader finds GONE, and knows that the object is gone.
 */
#define GONE "\001gone"
#define DEFINED(expression) "coalesce(" expression ", E'\\001gone')"

extern const Kind *const kinds[NKINDS];

#define kind_is(obj, k) ((obj)->kind == kinds[k])

/* The row of a property by its name, which has to be one of the kind's. */
extern const Property *kind_property(const Kind *kind, const char *name);

/* The property itself. */
extern const char *prop(const SchemaObject *obj, const char *name);
extern void set_prop(SchemaObject *obj, const char *name, const char *value);
extern bool prop_is(const SchemaObject *obj, const char *name,
					const char *value); /* false for NULL */
extern bool prop_true(const SchemaObject *obj, const char *name);	/* is it "t" or "true"? */

/* Does the property of an existing old and new object differ, as prop_same() sees it? */
extern bool prop_differs(const Change *change, const char *name);

/*
 * meaning.c: do two texts of a property, of objects of one kind, say the same?  The kind's callback
 * "same" may say so, and SQL may be what PostgreSQL reads as the same.  Either text may be NULL.
 */
extern bool prop_same(const SchemaObject *old, const SchemaObject *new, const char *name,
					  const char *a, const char *b);
extern bool texts_differ(const char *a, const char *b); /* either may be NULL */

/* Lists of char *: is the text in the list?  And sort the list by bytes, in place. */
extern bool has_text(const List *texts, const char *text);
extern void sort_texts(List *texts);

/* The object as COMMENT ON wants it: "TABLE public.users", "CONSTRAINT c ON public.t" */
extern const char *object_ref(const SchemaObject *obj);

/*
 * Callbacks of a Kind that many share: DROP of object_ref(); nothing changes in place if
 * property "definition" differs; the identity is a name that cannot be used twice.
 */
extern void drop_object(const Change *change, Writer *w);
extern bool alter_definition(Change *change, Writer *w);
extern List *object_slots(const SchemaObject *obj);

/* And for those that ask a question: it is so for all objects of the kind. */
extern bool object_always(const SchemaObject *obj);
extern bool object_always_breaks(const SchemaObject *old, const struct Changes *changes);

/* It stays unless it is dropped for good, whatever is made again under it. */
extern OnLoss object_outlives(const Change *dependent, const Change *cause);

/* The new name of something that all statements about it lock: a table, a view. */
extern void relation_rename(const SchemaObject *is, const SchemaObject *other,
							const SchemaObject *parent, Writer *w);

/* 'text', quoted as a literal */
extern const char *literal(const char *text);

/* The topmost whole of a part: the table for a column's default. */
extern const SchemaObject *object_root(const SchemaObject *obj);
extern bool object_needs(const SchemaObject *obj, const SchemaObject *what);

/* Is this old object dropped or recreated? */
extern bool object_goes(const Writer *w, const SchemaObject *old);

/* Look up by kind and identity; NULL if there is none. */
extern SchemaObject *snapshot_find(const SchemaSnapshot *snapshot, ObjectKind kind,
								   const char *identity);

/* The object of this kind and identity in another snapshot; NULL if that has none. */
extern SchemaObject *snapshot_find_same(const SchemaSnapshot *snapshot, const SchemaObject *object);

/* Is there a schema of this name, unquoted? */
extern bool snapshot_has_schema(const SchemaSnapshot *snapshot, const char *name);

/* The table or materialised view of this identity, or NULL. */
extern SchemaObject *snapshot_find_rows(const SchemaSnapshot *snapshot, const char *identity);

/* All its tables: a new list of SchemaObject *, in the order of the snapshot. */
extern List *snapshot_tables(const SchemaSnapshot *snapshot);

/* An empty snapshot; and add an object to it.  objects.c */
extern SchemaSnapshot *snapshot_new(const Managed *managed);
extern void snapshot_add(SchemaSnapshot *snapshot, SchemaObject *object);

/*
 * Remove the objects marked by number.  If a part stays, its whole has to stay.  All objects get
 * new numbers.
 */
extern void snapshot_remove(SchemaSnapshot *snapshot, const bool *gone);

/* The numbers of ObjectKind and Kind. */
extern ObjectKind kind_number(const Kind *kind);

/*
 * The place of an object in the order of kinds: the lower one is created first where nothing else
 * decides.
 */
extern int	kind_rank(const SchemaObject *obj);

/* Is there an object whose name is one of these, NAME_OF_...?  The identity is quoted. */
extern bool snapshot_has_name(const SchemaSnapshot *snapshot, int names, const char *identity);

/*
 * An unquoted name for an old relation or type that is renamed aside for the new one of its name:
 * no object of the two schemas has it.
 */
extern char *object_aside_name(const SchemaObject *obj, const SchemaSnapshot *from,
							   const SchemaSnapshot *to);

/* ---------------------------------------------------------------- common.c */

/* Do owner, privileges, comment, labels or any property differ? */
extern bool objects_differ(const SchemaObject *old, const SchemaObject *new);

/*
 * Write the statements that every kind needs after its own: owner, privileges, comment, labels.
 * old is NULL for a new object.
 */
extern void write_common(const SchemaObject *old, const SchemaObject *new, Writer *w);

/* COMMENT ON, whatever there was before. */
extern void write_comment(const SchemaObject *obj, Writer *w);

/* ------------------------------------------------------------------- acl.c */

/* Are the privileges the same, in any order? */
extern bool acl_equal(const char *a, const char *b);

/*
 * Does the object have the wanted privileges without GRANT or REVOKE, also after a change of owner?
 */
extern bool acl_stays(const SchemaObject *old, const SchemaObject *new);

/* A text that is equal for all lists that acl_equal() calls equal; NULL for NULL. */
extern char *acl_canonical(const char *acl);

/*
 * The privileges that there would be if another role had the object and all the rights of an
 * owner; NULL for NULL.  type as in Kind.acl_type.
 */
extern char *acl_adopted(const char *acl, char type, const char *owner, const char *new_owner);

/*
 * GRANT and REVOKE from the old to the new privileges; old NULL: from those that a new object
 * starts with.
 */
extern void acl_write(const SchemaObject *old, const SchemaObject *new, Writer *w);

/* ALTER DEFAULT PRIVILEGES from one to the other; NULL: the built-in defaults. */
extern void acl_write_defaults(const SchemaObject *old, const SchemaObject *new, Writer *w);

#endif							/* MIGRATE_OBJECT_H */
