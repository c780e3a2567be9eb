#include "cmd/cmd.h"

#include "base/mem.h"

#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 16

volatile sig_atomic_t cmd_stop;

static void on_signal(int number)
{
    static const char text[] =
        "\nhearten: finishing what is on the wire, in half a minute at most; "
        "once more ends at once\n";
    cmd_stop = number;
    if (isatty(STDERR_FILENO))
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
}

void cmd_catch_signals(void)
{
    // The first asks for an orderly end; a second one ends the process at once.
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    const int numbers[] = {SIGINT, SIGTERM, SIGHUP}; // HUP: the terminal is closed
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct sigaction old;
        bool is_nohup = sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN;
        if (numbers[i] != SIGHUP || !is_nohup) // a script's background jobs ignore SIGINT
            sigaction(numbers[i], &action, NULL);
    }
}

static size_t fill(struct option *longs, const struct cmd_option *options)
{
    size_t n = 0;
    for (; options && options[n].name && n < OPTIONS_MAX; n++)
        longs[n] = (struct option){options[n].name,
                                   options[n].has_argument ? required_argument : no_argument, NULL,
                                   (int)(256 + n)};
    longs[n] = (struct option){"json", no_argument, NULL, 'j'};
    return n;
}

int cmd_arguments(struct cli *cli, int argc, char **argv, const struct cmd_option *options, int min,
                  int max, struct err *err)
{
    struct option longs[OPTIONS_MAX + 2] = {0};
    int count = (int)fill(longs, options);
    optind = 0; // glibc: start anew
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":qv", longs, NULL)) != -1;) {
        if (c == 'q')
            cli->is_quiet = true;
        else if (c == 'v')
            cli->verbosity++;
        else if (c == 'j')
            cli->is_json = true;
        else if (c == ':')
            return err_set(err, ERR_USAGE, "%s wants a value", argv[optind - 1]);
        else if (c < 256 || c >= 256 + count)
            return err_set(err, ERR_USAGE, "unknown option '%s'", argv[optind - 1]);
        else if (options[c - 256].each)
            options[c - 256].each(options[c - 256].arg, optarg);
        else
            *options[c - 256].value = optarg ? optarg : "";
    }
    int words = argc - optind;
    if (words < min)
        return err_set(err, ERR_USAGE, "%s wants more behind it", argv[0]);
    if (words > max)
        return err_set(err, ERR_USAGE, "%s: '%s' is too much", argv[0], argv[optind + max]);
    memmove(argv + 1, argv + optind, (size_t)words * sizeof *argv);
    return words;
}
