#include "sink/sink.h"

#include "base/mem.h"
#include "cmd/cmd.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "HOST:PORT", "[::1]:PORT", or a port alone.
static int split(const char *listen, char **host, int *port, struct err *err)
{
    const char *colon = strrchr(listen, ':');
    const char *digits = colon ? colon + 1 : listen;
    char *end;
    long n = strtol(digits, &end, 10);
    if (end == digits || *end || n < 0 || n > 65535)
        return err_set(err, ERR_USAGE, "--listen wants HOST:PORT, like 127.0.0.1:2525, not '%s'",
                       listen);
    *port = (int)n;
    if (!colon)
        *host = mem_strdup("127.0.0.1");
    else if (*listen == '[' && colon > listen + 2 && colon[-1] == ']')
        *host = mem_strndup(listen + 1, (size_t)(colon - listen - 2));
    else
        *host = mem_strndup(listen, (size_t)(colon - listen));
    return 0;
}

static void print_counts(const struct cli *cli, const struct sink_counts *c)
{
    if (cli->is_json) {
        struct json *j = json_map();
        json_put_number(j, "connections", c->connections);
        json_put_number(j, "messages", c->messages);
        json_put_number(j, "bytes", c->bytes);
        json_put_number(j, "refused", c->refused);
        cmd_print_json(&j);
    } else {
        printf("%lld messages, %lld bytes, over %lld connections; %lld commands refused\n",
               (long long)c->messages, (long long)c->bytes, (long long)c->connections,
               (long long)c->refused);
    }
}

static void print_address(const struct cli *cli, const char *host, int port)
{
    char address[300];
    assert(host);
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(address, sizeof address, "%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    if (cli->is_json) {
        struct json *j = json_map();
        json_put_text(j, "listening", address);
        cmd_print_json(&j);
    } else {
        printf("listening on %s\n", address);
    }
    fflush(stdout);
}

static int serve(const struct cli *cli, const struct sink_settings *settings, struct err *err)
{
    struct loop *loop = loop_new();
    struct sink *sink;
    int rc = sink_open(&sink, loop, settings, err);
    if (rc == 0) {
        print_address(cli, settings->host, sink_port(sink));
        while (!cmd_stop)
            loop_turn(loop, -1);
        struct sink_counts counts;
        sink_counts(sink, &counts);
        print_counts(cli, &counts);
        sink_close(&sink);
    }
    loop_free(&loop);
    return rc;
}

int cmd_sink(struct cli *cli, int argc, char **argv)
{
    const char *listen = "127.0.0.1:2525", *maildir = NULL;
    struct cmd_option options[] = {{"listen", true, &listen, NULL, NULL},
                                   {"maildir", true, &maildir, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    char *host = NULL;
    struct sink_settings settings = {0};
    if (cmd_arguments(cli, argc, argv, options, 0, 0, &err) < 0 ||
        split(listen, &host, &settings.port, &err) != 0)
        return cmd_usage("sink", &err);
    settings.host = host;
    settings.maildir = maildir;
    cmd_catch_signals();
    int rc = serve(cli, &settings, &err);
    free(host);
    return cmd_finish(rc == 0 ? 0 : cmd_fail(&err));
}
