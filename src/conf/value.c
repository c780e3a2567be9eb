#include "conf/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

int value_number(const char *text, int64_t min, int64_t max, int64_t *out, struct err *err)
{
    int64_t n = 0;
    const char *p = text;
    for (; isdigit((unsigned char)*p) && n <= max; p++)
        n = n * 10 + (*p - '0');
    if (p == text || *p || n < min || n > max)
        return err_set(err, ERR_CONFIG, "'%s' is not a number from %lld to %lld", text,
                       (long long)min, (long long)max);
    *out = n;
    return 0;
}

int value_choice(const char *text, const char *const *names, int *out, struct err *err)
{
    char all[200] = "";
    size_t len = 0;
    for (int i = 0; names[i]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return 0;
        }
        size_t n = strlen(names[i]);
        if (len + n + 3 < sizeof all) {
            memcpy(all + len, len ? ", " : "", len ? 2 : 0);
            len += len ? 2 : 0;
            memcpy(all + len, names[i], n + 1);
            len += n;
        }
    }
    return err_set(err, ERR_CONFIG, "'%s' is not one of: %s", text, all);
}

const char *const *value_list(struct arena *arena, const char *text)
{
    size_t max = 2;
    for (const char *p = text; *p; p++)
        max += *p == ',';
    const char **list = arena_alloc(arena, max * sizeof *list);
    size_t count = 0;
    for (const char *p = text;; p++) {
        const char *end = p + strcspn(p, ",");
        const char *last = end;
        while (p < last && isspace((unsigned char)*p))
            p++;
        while (last > p && isspace((unsigned char)last[-1]))
            last--;
        if (last > p)
            list[count++] = arena_strndup(arena, p, (size_t)(last - p));
        p = end;
        if (!*p)
            break;
    }
    list[count] = NULL;
    return list;
}

// "[::1]:25/…" or "host:25/…" behind the scheme.
static int host_and_port(struct arena *arena, const char *p, struct value_url *out)
{
    const char *end;
    if (*p == '[') {
        end = strchr(p, ']');
        if (!end || end == p + 1)
            return -1;
        out->host = arena_strndup(arena, p + 1, (size_t)(end - p - 1));
        struct in6_addr v6;
        if (inet_pton(AF_INET6, out->host, &v6) != 1)
            return -1;
        end++;
    } else {
        end = p + strcspn(p, ":/");
        if (end == p)
            return -1;
        out->host = arena_strndup(arena, p, (size_t)(end - p));
    }
    if (*end == ':') {
        int64_t port = 0;
        const char *stop = end + 1 + strcspn(end + 1, "/");
        char *digits = arena_strndup(arena, end + 1, (size_t)(stop - end - 1));
        if (value_number(digits, 1, 65535, &port, NULL) != 0)
            return -1;
        out->port = (int)port;
        end = stop;
    }
    out->rest = arena_strdup(arena, end);
    return *end == '\0' || *end == '/' ? 0 : -1;
}

int value_url(struct arena *arena, const char *text, struct value_url *out, struct err *err)
{
    *out = (struct value_url){0};
    const char *sep = strstr(text, "://");
    if (sep && memchr(sep, '@', 3 + strcspn(sep + 3, "/")))
        return err_set(err, ERR_CONFIG, "it holds a user name or password");
    bool bad = !sep || sep == text || text[strcspn(text, " ?#\"<>\\")] != '\0';
    if (!bad) {
        out->scheme = arena_strndup(arena, text, (size_t)(sep - text));
        bad = host_and_port(arena, sep + 3, out) != 0;
    }
    if (bad)
        return err_set(err, ERR_CONFIG, "this is not an address like smtp://host:587");
    return 0;
}

static bool is_host_name(const char *host)
{
    size_t label = 0;
    if (!*host || strlen(host) > 255)
        return false;
    for (const char *p = host;; p++) {
        if (isalnum((unsigned char)*p) || (*p == '-' && label > 0)) {
            if (++label > 63)
                return false;
            continue;
        }
        if ((*p && *p != '.') || label == 0 || p[-1] == '-')
            return false;
        if (!*p)
            return true;
        label = 0;
    }
}

int value_check_host(const char *host, struct err *err)
{
    struct in6_addr v6;
    for (const char *p = host; *p; p++)
        if ((unsigned char)*p >= 0x80)
            return err_set(err, ERR_CONFIG,
                           "the host's name is not ASCII; write the form that begins with xn--");
    if (!is_host_name(host) && inet_pton(AF_INET6, host, &v6) != 1)
        return err_set(err, ERR_CONFIG, "this is not a host name like mail.example.org");
    return 0;
}

bool value_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
