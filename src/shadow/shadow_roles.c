/*
 * shadow_roles.c
 *		Roles are not run again in a shadow.
 *
 * They belong to all databases of the server, so a history that makes one finds it
 * there, and cannot make it again.  What a text does to a role that was there before is
 * passed over, wherever it is said: in a DO block and in a function as well, which
 * is why the server's own hook for utility statements is used.  A role that the text
 * makes, since it is not there, goes with the shadow.  Comparisons know no roles.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/syscache.h"

static ProcessUtility_hook_type previous_hook = NULL;

/* Is there a role of this name that the shadow has not made? */
static bool
is_live_role(const char *name)
{
	HeapTuple	tuple = SearchSysCache1(AUTHNAME, CStringGetDatum(name));
	bool		is_live;

	if (!HeapTupleIsValid(tuple))
		return false;
	is_live = !shadow_is_own(shadow_current(), tuple);
	ReleaseSysCache(tuple);
	return is_live;
}

static bool
is_live(const RoleSpec *role)
{
	return role->roletype != ROLESPEC_CSTRING || is_live_role(role->rolename);
}

/* The roles of DROP ROLE that are the shadow's own, or that are not there. */
static List *
without_live(List *roles)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, roles)
	{
		if (!is_live(lfirst_node(RoleSpec, lc)))
			rest = lappend(rest, lfirst(lc));
	}
	return rest;
}

/* The statement as a shadow runs it: itself, another one, or NULL. */
static PlannedStmt *
without_live_roles(PlannedStmt *pstmt)
{
	Node	   *node = pstmt->utilityStmt;

	switch (nodeTag(node))
	{
		case T_CreateRoleStmt:
			return is_live_role(castNode(CreateRoleStmt, node)->role) ? NULL : pstmt;
		case T_AlterRoleStmt:
			return is_live(castNode(AlterRoleStmt, node)->role) ? NULL : pstmt;
		case T_AlterRoleSetStmt:
			{
				const RoleSpec *role = castNode(AlterRoleSetStmt, node)->role;

				return role == NULL || is_live(role) ? NULL : pstmt;
			}
		case T_RenameStmt:
			{
				const RenameStmt *rename = castNode(RenameStmt, node);

				return rename->renameType == OBJECT_ROLE &&
					(is_live_role(rename->subname) || is_live_role(rename->newname)) ? NULL : pstmt;
			}
		case T_DropRoleStmt:
			{
				List	   *rest = without_live(castNode(DropRoleStmt, node)->roles);

				if (list_length(rest) == list_length(castNode(DropRoleStmt, node)->roles))
					return pstmt;
				if (rest == NIL)
					return NULL;
				/* the plan may be kept by a function */
				pstmt = copyObject(pstmt);
				castNode(DropRoleStmt, pstmt->utilityStmt)->roles = rest;
				return pstmt;
			}
		default:
			return pstmt;
	}
}

static void
process_utility(COMPAT_UTILITY_PARAMS)
{
	if (shadow_current() != NULL)
		pstmt = without_live_roles(pstmt);
	if (pstmt == NULL)
		return;
	if (previous_hook)
		previous_hook(COMPAT_UTILITY_ARGS(pstmt));
	else
		standard_ProcessUtility(COMPAT_UTILITY_ARGS(pstmt));
}

void
shadow_watch_roles(void)
{
	previous_hook = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}
