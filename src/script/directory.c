/*
 * directory.c
 *		Reads revision files from a directory of the server.
 *
 * Only superusers and members of pg_read_server_files may do this: they can read the
 * server's files anyway.  All others send files through a client.
 */
#include "postgres.h"

#include "compat.h"
#include "script/script.h"

#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/memutils.h"

static bool
is_revision_file(const char *name)
{
	size_t		len = strlen(name);

	return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".sql") == 0;
}

static void
list_files(const char *path, char ***names, int *n)
{
	DIR		   *dir = AllocateDir(path);
	struct dirent *entry;
	int			max = 64;

	*names = palloc(sizeof(char *) * max);
	*n = 0;
	/* ReadDir() raises the error of a directory that could not be opened */
	while ((entry = ReadDir(dir, path)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_revision_file(entry->d_name))
			continue;
		if (*n == max)
			*names = repalloc(*names, sizeof(char *) * (max *= 2));
		(*names)[(*n)++] = pstrdup(entry->d_name);
	}
	FreeDir(dir);
	qsort(*names, *n, sizeof(char *), pg_qsort_strcmp);
}

static void
file_callback(void *arg)
{
	errcontext("file \"%s\"", (const char *) arg);
}

static char *
read_file(const char *path)
{
	ErrorContextCallback callback;
	struct stat st;
	FILE	   *file = AllocateFile(path, PG_BINARY_R);
	char	   *text;
	size_t		len;

	if (file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path)));
	if (fstat(fileno(file), &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode) || st.st_size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file of less than 1 GB", path),
				 errhint("Take it out of the directory, or give it a name that does not end in \".sql\".")));
	text = palloc(st.st_size + 1);
	len = fread(text, 1, st.st_size, file);
	if (ferror(file))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", path)));
	FreeFile(file);
	text[len] = '\0';

	callback.callback = file_callback;
	callback.arg = unconstify(char *, path);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	text = pg_any_to_server(text, len, PG_UTF8);
	error_context_stack = callback.previous;
	return text;
}

void
directory_read(const char *path, char ***names, char ***texts, int *n)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must have the rights of role pg_read_server_files to read a directory of the server"),
				 errhint("Send the files through a client with migrate.load_files().")));
	list_files(path, names, n);
	*texts = palloc(sizeof(char *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		(*texts)[i] = read_file(psprintf("%s/%s", path, (*names)[i]));
	}
}
