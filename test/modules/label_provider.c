/*
 * label_provider.c
 *		A provider of security labels, for tests: PostgreSQL's own is in no package.
 */
#include "postgres.h"

#include "catalog/objectaddress.h"
#include "commands/seclabel.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/* Any label will do. */
static void
check_label(const ObjectAddress *object, const char *seclabel)
{
}

void
_PG_init(void)
{
	register_label_provider("test", check_label);
	register_label_provider("other provider", check_label);
}
