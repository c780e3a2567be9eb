#include "base/mem.h"
#include "base/near.h"
#include "base/utf8.h"
#include "campaign/compilation.h"
#include "campaign/frontmatter.h"
#include "campaign/program.h"
#include "campaign/skeleton.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLIP_SIZE    102400 // bytes of decoded HTML past which Gmail cuts a message (HT-10)
#define SUBJECT_GOAL 60     // characters (HT-24)
#define LONG_VALUE   64     // bytes of a long name or city
#define LONG_LINK    128    // bytes of an opt-out link behind the configured address

static void check_tag(struct compilation *c, const struct merge_value *v)
{
    static const char *const known[] = {"first_name", "last_name",       "name",
                                        "email",      "unsubscribe_url", "campaign.subject"};
    static const struct {
        const char *name, *needs;
    } later[] = {
        {"web_url", "the web pages"}, {"preferences_url", "the web pages"}, {"else", "conditions"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(v->name, known[i]) == 0)
            return;
    if (v->name[0] == '@' || value_source_of(v->name) >= 0)
        return;
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        if (strcmp(v->name, later[i].name) != 0)
            continue;
        findings_add(c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.later",
                     "{{%s}} needs %s, which come with a later version of hearten; take it out",
                     v->name, later[i].needs);
        return;
    }
    const char *meant = near_of(v->name, known, COUNT_OF(known));
    if (meant)
        findings_add(c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.unknown-tag",
                     "there is no merge tag {{%s}}; perhaps {{%s}}?", v->name, meant);
    else
        findings_add(
            c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.unknown-tag",
            "there is no merge tag {{%s}}; there are {{first_name}}, {{last_name}}, {{name}}, "
            "{{email}}, {{attr.NAME}}, {{unsubscribe_url}}, {{campaign.subject}}",
            v->name);
}

// The merge parser knows no conditions: to it they are names that are none.
static void explain_conditions(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *f = &findings->list[i];
        if (strcmp(f->rule, "merge.syntax") != 0 ||
            !(strstr(f->text, "\"{{#if") || strstr(f->text, "\"{{/if")))
            continue;
        free(f->rule);
        free(f->text);
        f->rule = mem_strdup("merge.later");
        f->text = mem_strdup("{{#if …}} and {{/if}} come with a later version of hearten; take "
                             "them out");
    }
}

static void check_tags(struct compilation *c)
{
    explain_conditions(c->findings);
    for (size_t i = 0; i < c->merge->count; i++)
        check_tag(c, &c->merge->values[i]);
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static bool is_all_capitals(const char *text)
{
    size_t capitals = 0;
    for (; *text; text++) {
        if (*text >= 'a' && *text <= 'z')
            return false;
        capitals += *text >= 'A' && *text <= 'Z';
    }
    return capitals > 5;
}

static void complain_subject(struct compilation *c, enum finding_severity severity,
                             const char *rule, const char *text)
{
    findings_add(c->findings, severity, c->campaign->path, c->subject_line, c->subject_column, rule,
                 "%s", text);
}

// HT-24, BS-14, BS-17
static void check_subject(struct compilation *c, const char *plain)
{
    const char *why = NULL;
    char text[200];
    size_t len = strlen(plain);
    if (strncasecmp(plain, "re:", 3) == 0 || strncasecmp(plain, "fwd:", 4) == 0 ||
        strncasecmp(plain, "fw:", 3) == 0)
        why = "begins like an answer to a mail, which misleads readers and mail filters";
    else if (is_all_capitals(plain))
        why = "is all in capitals, which mail filters take for spam";
    else if (len > 1 && strchr("!?", plain[len - 1]) && strchr("!?", plain[len - 2]))
        why = "ends in more than one ! or ?, which mail filters take for spam";
    snprintf(text, sizeof text, "the subject %s", why ? why : "");
    if (why)
        complain_subject(c, FINDING_WARNING, "HT-24", text);
    snprintf(text, sizeof text, "the subject has %zu bytes, %d at most are taken by mail servers",
             len, SUBJECT_MAX);
    if (len > SUBJECT_MAX)
        complain_subject(c, FINDING_ERROR, "BS-17", text);
    snprintf(text, sizeof text, "the subject has %zu characters; phones show about %d",
             characters(plain), SUBJECT_GOAL);
    if (characters(plain) > SUBJECT_GOAL && len <= SUBJECT_MAX)
        complain_subject(c, FINDING_WARNING, "HT-24", text);
}

// HT-17
static void check_preheader(struct compilation *c, const char *plain_subject)
{
    if (!c->preheader)
        return;
    struct buf plain;
    buf_init(&plain, PART_MAX);
    merge_plain(c->merge, c->preheader, strlen(c->preheader), &plain);
    size_t n = characters(plain.data);
    const struct campaign *campaign = c->campaign;
    if (strcmp(plain.data, plain_subject) == 0)
        findings_add(c->findings, FINDING_WARNING, campaign->path, campaign->preheader_line,
                     campaign->preheader_column, "HT-17", "the preheader only repeats the subject");
    else if (n < 40 || n > 110)
        findings_add(c->findings, FINDING_WARNING, campaign->path, campaign->preheader_line,
                     campaign->preheader_column, "HT-17",
                     "the preheader has %zu characters; 40 to 110 are shown well", n);
    buf_deinit(&plain);
}

// Bytes of the HTML part for a reader whose values are long: what a marker makes of itself is
// counted instead of the marker.
static size_t html_size(const struct compilation *c)
{
    size_t size = c->html.len;
    for (size_t i = 0; i < c->html.len; i++) {
        unsigned value;
        enum slot_context context;
        size_t n = slot_get(c->html.data + i, c->html.len - i, &value, &context);
        if (n == 0 || slot_is_condition(context))
            continue;
        bool is_link = strcmp(c->merge->values[value].name, "unsubscribe_url") == 0;
        size += (is_link ? strlen(c->settings->base_url) + LONG_LINK : LONG_VALUE) - n;
    }
    return size;
}

// What `hearten new` and `hearten init` wrote to be replaced.
static void check_placeholders(struct compilation *c)
{
    const char *const lines[] = {SKELETON_LETTER, SKELETON_PRACTICE, SKELETON_CALL};
    const char *body = c->campaign->body;
    unsigned line = c->campaign->body_line;
    for (const char *p = body; *p; line++) {
        size_t len = strcspn(p, "\n");
        for (size_t i = 0; i < COUNT_OF(lines); i++)
            if (len == strlen(lines[i]) && strncmp(p, lines[i], len) == 0)
                findings_add(
                    c->findings, FINDING_ERROR, c->campaign->path, line, 1, "post.placeholder",
                    "\"%s\" stands here to be replaced; write your own or take it out", lines[i]);
        p += len + (p[len] == '\n');
    }
}

// Readers would answer and leave to a stranger's address.
static void check_settings(struct compilation *c)
{
    const struct campaign_settings *s = c->settings;
    const struct {
        const char *key, *value, *sample;
    } settings[] = {{"[newsletter] from_email", s->from.text, SAMPLE_FROM},
                    {"[newsletter] from_name", s->from_name, SAMPLE_NAME},
                    {"[newsletter] postal_address", s->postal_address, SAMPLE_ADDRESS},
                    {"[newsletter] website", s->website, SAMPLE_WEBSITE},
                    {"[optout] mailto", s->optout_mailto, SAMPLE_MAILTO}};
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].value, settings[i].sample) == 0)
            findings_add(c->findings, FINDING_WARNING, "config/hearten.ini", 0, 0, "conf.sample",
                         "%s is still the sample's (%s); write your own before you send to real "
                         "readers",
                         settings[i].key, settings[i].sample);
}

void judge_letter(struct compilation *c)
{
    if (!*c->settings->postal_address)
        findings_add(c->findings, FINDING_WARNING, c->campaign->path, 0, 0, "HT-18",
                     "the footer has no postal address; set [newsletter] postal_address");
    size_t size = html_size(c);
    if (size > CLIP_SIZE)
        findings_add(
            c->findings, FINDING_ERROR, c->campaign->path, 0, 0, "HT-10",
            "the HTML part has %zu bytes; Gmail cuts a message at %d, and with it the link to "
            "leave the list",
            size, CLIP_SIZE);
    else if (size > CLIP_SIZE / 10 * 9)
        findings_add(c->findings, FINDING_WARNING, c->campaign->path, 0, 0, "HT-10",
                     "the HTML part has %zu bytes; Gmail cuts a message at %d", size, CLIP_SIZE);
}

// Blanks of every width and what has no width show nothing.
static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == 0xa0 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x3000 ||
           utf8_char_width(cp) == 0;
}

static bool may_be_empty(const struct merge *merge, const char *text)
{
    while (*text) {
        unsigned value;
        uint32_t cp = 0;
        size_t n = merge_at(merge, text, strlen(text), &value);
        if (n > 0 && merge->values[value].fallback && *merge->values[value].fallback)
            return false;
        if (n == 0) {
            int k = utf8_next(text, strlen(text), &cp);
            if (k <= 0 || !is_blank(cp))
                return false;
            n = (size_t)k;
        }
        text += n;
    }
    return true;
}

// A subject made of links or of itself cannot be put together; an empty one cannot be sent.
static void check_subject_tags(struct compilation *c)
{
    if (may_be_empty(c->merge, c->subject))
        complain_subject(
            c, FINDING_ERROR, "merge.subject",
            "the subject would be empty for a reader without a value; write a default, "
            "like {{name|friend}}");
    for (const char *p = c->subject; *p; p++) {
        unsigned value;
        char text[100];
        if (!merge_at(c->merge, p, strlen(p), &value))
            continue;
        const char *name = c->merge->values[value].name;
        snprintf(text, sizeof text, "{{%s}} cannot stand in the subject", name);
        if (strcmp(name, "campaign.subject") == 0 || strcmp(name, "unsubscribe_url") == 0)
            complain_subject(c, FINDING_ERROR, "merge.subject", text);
    }
}

void judge_post(struct compilation *c)
{
    check_tags(c);
    check_placeholders(c);
    check_settings(c);
}

void judge_headers(struct compilation *c, const char *plain_subject)
{
    check_subject_tags(c);
    check_subject(c, plain_subject);
    check_preheader(c, plain_subject);
}
