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

static void print_as_json(const char *slug, const char *state, const struct account *a,
                          struct json *skipped_by)
{
    struct json *j = json_map();
    json_put_text(j, "campaign", slug);
    json_put_text(j, "state", state);
    json_put_number(j, "audience", a->audience);
    for (int s = 0; s < DELIVERY_STATES; s++)
        json_put_number(j, delivery_state_name((enum delivery_state)s), a->by_state[s]);
    json_put_number(j, "opted_out", a->opted_out);
    json_put_number(j, "deferred", a->deferred);
    json_put(j, "skipped_by", skipped_by);
    cmd_print_json(&j);
}

static void print_row(const char *name, int64_t n, const char *remark)
{
    printf("  %-10s %9lld%s%s\n", name, (long long)n, *remark ? "  " : "", remark);
}

static void print_reason(void *arg, const char *name, const struct json *value)
{
    (void)arg;
    printf("             %9lld  %s\n", (long long)json_number(value), name);
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

static void print_as_table(const struct edition *e, const struct account *a, int64_t in_hand,
                           const struct json *skipped_by)
{
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
    print_row("skipped", a->by_state[DELIVERY_SKIPPED], "");
    if (json_count(skipped_by) > 0)
        json_each(skipped_by, print_reason, NULL);
    print_in_doubt(a->by_state[DELIVERY_IN_DOUBT], in_hand);
    if (a->deferred) {
        date_format_local(a->next_at, at);
        snprintf(remark, sizeof remark, "%lld of them deferred, next try %s",
                 (long long)a->deferred, at);
    }
    print_row("pending", a->by_state[DELIVERY_PENDING], remark);
    print_row("claimed", a->by_state[DELIVERY_CLAIMED], "");
    if (a->opted_out)
        printf("  %lld have opted out since\n", (long long)a->opted_out);
}

int account_read(struct workspace *ws, const struct edition *edition, struct account *account,
                 int64_t *in_hand, struct err *err)
{
    // An orphan stays one, so what is in doubt beyond the orphans of a moment before is in hand:
    // rows that others put into doubt between the two questions are not called lost.
    int64_t orphans;
    if (owner_orphans(ws->store, ws->conf->delivery.run_dir, edition->id, &orphans, err) != 0 ||
        ledger_account(ws->store, edition->id, account, err) != 0)
        return -1;
    int64_t in_doubt = account->by_state[DELIVERY_IN_DOUBT];
    *in_hand = orphans < in_doubt ? in_doubt - orphans : 0;
    return 0;
}

int account_print(const struct cli *cli, struct workspace *ws, const struct edition *edition,
                  struct err *err)
{
    struct account account;
    int64_t in_hand;
    struct json *skipped_by = json_map();
    if (account_read(ws, edition, &account, &in_hand, err) != 0 ||
        ledger_skipped_by(ws->store, edition->id, add_reason, skipped_by, err) != 0) {
        json_drop(&skipped_by);
        return -1;
    }
    if (cli->is_json) {
        print_as_json(edition->slug, edition_state_name(edition->state), &account, skipped_by);
        return 0;
    }
    print_as_table(edition, &account, in_hand, skipped_by);
    json_drop(&skipped_by);
    return 0;
}

void account_print_none(const struct cli *cli, const char *slug, const char *state)
{
    struct account none = {0};
    if (cli->is_json)
        print_as_json(slug, state, &none, json_map());
    else
        printf("%s: %s, not sent yet\n", slug, state);
}

int account_exit_code(const struct account *account, int64_t in_hand)
{
    if (account->by_state[DELIVERY_PENDING] > 0 || account->by_state[DELIVERY_CLAIMED] > 0 ||
        in_hand > 0)
        return 75;
    return account->by_state[DELIVERY_IN_DOUBT] > 0;
}
