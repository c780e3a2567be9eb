// NAME
//   buf - a growing byte buffer with a ceiling
//
// DESCRIPTION
//   A buffer is born with the most bytes it may ever hold. Adding past that adds nothing and marks
//   the buffer; the caller looks once, at the end, with buf_is_over. data is always followed by a
//   NUL that does not count.
//
// OWNERSHIP
//   buf_deinit frees the bytes; buf_take hands them to the caller, who frees them with free().
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max; // ceiling in bytes
    bool over;
};

#define BUF_MAX_DEFAULT ((size_t)64 << 20)

void buf_init(struct buf *buf, size_t max);
void buf_deinit(struct buf *buf);
void buf_reset(struct buf *buf); // empties, keeps the memory, forgets `over`
char *buf_take(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_adds(struct buf *buf, const char *s);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// Removes n bytes from the front (n <= len).
void buf_drop(struct buf *buf, size_t n);

// Makes room for n more bytes and a NUL and returns where they go, or NULL past the ceiling; the
// caller writes there, adds the count to len and puts the NUL behind.
char *buf_reserve(struct buf *buf, size_t n);

bool buf_is_over(const struct buf *buf);

#endif
