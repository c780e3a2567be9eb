#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/account.h"
#include "cmd/audience.h"
#include "cmd/launch.h"
#include "delivery/message.h"
#include "delivery/owner.h"
#include "delivery/single.h"
#include "mail/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TESTS_MAX 20

struct send_call {
    struct cli *cli;
    struct workspace ws;
    struct compiled compiled;
    const char *dry_run, *yes, *again;
    const char *tests[TESTS_MAX];
    size_t test_count;
    bool has_too_many_tests;
};

// --- dry run -------------------------------------------------------------------------------------

struct dry {
    const struct send_call *call;
    struct json *would, *would_not;
    size_t shown;
    size_t smallest, largest;       // bytes of a message
    int64_t unrenderable, smtputf8; // the latter is a part of the former
};

static int dry_each(void *arg, const struct person *p, const char *why_not, struct err *err)
{
    (void)err;
    struct dry *d = arg;
    const struct send_call *call = d->call;
    struct err why;
    if (!why_not) {
        struct message_for who = {.keyring = &call->ws.keyring, .person = p, .date = clock_now()};
        struct buf out;
        buf_init(&out, BUF_MAX_DEFAULT);
        if (message_render(call->compiled.template, &who, &out, &why) != 0) {
            d->unrenderable++;
            d->smtputf8 += p->addr.needs_smtputf8;
            why_not = p->addr.needs_smtputf8 ? "needs SMTPUTF8" : why.msg;
        } else {
            d->smallest = !d->smallest || out.len < d->smallest ? out.len : d->smallest;
            d->largest = out.len > d->largest ? out.len : d->largest;
        }
        buf_deinit(&out);
    }
    if (call->cli->is_json)
        return 0;
    if (why_not)
        printf("would not get it: %s (%s)\n", p->addr.text, why_not);
    else if (d->shown++ < 10 || call->cli->verbosity)
        printf("would get it: %s\n", p->addr.text);
    return 0;
}

static void dry_print_json(const struct send_call *call, const struct audience *a,
                           const struct dry *d)
{
    struct json *j = json_map(), *skipped = json_map();
    json_put_text(j, "campaign", call->compiled.campaign->slug);
    json_put_text(j, "subject", template_subject(call->compiled.template));
    json_put_number(j, "would_get", a->would_get - d->unrenderable);
    for (int s = 0; s < PERSON_STATUSES; s++)
        if (s != PERSON_SUBSCRIBED && a->by_status[s])
            json_put_number(skipped, person_status_name((enum person_status)s), a->by_status[s]);
    if (a->suppressed)
        json_put_number(skipped, "suppressed", a->suppressed);
    if (d->smtputf8)
        json_put_number(skipped, "needs SMTPUTF8", d->smtputf8);
    if (d->unrenderable > d->smtputf8)
        json_put_number(skipped, "render error", d->unrenderable - d->smtputf8);
    json_put(j, "would_not", skipped);
    json_put_number(j, "largest_message", (int64_t)d->largest);
    cmd_print_json(&j);
}

static int dry_run(struct send_call *call, struct err *err)
{
    struct dry d = {.call = call};
    struct audience audience;
    struct edition edition;
    int sent = call->ws.store
                   ? ledger_edition(call->ws.store, call->compiled.campaign->slug, 0, &edition, err)
                   : 0;
    if (sent < 0 || audience_walk(&call->ws, &audience, dry_each, &d, err) != 0)
        return -1;
    if (call->cli->is_json) {
        dry_print_json(call, &audience, &d);
        return 0;
    }
    int64_t get = audience.would_get - d.unrenderable;
    if (!call->cli->verbosity && d.shown > 10)
        printf("… and %zu more (-v prints all)\n", d.shown - 10);
    printf("\nsubject: ");
    cmd_print_clean(template_subject(call->compiled.template));
    printf("\n%lld of %lld on the list would get it", (long long)get, (long long)audience.total);
    if (d.largest)
        printf(", %zu to %zu bytes each", d.smallest, d.largest);
    printf(".\nNothing was sent and nothing was changed.\n");
    if (sent)
        printf("This campaign was sent already (%s); 'hearten status %s' tells more.\n",
               edition_state_name(edition.state), edition.slug);
    return 0;
}

// --- test copies ---------------------------------------------------------------------------------

// Over the first relay that can be reached.
static int send_single(const struct send_call *call, const struct wire_mail *mail,
                       struct single_result *result, struct err *err)
{
    const struct delivery_settings *d = &call->ws.conf->delivery;
    int rc = -1;
    for (size_t i = 0; rc != 0 && i < d->relay_count; i++) {
        if (i > 0)
            log_line(LOG_WARN, "%s; going on with relay %s", err->msg, d->relays[i].name);
        rc = single_send(&d->relays[i], mail, result, err);
        if (rc != 0 && err->kind != ERR_UNAVAILABLE)
            break;
    }
    return rc;
}

static int send_test(struct send_call *call, const char *email, struct err *err)
{
    struct person person;
    if (audience_person(&call->ws, email, &person, err) != 0) {
        if (err->kind != ERR_NOT_FOUND)
            return -1;
        // Not on the list: a copy with the made-up reader's data.
        if (audience_person(&call->ws, NULL, &person, err) != 0 ||
            addr_parse(&person.addr, email, strlen(email), err) != 0)
            return -1;
    }
    struct message_for who = {.keyring = &call->ws.keyring,
                              .person = &person,
                              .date = clock_now(),
                              .subject_mark = "[TEST] "};
    struct buf out;
    struct single_result result;
    buf_init(&out, BUF_MAX_DEFAULT);
    int rc = message_render(call->compiled.template, &who, &out, err);
    if (rc == 0) {
        struct wire_mail mail = {.from = call->ws.conf->campaign.from.wire,
                                 .to = person.addr.wire,
                                 .data = out.data,
                                 .len = out.len};
        rc = send_single(call, &mail, &result, err);
    }
    if (rc == 0 && result.verdict != VERDICT_SENT) {
        char reply[REPLY_LINE];
        reply_format(&result.reply, reply);
        rc = err_set(err, ERR_UNAVAILABLE, "the test copy to %s was not taken at %s: %s", email,
                     smtp_phase_name(result.phase), reply);
    }
    if (rc == 0 && !call->cli->is_quiet)
        printf("test copy sent to %s\n", person.addr.text);
    buf_deinit(&out);
    person_deinit(&person);
    return rc;
}

static int send_tests(struct send_call *call, struct err *err)
{
    for (size_t i = 0; i < call->test_count; i++)
        if (send_test(call, call->tests[i], err) != 0)
            return -1;
    return 0;
}

// --- the send ------------------------------------------------------------------------------------

static int ask(const struct send_call *call, int64_t count, struct err *err)
{
    if (call->yes)
        return 0;
    if (!isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE,
                       "send asks before it sends; add --yes where nobody can answer");
    char answer[16];
    printf("Send \"");
    cmd_print_clean(template_subject(call->compiled.template));
    printf("\" %sto %lld readers now? [y/N] ", call->again ? "once more " : "", (long long)count);
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return 0;
    return err_set(err, ERR_FINDINGS, "nothing was sent");
}

static int check_readers(struct send_call *call, struct err *err)
{
    if (audience_check(&call->ws, &call->compiled, err) != 0)
        return -1;
    if (call->compiled.findings.errors == 0)
        return 0;
    cmd_print_findings(call->cli, &call->compiled.findings);
    return err_set(err, ERR_FINDINGS, "%s has errors; nothing was sent",
                   call->compiled.campaign->path);
}

// replaces: 0, or the edition whose place it takes.
static int begin(struct send_call *call, int64_t replaces, struct edition *edition, struct err *err)
{
    struct audience audience;
    if (call->compiled.campaign->is_draft)
        return err_set(err, ERR_INPUT,
                       "%s is a draft; remove the line 'draft: true' when it is ready",
                       call->compiled.campaign->path);
    if (audience_walk(&call->ws, &audience, NULL, NULL, err) != 0)
        return -1;
    if (audience.would_get == 0)
        return err_set(
            err, ERR_INPUT,
            "nobody would get it: there are no subscribers; see 'hearten subscriber add'");
    if (check_readers(call, err) != 0 || launch_check(&call->ws, &call->compiled, err) != 0)
        return -1;
    if (ask(call, audience.would_get, err) != 0)
        return -1;
    const struct launch what = {
        .compiled = &call->compiled, .again = call->again != NULL, .replaces = replaces};
    return launch_freeze(&call->ws, &what, edition, err);
}

static bool is_same_text(const struct send_call *call, const struct edition *edition)
{
    unsigned char hash[HASH_SIZE];
    template_hash(call->compiled.template, hash);
    return hash_is_equal(hash, edition->template_hash, HASH_SIZE);
}

// Whether nobody has got it, or may have: then its text may still be mended.
static int is_untouched(const struct send_call *call, const struct edition *edition,
                        struct err *err)
{
    struct account account;
    if (ledger_account(call->ws.store, edition->id, &account, err) != 0)
        return -1;
    const int64_t *n = account.by_state;
    return n[DELIVERY_SENT] == 0 && n[DELIVERY_IN_DOUBT] == 0 && n[DELIVERY_CLAIMED] == 0;
}

// A send that was begun and is not done. A mended text takes the place of one that nobody has.
static int go_on(struct send_call *call, struct edition *edition, struct err *err)
{
    bool is_same = is_same_text(call, edition), was_paused = edition->state == EDITION_PAUSED;
    int untouched = is_same ? 0 : is_untouched(call, edition, err);
    if (untouched != 0)
        return untouched < 0 ? -1 : begin(call, edition->id, edition, err);
    if (!is_same && was_paused)
        return err_set(
            err, ERR_INPUT,
            "%s was changed since it was paused, and some readers have the old text; put "
            "the old text back to go on with the rest",
            edition->slug);
    if (!is_same)
        log_line(LOG_WARN,
                 "%s was changed since its send began, and some have the old text; the others get "
                 "that, too",
                 edition->slug);
    if (was_paused &&
        ledger_set_state(call->ws.store, edition->id, EDITION_SENDING, "", clock_now(), err) != 0)
        return -1;
    edition->state = EDITION_SENDING;
    return 0;
}

// The edition to deliver: a new one, or one that was begun and is not done.
static int choose_edition(struct send_call *call, struct edition *edition, struct err *err)
{
    const char *slug = call->compiled.campaign->slug;
    int found = ledger_edition(call->ws.store, slug, 0, edition, err);
    if (found < 0)
        return -1;
    if (!found || edition->state == EDITION_FREEZING)
        return begin(call, 0, edition, err);
    bool is_begun = edition->state == EDITION_SENDING || edition->state == EDITION_PAUSED;
    if (is_begun && !call->again)
        return go_on(call, edition, err);
    if (is_begun)
        return err_set(err, ERR_INPUT, "%s is still being sent; let it finish before --again",
                       slug);
    if (call->again)
        return begin(call, 0, edition, err);
    char at[DATE_SIZE];
    date_format_local(edition->finished_at, at);
    return err_set(err, ERR_INPUT,
                   "%s was sent already (%s %s); --again sends it once more to everyone", slug,
                   edition_state_name(edition->state), at);
}

static void show_progress(void *arg, const struct engine_result *r)
{
    int64_t *last = arg, now = clock_mono_ms();
    if (now - *last < 200)
        return;
    *last = now;
    fprintf(stderr, "\r%lld sent, %lld failed, %lld deferred, %lld in doubt ", (long long)r->sent,
            (long long)r->failed, (long long)r->deferred, (long long)r->in_doubt);
}

// What the account looks like at the end; *code is the exit code when all else went well.
static int tell(struct send_call *call, struct edition *edition, int *code, struct err *err)
{
    struct standing standing;
    if (ledger_edition_by_id(call->ws.store, edition->id, edition, err) != 1 ||
        account_read(&call->ws, edition, &standing, err) != 0)
        return -1;
    *code = account_exit_code(&standing);
    return call->cli->is_quiet ? 0 : account_print(call->cli, &call->ws, edition, &standing, err);
}

static int deliver(struct send_call *call, int *code, struct err *err)
{
    struct edition edition;
    struct owner *owner;
    if (choose_edition(call, &edition, err) != 0)
        return -1;
    if (owner_open(&owner, call->ws.store, call->ws.conf->delivery.run_dir, err) != 0)
        return -1;
    bool shows = isatty(STDERR_FILENO) && !call->cli->is_quiet && !call->cli->is_json;
    int64_t last = 0;
    cmd_catch_signals();
    int rc = launch_deliver(&call->ws, &edition, owner_id(owner), shows ? show_progress : NULL,
                            &last, err);
    if (shows)
        fprintf(stderr, "\r%60s\r", "");
    owner_close(&owner);
    struct err later = {0};
    if (tell(call, &edition, code, &later) != 0 && rc == 0) {
        *err = later;
        return -1;
    }
    if (rc != 0 && err->kind == ERR_UNAVAILABLE && edition.state == EDITION_FINISHED)
        return 0; // nobody waits any more: the account says it all
    if (rc != 0 && err->kind == ERR_UNAVAILABLE)
        return err_set(err, err->kind, "%s; 'hearten run' goes on with it later", err->msg);
    if (rc == 0 && cmd_stop && edition.state == EDITION_SENDING)
        return err_set(err, ERR_AGAIN, "stopped before the end; 'hearten send %s' goes on with it",
                       edition.slug);
    return rc;
}

// --- the command ---------------------------------------------------------------------------------

static int act(struct send_call *call, const char *word)
{
    struct err err;
    int code = 0;
    char *slug = workspace_slug(word);
    int rc = workspace_compile(&call->ws, slug, &call->compiled, &err);
    free(slug);
    if (rc != 0)
        return cmd_fail(&err);
    if (!call->compiled.template) {
        cmd_print_findings(call->cli, &call->compiled.findings);
        err_set(&err, ERR_FINDINGS, "%s has errors; nothing was sent", word);
        return cmd_fail(&err);
    }
    if (call->dry_run || call->test_count)
        rc = check_readers(call, &err);
    if (rc == 0 && call->dry_run)
        rc = dry_run(call, &err);
    else if (rc == 0)
        rc = conf_load_secrets(call->ws.conf, &err);
    if (rc == 0 && !call->dry_run)
        rc = call->test_count ? send_tests(call, &err) : deliver(call, &code, &err);
    return rc == 0 ? code : cmd_usage("send", &err);
}

static void add_test(void *arg, const char *value)
{
    struct send_call *call = arg;
    if (call->test_count == TESTS_MAX)
        call->has_too_many_tests = true;
    else
        call->tests[call->test_count++] = value;
}

int cmd_send(struct cli *cli, int argc, char **argv)
{
    struct send_call *call = mem_new(1, sizeof *call);
    struct cmd_option options[] = {{"dry-run", false, &call->dry_run, NULL, NULL},
                                   {"test", true, NULL, add_test, call},
                                   {"yes", false, &call->yes, NULL, NULL},
                                   {"again", false, &call->again, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    int code;
    call->cli = cli;
    int words = cmd_arguments(cli, argc, argv, options, 1, 1, &err);
    if (words > 0 && call->has_too_many_tests)
        words = err_set(&err, ERR_USAGE, "--test stands more than %d times", TESTS_MAX);
    else if (words > 0 && call->test_count && (call->dry_run || call->again))
        words = err_set(&err, ERR_USAGE, "--test goes with neither --dry-run nor --again");
    bool only_reads = call->dry_run || call->test_count;
    if (words < 0) {
        code = cmd_usage("send", &err);
    } else if (workspace_open(&call->ws, cli, only_reads ? WORKSPACE_STORE_READ : WORKSPACE_STORE,
                              &err) != 0) {
        code = cmd_fail(&err);
    } else {
        code = act(call, argv[1]);
        compiled_deinit(&call->compiled);
        workspace_close(&call->ws);
    }
    free(call);
    return cmd_finish(code);
}
