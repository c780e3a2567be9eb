#include "consent/csv.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE      65536
#define RECORD_MAX ((size_t)1 << 20)

struct csv {
    FILE *in;
    char separator;
    bool is_started, at_end;
    int failure;        // errno of a read that failed
    bool is_lost;       // behind a quote that stayed open: looking for the next row
    size_t columns;     // fields of the first record
    unsigned long line; // of the byte at data[start]
    char *data;         // bytes that are read: the current record begins at start
    size_t start, end, room;
    struct buf text; // the fields, each followed by a NUL
    size_t count, offsets[CSV_FIELDS_MAX];
    const char *fields[CSV_FIELDS_MAX];
    size_t lengths[CSV_FIELDS_MAX];
};

// One pass over a record.
struct scan {
    size_t at;           // offset of the next byte from csv->start
    size_t field_len;    // of the field being read, also past the limit
    unsigned long lines; // line ends seen
    const char *bad;
    bool is_blank; // nothing but the line end
    bool is_open;  // given up inside quotes
};

struct csv *csv_new(FILE *in, char separator)
{
    struct csv *csv = mem_new(1, sizeof *csv);
    csv->in = in;
    csv->separator = separator;
    csv->line = 1;
    buf_init(&csv->text, CSV_FIELDS_MAX * (CSV_FIELD_MAX + 1));
    return csv;
}

void csv_free(struct csv **csv)
{
    if (!*csv)
        return;
    buf_deinit(&(*csv)->text);
    free((*csv)->data);
    free(*csv);
    *csv = NULL;
}

// --- bytes ---------------------------------------------------------------------------------------

static int broken_off(const struct csv *csv, struct err *err)
{
    return err_set(err, ERR_IO, "reading failed: %s", strerror(csv->failure));
}

// What came before a failure is still handed out.
static int fill(struct csv *csv, struct err *err)
{
    if (csv->failure)
        return broken_off(csv, err);
    if (csv->at_end)
        return 0;
    if (csv->start > 0) {
        memmove(csv->data, csv->data + csv->start, csv->end - csv->start);
        csv->end -= csv->start;
        csv->start = 0;
    }
    if (csv->room - csv->end < PIECE) {
        csv->room = csv->end + 2 * PIECE;
        csv->data = mem_grow(csv->data, csv->room, 1);
    }
    size_t n = fread(csv->data + csv->end, 1, PIECE, csv->in);
    csv->end += n;
    if (n < PIECE && ferror(csv->in))
        csv->failure = errno;
    else
        csv->at_end = n < PIECE;
    return n == 0 && csv->failure ? broken_off(csv, err) : 0;
}

// The byte `ahead` places after the scan's: 0-255, -1 at the end of the file, -2 failed.
static int peek(struct csv *csv, size_t at, struct err *err)
{
    while (csv->start + at >= csv->end) {
        if (csv->at_end)
            return -1;
        if (fill(csv, err) != 0)
            return -2;
    }
    return (unsigned char)csv->data[csv->start + at];
}

static void drop(struct csv *csv, size_t n)
{
    csv->start += n;
}

// Length of the line end at an offset: 0 (none), 1, 2 (CRLF); -1 failed.
static int line_end(struct csv *csv, size_t at, struct err *err)
{
    int c = peek(csv, at, err);
    if (c == '\n')
        return 1;
    if (c != '\r')
        return c == -2 ? -1 : 0;
    int next = peek(csv, at + 1, err);
    return next == -2 ? -1 : next == '\n' ? 2 : 1;
}

// Goes to the next line of the file, counted from where the record began.
static int skip_line(struct csv *csv, struct err *err)
{
    for (;;) {
        int n = line_end(csv, 0, err);
        if (n < 0)
            return -1;
        if (n > 0) {
            drop(csv, (size_t)n);
            csv->line++;
            return 0;
        }
        int c = peek(csv, 0, err);
        if (c < 0)
            return c == -1 ? 0 : -1;
        drop(csv, 1);
    }
}

// --- fields --------------------------------------------------------------------------------------

static void field_begin(struct csv *csv, struct scan *scan)
{
    scan->field_len = 0;
    if (csv->count == CSV_FIELDS_MAX) {
        scan->bad = "more than 256 columns";
        return;
    }
    csv->offsets[csv->count++] = csv->text.len;
}

static void field_add(struct csv *csv, struct scan *scan, int c)
{
    if (c == 0)
        scan->bad = "a NUL byte in it";
    if (++scan->field_len > CSV_FIELD_MAX)
        scan->bad = "a field of more than 4096 bytes";
    else if (!scan->bad)
        buf_addc(&csv->text, (char)c);
}

static void field_end(struct csv *csv, struct scan *scan)
{
    if (scan->bad)
        return;
    csv->lengths[csv->count - 1] = scan->field_len;
    buf_addc(&csv->text, '\0');
}

enum after {
    AFTER_FIELD,
    AFTER_RECORD,
    AFTER_QUOTE,
    AFTER_FAILURE
};

// Up to a separator or the end of the line; text that follows a closing quote comes here too.
static enum after unquoted(struct csv *csv, struct scan *scan, struct err *err)
{
    for (;;) {
        int c = peek(csv, scan->at, err);
        if (c == -2)
            return AFTER_FAILURE;
        if (c == -1)
            return AFTER_RECORD;
        if (c == (unsigned char)csv->separator) {
            scan->at++;
            return AFTER_FIELD;
        }
        int n = c == '\n' || c == '\r' ? line_end(csv, scan->at, err) : 0;
        if (n < 0)
            return AFTER_FAILURE;
        if (n > 0) {
            scan->at += (size_t)n;
            scan->lines++;
            return AFTER_RECORD;
        }
        if (scan->at > RECORD_MAX)
            return AFTER_QUOTE; // a line without an end: let go of it
        field_add(csv, scan, c);
        scan->at++;
    }
}

static enum after quoted(struct csv *csv, struct scan *scan, struct err *err)
{
    scan->at++;
    for (;;) {
        int c = peek(csv, scan->at, err);
        if (c == -2)
            return AFTER_FAILURE;
        scan->is_open = scan->at > RECORD_MAX;
        if (c == -1 || scan->is_open)
            return AFTER_QUOTE;
        if (c == '"') {
            if (peek(csv, scan->at + 1, err) != '"')
                break;
            scan->at++;
        }
        int n = c == '\n' || c == '\r' ? line_end(csv, scan->at, err) : 0;
        if (n < 0)
            return AFTER_FAILURE;
        scan->lines += n > 0;
        for (int i = 0; i < (n > 0 ? n : 1); i++)
            field_add(csv, scan, (unsigned char)csv->data[csv->start + scan->at++]);
    }
    scan->at++;
    size_t len = scan->field_len;
    enum after after = unquoted(csv, scan, err);
    return after != AFTER_FAILURE && scan->field_len != len ? AFTER_QUOTE : after;
}

// One record; AFTER_RECORD when it was read to its end, AFTER_QUOTE when its quotes are wrong.
static enum after read_record(struct csv *csv, struct scan *scan, struct err *err)
{
    *scan = (struct scan){0};
    csv->count = 0;
    buf_reset(&csv->text);
    enum after after;
    do {
        field_begin(csv, scan);
        int c = peek(csv, scan->at, err);
        if (c == -2)
            return AFTER_FAILURE;
        after = c == '"' ? quoted(csv, scan, err) : unquoted(csv, scan, err);
        if (after == AFTER_FIELD || after == AFTER_RECORD)
            field_end(csv, scan);
        scan->is_blank = after == AFTER_RECORD && csv->count == 1 && c != '"' && !scan->bad &&
                         scan->field_len == 0;
    } while (after == AFTER_FIELD);
    return after;
}

// --- the file ------------------------------------------------------------------------------------

static int guess_separator(struct csv *csv, struct err *err)
{
    static const char candidates[] = ",;\t";
    size_t seen[sizeof candidates - 1] = {0};
    bool in_quotes = false;
    for (size_t at = 0; at < RECORD_MAX; at++) {
        int c = peek(csv, at, err);
        if (c == -2)
            return -1;
        if (c == -1 || (!in_quotes && (c == '\n' || c == '\r')))
            break;
        if (c == '"')
            in_quotes = !in_quotes;
        const char *hit = c && !in_quotes ? strchr(candidates, c) : NULL;
        if (hit)
            seen[hit - candidates]++;
    }
    size_t best = 0;
    for (size_t i = 1; i < sizeof candidates - 1; i++)
        if (seen[i] > seen[best])
            best = i;
    csv->separator = candidates[best];
    return 0;
}

// The line with which a spreadsheet names its separator: "sep=;". 1 taken, 0 there is none, -1
// failed.
static int take_separator_line(struct csv *csv, struct err *err)
{
    static const char word[] = "sep=", separators[] = ",;\t|";
    for (size_t i = 0; i < sizeof word - 1; i++) {
        int c = peek(csv, i, err);
        if (c < 0 || (c != word[i] && c != word[i] - 'a' + 'A'))
            return c == -2 ? -1 : 0;
    }
    int separator = peek(csv, sizeof word - 1, err);
    int n = separator < 0 ? separator + 1 : line_end(csv, sizeof word, err);
    if (n <= 0 || !memchr(separators, separator, sizeof separators - 1))
        return n < 0 ? -1 : 0;
    csv->separator = (char)separator;
    drop(csv, sizeof word + (size_t)n);
    csv->line++;
    return 1;
}

static int begin_file(struct csv *csv, struct err *err)
{
    csv->is_started = true;
    int a = peek(csv, 0, err), b = peek(csv, 1, err), c = peek(csv, 2, err);
    if (a == -2 || b == -2 || c == -2)
        return -1;
    if ((a == 0xff && b == 0xfe) || (a == 0xfe && b == 0xff))
        return err_set(err, ERR_INPUT, "the file is UTF-16; save it as UTF-8 (\"CSV UTF-8\")");
    if (a == 0xef && b == 0xbb && c == 0xbf)
        drop(csv, 3);
    int taken = take_separator_line(csv, err);
    return taken < 0 ? -1 : csv->separator ? 0 : guess_separator(csv, err);
}

static void hand_out(struct csv *csv, const struct scan *scan, struct csv_record *out)
{
    *out = (struct csv_record){.line = csv->line, .bad = scan->bad};
    if (scan->bad)
        return;
    for (size_t i = 0; i < csv->count; i++)
        csv->fields[i] = csv->text.data + csv->offsets[i];
    out->count = csv->count;
    out->fields = csv->fields;
    out->lengths = csv->lengths;
}

// Wrong quotes cost one line. After one that stayed open for a whole mebibyte nobody knows whether
// what follows is the list or the inside of a giant cell: lines that do not have as many fields as
// the first one are passed over then, and not told one by one.
static int after_quote(struct csv *csv, struct scan *scan, struct csv_record *out, struct err *err)
{
    bool was_lost = csv->is_lost;
    csv->is_lost = was_lost || (scan->is_open && csv->columns > 0);
    scan->bad = scan->is_open ? "a quote that is not closed for 1 MiB; lines behind it are passed "
                                "over up to one with as many cells as the first"
                : scan->at > RECORD_MAX ? "a line of more than 1 MiB"
                                        : "a quote that is not closed, or has text behind it";
    hand_out(csv, scan, out);
    return skip_line(csv, err) != 0 ? -1 : !was_lost;
}

// A record that was read to its end: whether it is one to hand out.
static bool is_row(struct csv *csv, const struct scan *scan)
{
    if (scan->is_blank || (csv->is_lost && (scan->bad || csv->count != csv->columns)))
        return false;
    csv->is_lost = false;
    if (csv->columns == 0 && !scan->bad)
        csv->columns = csv->count;
    return true;
}

int csv_next(struct csv *csv, struct csv_record *out, struct err *err)
{
    *out = (struct csv_record){0};
    if (!csv->is_started && begin_file(csv, err) != 0)
        return -1;
    struct scan scan;
    for (;;) {
        int c = peek(csv, 0, err);
        if (c < 0)
            return c == -1 ? 0 : -1;
        enum after after = read_record(csv, &scan, err);
        if (after == AFTER_FAILURE)
            return -1;
        if (after == AFTER_QUOTE) {
            int rc = after_quote(csv, &scan, out, err);
            if (rc != 0)
                return rc;
            continue;
        }
        bool is_wanted = is_row(csv, &scan);
        if (is_wanted)
            hand_out(csv, &scan, out);
        drop(csv, scan.at);
        csv->line += scan.lines;
        if (is_wanted)
            return 1;
    }
}
