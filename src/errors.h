/*
 * errors.h
 *		Every SQLSTATE of the extension, in the class MG.
 *
 * The codes are part of the interface (docs/reference.md, "Errors"): clients test for a
 * code, never for a message.  An error in a revision's own SQL keeps its code.
 */
#ifndef MIGRATE_ERRORS_H
#define MIGRATE_ERRORS_H

#define ERRCODE_MG_CANT_LOCATE				MAKE_SQLSTATE('M', 'G', '0', '0', '1')
#define ERRCODE_MG_AMBIGUOUS_PREFIX			MAKE_SQLSTATE('M', 'G', '0', '0', '2')
#define ERRCODE_MG_NO_SUCH_BRANCH			MAKE_SQLSTATE('M', 'G', '0', '0', '3')
#define ERRCODE_MG_NOT_ON_BRANCH			MAKE_SQLSTATE('M', 'G', '0', '0', '4')
#define ERRCODE_MG_MULTIPLE_HEADS			MAKE_SQLSTATE('M', 'G', '0', '0', '5')
#define ERRCODE_MG_AMBIGUOUS_WALK			MAKE_SQLSTATE('M', 'G', '0', '0', '6')
#define ERRCODE_MG_AMBIGUOUS_UPGRADE		MAKE_SQLSTATE('M', 'G', '0', '0', '7')
#define ERRCODE_MG_RELATIVE_TOO_FAR			MAKE_SQLSTATE('M', 'G', '0', '0', '8')
#define ERRCODE_MG_OVERLAP					MAKE_SQLSTATE('M', 'G', '0', '0', '9')
#define ERRCODE_MG_RANGE_NOT_ANCESTOR		MAKE_SQLSTATE('M', 'G', '0', '1', '0')
#define ERRCODE_MG_INVALID_DOWNGRADE_TARGET MAKE_SQLSTATE('M', 'G', '0', '1', '1')
#define ERRCODE_MG_CYCLE					MAKE_SQLSTATE('M', 'G', '0', '1', '2')
#define ERRCODE_MG_DUPLICATE_LABEL			MAKE_SQLSTATE('M', 'G', '0', '1', '3')
#define ERRCODE_MG_ILLEGAL_IDENTIFIER		MAKE_SQLSTATE('M', 'G', '0', '1', '4')
#define ERRCODE_MG_NOT_A_HEAD				MAKE_SQLSTATE('M', 'G', '0', '1', '5')
#define ERRCODE_MG_DUPLICATE_HEADS			MAKE_SQLSTATE('M', 'G', '0', '1', '6')
#define ERRCODE_MG_BAD_RANGE				MAKE_SQLSTATE('M', 'G', '0', '1', '7')
#define ERRCODE_MG_MISSING_REVISION			MAKE_SQLSTATE('M', 'G', '0', '1', '8')
#define ERRCODE_MG_BAD_SCRIPT				MAKE_SQLSTATE('M', 'G', '0', '1', '9')
#define ERRCODE_MG_IRREVERSIBLE				MAKE_SQLSTATE('M', 'G', '0', '2', '0')
#define ERRCODE_MG_REVISION_APPLIED			MAKE_SQLSTATE('M', 'G', '0', '2', '1')
#define ERRCODE_MG_NOT_UP_TO_DATE			MAKE_SQLSTATE('M', 'G', '0', '2', '2')
#define ERRCODE_MG_SCHEMA_DIFFERS			MAKE_SQLSTATE('M', 'G', '0', '2', '3')
#define ERRCODE_MG_NEEDS_OWN_TRANSACTION	MAKE_SQLSTATE('M', 'G', '0', '2', '4')
#define ERRCODE_MG_MIGRATION_IN_PROGRESS	MAKE_SQLSTATE('M', 'G', '0', '2', '5')
#define ERRCODE_MG_INTERRUPTED				MAKE_SQLSTATE('M', 'G', '0', '2', '6')
#define ERRCODE_MG_STILL_USED				MAKE_SQLSTATE('M', 'G', '0', '2', '7')
#define ERRCODE_MG_REQUIRE_FAILED			MAKE_SQLSTATE('M', 'G', '0', '2', '8')
#define ERRCODE_MG_VERIFY_FAILED			MAKE_SQLSTATE('M', 'G', '0', '2', '9')
#define ERRCODE_MG_NOT_APPROVED				MAKE_SQLSTATE('M', 'G', '0', '3', '2')
#define ERRCODE_MG_RUN_BY_EXTENSION			MAKE_SQLSTATE('M', 'G', '0', '3', '3')

#endif							/* MIGRATE_ERRORS_H */
