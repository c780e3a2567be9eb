// The one judge of replies: each row is a line of the mail rules 4.1 and 4.8 or of DESIGN 6.
#include "unit.h"

#include "delivery/verdict.h"

struct row {
    const char *rule;
    enum smtp_phase phase;
    int code;
    const char *enhanced;
    bool handed_over;
    enum verdict verdict;
};

static const struct row rows[] = {
    {"accepted", PHASE_END, 250, "2.0.0", true, VERDICT_SENT},
    {"SM-01 unknown 2xx counts as 2xx", PHASE_END, 299, "", true, VERDICT_SENT},
    {"MAIL accepted", PHASE_MAIL, 250, "2.1.0", false, VERDICT_GO},
    {"RCPT forwarded (SM-09)", PHASE_RCPT, 251, "", false, VERDICT_GO},
    {"RCPT cannot verify", PHASE_RCPT, 252, "", false, VERDICT_GO},
    {"DATA", PHASE_DATA, 354, "", false, VERDICT_GO},
    {"greeting", PHASE_OPEN, 220, "", false, VERDICT_GO},
    // temporary
    {"greylisting", PHASE_RCPT, 450, "4.2.0", false, VERDICT_DEFER},
    {"mailbox full", PHASE_RCPT, 452, "4.2.2", false, VERDICT_DEFER},
    {"4xx at DATA", PHASE_DATA, 451, "", false, VERDICT_DEFER},
    {"4xx at the end", PHASE_END, 451, "4.3.0", true, VERDICT_DEFER},
    {"SM-01 unknown 4xx", PHASE_RCPT, 499, "", false, VERDICT_DEFER},
    {"SM-06 552 at RCPT without an enhanced code", PHASE_RCPT, 552, "", false, VERDICT_DEFER},
    // the relay, not the recipient
    {"SM-05 421 at MAIL", PHASE_MAIL, 421, "", false, VERDICT_SLOW_RELAY},
    {"SM-05 421 at RCPT", PHASE_RCPT, 421, "4.7.0", false, VERDICT_SLOW_RELAY},
    {"SM-05 421 at the end", PHASE_END, 421, "4.7.28", true, VERDICT_SLOW_RELAY},
    {"SM-11 Gmail 421 5.7.32: the basic code wins", PHASE_END, 421, "5.7.32", true,
     VERDICT_SLOW_RELAY},
    {"TL-09 454", PHASE_MAIL, 454, "4.7.0", false, VERDICT_SLOW_RELAY},
    {"4xx at MAIL", PHASE_MAIL, 451, "", false, VERDICT_SLOW_RELAY},
    {"4xx greeting", PHASE_OPEN, 421, "", false, VERDICT_SLOW_RELAY},
    // permanent
    {"user unknown", PHASE_RCPT, 550, "5.1.1", false, VERDICT_FAIL},
    {"mailbox disabled", PHASE_RCPT, 550, "5.2.1", false, VERDICT_FAIL},
    {"552 5.2.2 full", PHASE_RCPT, 552, "5.2.2", false, VERDICT_FAIL},
    {"5xx at DATA", PHASE_DATA, 554, "5.5.1", false, VERDICT_FAIL},
    {"5xx at the end", PHASE_END, 554, "5.6.0", true, VERDICT_FAIL},
    {"5xx at MAIL names nobody", PHASE_MAIL, 550, "", false, VERDICT_STOP_CAMPAIGN},
    {"501 to our own MAIL", PHASE_MAIL, 501, "5.5.4", false, VERDICT_STOP_CAMPAIGN},
    {"530 is about our log-in wherever it is said", PHASE_RCPT, 530, "5.7.0", false,
     VERDICT_STOP_RELAY},
    {"Postfix refuses a sender at RCPT", PHASE_RCPT, 550, "5.1.8", false, VERDICT_STOP_CAMPAIGN},
    {"bad sender's mailbox, at RCPT", PHASE_RCPT, 553, "5.1.7", false, VERDICT_STOP_CAMPAIGN},
    {"5.7.1 alone says nothing of the address, but this recipient is refused", PHASE_RCPT, 550,
     "5.7.1", false, VERDICT_FAIL},
    // the log-in
    {"TL-09 535", PHASE_OPEN, 535, "5.7.8", false, VERDICT_STOP_RELAY},
    {"TL-09 530", PHASE_MAIL, 530, "5.7.0", false, VERDICT_STOP_RELAY},
    {"SM-07 5xx greeting", PHASE_OPEN, 554, "", false, VERDICT_STOP_RELAY},
    // our content, our authentication
    {"Gmail 550 5.7.26", PHASE_END, 550, "5.7.26", true, VERDICT_STOP_CAMPAIGN},
    {"Gmail 550 5.7.25", PHASE_END, 550, "5.7.25", true, VERDICT_STOP_CAMPAIGN},
    {"Outlook 550 5.7.515", PHASE_END, 550, "5.7.515", true, VERDICT_STOP_CAMPAIGN},
    {"Gmail 552 5.7.0 content", PHASE_END, 552, "5.7.0", true, VERDICT_STOP_CAMPAIGN},
    {"Gmail 552 5.3.4 headers", PHASE_END, 552, "5.3.4", true, VERDICT_STOP_CAMPAIGN},
    {"SX-07 552 at MAIL: too large for everyone", PHASE_MAIL, 552, "5.3.4", false,
     VERDICT_STOP_CAMPAIGN},
    {"sender refused by policy", PHASE_MAIL, 550, "5.7.1", false, VERDICT_STOP_CAMPAIGN},
    // lost
    {"lost before a reply to MAIL: nothing happened", PHASE_MAIL, 0, "", false, VERDICT_RELEASE},
    {"SM-04 lost in RCPT is as 451", PHASE_RCPT, 0, "", false, VERDICT_DEFER},
    {"SM-04 lost in DATA", PHASE_DATA, 0, "", false, VERDICT_DEFER},
    {"lost in the content, not all handed over", PHASE_END, 0, "", false, VERDICT_DEFER},
    {"SM-10 lost behind the end of data", PHASE_END, 0, "", true, VERDICT_IN_DOUBT},
    // out of step
    {"354 to RCPT", PHASE_RCPT, 354, "", false, VERDICT_DEFER},
    {"250 to DATA", PHASE_DATA, 250, "", false, VERDICT_DEFER},
    {"354 to the end of data", PHASE_END, 354, "", true, VERDICT_IN_DOUBT},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct reply reply = {.code = row->code};
        snprintf(reply.enhanced, sizeof reply.enhanced, "%s", row->enhanced);
        enum verdict got = verdict_of(row->phase, &reply, row->handed_over);
        if (got != row->verdict)
            fail_msg("%s: %s, not %s", row->rule, verdict_name(got), verdict_name(row->verdict));
    }
}

// Whatever a server says, the judge has an answer, and only a lost or unmatched end is in doubt.
static void test_every_code(void **state)
{
    (void)state;
    for (int phase = 0; phase < SMTP_PHASES; phase++)
        for (int code = 200; code < 600; code++) {
            struct reply reply = {.code = code};
            enum verdict v = verdict_of((enum smtp_phase)phase, &reply, phase == PHASE_END);
            assert_true(v < VERDICTS);
            if (v == VERDICT_SENT)
                assert_true(phase == PHASE_END && code / 100 == 2);
            if (v == VERDICT_IN_DOUBT)
                assert_true(phase == PHASE_END && code / 100 == 3);
            if (code / 100 == 4)
                assert_true(v == VERDICT_DEFER || v == VERDICT_SLOW_RELAY);
        }
}

static void test_session(void **state)
{
    (void)state;
    const struct reply share = {.code = 421}, busy = {.code = 451};
    static const struct {
        enum smtp_phase phase;
        bool is_421, has_carried;
        enum verdict verdict;
    } cases[] = {{PHASE_MAIL, true, true, VERDICT_RELEASE},
                 {PHASE_OPEN, true, true, VERDICT_RELEASE}, // the mail behind it
                 {PHASE_MAIL, true, false, VERDICT_SLOW_RELAY},
                 {PHASE_RCPT, true, true, VERDICT_SLOW_RELAY},
                 {PHASE_MAIL, false, true, VERDICT_SLOW_RELAY}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(verdict_of_session(VERDICT_SLOW_RELAY, cases[i].phase,
                                            cases[i].is_421 ? &share : &busy, cases[i].has_carried),
                         cases[i].verdict);
}

static void test_about_address(void **state)
{
    (void)state;
    static const struct {
        const char *enhanced;
        bool is;
        const char *text;
    } cases[] = {{"5.1.1", true, ""},
                 {"5.1.10", true, ""},
                 {"5.1.6", true, ""},
                 {"5.2.1", true, ""},
                 {"5.2.2", true, ""},
                 {"5.1.7", false, ""},
                 {"5.1.8", false, ""},
                 {"5.7.1", false, "no such user"},
                 {"5.4.4", false, ""},
                 {"", false, ""},
                 {"5.1.11", false, ""},
                 {"", true, "No such user here"},
                 {"5.0.0", true, "sorry, Mailbox not found"},
                 {"", false, "we do not like you"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply reply = {.code = 550};
        snprintf(reply.enhanced, sizeof reply.enhanced, "%s", cases[i].enhanced);
        snprintf(reply.text, sizeof reply.text, "%s", cases[i].text);
        if (verdict_is_about_address(&reply) != cases[i].is)
            fail_msg("%s", cases[i].enhanced);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_every_code),
        cmocka_unit_test(test_session), cmocka_unit_test(test_about_address)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
