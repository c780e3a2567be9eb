// NAME
//   arena - memory for one unit of work, freed at once
//
// DESCRIPTION
//   Everything that belongs to one campaign or one batch is allocated here and goes with it.
//   Pointers stay valid until arena_reset or arena_free.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **arena);

// Gives everything back but keeps one block for reuse.
void arena_reset(struct arena *arena);

// Zeroed, aligned for any type.
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t n);

#endif
