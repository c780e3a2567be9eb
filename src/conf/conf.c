#include "conf/conf.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/mem.h"
#include "conf/key.h"
#include "conf/relay.h"
#include "conf/value.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX   32
#define FILE_BYTES_MAX (1 << 20)

// The file's sections as they were read. The relays' stay for conf_load_secrets.
struct conf_draft {
    struct conf_relay relays[DELIVERY_RELAYS_MAX];
    size_t relay_count;
    unsigned lines[SETTINGS_MAX]; // of each row of `settings`, 0: it is not there
};

static void set_text(const struct key_call *call, const char *value)
{
    *(const char **)key_field(call) = value;
}

static int set_lines(const struct key_call *call, const char *value, struct err *err)
{
    (void)err;
    set_text(call, value);
    return 0;
}

static int set_from(const struct key_call *call, const char *value, struct err *err)
{
    struct conf *conf = call->object;
    if (addr_parse(&conf->campaign.from, value, strlen(value), err) != 0)
        return -1;
    if (conf->campaign.from.needs_smtputf8)
        return err_set(err, ERR_CONFIG, "'%s': the sender's address must be ASCII before the @",
                       value);
    return 0;
}

static int set_reply_to(const struct key_call *call, const char *value, struct err *err)
{
    struct conf *conf = call->object;
    conf->campaign.has_reply_to = true;
    if (addr_parse(&conf->campaign.reply_to, value, strlen(value), err) != 0)
        return -1;
    if (conf->campaign.reply_to.needs_smtputf8)
        return err_set(err, ERR_CONFIG, "'%s': the reply address must be ASCII before the @",
                       value);
    return 0;
}

// RFC 2919 3: dot-atoms, at least one dot, at most 255 octets (LH-01).
static int set_list_id(const struct key_call *call, const char *value, struct err *err)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    if (value[n] || n == 0 || n > 255 || !strchr(value, '.') || value[0] == '.' ||
        value[n - 1] == '.' || strstr(value, ".."))
        return err_set(err, ERR_CONFIG, "'%s' is not a list id; write one like letters.example.org",
                       value);
    set_text(call, value);
    return 0;
}

// Not quoted: there may be a password in it.
static int not_web(const char *example, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "this is not a web address like %s (without a user name and password)", example);
}

static int set_website(const struct key_call *call, const char *value, struct err *err)
{
    struct value_url url;
    if (value_url(call->arena, value, &url, NULL) != 0 ||
        (strcmp(url.scheme, "https") != 0 && strcmp(url.scheme, "http") != 0))
        return not_web("https://example.org", err);
    set_text(call, value);
    return 0;
}

static int set_base_url(const struct key_call *call, const char *value, struct err *err)
{
    struct value_url url;
    if (value_url(call->arena, value, &url, NULL) != 0)
        return not_web("https://letters.example.org", err);
    bool is_local = strcmp(url.scheme, "http") == 0 && value_is_loopback(url.host);
    if (strcmp(url.scheme, "https") != 0 && !is_local) // UN-02
        return err_set(err, ERR_CONFIG,
                       "mail providers only take an opt-out address that begins with https://");
    if (value_check_host(url.host, err) != 0)
        return -1;
    if (strlen(value) > 200)
        return err_set(err, ERR_CONFIG, "the opt-out address is too long (200 bytes at most)");
    size_t n = strlen(value);
    while (n > 0 && value[n - 1] == '/')
        n--;
    set_text(call, arena_strndup(call->arena, value, n));
    return 0;
}

// The token has 48 octets at most; a local part has 64 (RFC 5321 4.5.3.1.1).
static int set_optout_mailto(const struct key_call *call, const char *value, struct err *err)
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
    set_text(call, value);
    return 0;
}

static int set_titles(const struct key_call *call, const char *value, struct err *err)
{
    (void)err;
    *(const char *const **)key_field(call) = value_list(call->arena, value);
    return 0;
}

static int set_zone(const struct key_call *call, const char *value, struct err *err)
{
    if (clock_set_zone(value, err) != 0)
        return -1;
    set_text(call, value);
    return 0;
}

// RFC 5646 2.1, its form only: a language of 2 to 8 letters, subtags of 1 to 8 letters and digits.
static bool is_language_tag(const char *tag)
{
    static const char alnum[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t n = strcspn(tag, "0123456789-");
    if (strlen(tag) > 35 || n < 2)
        return false;
    for (;;) {
        n = strspn(tag, alnum);
        if (n == 0 || n > 8)
            return false;
        if (!tag[n])
            return true;
        if (tag[n] != '-')
            return false;
        tag += n + 1;
    }
}

static int set_language(const struct key_call *call, const char *value, struct err *err)
{
    if (!is_language_tag(value))
        return err_set(err, ERR_CONFIG, "'%s' is not a language tag like en or pt-BR", value);
    set_text(call, value);
    return 0;
}

static int set_store_url(const struct key_call *call, const char *value, struct err *err)
{
    if (strncmp(value, "sqlite:", 7) != 0 || !value[7])
        return err_set(err, ERR_CONFIG, "this is not a store; write sqlite:var/hearten.db");
    set_text(call, value);
    return 0;
}

static int set_span(const struct key_call *call, const char *value, struct err *err)
{
    return clock_parse_span(value, key_field(call), err);
}

static int set_percent(const struct key_call *call, const char *value, struct err *err)
{
    int64_t n;
    size_t digits = strspn(value, "0123456789");
    if (strcmp(value + digits, "%") != 0 ||
        value_number(arena_strndup(call->arena, value, digits), 0, 100, &n, err) != 0)
        return err_set(err, ERR_CONFIG, "'%s' is not a share from 0%% to 100%%", value);
    *(int *)key_field(call) = (int)n;
    return 0;
}

static int set_retry(const struct key_call *call, const char *value, struct err *err)
{
    struct conf *conf = call->object;
    struct delivery_settings *s = &conf->delivery;
    const char *const *list = value_list(call->arena, value);
    for (s->retry_count = 0; list[s->retry_count]; s->retry_count++) {
        if (s->retry_count == DELIVERY_RETRIES_MAX)
            return err_set(err, ERR_CONFIG, "more than %d retries", DELIVERY_RETRIES_MAX);
        if (strpbrk(list[s->retry_count], " \t\n"))
            return err_set(err, ERR_CONFIG, "'%s' is not one time; put a comma between two",
                           list[s->retry_count]);
        if (clock_parse_span(list[s->retry_count], &s->retry[s->retry_count], err) != 0)
            return -1;
        if (s->retry[s->retry_count] < 1)
            return err_set(err, ERR_CONFIG, "a retry comes after 1s at the earliest");
    }
    return s->retry_count ? 0 : err_set(err, ERR_CONFIG, "no retry times; write 5m, 15m, 1h, 4h");
}

static int set_durability(const struct key_call *call, const char *value, struct err *err)
{
    static const char *const names[] = {"full", "process", NULL};
    struct conf *conf = call->object;
    int i;
    if (value_choice(value, names, &i, err) != 0)
        return -1;
    conf->store.is_full_sync = i == 0;
    return 0;
}

static int set_day(const struct key_call *call, const char *value, struct err *err)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday",  "wednesday",
                                        "thursday", "friday", "saturday", NULL};
    struct conf *conf = call->object;
    return value_choice(value, names, &conf->campaign.schedule_day, err);
}

static int set_time(const struct key_call *call, const char *value, struct err *err)
{
    struct conf *conf = call->object;
    struct civil civil;
    if (clock_parse_time(value, &civil, err) != 0)
        return -1;
    conf->campaign.schedule_hour = civil.hour;
    conf->campaign.schedule_minute = civil.minute;
    return 0;
}

#define CAMPAIGN(field) offsetof(struct conf, campaign.field)
#define DELIVERY(field) offsetof(struct conf, delivery.field)

static const struct key settings[] = {
    {"newsletter", "name", .set = key_set_line, .offset = CAMPAIGN(name)},
    {"newsletter", "from_name", .set = key_set_line, .offset = CAMPAIGN(from_name)},
    {"newsletter", "from_email", .set = set_from},
    {"newsletter", "reply_to", .set = set_reply_to},
    {"newsletter", "list_id", .set = set_list_id, .offset = CAMPAIGN(list_id)},
    {"newsletter", "postal_address", .set = set_lines, .offset = CAMPAIGN(postal_address),
     .is_folded = true},
    {"newsletter", "website", .set = set_website, .offset = CAMPAIGN(website)},
    {"newsletter", "language", .set = set_language, .offset = CAMPAIGN(language)},
    {"newsletter", "timezone", .set = set_zone, .offset = offsetof(struct conf, timezone)},
    {"store", "url", .set = set_store_url, .offset = offsetof(struct conf, store.url)},
    {"optout", "base_url", .set = set_base_url, .offset = CAMPAIGN(base_url)},
    {"optout", "mailto", .set = set_optout_mailto, .offset = CAMPAIGN(optout_mailto)},
    {"sections", "practice", .set = set_titles, .offset = CAMPAIGN(practice_titles),
     .is_folded = true},
    {"sections", "call", .set = set_titles, .offset = CAMPAIGN(call_titles), .is_folded = true},
    {"delivery", "retry", .set = set_retry, .is_folded = true},
    {"delivery", "give_up_after", .set = set_span, .offset = DELIVERY(give_up_after)},
    {"delivery", "brake_permanent", .set = set_percent, .offset = DELIVERY(brake_percent)},
    {"delivery", "durability", .set = set_durability},
    {"schedule", "day", .set = set_day},
    {"schedule", "time", .set = set_time},
    {"schedule", "not_after", .set = set_span, .offset = DELIVERY(not_after)},
};
_Static_assert(COUNT_OF(settings) <= SETTINGS_MAX, "a line for each setting");

// The line that a setting stands in, 0 when it does not.
static unsigned line_of(const struct conf *conf, const char *section, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            return conf->draft->lines[i];
    return 0;
}

// --- sections ------------------------------------------------------------------------------------

static bool is_relay(const char *section)
{
    return strcmp(section, "relay") == 0 || strncmp(section, "relay ", 6) == 0;
}

// The relay of the section; the first line of a new name makes one.
static struct conf_relay *find_relay(struct conf *conf, const struct ini_item *item,
                                     struct err *err)
{
    struct conf_draft *d = conf->draft;
    const char *name = item->section + strlen("relay");
    name += strspn(name, " ");
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (n == 0 || name[n]) {
        err_set(err, ERR_CONFIG,
                "[%s]: give the relay a name of letters and digits, like [relay main]",
                item->section);
        return NULL;
    }
    for (size_t i = 0; i < d->relay_count; i++)
        if (strcmp(d->relays[i].settings.name, name) == 0)
            return &d->relays[i];
    if (d->relay_count == DELIVERY_RELAYS_MAX) {
        err_set(err, ERR_CONFIG, "more than %d relays", DELIVERY_RELAYS_MAX);
        return NULL;
    }
    struct conf_relay *relay = &d->relays[d->relay_count++];
    conf_relay_init(relay, arena_strdup(conf->arena, name), conf->path, item->line);
    return relay;
}

static int relay_item(struct conf *conf, const struct ini_item *item, struct err *err)
{
    struct conf_relay *relay = find_relay(conf, item, err);
    if (!relay)
        return -1;
    return *item->name ? conf_relay_set(relay, conf->arena, item, err) : 0;
}

static int check_section(const char *section, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].section, section) == 0)
            return 0;
    return err_set(err, ERR_CONFIG,
                   "unknown section [%s]; the sections are newsletter, store, relay NAME, optout, "
                   "sections, delivery, schedule",
                   section);
}

static int plain_item(struct conf *conf, const struct ini_item *item, struct err *err)
{
    if (!*item->section)
        return err_set(err, ERR_CONFIG,
                       "'%s' stands before the first section; it belongs below a line like "
                       "[newsletter]",
                       item->name);
    if (!*item->name)
        return check_section(item->section, err);
    struct key_target target = {.object = conf,
                                .arena = conf->arena,
                                .section = item->section,
                                .lines = conf->draft->lines};
    return key_apply(settings, COUNT_OF(settings), &target, item, err);
}

static int on_item(void *arg, const struct ini_item *item, struct err *err)
{
    struct conf *conf = arg;
    if ((is_relay(item->section) ? relay_item : plain_item)(conf, item, err) == 0)
        return 0;
    err->kind = ERR_CONFIG;
    return err_prefix(err, "%s:%u", item->where, item->line);
}

// --- the whole -----------------------------------------------------------------------------------

static void set_defaults(struct conf *c, const char *root)
{
    static const char *const practice[] = {"Your Gentle Practice This Week", NULL};
    static const char *const call[] = {"Your Call to Healing", NULL};
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
                                             .brake_percent = 5,
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

static void publish_relays(struct conf *conf)
{
    struct conf_draft *d = conf->draft;
    struct relay_settings *all = arena_alloc(conf->arena, (d->relay_count + 1) * sizeof *all);
    for (size_t i = 0; i < d->relay_count; i++)
        all[i] = d->relays[i].settings;
    conf->delivery.relays = all;
    conf->delivery.relay_count = d->relay_count;
}

static int finish_relays(struct conf *conf, struct err *err)
{
    struct conf_draft *d = conf->draft;
    for (size_t i = 0; i < d->relay_count; i++)
        if (conf_relay_check(&d->relays[i], conf->arena, conf->campaign.root, err) != 0)
            return -1;
    if (d->relay_count)
        qsort(d->relays, d->relay_count, sizeof *d->relays, by_priority);
    publish_relays(conf);
    return 0;
}

static int check_times(const struct conf *conf, struct err *err)
{
    const struct delivery_settings *s = &conf->delivery;
    if (s->give_up_after >= s->retry[0])
        return 0;
    unsigned line = line_of(conf, "delivery", "give_up_after");
    if (!line)
        line = line_of(conf, "delivery", "retry");
    return err_set(err, ERR_CONFIG,
                   "%s:%u: give_up_after is shorter than the first retry, so nobody would be tried "
                   "again",
                   conf->path, line);
}

static int finish(struct conf *conf, struct err *err)
{
    struct campaign_settings *s = &conf->campaign;
    if (!*s->name)
        return err_set(err, ERR_CONFIG, "%s: [newsletter] name is missing", conf->path);
    if (!*s->from.wire)
        return err_set(err, ERR_CONFIG, "%s: [newsletter] from_email is missing", conf->path);
    if (!*s->from_name)
        s->from_name = s->name;
    if (!s->list_id) {
        char id[ADDR_MAX + 16];
        snprintf(id, sizeof id, "newsletter.%s", addr_domain(&s->from));
        s->list_id = arena_strdup(conf->arena, id);
    }
    if (check_times(conf, err) != 0)
        return -1;
    return finish_relays(conf, err);
}

static char *in_workspace(struct arena *arena, const char *root, const char *name)
{
    char *path = file_join(root, name), *kept = arena_strdup(arena, path);
    free(path);
    return kept;
}

static struct conf *new_conf(const char *root)
{
    struct arena *arena = arena_new();
    struct conf *conf = arena_alloc(arena, sizeof *conf);
    conf->arena = arena;
    conf->draft = arena_alloc(arena, sizeof *conf->draft);
    conf->path = in_workspace(arena, root, "config/hearten.ini");
    set_defaults(conf, arena_strdup(arena, root));
    conf->delivery.run_dir = in_workspace(arena, root, "var/run");
    conf->keys_dir = in_workspace(arena, root, "var/keys");
    return conf;
}

static int read_file(struct conf *conf, struct err *err)
{
    struct buf text;
    buf_init(&text, FILE_BYTES_MAX + 1);
    int rc = file_read(conf->path, FILE_BYTES_MAX, &text, err);
    if (rc != 0 && err->kind != ERR_NOT_FOUND)
        err->kind = ERR_CONFIG;
    if (rc == 0)
        rc = ini_read(text.data, text.len, conf->path, 1, on_item, conf, err);
    buf_deinit(&text);
    return rc;
}

int conf_load(const char *root, struct conf **out, struct err *err)
{
    struct conf *conf = new_conf(root);
    *out = NULL;
    if (clock_set_zone(conf->timezone, err) != 0 || read_file(conf, err) != 0 ||
        finish(conf, err) != 0) {
        conf_free(&conf);
        return -1;
    }
    *out = conf;
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
    struct conf_draft *d = conf->draft;
    if (d->relay_count == 0)
        return err_set(err, ERR_CONFIG,
                       "%s: no [relay NAME] section, so there is nowhere to send to; add one with "
                       "url = smtp://host:587",
                       conf->path);
    for (size_t i = 0; i < d->relay_count; i++)
        if (conf_relay_secret(&d->relays[i], conf->arena, conf->campaign.root, err) != 0)
            return -1;
    publish_relays(conf);
    return 0;
}
