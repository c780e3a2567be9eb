#include "mail/addr.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// RFC 5321 4.5.3.1: octets.
#define LOCAL_MAX   64
#define DOMAIN_MAX  255
#define ADDRESS_MAX 254 // without the angle brackets
#define LABEL_MAX   63

// Quotes the address, cut between two characters; err cleans the rest.
static int refuse(const char *text, size_t len, const char *why, struct err *err)
{
    char quoted[81];
    size_t n = len < sizeof quoted ? len : sizeof quoted - 1;
    while (n > 0 && n < len && (text[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        quoted[i] = text[i] ? text[i] : '?';
    quoted[n] = '\0';
    return err_set(err, ERR_INPUT, "'%s%s' is no usable address: %s", quoted, n < len ? "…" : "",
                   why);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// What nobody sees: soft hyphen, joiners, fillers, variation selectors, direction marks, tags. Two
// addresses that look the same would be two people, and one of them could not be opted out.
static bool is_invisible(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},     {0x115f, 0x1160},
                  {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},
                  {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
                  {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; cp >= ranges[0].first && i < COUNT_OF(ranges); i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return utf8_is_control(cp);
}

// What may never stand in an envelope (DT-04), wherever it is in the address.
static const char *bad_character(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int n = utf8_next(text + i, len - i, &cp);
        if (n == 0)
            return "it is not UTF-8";
        if (cp == '\r' || cp == '\n')
            return "it has a line break in it";
        if (cp == 0)
            return "it has a NUL in it";
        if (cp == ' ' || cp == '\t' || cp == 0xa0 || cp == 0x1680 ||
            (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f || cp == 0x205f || cp == 0x3000)
            return "it has a blank in it";
        if (is_invisible(cp))
            return "it has an invisible character in it";
        if (cp < 0x80 && strchr("<>()[]\\,;:\"", (int)cp))
            return cp == '[' || cp == ']' ? "address literals are not taken"
                   : cp == '"'            ? "quoted local parts are not taken"
                                          : "it has a character that no address has";
        i += (size_t)n;
    }
    return NULL;
}

// dot-atom (RFC 5322 3.2.3), with UTF-8 (RFC 6531 3.3).
static const char *bad_local(const char *local, size_t len)
{
    if (len == 0)
        return "nothing stands before the @";
    if (len > LOCAL_MAX)
        return "more than 64 octets stand before the @";
    if (local[0] == '.' || local[len - 1] == '.')
        return "the part before the @ begins or ends with a dot";
    for (size_t i = 0; i + 1 < len; i++)
        if (local[i] == '.' && local[i + 1] == '.')
            return "the part before the @ has two dots in a row";
    return NULL;
}

static const char *bad_domain(const char *domain)
{
    size_t len = strlen(domain), label = 0, labels = 1;
    if (len > DOMAIN_MAX)
        return "the domain has more than 255 octets";
    for (size_t i = 0; i <= len; i++) {
        char c = domain[i];
        if (c == '.' || c == '\0') {
            if (label == 0)
                return "the domain has an empty part";
            if (label > LABEL_MAX)
                return "a part of the domain has more than 63 octets";
            if (domain[i - 1] == '-' || domain[i - label] == '-')
                return "a part of the domain begins or ends with a hyphen";
            labels += c == '.';
            label = 0;
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return "the domain has a character that no domain has";
        label++;
    }
    if (labels == 1 && strcmp(domain, "localhost") != 0)
        return "the domain has no dot";
    const char *last = strrchr(domain, '.');
    if (last && last[1 + strspn(last + 1, "0123456789")] == '\0')
        return "the domain is a number; address literals are not taken";
    return NULL;
}

// *out is libidn2's and freed by the caller; NULL with *why set when the domain has no A-label
// form.
static char *to_a_labels(const char *domain, const char **why)
{
    char *out = NULL;
    int rc = idn2_to_ascii_8z(domain, &out, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    if (rc != IDN2_OK) {
        bool is_long =
            rc == IDN2_TOO_BIG_LABEL || rc == IDN2_TOO_BIG_DOMAIN || rc == IDN2_PUNYCODE_BIG_OUTPUT;
        *why = is_long ? "the domain is too long" : "the domain is not valid (IDNA)";
        return NULL;
    }
    return out;
}

static bool is_ascii(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] & 0x80)
            return false;
    return true;
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

// One word of a local part in the form in which its spellings are the same: lower case, composed
// (NFC). libidn2 does to the labels of a domain what is wanted here (UTS 46), so the word goes
// through it and back; one that no label could be keeps its letters. False when it does not fit.
static bool add_folded(const char *word, char *out, size_t size)
{
    char *ascii = NULL, *folded = NULL;
    if (!is_ascii(word, strlen(word)) &&
        idn2_to_ascii_8z(word, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK &&
        idn2_to_unicode_8z8z(ascii, &folded, 0) == IDN2_OK && !strpbrk(folded, ".@"))
        word = folded;
    size_t used = strlen(out), n = strlen(word);
    bool fits = used + n < size;
    if (fits)
        memcpy(out + used, word, n + 1);
    free(ascii);
    free(folded);
    return fits;
}

// JÖRG@ and jörg@ are one person, whichever way the ö is written.
static bool fold_local(const struct addr *addr, size_t local_len, char *out, size_t size)
{
    static const char ends[] = "!#$%&'*+-/=?^_`{|}~.";
    char word[LOCAL_MAX + 1];
    size_t n = 0;
    *out = '\0';
    for (size_t i = 0; i < local_len; i++) {
        char c = addr->text[i];
        word[n++] = c;
        word[n] = '\0';
        if (i + 1 < local_len && !strchr(ends, c) && !strchr(ends, addr->text[i + 1]))
            continue;
        if (!add_folded(word, out, size))
            return false;
        n = 0;
    }
    return true;
}

static void make_key(struct addr *addr, const char *domain)
{
    size_t room = sizeof addr->key - strlen(domain) - 1;
    if (addr->needs_smtputf8 && fold_local(addr, addr->local_len, addr->key, room)) {
        size_t n = strlen(addr->key);
        addr->key[n] = '@';
        memcpy(addr->key + n + 1, domain, strlen(domain) + 1);
    } else {
        memcpy(addr->key, addr->wire, sizeof addr->key);
    }
    lower(addr->key);
}

static const char *fill(struct addr *addr, size_t local_len, const char *domain)
{
    const char *why = NULL;
    char ascii[DOMAIN_MAX + 1];
    size_t n = strlen(domain);
    if (!is_ascii(domain, n) || n > DOMAIN_MAX) {
        char *converted = to_a_labels(domain, &why);
        if (!converted)
            return why;
        snprintf(ascii, sizeof ascii, "%s", converted);
        free(converted);
    } else {
        memcpy(ascii, domain, n + 1);
    }
    lower(ascii);
    why = bad_domain(ascii);
    if (why)
        return why;
    if (local_len + 1 + strlen(ascii) > ADDRESS_MAX)
        return "it has more than 254 octets";
    snprintf(addr->wire, sizeof addr->wire, "%.*s@%s", (int)local_len, addr->text, ascii);
    addr->local_len = local_len;
    addr->needs_smtputf8 = !is_ascii(addr->text, local_len);
    make_key(addr, ascii);
    return NULL;
}

int addr_parse(struct addr *addr, const char *text, size_t len, struct err *err)
{
    memset(addr, 0, sizeof *addr);
    while (len > 0 && is_blank(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    if (len == 0)
        return err_set(err, ERR_INPUT, "there is no address");
    const char *why = len > ADDR_MAX ? "it is too long" : bad_character(text, len);
    if (why)
        return refuse(text, len, why, err);
    const char *at = memrchr(text, '@', len);
    if (!at)
        return refuse(text, len, "it has no @", err);
    size_t local_len = (size_t)(at - text);
    if (memchr(text, '@', local_len))
        return refuse(text, len, "it has more than one @", err);
    memcpy(addr->text, text, len);
    why = bad_local(text, local_len);
    if (!why)
        why = local_len + 1 == len ? "nothing stands behind the @"
                                   : fill(addr, local_len, addr->text + local_len + 1);
    if (why) {
        memset(addr, 0, sizeof *addr);
        return refuse(text, len, why, err);
    }
    return 0;
}

const char *addr_domain(const struct addr *addr)
{
    return addr->wire + addr->local_len + 1;
}
