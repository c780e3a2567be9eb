#include "markup/refs.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void refs_deinit(struct refs *refs)
{
    free(refs->urls);
    free(refs->table);
    *refs = (struct refs){0};
}

// FNV-1a.
static uint64_t hash(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    return h ^ (h >> 29);
}

// Where the address stands or would stand.
static size_t place_of(const struct refs *refs, const char *url)
{
    size_t at = (size_t)hash(url) & (refs->size - 1);
    while (refs->table[at] && strcmp(refs->urls[refs->table[at] - 1], url) != 0)
        at = (at + 1) & (refs->size - 1);
    return at;
}

static void enlarge(struct refs *refs)
{
    refs->size = refs->size ? 2 * refs->size : 16;
    free(refs->table);
    refs->table = mem_new(refs->size, sizeof *refs->table);
    refs->urls = mem_grow(refs->urls, refs->size, sizeof *refs->urls);
    for (size_t i = 0; i < refs->count; i++)
        refs->table[place_of(refs, refs->urls[i])] = i + 1;
}

size_t refs_number(struct refs *refs, const char *url)
{
    if (2 * (refs->count + 1) > refs->size)
        enlarge(refs);
    size_t at = place_of(refs, url);
    if (!refs->table[at]) {
        refs->urls[refs->count++] = url;
        refs->table[at] = refs->count;
    }
    return refs->table[at];
}
