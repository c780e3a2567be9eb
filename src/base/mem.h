// NAME
//   mem - allocation that cannot fail
//
// DESCRIPTION
//   Out of memory ends the process with exit 71: the ledger makes dying safe, so no caller checks.
//   Sizes that come from input must have been capped by the caller before.
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

// Zeroed memory, n elements of size bytes; freed with free().
void *mem_new(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

// realloc to n elements of size bytes; the overflow of the product is checked.
void *mem_grow(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));

#endif
