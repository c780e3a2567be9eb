#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

static void (*listening)(enum log_level, const char *);
static enum log_level wanted;

void log_listen(void (*listener)(enum log_level level, const char *line), enum log_level most)
{
    listening = listener;
    wanted = most;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    if (!listening || level > wanted)
        return;
    char line[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    utf8_clean(line);
    listening(level, line);
}
