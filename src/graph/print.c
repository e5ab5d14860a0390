/*
 * print.c
 *		Prints a revision for people: the text that migrate.show() returns.
 *
 * The layout is Alembic's long form, line for line, because people and scripts
 * know it.  Three things differ on purpose: lists that Alembic prints in hash
 * order are sorted, "Path:" appears only if the revision came from a file, and no
 * line ends in blanks.
 *
 * Pure: the caller passes file name and date, which are not in the graph, as text.
 */
#include "postgres.h"

#include "graph/graph.h"

static void append_list(StringInfo out, char **names, int n);
static void append_children(StringInfo out, const Graph *graph, const Revision *rev);
static void append_labels(StringInfo out, char **labels);
static void append_indented(StringInfo out, const char *text);

/*
 * Append a revision's long form to out, with one newline at its end.  A caller that
 * prints several revisions puts an empty line between them.
 *
 * If current is NULL, no revision is marked as current.  If file_name or created is
 * NULL, its line is left out.
 */
void
print_revision(const Graph *graph, const VersionState *current, int rev,
			   const char *file_name, const char *created, StringInfo out)
{
	const Revision *r = &graph->revs[rev];
	char	  **labels = graph_label_reach(graph)[rev];

	/* "(head)" also marks effective heads, as in Alembic's -v. */
	appendStringInfo(out, "Rev: %s%s%s%s%s\n", r->links.id,
					 revision_is_head(r) ? " (head)" : "",
					 revision_is_branch_point(r) ? " (branchpoint)" : "",
					 revision_is_merge_point(r) ? " (mergepoint)" : "",
					 current != NULL && version_is_row(current, rev) ? " (current)" : "");

	appendStringInfoString(out, revision_is_merge_point(r) ? "Merges: " : "Parent: ");
	if (revision_is_base(r))
		appendStringInfoString(out, "<base>");
	else
		append_list(out, r->links.parents, r->links.nparents);
	appendStringInfoChar(out, '\n');

	/* as declared: a dependency on a label is printed as the label */
	if (r->links.ndepends_on > 0)
	{
		appendStringInfoString(out, "Also depends on: ");
		append_list(out, r->links.depends_on, r->links.ndepends_on);
		appendStringInfoChar(out, '\n');
	}

	if (revision_is_branch_point(r))
	{
		appendStringInfoString(out, "Branches into: ");
		append_children(out, graph, r);
		appendStringInfoChar(out, '\n');
	}

	if (labels != NULL && labels[0] != NULL)
	{
		appendStringInfoString(out, "Branch names: ");
		append_labels(out, labels);
		appendStringInfoChar(out, '\n');
	}

	if (file_name != NULL && file_name[0] != '\0')
		appendStringInfo(out, "Path: %s\n", text_shown(file_name, strlen(file_name)));

	appendStringInfoChar(out, '\n');
	if (r->links.message != NULL && r->links.message[0] != '\0')
	{
		append_indented(out, r->links.message);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfo(out, "    Revision ID: %s\n", r->links.id);
	appendStringInfoString(out, "    Revises:");
	if (!revision_is_base(r))
	{
		appendStringInfoChar(out, ' ');
		append_list(out, r->links.parents, r->links.nparents);
	}
	appendStringInfoChar(out, '\n');
	if (created != NULL && created[0] != '\0')
		appendStringInfo(out, "    Create Date: %s\n", created);
}

static void
append_list(StringInfo out, char **names, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		appendStringInfoString(out, names[i]);
	}
}

/* Append the children sorted by name; the graph has them in load order. */
static void
append_children(StringInfo out, const Graph *graph, const Revision *rev)
{
	char	  **names = palloc(sizeof(char *) * rev->nchildren);

	for (int i = 0; i < rev->nchildren; i++)
		names[i] = unconstify(char *, graph->revs[rev->children[i]].links.id);
	qsort(names, rev->nchildren, sizeof(char *), pg_qsort_strcmp);
	append_list(out, names, rev->nchildren);
	pfree(names);
}

/* Append the labels of every branch to which the revision belongs, a NULL-terminated list. */
static void
append_labels(StringInfo out, char **labels)
{
	int			n = 0;

	while (labels[n] != NULL)
		n++;
	append_list(out, labels, n);
}

/*
 * Append each line of text, indented as in a docstring; an empty line stays
 * empty.  Looking for line ends byte by byte is safe: in a server encoding a byte
 * below 0x80 is never part of a longer character.
 */
static void
append_indented(StringInfo out, const char *text)
{
	const char *line = text;

	while (*line != '\0')
	{
		int			len = strcspn(line, "\r\n");

		if (len > 0)
		{
			appendStringInfoString(out, "    ");
			appendStringInfoString(out, text_shown(line, len));
		}
		appendStringInfoChar(out, '\n');

		line += len;
		if (line[0] == '\r' && line[1] == '\n')
			line++;
		if (*line != '\0')
			line++;
	}
}
