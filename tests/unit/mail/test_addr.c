#include "unit.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/utf8.h"
#include "mail/addr.h"

static const struct {
    const char *text, *wire, *key;
    bool needs_smtputf8;
} good[] = {
    {"ann@example.org", "ann@example.org", "ann@example.org", false},
    {"  ann@example.org\t ", "ann@example.org", "ann@example.org", false},
    {"Ann.Bee@Example.ORG", "Ann.Bee@example.org", "ann.bee@example.org", false},
    {"ann+news@example.org", "ann+news@example.org", "ann+news@example.org", false},
    {"a@b.co", "a@b.co", "a@b.co", false},
    {"!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org",
     "!#$%&'*+-/=?^_`{|}~@example.org", false},
    {"1234567890@123.example", "1234567890@123.example", "1234567890@123.example", false},
    {"-@a-b.c-d.example", "-@a-b.c-d.example", "-@a-b.c-d.example", false},
    {"root@localhost", "root@localhost", "root@localhost", false},
    {"Root@LocalHost", "Root@localhost", "root@localhost", false},
    {"x@r3---sn.example.org", "x@r3---sn.example.org", "x@r3---sn.example.org", false},
    {"x@1e100.net", "x@1e100.net", "x@1e100.net", false},
    // IDNA 2008
    {"ann@b\xc3\xbc"
     "cher.example",
     "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", false},
    {"ann@B\xc3\x9c"
     "CHER.Example",
     "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", false},
    {"ann@bu\xcc\x88"
     "cher.example",
     "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example",
     false}, // u and a combining diaeresis
    {"ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", false},
    {"ann@stra\xc3\x9f"
     "e.example",
     "ann@xn--strae-oqa.example", "ann@xn--strae-oqa.example",
     false}, // nontransitional: not strasse
    {"ann@\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
     "ann@xn--r8jz45g.xn--zckzah", "ann@xn--r8jz45g.xn--zckzah", false},
    {"ann@\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82jp", "ann@xn--r8jz45g.jp", "ann@xn--r8jz45g.jp",
     false}, // the ideographic full stop
    // RFC 6531
    {"Ren\xc3\xa9"
     "E@example.org",
     "Ren\xc3\xa9"
     "E@example.org",
     "ren\xc3\xa9"
     "e@example.org",
     true},
    // JÖRG, jörg with a combining diaeresis, with ASCII signs around
    {"J\xc3\x96RG@example.org", "J\xc3\x96RG@example.org", "j\xc3\xb6rg@example.org", true},
    {"jo\xcc\x88rg@example.org", "jo\xcc\x88rg@example.org", "j\xc3\xb6rg@example.org", true},
    {"JO\xcc\x88RG+News.A_B-c@example.org", "JO\xcc\x88RG+News.A_B-c@example.org",
     "j\xc3\xb6rg+news.a_b-c@example.org", true},
    {"+J\xc3\x96+-1\xc3\x96.x@example.org", "+J\xc3\x96+-1\xc3\x96.x@example.org",
     "+j\xc3\xb6+-1\xc3\xb6.x@example.org", true},
    {"\xce\x91\xce\x9d\xce\x9d\xce\x91@example.org", "\xce\x91\xce\x9d\xce\x9d\xce\x91@example.org",
     "\xce\xb1\xce\xbd\xce\xbd\xce\xb1@example.org", true}, // Greek
    {"\xd0\x90\xd0\x9d\xd0\x9d\xd0\x90@example.org", "\xd0\x90\xd0\x9d\xd0\x9d\xd0\x90@example.org",
     "\xd0\xb0\xd0\xbd\xd0\xbd\xd0\xb0@example.org", true}, // Cyrillic
    {"\xf0\x9f\x92\x8c"
     "A@example.org",
     "\xf0\x9f\x92\x8c"
     "A@example.org",
     "\xf0\x9f\x92\x8c"
     "a@example.org",
     true}, // no letter at all
    {"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.jp",
     "\xe7\x94\xa8\xe6\x88\xb7@xn--r8jz45g.jp", "\xe7\x94\xa8\xe6\x88\xb7@xn--r8jz45g.jp", true},
};

static void test_good_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct addr addr;
        struct err err;
        memset(&addr, 0xee, sizeof addr);
        assert_ok(addr_parse(&addr, good[i].text, strlen(good[i].text), &err), &err);
        assert_string_equal(addr.wire, good[i].wire);
        assert_string_equal(addr.key, good[i].key);
        assert_int_equal(addr.needs_smtputf8, good[i].needs_smtputf8);
        assert_int_equal(addr.wire[addr.local_len], '@');
        assert_string_equal(addr_domain(&addr), strchr(good[i].wire, '@') + 1);
        assert_non_null(strstr(good[i].text, addr.text)); // as written, without the blanks
        assert_null(strpbrk(addr.text, " \t"));

        struct addr again; // what went out comes back the same
        assert_ok(addr_parse(&again, addr.wire, strlen(addr.wire), &err), &err);
        assert_string_equal(again.wire, addr.wire);
        assert_string_equal(again.key, addr.key);
    }
}

struct bad {
    const char *text, *why;
};

static const struct bad bad[] = {
    {"", "no address"},
    {" \t ", "no address"},
    {"ann", "no @"},
    {"ann.example.org", "no @"},
    {"@", "before the @"},
    {"@example.org", "before the @"},
    {"ann@", "behind the @"},
    {"ann@bee@example.org", "more than one @"},
    {"ann@@example.org", "more than one @"},
    // DT-04
    {"ann@example.org\r", "a line break"},
    {"ann@example.org\n", "a line break"},
    {"\r\nann@example.org", "a line break"},
    {"ann@example.org\r\nRCPT TO:<x@y.org>", "a line break"},
    {"an\rn@example.org", "a line break"},
    {"an\nn@example.org", "a line break"},
    {"ann@exam\nple.org", "a line break"},
    {"an n@example.org", "a blank"},
    {"ann@exam ple.org", "a blank"},
    {"ann @example.org", "a blank"},
    {"ann@ example.org", "a blank"},
    {"an\tn@example.org", "a blank"},
    {"an\xc2\xa0n@example.org", "a blank"},
    {"ann@example.org\xe3\x80\x80", "a blank"},
    {"<ann@example.org>", "no address has"},
    {"Ann <ann@example.org>", "a blank"},
    {"ann@example.org>", "no address has"},
    {"ann@example.org>SIZE=1", "no address has"},
    {"a(comment)@example.org", "no address has"},
    {"a,b@example.org", "no address has"},
    {"a@example.org,b@example.org", "no address has"},
    {"a@example.org;b@example.org", "no address has"},
    {"mailto:ann@example.org", "no address has"},
    {"ann\\@example.org", "no address has"},
    {"\"ann\"@example.org", "quoted"},
    {"\"ann bee\"@example.org", "quoted"},
    {"ann@[192.0.2.1]", "literal"},
    {"ann@[IPv6:2001:db8::1]", "literal"},
    {"ann@192.0.2.1", "literal"},
    {"ann@example.123", "literal"},
    {"an\x01n@example.org", "invisible"},
    {"an\x7fn@example.org", "invisible"},
    {"an\xe2\x80\x8bn@example.org", "invisible"}, // zero width space
    {"an\xe2\x80\xaen@example.org", "invisible"}, // right-to-left override
    {"an\xc2\xadn@example.org", "invisible"},     // soft hyphen
    {"an\xcd\x8fn@example.org", "invisible"},     // combining grapheme joiner
    {"an\xe1\xa0\x8en@example.org", "invisible"}, // Mongolian vowel separator
    {"an\xe2\x80\x8cn@example.org", "invisible"}, // zero width non-joiner
    {"an\xe2\x80\x8dn@example.org", "invisible"}, // zero width joiner
    {"an\xe2\x81\xa0n@example.org", "invisible"}, // word joiner
    {"an\xef\xb8\x80n@example.org", "invisible"}, // variation selectors
    {"an\xef\xb8\x8fn@example.org", "invisible"},
    {"an\xd8\x9cn@example.org", "invisible"},         // Arabic letter mark
    {"an\xe2\x81\xa6n@example.org", "invisible"},     // left-to-right isolate
    {"an\xf3\xa0\x81\xa1n@example.org", "invisible"}, // a tag
    {"an\xf3\xa0\x84\x80n@example.org", "invisible"}, // variation selector 17
    {"an\xe3\x85\xa4n@example.org", "invisible"},     // Hangul filler
    {"ann@exam\xc2\xadple.org", "invisible"},
    {"an\xe2\x80\x89n@example.org", "a blank"}, // thin space
    {"\xef\xbb\xbf"
     "ann@example.org",
     "invisible"}, // a byte order mark, from a file
    {"an\xc2\x85n@example.org", "invisible"},
    {"an\xffn@example.org", "UTF-8"},
    {"ren\xe9@example.org", "UTF-8"},
    {"ann@example.org\xc3", "UTF-8"},
    // dot-atom
    {".ann@example.org", "a dot"},
    {"ann.@example.org", "a dot"},
    {".@example.org", "a dot"},
    {"an..n@example.org", "two dots"},
    // domains
    {"ann@example", "no dot"},
    {"ann@localhost2", "no dot"},
    {"ann@.example.org", "empty part"},
    {"ann@example..org", "empty part"},
    {"ann@example.org.", "empty part"},
    {"ann@.", "empty part"},
    {"ann@-example.org", "hyphen"},
    {"ann@example-.org", "hyphen"},
    {"ann@example.org-", "hyphen"},
    {"ann@exa_mple.org", "no domain has"},
    {"ann@exa!mple.org", "no domain has"},
    {"ann@exa%6dple.org", "no domain has"},
    {"ann@exa/mple.org", "no domain has"},
    {"ann@b\xc3\xbc_cher.example", "domain"},
    {"ann@\xe2\x84\x80.example", "domain"}, // maps to a/c
    {"ann@\xef\xbc\x85.example", "domain"}, // a fullwidth percent sign
    {"ann@\xcc\x88"
     "b.example",
     "IDNA"}, // begins with a combining mark
    {"ann@a\xe2\x80\x8d"
     "b.example",
     "invisible"},                            // a joiner where none may stand
    {"ann@\xf0\x9f\x92\xa9.example", "IDNA"}, // symbols are not letters
    {"ann@b\xc3\xbc"
     "cher",
     "no dot"},
    {"ann@b\xc3\xbc"
     "cher..example",
     ""},
};

static void test_bad_addresses(void **state)
{
    (void)state;
    static const struct addr nothing;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct addr addr;
        struct err err;
        memset(&addr, 0xee, sizeof addr);
        if (addr_parse(&addr, bad[i].text, strlen(bad[i].text), &err) != -1)
            fail_msg("'%s' passed as %s", bad[i].text, addr.wire);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, bad[i].why);
        assert_null(strpbrk(err.msg, "\r\n\t"));
        assert_int_equal(utf8_first_bad(err.msg, strlen(err.msg)), strlen(err.msg));
        assert_memory_equal(&addr, &nothing, sizeof addr);
    }
}

static void test_a_nul_inside(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"an\0n@example.org", 16},
                {"ann@example.org\0", 16},
                {"\0ann@example.org", 16},
                {"ann@example.org\0x", 17},
                {"\0", 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct addr addr;
        struct err err;
        assert_int_equal(addr_parse(&addr, rows[i].text, rows[i].len, &err), -1);
        assert_contains(err.msg, "a NUL");
    }
    struct addr addr;
    struct err err;
    assert_int_equal(addr_parse(&addr, "an\0n@example.org", 16, &err), -1);
    assert_contains(err.msg, "'an?n@example.org'"); // quoted whole
}

// local_len times 'l', '@', and a domain of domain_len octets in labels of 61.
static void sized(char *out, size_t local_len, size_t domain_len)
{
    memset(out, 'l', local_len);
    out[local_len] = '@';
    char *domain = out + local_len + 1;
    for (size_t i = 0; i < domain_len; i++)
        domain[i] = i % 62 == 61 && i + 1 < domain_len ? '.' : 'd';
    domain[domain_len] = '\0';
}

// RFC 5321 4.5.3.1
static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t local, domain;
        const char *why; // NULL: good
    } rows[] = {{64, 100, NULL}, {65, 100, "64"},    {64, 189, NULL}, {64, 190, "254"},
                {1, 252, NULL},  {1, 253, "254"},    {1, 255, "254"}, {1, 256, "too long"},
                {2, 252, "254"}, {300, 100, "long"}, {65, 200, "64"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[700];
        struct addr addr;
        struct err err;
        sized(text, rows[i].local, rows[i].domain);
        int rc = addr_parse(&addr, text, strlen(text), &err);
        if (rc != (rows[i].why ? -1 : 0))
            fail_msg("%zu @ %zu: %d", rows[i].local, rows[i].domain, rc);
        if (rc == 0)
            assert_string_equal(addr.wire, text);
        else
            assert_contains(err.msg, rows[i].why);
    }
}

static void test_label_lengths(void **state)
{
    (void)state;
    for (size_t n = 62; n <= 64; n++) {
        char text[200];
        struct addr addr;
        struct err err;
        snprintf(text, sizeof text, "ann@%0*d.org", (int)n, 1);
        assert_int_equal(addr_parse(&addr, text, strlen(text), &err), n <= 63 ? 0 : -1);
    }
}

// The limit holds for what goes over the wire: a few letters of a script can need many octets.
static void test_long_labels_in_other_scripts(void **state)
{
    (void)state;
    struct addr addr;
    struct err err;
    struct buf text;
    buf_init(&text, 1000);
    buf_adds(&text, "ann@");
    for (int i = 0; i < 50; i++)
        buf_adds(&text, "\xc3\xbc"); // 100 octets here, equal letters pack well
    buf_adds(&text, ".org");
    assert_ok(addr_parse(&addr, text.data, text.len, &err), &err);
    assert_in_range(strlen(addr_domain(&addr)), 40, 63 + 4);

    random_seed(3);
    buf_reset(&text);
    buf_adds(&text, "ann@");
    for (int i = 0; i < 50; i++) {
        char bytes[4];
        buf_add(&text, bytes, (size_t)utf8_put((uint32_t)(0x4e00 + random_below(20000)), bytes));
    }
    buf_adds(&text, ".org");
    assert_int_equal(addr_parse(&addr, text.data, text.len, &err), -1);
    assert_contains(err.msg, "too long");
    buf_deinit(&text);
}

static void test_ten_kilobytes(void **state)
{
    (void)state;
    char *text = mem_new(10241, 1);
    struct addr addr;
    struct err err;
    memset(text, 'x', 10240);
    assert_int_equal(addr_parse(&addr, text, 10240, &err), -1);
    assert_true(strlen(err.msg) < 200); // quoted in part
    text[5000] = '@';
    assert_int_equal(addr_parse(&addr, text, 10240, &err), -1);
    for (size_t i = 0; i + 3 <= 10240; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    assert_int_equal(addr_parse(&addr, text, 10239, &err), -1);
    assert_contains(err.msg, "too long");
    assert_lacks(err.msg, "?"); // not cut inside a character
    memset(text, ' ', 10240);
    memcpy(text + 9000, "ann@example.org", 15); // blanks around do not count
    assert_ok(addr_parse(&addr, text, 10240, &err), &err);
    assert_string_equal(addr.text, "ann@example.org");
    free(text);
}

// Whatever the bytes: what passes is safe on the wire, and passes again.
static void test_random_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "ab.-@\r\n\0 \t<>\"\\\xc3\xbc\xe2\x80\xae[]x1_;:";
    random_seed(11);
    size_t passed = 0;
    for (int round = 0; round < 50000; round++) {
        char text[] = "a.b-1@ex-ample.x-y.org";
        size_t len = sizeof text - 1;
        struct addr addr, again;
        struct err err;
        for (uint64_t changes = random_below(6); changes > 0; changes--)
            text[random_below(len)] = alphabet[random_below(sizeof alphabet - 1)];
        if (addr_parse(&addr, text, len, &err) != 0) {
            assert_null(strpbrk(err.msg, "\r\n"));
            continue;
        }
        passed++;
        assert_null(strpbrk(addr.wire, "\r\n <>\"\\[]"));
        assert_int_equal(utf8_first_bad(addr.wire, strlen(addr.wire)), strlen(addr.wire));
        assert_ok(addr_parse(&again, addr.wire, strlen(addr.wire), &err), &err);
        assert_string_equal(again.key, addr.key);
    }
    assert_true(passed > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_addresses), cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_a_nul_inside),   cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_label_lengths),  cmocka_unit_test(test_long_labels_in_other_scripts),
        cmocka_unit_test(test_ten_kilobytes),  cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
