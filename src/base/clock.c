#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t fixed = -1;
static int64_t shift;
static int looked;

static void look_at_environment(void)
{
    looked = 1;
    const char *e = getenv("HEARTEN_CLOCK");
    if (!e || !*e)
        return;
    if (*e == '@')
        fixed = strtoll(e + 1, NULL, 10);
    else
        shift = strtoll(e, NULL, 10);
}

int64_t clock_now(void)
{
    if (!looked)
        look_at_environment();
    if (fixed >= 0)
        return fixed;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec + shift;
}

int64_t clock_mono_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_set(int64_t seconds)
{
    looked = 1;
    fixed = seconds;
}

int clock_set_zone(const char *name, struct err *err)
{
    char path[300];
    int n = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    if (!*name || *name == '/' || strstr(name, "..") || n >= (int)sizeof path)
        return err_set(err, ERR_INPUT, "'%s' is not a time zone; write one like Europe/Berlin", name);
    if (strcmp(name, "UTC") != 0 && access(path, R_OK) != 0)
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
    struct tm tm;
    localtime_r(&t, &tm);
    from_tm(&tm, out);
}

void clock_to_utc(int64_t seconds, struct civil *out)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    gmtime_r(&t, &tm);
    from_tm(&tm, out);
}

int64_t clock_from_civil(const struct civil *civil)
{
    struct tm tm = {.tm_year = civil->year - 1900,
                    .tm_mon = civil->month - 1,
                    .tm_mday = civil->day,
                    .tm_hour = civil->hour,
                    .tm_min = civil->minute,
                    .tm_sec = civil->second,
                    .tm_isdst = -1};
    return (int64_t)mktime(&tm);
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
    int64_t total = 0;
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
        if (!seen || !unit || n > most / unit || total + n * unit > most)
            parts = -1000000;
        if (parts < 0)
            break;
        total += n * unit;
        parts++;
        p++;
    }
    if (parts <= 0)
        return err_set(err, ERR_INPUT, "'%s' is not a length of time; write it like 90s, 5m, 4h or 2d",
                       text);
    *seconds = total;
    return 0;
}
