#include "conf/relay.h"

#include "base/file.h"
#include "base/mem.h"
#include "conf/key.h"
#include "conf/value.h"
#include "mail/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define USERNAME_MAX 255
#define PASSWORD_MAX 4096

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

// --- keys ----------------------------------------------------------------------------------------

static int set_url(const struct key_call *call, const char *value, struct err *err)
{
    struct conf_relay *relay = call->object;
    struct value_url url;
    if (strchr(value, '@'))
        return err_set(err, ERR_CONFIG,
                       "it holds a user name or password; they have keys of their own: username, "
                       "password_file");
    if (value_url(call->arena, value, &url, err) != 0)
        return -1;
    relay->is_smtps = strcmp(url.scheme, "smtps") == 0;
    if ((!relay->is_smtps && strcmp(url.scheme, "smtp") != 0) ||
        (*url.rest && strcmp(url.rest, "/") != 0))
        return err_set(err, ERR_CONFIG,
                       "this is not an address like smtp://host:587 or smtps://host:465");
    relay->settings.url = value;
    relay->settings.host = url.host;
    return value_check_host(url.host, err);
}

static int set_username(const struct key_call *call, const char *value, struct err *err)
{
    struct conf_relay *relay = call->object;
    relay->settings.username = value;
    return line_check("the value", value, strlen(value), USERNAME_MAX, err);
}

static int set_tls(const struct key_call *call, const char *value, struct err *err)
{
    static const char *const names[] = {"required", "opportunistic", "none", NULL};
    struct conf_relay *relay = call->object;
    int tls;
    if (value_choice(value, names, &tls, err) != 0)
        return -1;
    relay->settings.tls = (enum relay_tls)tls;
    relay->has_tls = true;
    return 0;
}

static bool is_address_literal(const char *name)
{
    char inside[INET6_ADDRSTRLEN];
    struct in6_addr addr;
    size_t n = strlen(name);
    bool is_v6 = strncasecmp(name, "[IPv6:", 6) == 0;
    const char *start = name + (is_v6 ? 6 : 1);
    if (*name != '[' || name[n - 1] != ']' || start >= name + n - 1 ||
        (size_t)(name + n - 1 - start) >= sizeof inside)
        return false;
    memcpy(inside, start, (size_t)(name + n - 1 - start));
    inside[name + n - 1 - start] = '\0';
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, inside, &addr) == 1;
}

// IA-04. RFC 5321 4.1.3: a bare address is no name.
static int set_ehlo_name(const struct key_call *call, const char *value, struct err *err)
{
    struct in6_addr addr;
    struct conf_relay *relay = call->object;
    relay->settings.ehlo_name = value;
    bool is_v6 = inet_pton(AF_INET6, value, &addr) == 1;
    if (is_v6 || inet_pton(AF_INET, value, &addr) == 1)
        return err_set(err, ERR_CONFIG, "an address stands in brackets: [%s%s]",
                       is_v6 ? "IPv6:" : "", value);
    if (is_address_literal(value))
        return 0;
    return value_check_host(value, err);
}

static int set_disable(const struct key_call *call, const char *value, struct err *err)
{
    static const char *const known[] = {"PIPELINING",          "CHUNKING", "SIZE", "8BITMIME",
                                        "ENHANCEDSTATUSCODES", "SMTPUTF8", "DSN",  NULL};
    struct conf_relay *relay = call->object;
    const char *const *list = value_list(call->arena, value);
    for (int ignored; *list; list++)
        if (value_choice(*list, known, &ignored, err) != 0)
            return -1;
    relay->settings.disable = value;
    return 0;
}

static int set_timeout(const struct key_call *call, const char *value, struct err *err)
{
    return value_number(value, call->key->min, call->key->max, key_field(call), err);
}

#define FIELD(field)    offsetof(struct conf_relay, field)
#define SETTINGS(field) offsetof(struct conf_relay, settings.field)
#define HOUR_MS         3600000

static const struct key keys[] = {
    [KEY_URL] = {"relay", "url", .set = set_url},
    [KEY_USERNAME] = {"relay", "username", .set = set_username},
    [KEY_PASSWORD_FILE] = {"relay", "password_file", .set = key_set_line,
                           .offset = FIELD(password_file)},
    [KEY_PASSWORD_ENV] = {"relay", "password_env", .set = key_set_line,
                          .offset = FIELD(password_env)},
    [KEY_TLS] = {"relay", "tls", .set = set_tls},
    [KEY_CA_FILE] = {"relay", "ca_file", .set = key_set_line, .offset = SETTINGS(ca_file)},
    [KEY_PRIORITY] = {"relay", "priority", .set = key_set_number, .offset = FIELD(priority),
                      .min = 0, .max = 1000},
    [KEY_CONNECTIONS] = {"relay", "connections", .set = key_set_number,
                         .offset = SETTINGS(connections), .min = 1, .max = 100},
    [KEY_MESSAGES_PER_CONNECTION] = {"relay", "messages_per_connection", .set = key_set_number,
                                     .offset = SETTINGS(messages_per_connection), .min = 0,
                                     .max = 1000000},
    [KEY_EHLO_NAME] = {"relay", "ehlo_name", .set = set_ehlo_name},
    [KEY_DISABLE] = {"relay", "disable", .set = set_disable, .is_folded = true},
    [KEY_CONNECT_TIMEOUT] = {"relay", "connect_timeout_ms", .set = set_timeout,
                             .offset = SETTINGS(connect_timeout_ms), .min = 1, .max = HOUR_MS},
    [KEY_REPLY_TIMEOUT] = {"relay", "reply_timeout_ms", .set = set_timeout,
                           .offset = SETTINGS(reply_timeout_ms), .min = 1, .max = HOUR_MS},
    [KEY_DATA_TIMEOUT] = {"relay", "data_timeout_ms", .set = set_timeout,
                          .offset = SETTINGS(data_timeout_ms), .min = 1, .max = HOUR_MS},
};
_Static_assert(COUNT_OF(keys) == RELAY_KEYS, "a row for each key");
_Static_assert(CONF_RELAY_KEYS == RELAY_KEYS, "a line for each key");

void conf_relay_init(struct conf_relay *relay, const char *name, const char *path, unsigned line)
{
    *relay = (struct conf_relay){.settings = {.name = name,
                                              .tls = RELAY_TLS_REQUIRED,
                                              .connections = 4,
                                              .connect_timeout_ms = 300000,
                                              .reply_timeout_ms = 300000,
                                              .data_timeout_ms = 600000},
                                 .priority = 10,
                                 .path = path,
                                 .line = line};
}

int conf_relay_set(struct conf_relay *relay, struct arena *arena, const struct ini_item *item,
                   struct err *err)
{
    struct key_target target = {
        .object = relay, .arena = arena, .section = "relay", .lines = relay->lines};
    return key_apply(keys, COUNT_OF(keys), &target, item, err);
}

// --- together ------------------------------------------------------------------------------------

// The message with its place: the key's line, or the section's when the key is not there.
static int __attribute__((format(printf, 4, 5)))
wrong(const struct conf_relay *relay, enum relay_key key, struct err *err, const char *fmt, ...)
{
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(err, ERR_CONFIG, "%s:%u: [relay %s] %s", relay->path,
                   relay->lines[key] ? relay->lines[key] : relay->line, relay->settings.name, what);
}

static int check_tls(struct conf_relay *relay, struct err *err)
{
    struct relay_settings *s = &relay->settings;
    bool is_local = value_is_loopback(s->host);
    if (!relay->has_tls)
        s->tls = is_local && !relay->is_smtps && !s->username ? RELAY_TLS_NONE : RELAY_TLS_REQUIRED;
    if (s->tls == RELAY_TLS_NONE && !is_local)
        return wrong(relay, KEY_TLS, err,
                     "tls = none is only for a relay on this machine; write tls = required");
    if (s->username && s->tls != RELAY_TLS_REQUIRED && !relay->is_smtps && !is_local)
        return wrong(relay, KEY_TLS, err,
                     "has a username, so it needs tls = required: a password must not travel in "
                     "the clear");
    return 0;
}

static int check_login(const struct conf_relay *relay, struct err *err)
{
    bool has_username = relay->settings.username != NULL;
    if (relay->password_file && relay->password_env)
        return wrong(relay, KEY_PASSWORD_ENV, err,
                     "has both password_file and password_env; keep one");
    if (has_username && !relay->password_file && !relay->password_env)
        return wrong(relay, KEY_USERNAME, err,
                     "has a username but no password_file or password_env");
    if (!has_username && (relay->password_file || relay->password_env))
        return wrong(relay, relay->password_file ? KEY_PASSWORD_FILE : KEY_PASSWORD_ENV, err,
                     "has a password but no username");
    return 0;
}

// From the workspace, wherever the program was started.
static int find_ca_file(struct conf_relay *relay, struct arena *arena, const char *root,
                        struct err *err)
{
    struct relay_settings *s = &relay->settings;
    if (!s->ca_file)
        return 0;
    char *path = file_join(root, s->ca_file);
    s->ca_file = arena_strdup(arena, path);
    free(path);
    return file_is_file(s->ca_file)
               ? 0
               : wrong(relay, KEY_CA_FILE, err, "ca_file %s is not there", s->ca_file);
}

int conf_relay_check(struct conf_relay *relay, struct arena *arena, const char *root,
                     struct err *err)
{
    if (!relay->settings.url)
        return wrong(relay, KEY_URL, err, "has no url; write url = smtp://host:587");
    if (check_tls(relay, err) != 0 || check_login(relay, err) != 0)
        return -1;
    return find_ca_file(relay, arena, root, err);
}

// --- secrets -------------------------------------------------------------------------------------

static int secret_from_env(struct conf_relay *relay, struct arena *arena, struct err *err)
{
    const char *value = getenv(relay->password_env);
    if (!value || !*value)
        return wrong(relay, KEY_PASSWORD_ENV, err,
                     "password_env names no variable that is set; set it where hearten is started, "
                     "for cron in the crontab");
    relay->settings.password = arena_strdup(arena, value);
    return 0;
}

// The first line of the text.
static int take_secret(struct conf_relay *relay, struct arena *arena, const char *path,
                       const struct buf *text, struct err *err)
{
    if (text->len && memchr(text->data, '\0', text->len))
        return wrong(relay, KEY_PASSWORD_FILE, err,
                     "password_file: %s holds a NUL; a password is text", path);
    size_t n = text->len ? strcspn(text->data, "\r\n") : 0;
    if (n == 0)
        return wrong(relay, KEY_PASSWORD_FILE, err,
                     "password_file: the first line of %s is empty; the password stands there",
                     path);
    relay->settings.password = arena_strndup(arena, text->data, n);
    return 0;
}

static int secret_from_file(struct conf_relay *relay, struct arena *arena, const char *path,
                            struct err *err)
{
    struct stat st;
    struct buf text;
    struct err why = {0};
    if (stat(path, &st) != 0)
        return wrong(relay, KEY_PASSWORD_FILE, err,
                     "password_file: there is no such file (%s); a path begins at the workspace",
                     strerror(errno));
    if (st.st_mode & 077)
        return wrong(relay, KEY_PASSWORD_FILE, err,
                     "password_file: %s can be read by others; run: chmod 600 %s", path, path);
    buf_init(&text, PASSWORD_MAX);
    int rc = file_read(path, PASSWORD_MAX, &text, &why);
    if (rc != 0)
        rc = wrong(relay, KEY_PASSWORD_FILE, err, "password_file: %s", why.msg);
    else
        rc = take_secret(relay, arena, path, &text, err);
    if (text.len)
        explicit_bzero(text.data, text.len);
    buf_deinit(&text);
    return rc;
}

int conf_relay_secret(struct conf_relay *relay, struct arena *arena, const char *root,
                      struct err *err)
{
    if (relay->password_env)
        return secret_from_env(relay, arena, err);
    if (!relay->password_file)
        return 0;
    char *path = file_join(root, relay->password_file);
    int rc = secret_from_file(relay, arena, path, err);
    free(path);
    return rc;
}
