// NAME
//   clock - the only source of time
//
// DESCRIPTION
//   Wall time is seconds since 1970 in UTC; monotonic time is for waits. Tests set the wall clock:
//   in the process with clock_set, from outside with the environment variable HEARTEN_CLOCK, either
//   "@SECONDS" (stands still) or "+SECONDS" / "-SECONDS" (runs, shifted). What is not between 1970
//   and 9999 is ignored with a line in the log.
//   Civil dates are read in the one time zone given to clock_set_zone (an IANA name).
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"

#include <stdint.h>

struct civil {
    int year, month, day; // month 1-12, day 1-31
    int hour, minute, second;
    int weekday;    // 0 = Sunday
    int utc_offset; // seconds east of UTC
};

int64_t clock_now(void);     // seconds since 1970, UTC
int64_t clock_mono_ms(void); // milliseconds from an arbitrary start, never back

void clock_set(int64_t seconds); // the clock stands still from here on

// Sets the zone for the calls below. ERR_INPUT when the zone is not known to this machine.
int clock_set_zone(const char *name, struct err *err) MUST_CHECK;

void clock_to_civil(int64_t seconds, struct civil *out);
// Reads year..second in the zone; a day past the month's end counts on. A time that daylight saving
// skips moves forward; of a time that it repeats, the first is meant.
int64_t clock_from_civil(const struct civil *civil);
void clock_to_utc(int64_t seconds, struct civil *out);

// "YYYY-MM-DD" to year, month, day; refuses days that no month has.
int clock_parse_date(const char *text, struct civil *out, struct err *err) MUST_CHECK;
// "HH:MM" to hour, minute.
int clock_parse_time(const char *text, struct civil *out, struct err *err) MUST_CHECK;
// "90s", "5m", "4h", "2d", or several joined, the largest unit first ("1h 30m"; "5m 15m" is a
// comma forgotten), to seconds; at most ten years.
int clock_parse_span(const char *text, int64_t *seconds, struct err *err) MUST_CHECK;

#endif
