#include "base/log.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/utf8.h"
#include "cmd/workspace.h"
#include "consent/import.h"
#include "mail/date.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct subscriber_call {
    struct workspace *ws;
    struct cli *cli;
    struct consent consent;
    const char *name, *evidence, *status, *dry_run;
    struct json *attributes;
    const char *word; // EMAIL or FILE
};

static struct json *as_json(const struct person *p)
{
    struct json *j = json_map(), *attributes = json_map();
    char at[DATE_SIZE];
    struct buf text;
    json_put_text(j, "email", p->addr.text);
    json_put_text(j, "name", p->name);
    json_put_text(j, "status", person_status_name(p->status));
    date_format_utc(p->created_at, at);
    json_put_text(j, "created_at", at);
    if (p->attributes) { // a copy, through its text
        struct err err;
        json_drop(&attributes);
        buf_init(&text, BUF_MAX_DEFAULT);
        json_write(p->attributes, &text);
        if (json_read(text.data, text.len, &attributes, &err) != 0)
            attributes = json_map();
        buf_deinit(&text);
    }
    json_put(j, "attributes", attributes);
    return j;
}

// --- add -----------------------------------------------------------------------------------------

static int add(struct subscriber_call *call, struct err *err)
{
    static const char *const words[] = {"added", "changed", "unchanged", NULL};
    enum consent_outcome outcome;
    struct addr addr;
    if (addr_parse(&addr, call->word, strlen(call->word), err) != 0)
        return -1;
    struct consent_add what = {.addr = &addr,
                               .name = call->name,
                               .attributes = call->attributes,
                               .evidence = call->evidence};
    if (consent_add(&call->consent, &what, &outcome, err) != 0)
        return -1;
    if (outcome == CONSENT_LEFT)
        return err_set(err, ERR_INPUT,
                       "%s has left the list and is not brought back; if they asked to return: "
                       "hearten optout remove %s --consent TEXT",
                       addr.text, addr.text);
    if (addr.needs_smtputf8)
        log_line(LOG_WARN,
                 "%s has letters before the @ that are not ASCII; this version cannot mail it and "
                 "skips it at each send",
                 addr.text);
    if (!call->cli->is_quiet)
        printf("%s %s\n", addr.text, words[outcome]);
    return 0;
}

struct attribute_list {
    struct json *map;
    struct err err; // of the first one that cannot be taken
};

static void add_attribute(void *arg, const char *value)
{
    struct attribute_list *list = arg;
    const char *equals = strchr(value, '=');
    if (list->err.kind != ERR_NONE)
        return;
    if (!equals || equals == value) {
        err_set(&list->err, ERR_USAGE, "--attr wants KEY=VALUE, not '%.100s'", value);
        return;
    }
    if (utf8_first_bad(value, strlen(value)) != strlen(value)) {
        err_set(&list->err, ERR_INPUT, "--attr %.100s is not UTF-8", value);
        return;
    }
    if (!list->map)
        list->map = json_map();
    char *name = mem_strndup(value, (size_t)(equals - value));
    json_put_text(list->map, name, equals + 1);
    free(name);
}

// --- import --------------------------------------------------------------------------------------

// A list of the wrong kind can have a hundred thousand rows that are bad in the same way.
#define TOLD_MOST 100

struct told {
    const struct cli *cli;
    const char *path; // fit for a terminal
    unsigned long bad, left_out;
};

static void tell_row(void *arg, unsigned long line, bool is_bad, const char *why)
{
    struct told *told = arg;
    unsigned long count = is_bad ? ++told->bad : ++told->left_out;
    if (count <= TOLD_MOST && (is_bad || !told->cli->is_quiet))
        fprintf(stderr, "hearten: %s%s:%lu: %s\n", is_bad ? "" : "warning: ", told->path, line,
                why);
}

static void tell_more(const struct told *told)
{
    if (told->bad > TOLD_MOST)
        fprintf(stderr, "hearten: %s: and %lu more bad rows\n", told->path, told->bad - TOLD_MOST);
    if (told->left_out > TOLD_MOST && !told->cli->is_quiet)
        fprintf(stderr, "hearten: warning: %s: and %lu more rows that are left out\n", told->path,
                told->left_out - TOLD_MOST);
}

static void print_import(const struct subscriber_call *call, const struct import_result *r)
{
    if (call->cli->is_json) {
        struct json *j = json_map();
        json_put_number(j, "rows", (int64_t)r->rows);
        json_put_number(j, "added", (int64_t)r->added);
        json_put_number(j, "changed", (int64_t)r->changed);
        json_put_number(j, "unchanged", (int64_t)r->unchanged);
        json_put_number(j, "left", (int64_t)r->left);
        json_put_number(j, "not_subscribed", (int64_t)r->not_subscribed);
        json_put_number(j, "repeated", (int64_t)r->repeated);
        json_put_number(j, "bad", (int64_t)r->bad);
        cmd_print_json(&j);
        return;
    }
    if (call->cli->is_quiet)
        return;
    printf("%s%lu rows: %lu added, %lu changed, %lu unchanged, %lu have left and stay out",
           call->dry_run ? "would be: " : "", r->rows, r->added, r->changed, r->unchanged, r->left);
    if (r->not_subscribed)
        printf(", %lu not subscribed there", r->not_subscribed);
    if (r->repeated)
        printf(", %lu repeated", r->repeated);
    printf(", %lu bad\n", r->bad);
}

static int import(struct subscriber_call *call, struct err *err)
{
    bool is_stdin = strcmp(call->word, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(call->word, "re");
    if (!in)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s: %s",
                       call->word, strerror(errno));
    char *path = mem_strdup(call->word);
    utf8_clean(path);
    struct told told = {.cli = call->cli, .path = path};
    struct import_settings settings = {.path = path,
                                       .is_dry_run = call->dry_run != NULL,
                                       .evidence = call->evidence,
                                       .tell = tell_row,
                                       .arg = &told};
    struct import_result result = {0};
    char way[300];
    snprintf(way, sizeof way, "import %s", path);
    utf8_clean(way); // a character that is cut off goes
    call->consent.way = way;
    int rc = import_csv(&call->consent, in, &settings, &result, err);
    tell_more(&told);
    free(path);
    if (!is_stdin)
        fclose(in);
    if (rc == 0 || result.rows > 0)
        print_import(call, &result);
    if (rc != 0 && result.rows > 0 && !call->dry_run)
        return err_set(err, err->kind,
                       "%s; what is counted above is in, and the same import again adds the rest",
                       err->msg);
    if (rc == 0 && result.bad > 0)
        return err_set(err, ERR_FINDINGS,
                       "%lu row%s of %s %s left out, as named above; mend and "
                       "import again, the others stay as they are",
                       result.bad, result.bad == 1 ? "" : "s", call->word,
                       result.bad == 1 ? "was" : "were");
    return rc;
}

// --- list, show, remove --------------------------------------------------------------------------

static int print_person(void *arg, const struct person *p, struct err *err)
{
    (void)err;
    const struct cli *cli = arg;
    if (cli->is_json) {
        struct json *j = as_json(p);
        cmd_print_json(&j);
        return cmd_is_lost() ? -1 : 0;
    }
    cmd_print_padded(p->addr.text, 40);
    printf(" %-12s ", person_status_name(p->status));
    cmd_print_clean(p->name);
    putchar('\n');
    return cmd_is_lost() ? -1 : 0;
}

static int list(struct subscriber_call *call, struct err *err)
{
    enum person_status status = PERSON_SUBSCRIBED;
    if (call->status && person_status_parse(call->status, &status, err) != 0)
        return err_prefix(err, "--status");
    if (!call->ws->store)
        return 0;
    int rc =
        people_list(call->ws->store, call->status ? (int)status : -1, print_person, call->cli, err);
    return cmd_is_lost() ? 0 : rc; // cmd_finish tells it
}

static int print_entry(void *arg, const struct consent_entry *entry, struct err *err)
{
    (void)err;
    char at[DATE_SIZE];
    date_format_local(entry->at, at);
    if (arg) {
        struct json *j = json_map();
        date_format_utc(entry->at, at);
        json_put_text(j, "at", at);
        json_put_text(j, "action", entry->action);
        json_put_text(j, "way", entry->way);
        json_put_text(j, "evidence", entry->evidence);
        json_push(arg, j);
        return 0;
    }
    printf("  %s  %-13s ", at, entry->action);
    cmd_print_clean(entry->way);
    if (*entry->evidence) {
        printf(": ");
        cmd_print_clean(entry->evidence);
    }
    putchar('\n');
    return 0;
}

static void print_attribute(void *arg, const char *name, const struct json *value)
{
    (void)arg;
    printf("  %s: ", name);
    cmd_print_clean(json_text(value) ? json_text(value) : "");
    putchar('\n');
}

static int print_story(struct subscriber_call *call, const struct person *p, bool is_suppressed,
                       struct err *err)
{
    if (call->cli->is_json) {
        struct json *j = as_json(p), *log = json_list();
        json_put_bool(j, "suppressed", is_suppressed);
        int rc = people_log_list(call->ws->store, p->hash, print_entry, log, err);
        json_put(j, "log", log);
        cmd_print_json(&j);
        return rc;
    }
    printf("%s  ", p->addr.text);
    cmd_print_clean(p->name ? p->name : "");
    printf("\n  %s%s\n", p->id ? person_status_name(p->status) : "not on the list",
           is_suppressed ? ", never to be mailed (opted out)" : "");
    if (p->attributes)
        json_each(p->attributes, print_attribute, NULL);
    return people_log_list(call->ws->store, p->hash, print_entry, NULL, err);
}

static int count_entry(void *arg, const struct consent_entry *entry, struct err *err)
{
    (void)entry;
    (void)err;
    ++*(int64_t *)arg;
    return 0;
}

// Who was removed has a story still.
static int find_story(const struct subscriber_call *call, const struct person *p, struct err *err)
{
    int64_t count = 0;
    if (call->ws->store && people_log_list(call->ws->store, p->hash, count_entry, &count, err) != 0)
        return -1;
    return count > 0 ? 0 : err_set(err, ERR_NOT_FOUND, "%s is not on the list", p->addr.text);
}

static int show(struct subscriber_call *call, struct err *err)
{
    struct addr addr;
    struct person p = {0};
    if (addr_parse(&addr, call->word, strlen(call->word), err) != 0)
        return -1;
    int found = call->ws->store ? people_find(call->ws->store, addr.key, &p, err) : 0;
    if (found < 0)
        return -1;
    p.addr = found ? p.addr : addr;
    keyring_address_hash(&call->ws->keyring, addr.key, p.hash);
    int suppressed = call->ws->store ? suppression_has(call->ws->store, p.hash, err) : 0;
    int rc = suppressed < 0 ? -1 : 0;
    if (rc == 0 && !found && !suppressed)
        rc = find_story(call, &p, err);
    if (rc == 0)
        rc = print_story(call, &p, suppressed == 1, err);
    person_deinit(&p);
    return rc;
}

static int remove_one(struct subscriber_call *call, struct err *err)
{
    if (consent_remove(&call->consent, call->word, err) != 0)
        return -1;
    if (!call->cli->is_quiet)
        printf("%s removed\n", call->word);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(struct subscriber_call *call, struct err *err);
    const char *word;    // behind the name; NULL: none
    const char *options; // that it takes
    bool only_reads;
} verbs[] = {{"add", add, "EMAIL", "name attr consent", false},
             {"import", import, "FILE", "consent dry-run", false},
             {"list", list, NULL, "status", true},
             {"show", show, "EMAIL", "", true},
             {"remove", remove_one, "EMAIL", "", false}};

// An option that a verb does not take would be ignored, and somebody relied on it.
static int check_options(const struct subscriber_call *call, const char *verb, const char *takes,
                         struct err *err)
{
    const struct {
        const char *name;
        bool is_given;
    } given[] = {{"name", call->name},
                 {"attr", call->attributes},
                 {"consent", call->evidence},
                 {"status", call->status},
                 {"dry-run", call->dry_run}};
    for (size_t i = 0; i < COUNT_OF(given); i++)
        if (given[i].is_given && !strstr(takes, given[i].name))
            return err_set(err, ERR_USAGE, "subscriber %s takes no --%s", verb, given[i].name);
    return 0;
}

static int dispatch(struct subscriber_call *call, const char *verb, int words, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        struct workspace ws;
        if (strcmp(verbs[i].name, verb) != 0)
            continue;
        if (words == 1 && verbs[i].word)
            return err_set(err, ERR_USAGE, "subscriber %s wants %s behind it", verb, verbs[i].word);
        if (words == 2 && !verbs[i].word)
            return err_set(err, ERR_USAGE, "subscriber %s takes nothing like '%s'", verb,
                           call->word);
        if (check_options(call, verb, verbs[i].options, err) != 0)
            return -1;
        bool only_reads = verbs[i].only_reads || call->dry_run;
        if (workspace_open(&ws, call->cli, only_reads ? WORKSPACE_STORE_READ : WORKSPACE_STORE,
                           err) != 0)
            return -1;
        call->ws = &ws;
        call->consent = (struct consent){.store = ws.store, .keyring = &ws.keyring, .way = "cli"};
        int rc = verbs[i].run(call, err);
        workspace_close(&ws);
        return rc;
    }
    const char *names[COUNT_OF(verbs)];
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        names[i] = verbs[i].name;
    const char *near = near_of(verb, names, COUNT_OF(names));
    if (near)
        return err_set(err, ERR_USAGE, "there is no 'subscriber %s'; perhaps 'subscriber %s'?",
                       verb, near);
    return err_set(err, ERR_USAGE,
                   "there is no 'subscriber %s'; there are add, import, list, show and remove",
                   verb);
}

int cmd_subscriber(struct cli *cli, int argc, char **argv)
{
    struct subscriber_call call = {.cli = cli};
    struct attribute_list attributes = {0};
    struct cmd_option options[] = {{"name", true, &call.name, NULL, NULL},
                                   {"attr", true, NULL, add_attribute, &attributes},
                                   {"consent", true, &call.evidence, NULL, NULL},
                                   {"status", true, &call.status, NULL, NULL},
                                   {"dry-run", false, &call.dry_run, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    int words = cmd_arguments(cli, argc, argv, options, 1, 2, &err);
    int rc = words < 0 ? -1 : 0;
    if (rc == 0 && attributes.err.kind != ERR_NONE)
        rc = err_set(&err, attributes.err.kind, "%s", attributes.err.msg);
    if (rc == 0) {
        call.word = words > 1 ? argv[2] : NULL;
        call.attributes = attributes.map;
        rc = dispatch(&call, argv[1], words, &err);
    }
    json_drop(&attributes.map);
    return cmd_finish(rc == 0 ? 0 : cmd_usage("subscriber", &err));
}
