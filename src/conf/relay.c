#include "conf/relay.h"

#include "base/file.h"
#include "base/mem.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

enum relay_key {
    KEY_URL,
    KEY_USERNAME,
    KEY_PASSWORD_FILE,
    KEY_PASSWORD_ENV,
    KEY_TLS,
    KEY_CA_FILE,
    KEY_PRIORITY,
    KEY_CONNECTIONS,
    KEY_MESSAGES_PER_CONNECTION,
    KEY_EHLO_NAME,
    KEY_DISABLE,
    KEY_CONNECT_TIMEOUT,
    KEY_REPLY_TIMEOUT,
    KEY_DATA_TIMEOUT,
    RELAY_KEYS
};
static const char *const key_names[] = {"url",
                                        "username",
                                        "password_file",
                                        "password_env",
                                        "tls",
                                        "ca_file",
                                        "priority",
                                        "connections",
                                        "messages_per_connection",
                                        "ehlo_name",
                                        "disable",
                                        "connect_timeout_ms",
                                        "reply_timeout_ms",
                                        "data_timeout_ms",
                                        NULL};
_Static_assert(COUNT_OF(key_names) == RELAY_KEYS + 1, "a name for each key");

static int set_number(const char *text, int64_t max, int *out, struct err *err)
{
    int64_t n;
    if (value_number(text, max == 100 ? 1 : 0, max, &n, err) != 0)
        return -1;
    *out = (int)n;
    return 0;
}

static int set_ehlo_name(struct relay_settings *s, const char *name, struct err *err)
{
    for (const char *p = name; *p; p++) // IA-04
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *p))
            return err_set(err, ERR_CONFIG, "'%s' is not a host name", name);
    s->ehlo_name = name;
    return 0;
}

static int check_disable(struct arena *arena, const char *value, struct err *err)
{
    static const char *const known[] = {"PIPELINING",          "CHUNKING", "SIZE", "8BITMIME",
                                        "ENHANCEDSTATUSCODES", "SMTPUTF8", "DSN",  NULL};
    const char *const *list = value_list(arena, value);
    for (int ignored; *list; list++)
        if (value_choice(*list, known, &ignored, err) != 0)
            return -1;
    return 0;
}

static int set_timeout(const char *text, int64_t *out, struct err *err)
{
    return value_number(text, 1, 3600000, out, err);
}

static int set_key(struct conf_relay *relay, struct arena *arena, enum relay_key key,
                   const char *value, struct err *err)
{
    static const char *const tls_names[] = {"required", "opportunistic", "none", NULL};
    struct relay_settings *s = &relay->settings;
    int tls;
    switch (key) {
    case KEY_URL:
        s->url = value;
        return 0;
    case KEY_USERNAME:
        s->username = value;
        return 0;
    case KEY_PASSWORD_FILE:
        relay->password_file = value;
        return 0;
    case KEY_PASSWORD_ENV:
        relay->password_env = value;
        return 0;
    case KEY_TLS:
        if (value_choice(value, tls_names, &tls, err) != 0)
            return -1;
        s->tls = (enum relay_tls)tls;
        relay->has_tls = true;
        return 0;
    case KEY_CA_FILE:
        s->ca_file = value;
        return 0;
    case KEY_PRIORITY:
        return set_number(value, 1000, &relay->priority, err);
    case KEY_CONNECTIONS:
        return set_number(value, 100, &s->connections, err);
    case KEY_MESSAGES_PER_CONNECTION:
        return set_number(value, 1000000, &s->messages_per_connection, err);
    case KEY_EHLO_NAME:
        return set_ehlo_name(s, value, err);
    case KEY_DISABLE:
        s->disable = value;
        return check_disable(arena, value, err);
    case KEY_CONNECT_TIMEOUT:
        return set_timeout(value, &s->connect_timeout_ms, err);
    case KEY_REPLY_TIMEOUT:
        return set_timeout(value, &s->reply_timeout_ms, err);
    case KEY_DATA_TIMEOUT:
        return set_timeout(value, &s->data_timeout_ms, err);
    case RELAY_KEYS:
        break;
    }
    return 0;
}

int conf_relay_set(struct conf_relay *relay, struct arena *arena, const struct ini_item *item,
                   struct err *err)
{
    int key = 0;
    while (key < RELAY_KEYS && strcmp(key_names[key], item->name) != 0)
        key++;
    if (key == RELAY_KEYS)
        return value_unknown_key(item, key_names, RELAY_KEYS, err);
    if (relay->given >> key & 1)
        return err_set(err, ERR_CONFIG, "'%s' stands twice in [%s]", item->name, item->section);
    relay->given |= 1u << key;
    if (set_key(relay, arena, (enum relay_key)key, arena_strdup(arena, item->value), err) != 0)
        return err_prefix(err, "%s", item->name);
    return 0;
}

int conf_relay_check(struct conf_relay *relay, struct arena *arena, struct err *err)
{
    struct relay_settings *s = &relay->settings;
    struct value_url url;
    if (!s->url)
        return err_set(err, ERR_CONFIG, "[relay %s] has no url; write url = smtp://host:587",
                       s->name);
    bool is_url = value_url(arena, s->url, &url, NULL) == 0;
    bool is_smtps = is_url && strcmp(url.scheme, "smtps") == 0;
    if (!is_url || (!is_smtps && strcmp(url.scheme, "smtp") != 0) ||
        (*url.rest && strcmp(url.rest, "/") != 0))
        return err_set(err, ERR_CONFIG,
                       "[relay %s] url: '%s' is not an address like smtp://host:587 or "
                       "smtps://host:465",
                       s->name, s->url);
    s->host = url.host;
    bool is_local = value_is_loopback(url.host);
    if (!relay->has_tls)
        s->tls = is_local && !is_smtps && !s->username ? RELAY_TLS_NONE : RELAY_TLS_REQUIRED;
    if (s->tls == RELAY_TLS_NONE && !is_local)
        return err_set(
            err, ERR_CONFIG,
            "[relay %s] tls = none is only for a relay on this machine; write tls = required",
            s->name);
    if (s->username && s->tls != RELAY_TLS_REQUIRED && !is_smtps && !is_local)
        return err_set(err, ERR_CONFIG,
                       "[relay %s] has a username, so it needs tls = required: a password must not "
                       "travel in the clear",
                       s->name);
    if (relay->password_file && relay->password_env)
        return err_set(err, ERR_CONFIG,
                       "[relay %s] has both password_file and password_env; keep one", s->name);
    if (s->username && !relay->password_file && !relay->password_env)
        return err_set(err, ERR_CONFIG,
                       "[relay %s] has a username but no password_file or password_env", s->name);
    if (!s->username && (relay->password_file || relay->password_env))
        return err_set(err, ERR_CONFIG, "[relay %s] has a password but no username", s->name);
    return 0;
}

int conf_relay_secret(struct conf_relay *relay, const char *root, struct arena *arena,
                      struct err *err)
{
    struct relay_settings *s = &relay->settings;
    if (relay->password_env) {
        const char *value = getenv(relay->password_env);
        if (!value || !*value)
            return err_set(
                err, ERR_CONFIG,
                "[relay %s] password_env: the environment has no %s; set it where hearten "
                "is started, for cron in the crontab",
                s->name, relay->password_env);
        s->password = arena_strdup(arena, value);
    }
    if (relay->password_file) {
        char *path = file_join(root, relay->password_file);
        struct buf text;
        buf_init(&text, 128 << 10);
        int rc = file_read(path, 4096, &text, err);
        free(path);
        if (rc == 0)
            s->password = arena_strndup(arena, text.data, strcspn(text.data, "\r\n"));
        buf_deinit(&text);
        if (rc != 0) {
            err->kind = ERR_CONFIG;
            return err_prefix(err, "[relay %s] password_file", s->name);
        }
    }
    return 0;
}
