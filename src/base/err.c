#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clean(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    if (!err)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    err->kind = kind;
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    clean(err->msg);
    return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char old[sizeof err->msg];
    memcpy(old, err->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    size_t room = n >= 0 && (size_t)n + 3 < sizeof err->msg ? sizeof err->msg - (size_t)n - 3 : 0;
    if (room)
        snprintf(err->msg + n, room + 3, ": %.*s", (int)room, old);
    clean(err->msg);
    return -1;
}

int err_exit_code(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return 0;
    case ERR_FINDINGS:
        return 1;
    case ERR_USAGE:
        return 64;
    case ERR_INPUT:
    case ERR_NOT_FOUND:
        return 65;
    case ERR_UNAVAILABLE:
        return 69;
    case ERR_CREATE:
        return 73;
    case ERR_IO:
        return 74;
    case ERR_AGAIN:
        return 75;
    case ERR_CONFIG:
        return 78;
    }
    return 70;
}
