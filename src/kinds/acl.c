/*
 * acl.c
 *		Privileges: GRANT and REVOKE from one aclitem[] to another.
 *
 * Privileges are compared as sets, with the defaults filled in by acldefault().  A new object
 * starts with those, and with what its creator's ALTER DEFAULT PRIVILEGES adds: the snapshot has
 * objects that describe them.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/object.h"

#include "utils/builtins.h"

/* One privilege of an item. */
typedef struct Privilege
{
	char	   *grantee;		/* "" is PUBLIC */
	char	   *grantor;
	char		letter;
	bool		grantable;
} Privilege;

static const struct
{
	char		letter;
	const char *word;
}			words[] = {
	{'r', "SELECT"}, {'a', "INSERT"}, {'w', "UPDATE"}, {'d', "DELETE"}, {'D', "TRUNCATE"},
	{'x', "REFERENCES"}, {'t', "TRIGGER"}, {'m', "MAINTAIN"}, {'X', "EXECUTE"}, {'U', "USAGE"},
	{'C', "CREATE"}, {'T', "TEMPORARY"}, {'c', "CONNECT"}, {'s', "SET"}, {'A', "ALTER SYSTEM"}
};

/* Read a role's name at *p, which is quoted if it has to be; ends before = or / or the end. */
static char *
read_role(const char **p)
{
	StringInfoData buf;
	bool		quoted = false;

	initStringInfo(&buf);
	for (; **p != '\0' && (quoted || (**p != '=' && **p != '/')); (*p)++)
	{
		if (**p == '"' && quoted && (*p)[1] == '"')
			appendStringInfoChar(&buf, *(*p)++);
		else if (**p == '"')
			quoted = !quoted;
		else
			appendStringInfoChar(&buf, **p);
	}
	return buf.data;
}

/* grantee=letters/grantor */
static List *
read_item(List *privileges, const char *item)
{
	char	   *grantee = read_role(&item);
	const char *letters = item + 1;
	const char *end = letters;

	while (*end != '\0' && *end != '/')
		end++;
	item = *end == '/' ? end + 1 : end;
	for (char *grantor = read_role(&item); letters < end; letters++)
	{
		Privilege  *p = palloc(sizeof(Privilege));

		p->grantee = grantee;
		p->grantor = grantor;
		p->letter = *letters;
		p->grantable = letters[1] == '*';
		letters += p->grantable;
		privileges = lappend(privileges, p);
	}
	return privileges;
}

/* An element of an array's text at *p, without its quotes; false at the end. */
static bool
next_element(const char **p, char **element)
{
	StringInfoData buf;
	bool		quoted = false;

	if (**p == '\0' || **p == '}')
		return false;
	initStringInfo(&buf);
	for (; **p != '\0' && (quoted || (**p != ',' && **p != '}')); (*p)++)
	{
		if (**p == '"')
			quoted = !quoted;
		else
		{
			if (**p == '\\' && (*p)[1] != '\0')
				(*p)++;
			appendStringInfoChar(&buf, **p);
		}
	}
	if (**p == ',')
		(*p)++;
	*element = buf.data;
	return true;
}

static List *
read_acl(const char *acl)
{
	List	   *privileges = NIL;
	const char *p = acl;
	char	   *item;

	if (acl == NULL || *p++ != '{')
		return NIL;
	while (next_element(&p, &item))
		privileges = read_item(privileges, item);
	return privileges;
}

/* The same privilege of the same grantee, whoever granted it. */
static Privilege *
find_privilege(const List *privileges, const Privilege *like)
{
	ListCell   *lc;

	foreach(lc, privileges)
	{
		Privilege  *p = lfirst(lc);

		if (p->letter == like->letter && strcmp(p->grantee, like->grantee) == 0)
			return p;
	}
	return NULL;
}

static bool
is_contained(const List *a, const List *b)
{
	ListCell   *lc;

	foreach(lc, a)
	{
		const Privilege *p = lfirst(lc);
		const Privilege *other = find_privilege(b, p);

		if (other == NULL || other->grantable != p->grantable)
			return false;
	}
	return true;
}

bool
acl_equal(const char *a, const char *b)
{
	List	   *x;
	List	   *y;

	if (!texts_differ(a, b))
		return true;
	x = read_acl(a);
	y = read_acl(b);
	return is_contained(x, y) && is_contained(y, x);
}

char *
acl_canonical(const char *acl)
{
	List	   *texts = NIL;
	StringInfoData buf;
	ListCell   *lc;

	if (acl == NULL)
		return NULL;
	foreach(lc, read_acl(acl))
	{
		const Privilege *p = lfirst(lc);

		texts = lappend(texts, psprintf("%s=%c%s", quote_identifier(p->grantee), p->letter,
										p->grantable ? "*" : ""));
	}
	sort_texts(texts);
	initStringInfo(&buf);
	foreach(lc, texts)
	{
		appendStringInfo(&buf, "%s,", (char *) lfirst(lc));
	}
	return buf.data;
}

/* ------------------------------------------------------- what a new one has */

static const char *
all_letters(char type)
{
	switch (type)
	{
		case 'r':
			return COMPAT_TABLE_PRIVILEGES;
		case 'c':
			return "arwx";
		case 's':
			return "rwU";
		case 'f':
			return "X";
		case 'L':
			return "rw";
		case 'n':
			return "UC";
		default:
			return "U";
	}
}

static List *
add_privileges(List *privileges, const char *grantee, const char *grantor, const char *letters)
{
	for (; *letters != '\0'; letters++)
	{
		Privilege  *p = palloc(sizeof(Privilege));

		p->grantee = pstrdup(grantee);
		p->grantor = pstrdup(grantor);
		p->letter = *letters;
		p->grantable = false;
		privileges = lappend(privileges, p);
	}
	return privileges;
}

/* The built-in default privileges, as acldefault() returns them. */
static List *
default_privileges(char type, const char *owner)
{
	List	   *privileges = NIL;

	if (type == 'c')
		return NIL;
	if (type == 'f')
		privileges = add_privileges(privileges, "", owner, "X");
	else if (type == 'T' || type == 'l')
		privileges = add_privileges(privileges, "", owner, "U");
	return add_privileges(privileges, owner, owner, all_letters(type));
}

/* The letters of pg_default_acl.defaclobjtype; 0 if there are none for it. */
static char
default_acl_type(char type)
{
	switch (type)
	{
		case 'r':
		case 'f':
		case 'T':
		case 'n':
			return type;
		case 's':
			return 'S';
		default:
			return 0;
	}
}

static List *
merge_privileges(List *privileges, List *more)
{
	ListCell   *lc;

	foreach(lc, more)
	{
		Privilege  *p = lfirst(lc);
		Privilege  *there = find_privilege(privileges, p);

		if (there == NULL)
			privileges = lappend(privileges, p);
		else
			there->grantable |= p->grantable;
	}
	return privileges;
}

/* An element of an array's text: grantee=letters/grantor. */
static void
append_item(StringInfo buf, const Privilege *p)
{
	char	   *item = psprintf("%s=%c%s/%s",
								*p->grantee != '\0' ? quote_identifier(p->grantee) : "", p->letter,
								p->grantable ? "*" : "", quote_identifier(p->grantor));

	appendStringInfoString(buf, buf->len > 1 ? ",\"" : "\"");
	for (const char *c = item; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, *c);
	}
	appendStringInfoChar(buf, '"');
}

/* Replace a role by another, as grantee and as grantor. */
static void
pass_on(const List *privileges, const char *role, const char *new_role)
{
	ListCell   *lc;

	foreach(lc, privileges)
	{
		Privilege  *p = lfirst(lc);

		if (strcmp(p->grantee, role) == 0)
			p->grantee = pstrdup(new_role);
		if (strcmp(p->grantor, role) == 0)
			p->grantor = pstrdup(new_role);
	}
}

/* Of a column its table's; NULL if the object has none, or owners are not compared. */
static const char *
owner_of(const SchemaObject *obj)
{
	return obj->kind->acl_type == 'c' ? obj->parent->owner : obj->owner;
}

/*
 * The privileges after ALTER ... OWNER TO: the new owner replaces the old one as grantee and as
 * grantor.
 */
static void
pass_on_to_owner(const List *privileges, const SchemaObject *old, const SchemaObject *new)
{
	if (owner_of(old) != NULL && owner_of(new) != NULL)
		pass_on(privileges, owner_of(old), owner_of(new));
}

bool
acl_stays(const SchemaObject *old, const SchemaObject *new)
{
	List	   *x;
	List	   *y;

	if (new->kind->acl_type != 'c' || old->acl == NULL ||
		!texts_differ(owner_of(old), owner_of(new)))
		return acl_equal(old->acl, new->acl);
	x = read_acl(old->acl);
	y = read_acl(new->acl);
	pass_on_to_owner(x, old, new);
	return is_contained(x, y) && is_contained(y, x);
}

char *
acl_adopted(const char *acl, char type, const char *owner, const char *new_owner)
{
	List	   *privileges = add_privileges(NIL, new_owner, new_owner, all_letters(type));
	List	   *granted = NIL;
	StringInfoData buf;
	ListCell   *lc;

	if (acl == NULL)
		return NULL;
	foreach(lc, read_acl(acl))
	{
		if (strcmp(((Privilege *) lfirst(lc))->grantee, owner) != 0)
			granted = lappend(granted, lfirst(lc));
	}
	pass_on(granted, owner, new_owner);
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	foreach(lc, merge_privileges(privileges, granted))
	{
		append_item(&buf, lfirst(lc));
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/*
 * What ALTER DEFAULT PRIVILEGES has said of new objects of this type, in one schema or, without
 * one, anywhere; NULL if nothing.
 */
static const SchemaObject *
default_acl(const SchemaSnapshot *from, const char *role, char type, const char *schema)
{
	for (int i = 0; i < from->nobjects; i++)
	{
		const SchemaObject *d = from->objects[i];

		if (kind_is(d, KIND_DEFAULT_ACL) && prop(d, "type")[0] == type &&
			strcmp(prop(d, "role"), role) == 0 &&
			!texts_differ(prop(d, "schema"), schema))
			return d;
	}
	return NULL;
}

/*
 * The role that creates the object.  The sequence of an identity column belongs to the owner of an
 * existing table, whoever adds the column.
 */
static const char *
creator(const SchemaObject *obj, const Writer *w)
{
	ListCell   *lc;

	if (obj->owner != NULL && kind_is(obj, KIND_SEQUENCE) && prop_true(obj, "_identity"))
	{
		foreach(lc, obj->needs)
		{
			const SchemaObject *column = lfirst(lc);
			const Change *table =
			kind_is(column, KIND_COLUMN) ? w->changes->of_new[column->parent->number] : NULL;

			if (table != NULL && table->old != NULL && !change_goes_away(table))
				return obj->owner;
		}
	}
	return w->from->user;
}

/* The privileges of an object that has just been created and given to its owner. */
static List *
initial_privileges(const SchemaObject *obj, const Writer *w)
{
	List	   *privileges = default_privileges(obj->kind->acl_type, obj->owner);
	char		type = default_acl_type(obj->kind->acl_type);
	const char *role = creator(obj, w);
	const SchemaObject *anywhere = type == 0 ? NULL : default_acl(w->from, role, type, NULL);
	const SchemaObject *here =
	type == 0 || obj->schema == NULL ? NULL : default_acl(w->from, role, type, obj->schema);

	/*
	 * default privileges without a schema replace the built-in ones, those of
	 * a schema are added
	 */
	if (anywhere != NULL)
		privileges = read_acl(prop(anywhere, "privileges"));
	if (here != NULL)
		privileges = merge_privileges(privileges, read_acl(prop(here, "privileges")));
	/* the creator has them first; ALTER OWNER hands them to the owner */
	if (obj->owner != NULL)
		pass_on(privileges, role, obj->owner);
	return privileges;
}

/* ------------------------------------------------------------------- writing */

/* "SELECT, INSERT" or "ALL"; for a column "SELECT (c), INSERT (c)" */
static char *
privilege_words(char type, const char *column, const char *letters)
{
	StringInfoData buf;

	if (column == NULL && strspn(all_letters(type), letters) == strlen(all_letters(type)))
		return pstrdup("ALL");
	initStringInfo(&buf);
	for (int i = 0; i < lengthof(words); i++)
		if (strchr(letters, words[i].letter) != NULL)
		{
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", words[i].word);
			if (column != NULL)
				appendStringInfo(&buf, " (%s)", column);
		}
	return buf.data;
}

static const char *
grant_target(const SchemaObject *obj)
{
	const char *keyword = obj->kind->grant_on;

	if (obj->kind->acl_type == 'c')
		return psprintf("TABLE %s", obj->parent->identity);
	if (keyword == NULL)
		keyword = obj->kind->keyword_of ? obj->kind->keyword_of(obj) : obj->kind->keyword;
	return psprintf("%s %s", keyword, obj->identity);
}

static const char *
role_name(const char *role)
{
	return *role == '\0' ? "PUBLIC" : quote_identifier(role);
}

static bool
same_grant(const Privilege *p, const Privilege *like)
{
	return strcmp(p->grantee, like->grantee) == 0 && strcmp(p->grantor, like->grantor) == 0 &&
		p->grantable == like->grantable;
}

/* Collect the privileges of one grantee, grantor and grant option, in the given order. */
static char *
same_letters(const List *privileges, const Privilege *like)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, privileges)
	{
		if (same_grant(lfirst(lc), like))
			appendStringInfoChar(&buf, ((Privilege *) lfirst(lc))->letter);
	}
	return buf.data;
}

/* Is this the first privilege of a grant?  One statement is written for all of them. */
static bool
is_first_of_grant(const List *privileges, const Privilege *like)
{
	ListCell   *lc;

	foreach(lc, privileges)
	{
		if (same_grant(lfirst(lc), like))
			return lfirst(lc) == like;
	}
	return false;
}

/* Write the statements, grouped so that privileges of one grant share a statement. */
static void
write_all(const List *privileges, const SchemaObject *obj, Writer *w, bool grant, bool option_only)
{
	ListCell   *lc;

	foreach(lc, privileges)
	{
		const Privilege *p = lfirst(lc);
		const char *letters;
		bool		by_other = obj->owner != NULL && strcmp(p->grantor, obj->owner) != 0;

		if (!is_first_of_grant(privileges, p))
			continue;
		letters = privilege_words(obj->kind->acl_type,
								  obj->kind->acl_type == 'c' ? quote_identifier(obj->name) : NULL,
								  same_letters(privileges, p));
		if (by_other)
			put(w, "SET ROLE %s", quote_identifier(p->grantor));
		if (grant)
			put(w, "GRANT %s ON %s TO %s%s", letters, grant_target(obj),
				role_name(p->grantee), p->grantable ? " WITH GRANT OPTION"
				: "")->hazards = HAZARD_AUTHORIZATION;
		else
			put(w, "REVOKE %s%s ON %s FROM %s%s", option_only ? "GRANT OPTION FOR " : "", letters,
				grant_target(obj), role_name(p->grantee), option_only || p->grantable ? " CASCADE"
				: "")->hazards = HAZARD_AUTHORIZATION;
		if (by_other)
			put(w, "RESET ROLE");
	}
}

static void
compare_privileges(const List *before, const List *after, List **revoke, List **revoke_option,
				   List **grant)
{
	ListCell   *lc;

	foreach(lc, before)
	{
		Privilege  *p = lfirst(lc);
		Privilege  *wanted = find_privilege(after, p);

		if (wanted == NULL)
			*revoke = lappend(*revoke, p);
		else if (p->grantable && !wanted->grantable)
			*revoke_option = lappend(*revoke_option, p);
	}
	foreach(lc, after)
	{
		Privilege  *p = lfirst(lc);
		Privilege  *there = find_privilege(before, p);

		if (there == NULL || (p->grantable && !there->grantable))
			*grant = lappend(*grant, p);
	}
}

/*
 * REVOKE on a table revokes from its columns as well, so grant again what the columns shall keep.
 */
static void
grant_columns_again(const List *revoked, const SchemaObject *old, const SchemaObject *new,
					Writer *w)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (revoked == NIL)
		return;
	foreach(lc, old->parts)
	{
		const SchemaObject *column = lfirst(lc);
		List	   *lost = NIL;
		List	   *had;

		if (column->kind->acl_type != 'c' || column->acl == NULL || object_goes(w, column))
			continue;
		had = read_acl(column->acl);
		pass_on_to_owner(had, old, new);
		foreach(lc2, had)
		{
			if (find_privilege(revoked, lfirst(lc2)) != NULL)
				lost = lappend(lost, lfirst(lc2));
		}
		write_all(lost, column, w, true, false);
	}
}

void
acl_write(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	List	   *before;
	List	   *after = read_acl(new->acl);
	List	   *revoke = NIL;
	List	   *revoke_option = NIL;
	List	   *grant = NIL;

	/* none where privileges are not compared */
	if (new->kind->acl_type == 0 || new->acl == NULL)
		return;
	before = old != NULL ? read_acl(old->acl) : initial_privileges(new, w);
	if (old != NULL)
		pass_on_to_owner(before, old, new);
	compare_privileges(before, after, &revoke, &revoke_option, &grant);
	write_all(revoke, new, w, false, false);
	if (new->kind->acl_type == 'r' && old != NULL)
		grant_columns_again(revoke, old, new, w);
	write_all(revoke_option, new, w, false, true);
	write_all(grant, new, w, true, false);
}

/* -------------------------------------------------------- default privileges */

static const struct
{
	char		type;			/* of pg_default_acl */
	char		acl_type;		/* of acldefault() */
	const char *objects;
}			default_types[] = {
	{'r', 'r', "TABLES"}, {'S', 's', "SEQUENCES"}, {'f', 'f', "FUNCTIONS"}, {'T', 'T', "TYPES"},
	{'n', 'n', "SCHEMAS"},
	{'L', 'L', "LARGE OBJECTS"}
};

static void
write_defaults(const List *privileges, const SchemaObject *entry, int type, const char *before,
			   const char *between, Writer *w)
{
	ListCell   *lc;

	foreach(lc, privileges)
	{
		const Privilege *p = lfirst(lc);

		if (!is_first_of_grant(privileges, p))
			continue;
		put(w, "ALTER DEFAULT PRIVILEGES FOR ROLE %s%s%s %s%s ON %s %s %s%s",
			quote_identifier(prop(entry, "role")),
			prop(entry, "schema") ? " IN SCHEMA " : "", prop(entry, "schema")
			? quote_identifier(prop(entry, "schema")) : "",
			before, privilege_words(default_types[type].acl_type, NULL,
									same_letters(privileges, p)),
			default_types[type].objects, between, role_name(p->grantee),
			*before == 'G' && p->grantable ? " WITH GRANT OPTION"
			: "")->hazards = HAZARD_AUTHORIZATION;
	}
}

void
acl_write_defaults(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	const SchemaObject *entry = new ? new : old;
	List	   *without = NIL;
	List	   *revoke = NIL;
	List	   *revoke_option = NIL;
	List	   *grant = NIL;
	int			type = 0;

	while (type < lengthof(default_types) - 1 && default_types[type].type != prop(entry, "type")[0])
		type++;
	/* default privileges of a schema are added to the global ones */
	if (prop(entry, "schema") == NULL)
		without = default_privileges(default_types[type].acl_type, prop(entry, "role"));
	compare_privileges(old ? read_acl(prop(old, "privileges")) : without,
					   new ? read_acl(prop(new, "privileges")) : without,
					   &revoke, &revoke_option, &grant);
	write_defaults(revoke, entry, type, "REVOKE ", "FROM", w);
	write_defaults(revoke_option, entry, type, "REVOKE GRANT OPTION FOR ", "FROM", w);
	write_defaults(grant, entry, type, "GRANT ", "TO", w);
}
