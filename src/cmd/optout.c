#include "cmd/workspace.h"
#include "mail/date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int print_one(void *arg, const struct suppression *s, struct err *err)
{
    (void)err;
    const struct cli *cli = arg;
    char at[DATE_SIZE];
    if (cli->is_json) {
        struct json *j = json_map();
        date_format_utc(s->at, at);
        json_put_text(j, "email", s->email);
        json_put_text(j, "reason", s->reason);
        json_put_text(j, "at", at);
        cmd_print_json(&j);
        return cmd_is_lost() ? -1 : 0;
    }
    date_format_local(s->at, at);
    cmd_print_padded(s->email ? s->email : "(erased address)", 40);
    printf(" %s  ", at);
    cmd_print_clean(s->reason);
    putchar('\n');
    return cmd_is_lost() ? -1 : 0;
}

// An address of our own that readers leave by, such as unsubscribe+{token}@example.org.
static bool is_own_address(const char *mailto, const char *word)
{
    const char *slot = strstr(mailto, "{token}");
    size_t before = slot ? (size_t)(slot - mailto) : strlen(mailto);
    const char *behind = slot ? slot + strlen("{token}") : "";
    size_t len = strlen(word), n = strlen(behind);
    return *mailto && len >= before + n && strncasecmp(word, mailto, before) == 0 &&
           strcasecmp(word + len - n, behind) == 0;
}

static bool is_on_the_list(const struct workspace *ws, const char *word)
{
    struct addr addr;
    struct person person = {0};
    int found = addr_parse(&addr, word, strlen(word), NULL) == 0
                    ? people_find(ws->store, addr.key, &person, NULL)
                    : 0;
    person_deinit(&person);
    return found == 1;
}

// What arrives is an address, or the link or address with the reader's token.
static int add(const struct consent *consent, const struct workspace *ws, const struct cli *cli,
               const char *word, const char *reason, struct err *err)
{
    struct addr who;
    int added =
        consent_optout_token(consent, word, reason ? reason : "by their opt-out link", &who, err);
    bool is_address = added < 0 && err->kind == ERR_INPUT && strchr(word, '@');
    if (is_address &&
        (!is_own_address(ws->conf->campaign.optout_mailto, word) || is_on_the_list(ws, word))) {
        added = addr_parse(&who, word, strlen(word), err) != 0
                    ? -1
                    : consent_optout_add(consent, word, reason ? reason : "by hand", err);
    }
    if (added >= 0 && !cli->is_quiet)
        printf("%s %s\n", who.text, added ? "opted out" : "had opted out already");
    return added < 0 ? -1 : 0;
}

static int back(const struct consent *consent, const struct cli *cli, const char *email,
                const char *evidence, struct err *err)
{
    if (!evidence || !evidence[strspn(evidence, " \t\r\n")])
        return err_set(err, ERR_USAGE,
                       "optout remove wants --consent TEXT: the words with which %s asked for it",
                       email);
    if (consent_optout_remove(consent, email, evidence, err) != 0)
        return -1;
    if (!cli->is_quiet)
        printf("%s may be mailed again\n", email);
    return 0;
}

int cmd_optout(struct cli *cli, int argc, char **argv)
{
    const char *reason = NULL, *evidence = NULL;
    struct cmd_option options[] = {{"reason", true, &reason, NULL, NULL},
                                   {"consent", true, &evidence, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    struct workspace ws;
    int words = cmd_arguments(cli, argc, argv, options, 1, 2, &err);
    if (words < 0)
        return cmd_usage("optout", &err);
    const char *verb = argv[1];
    bool is_list = strcmp(verb, "list") == 0 && words == 1;
    bool is_add = strcmp(verb, "add") == 0 && words == 2;
    bool is_remove = strcmp(verb, "remove") == 0 && words == 2;
    if ((evidence && !is_remove) || (reason && !is_add)) {
        err_set(&err, ERR_USAGE, "optout %s takes no --%s", verb, evidence ? "consent" : "reason");
        return cmd_usage("optout", &err);
    }
    if (!is_list && !is_add && !is_remove) {
        err_set(&err, ERR_USAGE,
                "'optout %s' is not understood; there are 'add EMAIL', 'list' and 'remove EMAIL'",
                verb);
        return cmd_usage("optout", &err);
    }
    if (workspace_open(&ws, cli, is_list ? WORKSPACE_STORE_READ : WORKSPACE_STORE, &err) != 0)
        return cmd_fail(&err);
    struct consent consent = {.store = ws.store, .keyring = &ws.keyring, .way = "cli"};
    int rc = 0;
    if (is_add)
        rc = add(&consent, &ws, cli, argv[2], reason, &err);
    else if (is_remove)
        rc = back(&consent, cli, argv[2], evidence, &err);
    else if (ws.store && suppression_list(ws.store, print_one, cli, &err) != 0)
        rc = cmd_is_lost() ? 0 : -1; // cmd_finish tells it
    workspace_close(&ws);
    return cmd_finish(rc == 0 ? 0 : cmd_usage("optout", &err));
}
