#include "conf/conf.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/mem.h"
#include "conf/relay.h"
#include "conf/value.h"
#include "mail/line.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Everything that is read before it is put together: only a faultless file becomes a conf.
struct draft {
    struct arena *arena;
    struct conf *conf;
    struct conf_relay relays[DELIVERY_RELAYS_MAX];
    struct relay_settings *sorted;
    size_t relay_count;
    unsigned long given; // a bit for each row of `settings`
    bool has_from;
};

// The drafts of the relays stay beside the conf, for conf_load_secrets.
struct kept {
    struct conf conf;
    struct draft draft;
};

struct setting {
    const char *section, *name;
    int (*set)(struct draft *draft, const char *value, size_t offset, struct err *err);
    size_t offset; // of the field in struct conf
};

static const char **text_field(struct draft *d, size_t offset)
{
    return (const char **)(void *)((char *)d->conf + offset);
}

static int set_line(struct draft *d, const char *value, size_t offset, struct err *err)
{
    if (line_check("the value", value, strlen(value), 900, err) != 0)
        return -1;
    *text_field(d, offset) = value;
    return 0;
}

static int set_lines(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)err;
    *text_field(d, offset) = value;
    return 0;
}

static int set_from(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)offset;
    d->has_from = true;
    if (addr_parse(&d->conf->campaign.from, value, strlen(value), err) != 0)
        return -1;
    if (d->conf->campaign.from.needs_smtputf8)
        return err_set(err, ERR_CONFIG, "'%s': the sender's address must be ASCII before the @",
                       value);
    return 0;
}

static int set_reply_to(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)offset;
    d->conf->campaign.has_reply_to = true;
    if (addr_parse(&d->conf->campaign.reply_to, value, strlen(value), err) != 0)
        return -1;
    if (d->conf->campaign.reply_to.needs_smtputf8)
        return err_set(err, ERR_CONFIG, "'%s': the reply address must be ASCII before the @",
                       value);
    return 0;
}

// RFC 2919 3: dot-atoms, at least one dot, at most 255 octets (LH-01).
static int set_list_id(struct draft *d, const char *value, size_t offset, struct err *err)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    if (value[n] || n == 0 || n > 255 || !strchr(value, '.') || value[0] == '.' ||
        value[n - 1] == '.' || strstr(value, ".."))
        return err_set(err, ERR_CONFIG, "'%s' is not a list id; write one like letters.example.org",
                       value);
    *text_field(d, offset) = value;
    return 0;
}

static int set_website(struct draft *d, const char *value, size_t offset, struct err *err)
{
    struct value_url url;
    if (value_url(d->arena, value, &url, NULL) != 0 ||
        (strcmp(url.scheme, "https") != 0 && strcmp(url.scheme, "http") != 0))
        return err_set(err, ERR_CONFIG, "'%s' is not a web address like https://example.org",
                       value);
    *text_field(d, offset) = value;
    return 0;
}

static int set_base_url(struct draft *d, const char *value, size_t offset, struct err *err)
{
    struct value_url url;
    if (value_url(d->arena, value, &url, NULL) != 0)
        return err_set(err, ERR_CONFIG,
                       "'%s' is not a web address like https://letters.example.org", value);
    bool is_local = strcmp(url.scheme, "http") == 0 && value_is_loopback(url.host);
    if (strcmp(url.scheme, "https") != 0 && !is_local) // UN-02
        return err_set(
            err, ERR_CONFIG,
            "'%s': mail providers only take an opt-out address that begins with https://", value);
    if (strlen(value) > 200)
        return err_set(err, ERR_CONFIG, "the opt-out address is too long (200 bytes at most)");
    size_t n = strlen(value);
    while (n > 0 && value[n - 1] == '/')
        n--;
    *text_field(d, offset) = arena_strndup(d->arena, value, n);
    return 0;
}

// The token has 48 octets at most; a local part has 64 (RFC 5321 4.5.3.1.1).
static int set_optout_mailto(struct draft *d, const char *value, size_t offset, struct err *err)
{
    char filled[ADDR_MAX + 64];
    const char *slot = strstr(value, "{token}");
    int before = slot ? (int)(slot - value) : (int)strlen(value);
    int n = snprintf(filled, sizeof filled, "%.*s%s%s", before, value,
                     slot ? "234567234567234567234567234567234567234567234567" : "",
                     slot ? slot + 7 : "");
    struct addr addr;
    if (n < 0 || n >= (int)sizeof filled || strpbrk(filled, "{}") ||
        addr_parse(&addr, filled, (size_t)n, err) != 0 || addr.needs_smtputf8)
        return err_set(
            err, ERR_CONFIG,
            "'%s' is not an address like unsubscribe+{token}@example.org (with the token "
            "filled in, at most 64 octets before the @)",
            value);
    *text_field(d, offset) = value;
    return 0;
}

static int set_titles(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)err;
    const char *const **field = (const char *const **)(void *)((char *)d->conf + offset);
    *field = value_list(d->arena, value);
    return 0;
}

static int set_zone(struct draft *d, const char *value, size_t offset, struct err *err)
{
    if (clock_set_zone(value, err) != 0)
        return -1;
    *text_field(d, offset) = value;
    return 0;
}

static int set_language(struct draft *d, const char *value, size_t offset, struct err *err)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    if (value[n] || n < 2 || n > 35)
        return err_set(err, ERR_CONFIG, "'%s' is not a language tag like en or pt-BR", value);
    *text_field(d, offset) = value;
    return 0;
}

static int set_store_url(struct draft *d, const char *value, size_t offset, struct err *err)
{
    if (strncmp(value, "sqlite:", 7) != 0 || !value[7])
        return err_set(err, ERR_CONFIG, "'%s' is not a store; write sqlite:var/hearten.db", value);
    *text_field(d, offset) = value;
    return 0;
}

static int set_span(struct draft *d, const char *value, size_t offset, struct err *err)
{
    return clock_parse_span(value, (int64_t *)(void *)((char *)d->conf + offset), err);
}

static int set_retry(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)offset;
    struct delivery_settings *s = &d->conf->delivery;
    const char *const *list = value_list(d->arena, value);
    for (s->retry_count = 0; list[s->retry_count]; s->retry_count++) {
        if (s->retry_count == DELIVERY_RETRIES_MAX)
            return err_set(err, ERR_CONFIG, "more than %d retries", DELIVERY_RETRIES_MAX);
        if (clock_parse_span(list[s->retry_count], &s->retry[s->retry_count], err) != 0)
            return -1;
        if (s->retry[s->retry_count] < 1)
            return err_set(err, ERR_CONFIG, "a retry comes after 1s at the earliest");
    }
    return s->retry_count ? 0 : err_set(err, ERR_CONFIG, "no retry times; write 5m, 15m, 1h, 4h");
}

static int set_durability(struct draft *d, const char *value, size_t offset, struct err *err)
{
    static const char *const names[] = {"full", "process", NULL};
    (void)offset;
    int i;
    if (value_choice(value, names, &i, err) != 0)
        return -1;
    d->conf->store.is_full_sync = i == 0;
    return 0;
}

static int set_day(struct draft *d, const char *value, size_t offset, struct err *err)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday",  "wednesday",
                                        "thursday", "friday", "saturday", NULL};
    (void)offset;
    return value_choice(value, names, &d->conf->campaign.schedule_day, err);
}

static int set_time(struct draft *d, const char *value, size_t offset, struct err *err)
{
    (void)offset;
    struct civil civil;
    if (clock_parse_time(value, &civil, err) != 0)
        return -1;
    d->conf->campaign.schedule_hour = civil.hour;
    d->conf->campaign.schedule_minute = civil.minute;
    return 0;
}

#define CAMPAIGN(field) offsetof(struct conf, campaign.field)
#define DELIVERY(field) offsetof(struct conf, delivery.field)

static const struct setting settings[] = {
    {"newsletter", "name", set_line, CAMPAIGN(name)},
    {"newsletter", "from_name", set_line, CAMPAIGN(from_name)},
    {"newsletter", "from_email", set_from, 0},
    {"newsletter", "reply_to", set_reply_to, 0},
    {"newsletter", "list_id", set_list_id, CAMPAIGN(list_id)},
    {"newsletter", "postal_address", set_lines, CAMPAIGN(postal_address)},
    {"newsletter", "website", set_website, CAMPAIGN(website)},
    {"newsletter", "language", set_language, CAMPAIGN(language)},
    {"newsletter", "timezone", set_zone, offsetof(struct conf, timezone)},
    {"store", "url", set_store_url, offsetof(struct conf, store.url)},
    {"optout", "base_url", set_base_url, CAMPAIGN(base_url)},
    {"optout", "mailto", set_optout_mailto, CAMPAIGN(optout_mailto)},
    {"sections", "practice", set_titles, CAMPAIGN(practice_titles)},
    {"sections", "call", set_titles, CAMPAIGN(call_titles)},
    {"delivery", "retry", set_retry, 0},
    {"delivery", "give_up_after", set_span, DELIVERY(give_up_after)},
    {"delivery", "durability", set_durability, 0},
    {"schedule", "day", set_day, 0},
    {"schedule", "time", set_time, 0},
    {"schedule", "not_after", set_span, DELIVERY(not_after)},
};
_Static_assert(COUNT_OF(settings) <= 8 * sizeof(unsigned long), "a bit for each setting");

// --- sections ------------------------------------------------------------------------------------

static int relay_item(struct draft *d, const struct ini_item *item, struct err *err)
{
    const char *name = item->section + strlen("relay");
    name += strspn(name, " ");
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (n == 0 || name[n])
        return err_set(err, ERR_CONFIG,
                       "[%s]: give the relay a name of letters and digits, like [relay main]",
                       item->section);
    struct conf_relay *relay = NULL;
    for (size_t i = 0; i < d->relay_count; i++)
        if (strcmp(d->relays[i].settings.name, name) == 0)
            relay = &d->relays[i];
    if (!relay && d->relay_count == DELIVERY_RELAYS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d relays", DELIVERY_RELAYS_MAX);
    if (!relay) {
        relay = &d->relays[d->relay_count++];
        *relay = (struct conf_relay){.settings = {.name = arena_strdup(d->arena, name),
                                                  .tls = RELAY_TLS_REQUIRED,
                                                  .connections = 4,
                                                  .connect_timeout_ms = 300000,
                                                  .reply_timeout_ms = 300000,
                                                  .data_timeout_ms = 600000},
                                     .priority = 10,
                                     .line = item->line};
    }
    return conf_relay_set(relay, d->arena, item, err);
}

static int unknown(const struct ini_item *item, struct err *err)
{
    const char *names[COUNT_OF(settings)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].section, item->section) == 0)
            names[count++] = settings[i].name;
    if (count > 0)
        return value_unknown_key(item, names, count, err);
    if (!*item->section)
        return err_set(err, ERR_CONFIG,
                       "'%s' stands before the first section; it belongs below a line like "
                       "[newsletter]",
                       item->name);
    return err_set(err, ERR_CONFIG,
                   "unknown section [%s]; the sections are newsletter, store, relay NAME, optout, "
                   "sections, delivery, schedule",
                   item->section);
}

static int plain_item(struct draft *d, const struct ini_item *item, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];
        if (strcmp(s->section, item->section) != 0 || strcmp(s->name, item->name) != 0)
            continue;
        if (d->given >> i & 1)
            return err_set(err, ERR_CONFIG, "'%s' stands twice in [%s]", item->name, item->section);
        d->given |= 1ul << i;
        if (!*item->value)
            return 0; // as if it were not there
        if (s->set(d, arena_strdup(d->arena, item->value), s->offset, err) != 0)
            return err_prefix(err, "%s", item->name);
        return 0;
    }
    return unknown(item, err);
}

static int on_item(void *arg, const struct ini_item *item, struct err *err)
{
    struct draft *d = arg;
    if (!*item->name)
        return 0;
    bool is_relay = strcmp(item->section, "relay") == 0 || strncmp(item->section, "relay ", 6) == 0;
    if ((is_relay ? relay_item(d, item, err) : plain_item(d, item, err)) == 0)
        return 0;
    err->kind = ERR_CONFIG;
    return err_prefix(err, "%s:%u", item->where, item->line);
}

// --- the whole -----------------------------------------------------------------------------------

static void set_defaults(struct draft *d, const char *root)
{
    static const char *const practice[] = {"Your Gentle Practice This Week", NULL};
    static const char *const call[] = {"Your Call to Healing", NULL};
    struct conf *c = d->conf;
    c->campaign = (struct campaign_settings){.root = root,
                                             .name = "",
                                             .from_name = "",
                                             .postal_address = "",
                                             .website = "",
                                             .language = "en",
                                             .base_url = "",
                                             .optout_mailto = "",
                                             .practice_titles = practice,
                                             .call_titles = call,
                                             .schedule_day = -1,
                                             .schedule_hour = 9};
    c->delivery = (struct delivery_settings){.retry = {300, 900, 3600, 14400},
                                             .retry_count = 4,
                                             .give_up_after = 86400,
                                             .lease = 900,
                                             .not_after = 86400};
    c->store =
        (struct store_settings){.url = "sqlite:var/hearten.db", .root = root, .is_full_sync = true};
    c->timezone = "UTC";
}

static int by_priority(const void *a, const void *b)
{
    const struct conf_relay *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

// From the workspace, wherever the program was started.
static int find_ca_file(struct draft *d, struct conf_relay *relay, struct err *err)
{
    if (!relay->settings.ca_file)
        return 0;
    char *path = file_join(d->conf->campaign.root, relay->settings.ca_file);
    bool found = file_is_file(path);
    relay->settings.ca_file = arena_strdup(d->arena, path);
    free(path);
    return found ? 0
                 : err_set(err, ERR_CONFIG, "[relay %s] ca_file %s is not there",
                           relay->settings.name, relay->settings.ca_file);
}

static int check_relays(struct draft *d, struct err *err)
{
    for (size_t i = 0; i < d->relay_count; i++)
        if (conf_relay_check(&d->relays[i], d->arena, err) != 0)
            return err_prefix(err, "%s:%u", d->conf->path, d->relays[i].line);
    for (size_t i = 0; i < d->relay_count; i++)
        if (find_ca_file(d, &d->relays[i], err) != 0)
            return err_prefix(err, "%s:%u", d->conf->path, d->relays[i].line);
    if (d->relay_count)
        qsort(d->relays, d->relay_count, sizeof *d->relays, by_priority);
    return 0;
}

static void publish_relays(struct draft *d)
{
    struct relay_settings *all = arena_alloc(d->arena, (d->relay_count + 1) * sizeof *all);
    for (size_t i = 0; i < d->relay_count; i++)
        all[i] = d->relays[i].settings;
    d->conf->delivery.relays = all;
    d->conf->delivery.relay_count = d->relay_count;
}

static int finish(struct draft *d, struct err *err)
{
    struct conf *c = d->conf;
    struct campaign_settings *s = &c->campaign;
    if (!*s->name)
        return err_set(err, ERR_CONFIG, "%s: [newsletter] name is missing", c->path);
    if (!d->has_from)
        return err_set(err, ERR_CONFIG, "%s: [newsletter] from_email is missing", c->path);
    if (!*s->from_name)
        s->from_name = s->name;
    if (!s->list_id) {
        char id[ADDR_MAX + 16];
        snprintf(id, sizeof id, "newsletter.%s", addr_domain(&s->from));
        s->list_id = arena_strdup(d->arena, id);
    }
    if (check_relays(d, err) != 0)
        return -1;
    publish_relays(d);
    return 0;
}

int conf_load(const char *root, struct conf **out, struct err *err)
{
    struct arena *arena = arena_new();
    struct kept *kept = arena_alloc(arena, sizeof *kept);
    struct draft *d = &kept->draft;
    struct buf text;
    *out = NULL;
    d->arena = arena;
    d->conf = &kept->conf;
    d->conf->arena = arena;
    char *path = file_join(root, "config/hearten.ini");
    char *run_dir = file_join(root, "var/run"), *keys_dir = file_join(root, "var/keys");
    d->conf->path = arena_strdup(arena, path);
    set_defaults(d, arena_strdup(arena, root));
    d->conf->delivery.run_dir = arena_strdup(arena, run_dir);
    d->conf->keys_dir = arena_strdup(arena, keys_dir);
    buf_init(&text, 2 << 20);
    int rc = clock_set_zone("UTC", err);
    if (rc == 0)
        rc = file_read(path, 1 << 20, &text, err);
    if (rc == 0)
        rc = ini_read(text.data, text.len, d->conf->path, 1, on_item, d, err);
    if (rc == 0)
        rc = finish(d, err);
    buf_deinit(&text);
    free(path);
    free(run_dir);
    free(keys_dir);
    if (rc != 0) {
        arena_free(&arena);
        return -1;
    }
    *out = d->conf;
    return 0;
}

void conf_free(struct conf **conf)
{
    if (!*conf)
        return;
    struct arena *arena = (*conf)->arena; // the conf itself lives in it
    arena_free(&arena);
    *conf = NULL;
}

int conf_load_secrets(struct conf *conf, struct err *err)
{
    struct kept *kept = (struct kept *)(void *)((char *)conf - offsetof(struct kept, conf));
    struct draft *d = &kept->draft;
    if (d->relay_count == 0)
        return err_set(err, ERR_CONFIG,
                       "%s: no [relay NAME] section, so there is nowhere to send to; add one with "
                       "url = smtp://host:587",
                       conf->path);
    for (size_t i = 0; i < d->relay_count; i++)
        if (conf_relay_secret(&d->relays[i], conf->campaign.root, d->arena, err) != 0)
            return err_prefix(err, "%s:%u", conf->path, d->relays[i].line);
    publish_relays(d);
    return 0;
}
