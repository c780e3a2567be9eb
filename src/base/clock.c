#include "base/clock.h"

#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_MAX INT64_C(253402300799) // the last of the year 9999

static int64_t fixed = -1; // 0 and later: the clock stands there
static int64_t shift;
static bool has_looked;

static int64_t real_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec;
}

static void look_at_environment(void)
{
    has_looked = true;
    const char *e = getenv("HEARTEN_CLOCK");
    if (!e || !*e)
        return;
    const char *digits = e + 1;
    char *end;
    errno = 0;
    int64_t n = strtoll(digits, &end, 10);
    bool is_said = strchr("@+-", *e) && isdigit((unsigned char)*digits) && !*end;
    int64_t start = *e == '@' ? 0 : real_now();
    if (errno || n > SECONDS_MAX)
        n = 2 * SECONDS_MAX; // before 1970 or after 9999, whatever it is added to
    if (*e == '-')
        n = -n;
    if (!is_said)
        log_line(LOG_WARN, "HEARTEN_CLOCK=%s is neither @SECONDS nor +SECONDS; it is ignored", e);
    else if (start + n < 0 || start + n > SECONDS_MAX)
        log_line(LOG_WARN, "HEARTEN_CLOCK=%s is not between 1970 and 9999; it is ignored", e);
    else if (*e == '@')
        fixed = n;
    else
        shift = n;
}

int64_t clock_now(void)
{
    if (!has_looked)
        look_at_environment();
    if (fixed >= 0)
        return fixed;
    return real_now() + shift;
}

int64_t clock_mono_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_set(int64_t seconds)
{
    has_looked = true;
    fixed = seconds;
}

// The folder holds other files and folders too, and libc takes every name it cannot use for UTC.
static bool is_zone_file(const char *path)
{
    char magic[4];
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    bool is_zone =
        fread(magic, 1, sizeof magic, f) == sizeof magic && memcmp(magic, "TZif", 4) == 0;
    fclose(f);
    return is_zone;
}

int clock_set_zone(const char *name, struct err *err)
{
    char path[300];
    int n = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    if (!*name || *name == '/' || strstr(name, "..") || n >= (int)sizeof path)
        return err_set(err, ERR_INPUT, "'%s' is not a time zone; write one like Europe/Berlin",
                       name);
    if (strcmp(name, "UTC") != 0 && !is_zone_file(path))
        return err_set(err, ERR_INPUT,
                       "time zone '%s' is not known here; write one like Europe/Berlin "
                       "(names are the files under /usr/share/zoneinfo)",
                       name);
    setenv("TZ", name, 1);
    tzset();
    return 0;
}

static void from_tm(const struct tm *tm, struct civil *out)
{
    *out = (struct civil){.year = tm->tm_year + 1900,
                          .month = tm->tm_mon + 1,
                          .day = tm->tm_mday,
                          .hour = tm->tm_hour,
                          .minute = tm->tm_min,
                          .second = tm->tm_sec,
                          .weekday = tm->tm_wday,
                          .utc_offset = (int)tm->tm_gmtoff};
}

void clock_to_civil(int64_t seconds, struct civil *out)
{
    time_t t = (time_t)seconds;
    struct tm tm = {.tm_mday = 1};
    localtime_r(&t, &tm);
    from_tm(&tm, out);
}

void clock_to_utc(int64_t seconds, struct civil *out)
{
    time_t t = (time_t)seconds;
    struct tm tm = {.tm_mday = 1};
    gmtime_r(&t, &tm);
    from_tm(&tm, out);
}

static int64_t offset_at(int64_t seconds)
{
    struct civil c;
    clock_to_civil(seconds, &c);
    return c.utc_offset;
}

// mktime's answer for a time that does not exist, or exists twice, depends on the calls before.
// Here the offsets of the day before and the day after are tried in turn: of two such times the
// first is found, and a skipped time is read as if the clock had not been moved yet.
int64_t clock_from_civil(const struct civil *civil)
{
    struct tm tm = {.tm_year = civil->year - 1900,
                    .tm_mon = civil->month - 1,
                    .tm_mday = civil->day,
                    .tm_hour = civil->hour,
                    .tm_min = civil->minute,
                    .tm_sec = civil->second};
    int64_t as_utc = (int64_t)timegm(&tm);
    int64_t before = offset_at(as_utc - 86400), after = offset_at(as_utc + 86400);
    if (offset_at(as_utc - before) != before && offset_at(as_utc - after) == after)
        return as_utc - after;
    return as_utc - before;
}

static int digits(const char **p, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, (*p)++) {
        if (!isdigit((unsigned char)**p))
            return -1;
        *out = *out * 10 + (**p - '0');
    }
    return 0;
}

int clock_parse_date(const char *text, struct civil *out, struct err *err)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *p = text;
    int y, m, d;
    if (digits(&p, 4, &y) || *p++ != '-' || digits(&p, 2, &m) || *p++ != '-' || digits(&p, 2, &d) ||
        *p)
        return err_set(err, ERR_INPUT, "'%s' is not a date; write YYYY-MM-DD", text);
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > days[m - 1] + (m == 2 && leap))
        return err_set(err, ERR_INPUT, "'%s' is not a day of the calendar", text);
    out->year = y;
    out->month = m;
    out->day = d;
    return 0;
}

int clock_parse_time(const char *text, struct civil *out, struct err *err)
{
    const char *p = text;
    int h, m;
    if (digits(&p, 2, &h) || *p++ != ':' || digits(&p, 2, &m) || *p || h > 23 || m > 59)
        return err_set(err, ERR_INPUT, "'%s' is not a time of day; write HH:MM, like 09:00", text);
    out->hour = h;
    out->minute = m;
    out->second = 0;
    return 0;
}

static int64_t unit_seconds(char c)
{
    switch (c) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

int clock_parse_span(const char *text, int64_t *seconds, struct err *err)
{
    const int64_t most = INT64_C(10) * 366 * 86400;
    int64_t total = 0, last_unit = most;
    int parts = 0;
    for (const char *p = text; *p;) {
        if (*p == ' ') {
            p++;
            continue;
        }
        int64_t n = 0;
        int seen = 0;
        for (; isdigit((unsigned char)*p) && n <= most; p++, seen = 1)
            n = n * 10 + (*p - '0');
        int64_t unit = unit_seconds(*p);
        if (!seen || !unit || unit >= last_unit || n > most / unit || total + n * unit > most)
            parts = -1000000;
        if (parts < 0)
            break;
        total += n * unit;
        last_unit = unit;
        parts++;
        p++;
    }
    if (parts <= 0)
        return err_set(err, ERR_INPUT,
                       "'%s' is not a length of time; write it like 90s, 5m, 4h or 2d", text);
    *seconds = total;
    return 0;
}
