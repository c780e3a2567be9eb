#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1] = "";

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.data = empty, .max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX};
}

void buf_deinit(struct buf *buf)
{
    if (buf->cap)
        free(buf->data);
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->over = false;
    if (buf->cap)
        buf->data[0] = '\0';
}

char *buf_take(struct buf *buf)
{
    char *p = buf->cap ? buf->data : mem_strdup("");
    buf_init(buf, buf->max);
    return p;
}

char *buf_reserve(struct buf *buf, size_t n)
{
    if (n > buf->max - buf->len) {
        buf->over = true;
        return NULL;
    }
    size_t need = buf->len + n + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap < need)
            cap += cap / 2 + 64;
        buf->data = mem_grow(buf->cap ? buf->data : NULL, cap, 1);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    char *p = buf_reserve(buf, len);
    if (!p)
        return;
    memcpy(p, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *s)
{
    buf_add(buf, s, strlen(s));
}

void buf_addc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n > 0 ? buf_reserve(buf, (size_t)n) : NULL;
    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

void buf_drop(struct buf *buf, size_t n)
{
    if (n == 0)
        return;
    memmove(buf->data, buf->data + n, buf->len - n);
    buf->len -= n;
    buf->data[buf->len] = '\0';
}

bool buf_is_over(const struct buf *buf)
{
    return buf->over;
}
