#include "sink/dialogue.h"

#include "base/log.h"
#include "base/mem.h"
#include "sink/path.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define RECIPIENTS_MAX 100 // RFC 5321 4.5.3.1.8
#define ERRORS_MAX     100 // then the client is told to go
#define REPLIES_MAX    ((size_t)4 << 20)
#define MAIL_KEPT      ((size_t)256 << 10)
#define TRACE_MAX      ((size_t)64 << 10) // Return-Path and Delivered-To

// What is left of a command line behind its verb, without the blank.
struct args {
    const char *text;
    size_t len;
};

struct command {
    const char *verb;
    unsigned states; // where it may stand
    void (*answer)(struct dialogue *d, struct args args);
    const char *out_of_order; // the reply elsewhere; "" where there is no elsewhere but before HELO
};

static void say(struct dialogue *d, const char *reply)
{
    buf_adds(&d->out, reply);
    if (reply[0] < '4')
        return;
    d->house->counts->refused++;
    d->errors++;
}

static void forget_mail(struct dialogue *d, enum dialogue_state state)
{
    d->state = state;
    d->recipients = 0;
    if (d->mail.cap > MAIL_KEPT)
        buf_deinit(&d->mail); // one large message must not stay in every connection's memory
    buf_reset(&d->mail);
}

static bool begins(struct args args, const char *word)
{
    size_t n = strlen(word);
    return args.len >= n && strncasecmp(args.text, word, n) == 0;
}

// --- the commands --------------------------------------------------------------------------------

static void answer_helo(struct dialogue *d, struct args args)
{
    if (args.len == 0) {
        say(d, "501 5.5.4 HELO needs your name\r\n");
        return;
    }
    forget_mail(d, DIALOGUE_READY);
    say(d, "250 localhost\r\n");
}

static void answer_ehlo(struct dialogue *d, struct args args)
{
    if (args.len == 0) {
        say(d, "501 5.5.4 EHLO needs your name\r\n");
        return;
    }
    forget_mail(d, DIALOGUE_READY);
    buf_addf(&d->out,
             "250-localhost\r\n250-PIPELINING\r\n250-SIZE %lld\r\n250-8BITMIME\r\n"
             "250 ENHANCEDSTATUSCODES\r\n",
             (long long)d->house->max_size);
}

// Cuts the next "KEY=VALUE" off; false at the end.
static bool next_parameter(struct args *rest, struct args *parameter)
{
    while (rest->len > 0 && rest->text[0] == ' ') {
        rest->text++;
        rest->len--;
    }
    const char *blank = rest->len > 0 ? memchr(rest->text, ' ', rest->len) : NULL;
    size_t n = blank ? (size_t)(blank - rest->text) : rest->len;
    *parameter = (struct args){rest->text, n};
    rest->text += n;
    rest->len -= n;
    return n > 0;
}

// The reply that refuses the parameter, or NULL.
static const char *check_size(const struct dialogue *d, struct args value)
{
    int64_t size = 0;
    if (value.len == 0 || value.len > 20)
        return "501 5.5.4 SIZE is 1 to 20 digits\r\n";
    for (size_t i = 0; i < value.len; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return "501 5.5.4 SIZE is 1 to 20 digits\r\n";
        if (size <= d->house->max_size)
            size = size * 10 + (value.text[i] - '0');
    }
    return size > d->house->max_size ? "552 5.3.4 larger than the SIZE announced\r\n" : NULL;
}

static const char *check_mail_parameters(const struct dialogue *d, struct args rest)
{
    struct args p;
    while (next_parameter(&rest, &p)) {
        const char *refusal = NULL;
        if (begins(p, "SIZE="))
            refusal = check_size(d, (struct args){p.text + 5, p.len - 5});
        else if (begins(p, "BODY="))
            refusal = (p.len == 9 && begins(p, "BODY=7BIT")) ||
                              (p.len == 13 && begins(p, "BODY=8BITMIME"))
                          ? NULL
                          : "501 5.5.4 BODY is 7BIT or 8BITMIME\r\n";
        else
            refusal = "555 5.5.4 a MAIL parameter that was not offered\r\n";
        if (refusal)
            return refusal;
    }
    return NULL;
}

// Reads "FROM:<path> parameters" up to the parameters. PATH_BAD for anything else.
static enum path_kind read_path(struct args *args, const char *word, struct args *path)
{
    if (!begins(*args, word))
        return PATH_BAD;
    args->text += strlen(word);
    args->len -= strlen(word);
    enum path_kind kind = path_read(args->text, args->len, &path->len);
    path->text = args->text;
    args->text += path->len;
    args->len -= path->len;
    return path->len > 0 && args->len > 0 && args->text[0] != ' ' ? PATH_BAD : kind;
}

static void add_trace(struct dialogue *d, const char *field, struct args path)
{
    if (!d->house->maildir)
        return;
    buf_adds(&d->mail, field);
    buf_add(&d->mail, path.text, path.len);
    buf_adds(&d->mail, "\r\n");
}

static void answer_mail(struct dialogue *d, struct args args)
{
    struct args path;
    enum path_kind kind = read_path(&args, "FROM:", &path);
    if (kind == PATH_NOT_ASCII) {
        say(d, "553 5.6.7 an address that is not ASCII needs SMTPUTF8, which is not offered\r\n");
        return;
    }
    if (kind == PATH_BAD || kind == PATH_LOCAL) {
        say(d, "501 5.1.7 write MAIL FROM:<local@domain> or MAIL FROM:<>\r\n");
        return;
    }
    const char *refusal = check_mail_parameters(d, args);
    if (refusal) {
        say(d, refusal);
        return;
    }
    d->state = DIALOGUE_MAIL;
    add_trace(d, "Return-Path: ", path);
    say(d, "250 2.1.0 ok\r\n");
}

static void answer_rcpt(struct dialogue *d, struct args args)
{
    struct args path, parameter;
    enum path_kind kind = read_path(&args, "TO:", &path);
    if (kind == PATH_NOT_ASCII) {
        say(d, "553 5.6.7 an address that is not ASCII needs SMTPUTF8, which is not offered\r\n");
        return;
    }
    if (kind == PATH_BAD || kind == PATH_NULL) {
        say(d, "501 5.1.3 write RCPT TO:<local@domain>\r\n");
        return;
    }
    if (next_parameter(&args, &parameter)) {
        say(d, "555 5.5.4 a RCPT parameter that was not offered\r\n");
        return;
    }
    if (d->recipients == RECIPIENTS_MAX) {
        say(d, "452 4.5.3 too many recipients for one message\r\n");
        return;
    }
    d->recipients++;
    d->state = DIALOGUE_RCPT;
    add_trace(d, "Delivered-To: ", path);
    say(d, "250 2.1.5 ok\r\n");
}

static void answer_data(struct dialogue *d, struct args args)
{
    if (args.len > 0) {
        say(d, "501 5.5.4 DATA takes nothing behind it\r\n");
        return;
    }
    d->state = DIALOGUE_DATA;
    data_begin(&d->data, d->house->maildir ? &d->mail : NULL, d->house->max_size);
    say(d, "354 end with a dot on a line of its own\r\n");
}

// Reached from dialogue_take, when the one true end has come.
static void answer_end_of_data(struct dialogue *d, struct args args)
{
    (void)args;
    struct err err;
    const char *reply = "250 2.0.0 taken\r\n";
    if (d->data.refusal)
        reply = d->data.refusal;
    else if (d->house->maildir &&
             maildir_put(d->house->maildir, d->mail.data, d->mail.len, 0, &err) != 0) {
        log_line(LOG_ERROR, "sink: %s", err.msg);
        reply = "451 4.3.0 cannot store the message; try again later\r\n";
    }
    if (reply[0] == '2') {
        d->house->counts->messages++;
        d->house->counts->bytes += d->data.size;
        d->errors = 0;
    }
    forget_mail(d, DIALOGUE_READY);
    say(d, reply);
}

static void answer_rset(struct dialogue *d, struct args args)
{
    (void)args;
    if (d->state != DIALOGUE_GREETED)
        forget_mail(d, DIALOGUE_READY);
    say(d, "250 2.0.0 ok\r\n");
}

static void answer_noop(struct dialogue *d, struct args args)
{
    (void)args;
    say(d, "250 2.0.0 ok\r\n");
}

static void answer_vrfy(struct dialogue *d, struct args args)
{
    (void)args;
    say(d, "252 2.5.0 try to send and see\r\n");
}

static void answer_quit(struct dialogue *d, struct args args)
{
    (void)args;
    say(d, "221 2.0.0 bye\r\n");
    d->over = true;
}

static void answer_known(struct dialogue *d, struct args args)
{
    (void)args;
    say(d, "502 5.5.1 not offered here\r\n");
}

static void answer_unknown(struct dialogue *d, struct args args)
{
    (void)args;
    say(d, "500 5.5.2 no such command\r\n");
}

#define ANYWHERE    (DIALOGUE_GREETED | DIALOGUE_READY | DIALOGUE_MAIL | DIALOGUE_RCPT)
#define AFTER_HELLO (DIALOGUE_READY | DIALOGUE_MAIL | DIALOGUE_RCPT)

// Whatever is answered goes through perform() and a row like these. The most frequent come first.
static const struct command commands[] = {
    {"MAIL", DIALOGUE_READY, answer_mail, "503 5.5.1 a message is begun already\r\n"},
    {"RCPT", DIALOGUE_MAIL | DIALOGUE_RCPT, answer_rcpt, "503 5.5.1 MAIL goes before RCPT\r\n"},
    {"DATA", DIALOGUE_RCPT, answer_data, "503 5.5.1 no valid recipients\r\n"},
    {"RSET", ANYWHERE, answer_rset, ""},
    {"EHLO", ANYWHERE, answer_ehlo, ""},
    {"HELO", ANYWHERE, answer_helo, ""},
    {"QUIT", ANYWHERE, answer_quit, ""},
    {"NOOP", ANYWHERE, answer_noop, ""},
    {"VRFY", AFTER_HELLO, answer_vrfy, ""},
    {"BDAT", ANYWHERE, answer_known, ""},
    {"STARTTLS", ANYWHERE, answer_known, ""},
    {"AUTH", ANYWHERE, answer_known, ""},
    {"EXPN", ANYWHERE, answer_known, ""},
    {"HELP", ANYWHERE, answer_known, ""},
    {"ETRN", ANYWHERE, answer_known, ""},
};
static const struct command unknown = {"", ANYWHERE, answer_unknown, ""};
static const struct command end_of_data = {"", DIALOGUE_DATA, answer_end_of_data, ""};

static void perform(struct dialogue *d, const struct command *command, struct args args)
{
    if (command->states & d->state)
        command->answer(d, args);
    else if (d->state == DIALOGUE_GREETED)
        say(d, "503 5.5.1 say EHLO or HELO first\r\n");
    else
        say(d, command->out_of_order);
}

static const struct command *find(const char *line, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strncasecmp(line, commands[i].verb, len) == 0 && commands[i].verb[len] == '\0')
            return &commands[i];
    return &unknown;
}

// A line with its line feed.
static void take_line(struct dialogue *d, const char *line, size_t len)
{
    const char *refusal = NULL;
    if (len > DIALOGUE_LINE_MAX)
        refusal = "500 5.5.2 a line of more than 1000 octets\r\n";
    else if (len < 2 || line[len - 2] != '\r')
        refusal = "500 5.5.2 a line ends with CR LF\r\n";
    else if (memchr(line, '\0', len) || memchr(line, '\r', len - 2))
        refusal = "500 5.5.2 NUL or CR in a command\r\n";
    if (refusal) {
        say(d, refusal);
        return;
    }
    len -= 2;
    while (len > 0 && line[len - 1] == ' ')
        len--;
    const char *blank = len > 0 ? memchr(line, ' ', len) : NULL;
    size_t verb = blank ? (size_t)(blank - line) : len;
    size_t skip = verb < len ? verb + 1 : len;
    perform(d, find(line, verb), (struct args){line + skip, len - skip});
}

// --- bytes ---------------------------------------------------------------------------------------

void dialogue_init(struct dialogue *dialogue, const struct dialogue_house *house)
{
    struct dialogue *d = dialogue;
    memset(d, 0, offsetof(struct dialogue, data));
    d->house = house;
    d->state = DIALOGUE_GREETED;
    d->recipients = d->errors = 0;
    d->over = false;
    buf_init(&d->line, DIALOGUE_LINE_MAX);
    buf_init(&d->out, REPLIES_MAX);
    buf_init(&d->mail, (size_t)house->max_size + TRACE_MAX);
    say(d, "220 localhost ESMTP hearten sink\r\n");
}

void dialogue_deinit(struct dialogue *dialogue)
{
    buf_deinit(&dialogue->line);
    buf_deinit(&dialogue->out);
    buf_deinit(&dialogue->mail);
}

// Up to the end of one command. A line that does not fit is marked `over` and refused at its end.
static size_t take_command(struct dialogue *d, const char *bytes, size_t len)
{
    const char *lf = memchr(bytes, '\n', len);
    size_t n = lf ? (size_t)(lf - bytes) + 1 : len;
    if (lf && d->line.len == 0 && !buf_is_over(&d->line)) {
        take_line(d, bytes, n);
        return n;
    }
    buf_add(&d->line, bytes, n);
    if (lf) {
        take_line(d, d->line.data, buf_is_over(&d->line) ? DIALOGUE_LINE_MAX + 1 : d->line.len);
        buf_reset(&d->line);
    }
    return n;
}

void dialogue_take(struct dialogue *dialogue, const char *bytes, size_t len)
{
    struct dialogue *d = dialogue;
    size_t at = 0;
    while (at < len && !d->over) {
        if (d->state == DIALOGUE_DATA) {
            bool end;
            at += data_take(&d->data, bytes + at, len - at, &end);
            if (end)
                perform(d, &end_of_data, (struct args){0});
        } else {
            at += take_command(d, bytes + at, len - at);
        }
        if (d->errors > ERRORS_MAX && !d->over) {
            say(d, "421 4.7.0 too many errors\r\n");
            d->over = true;
        }
    }
}

void dialogue_time_out(struct dialogue *dialogue)
{
    say(dialogue, "421 4.4.2 nothing heard for too long\r\n");
    dialogue->over = true;
}
