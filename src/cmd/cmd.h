// NAME
//   cmd - the commands and what they share
//
// DESCRIPTION
//   Each command is a function in a file of its own: it parses its arguments, opens what it needs,
//   calls the rooms below and prints. This room is the only one that prints.
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"
#include "base/finding.h"
#include "base/json.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli {
    const char *dir; // -C; NULL: found by walking up
    bool is_quiet, is_json;
    int verbosity; // number of -v
    char *const *argv0;
};

struct command {
    const char *name;
    int (*run)(struct cli *cli, int argc, char **argv); // returns the exit code
    const char *usage;                                  // one line for each form
    const char *summary;                                // for the list
    const char *help;                                   // what `hearten help COMMAND` adds
};

extern const struct command commands[]; // ends with name NULL

int cmd_init(struct cli *cli, int argc, char **argv);
int cmd_new(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_preview(struct cli *cli, int argc, char **argv);
int cmd_send(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_schedule(struct cli *cli, int argc, char **argv);
int cmd_subscriber(struct cli *cli, int argc, char **argv);
int cmd_optout(struct cli *cli, int argc, char **argv);
int cmd_sink(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);

// --- arguments -----------------------------------------------------------------------------------

// One option of a command. `value` gets the argument, or "" for an option without one.
struct cmd_option {
    const char *name; // without dashes
    bool has_argument;
    const char **value;
    // For an option that may stand several times: called for each instead.
    void (*each)(void *arg, const char *value);
    void *arg;
};
// Parses options of one command (and --json, -q, -v anywhere), wants min..max words besides them.
// The words are moved to argv[1]…; returns their number, or -1 with *err set (ERR_USAGE).
int cmd_arguments(struct cli *cli, int argc, char **argv, const struct cmd_option *options, int min,
                  int max, struct err *err) MUST_CHECK;

// --- printing ------------------------------------------------------------------------------------

// "hearten: message" on stderr; returns the exit code of the error's kind.
int cmd_fail(const struct err *err);
// The same, and where it is a usage error, where to read how it is done.
int cmd_usage(const char *command, const struct err *err);
void cmd_print_json(struct json **json); // one line on stdout; drops it
void cmd_print_findings(const struct cli *cli, const struct findings *findings);
// Text from elsewhere for a terminal: control characters become '?'.
void cmd_print_clean(const char *text);
// The same, filled up with blanks to so many columns of a terminal.
void cmd_print_padded(const char *text, size_t columns);
// Whether stdout cannot be written any more: a long list stops there.
bool cmd_is_lost(void);
// Ends a command whose output matters: ERR_IO when stdout could not be written (a full disk). A
// reader who has seen enough (`| head`) is no failure.
int cmd_finish(int code);

// --- signals -------------------------------------------------------------------------------------

// SIGINT and SIGTERM set this instead of ending the process.
extern volatile sig_atomic_t cmd_stop;
void cmd_catch_signals(void);

#endif
