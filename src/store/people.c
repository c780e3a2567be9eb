#include "store/people.h"

#include "base/mem.h"
#include "store/people_row.h"
#include "store/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MAX ((size_t)1 << 20)

static const char *const status_names[] = {"unconfirmed", "subscribed", "unsubscribed", "bounced",
                                           "complained"};
_Static_assert(COUNT_OF(status_names) == PERSON_STATUSES, "a name for each status");

const char *person_status_name(enum person_status status)
{
    return (unsigned)status < PERSON_STATUSES ? status_names[status] : "none";
}

int person_status_parse(const char *name, enum person_status *out, struct err *err)
{
    for (size_t i = 0; i < PERSON_STATUSES; i++)
        if (strcmp(name, status_names[i]) == 0) {
            *out = (enum person_status)i;
            return 0;
        }
    return err_set(err, ERR_INPUT,
                   "\"%.40s\" is no status: use unconfirmed, subscribed, unsubscribed, bounced or "
                   "complained",
                   name);
}

void person_deinit(struct person *person)
{
    free(person->name);
    json_drop(&person->attributes);
    *person = (struct person){0};
}

// --- rows ----------------------------------------------------------------------------------------

int people_row_read(struct query *q, int first, struct person *out, struct err *err)
{
    *out = (struct person){.id = query_get_int(q, first),
                           .status = (enum person_status)query_get_int(q, first + 5),
                           .created_at = query_get_int(q, first + 6),
                           .changed_at = query_get_int(q, first + 7)};
    const char *email = query_get_text(q, first + 1);
    const char *attributes = query_get_text(q, first + 4);
    size_t len;
    const void *hash = query_get_blob(q, first + 2, &len);
    if (len != HASH_SIZE)
        return err_set(err, ERR_IO, "subscriber %lld has a damaged hash; restore a backup",
                       (long long)out->id);
    if (addr_parse(&out->addr, email, strlen(email), err) != 0 ||
        (*attributes && json_read(attributes, strlen(attributes), &out->attributes, err) != 0)) {
        if (err)
            err->kind = ERR_IO;
        return err_prefix(err, "subscriber %lld is damaged in the store", (long long)out->id);
    }
    memcpy(out->hash, hash, HASH_SIZE);
    out->name = mem_strdup(query_get_text(q, first + 3));
    return 0;
}

static int find_one(struct query *q, struct person *out, struct err *err)
{
    int rc = query_next(q, err);
    if (rc == 1 && people_row_read(q, 0, out, err) != 0) {
        person_deinit(out);
        rc = -1;
    }
    query_close(&q);
    return rc;
}

int people_find(struct store *store, const char *addr_key, struct person *out, struct err *err)
{
    struct query *q = query_open(
        store, "SELECT " PEOPLE_COLUMNS " FROM subscriber s WHERE s.email_key = $key", err);
    if (!q)
        return -1;
    query_text(q, "$key", addr_key);
    return find_one(q, out, err);
}

int people_find_id(struct store *store, int64_t id, struct person *out, struct err *err)
{
    struct query *q =
        query_open(store, "SELECT " PEOPLE_COLUMNS " FROM subscriber s WHERE s.id = $id", err);
    if (!q)
        return -1;
    query_int(q, "$id", id);
    return find_one(q, out, err);
}

// --- changes -------------------------------------------------------------------------------------

static void bind_person(struct query *q, const struct person *person, struct buf *attributes)
{
    if (person->attributes && json_count(person->attributes) > 0)
        json_write(person->attributes, attributes);
    query_text(q, "$email", person->addr.text);
    query_text(q, "$key", person->addr.key);
    query_blob(q, "$hash", person->hash, HASH_SIZE);
    query_text(q, "$name", person->name ? person->name : "");
    query_text(q, "$attributes", attributes->data);
    query_int(q, "$status", person->status);
    query_int(q, "$changed_at", person->changed_at);
}

int people_insert(struct store *store, struct person *person, struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q =
        query_open(store,
                   "INSERT INTO subscriber (email, email_key, hash, name, attributes, status,"
                   " created_at, changed_at) VALUES ($email, $key, $hash, $name, $attributes,"
                   " $status, $created_at, $changed_at) RETURNING id",
                   err);
    if (!q)
        return -1;
    struct buf attributes;
    buf_init(&attributes, ATTRIBUTES_MAX);
    bind_person(q, person, &attributes);
    query_int(q, "$created_at", person->created_at);
    int rc = query_value(q, 0, &person->id, err);
    buf_deinit(&attributes);
    return rc;
}

int people_update(struct store *store, const struct person *person, struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q = query_open(store,
                                 "UPDATE subscriber SET email = $email, email_key = $key,"
                                 " hash = $hash, name = $name, attributes = $attributes,"
                                 " status = $status, changed_at = $changed_at WHERE id = $id",
                                 err);
    if (!q)
        return -1;
    struct buf attributes;
    buf_init(&attributes, ATTRIBUTES_MAX);
    bind_person(q, person, &attributes);
    query_int(q, "$id", person->id);
    int64_t changed = 0;
    int rc = query_run(q, &changed, err);
    buf_deinit(&attributes);
    if (rc == 0 && changed == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no subscriber %lld", (long long)person->id);
    return rc;
}

int people_delete(struct store *store, int64_t id, struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q = query_open(store, "DELETE FROM subscriber WHERE id = $id", err);
    if (!q)
        return -1;
    query_int(q, "$id", id);
    int64_t changed;
    if (query_run(q, &changed, err) != 0)
        return -1;
    return changed ? 0 : err_set(err, ERR_NOT_FOUND, "there is no subscriber %lld", (long long)id);
}

// --- lists ---------------------------------------------------------------------------------------

int people_list(struct store *store, int status,
                int (*each)(void *arg, const struct person *person, struct err *err), void *arg,
                struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT " PEOPLE_COLUMNS " FROM subscriber s"
                                 " WHERE $status < 0 OR s.status = $status ORDER BY s.email_key",
                                 err);
    if (!q)
        return -1;
    query_int(q, "$status", status);
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        struct person person;
        int failed = people_row_read(q, 0, &person, err) != 0 || each(arg, &person, err) != 0;
        person_deinit(&person);
        if (failed) {
            rc = -1;
            break;
        }
    }
    query_close(&q);
    return rc;
}

int people_count(struct store *store, int status, int64_t *count, struct err *err)
{
    struct query *q = query_open(
        store, "SELECT count(*) FROM subscriber WHERE $status < 0 OR status = $status", err);
    if (!q)
        return -1;
    query_int(q, "$status", status);
    return query_value(q, 0, count, err);
}

// --- the consent log -----------------------------------------------------------------------------

int people_log(struct store *store, const struct consent_entry *entry, struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q =
        query_open(store,
                   "INSERT INTO consent_log (at, subscriber, hash, action, way, evidence)"
                   " VALUES ($at, $subscriber, $hash, $action, $way, $evidence)",
                   err);
    if (!q)
        return -1;
    query_int(q, "$at", entry->at);
    query_int(q, "$subscriber", entry->person);
    query_blob(q, "$hash", entry->hash, HASH_SIZE);
    query_text(q, "$action", entry->action);
    query_text(q, "$way", entry->way ? entry->way : "");
    query_text(q, "$evidence", entry->evidence ? entry->evidence : "");
    return query_run(q, NULL, err);
}

int people_log_has(struct store *store, const struct consent_entry *entry, struct err *err)
{
    struct query *q =
        query_open(store,
                   "SELECT evidence FROM consent_log WHERE hash = $hash AND way = $way"
                   " AND action IN ('subscribed', 'changed', 'consent', 'unsuppressed')"
                   " AND evidence <> '' ORDER BY id DESC LIMIT 1",
                   err);
    if (!q)
        return -1;
    query_blob(q, "$hash", entry->hash, HASH_SIZE);
    query_text(q, "$way", entry->way);
    int rc = query_next(q, err);
    if (rc == 1)
        rc = strcmp(query_get_text(q, 0), entry->evidence) == 0;
    query_close(&q);
    return rc;
}

int people_log_list(struct store *store, const unsigned char hash[HASH_SIZE],
                    int (*each)(void *arg, const struct consent_entry *entry, struct err *err),
                    void *arg, struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT at, subscriber, action, way, evidence FROM consent_log"
                                 " WHERE hash = $hash ORDER BY id",
                                 err);
    if (!q)
        return -1;
    query_blob(q, "$hash", hash, HASH_SIZE);
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        const struct consent_entry entry = {.at = query_get_int(q, 0),
                                            .person = query_get_int(q, 1),
                                            .hash = hash,
                                            .action = query_get_text(q, 2),
                                            .way = query_get_text(q, 3),
                                            .evidence = query_get_text(q, 4)};
        if (each(arg, &entry, err) != 0) {
            rc = -1;
            break;
        }
    }
    query_close(&q);
    return rc;
}

// --- suppression ---------------------------------------------------------------------------------

int suppression_add(struct store *store, const struct suppression *entry, struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q = query_open(store,
                                 "INSERT INTO suppression (hash, email, reason, at)"
                                 " VALUES ($hash, $email, $reason, $at)"
                                 " ON CONFLICT (hash) DO NOTHING",
                                 err);
    if (!q)
        return -1;
    query_blob(q, "$hash", entry->hash, HASH_SIZE);
    query_text(q, "$email", entry->email);
    query_text(q, "$reason", entry->reason ? entry->reason : "");
    query_int(q, "$at", entry->at);
    int64_t changed;
    return query_run(q, &changed, err) != 0 ? -1 : changed > 0;
}

int suppression_remove(struct store *store, const unsigned char hash[HASH_SIZE], struct err *err)
{
    assert(store_is_in_transaction(store));
    struct query *q = query_open(store, "DELETE FROM suppression WHERE hash = $hash", err);
    if (!q)
        return -1;
    query_blob(q, "$hash", hash, HASH_SIZE);
    int64_t changed;
    return query_run(q, &changed, err) != 0 ? -1 : changed > 0;
}

int suppression_has(struct store *store, const unsigned char hash[HASH_SIZE], struct err *err)
{
    struct query *q = query_open(store, "SELECT 1 FROM suppression WHERE hash = $hash", err);
    if (!q)
        return -1;
    query_blob(q, "$hash", hash, HASH_SIZE);
    int rc = query_next(q, err);
    query_close(&q);
    return rc;
}

int suppression_list(struct store *store,
                     int (*each)(void *arg, const struct suppression *entry, struct err *err),
                     void *arg, struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT hash, email, reason, at FROM suppression"
                                 " ORDER BY email IS NULL, email, hash",
                                 err);
    if (!q)
        return -1;
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        struct suppression entry = {.email = query_is_null(q, 1) ? NULL : query_get_text(q, 1),
                                    .reason = query_get_text(q, 2),
                                    .at = query_get_int(q, 3)};
        size_t len;
        const void *hash = query_get_blob(q, 0, &len);
        if (len == HASH_SIZE)
            memcpy(entry.hash, hash, HASH_SIZE);
        if (each(arg, &entry, err) != 0) {
            rc = -1;
            break;
        }
    }
    query_close(&q);
    return rc;
}
