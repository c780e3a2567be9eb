#include "delivery/stuffing.h"

#include <string.h>

#define LINE_MAX_OCTETS 998 // without its line end

int stuffing_add(struct buf *out, const char *data, size_t len)
{
    const char *p = data, *stop = data + len;
    if (memchr(data, '\0', len))
        return -1;
    while (p < stop) {
        const char *lf = memchr(p, '\n', (size_t)(stop - p));
        const char *line_end = lf ? lf + 1 : stop;
        if (lf && (lf == p || lf[-1] != '\r'))
            return -1;
        const char *cr = memchr(p, '\r', (size_t)(line_end - p));
        if (line_end - p > LINE_MAX_OCTETS + (lf ? 2 : 0) || (cr && (!lf || cr != lf - 1)))
            return -1;
        if (*p == '.')
            buf_addc(out, '.');
        buf_add(out, p, (size_t)(line_end - p));
        p = line_end;
    }
    if (len && data[len - 1] != '\n')
        buf_add(out, "\r\n", 2);
    buf_add(out, ".\r\n", 3);
    return buf_is_over(out) ? -1 : 0;
}
