#include "mail/date.h"

#include "base/clock.h"

#include <stdio.h>

void date_format(int64_t seconds, char out[DATE_SIZE])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c;
    clock_to_utc(seconds, &c);
    snprintf(out, DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[c.weekday % 7],
             c.day % 100, months[(c.month - 1) % 12], c.year % 10000, c.hour % 100, c.minute % 100,
             c.second % 100);
}

void date_format_local(int64_t seconds, char out[DATE_SIZE])
{
    struct civil c;
    clock_to_civil(seconds, &c);
    snprintf(out, DATE_SIZE, "%04d-%02d-%02d %02d:%02d", c.year % 10000, c.month % 100, c.day % 100,
             c.hour % 100, c.minute % 100);
}

void date_format_utc(int64_t seconds, char out[DATE_SIZE])
{
    struct civil c;
    clock_to_utc(seconds, &c);
    snprintf(out, DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year % 10000, c.month % 100,
             c.day % 100, c.hour % 100, c.minute % 100, c.second % 100);
}
