#include "consent/columns.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMN_MAX    64 // bytes of a column's name
#define COLUMNS_SHOWN 400

enum column_kind {
    COLUMN_IGNORED,
    COLUMN_EMAIL,
    COLUMN_NAME,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_ATTRIBUTE
};

struct column {
    enum column_kind kind;
    bool is_status; // beside being an attribute
    char name[COLUMN_MAX + 1];
};

struct columns {
    struct column list[CSV_FIELDS_MAX];
    size_t count;
    struct buf name; // first and last name joined, or the name beside the address
};

// --- the ends of a cell --------------------------------------------------------------------------

// What copying out of a web page or a spreadsheet leaves around a word.
static const char *const blanks[] = {" ",
                                     "\t",
                                     "\xc2\xa0",      // no-break space
                                     "\xe2\x80\x8b",  // zero width space
                                     "\xe2\x80\x8e",  // left-to-right mark
                                     "\xe2\x80\x8f",  // right-to-left mark
                                     "\xe2\x80\xaf",  // narrow no-break space
                                     "\xe2\x81\xa0",  // word joiner
                                     "\xef\xbb\xbf"}; // byte order mark

// Bytes of the blank at the beginning (or the end) of the text; 0: none.
static size_t blank_at(const char *text, size_t len, bool at_end)
{
    unsigned char c = len ? (unsigned char)text[at_end ? len - 1 : 0] : 'x';
    if (c > ' ' && c < 0x80)
        return 0; // nearly always
    for (size_t i = 0; i < COUNT_OF(blanks); i++) {
        size_t n = strlen(blanks[i]);
        if (n <= len && memcmp(at_end ? text + len - n : text, blanks[i], n) == 0)
            return n;
    }
    return 0;
}

static void trim(const char **text, size_t *len)
{
    for (size_t n; (n = blank_at(*text, *len, true)) > 0;)
        *len -= n;
    for (size_t n; (n = blank_at(*text, *len, false)) > 0;) {
        *text += n;
        *len -= n;
    }
}

bool columns_is_blank(const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        const char *text = record->fields[i];
        size_t len = record->lengths[i];
        trim(&text, &len);
        if (len > 0)
            return false;
    }
    return !record->bad;
}

// --- the header ----------------------------------------------------------------------------------

// "First Name " to first_name. False when no attribute can have that name.
static bool normalise(const char *text, size_t len, char out[COLUMN_MAX + 1])
{
    size_t n = 0;
    trim(&text, &len);
    bool is_usable = len > 0 && len <= COLUMN_MAX;
    for (size_t i = 0; i < len && n < COLUMN_MAX; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        if (c == ' ' || c == '-')
            c = '_';
        bool is_digit = c >= '0' && c <= '9';
        if (!((c >= 'a' && c <= 'z') || c == '_' || (is_digit && n > 0)))
            is_usable = false;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return is_usable;
}

static enum column_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        enum column_kind kind;
    } known[] = {
        {"email", COLUMN_EMAIL},          {"e_mail", COLUMN_EMAIL}, {"email_address", COLUMN_EMAIL},
        {"e_mail_address", COLUMN_EMAIL}, {"name", COLUMN_NAME},    {"first_name", COLUMN_FIRST},
        {"last_name", COLUMN_LAST},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].kind;
    return COLUMN_ATTRIBUTE;
}

// Where other senders' lists tell whether somebody gets them.
static bool is_status_name(const char *name)
{
    static const char *const known[] = {"status",        "state",
                                        "email_status",  "subscription_status",
                                        "member_status", "subscriber_status"};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

static bool has_column(const struct columns *columns, size_t upto, const struct column *column)
{
    for (size_t i = 0; i < upto; i++) {
        const struct column *other = &columns->list[i];
        if (other->kind == column->kind &&
            (column->kind != COLUMN_ATTRIBUTE || strcmp(other->name, column->name) == 0))
            return true;
    }
    return false;
}

static int no_email(const struct csv_record *header, struct err *err)
{
    struct buf found;
    buf_init(&found, COLUMNS_SHOWN);
    for (size_t i = 0; i < header->count && !buf_is_over(&found); i++) {
        char name[COLUMN_MAX + 1];
        size_t n = header->lengths[i] < COLUMN_MAX ? header->lengths[i] : COLUMN_MAX;
        n = utf8_first_bad(header->fields[i], n);
        memcpy(name, header->fields[i], n);
        name[n] = '\0';
        buf_addf(&found, "%s%s", i ? ", " : "", name);
    }
    err_set(err, ERR_INPUT,
            "no column is called email; the first row has to name the columns, and it says: %s",
            found.data);
    buf_deinit(&found);
    return -1;
}

static int parse_header(struct columns *columns, const struct csv_record *header, struct err *err)
{
    for (size_t i = 0; i < header->count; i++) {
        struct column *column = &columns->list[i];
        bool is_usable = normalise(header->fields[i], header->lengths[i], column->name);
        column->kind = is_usable ? kind_of(column->name) : COLUMN_IGNORED;
        column->is_status = is_usable && is_status_name(column->name);
        if (!is_usable && *column->name)
            log_line(LOG_WARN,
                     "column %zu (\"%.64s\") is left out: its name has to be letters, digits and _",
                     i + 1, header->fields[i]);
        if (is_usable && has_column(columns, i, column))
            return err_set(err, ERR_INPUT, "line %lu: two columns are called %s", header->line,
                           column->name);
    }
    columns->count = header->count;
    const struct column email = {.kind = COLUMN_EMAIL};
    return has_column(columns, header->count, &email) ? 0 : no_email(header, err);
}

int columns_parse(struct columns **out, const struct csv_record *header, struct err *err)
{
    struct columns *columns = mem_new(1, sizeof *columns);
    buf_init(&columns->name, 2 * CSV_FIELD_MAX + 2);
    int rc = parse_header(columns, header, err);
    if (rc != 0)
        columns_free(&columns);
    *out = columns;
    return rc;
}

void columns_free(struct columns **columns)
{
    if (!*columns)
        return;
    buf_deinit(&(*columns)->name);
    free(*columns);
    *columns = NULL;
}

// --- a row ---------------------------------------------------------------------------------------

// A row while its cells are taken.
struct cells {
    const char *email, *first, *last;
    size_t email_len;
};

static bool is_mailable(const char *text, size_t len)
{
    static const char *const not_mailable[] = {"unsubscribed",   "unsubscribe",
                                               "opted_out",      "opt_out",
                                               "bounced",        "bounce",
                                               "hard_bounced",   "hard_bounce",
                                               "complained",     "complaint",
                                               "spam",           "junk",
                                               "cleaned",        "unconfirmed",
                                               "pending",        "suppressed",
                                               "blocked",        "blocklisted",
                                               "blacklisted",    "inactive",
                                               "disabled",       "deleted",
                                               "non_subscribed", "not_subscribed",
                                               "nonsubscribed",  "unsub",
                                               "unsubbed",       "never_subscribed",
                                               "archived",       "transactional",
                                               "removed",        "invalid",
                                               "soft_bounced",   "left",
                                               "cancelled",      "canceled",
                                               "expired",        "no",
                                               "false"};
    char word[COLUMN_MAX + 1];
    if (!normalise(text, len, word))
        return true;
    for (size_t i = 0; i < COUNT_OF(not_mailable); i++)
        if (strcmp(word, not_mailable[i]) == 0)
            return false;
    return true;
}

static void take_cell(struct columns_row *row, struct cells *cells, const struct column *column,
                      const char *text, size_t len)
{
    if (len == 0)
        return;
    if (column->is_status && !is_mailable(text, len))
        row->not_subscribed = text;
    switch (column->kind) {
    case COLUMN_EMAIL:
        cells->email = text;
        cells->email_len = len;
        break;
    case COLUMN_NAME:
        row->add.name = text;
        break;
    case COLUMN_FIRST:
        cells->first = text;
        break;
    case COLUMN_LAST:
        cells->last = text;
        break;
    case COLUMN_ATTRIBUTE:
        if (!row->add.attributes)
            row->add.attributes = json_map();
        json_put_text(row->add.attributes, column->name, text);
        break;
    case COLUMN_IGNORED:
        break;
    }
}

static int check_cells(const struct columns *columns, const struct csv_record *record,
                       struct err *err)
{
    if (record->bad)
        return err_set(err, ERR_INPUT, "%s", record->bad);
    for (size_t i = 0; i < record->count; i++) {
        if (utf8_first_bad(record->fields[i], record->lengths[i]) != record->lengths[i])
            return err_set(err, ERR_INPUT, "not UTF-8 (column %zu); save the file as UTF-8", i + 1);
        if (i >= columns->count && record->lengths[i] > 0)
            return err_set(err, ERR_INPUT, "%zu cells, but the first row names %zu columns",
                           record->count, columns->count);
    }
    return 0;
}

static void join_name(struct columns *columns, struct columns_row *row, const struct cells *cells)
{
    if (row->add.name || (!cells->first && !cells->last))
        return;
    buf_reset(&columns->name);
    buf_adds(&columns->name, cells->first ? cells->first : "");
    if (cells->first && cells->last)
        buf_addc(&columns->name, ' ');
    buf_adds(&columns->name, cells->last ? cells->last : "");
    row->add.name = columns->name.data;
}

// "Ann Bee <ann@example.org>": the text becomes what is in the brackets.
static void split_name(struct columns *columns, struct columns_row *row, const char **text,
                       size_t *len)
{
    if (*len < 3)
        return;
    const char *name = *text, *open = memchr(*text, '<', *len);
    if (!open || name[*len - 1] != '>')
        return;
    size_t name_len = (size_t)(open - name);
    *len -= name_len + 2;
    *text = open + 1;
    trim(text, len);
    trim(&name, &name_len);
    if (name_len > 1 && name[0] == '"' && name[name_len - 1] == '"') {
        name++;
        name_len -= 2;
    }
    if (name_len == 0 || row->add.name)
        return;
    buf_reset(&columns->name);
    buf_add(&columns->name, name, name_len);
    row->add.name = columns->name.data;
}

static int parse_address(struct columns *columns, struct columns_row *row,
                         const struct cells *cells, struct err *err)
{
    static const char scheme[] = "mailto:";
    const char *text = cells->email ? cells->email : "";
    size_t len = cells->email_len;
    trim(&text, &len);
    split_name(columns, row, &text, &len);
    if (len >= sizeof scheme && strncasecmp(text, scheme, sizeof scheme - 1) == 0) {
        text += sizeof scheme - 1;
        len -= sizeof scheme - 1;
    }
    return addr_parse(&row->addr, text, len, err);
}

int columns_row_parse(struct columns *columns, const struct csv_record *record,
                      struct columns_row *out, struct err *err)
{
    struct cells cells = {0};
    out->add = (struct consent_add){.addr = &out->addr};
    out->not_subscribed = NULL;
    if (check_cells(columns, record, err) != 0)
        return -1;
    for (size_t i = 0; i < record->count && i < columns->count; i++)
        take_cell(out, &cells, &columns->list[i], record->fields[i], record->lengths[i]);
    join_name(columns, out, &cells);
    return parse_address(columns, out, &cells, err);
}

void columns_row_deinit(struct columns_row *row)
{
    json_drop(&row->add.attributes);
}
