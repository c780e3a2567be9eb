#include "consent/seen.h"

#include "base/mem.h"
#include "crypt/hash.h"

#include <stdlib.h>
#include <string.h>

// Many small tables, so that one of them growing takes little memory beside the others.
#define PARTS    256
#define FIRST_UP 16 // places of a part at first; a power of two

struct part {
    struct seen_row *rows;
    size_t used, room;
};

struct seen {
    struct part parts[PARTS];
};

struct seen *seen_new(void)
{
    return mem_new(1, sizeof(struct seen));
}

void seen_free(struct seen **seen)
{
    if (!*seen)
        return;
    for (size_t i = 0; i < PARTS; i++)
        free((*seen)->parts[i].rows);
    free(*seen);
    *seen = NULL;
}

// 0 stands for an empty place.
static uint64_t hash_of(const char *key)
{
    unsigned char digest[HASH_SIZE];
    uint64_t hash;
    hash_sha256(key, strlen(key), digest);
    memcpy(&hash, digest, sizeof hash);
    return hash ? hash : 1;
}

static struct seen_row *place(const struct part *part, uint64_t hash)
{
    size_t i = (hash >> 8) & (part->room - 1);
    while (part->rows[i].hash && part->rows[i].hash != hash)
        i = (i + 1) & (part->room - 1);
    return &part->rows[i];
}

static void grow(struct part *part)
{
    struct part more = {.used = part->used, .room = part->room ? 2 * part->room : FIRST_UP};
    more.rows = mem_new(more.room, sizeof *more.rows);
    for (size_t i = 0; i < part->room; i++)
        if (part->rows[i].hash)
            *place(&more, part->rows[i].hash) = part->rows[i];
    free(part->rows);
    *part = more;
}

struct seen_row *seen_at(struct seen *seen, const char *addr_key)
{
    uint64_t hash = hash_of(addr_key);
    struct part *part = &seen->parts[hash % PARTS];
    if (part->used + part->used / 8 >= part->room)
        grow(part);
    struct seen_row *row = place(part, hash);
    part->used += row->hash == 0;
    row->hash = hash;
    return row;
}
