/*
 * html.h
 *		The pictures of a report as HTML.
 */
#ifndef MIGRATE_HTML_H
#define MIGRATE_HTML_H

#include "report/facts.h"

#include "lib/stringinfo.h"

/* Append the graph of all revisions as an SVG, straight stretches folded.  html_graph.c */
extern void html_graph(StringInfo out, const Report *report);

/*
 * Append the tables that the plan changes, and what they refer to, as an SVG for each group.
 * html_tables.c
 */
extern void html_tables(StringInfo out, const Report *report);

#endif							/* MIGRATE_HTML_H */
