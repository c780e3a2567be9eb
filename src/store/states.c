#include "store/states.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

const char *delivery_state_name(enum delivery_state state)
{
    static const char *const names[] = {"pending", "claimed", "in_doubt",
                                        "sent",    "failed",  "skipped"};
    _Static_assert(COUNT_OF(names) == DELIVERY_STATES, "a name for each state");
    return (unsigned)state < DELIVERY_STATES ? names[state] : "none";
}

const char *edition_state_name(enum edition_state state)
{
    static const char *const names[] = {"freezing", "sending", "paused", "finished", "cancelled"};
    _Static_assert(COUNT_OF(names) == EDITION_STATES, "a name for each state");
    return (unsigned)state < EDITION_STATES ? names[state] : "none";
}

const char *states_why_left(int64_t status, bool is_suppressed)
{
    switch (status) {
    case -1:
        return "erased";
    case PERSON_UNSUBSCRIBED:
        return "opted_out";
    case PERSON_BOUNCED:
        return "bounced";
    case PERSON_COMPLAINED:
        return "complained";
    case PERSON_UNCONFIRMED:
        return "unconfirmed";
    default:
        return is_suppressed ? "suppressed" : NULL;
    }
}

const char *states_text(char *out, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0, n = 0;
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int k = utf8_next(text + i, len - i, &cp);
        size_t take = k > 0 ? (size_t)k : 1;
        if (n + take >= size)
            break;
        if (k > 0)
            memcpy(out + n, text + i, take);
        else
            out[n] = '?';
        n += take;
        i += take;
    }
    out[n] = '\0';
    return out;
}
