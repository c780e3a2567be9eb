#include "campaign/near.h"

#include <string.h>

#define WORD_MAX  100 // a slug
#define EDITS_MAX 3

// Edits (insert, delete, replace) from a to b; EDITS_MAX + 1 for words that are too long.
static size_t edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return EDITS_MAX + 1;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *near_of(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t fewest = EDITS_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        size_t n = edits(word, candidates[i]);
        if (n < fewest && 2 * n < strlen(word)) {
            fewest = n;
            nearest = candidates[i];
        }
    }
    return nearest;
}
