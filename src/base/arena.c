#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16384

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *top;
};

static struct block *block_new(size_t size)
{
    struct block *b = mem_new(1, sizeof *b + size);
    b->size = size;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = mem_new(1, sizeof *a);
    a->top = block_new(BLOCK);
    return a;
}

void arena_free(struct arena **arena)
{
    if (!*arena)
        return;
    for (struct block *b = (*arena)->top, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    struct block *keep = NULL;
    for (struct block *b = arena->top, *next; b; b = next) {
        next = b->next;
        if (!keep && b->size == BLOCK)
            keep = b;
        else
            free(b);
    }
    if (!keep)
        keep = block_new(BLOCK);
    memset(keep->data, 0, keep->used);
    keep->used = 0;
    keep->next = NULL;
    arena->top = keep;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX) // no caller means that; the rounding below would wrap
        abort();
    size_t room = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct block *b = arena->top;
    if (b->size - b->used < room) {
        b = block_new(room > BLOCK ? room : BLOCK);
        b->next = arena->top;
        arena->top = b;
    }
    void *p = b->data + b->used;
    b->used += room;
    return p;
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *p = arena_alloc(arena, len + 1);
    memcpy(p, s, len);
    return p;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return arena_strndup(arena, s, strlen(s));
}
