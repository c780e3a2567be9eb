#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

// Not straight into the err: an argument may be the message that stands there.
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    if (!err)
        return -1;
    struct err fresh = {.kind = kind};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(fresh.msg, sizeof fresh.msg, fmt, ap);
    va_end(ap);
    utf8_clean(fresh.msg);
    *err = fresh;
    return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char prefix[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    return err_set(err, err->kind, "%s: %s", prefix, err->msg);
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
