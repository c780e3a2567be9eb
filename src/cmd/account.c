#include "cmd/account.h"

#include "base/mem.h"
#include "delivery/owner.h"
#include "mail/date.h"

#include <stdio.h>
#include <string.h>

static int add_reason(void *arg, const char *reason, int64_t n, struct err *err)
{
    (void)err;
    json_put_number(arg, reason, n);
    return 0;
}

static void put_time(struct json *j, const char *name, int64_t when)
{
    char at[DATE_SIZE];
    if (!when)
        return;
    date_format_utc(when, at);
    json_put_text(j, name, at);
}

static struct json *as_json(const char *slug, const char *state, const struct account *a)
{
    struct json *j = json_map();
    json_put_text(j, "campaign", slug);
    json_put_text(j, "state", state);
    json_put_number(j, "audience", a->audience);
    for (int s = 0; s < DELIVERY_STATES; s++)
        json_put_number(j, delivery_state_name((enum delivery_state)s), a->by_state[s]);
    json_put_number(j, "opted_out", a->opted_out);
    json_put_number(j, "deferred", a->deferred);
    return j;
}

static void print_as_json(const struct edition *e, const struct standing *s, struct json *skipped,
                          struct json *failed)
{
    struct json *j = as_json(e->slug, edition_state_name(e->state), &s->account);
    json_put_number(j, "edition", e->number);
    put_time(j, "begun_at", e->created_at);
    put_time(j, "finished_at", e->finished_at);
    put_time(j, "next_try_at", s->account.next_at);
    if (*e->pause_reason)
        json_put_text(j, "pause_reason", e->pause_reason);
    json_put(j, "skipped_by", skipped);
    json_put(j, "failed_by", failed);
    cmd_print_json(&j);
}

static void print_row(const char *name, int64_t n, const char *remark)
{
    printf("  %-10s %9lld%s%s\n", name, (long long)n, *remark ? "  " : "", remark);
}

// "opted_out" is a word for programs.
static void print_reason(void *arg, const char *name, const struct json *value)
{
    (void)arg;
    printf("             %9lld  ", (long long)json_number(value));
    for (const char *p = name; *p; p++)
        putchar(*p == '_' ? ' ' : *p);
    putchar('\n');
}

static void print_in_doubt(int64_t n, int64_t in_hand)
{
    char remark[128] = "";
    if (in_hand > 0 && in_hand >= n)
        snprintf(remark, sizeof remark, "another sender has them on the wire");
    else if (in_hand > 0)
        snprintf(remark, sizeof remark,
                 "%lld of them another sender has on the wire; the others' answer never came",
                 (long long)in_hand);
    else if (n > 0)
        snprintf(remark, sizeof remark, "left for the relay, but its answer never came");
    print_row("in doubt", n, remark);
}

static void print_as_table(const struct edition *e, const struct standing *standing,
                           const struct json *skipped_by, const struct json *failed_by)
{
    const struct account *a = &standing->account;
    char at[DATE_SIZE], remark[128] = "";
    date_format_local(e->created_at, at);
    printf("%s", e->slug);
    if (e->number > 1)
        printf(", edition %lld", (long long)e->number);
    printf(": ");
    cmd_print_clean(e->subject);
    printf("\n  %s, begun %s", edition_state_name(e->state), at);
    if (e->finished_at) {
        date_format_local(e->finished_at, at);
        printf(", finished %s", at);
    }
    printf("\n");
    if (*e->pause_reason) {
        printf("  paused: ");
        cmd_print_clean(e->pause_reason);
        printf("\n");
    }
    print_row("audience", a->audience, "");
    print_row("sent", a->by_state[DELIVERY_SENT], "");
    print_row("failed", a->by_state[DELIVERY_FAILED], "");
    json_each(failed_by, print_reason, NULL);
    print_row("skipped", a->by_state[DELIVERY_SKIPPED], "");
    json_each(skipped_by, print_reason, NULL);
    print_in_doubt(a->by_state[DELIVERY_IN_DOUBT], standing->in_hand);
    if (a->deferred && e->state == EDITION_PAUSED) {
        snprintf(remark, sizeof remark, "they wait for 'hearten send'");
    } else if (a->deferred) {
        date_format_local(a->next_at, at);
        snprintf(remark, sizeof remark, "%lld of them deferred, next try %s",
                 (long long)a->deferred, at);
    }
    print_row("pending", a->by_state[DELIVERY_PENDING], remark);
    print_row("claimed", a->by_state[DELIVERY_CLAIMED], "");
    if (a->opted_out)
        printf("  of them left since: %lld\n", (long long)a->opted_out);
}

// --- reader by reader ----------------------------------------------------------------------------

static bool is_told(const struct delivery_row *row)
{
    bool was_tried = row->tries > 0 || row->reply_code > 0;
    return row->state == DELIVERY_FAILED || row->state == DELIVERY_SKIPPED ||
           row->state == DELIVERY_IN_DOUBT || (row->state == DELIVERY_PENDING && was_tried);
}

static void print_reader_as_json(const struct delivery_row *row)
{
    struct json *j = json_map();
    json_put_text(j, "email", row->email);
    json_put_text(j, "state", delivery_state_name(row->state));
    json_put_text(j, "reason", row->reason);
    json_put_number(j, "reply_code", row->reply_code);
    json_put_text(j, "reply_enhanced", row->reply_enhanced);
    json_put_text(j, "reply_text", row->reply_text);
    cmd_print_json(&j);
}

static int print_reader(void *arg, const struct delivery_row *row, struct err *err)
{
    (void)err;
    const struct cli *cli = arg;
    if (!is_told(row))
        return 0;
    if (cli->is_json) {
        print_reader_as_json(row);
        return 0;
    }
    printf("  %-9s %s", delivery_state_name(row->state), row->email ? row->email : "(erased)");
    if (*row->reason) {
        printf("  ");
        cmd_print_clean(row->reason);
    }
    if (row->reply_code)
        printf("  %d%s%s ", row->reply_code, *row->reply_enhanced ? " " : "", row->reply_enhanced);
    else if (*row->reply_text)
        printf("  ");
    cmd_print_clean(row->reply_text);
    putchar('\n');
    return 0;
}

// --- the account ---------------------------------------------------------------------------------

int account_read(struct workspace *ws, const struct edition *edition, struct standing *out,
                 struct err *err)
{
    // An orphan stays one, so what is in doubt beyond the orphans of a moment before is in hand:
    // rows that others put into doubt between the two questions are not called lost.
    int64_t orphans;
    if (owner_orphans(ws->store, ws->conf->delivery.run_dir, edition->id, &orphans, err) != 0 ||
        ledger_account(ws->store, edition->id, &out->account, err) != 0)
        return -1;
    int64_t in_doubt = out->account.by_state[DELIVERY_IN_DOUBT];
    out->in_hand = orphans < in_doubt ? in_doubt - orphans : 0;
    return 0;
}

int account_print(const struct cli *cli, struct workspace *ws, const struct edition *edition,
                  const struct standing *standing, struct err *err)
{
    struct json *skipped = json_map(), *failed = json_map();
    int rc = ledger_reasons(ws->store, edition->id, DELIVERY_SKIPPED, add_reason, skipped, err);
    if (rc == 0)
        rc = ledger_reasons(ws->store, edition->id, DELIVERY_FAILED, add_reason, failed, err);
    if (rc == 0 && cli->is_json) {
        print_as_json(edition, standing, skipped, failed); // takes both
        skipped = failed = NULL;
    } else if (rc == 0) {
        print_as_table(edition, standing, skipped, failed);
    }
    json_drop(&skipped);
    json_drop(&failed);
    if (rc == 0 && cli->verbosity > 0) {
        struct cli copy = *cli;
        rc = ledger_rows(ws->store, edition->id, -1, print_reader, &copy, err);
    }
    return rc;
}

void account_print_none(const struct cli *cli, const char *slug, const char *state, int64_t send_at,
                        const char *remark)
{
    struct account none = {0};
    char at[DATE_SIZE];
    if (cli->is_json) {
        struct json *j = as_json(slug, state, &none);
        put_time(j, "send_at", send_at);
        json_put(j, "skipped_by", json_map());
        json_put(j, "failed_by", json_map());
        cmd_print_json(&j);
        return;
    }
    printf("%s: %s", slug, state);
    if (send_at) {
        date_format_local(send_at, at);
        printf(" for %s", at);
    }
    printf(", not sent yet%s%s\n", *remark ? "; " : "", remark);
}

int account_exit_code(const struct standing *standing)
{
    const int64_t *n = standing->account.by_state;
    if (n[DELIVERY_PENDING] > 0 || n[DELIVERY_CLAIMED] > 0 || standing->in_hand > 0)
        return 75;
    bool reached_nobody = n[DELIVERY_SENT] == 0 && n[DELIVERY_FAILED] > 0;
    return n[DELIVERY_IN_DOUBT] > 0 || reached_nobody;
}
