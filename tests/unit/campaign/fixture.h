// What the tests of this room share: settings, a reader, a post, and golden files.
#ifndef TESTS_UNIT_CAMPAIGN_FIXTURE_H
#define TESTS_UNIT_CAMPAIGN_FIXTURE_H

#include "base/file.h"
#include "base/finding.h"
#include "campaign/campaign.h"

static inline struct addr fixture_addr(const char *text)
{
    struct err err;
    struct addr addr;
    assert_ok(addr_parse(&addr, text, strlen(text), &err), &err);
    return addr;
}

static const char *const fixture_practice[] = {"Your Gentle Practice This Week", NULL};
static const char *const fixture_call[] = {"Your Call to Healing", NULL};

static inline struct campaign_settings fixture_settings(void)
{
    return (struct campaign_settings){.root = "",
                                      .name = "Letters from the Garden",
                                      .from_name = "Mira Vale",
                                      .from = fixture_addr("mira@example.org"),
                                      .has_reply_to = true,
                                      .reply_to = fixture_addr("hello@example.org"),
                                      .list_id = "letters.example.org",
                                      .postal_address = "4 Orchard Lane, Little Mere",
                                      .website = "https://example.org",
                                      .language = "en",
                                      .base_url = "https://letters.example.org",
                                      .optout_mailto = "unsubscribe+{token}@example.org",
                                      .practice_titles = fixture_practice,
                                      .call_titles = fixture_call,
                                      .schedule_day = 5,
                                      .schedule_hour = 9};
}

// The attributes of a reader: pairs of name and value, ended by NULL.
static inline const char *fixture_attribute(void *arg, const char *name)
{
    for (const char *const *pair = arg; pair && *pair; pair += 2)
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    return NULL;
}

// Friday, 27 November 2026, 09:00 UTC.
#define FIXTURE_DATE 1795770000

static inline struct template_input fixture_input(const struct addr *to, const char *name)
{
    return (struct template_input){.to = to,
                                   .name = name,
                                   .attribute = fixture_attribute,
                                   .message_id = "0123456789abcdef0123456789abcdef",
                                   .optout_token = "WEBTOKEN-_abc",
                                   .optout_address_token = "mailtoken234",
                                   .date = FIXTURE_DATE};
}

// A campaign as campaign_load gives it, without a file; freed with campaign_free.
static inline struct campaign *fixture_campaign(const char *subject, const char *body,
                                                bool is_markdown)
{
    struct campaign *c = mem_new(1, sizeof *c);
    c->slug = mem_strdup("2026-11-27-test");
    c->path = mem_strdup("campaigns/2026-11-27-test/post.txt");
    c->subject = subject ? mem_strdup(subject) : NULL;
    c->subject_line = subject ? 2 : 0;
    c->subject_column = subject ? 10 : 0;
    c->is_markdown = is_markdown;
    c->body = mem_strdup(body);
    c->body_len = strlen(body);
    c->body_line = 4;
    return c;
}

// Compares with tests/golden/campaign/NAME; GOLDEN=renew writes it instead.
static inline void fixture_golden(const char *name, const char *got, size_t len)
{
    char path[256];
    struct err err;
    struct buf want;
    const char *renew = getenv("GOLDEN");
    snprintf(path, sizeof path, "tests/golden/campaign/%s", name);
    if (renew && strcmp(renew, "renew") == 0) {
        assert_ok(file_write(path, got, len, 0644, &err), &err);
        return;
    }
    buf_init(&want, BUF_MAX_DEFAULT);
    assert_ok(file_read(path, BUF_MAX_DEFAULT, &want, &err), &err);
    if (want.len != len || memcmp(want.data, got, len) != 0)
        fail_msg("%s differs; GOLDEN=renew writes it anew:\n%.*s", path, (int)len, got);
    buf_deinit(&want);
}

// Compiles the campaign and frees it.
static inline struct template *compiled(const struct campaign_settings *settings,
                                        struct campaign *c, struct findings *findings)
{
    struct err err;
    struct template *t;
    findings_init(findings);
    assert_ok(campaign_compile(settings, c, &t, findings, &err), &err);
    campaign_free(&c);
    return t;
}

static inline void fail_on_errors(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].severity == FINDING_ERROR)
            fail_msg("%u:%u: %s", findings->list[i].line, findings->list[i].column,
                     findings->list[i].text);
}

static inline bool fixture_has(const struct findings *findings, enum finding_severity severity,
                               const char *rule, const char *text)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].severity == severity && strcmp(findings->list[i].rule, rule) == 0 &&
            strstr(findings->list[i].text, text))
            return true;
    return false;
}

#endif
