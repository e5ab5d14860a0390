/*
 * cppcheck.h
 *		What cppcheck has to know of PostgreSQL's headers, which it does not read:
 *		ereport(ERROR) and what is like it do not return, and foreach() is a loop.
 */
extern void abort(void);

#define ERROR 21
#define FATAL 22
#define PANIC 23
#define ereport(level, ...) do { (void) (__VA_ARGS__); if ((level) >= ERROR) abort(); } while (0)
#define elog(level, ...) do { (void) (__VA_ARGS__); if ((level) >= ERROR) abort(); } while (0)
#define Assert(condition) do { if (!(condition)) abort(); } while (0)
#define PG_RE_THROW() abort()
#define pg_attribute_printf(format, arguments)

#define foreach(cell, list) for (cell = first_of(list); cell != NULL; cell = next_of(cell))
#define forboth(a, lista, b, listb) for (a = first_of(lista), b = first_of(listb); a != NULL; a = next_of(a), b = next_of(b))
