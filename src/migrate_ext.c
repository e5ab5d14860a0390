/*
 * migrate_ext.c
 *		What the server needs to load the library.
 *
 * The parts are in folders of their own: graph (which revisions, in which
 * order), store (the tables), script (what a text says), run (do it) and
 * functions (what SQL can call).  Calls go that way round only:
 * functions -> run -> script -> store -> graph.
 */
#include "postgres.h"

#include "compat.h"
#include "review/review.h"
#include "settings.h"
#include "shadow/shadow.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "migrate_ext",.version = MIGRATE_EXT_VERSION);
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	settings_define();
	shadow_watch_roles();
	hidden_catalogs_define();
	shadow_execute_define();
	guard_define();
	live_define();
	outlives_define();
	analyse_define();
}
