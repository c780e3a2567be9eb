#include "consent/import.h"

#include "base/mem.h"
#include "consent/columns.h"
#include "consent/csv.h"
#include "consent/seen.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK       500 // rows in a commit, or what CHUNK_BYTES hold
#define CHUNK_BYTES ((size_t)1 << 20)
#define RECORD_MAX  (CSV_FIELDS_MAX * (sizeof(char *) + sizeof(size_t) + CSV_FIELD_MAX + 2))

struct import {
    struct consent consent;
    const struct import_settings *settings;
    struct csv *csv;
    struct columns *columns;
    struct seen *seen;
    struct import_result *result, committed;
    char *texts; // of the rows in hand
    size_t texts_len;
    struct csv_record rows[CHUNK];
    size_t row_count;
};

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
    return columns_parse(&import->columns, &header, err);
}

// --- a row ---------------------------------------------------------------------------------------

static void tell(const struct import *import, unsigned long line, bool is_bad, const char *why)
{
    const struct import_settings *settings = import->settings;
    if (settings->tell)
        settings->tell(settings->arg, line, is_bad, why);
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

// FNV-1a over the cells: only to tell whether two rows of one address say the same.
static uint32_t content_of(const struct csv_record *record)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < record->count; i++)
        for (const char *p = record->fields[i];; p++) {
            hash = (hash ^ (unsigned char)*p) * 16777619u;
            if (!*p)
                break;
        }
    return hash;
}

// The first row of an address holds: if the last one did, the same file imported again would change
// it there and back.
static void repeat(const struct import *import, const struct csv_record *record,
                   const struct seen_row *first, const struct addr *addr)
{
    struct err why;
    import->result->repeated++;
    if (first->content == content_of(record))
        return;
    err_set(&why, ERR_INPUT, "%s stands on line %lu already, with other cells; that line holds",
            addr->text, (unsigned long)first->line);
    tell(import, record->line, false, why.msg);
}

static int put_row(struct import *import, const struct csv_record *record, struct columns_row *row,
                   struct err *err)
{
    enum consent_outcome outcome;
    if (columns_row_parse(import->columns, record, row, err) != 0)
        return -1;
    if (row->not_subscribed) {
        struct err why;
        err_set(&why, ERR_INPUT, "%s is \"%.40s\" there and is not subscribed here", row->addr.text,
                row->not_subscribed);
        tell(import, record->line, false, why.msg);
        import->result->not_subscribed++;
        return 0;
    }
    struct seen_row *first = seen_at(import->seen, row->addr.key);
    if (first->line) {
        repeat(import, record, first, &row->addr);
        return 0;
    }
    row->add.evidence = import->settings->evidence;
    if (consent_add_within(&import->consent, &row->add, &outcome, err) != 0)
        return -1;
    first->line = record->line < UINT32_MAX ? (uint32_t)record->line : UINT32_MAX;
    first->content = content_of(record);
    count_row(import->result, outcome);
    return 0;
}

// A row that is refused is told and counted, no failure.
static int take_record(struct import *import, const struct csv_record *record, struct err *err)
{
    struct err why = {0};
    struct columns_row row;
    import->result->rows++;
    int rc = put_row(import, record, &row, &why);
    columns_row_deinit(&row);
    if (rc == 0)
        return 0;
    if (why.kind != ERR_INPUT)
        return err_set(err, why.kind, "%s", why.msg);
    import->result->bad++;
    tell(import, record->line, true, why.msg);
    return 0;
}

// --- the file ------------------------------------------------------------------------------------

static void keep(struct import *import, const struct csv_record *record)
{
    struct csv_record *row = &import->rows[import->row_count++];
    char *place = import->texts + import->texts_len;
    const char **fields = (const char **)(void *)place;
    size_t *lengths = (size_t *)(void *)(fields + record->count);
    char *text = (char *)(lengths + record->count);
    for (size_t i = 0; i < record->count; i++) {
        memcpy(text, record->fields[i], record->lengths[i] + 1);
        fields[i] = text;
        lengths[i] = record->lengths[i];
        text += lengths[i] + 1;
    }
    *row = *record;
    row->fields = fields;
    row->lengths = lengths;
    size_t len = (size_t)(text - import->texts) + sizeof *fields - 1;
    import->texts_len = len - len % sizeof *fields; // the next one is aligned
}

// Reading may take for ever (a pipe), and whoever holds the writer's place meanwhile keeps opt-outs
// waiting: so rows are read first. 1 there may be more, 0 the end, -1 reading failed.
static int read_chunk(struct import *import, struct err *err)
{
    struct csv_record record;
    int rc = 1;
    import->texts_len = 0;
    import->row_count = 0;
    while (import->row_count < CHUNK && import->texts_len < CHUNK_BYTES &&
           (rc = csv_next(import->csv, &record, err)) == 1)
        if (!columns_is_blank(&record))
            keep(import, &record);
    return rc;
}

static int write_rows(struct import *import, struct err *err)
{
    for (size_t i = 0; i < import->row_count; i++)
        if (take_record(import, &import->rows[i], err) != 0)
            return -1;
    return 0;
}

static int write_chunk(struct import *import, struct err *err)
{
    struct store *store = import->consent.store;
    if (import->consent.is_dry_run)
        return write_rows(import, err);
    if (import->row_count == 0)
        return 0;
    if (store_begin(store, err) != 0)
        return -1;
    if (write_rows(import, err) != 0) {
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
    struct store *scratch = NULL;
    *result = (struct import_result){0};
    import->consent = *consent;
    import->consent.is_dry_run = settings->is_dry_run;
    import->settings = settings;
    import->result = result;
    import->csv = csv_new(in, 0);
    import->texts = mem_new(CHUNK_BYTES + RECORD_MAX, 1);
    import->seen = seen_new();
    int rc = consent->store ? 0 : store_open_scratch(&scratch, err);
    if (scratch)
        import->consent.store = scratch;
    if (rc == 0)
        rc = run(import, err);
    store_close(&scratch);
    seen_free(&import->seen);
    free(import->texts);
    columns_free(&import->columns);
    csv_free(&import->csv);
    free(import);
    return rc;
}
