#include "mail/line.h"

#include "base/utf8.h"

static const char *name_of(uint32_t cp)
{
    switch (cp) {
    case 0:
        return "a NUL";
    case '\r':
    case '\n':
        return "a line break";
    case '\t':
        return "a tab";
    default:
        return "a control character";
    }
}

int line_check(const char *what, const char *text, size_t len, size_t max, struct err *err)
{
    if (len > max)
        return err_set(err, ERR_INPUT, "%s has %zu bytes, %zu are allowed", what, len, max);
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int n = utf8_next(text + i, len - i, &cp);
        if (n == 0)
            return err_set(err, ERR_INPUT, "%s is not UTF-8 (byte %zu)", what, i + 1);
        if (cp == '\t' || cp == '\n' || utf8_is_control(cp) || utf8_is_isolate(cp))
            return err_set(err, ERR_INPUT, "%s has %s in it (byte %zu)", what, name_of(cp), i + 1);
        i += (size_t)n;
    }
    return 0;
}
