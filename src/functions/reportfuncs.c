/*
 * reportfuncs.c
 *		SQL: report, report_and_severity.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "report/facts.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_report);
MIGRATE_FUNCTION(migrate_report_and_severity);

typedef enum ReportFormat
{
	REPORT_MARKDOWN,
	REPORT_HTML,
	REPORT_JSON,
	REPORT_SARIF
} ReportFormat;

static ReportFormat
arg_format(FunctionCallInfo fcinfo, int n)
{
	static const char *const names[] = {"markdown", "html", "json", "sarif"};
	char	   *name = arg_text(fcinfo, n, "format");

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown report format \"%s\"", text_shown(name, strlen(name))),
			 errhint("Formats are markdown, html, json and sarif.")));
}

/* Arguments target, format, directory and trial; returns the text. */
static char *
make_report(FunctionCallInfo fcinfo, const char **severity)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	ReportFormat format = arg_format(fcinfo, 1);
	char	   *directory = arg_text_or_null(fcinfo, 2);
	bool		is_full = format == REPORT_HTML || format == REPORT_JSON;
	Managed		managed;
	Report	   *report;
	int			wanted;

	default_managed(&managed);
	wanted = is_full ? REPORT_HISTORY | REPORT_DRIFT | REPORT_PICTURE : 0;
	if (arg_bool(fcinfo, 3, "trial"))
		wanted |= REPORT_TRIAL;
	report = report_collect(target, wanted, &managed);
	*severity = report->severity;
	switch (format)
	{
		case REPORT_HTML:
			return report_html(report);
		case REPORT_JSON:
			return report_json(report);
		case REPORT_SARIF:
			return report_sarif(report, directory);
		default:
			return report_markdown(report);
	}
}

Datum
migrate_report(PG_FUNCTION_ARGS)
{
	const char *severity;

	PG_RETURN_TEXT_P(cstring_to_text(make_report(fcinfo, &severity)));
}

Datum
migrate_report_and_severity(PG_FUNCTION_ARGS)
{
	const char *severity;
	char	   *text = make_report(fcinfo, &severity);
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	set_text(values, nulls, 0, text);
	set_text(values, nulls, 1, severity);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
