/*
 * model.h
 *		Compares a model, which is run in a shadow, with the live schema.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_MODEL_H
#define MIGRATE_MODEL_H

#include "author/renames.h"

/* A model, and the schemas that it is about. */
typedef struct Model
{
	const char *text;
	Managed		managed;
	const char *live;			/* what it is compared with: DDL, or NULL for
								 * the live schema */
	bool		allow_empty;	/* it may be empty, which means to drop
								 * everything */
	char	  **renames;		/* as rename_arguments() takes them */
	int			nrenames;
} Model;

/*
 * The schema that a model makes, in a shadow.
 * Errors: MG019 and the model's own with the line, see shadow_execute(); 22023 for
 * a model without a statement, which would drop everything, unless allow_empty.
 */
extern SchemaSnapshot *snapshot_model(const Model *model);

/*
 * What the model makes, and the live schema of the same time, or what model->live makes.  Both are
 * done again where another session has changed owner, rights or comment of a managed schema
 * meanwhile.  The tables of other migration tools are no part of the live schema unless the model
 * makes one: see ignored.h. Errors: those of snapshot_model(); 40001.
 */
extern SchemaSnapshot *compare_read(const Model *model, SchemaSnapshot **live);

/*
 * The live schema with the new names that the model says, in comments or by the argument: see
 * rename_apply().  The two are settled about the triggers that are left alone: see left_triggers.h.
 */
extern Renamed *compare_renamed(const Model *model, SchemaSnapshot *live, SchemaSnapshot *wanted);

/*
 * What turns the live schema into the model.
 * Errors: those of snapshot_model() and compare_renamed().
 */
extern SchemaDiff *compare_model(const Model *model);

/*
 * Refuse what the comparison does not know of, whatever it finds elsewhere: 0A000
 * with the objects of the two (the second may be NULL).
 */
extern void require_modelled(const SchemaSnapshot *one, const SchemaSnapshot *two);

/*
 * Refuse changes that PostgreSQL would refuse for something that is not managed: 2BP01 with what it
 * is.
 */
extern void require_independent(const Managed *managed, const SchemaDiff *diff);

/*
 * Refuse a list with a schema that neither of the two has (the second may be
 * NULL): 3F000.  A model needs no such check, see shadow_imply_schemas().
 */
extern void require_schemas(const Managed *managed, const SchemaSnapshot *one,
							const SchemaSnapshot *two);

/*
 * Tell the user what extensions run by themselves in the live schema; and which triggers are left
 * alone, by left_triggers.h.
 */
extern void compare_extension_notices(const SchemaSnapshot *live);
extern void compare_left_notices(const SchemaSnapshot *snapshot);

/* The first, and which other objects of the live schema are not compared. */
extern void compare_live_notices(const SchemaSnapshot *live);

/* Tell the user which objects of the model are not compared. */
extern void compare_model_notices(const SchemaSnapshot *wanted);

/* Tell the user what the comparison has to say: its notices, and what it does not know of. */
extern void compare_notices(const SchemaDiff *diff);

#endif							/* MIGRATE_MODEL_H */
