/*
 * as_owner.c
 *		Look at a table without running its owner's code as somebody else.
 *
 * The server evaluates what is constant in the expressions and conditions of a table's indexes
 * when it plans a query of the table, and when it builds an index.  Whoever put them there must
 * not have them run as a caller who may do more.
 */
#include "postgres.h"

#include "exec/exec.h"

#include "miscadmin.h"

RoleBefore
as_owner_begin(Oid owner)
{
	RoleBefore	before;

	GetUserIdAndSecContext(&before.user, &before.context);
	SetUserIdAndSecContext(owner, before.context | SECURITY_RESTRICTED_OPERATION);
	return before;
}

void
as_owner_end(RoleBefore before)
{
	SetUserIdAndSecContext(before.user, before.context);
}
