#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/account.h"
#include "cmd/audience.h"
#include "cmd/launch.h"
#include "crypt/hash.h"
#include "delivery/due.h"
#include "delivery/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pass {
    struct cli *cli;
    struct workspace *ws;
    struct owner *owner;
    struct edition *editions;
    size_t count;
    int code;         // the first that is not 0
    bool has_trouble; // something was wrong, said now or before
};

#define SAY_AGAIN_AFTER 86400 // seconds

// Words with a digit in them change from pass to pass: times, counts, a server's session numbers.
static void take_constant(const char *text, struct buf *out)
{
    while (*text) {
        size_t n = strcspn(text, " \t,;:()[]<>='");
        size_t digit = strcspn(text, "0123456789");
        buf_add(out, digit < n ? "#" : text, digit < n ? 1 : n);
        text += n;
        if (*text)
            buf_addc(out, *text++);
    }
}

// Cron mails whatever is printed, every five minutes. So what stays wrong is said once a day: a
// mark named by the hash of what is constant in it holds the time. A pass in which all is well
// takes the marks away.
static bool is_said(const char *run_dir, const char *about, const char *text)
{
    unsigned char hash[HASH_SIZE];
    struct buf path, mark, constant;
    struct err err;
    buf_init(&constant, BUF_MAX_DEFAULT);
    buf_init(&path, 8192);
    buf_init(&mark, 128 << 10);
    buf_addf(&constant, "%s ", about);
    take_constant(text, &constant);
    hash_sha256(constant.data, constant.len, hash);
    buf_deinit(&constant);
    buf_addf(&path, "%s/said-", run_dir);
    encode_hex(hash, 12, &path);
    int64_t then = 0, now = clock_now();
    if (file_read(path.data, 64, &mark, &err) == 0)
        then = strtoll(mark.data, NULL, 10);
    bool said = then > 0 && then <= now && now - then < SAY_AGAIN_AFTER;
    buf_reset(&mark);
    buf_addf(&mark, "%lld\n", (long long)now);
    if (!said && file_mkdirs(run_dir, 0700, &err) == 0 &&
        file_write(path.data, mark.data, mark.len, 0600, &err) != 0)
        fprintf(stderr, "hearten: %s\n", err.msg);
    buf_deinit(&path);
    buf_deinit(&mark);
    return said;
}

static void forget_said(struct pass *pass)
{
    struct err err;
    char **names;
    size_t count;
    if (file_list(pass->ws->conf->delivery.run_dir, &names, &count, &err) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(names[i], "said-", 5) != 0)
            continue;
        char *path = file_join(pass->ws->conf->delivery.run_dir, names[i]);
        unlink(path);
        free(path);
    }
    file_free_names(&names, count);
}

// about: what it is about, to the letter: another campaign's trouble is another.
static void say(struct pass *pass, int code, const char *about, const char *text)
{
    if (!pass->code)
        pass->code = code;
    pass->has_trouble = true;
    if (!is_said(pass->ws->conf->delivery.run_dir, about, text))
        fprintf(stderr, "hearten: %s\n", text);
}

// Nor is a mistake in the settings told to cron every five minutes.
static int say_unusable(const struct cli *cli, const struct err *why)
{
    struct err err;
    char *root;
    if (workspace_find(cli, &root, &err) != 0)
        return cmd_fail(why);
    char *run_dir = file_join(root, "var/run");
    bool said = is_said(run_dir, "", why->msg);
    free(run_dir);
    free(root);
    return said ? err_exit_code(why->kind) : cmd_fail(why);
}

static void say_findings(struct pass *pass, const struct findings *findings)
{
    struct err err;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        if (f->severity != FINDING_ERROR)
            continue;
        err_set(&err, ERR_FINDINGS, "%s:%u:%u: %s; this campaign cannot be sent", f->file, f->line,
                f->column, f->text);
        say(pass, 1, f->file, err.msg);
    }
}

static bool has_begun(const struct pass *pass, const char *slug)
{
    struct err err;
    struct edition edition;
    return ledger_edition(pass->ws->store, slug, 0, &edition, &err) == 1;
}

static void freeze(struct pass *pass, const char *slug)
{
    struct err err;
    struct edition edition;
    struct compiled compiled;
    if (workspace_compile(pass->ws, slug, &compiled, &err) != 0) {
        say(pass, err_exit_code(err.kind), slug, err.msg);
        return;
    }
    int rc = compiled.template ? audience_check(pass->ws, &compiled, &err) : 0;
    if (rc == 0 && compiled.findings.errors > 0)
        say_findings(pass, &compiled.findings);
    else if (rc == 0 && (rc = launch_check(pass->ws, &compiled, &err)) == 0)
        rc = launch_freeze(pass->ws, &(struct launch){.compiled = &compiled}, &edition, &err);
    bool was_slower = rc != 0 && (err.kind == ERR_AGAIN || has_begun(pass, slug));
    if (rc != 0 && !was_slower)
        say(pass, err_exit_code(err.kind), slug, err.msg);
    compiled_deinit(&compiled);
}

static void start_one(struct pass *pass, const struct campaign *c, const struct findings *findings)
{
    struct err err;
    struct edition edition;
    int found = ledger_edition(pass->ws->store, c->slug, 0, &edition, &err);
    if (found < 0) {
        say(pass, err_exit_code(err.kind), c->slug, err.msg);
        return;
    }
    bool has_edition = found && edition.state != EDITION_FREEZING;
    if (findings->errors && !has_edition && !c->is_draft) {
        say_findings(pass, findings); // perhaps it is the date that cannot be read
        return;
    }
    switch (due_of(c, has_edition, clock_now(), pass->ws->conf->delivery.not_after)) {
    case DUE_NO:
        return;
    case DUE_DRAFT:
        err_set(&err, ERR_INPUT, "%s is due and still a draft; it is not sent", c->path);
        say(pass, 65, c->slug, err.msg);
        return;
    case DUE_LATE:
        if (!c->is_draft) {
            err_set(
                &err, ERR_INPUT,
                "%s was due too long ago ([schedule] not_after) and is not started; 'hearten send "
                "%s' sends it now",
                c->path, c->slug);
            say(pass, 65, c->slug, err.msg);
        }
        return;
    case DUE_NOW:
        freeze(pass, c->slug);
        return;
    }
}

static void start_due(struct pass *pass)
{
    struct err err;
    char **slugs;
    size_t count;
    if (campaign_list(&pass->ws->conf->campaign, &slugs, &count, &err) != 0) {
        say(pass, err_exit_code(err.kind), "", err.msg);
        return;
    }
    for (size_t i = 0; i < count && !cmd_stop; i++) {
        struct campaign *campaign = NULL;
        struct findings findings;
        findings_init(&findings);
        if (campaign_load(&pass->ws->conf->campaign, slugs[i], &campaign, &findings, &err) != 0)
            say(pass, err_exit_code(err.kind), slugs[i], err.msg);
        else if (campaign)
            start_one(pass, campaign, &findings);
        campaign_free(&campaign);
        findings_deinit(&findings);
    }
    file_free_names(&slugs, count);
}

static int add_edition(void *arg, const struct edition *edition, struct err *err)
{
    (void)err;
    struct pass *pass = arg;
    if (edition->state == EDITION_PAUSED) {
        struct err paused;
        err_set(&paused, ERR_FINDINGS, "%s is paused: %s; 'hearten send %s' goes on", edition->slug,
                edition->pause_reason, edition->slug);
        say(pass, 1, edition->slug, paused.msg);
    }
    if (edition->state != EDITION_SENDING)
        return 0;
    pass->editions = mem_grow(pass->editions, pass->count + 1, sizeof *pass->editions);
    pass->editions[pass->count++] = *edition;
    return 0;
}

// Refused readers are said once a day, readers in doubt whenever there are more.
static void say_account(struct pass *pass, const struct edition *edition)
{
    struct err err;
    struct standing standing;
    if (account_read(pass->ws, edition, &standing, &err) != 0) {
        say(pass, err_exit_code(err.kind), edition->slug, err.msg);
        return;
    }
    const struct account *a = &standing.account;
    long long doubt = a->by_state[DELIVERY_IN_DOUBT] - standing.in_hand;
    long long failed = a->by_state[DELIVERY_FAILED];
    if (doubt == 0 && failed == 0)
        return;
    err_set(&err, ERR_FINDINGS,
            "%s: of %lld readers %lld were refused and %lld are in doubt; see "
            "'hearten status -v %s'",
            edition->slug, (long long)a->audience, failed, doubt, edition->slug);
    char about[200]; // a further one in doubt is news
    snprintf(about, sizeof about, "%s %lld", edition->slug, doubt);
    say(pass, doubt > 0, about, err.msg);
}

static void deliver_due(struct pass *pass)
{
    struct err err;
    if (ledger_editions(pass->ws->store, add_edition, pass, &err) != 0) {
        say(pass, err_exit_code(err.kind), "", err.msg);
        return;
    }
    if (pass->count && conf_load_secrets(pass->ws->conf, &err) != 0) {
        say(pass, err_exit_code(err.kind), "", err.msg);
        return;
    }
    for (size_t i = 0; i < pass->count && !cmd_stop; i++)
        if (launch_deliver(pass->ws, &pass->editions[i], owner_id(pass->owner), NULL, NULL, &err) !=
            0) {
            err_prefix(&err, "%s", pass->editions[i].slug);
            say(pass, err_exit_code(err.kind), pass->editions[i].slug, err.msg);
        }
}

// Once this pass has signed off, nobody waits any more for the answers it did not get.
static void sign_off(struct pass *pass)
{
    owner_close(&pass->owner);
    for (size_t i = 0; i < pass->count; i++)
        say_account(pass, &pass->editions[i]);
}

// The rooms below warn, too. Nothing of it is an error of the pass.
static struct pass *warned_pass;

static void take_warning(enum log_level level, const char *line)
{
    (void)level;
    say(warned_pass, 0, "", line);
}

int cmd_run(struct cli *cli, int argc, char **argv)
{
    struct err err;
    struct workspace ws;
    struct pass pass = {.cli = cli, .ws = &ws};
    if (cmd_arguments(cli, argc, argv, NULL, 0, 0, &err) < 0)
        return cmd_usage("run", &err);
    if (workspace_open(&ws, cli, WORKSPACE_STORE, &err) != 0)
        return say_unusable(cli, &err);
    cmd_catch_signals();
    warned_pass = &pass;
    if (cli->verbosity == 0 && !cli->is_quiet)
        log_listen(take_warning, LOG_WARN);
    if (owner_open(&pass.owner, ws.store, ws.conf->delivery.run_dir, &err) != 0) {
        pass.code = cmd_fail(&err);
    } else {
        start_due(&pass);
        deliver_due(&pass);
        sign_off(&pass);
        if (!pass.has_trouble)
            forget_said(&pass);
    }
    log_listen(NULL, LOG_ERROR);
    free(pass.editions);
    workspace_close(&ws);
    return cmd_finish(pass.code);
}
