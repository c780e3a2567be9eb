#include "mail/slot.h"

#include <stdlib.h>

static const char letters[] = "thauUlLHPRIWEF";
_Static_assert(sizeof letters - 1 == SLOT_CONTEXTS, "a letter for each context");

bool slot_is_condition(enum slot_context context)
{
    return context >= SLOT_IF;
}

void slot_put(struct buf *out, unsigned value, enum slot_context context)
{
    if (value > 9999)
        abort();
    buf_addf(out, "%c%u%c%c", SLOT_OPEN, value, letters[context], SLOT_CLOSE);
}

size_t slot_get(const char *text, size_t len, unsigned *value, enum slot_context *context)
{
    if (len < 4 || text[0] != SLOT_OPEN)
        return 0;
    size_t i = 1;
    unsigned v = 0;
    for (; i < len && i < 5 && text[i] >= '0' && text[i] <= '9'; i++)
        v = v * 10 + (unsigned)(text[i] - '0');
    if (i == 1 || i + 1 >= len || text[i + 1] != SLOT_CLOSE)
        return 0;
    for (unsigned c = 0; c < SLOT_CONTEXTS; c++) {
        if (letters[c] == text[i]) {
            *value = v;
            *context = (enum slot_context)c;
            return i + 2;
        }
    }
    return 0;
}
