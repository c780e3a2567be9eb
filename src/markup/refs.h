// NAME
//   refs - the numbered addresses at the end of the plain text part
#ifndef MARKUP_REFS_H
#define MARKUP_REFS_H

#include <stddef.h>

struct refs {
    const char **urls; // borrowed, in the order of their numbers
    size_t count;
    size_t *table; // hash table of numbers, 0: free
    size_t size;   // a power of two
};

void refs_deinit(struct refs *refs);

// The number of the address, from 1; the same for the same address.
size_t refs_number(struct refs *refs, const char *url);

#endif
