#include "consent/import.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "consent/csv.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK         500 // rows in a commit, or what CHUNK_BYTES hold
#define CHUNK_BYTES   ((size_t)1 << 20)
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
    char name[COLUMN_MAX + 1];
};

struct import {
    const struct consent *consent; // the list as it is
    struct consent into;           // where rows go: the list, or a scratch copy of what they touch
    const struct import_settings *settings;
    struct csv *csv;
    struct column columns[CSV_FIELDS_MAX];
    size_t column_count;
    struct buf name; // first and last name joined
    struct import_result *result, committed;
    struct arena *arena; // the texts of the rows in hand
    struct csv_record rows[CHUNK];
    size_t row_count;
};

// --- the header ----------------------------------------------------------------------------------

// "First Name " to first_name. False when no attribute can have that name.
static bool normalise(const char *text, char out[COLUMN_MAX + 1])
{
    size_t n = 0, len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    size_t i = 0;
    while (i < len && (text[i] == ' ' || text[i] == '\t'))
        i++;
    bool is_usable = i < len && len - i <= COLUMN_MAX;
    for (; i < len && n < COLUMN_MAX; i++) {
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

static bool has_column(const struct import *import, size_t upto, const struct column *column)
{
    for (size_t i = 0; i < upto; i++) {
        const struct column *other = &import->columns[i];
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

static int read_header(struct import *import, struct err *err)
{
    struct csv_record header;
    int rc = csv_next(import->csv, &header, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(err, ERR_INPUT, "the file is empty; the first row has to name the columns");
    if (header.bad)
        return err_set(err, ERR_INPUT, "line %lu, the names of the columns: %s", header.line,
                       header.bad);
    for (size_t i = 0; i < header.count; i++) {
        struct column *column = &import->columns[i];
        bool is_usable = normalise(header.fields[i], column->name);
        column->kind = is_usable ? kind_of(column->name) : COLUMN_IGNORED;
        if (!is_usable && header.lengths[i] > 0)
            log_line(LOG_WARN,
                     "column %zu (\"%.64s\") is left out: its name has to be letters, digits and _",
                     i + 1, header.fields[i]);
        if (is_usable && has_column(import, i, column))
            return err_set(err, ERR_INPUT, "line %lu: two columns are called %s", header.line,
                           column->name);
    }
    import->column_count = header.count;
    const struct column email = {.kind = COLUMN_EMAIL};
    return has_column(import, header.count, &email) ? 0 : no_email(&header, err);
}

// --- a row ---------------------------------------------------------------------------------------

struct row {
    struct consent_add add;
    const char *first, *last;
};

static void take_cell(struct row *row, const struct column *column, const char *text, size_t len)
{
    if (column->kind == COLUMN_EMAIL) {
        row->add.email = text;
        row->add.email_len = len;
        return;
    }
    if (len == 0)
        return;
    switch (column->kind) {
    case COLUMN_NAME:
        row->add.name = text;
        break;
    case COLUMN_FIRST:
        row->first = text;
        break;
    case COLUMN_LAST:
        row->last = text;
        break;
    case COLUMN_ATTRIBUTE:
        if (!row->add.attributes)
            row->add.attributes = json_map();
        json_put_text(row->add.attributes, column->name, text);
        break;
    default:
        break;
    }
}

static int check_cells(const struct import *import, const struct csv_record *record,
                       struct err *err)
{
    if (record->bad)
        return err_set(err, ERR_INPUT, "%s", record->bad);
    for (size_t i = 0; i < record->count; i++) {
        if (utf8_first_bad(record->fields[i], record->lengths[i]) != record->lengths[i])
            return err_set(err, ERR_INPUT, "not UTF-8 (column %zu); save the file as UTF-8", i + 1);
        if (i >= import->column_count && record->lengths[i] > 0)
            return err_set(err, ERR_INPUT, "%zu cells, but the first row names %zu columns",
                           record->count, import->column_count);
    }
    return 0;
}

static void join_name(struct import *import, struct row *row)
{
    if (row->add.name || (!row->first && !row->last))
        return;
    buf_reset(&import->name);
    buf_adds(&import->name, row->first ? row->first : "");
    if (row->first && row->last)
        buf_addc(&import->name, ' ');
    buf_adds(&import->name, row->last ? row->last : "");
    row->add.name = import->name.data;
}

// A dry run works on a scratch store: what the list knows of the address is put there first, then
// the row is treated as it would be treated in earnest, so the counts cannot differ.
static int shadow(struct import *import, const struct consent_add *add, struct err *err)
{
    struct addr addr;
    struct person person = {0}, there = {0};
    if (addr_parse(&addr, add->email, add->email_len, err) != 0)
        return -1;
    int rc = people_find(import->into.store, addr.key, &there, err);
    person_deinit(&there);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    rc = people_find(import->consent->store, addr.key, &person, err);
    if (rc == 1)
        rc = people_insert(import->into.store, &person, err);
    person_deinit(&person);
    if (rc < 0)
        return -1;
    struct suppression entry = {.reason = "opted out"};
    keyring_address_hash(import->consent->keyring, addr.key, entry.hash);
    rc = suppression_has(import->consent->store, entry.hash, err);
    return rc == 1 ? (suppression_add(import->into.store, &entry, err) < 0 ? -1 : 0) : rc;
}

static int put_row(struct import *import, const struct csv_record *record,
                   enum consent_outcome *outcome, struct err *err)
{
    if (check_cells(import, record, err) != 0)
        return -1;
    struct row row = {.add = {.email = "", .evidence = import->settings->evidence}};
    for (size_t i = 0; i < record->count && i < import->column_count; i++)
        take_cell(&row, &import->columns[i], record->fields[i], record->lengths[i]);
    join_name(import, &row);
    int rc = import->settings->is_dry_run ? shadow(import, &row.add, err) : 0;
    if (rc == 0)
        rc = consent_add_within(&import->into, &row.add, outcome, err);
    json_drop(&row.add.attributes);
    return rc;
}

static void count_row(struct import_result *result, enum consent_outcome outcome)
{
    switch (outcome) {
    case CONSENT_ADDED:
        result->added++;
        break;
    case CONSENT_CHANGED:
        result->changed++;
        break;
    case CONSENT_UNCHANGED:
        result->unchanged++;
        break;
    case CONSENT_LEFT:
        result->left++;
        break;
    }
}

// --- the file ------------------------------------------------------------------------------------

// One record into the open transaction; a row that is refused is told and counted, no failure.
static int take_record(struct import *import, const struct csv_record *record, struct err *err)
{
    const struct import_settings *settings = import->settings;
    enum consent_outcome outcome = CONSENT_UNCHANGED;
    struct err why = {0};
    import->result->rows++;
    if (put_row(import, record, &outcome, &why) == 0) {
        count_row(import->result, outcome);
        return 0;
    }
    if (why.kind != ERR_INPUT)
        return err_set(err, why.kind, "%s", why.msg);
    import->result->bad++;
    if (settings->bad_row)
        settings->bad_row(settings->arg, record->line, why.msg);
    return 0;
}

static size_t keep(struct import *import, const struct csv_record *record)
{
    struct csv_record *row = &import->rows[import->row_count++];
    size_t bytes = record->count * (sizeof(char *) + sizeof(size_t));
    const char **fields = arena_alloc(import->arena, record->count * sizeof *fields);
    size_t *lengths = arena_alloc(import->arena, record->count * sizeof *lengths);
    for (size_t i = 0; i < record->count; i++) {
        char *copy = arena_alloc(import->arena, record->lengths[i] + 1);
        memcpy(copy, record->fields[i], record->lengths[i]);
        fields[i] = copy;
        lengths[i] = record->lengths[i];
        bytes += lengths[i] + 1;
    }
    *row = *record;
    row->fields = fields;
    row->lengths = lengths;
    return bytes;
}

// Reading may take for ever (a pipe), and whoever holds the writer's place meanwhile keeps opt-outs
// waiting: so rows are read first. 1 there may be more, 0 the end, -1 reading failed.
static int read_chunk(struct import *import, struct err *err)
{
    struct csv_record record;
    size_t bytes = 0;
    int rc = 1;
    arena_reset(import->arena);
    import->row_count = 0;
    while (import->row_count < CHUNK && bytes < CHUNK_BYTES &&
           (rc = csv_next(import->csv, &record, err)) == 1)
        bytes += keep(import, &record);
    return rc;
}

static int write_chunk(struct import *import, struct err *err)
{
    struct store *store = import->into.store;
    if (import->row_count == 0)
        return 0;
    if (store_begin(store, err) != 0)
        return -1;
    for (size_t i = 0; i < import->row_count; i++)
        if (take_record(import, &import->rows[i], err) != 0) {
            store_rollback(store);
            return -1;
        }
    if (store_commit(store, err) != 0)
        return -1;
    import->committed = *import->result;
    return 0;
}

static int take_rows(struct import *import, struct err *err)
{
    for (;;) {
        int rc = read_chunk(import, err);
        // What was read before reading failed is good; why it failed is what is told.
        if (write_chunk(import, rc < 0 ? NULL : err) != 0)
            return -1;
        if (rc <= 0)
            return rc;
    }
}

static int run(struct import *import, struct err *err)
{
    if (consent_check_evidence(import->settings->evidence, err) != 0)
        return -1;
    if (read_header(import, err) != 0 || take_rows(import, err) != 0) {
        *import->result = import->committed;
        return err_prefix(err, "%s", import->settings->path);
    }
    return 0;
}

int import_csv(const struct consent *consent, FILE *in, const struct import_settings *settings,
               struct import_result *result, struct err *err)
{
    struct import *import = mem_new(1, sizeof *import);
    *result = (struct import_result){0};
    import->consent = consent;
    import->into = *consent;
    import->settings = settings;
    import->result = result;
    struct store *scratch = NULL;
    int rc = settings->is_dry_run ? store_open_scratch(&scratch, err) : 0;
    if (rc == 0) {
        if (scratch)
            import->into.store = scratch;
        import->csv = csv_new(in, 0);
        import->arena = arena_new();
        buf_init(&import->name, 2 * CSV_FIELD_MAX + 2);
        rc = run(import, err);
        buf_deinit(&import->name);
        arena_free(&import->arena);
        csv_free(&import->csv);
    }
    store_close(&scratch);
    free(import);
    return rc;
}
