/*
 * names.c
 *		Lists of revisions, and the names in error messages.
 *
 * An error about a target offers what to write instead: the candidates of an
 * ambiguous prefix, the heads, the names that a mistyped one may have meant.  Only
 * this file writes such lists.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/varlena.h"

#include "graph/graph_private.h"

#define MAX_NAMES			10	/* that a DETAIL lists */
#define MAX_NEAR			5
#define MAX_NEAR_LENGTH		64	/* of a name worth comparing */
#define MAX_SHOWN_LENGTH	200 /* of a name in a message */

typedef struct NearName
{
	const char *name;
	int			distance;
} NearName;

static void consider_near(NearName *best, int *nbest, const char *candidate,
						  const char *name, int len, int limit);
static bool is_blank(char c);

RevList *
revlist_make(int n)
{
	RevList    *list = palloc(sizeof(RevList));

	list->n = 0;
	list->revs = palloc_extended(sizeof(int) * Max(n, 1), MCXT_ALLOC_HUGE);
	return list;
}

RevList *
revlist_one(int rev)
{
	RevList    *list = revlist_make(1);

	list->revs[list->n++] = rev;
	return list;
}

bool
revlist_has(const RevList *list, int rev)
{
	for (int i = 0; i < list->n; i++)
		if (list->revs[i] == rev)
			return true;
	return false;
}

RevList *
revlist_dedupe(const Graph *graph, const RevList *list)
{
	RevList    *result = revlist_make(list->n);
	bool	   *seen = palloc0(Max(graph->nrevs, 1));

	for (int i = 0; i < list->n; i++)
	{
		if (seen[list->revs[i]])
			continue;
		seen[list->revs[i]] = true;
		result->revs[result->n++] = list->revs[i];
	}
	pfree(seen);
	return result;
}

static int
compare_ids(const void *a, const void *b, void *arg)
{
	const Graph *graph = arg;

	return strcmp(graph->revs[*(const int *) a].links.id,
				  graph->revs[*(const int *) b].links.id);
}

void
revlist_sort_by_id(const Graph *graph, RevList *list)
{
	qsort_arg(list->revs, list->n, sizeof(int), compare_ids, unconstify(Graph *, graph));
}

char *
names_of_texts(const char *const *texts, int n)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < n && i < MAX_NAMES; i++)
		appendStringInfo(&out, "%s\"%s\"", i ? ", " : "", texts[i]);
	if (n > MAX_NAMES)
		appendStringInfo(&out, " and %d more", n - MAX_NAMES);
	return out.data;
}

char *
names_of_revs(const Graph *graph, const int *revs, int n)
{
	const char **texts = palloc_extended(sizeof(char *) * Max(n, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < n; i++)
		texts[i] = graph->revs[revs[i]].links.id;
	return names_of_texts(texts, n);
}

char *
names_near(const Graph *graph, const char *name, int except)
{
	NearName	best[MAX_NEAR];
	const char *texts[MAX_NEAR];
	int			nbest = 0;
	int			len = strlen(name);
	int			limit;

	if (len == 0 || len > MAX_NEAR_LENGTH)
		return NULL;
	limit = Min(Max(len / 4, 1), 3);

	for (int i = 0; i < graph->nrevs; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i == except)
			continue;
		consider_near(best, &nbest, graph->revs[i].links.id, name, len, limit);
		for (int l = 0; l < graph->revs[i].links.nlabels; l++)
			consider_near(best, &nbest, graph->revs[i].links.labels[l], name, len, limit);
	}
	if (nbest == 0)
		return NULL;
	for (int i = 0; i < nbest; i++)
		texts[i] = best[i].name;
	return names_of_texts(texts, nbest);
}

/* Insert the candidate into the list of the best few, sorted by distance, then name. */
static void
consider_near(NearName *best, int *nbest, const char *candidate,
			  const char *name, int len, int limit)
{
	int			clen = strlen(candidate);
	int			common = 0;
	int			distance;
	int			at;

	while (common < len && common < clen && name[common] == candidate[common])
		common++;
	if (clen <= MAX_NEAR_LENGTH && abs(clen - len) <= limit * MAX_MULTIBYTE_CHAR_LEN)
		distance = varstr_levenshtein_less_equal(name, len, candidate, clen,
												 1, 1, 1, limit, true);
	else
		distance = limit + 1;
	if (distance > limit)
	{
		/* else a common prefix makes it near: a wrong end, or an end left out */
		if (common < 4 || common < len / 2)
			return;
		distance = limit + 1 + (len - common);
	}

	for (at = *nbest; at > 0; at--)
	{
		NearName   *other = &best[at - 1];

		if (other->distance < distance ||
			(other->distance == distance && strcmp(other->name, candidate) <= 0))
			break;
	}
	if (at >= MAX_NEAR)
		return;
	if (*nbest < MAX_NEAR)
		(*nbest)++;
	memmove(&best[at + 1], &best[at], sizeof(NearName) * (*nbest - 1 - at));
	best[at].name = candidate;
	best[at].distance = distance;
}

char *
name_trim(const char *text, int len)
{
	while (len > 0 && is_blank(text[0]))
	{
		text++;
		len--;
	}
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return pnstrdup(text, len);
}

const char *
name_shown(const char *name)
{
	int			len = strlen(name);

	if (len <= MAX_SHOWN_LENGTH)
		return text_shown(name, len);
	return psprintf("%s...", text_shown(name, pg_mbcliplen(name, len, MAX_SHOWN_LENGTH)));
}

/*
 * Returns the length in bytes of the control character that begins here, or 0.
 * U+0080 to U+009F, two bytes in UTF-8, count: terminals take each of them for ESC
 * and a letter.  In other encodings such bytes are letters or parts of letters.
 */
static int
control_length(const char *p)
{
	unsigned char c = (unsigned char) p[0];
	unsigned char next = c == 0xC2 ? (unsigned char) p[1] : 0;

	if (c < ' ' || c == 0x7F)
		return 1;
	return GetDatabaseEncoding() == PG_UTF8 && next >= 0x80 && next <= 0x9F ? 2 : 0;
}

char *
text_shown(const char *text, int len)
{
	char	   *shown = pnstrdup(text, len);
	char	   *to = shown;

	for (const char *from = shown; *from != '\0';)
	{
		int			control = control_length(from);

		*to++ = control > 0 ? ' ' : *from;
		from += Max(control, 1);
	}
	*to = '\0';
	return shown;
}

char *
first_line_shown(const char *message)
{
	return text_shown(message, strcspn(message, "\r\n"));
}

/* isspace() would depend on the locale. */
static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool *
revlist_marks(const RevList *list, int nrevs)
{
	bool	   *marks = palloc0(sizeof(bool) * Max(nrevs, 1));

	for (int i = 0; i < list->n; i++)
		marks[list->revs[i]] = true;
	return marks;
}

IdList
revlist_ids(const Graph *graph, const RevList *list)
{
	IdList		ids = {list->n, palloc(sizeof(char *) * (list->n + 1))};

	for (int i = 0; i < list->n; i++)
		ids.ids[i] = unconstify(char *, graph->revs[list->revs[i]].links.id);
	return ids;
}
