/*
 * header_values.c
 *		Reads and prints those values of a revision's header that are times: when it was created,
 *		and for how long nobody must have used what it takes away.
 *
 * What a header says depends on no setting of the session.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "script/header_values.h"
#include "script/script.h"

#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/*
 * Returns the number that the next n digits make, and moves *p behind them; -1 if they are not
 * all digits.
 */
static int
digits(const char **p, int n)
{
	int			value = 0;

	for (int i = 0; i < n; i++)
	{
		if (!isdigit((unsigned char) **p))
			return -1;
		value = value * 10 + *(*p)++ - '0';
	}
	return value;
}

/*
 * Read a date such as "2026-11-20 23:10:00.123456+01:30"; returns false if it is none.  Time and
 * zone are optional; without a zone it is UTC.  timestamptz_in() would also accept "now", and
 * depends on settings.
 */
static bool
scan_date(const char *p, TimestampTz *result)
{
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;
	int			tz = 0;

	tm.tm_year = digits(&p, 4);
	if (tm.tm_year < 1 || *p++ != '-' ||
		(tm.tm_mon = digits(&p, 2)) < 1 || tm.tm_mon > MONTHS_PER_YEAR || *p++ != '-' ||
		(tm.tm_mday = digits(&p, 2)) < 1 || tm.tm_mday > day_tab[isleap(tm.tm_year)][tm.tm_mon - 1])
		return false;
	if (*p == ' ' || *p == 'T')
	{
		p++;
		tm.tm_hour = digits(&p, 2);
		if (tm.tm_hour < 0 || tm.tm_hour > 23 || *p++ != ':' || (tm.tm_min = digits(&p, 2)) < 0 ||
			tm.tm_min > 59)
			return false;
		if (*p == ':')
		{
			p++;
			tm.tm_sec = digits(&p, 2);
			if (tm.tm_sec < 0 || tm.tm_sec > 59)
				return false;
			if (*p == '.')
			{
				p++;
				for (int unit = 100000; isdigit((unsigned char) *p); unit /= 10)
					fsec += (*p++ - '0') * unit;
			}
		}
	}
	while (*p == ' ')
		p++;
	if (*p == 'Z')
		p++;
	else if (*p == '+' || *p == '-')
	{
		int			sign = *p++ == '+' ? -1 : 1;
		int			hours = digits(&p, 2);
		int			minutes = 0;

		if (*p == ':')
			p++;
		if (isdigit((unsigned char) *p))
			minutes = digits(&p, 2);
		if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
			return false;
		tz = sign * (hours * SECS_PER_HOUR + minutes * SECS_PER_MINUTE);
	}
	return *p == '\0' && tm2timestamp(&tm, fsec, &tz, result) == 0;
}

TimestampTz
header_date(const char *value, const char *place)
{
	TimestampTz result;

	if (!scan_date(value, &result))
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("create date \"%s\" cannot be read, %s", value, place),
				 errhint("Write it as in \"-- Create Date: 2026-11-20 23:10:00+00\".")));
	return result;
}

char *
revision_file_date(TimestampTz date)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char	   *text = palloc(MAXDATELEN + 1);

	if (TIMESTAMP_NOT_FINITE(date) || timestamp2tm(date, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a create date in migrate.revisions is out of range"),
				 errhint("The table was changed by hand; load the revision's file again.")));
	tm.tm_isdst = 0;
	EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, text);
	return text;
}

/* Returns why the text is no interval longer than nothing, or NULL if it is one. */
static const char *
interval_fault(const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	const char *volatile fault = NULL;

	PG_TRY();
	{
		Interval	zero = {0};
		Datum		interval = DirectFunctionCall3(interval_in, CStringGetDatum(text),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1));

		if (DatumGetInt32(DirectFunctionCall2(interval_cmp, interval,
											  IntervalPGetDatum(&zero))) <= 0)
			fault = "It is no time at all.";
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		fault = CopyErrorData()->message;
		FlushErrorState();
	}
	PG_END_TRY();
	return fault;
}

const char *
header_contract(const char *text, const char *place)
{
	const char *fault;

	if (text[0] == '\0')
		return NULL;
	fault = interval_fault(text);
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("contract \"%s\" cannot be read, %s", text, place),
				 errdetail_internal("%s", fault),
				 errhint("Write for how long nobody must have called what the upgrade breaks, as in \"-- Contract: 7 days\".")));
	return text;
}
