/*
 * graph.c
 *		Making the revision graph: names, links, validation.
 *
 * Every command builds the graph again from all revisions, so this must be
 * linear and cheap: ten thousand revisions take a few milliseconds.  lineage.c
 * computes what only some commands need (reduced dependencies, lineage, label
 * reach), when they ask for it.
 *
 * graph_finish() finds every mistake in the links of a set of revision files before
 * anything is written.  Alembic lets several of these mistakes through.
 */
#include "postgres.h"

#include <limits.h>

#include "common/hashfn.h"
#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

typedef struct KeyEntry
{
	const char *name;
	int			rev;
	bool		is_label;
	uint32		hash;
	char		status;
} KeyEntry;

#define SH_PREFIX		keytable
#define SH_ELEMENT_TYPE	KeyEntry
#define SH_KEY_TYPE		const char *
#define SH_KEY			name
#define SH_HASH_KEY(tb, key)	hash_bytes((const unsigned char *) (key), (int) strlen(key))
#define SH_EQUAL(tb, a, b)		(strcmp((a), (b)) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)		((a)->hash)
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static void index_names(Graph *graph);
static void resolve_links(Graph *graph);
static int	resolve_dependency(Graph *graph, int rev, const char *name);
static void link_upwards(Graph *graph);
static void sort_topologically(Graph *graph);
static void error_cycle(Graph *graph, const int *nopen) pg_attribute_noreturn();
static void error_missing(Graph *graph, int rev, const char *what, const char *name)
			pg_attribute_noreturn();
static char *in_file(const Revision *rev);

Graph *
graph_begin(int nexpected)
{
	Graph	   *graph = palloc0(sizeof(Graph));

	graph->priv = palloc0(sizeof(GraphPrivate));
	graph->priv->context = CurrentMemoryContext;
	graph->priv->capacity = Max(nexpected, 16);
	graph->priv->lineage_rev = -1;
	graph->revs = palloc_extended(sizeof(Revision) * graph->priv->capacity,
								  MCXT_ALLOC_HUGE);
	return graph;
}

void
graph_add(Graph *graph, const RevisionLinks *links)
{
	GraphPrivate *priv = graph->priv;
	Revision   *rev;

	graph_check_name(links->id, false);
	for (int i = 0; i < links->nlabels; i++)
		graph_check_name(links->labels[i], true);

	if (graph->nrevs >= priv->capacity)
	{
		if (priv->capacity > INT_MAX / 4)
			elog(ERROR, "too many revisions");
		priv->capacity *= 2;
		graph->revs = repalloc_huge(graph->revs, sizeof(Revision) * priv->capacity);
	}
	rev = &graph->revs[graph->nrevs++];
	memset(rev, 0, sizeof(Revision));
	rev->links = *links;
	priv->nlabels += links->nlabels;
}

void
graph_finish(Graph *graph)
{
	index_names(graph);
	resolve_links(graph);
	link_upwards(graph);
	sort_topologically(graph);
}

/*
 * A name may not contain the characters that have a meaning in targets, or a
 * target could be read in two ways.  A dash in a label is harmless unless digits
 * follow it to the end: "label-2" also means "two below label".
 */
void
graph_check_name(const char *name, bool is_label)
{
	const char *what = is_label ? "branch label" : "revision identifier";

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MG_ILLEGAL_IDENTIFIER),
				 errmsg("%s is empty", what),
				 errhint("Give it at least one character.")));
	if (strcmp(name, "head") == 0 || strcmp(name, "heads") == 0 ||
		strcmp(name, "base") == 0 || strcmp(name, "current") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_ILLEGAL_IDENTIFIER),
				 errmsg("%s \"%s\" is a reserved word", what, name),
				 errhint("The words head, heads, base and current have a meaning in targets; choose another.")));

	for (const char *p = name; *p; p++)
	{
		if (strchr("@+:,", *p) != NULL || (*p == '-' && !is_label))
			ereport(ERROR,
					(errcode(ERRCODE_MG_ILLEGAL_IDENTIFIER),
					 errmsg("character \"%c\" is not allowed in %s \"%s\"", *p, what,
							name_shown(name)),
					 errhint("The characters @ - + : , and white space have a meaning in targets; leave them out.")));
		if ((unsigned char) *p <= ' ' || *p == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_MG_ILLEGAL_IDENTIFIER),
					 errmsg("white space is not allowed in %s \"%s\"", what, name_shown(name)),
					 errhint("The characters @ - + : , and white space have a meaning in targets; leave them out.")));
	}

	if (is_label)
	{
		const char *dash = strrchr(name, '-');

		if (dash && dash[1] != '\0' && strspn(dash + 1, "0123456789") == strlen(dash + 1))
			ereport(ERROR,
					(errcode(ERRCODE_MG_ILLEGAL_IDENTIFIER),
					 errmsg("branch label \"%s\" ends in a dash and digits", name),
					 errdetail("A target \"%s\" would mean %s revisions below \"%.*s\".",
							   name, dash + 1, (int) (dash - name), name),
					 errhint("Write it without the dash, such as \"%.*s_%s\".",
							 (int) (dash - name), name, dash + 1)));
	}
}

int
graph_find_key(const Graph *graph, const char *name, bool *is_label)
{
	KeyEntry   *entry = keytable_lookup(graph->priv->keys, name);

	if (is_label)
		*is_label = entry && entry->is_label;
	return entry ? entry->rev : -1;
}

int
graph_find(const Graph *graph, const char *id)
{
	bool		is_label;
	int			rev = graph_find_key(graph, id, &is_label);

	return is_label ? -1 : rev;
}

RevList *
graph_heads(const Graph *graph, bool resolve_dependencies)
{
	RevList    *heads;
	int			n = 0;

	for (int i = 0; i < graph->nrevs; i++)
		if (revision_is_head(&graph->revs[i]))
			n++;
	heads = revlist_make(n);
	for (int i = 0; i < graph->nrevs; i++)
	{
		const Revision *rev = &graph->revs[i];

		if (resolve_dependencies ? revision_is_real_head(rev) : revision_is_head(rev))
			heads->revs[heads->n++] = i;
	}
	return heads;
}

/* Index all identifiers before the labels, since a label may not equal any identifier. */
static void
index_names(Graph *graph)
{
	GraphPrivate *priv = graph->priv;
	uint32		size = graph->nrevs + priv->nlabels;
	int			nlabels = 0;

	priv->keys = keytable_create(CurrentMemoryContext, Max(size, 16), NULL);
	priv->labels = palloc_extended(sizeof(GraphLabel) * Max(priv->nlabels, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < graph->nrevs; i++)
	{
		Revision   *rev = &graph->revs[i];
		bool		found;
		KeyEntry   *entry = keytable_insert(priv->keys, rev->links.id, &found);

		CHECK_FOR_INTERRUPTS();
		if (found)
			ereport(ERROR,
					(errcode(ERRCODE_MG_DUPLICATE_LABEL),
					 errmsg("revision identifier \"%s\" is used more than once", rev->links.id),
					 rev->links.file_name && graph->revs[entry->rev].links.file_name ?
					 errdetail("The files are \"%s\" and \"%s\".",
							   graph->revs[entry->rev].links.file_name, rev->links.file_name) : 0,
					 errhint("Give one of them another identifier.")));
		entry->rev = i;
		entry->is_label = false;
	}

	for (int i = 0; i < graph->nrevs; i++)
	{
		Revision   *rev = &graph->revs[i];

		for (int l = 0; l < rev->links.nlabels; l++)
		{
			const char *label = rev->links.labels[l];
			bool		found;
			KeyEntry   *entry;

			CHECK_FOR_INTERRUPTS();
			entry = keytable_insert(priv->keys, label, &found);
			if (found)
				ereport(ERROR,
						(errcode(ERRCODE_MG_DUPLICATE_LABEL),
						 entry->is_label ?
						 errmsg("branch label \"%s\" is used by both revision \"%s\" and revision \"%s\"",
								label, graph->revs[entry->rev].links.id, rev->links.id) :
						 errmsg("branch label \"%s\" is the identifier of a revision", label),
						 errhint("Give the branch another label.")));
			entry->rev = i;
			entry->is_label = true;
			priv->labels[nlabels].name = label;
			priv->labels[nlabels++].rev = i;
		}
	}
}

static void
resolve_links(Graph *graph)
{
	Size		nlinks = 0;
	int		   *block;
	int		   *seen;

	for (int i = 0; i < graph->nrevs; i++)
		nlinks += graph->revs[i].links.nparents + graph->revs[i].links.ndepends_on;
	block = palloc_extended(sizeof(int) * Max(nlinks, 1), MCXT_ALLOC_HUGE);

	/* seen[r]: 2i + 1 once r is in i's parents, 2i + 2 once r is in i's deps */
	seen = palloc_extended(sizeof(int) * Max(graph->nrevs, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < graph->nrevs; i++)
	{
		Revision   *rev = &graph->revs[i];

		CHECK_FOR_INTERRUPTS();
		rev->parents = block;
		for (int p = 0; p < rev->links.nparents; p++)
		{
			int			parent = graph_find(graph, rev->links.parents[p]);

			if (parent < 0)
				error_missing(graph, i, "parent", rev->links.parents[p]);
			if (parent == i)
				ereport(ERROR,
						(errcode(ERRCODE_MG_CYCLE),
						 errmsg("revision \"%s\"%s names itself as parent",
								rev->links.id, in_file(rev)),
						 errdetail("The cycle is %s -> %s.", rev->links.id, rev->links.id),
						 errhint("Name the revision that comes before it, or none.")));
			if (seen[parent] == 2 * i + 1)
				continue;
			seen[parent] = 2 * i + 1;
			rev->parents[rev->nparents++] = parent;
		}
		block += rev->nparents;

		rev->deps = block;
		for (int d = 0; d < rev->links.ndepends_on; d++)
		{
			int			dep = resolve_dependency(graph, i, rev->links.depends_on[d]);

			if (seen[dep] == 2 * i + 2)
				continue;
			seen[dep] = 2 * i + 2;
			rev->deps[rev->ndeps++] = dep;
		}
		block += rev->ndeps;
	}
	pfree(seen);
}

static int
resolve_dependency(Graph *graph, int i, const char *name)
{
	const Revision *rev = &graph->revs[i];
	int			dep = graph_find_key(graph, name, NULL);

	if (dep < 0)
		error_missing(graph, i, "dependency", name);
	if (dep == i)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CYCLE),
				 errmsg("revision \"%s\"%s depends on itself", rev->links.id, in_file(rev)),
				 errdetail("The cycle is %s -> %s.", rev->links.id, rev->links.id),
				 errhint("Take \"%s\" out of what it depends on.", name)));
	return dep;
}

/* Visits the revisions in load order, so that children and dependents are listed in load order. */
static void
link_upwards(Graph *graph)
{
	Size		nlinks = 0;
	int		   *block;

	for (int i = 0; i < graph->nrevs; i++)
	{
		const Revision *rev = &graph->revs[i];

		for (int p = 0; p < rev->nparents; p++)
			graph->revs[rev->parents[p]].nchildren++;
		for (int d = 0; d < rev->ndeps; d++)
			graph->revs[rev->deps[d]].ndependents++;
		nlinks += rev->nparents + rev->ndeps;
	}
	block = palloc_extended(sizeof(int) * Max(nlinks, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < graph->nrevs; i++)
	{
		Revision   *rev = &graph->revs[i];

		rev->children = block;
		block += rev->nchildren;
		rev->nchildren = 0;
		rev->dependents = block;
		block += rev->ndependents;
		rev->ndependents = 0;
	}
	for (int i = 0; i < graph->nrevs; i++)
	{
		const Revision *rev = &graph->revs[i];

		CHECK_FOR_INTERRUPTS();
		for (int p = 0; p < rev->nparents; p++)
		{
			Revision   *parent = &graph->revs[rev->parents[p]];

			parent->children[parent->nchildren++] = i;
		}
		for (int d = 0; d < rev->ndeps; d++)
		{
			Revision   *dep = &graph->revs[rev->deps[d]];

			dep->dependents[dep->ndependents++] = i;
		}
	}
}

/*
 * Take away bases until no revision is left.  A revision that is left over lies on
 * or above a cycle.  Also sets the levels.
 */
static void
sort_topologically(Graph *graph)
{
	int		   *nopen;			/* links down to revisions not sorted yet */
	int		   *level;
	int		   *topo;
	int			nsorted = 0;
	Size		n = Max(graph->nrevs, 1);

	nopen = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	level = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	topo = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);

	for (int i = 0; i < graph->nrevs; i++)
	{
		nopen[i] = graph->revs[i].nparents + graph->revs[i].ndeps;
		if (nopen[i] == 0)
			topo[nsorted++] = i;
	}
	for (int next = 0; next < nsorted; next++)
	{
		int			i = topo[next];
		const Revision *rev = &graph->revs[i];

		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < rev->nchildren; c++)
		{
			int			up = rev->children[c];

			level[up] = Max(level[up], level[i] + 1);
			if (--nopen[up] == 0)
				topo[nsorted++] = up;
		}
		for (int c = 0; c < rev->ndependents; c++)
		{
			int			up = rev->dependents[c];

			level[up] = Max(level[up], level[i] + 1);
			if (--nopen[up] == 0)
				topo[nsorted++] = up;
		}
	}
	if (nsorted < graph->nrevs)
		error_cycle(graph, nopen);

	graph->priv->level = level;
	graph->priv->topo = topo;
	pfree(nopen);
}

/*
 * Every revision with nopen > 0 has a parent or dependency with nopen > 0.  Following
 * those links down must therefore meet a revision for the second time: the cycle.
 */
static void
error_cycle(Graph *graph, const int *nopen)
{
	int		   *position = palloc_extended(sizeof(int) * graph->nrevs, MCXT_ALLOC_HUGE);
	int		   *path = palloc_extended(sizeof(int) * (graph->nrevs + 1), MCXT_ALLOC_HUGE);
	int			n = 0;
	int			i = 0;
	int			first;
	bool		by_dependency = false;
	StringInfoData text;

	memset(position, -1, sizeof(int) * graph->nrevs);
	while (nopen[i] == 0)
		i++;
	while (position[i] < 0)
	{
		const Revision *rev = &graph->revs[i];
		int			below = -1;

		CHECK_FOR_INTERRUPTS();
		position[i] = n;
		path[n++] = i;
		for (int p = 0; p < rev->nparents && below < 0; p++)
			if (nopen[rev->parents[p]] > 0)
				below = rev->parents[p];
		for (int d = 0; d < rev->ndeps && below < 0; d++)
			if (nopen[rev->deps[d]] > 0)
				below = rev->deps[d];
		Assert(below >= 0);
		i = below;
	}

	/* from lower to upper, since messages write "parent -> child" elsewhere */
	first = position[i];
	initStringInfo(&text);
	appendStringInfoString(&text, graph->revs[i].links.id);
	for (int k = n - 1; k >= first; k--)
	{
		const Revision *upper = &graph->revs[path[k]];
		bool		is_parent = false;
		int			lower = k + 1 < n ? path[k + 1] : i;

		CHECK_FOR_INTERRUPTS();
		for (int p = 0; p < upper->nparents; p++)
			if (upper->parents[p] == lower)
				is_parent = true;
		if (!is_parent)
			by_dependency = true;
		if (n - 1 - k < 20)
			appendStringInfo(&text, " -> %s", upper->links.id);
		else if (k == first)
			appendStringInfo(&text, " -> ... -> %s", upper->links.id);
	}

	ereport(ERROR,
			(errcode(ERRCODE_MG_CYCLE),
			 by_dependency ?
			 errmsg("revision \"%s\" comes before itself by its parents and dependencies",
					graph->revs[i].links.id) :
			 errmsg("revision \"%s\" comes before itself by its parents",
					graph->revs[i].links.id),
			 errdetail("The cycle is %s.", text.data),
			 errhint("Correct what one of them names as parent or dependency.")));
}

static void
error_missing(Graph *graph, int i, const char *what, const char *name)
{
	const Revision *rev = &graph->revs[i];
	char	   *near = names_near(graph, name, i);

	ereport(ERROR,
			(errcode(ERRCODE_MG_MISSING_REVISION),
			 errmsg("revision \"%s\"%s names the %s \"%s\", which does not exist",
					rev->links.id, in_file(rev), what, name),
			 near ? errdetail("Similar: %s.", near) : 0,
			 errhint("Load the file of \"%s\" as well, in the same call of migrate.load_files(), or correct the name.",
					 name)));
}

static char *
in_file(const Revision *rev)
{
	if (rev->links.file_name == NULL)
		return "";
	return psprintf(" in file \"%s\"", rev->links.file_name);
}
