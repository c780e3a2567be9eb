#include "campaign/frontmatter.h"

#include "base/clock.h"
#include "base/ini.h"
#include "base/mem.h"
#include "base/near.h"
#include "mail/line.h"

#include <stdlib.h>
#include <string.h>

#define PREHEADER_MAX 500

struct front {
    struct campaign *campaign;
    const struct campaign_settings *settings;
    struct findings *findings;
    unsigned seen; // a bit for each key
};

static void complain(struct front *f, const struct ini_item *item, const char *rule,
                     const char *what)
{
    findings_add(f->findings, FINDING_ERROR, f->campaign->path, item->line, item->column, rule,
                 "%s: %s", item->name, what);
}

// --- one function for each key -------------------------------------------------------------------

// One line of text; NULL for none, and when it cannot stand in a message.
static char *line_of(struct front *f, const struct ini_item *item, size_t max)
{
    struct err err;
    size_t len = strlen(item->value);
    if (strchr(item->value, '\n')) {
        complain(f, item, "front.value", "this is written on one line, without lines below it");
        return NULL;
    }
    if (line_check(item->name, item->value, len, max, &err) != 0) {
        findings_add(f->findings, FINDING_ERROR, f->campaign->path, item->line, item->column,
                     "front.value", "%s", err.msg);
        return NULL;
    }
    char first = item->value[0];
    if (len > 2 && (first == '"' || first == '\'') && item->value[len - 1] == first)
        findings_add(f->findings, FINDING_WARNING, f->campaign->path, item->line, item->column,
                     "front.quotes", "%s: the quotes around it are sent too; take them away",
                     item->name);
    return len > 0 ? mem_strdup(item->value) : NULL;
}

static void set_subject(struct front *f, const struct ini_item *item)
{
    f->campaign->subject = line_of(f, item, SUBJECT_MAX);
    f->campaign->subject_line = item->line;
    f->campaign->subject_column = item->column;
}

static void set_preheader(struct front *f, const struct ini_item *item)
{
    f->campaign->preheader = line_of(f, item, PREHEADER_MAX);
    f->campaign->preheader_line = item->line;
    f->campaign->preheader_column = item->column;
}

static void set_from_name(struct front *f, const struct ini_item *item)
{
    if (strstr(item->value, "{{"))
        complain(f, item, "front.value", "merge tags do not work in the sender's name");
    else
        f->campaign->from_name = line_of(f, item, LINE_MAX_NAME);
}

// "2026-11-27", then perhaps "09:00" behind a blank or a T; without it, the scheduled time.
static int time_of(struct front *f, const char *value, int64_t *out)
{
    struct err err;
    struct civil when = {.hour = f->settings->schedule_hour,
                         .minute = f->settings->schedule_minute};
    size_t n = strcspn(value, " T");
    char *date = mem_strndup(value, n);
    int rc = clock_parse_date(date, &when, &err);
    free(date);
    const char *time = value + n;
    if (*time == 'T')
        time++;
    time += strspn(time, " ");
    if (rc == 0 && *time)
        rc = clock_parse_time(time, &when, &err);
    if (rc == 0)
        *out = clock_from_civil(&when);
    return rc;
}

static void set_send_at(struct front *f, const struct ini_item *item)
{
    if (*item->value && time_of(f, item->value, &f->campaign->send_at) != 0)
        complain(f, item, "front.value",
                 "this is no time; write a day and a time like 2026-11-27 09:00, or only the day");
}

static bool is_bool(struct front *f, const struct ini_item *item, bool *out)
{
    *out = strcmp(item->value, "true") == 0;
    if (*out || strcmp(item->value, "false") == 0)
        return true;
    complain(f, item, "front.value", "write true or false");
    return false;
}

// In doubt a letter is a draft.
static void set_draft(struct front *f, const struct ini_item *item)
{
    bool is_draft;
    f->campaign->is_draft = !is_bool(f, item, &is_draft) || is_draft;
}

static void set_in_archive(struct front *f, const struct ini_item *item)
{
    bool ignored; // there is no archive yet, so both are true
    (void)is_bool(f, item, &ignored);
}

static void refuse_later(struct front *f, const struct ini_item *item)
{
    if (*item->value)
        complain(f, item, "front.later",
                 "this comes with a later version of hearten; take the line out");
}

static void set_theme(struct front *f, const struct ini_item *item)
{
    if (*item->value && strcmp(item->value, "default") != 0)
        complain(f, item, "front.later",
                 "this version has one theme, 'default'; others come with a later version");
}

static const char *const key_names[] = {"subject", "preheader",  "from_name",  "send_at",
                                        "draft",   "theme",      "in_archive", "segment",
                                        "images",  "attachments"};
static void (*const key_setters[])(struct front *, const struct ini_item *) = {
    set_subject, set_preheader,  set_from_name, set_send_at,  set_draft,
    set_theme,   set_in_archive, refuse_later,  refuse_later, refuse_later};
_Static_assert(COUNT_OF(key_names) == COUNT_OF(key_setters), "a setter for each key");

// --- the whole -----------------------------------------------------------------------------------

static void unknown_key(struct front *f, const struct ini_item *item)
{
    const char *meant = near_of(item->name, key_names, COUNT_OF(key_names));
    if (meant)
        findings_add(f->findings, FINDING_ERROR, f->campaign->path, item->line, 1,
                     "front.unknown-key", "there is no setting '%s'; perhaps '%s'?", item->name,
                     meant);
    else
        findings_add(f->findings, FINDING_ERROR, f->campaign->path, item->line, 1,
                     "front.unknown-key",
                     "there is no setting '%s'; there are subject, preheader, from_name, send_at, "
                     "draft, theme, in_archive",
                     item->name);
}

static int on_item(void *arg, const struct ini_item *item, struct err *err)
{
    struct front *f = arg;
    (void)err;
    if (*item->section && *item->name)
        return 0; // said at the line that begins the section
    if (*item->section) {
        findings_add(f->findings, FINDING_ERROR, f->campaign->path, item->line, 1,
                     "front.unknown-key", "front matter has no [%s] section; write key: value",
                     item->section);
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(key_names); i++) {
        if (strcmp(item->name, key_names[i]) != 0)
            continue;
        if (f->seen & 1u << i)
            complain(f, item, "front.twice", "this is set twice; keep one of the lines");
        else
            key_setters[i](f, item);
        f->seen |= 1u << i;
        return 0;
    }
    unknown_key(f, item);
    return 0;
}

// "PATH:LINE: what" becomes a finding of that line. Below it nothing was read, perhaps not "draft".
static void add_syntax_error(struct front *f, const struct err *err)
{
    const char *path = f->campaign->path, *text = err->msg;
    unsigned long line = 0;
    size_t n = strlen(path);
    if (strncmp(text, path, n) == 0 && text[n] == ':') {
        char *end;
        line = strtoul(text + n + 1, &end, 10);
        text = end + strspn(end, ": ");
    }
    findings_add(f->findings, FINDING_ERROR, path, (unsigned)line, line ? 1 : 0, "front.syntax",
                 "%s", text);
    f->campaign->is_draft = true;
}

static bool is_fence(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    return len == 3 && memcmp(line, "---", 3) == 0;
}

static size_t line_length(const char *text, size_t len)
{
    const char *lf = memchr(text, '\n', len);
    return lf ? (size_t)(lf - text) : len;
}

static bool is_blank(const char *line, size_t len)
{
    for (; len > 0; line++, len--)
        if (!strchr(" \t", *line))
            return false;
    return true;
}

static bool begins_with_key(const char *text, size_t len)
{
    char name[32];
    size_t n = 0;
    while (n < len && ((text[n] >= 'a' && text[n] <= 'z') || text[n] == '_'))
        n++;
    if (n == 0 || n >= sizeof name || n == len || text[n] != ':')
        return false;
    memcpy(name, text, n);
    name[n] = '\0';
    for (size_t i = 0; i < COUNT_OF(key_names); i++)
        if (strcmp(key_names[i], name) == 0)
            return true;
    return near_of(name, key_names, COUNT_OF(key_names)) != NULL;
}

// Where the line of "---" begins; len when there is none. Below blank lines it could be a rule, and
// is one unless a setting follows. *lines: how many stand above it.
static size_t find_fence(const char *text, size_t len, unsigned *lines)
{
    size_t at = 0, n;
    *lines = 0;
    while (at < len && is_blank(text + at, n = line_length(text + at, len - at)) && at + n < len) {
        at += n + 1;
        ++*lines;
    }
    n = line_length(text + at, len - at);
    if (!is_fence(text + at, n))
        return len;
    size_t below = at + n < len ? at + n + 1 : len;
    return at == 0 || begins_with_key(text + below, len - below) ? at : len;
}

bool frontmatter_is_there(const char *text, size_t len)
{
    unsigned lines;
    return find_fence(text, len, &lines) < len;
}

size_t frontmatter_read(struct campaign *campaign, const struct campaign_settings *settings,
                        const char *text, size_t len, struct findings *findings)
{
    struct front f = {.campaign = campaign, .settings = settings, .findings = findings};
    unsigned above = 0;
    size_t at = find_fence(text, len, &above);
    campaign->body_line = 1;
    if (at == len)
        return 0;
    at += line_length(text + at, len - at);
    at += at < len;
    size_t begin = at;
    unsigned line = above + 2;
    for (size_t n; at < len; at += n + 1, line++) {
        struct err err;
        n = line_length(text + at, len - at);
        if (!is_fence(text + at, n))
            continue;
        if (ini_read(text + begin, at - begin, campaign->path, above + 2, on_item, &f, &err) != 0)
            add_syntax_error(&f, &err);
        campaign->body_line = line + 1;
        return at + n < len ? at + n + 1 : len;
    }
    findings_add(findings, FINDING_ERROR, campaign->path, above + 1, 1, "front.syntax",
                 "the settings that begin here never end; write a line of --- below them");
    campaign->is_draft = true;
    return len;
}
