#include "base/near.h"

#include <string.h>

#define WORD_MAX  100 // a slug
#define EDITS_MAX 3

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Edits (insert, delete, replace, swap two neighbours) from a to b; EDITS_MAX + 1 for a long word.
static size_t edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), rows[3][WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return EDITS_MAX + 1;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
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
