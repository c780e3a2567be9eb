#include "base/log.h"
#include "base/mem.h"
#include "base/near.h"
#include "cmd/cmd.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
    {"init", cmd_init, "init [DIR]", "make a workspace: settings, keys, a sample campaign",
     "DIR is made if it does not exist; without it the current folder becomes the workspace.\n"
     "Nothing that exists already is changed.\n"},
    {"new", cmd_new, "new TITLE [--from FILE] [--date YYYY-MM-DD]",
     "make a campaign folder with its front matter filled in",
     "The folder is named by the date and the title. Without --date it is the next day named by\n"
     "[schedule] day. --from takes the text of FILE (.md, .txt) as the post. The campaign is a\n"
     "draft until you remove the line 'draft: true'.\n"},
    {"check", cmd_check, "check CAMPAIGN", "print what is wrong or doubtful in a campaign",
     "One line for each finding: file:line:column: error|warning: text [rule]. Exit code 1 when\n"
     "there is an error. A campaign is named by its folder under campaigns/.\n"},
    {"preview", cmd_preview, "preview CAMPAIGN [--as EMAIL] [--out DIR]",
     "write the message as .eml, .html and .txt, without sending",
     "The message is that of the subscriber EMAIL, or of a made-up one. The files go to DIR, or to\n"
     "var/preview/CAMPAIGN.\n"},
    {"send", cmd_send,
     "send CAMPAIGN [--yes] [--again]\nsend CAMPAIGN --dry-run\nsend CAMPAIGN --test EMAIL…",
     "send a campaign to the list, now",
     "Asks before it sends, unless --yes. A send that was interrupted is gone on with. A campaign\n"
     "that was sent already is sent again only with --again, as a new edition.\n"
     "--dry-run tells who would get it, who not and why; it opens no connection and changes\n"
     "nothing. --test sends a copy marked [TEST] to EMAIL; it is not accounted. It may stand\n"
     "several times.\n"},
    {"run", cmd_run, "run", "one pass for cron: start what is due, go on with what is not done",
     "Starts campaigns whose time has come, retries who could not be reached, then ends. Prints\n"
     "nothing when all is well. Runs that overlap share the work.\n"},
    {"status", cmd_status, "status [CAMPAIGN]", "the account of each campaign",
     "audience = sent + failed + skipped + in doubt + pending + claimed, at any moment. With -v every\n"
     "reader who did not get it, with the reason and the relay's reply.\n"},
    {"schedule", cmd_schedule, "schedule show", "print the crontab line",
     "Put the line into your crontab with 'crontab -e'.\n"},
    {"subscriber", cmd_subscriber,
     "subscriber add EMAIL [--name NAME] [--attr KEY=VALUE]… [--consent TEXT]\n"
     "subscriber import FILE [--dry-run] [--consent TEXT]\n"
     "subscriber list [--status STATUS]\n"
     "subscriber show EMAIL\n"
     "subscriber remove EMAIL",
     "add, import, list, show and remove subscribers",
     "import reads CSV with a first row of column names: email, name (or first_name and\n"
     "last_name); every other column becomes an attribute. FILE - is standard input. Bad rows are\n"
     "reported with their line and the others go in. Nobody who opted out is brought back, and\n"
     "nobody is subscribed whose column status (or state) says unsubscribed, bounced, cleaned,\n"
     "unconfirmed or the like. Of an address that comes twice, the first row holds.\n"
     "The words of --consent are kept in the log, also of a reader who is on the list already.\n"
     "STATUS is subscribed, unsubscribed, bounced, complained or unconfirmed.\n"
     "remove forgets a reader, and an import may bring them back; for somebody who asked to leave,\n"
     "use 'hearten optout add'.\n"},
    {"optout", cmd_optout,
     "optout add EMAIL|LINK [--reason TEXT]\noptout list\noptout remove EMAIL --consent TEXT",
     "who must never be mailed",
     "An opt-out holds for good, whether the address is on the list or not. add takes the address,\n"
     "or what a reader's opt-out brought: the link, the address with the token in it, or the token\n"
     "alone. remove takes it back and wants the words with which the person asked for it.\n"},
    {"sink", cmd_sink, "sink [--listen ADDRESS] [--maildir DIR]",
     "the built-in SMTP receiver, for rehearsals and tests",
     "Takes every mail and delivers none. ADDRESS is HOST:PORT, 127.0.0.1:2525 if not given; port\n"
     "0 takes any free one. With --maildir the mails are kept there. Ends with Ctrl-C and prints\n"
     "what it counted.\n"},
    {"help", cmd_help, "help [COMMAND]", "this list, or the help of one command", ""},
    {NULL, NULL, NULL, NULL, NULL},
};

static void print_log(enum log_level level, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    fprintf(stderr, "hearten: %s: %s\n", names[level], line);
}

static int bad_usage(const char *what, const char *which)
{
    struct err err;
    err_set(&err, ERR_USAGE, "%s '%s'; see 'hearten help'", what, which);
    return cmd_fail(&err);
}

// In "-xv" the option that is not known is -x.
static int bad_option(const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    return bad_usage("unknown option", optopt > ' ' && optopt < 0x7f ? letter : word);
}

static int bad_command(const char *word)
{
    const char *names[COUNT_OF(commands)];
    size_t count = 0;
    for (const struct command *c = commands; c->name; c++)
        names[count++] = c->name;
    const char *near = near_of(word, names, count);
    if (!near)
        return bad_usage("there is no command", word);
    struct err err;
    err_set(&err, ERR_USAGE, "there is no command '%s'; perhaps '%s'?", word, near);
    return cmd_fail(&err);
}

// `hearten COMMAND --help`, wherever it stands among the command's words.
static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
    log_listen(print_log, cli->is_quiet         ? LOG_ERROR
                          : cli->verbosity == 0 ? LOG_WARN
                          : cli->verbosity == 1 ? LOG_INFO
                                                : LOG_DEBUG);
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, argv[0]) == 0)
            return wants_help(argc, argv) ? cmd_help(cli, 2, (char *[]){argv[0], argv[0]})
                                          : c->run(cli, argc, argv);
    return bad_command(argv[0]);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    struct cli cli = {0};
    bool is_help = false;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // ulimit -f is told like a full disk
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+:C:qvhV", longs, NULL)) != -1;) {
        switch (c) {
        case 'C':
            cli.dir = optarg;
            break;
        case 'q':
            cli.is_quiet = true;
            break;
        case 'v':
            cli.verbosity++;
            break;
        case 'j':
            cli.is_json = true;
            break;
        case 'h':
            is_help = true;
            break;
        case 'V':
            puts("hearten " HEARTEN_VERSION);
            return cmd_finish(0);
        case ':':
            return bad_usage("a folder has to stand behind", "-C");
        default:
            return bad_option(argv[optind - 1]);
        }
    }
    if (is_help)
        return cmd_help(&cli, argc - optind + 1, argv + optind - 1);
    if (optind == argc) {
        cmd_help(&cli, 1, argv);
        return 64;
    }
    return dispatch(&cli, argc - optind, argv + optind);
}
