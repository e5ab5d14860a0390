/*
 * loader.h
 *		Between the files that read the catalogs into a snapshot.
 */
#ifndef MIGRATE_LOADER_H
#define MIGRATE_LOADER_H

#include "snapshot/ignored.h"
#include "snapshot/snapshot_private.h"

#include "access/htup.h"
#include "catalog/pg_depend.h"

/* An address in pg_depend and the object that it stands for. */
typedef struct AddressEntry
{
	ObjectAddress address;		/* hash key */
	SchemaObject *object;
	bool		is_own;			/* the object's own address */
} AddressEntry;

/* A reference of an object, while the parents of objects are not known yet. */
typedef struct Loaded
{
	SchemaObject *object;
	Oid			parent;
	int32		parent_subid;
	const char *aliases;		/* the properties for the loader, or NULL */
	const char *needs;
} Loaded;

typedef struct Loader
{
	SchemaSnapshot *snapshot;
	const Shadow *shadow;
	Ignored    *ignored;		/* or NULL */
	MemoryContext context;		/* of the snapshot */
	List	   *loaded;			/* Loaded * */
	HTAB	   *addresses;
	HTAB	   *members;		/* of extensions: AddressEntry without objects */
	FormData_pg_depend *depends;	/* pg_depend; gone with SPI */
	size_t		ndepends;
	HTAB	   *used;			/* in a shadow: what was written now depends
								 * on; AddressEntry without objects */
	int			naliases;		/* found by a scan of them */
	List	   *outside;		/* Oid: class and object in turn, of parts
								 * that are not managed */
	Datum		schemas;		/* $1 */
	Datum		objects;		/* $3: of one kind, those asked for; 0: all */
} Loader;

/* ------------------------------------------------------------------ loader.c */

/* A set of addresses: AddressEntry. */
extern HTAB *loader_new_addresses(void);

/* A part of a table that is no object of ours stands for the table.  NULL if there is none. */
extern AddressEntry *loader_find(HTAB *addresses, Oid classid, Oid objid, int32 subid);

/* Returns false if the address is known already. */
extern bool loader_add(HTAB *addresses, Oid classid, Oid objid, int32 subid, SchemaObject *object,
					   bool is_own);

/*
 * Run a query with the parameters of the loader; and read the current row, in the current context.
 */
extern void loader_query(const Loader *loader, const char *sql);
extern char *loader_text(HeapTuple row, int column);
extern int64 loader_int(HeapTuple row, int column);

/* The value, which nothing is without.  Errors: XX001 if it is NULL. */
extern char *loader_require(const SchemaObject *object, const char *what, char *value);

/*
 * An object whose owner the caller could not set counts as the caller's; so do all if owners are
 * not compared.
 */
extern void loader_adopt(SchemaSnapshot *snapshot, SchemaObject *object);

/* Add the objects of a kind to what is loaded. */
extern void loader_read_kind(Loader *loader, const Kind *kind);

/* Call visit for each row of pg_depend that has been read. */
typedef void (*DependVisitor) (Loader *loader, Form_pg_depend depend);
extern void loader_scan_depend(Loader *loader, DependVisitor visit);

/* ----------------------------------------------------------------- outside.c */

/*
 * Note what things in a shadow use of the rest of the database.  Errors: 0A000 for what was put
 * away.
 */
extern void outside_note(Loader *loader);

/* Is the object gone, as far as we know its catalog? */
extern bool outside_is_missing(const ObjectAddress *address);

/* ----------------------------------------------------------- of_extensions.c */

/* Note of an ignored object whether an extension runs it by itself. */
extern void of_extension_note(Loader *loader, const Loaded *loaded);

/* Does such an object change and go with the table that it hangs on? */
extern bool of_extension_goes_along(const SchemaObject *object);

/* Note the triggers that extensions may have made. */
extern void of_extensions_note_triggers(Loader *loader);

/* Note the tables that extensions run. */
extern void of_extensions_note_run(Loader *loader);

/* -------------------------------------------------------------- unmodelled.c */

/* Note what no kind has read. */
extern void unmodelled_note(Loader *loader);

#endif							/* MIGRATE_LOADER_H */
