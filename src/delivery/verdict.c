#include "delivery/verdict.h"

#include "base/mem.h"

#include <string.h>

static const char *const phase_names[] = {"opening", "MAIL", "RCPT", "DATA", "end of data"};
_Static_assert(COUNT_OF(phase_names) == SMTP_PHASES, "a name for each phase");

static const char *const verdict_names[] = {"go",         "sent",          "defer",
                                            "fail",       "slow relay",    "release",
                                            "stop relay", "stop campaign", "in doubt"};
_Static_assert(COUNT_OF(verdict_names) == VERDICTS, "a name for each verdict");

const char *smtp_phase_name(enum smtp_phase phase)
{
    return phase_names[phase];
}

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

// One row says: in these phases, with this code (or its first digit), and this enhanced code.
struct rule {
    unsigned phases;      // bit per phase
    int code;             // 550; 5 for every 5xx
    const char *enhanced; // NULL: any; "5.7.25": exactly
    enum verdict verdict;
};

#define ANY   ((1u << SMTP_PHASES) - 1)
#define IN(p) (1u << PHASE_##p)

// The first row that fits decides. Rows with an enhanced code stand before the plain ones.
static const struct rule rules[] = {
    // our authentication towards the recipient's provider is broken: everyone would be refused
    {ANY, 5, "5.7.25", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.26", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.27", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.29", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.30", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.40", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.7.515", VERDICT_STOP_CAMPAIGN},
    // our message is refused as such
    {IN(END), 552, "5.3.4", VERDICT_STOP_CAMPAIGN},
    {IN(END), 552, "5.7.0", VERDICT_STOP_CAMPAIGN},
    // our sender is refused; many servers say so only at RCPT
    {ANY, 5, "5.1.7", VERDICT_STOP_CAMPAIGN},
    {ANY, 5, "5.1.8", VERDICT_STOP_CAMPAIGN},
    // log-in and TLS are wanted or refused (TL-09), in whatever phase it is said
    {ANY, 530, NULL, VERDICT_STOP_RELAY},
    {ANY, 534, NULL, VERDICT_STOP_RELAY},
    {ANY, 535, NULL, VERDICT_STOP_RELAY},
    {ANY, 538, NULL, VERDICT_STOP_RELAY},
    {IN(OPEN), 5, NULL, VERDICT_STOP_RELAY},
    {IN(OPEN), 4, NULL, VERDICT_SLOW_RELAY},
    {IN(OPEN), 2, NULL, VERDICT_GO},
    // the relay is busy
    {ANY, 421, NULL, VERDICT_SLOW_RELAY},
    {ANY, 454, NULL, VERDICT_SLOW_RELAY},
    {IN(MAIL), 4, NULL, VERDICT_SLOW_RELAY},
    // "too many recipients" (SM-06)
    {IN(RCPT), 552, "", VERDICT_DEFER},
    // MAIL names no recipient: whoever is refused there is refused for our sake
    {IN(MAIL), 5, NULL, VERDICT_STOP_CAMPAIGN},
    // the recipient
    {IN(RCPT) | IN(DATA) | IN(END), 4, NULL, VERDICT_DEFER},
    {IN(RCPT) | IN(DATA) | IN(END), 5, NULL, VERDICT_FAIL},
    // as hoped
    {IN(MAIL) | IN(RCPT), 2, NULL, VERDICT_GO},
    {IN(DATA), 354, NULL, VERDICT_GO},
    {IN(END), 2, NULL, VERDICT_SENT},
};

static bool fits(const struct rule *rule, enum smtp_phase phase, const struct reply *reply)
{
    if (!(rule->phases >> phase & 1))
        return false;
    if (rule->code != (rule->code < 10 ? reply->code / 100 : reply->code))
        return false;
    return !rule->enhanced || strcmp(rule->enhanced, reply->enhanced) == 0;
}

static enum verdict lost(enum smtp_phase phase, bool handed_over)
{
    if (handed_over)
        return VERDICT_IN_DOUBT;
    // Before a reply to MAIL the server has seen nothing of this recipient: many close between
    // messages without a word. Later, the message itself may be what it chokes on (SM-04: as 451).
    return phase == PHASE_OPEN || phase == PHASE_MAIL ? VERDICT_RELEASE : VERDICT_DEFER;
}

enum verdict verdict_of(enum smtp_phase phase, const struct reply *reply, bool handed_over)
{
    if (reply->code == 0)
        return lost(phase, handed_over);
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (fits(&rules[i], phase, reply))
            return rules[i].verdict;
    // A reply that answers something else (a 354 to RCPT, a 250 to DATA): client and server are out
    // of step, so nothing that follows on this connection can be believed (SM-01).
    return lost(phase, handed_over);
}

enum verdict verdict_of_session(enum verdict verdict, enum smtp_phase phase,
                                const struct reply *reply, bool has_carried)
{
    bool is_share = phase <= PHASE_MAIL && reply->code == 421 && has_carried;
    return is_share ? VERDICT_RELEASE : verdict;
}

// Without an enhanced code only the words are left.
static bool speaks_of_address(const char *text)
{
    static const char *const words[] = {
        "no such user",      "unknown user",      "user unknown",      "user not found",
        "no such recipient", "unknown recipient", "invalid recipient", "recipient unknown",
        "no mailbox here",   "mailbox not found", "does not exist",    "no such mailbox"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasestr(text, words[i]))
            return true;
    return false;
}

bool verdict_is_about_address(const struct reply *reply)
{
    static const char *const codes[] = {"5.1.0", "5.1.1", "5.1.2", "5.1.3",
                                        "5.1.6", "5.1.10"}; // 5.1.7 to 5.1.9 are the sender's
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (strcmp(reply->enhanced, codes[i]) == 0)
            return true;
    if (!*reply->enhanced || strcmp(reply->enhanced, "5.0.0") == 0)
        return speaks_of_address(reply->text);
    return strncmp(reply->enhanced, "5.2.", 4) == 0;
}
