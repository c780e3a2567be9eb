#include "cmd/audience.h"

#include "base/mem.h"
#include "delivery/message.h"

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

struct tally {
    const struct keyring *keyring;
    const struct template *template;
    int64_t *empty;
    size_t count;
};

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
    return 0;
}

int audience_check(struct workspace *ws, struct compiled *compiled, struct err *err)
{
    struct tally t = {.keyring = &ws->keyring, .template = compiled->template};
    const char *fallback;
    while (template_value(t.template, t.count, &fallback))
        t.count++;
    t.empty = mem_new(t.count, sizeof *t.empty);
    struct audience audience;
    int rc = audience_walk(ws, &audience, count_empty, &t, err);
    for (size_t i = 0; i < t.count && rc == 0; i++) {
        const char *name = template_value(t.template, i, &fallback);
        if (t.empty[i] > 0 && !fallback)
            findings_add(&compiled->findings, FINDING_WARNING, compiled->campaign->path, 0, 0,
                         "merge.empty",
                         "%s is empty for %lld of %lld readers and has no default; write {{%s|…}}",
                         name, (long long)t.empty[i], (long long)audience.would_get, name);
    }
    free(t.empty);
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
