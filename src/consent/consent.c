#include "consent/consent.h"

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/token.h"
#include "mail/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MOST 256
#define ATTRIBUTE_NAME  64
#define EVIDENCE_MAX    2048

// --- what may be stored --------------------------------------------------------------------------

static bool is_attribute_name(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    return *name && strchr(first, *name) && name[strspn(name, rest)] == '\0' &&
           strlen(name) <= ATTRIBUTE_NAME;
}

struct attribute_check {
    struct err *err;
    int rc;
};

static void check_attribute(void *arg, const char *name, const struct json *value)
{
    struct attribute_check *check = arg;
    if (check->rc != 0)
        return;
    const char *text = json_text(value);
    char what[ATTRIBUTE_NAME + 16];
    snprintf(what, sizeof what, "attribute %.64s", name);
    if (!is_attribute_name(name))
        check->rc = err_set(check->err, ERR_INPUT,
                            "attribute \"%.64s\" has no usable name: small letters, digits and _, "
                            "at most %d",
                            name, ATTRIBUTE_NAME);
    else if (!text)
        check->rc = err_set(check->err, ERR_INPUT, "%s is no text", what);
    else
        check->rc = line_check(what, text, strlen(text), LINE_MAX_ATTR, check->err);
}

int consent_check_evidence(const char *evidence, struct err *err)
{
    return evidence
               ? line_check("the text of --consent", evidence, strlen(evidence), EVIDENCE_MAX, err)
               : 0;
}

static int check_data(const struct consent_add *what, struct err *err)
{
    if (what->name && line_check("name", what->name, strlen(what->name), LINE_MAX_NAME, err) != 0)
        return -1;
    if (consent_check_evidence(what->evidence, err) != 0)
        return -1;
    struct attribute_check check = {.err = err};
    if (what->attributes)
        json_each(what->attributes, check_attribute, &check);
    return check.rc;
}

// --- the log -------------------------------------------------------------------------------------

static int put_log(const struct consent *consent, const struct person *person, const char *action,
                   const char *evidence, struct err *err)
{
    const struct consent_entry entry = {.person = person->id,
                                        .hash = person->hash,
                                        .at = clock_now(),
                                        .action = action,
                                        .way = consent->way,
                                        .evidence = evidence};
    return people_log(consent->store, &entry, err);
}

// Words of consent that change nothing else are kept too, but not again at each import of the same
// file.
static int put_evidence(const struct consent *consent, const struct person *person,
                        const char *evidence, struct err *err)
{
    if (!evidence || !*evidence)
        return 0;
    const struct consent_entry entry = {
        .hash = person->hash, .way = consent->way, .evidence = evidence};
    int rc = people_log_has(consent->store, &entry, err);
    return rc != 0 ? (rc < 0 ? -1 : 0) : put_log(consent, person, "consent", evidence, err);
}

// `who` is blank but for address and hash when it is no subscriber: 1, 0, -1.
static int find_addr(const struct consent *consent, const struct addr *addr, struct person *who,
                     struct err *err)
{
    *who = (struct person){0};
    int rc = people_find(consent->store, addr->key, who, err);
    if (rc == 0) {
        who->addr = *addr;
        keyring_address_hash(consent->keyring, addr->key, who->hash);
    }
    return rc;
}

static int find(const struct consent *consent, const char *email, struct person *who,
                struct err *err)
{
    struct addr addr;
    *who = (struct person){0};
    return addr_parse(&addr, email, strlen(email), err) != 0 ? -1
                                                             : find_addr(consent, &addr, who, err);
}

static bool has_left(enum person_status status)
{
    return status == PERSON_UNSUBSCRIBED || status == PERSON_BOUNCED || status == PERSON_COMPLAINED;
}

// --- adding --------------------------------------------------------------------------------------

struct merge {
    struct person *person;
    bool is_changed;
};

static void merge_attribute(void *arg, const char *name, const struct json *value)
{
    struct merge *merge = arg;
    struct person *person = merge->person;
    const char *new = json_text(value);
    const struct json *there = person->attributes ? json_get(person->attributes, name) : NULL;
    const char *old = there ? json_text(there) : NULL;
    if (!new || (old && strcmp(old, new) == 0))
        return;
    if (!person->attributes)
        person->attributes = json_map();
    json_put_text(person->attributes, name, new);
    merge->is_changed = true;
}

static bool merge_into(struct person *person, const struct consent_add *what)
{
    struct merge merge = {.person = person};
    if (what->name && (!person->name || strcmp(person->name, what->name) != 0)) {
        merge.is_changed = person->name || *what->name;
        free(person->name);
        person->name = mem_strdup(what->name);
    }
    if (what->attributes)
        json_each(what->attributes, merge_attribute, &merge);
    return merge.is_changed;
}

static int put_person(const struct consent *consent, struct person *person,
                      const struct consent_add *what, enum consent_outcome *outcome,
                      struct err *err)
{
    bool is_changed = merge_into(person, what);
    if (person->attributes && json_count(person->attributes) > ATTRIBUTES_MOST)
        return err_set(err, ERR_INPUT, "%s would have more than %d attributes", person->addr.text,
                       ATTRIBUTES_MOST);
    *outcome = person->id == 0 ? CONSENT_ADDED : is_changed ? CONSENT_CHANGED : CONSENT_UNCHANGED;
    if (consent->is_dry_run)
        return 0;
    if (*outcome == CONSENT_UNCHANGED)
        return put_evidence(consent, person, what->evidence, err);
    person->changed_at = clock_now();
    if (*outcome == CONSENT_CHANGED)
        return people_update(consent->store, person, err) != 0
                   ? -1
                   : put_log(consent, person, "changed", what->evidence, err);
    person->status = PERSON_SUBSCRIBED;
    person->created_at = person->changed_at;
    return people_insert(consent->store, person, err) != 0
               ? -1
               : put_log(consent, person, "subscribed", what->evidence, err);
}

int consent_add_within(const struct consent *consent, const struct consent_add *what,
                       enum consent_outcome *outcome, struct err *err)
{
    struct person person;
    if (check_data(what, err) != 0)
        return -1;
    int rc = find_addr(consent, what->addr, &person, err);
    if (rc < 0)
        return -1;
    rc = rc == 1 && has_left(person.status) ? 1 : suppression_has(consent->store, person.hash, err);
    if (rc == 1) {
        *outcome = CONSENT_LEFT;
        rc = 0;
    } else if (rc == 0) {
        rc = put_person(consent, &person, what, outcome, err);
    }
    person_deinit(&person);
    return rc;
}

// Runs within() in a transaction of its own; what it returns is returned.
static int end_with(const struct consent *consent, int rc, struct err *err)
{
    if (rc >= 0)
        return store_commit(consent->store, err) != 0 ? -1 : rc;
    store_rollback(consent->store);
    return -1;
}

int consent_add(const struct consent *consent, const struct consent_add *what,
                enum consent_outcome *outcome, struct err *err)
{
    if (store_begin(consent->store, err) != 0)
        return -1;
    return end_with(consent, consent_add_within(consent, what, outcome, err), err);
}

// --- leaving -------------------------------------------------------------------------------------

static int suppress(const struct consent *consent, const struct person *person, const char *reason,
                    struct err *err)
{
    struct suppression entry = {.email = person->addr.text, .reason = reason, .at = clock_now()};
    memcpy(entry.hash, person->hash, HASH_SIZE);
    return suppression_add(consent->store, &entry, err);
}

static int remove_within(const struct consent *consent, const char *email, struct err *err)
{
    struct person person;
    int rc = find(consent, email, &person, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        rc = err_set(err, ERR_NOT_FOUND, "%s is not a subscriber", person.addr.text);
    else if (has_left(person.status) &&
             suppress(consent, &person, person_status_name(person.status), err) < 0)
        rc = -1;
    else
        rc = people_delete(consent->store, person.id, err) != 0 ||
                     put_log(consent, &person, "removed", NULL, err) != 0
                 ? -1
                 : 0;
    person_deinit(&person);
    return rc;
}

int consent_remove(const struct consent *consent, const char *email, struct err *err)
{
    if (store_begin(consent->store, err) != 0)
        return -1;
    return end_with(consent, remove_within(consent, email, err), err);
}

// A complaint stays a complaint: it says more than an opt-out.
static int optout_person(const struct consent *consent, struct person *person, const char *reason,
                         struct err *err)
{
    bool is_news = person->id != 0 && person->status != PERSON_UNSUBSCRIBED &&
                   person->status != PERSON_COMPLAINED;
    int added = suppress(consent, person, reason, err);
    if (added < 0 || (added == 0 && !is_news))
        return added;
    if (is_news) {
        person->status = PERSON_UNSUBSCRIBED;
        person->changed_at = clock_now();
        if (people_update(consent->store, person, err) != 0)
            return -1;
    }
    return put_log(consent, person, is_news ? "unsubscribed" : "suppressed", reason, err) != 0 ? -1
                                                                                               : 1;
}

int consent_optout_add(const struct consent *consent, const char *email, const char *reason,
                       struct err *err)
{
    if (!reason)
        reason = "";
    if (line_check("reason", reason, strlen(reason), EVIDENCE_MAX, err) != 0 ||
        store_begin(consent->store, err) != 0)
        return -1;
    struct person person;
    int rc = find(consent, email, &person, err);
    if (rc >= 0)
        rc = optout_person(consent, &person, reason, err);
    person_deinit(&person);
    return end_with(consent, rc, err);
}

// Either form of a token; in "leave-TOKEN" the address form stands behind the last hyphen.
static bool read_token(const struct consent *consent, const char *word, size_t len,
                       struct token *token)
{
    size_t cut = len;
    while (cut > 0 && word[cut - 1] != '-')
        cut--;
    return token_parse(consent->keyring, word, len, token, NULL) == 0 ||
           token_parse_address(consent->keyring, word, len, token, NULL) == 0 ||
           (cut > 0 &&
            token_parse_address(consent->keyring, word + cut, len - cut, token, NULL) == 0);
}

static bool find_token(const struct consent *consent, const char *text, struct token *token)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const char *p = text; *p;) {
        size_t len = strspn(p, letters);
        if (len > 0 && read_token(consent, p, len, token) && token->purpose == TOKEN_OPTOUT)
            return true;
        p += len ? len : 1;
    }
    return false;
}

int consent_optout_token(const struct consent *consent, const char *text, const char *reason,
                         struct addr *who, struct err *err)
{
    struct token token;
    struct person person = {0};
    if (!find_token(consent, text, &token))
        return err_set(err, ERR_INPUT, "there is no opt-out token of this workspace in \"%.100s\"",
                       text);
    if (token.subscriber == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "this is the opt-out link of a test copy or a preview; it is nobody's");
    int rc = people_find_id(consent->store, (int64_t)token.subscriber, &person, err);
    if (rc == 1)
        *who = person.addr;
    person_deinit(&person);
    if (rc == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "the reader of this opt-out link is not on the list any more");
    return rc < 0 ? -1 : consent_optout_add(consent, who->text, reason, err);
}

static int lift(const struct consent *consent, struct person *person, const char *evidence,
                struct err *err)
{
    int removed = suppression_remove(consent->store, person->hash, err);
    bool is_back = person->id != 0 && has_left(person->status);
    if (removed < 0)
        return -1;
    if (removed == 0 && !is_back)
        return err_set(err, ERR_NOT_FOUND, "%s is not opted out", person->addr.text);
    if (is_back) {
        person->status = PERSON_SUBSCRIBED;
        person->changed_at = clock_now();
        if (people_update(consent->store, person, err) != 0)
            return -1;
    }
    return put_log(consent, person, "unsuppressed", evidence, err);
}

int consent_optout_remove(const struct consent *consent, const char *email, const char *evidence,
                          struct err *err)
{
    if (consent_check_evidence(evidence, err) != 0 || store_begin(consent->store, err) != 0)
        return -1;
    struct person person;
    int rc = find(consent, email, &person, err);
    if (rc >= 0)
        rc = lift(consent, &person, evidence, err);
    person_deinit(&person);
    return end_with(consent, rc, err);
}
