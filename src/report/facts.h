/*
 * facts.h
 *		What a report tells: gathered once, then written as Markdown, HTML, JSON or SARIF.
 *
 * Memory: everything is allocated in the context that is current in the call and is never freed
 * singly.
 */
#ifndef MIGRATE_FACTS_H
#define MIGRATE_FACTS_H

#include "postgres.h"

#include "diff/diff.h"
#include "review/review.h"
#include "store/store.h"

#include "storage/lockdefs.h"

/* -------------------------------------------------------------------- touched.c */

/* A lock that a statement takes on a relation that is there, as its kind tells. */
typedef struct TakenLock
{
	const char *table;			/* with its schema, quoted */
	LOCKMODE	mode;
} TakenLock;

/* Returns the mode as SQL writes it, such as "ACCESS EXCLUSIVE". */
extern const char *lock_mode_words(LOCKMODE mode);

/*
 * Returns the locks (TakenLock) that a raw statement takes on live relations, in the order in which
 * it names them. What functions and DO blocks lock is not known.  Names are looked up with the
 * search_path that is set; nothing is locked.
 */
extern List *touched_locks(Node *statement, const Pending *pending);

/*
 * Returns what the statement does in a few words, such as "ALTER TABLE users"; names are as
 * written.
 */
extern char *touched_words(Node *statement);

/* --------------------------------------------------------------------- picture.c */

/* What the plan does to a table or a column. */
typedef enum PictureMark
{
	PICTURE_KEPT,
	PICTURE_NEW,
	PICTURE_CHANGED,
	PICTURE_DROPPED
} PictureMark;

typedef struct PictureColumn
{
	const char *name;
	const char *type;
	PictureMark mark;
	const char *old_name;		/* if it is renamed */
	bool		is_key;			/* of the primary key */
	bool		refers;			/* it is part of a foreign key */
} PictureColumn;

typedef struct PictureTable
{
	Oid			relid;			/* InvalidOid: the plan makes it */
	const char *schema;			/* "": nobody knows it */
	const char *name;
	const char *words;			/* with its schema, quoted */
	PictureMark mark;
	List	   *columns;		/* PictureColumn */
	List	   *refers_to;		/* PictureReference */
} PictureTable;

typedef struct PictureReference
{
	PictureTable *to;
	const char *column;			/* the first one of the foreign key */
	PictureMark mark;
} PictureReference;

typedef struct Picture
{
	List	   *tables;			/* PictureTable, in the order in which the
								 * plan comes to them */
	bool		is_cut;			/* the plan changes more than it shows */
} Picture;

/* Returns "kept", "new", "changed" or "dropped". */
extern const char *picture_mark_words(PictureMark mark);

/*
 * Note what a raw statement does to tables.  Live tables are locked in ACCESS SHARE mode while they
 * are read.
 */
extern void picture_note(Picture *picture, Node *statement, const Pending *pending);

/* ----------------------------------------------------------------------- trial.c */

/* The argument of trial_add(). */
typedef struct Trial
{
	const Managed *managed;
	const char *target;
	const SchemaDiff *drift;	/* set: what was found; NULL: it could not be
								 * looked for, */
	const char *drift_unknown;	/* because of this */
} Trial;

/*
 * For ReviewWatch.more, with a Trial: try the plan out in a shadow, and add what that shows.
 * Nothing of the live tables is locked but in ACCESS SHARE mode.  Errors: a cancel; what cannot be
 * tried becomes a row.
 */
extern void trial_add(Review *review, const Store *store, const MigrationPlan *plan, void *arg);

/* --------------------------------------------------------------------- collect.c */

typedef struct ReportStatement
{
	int			number;			/* from 1 */
	int			line;			/* of the file */
	const char *sql;
	List	   *locks;			/* TakenLock */
} ReportStatement;

typedef struct ReportStep
{
	const StoredRevision *rev;
	const char *sql;			/* of the upgrade as a whole */
	int			first_line;		/* of sql in the file */
	List	   *statements;		/* ReportStatement */
	List	   *does;			/* char *, what its statements do, in words;
								 * each only once */
	List	   *locks;			/* TakenLock: of each table the strongest */
	const char *severity;		/* the worst: error, warning, notice; or NULL */
	int64		last_us;		/* how long it took when it ran last; -1: it
								 * has not run */
} ReportStep;

/* What is wanted besides what every report has. */
#define REPORT_HISTORY	0x1		/* what ran, and how long it took */
#define REPORT_DRIFT	0x2
#define REPORT_TRIAL	0x8		/* what trial_add() finds */
#define REPORT_PICTURE	0x4		/* the tables */

typedef struct Report
{
	const char *target;
	Store	   *store;
	MigrationPlan *plan;
	int			nsteps;
	ReportStep *steps;
	IdList		from;			/* the version rows, sorted */
	IdList		to;				/* and after the plan */
	List	   *findings;		/* ReviewRow */
	List	   *preflight;		/* PreflightRow */
	int			nerrors;
	int			nwarnings;
	int			nnotices;
	int			nallowed;
	const char *severity;		/* the worst: error, warning, notice, none */
	const Approval *approval;	/* of this plan as it is; or NULL */
	Picture		picture;

	StoredRun  *history;		/* newest first */
	int			nhistory;
	const SchemaDiff *drift;	/* NULL: it was not looked for, */
	const char *drift_unknown;	/* because of this; or NULL */
} Report;

/*
 * Gather what there is to be said of an upgrade to the target.  Nothing is run, but by a look for
 * drift in a shadow; nothing of the live tables is locked but in ACCESS SHARE mode.  managed: for
 * drift. Errors: those of review().  A look for drift that fails is told in drift_unknown.
 */
extern Report *report_collect(const char *target, int wanted, const Managed *managed);

/*
 * Returns the line of the file in which a statement (1-based) of a step (1-based) begins; -1: it
 * has none.
 */
extern int	report_line(const Report *report, int step, int statement);

/*
 * Returns who has approved the plan, or that nobody has though somebody must, in words; NULL: that
 * is no matter.
 */
extern const char *report_approval_words(const Report *report);

/*
 * Returns a moment in UTC, to the second, such as "2026-11-29T10:00:00Z" with "T" between and "Z"
 * after.
 */
extern const char *report_time(TimestampTz at, const char *between, const char *after);

/* ------------------------------------------------------------- the formats */

/*
 * Each returns the report as a text of its format.  directory: of the revision files, which goes
 * before their names where a tool is to find them, or NULL.
 */
extern char *report_markdown(const Report *report);
extern char *report_json(const Report *report);
extern char *report_sarif(const Report *report, const char *directory);
extern char *report_html(const Report *report);

#endif							/* MIGRATE_FACTS_H */
