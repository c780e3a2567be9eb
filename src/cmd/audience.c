#include "cmd/audience.h"

#include "base/mem.h"
#include "base/near.h"
#include "delivery/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct workspace *ws;
    struct audience *out;
    audience_each *each;
    void *arg;
};

static int look_at(void *arg, const struct person *person, struct err *err)
{
    struct walk *w = arg;
    const char *why_not = NULL;
    w->out->total++;
    w->out->by_status[person->status]++;
    if (person->status != PERSON_SUBSCRIBED) {
        why_not = person_status_name(person->status);
    } else {
        int has = suppression_has(w->ws->store, person->hash, err);
        if (has < 0)
            return -1;
        if (has) {
            why_not = "suppressed";
            w->out->suppressed++;
        } else {
            w->out->would_get++;
        }
    }
    return w->each ? w->each(w->arg, person, why_not, err) : 0;
}

int audience_walk(struct workspace *ws, struct audience *out, audience_each *each, void *arg,
                  struct err *err)
{
    struct walk walk = {ws, out, each, arg};
    *out = (struct audience){0};
    if (!ws->store)
        return 0;
    return people_list(ws->store, -1, look_at, &walk, err);
}

// --- merge tags against the audience -------------------------------------------------------------

#define LEARN_FROM 1000 // readers whose attributes tell which there are

struct tally {
    const struct keyring *keyring;
    const struct template *template;
    int64_t *empty;
    size_t count;
    struct json *attributes; // a member for each attribute that some reader has
    int64_t seen;
};

static void learn_attribute(void *arg, const char *name, const struct json *value)
{
    (void)value;
    json_put_number(arg, name, 1);
}

static int count_empty(void *arg, const struct person *person, const char *why_not, struct err *err)
{
    (void)err;
    struct tally *t = arg;
    if (why_not)
        return 0;
    struct message_for who = {.keyring = t->keyring, .person = person};
    struct message_input in;
    message_input_init(&in, &who);
    for (size_t i = 0; i < t->count; i++)
        t->empty[i] += template_value_is_empty(t->template, i, &in.input);
    if (person->attributes && t->seen++ < LEARN_FROM)
        json_each(person->attributes, learn_attribute, t->attributes);
    return 0;
}

struct names {
    const char *list[256];
    size_t count;
};

static void add_name(void *arg, const char *name, const struct json *value)
{
    (void)value;
    struct names *names = arg;
    if (names->count < COUNT_OF(names->list))
        names->list[names->count++] = name;
}

static struct campaign_tag place_of(const struct campaign *campaign, const char *name)
{
    for (size_t i = 0; i < campaign->tag_count; i++)
        if (strcmp(campaign->tags[i].name, name) == 0)
            return campaign->tags[i];
    return (struct campaign_tag){0};
}

// No reader has it: most likely a slip of the pen, which nobody wants to see as a hole in a mail.
static void complain_unknown(const struct tally *t, struct compiled *compiled, const char *name,
                             struct campaign_tag at)
{
    struct names names = {.count = 0};
    json_each(t->attributes, add_name, &names);
    const char *near = near_of(name + strlen("attr."), names.list, names.count);
    char hint[100] = "import it with the list, or write a default behind a |";
    if (near)
        snprintf(hint, sizeof hint, "perhaps {{attr.%s}}?", near);
    findings_add(&compiled->findings, FINDING_ERROR, compiled->campaign->path, at.line, at.column,
                 "merge.unknown-attribute", "no reader has the attribute of {{%s}}; %s", name,
                 hint);
}

static void judge_value(const struct tally *t, struct compiled *compiled, size_t i,
                        const struct audience *audience)
{
    const char *fallback, *name = template_value(t->template, i, &fallback);
    struct campaign_tag at = place_of(compiled->campaign, name);
    if (t->empty[i] == 0 || fallback)
        return;
    if (t->empty[i] == audience->would_get && strncmp(name, "attr.", 5) == 0)
        complain_unknown(t, compiled, name, at);
    else
        findings_add(&compiled->findings, FINDING_WARNING, compiled->campaign->path, at.line,
                     at.column, "merge.empty",
                     "{{%s}} is empty for %lld of %lld readers and has no default; write {{%s|…}}",
                     name, (long long)t->empty[i], (long long)audience->would_get, name);
}

int audience_check(struct workspace *ws, struct compiled *compiled, struct err *err)
{
    struct tally t = {.keyring = &ws->keyring, .template = compiled->template};
    const char *fallback;
    while (template_value(t.template, t.count, &fallback))
        t.count++;
    t.empty = mem_new(t.count, sizeof *t.empty);
    t.attributes = json_map();
    struct audience audience;
    int rc = audience_walk(ws, &audience, count_empty, &t, err);
    for (size_t i = 0; i < t.count && rc == 0; i++)
        judge_value(&t, compiled, i, &audience);
    free(t.empty);
    json_drop(&t.attributes);
    findings_sort(&compiled->findings);
    return rc;
}

int audience_person(struct workspace *ws, const char *email, struct person *out, struct err *err)
{
    static const char sample[] = "asha@example.org";
    struct addr addr;
    *out = (struct person){0};
    const char *wanted = email ? email : sample;
    if (addr_parse(&addr, wanted, strlen(wanted), err) != 0)
        return -1;
    if (email) {
        int found = ws->store ? people_find(ws->store, addr.key, out, err) : 0;
        if (found < 0)
            return -1;
        if (found)
            return 0;
        return err_set(err, ERR_NOT_FOUND, "%s is not on the list", addr.text);
    }
    out->addr = addr;
    out->name = mem_strdup("Asha Example");
    out->status = PERSON_SUBSCRIBED;
    return 0;
}
