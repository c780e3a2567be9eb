// config/hearten.ini: applied whole or not at all, and every message names file and line.
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "conf/conf.h"

#include <sys/stat.h>
#include <unistd.h>

#define SECRET "hunter2" // where it stands in a row, no message may hold it
#define GOOD   "[newsletter]\nname = Letters\nfrom_email = a@example.org\n"

#define X50        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X64        X50 "xxxxxxxxxxxxxx"
#define URL_OF_200 "https://l.example.org/" X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define URL_OF_201 URL_OF_200 "x"

static char root[] = "/tmp/hearten-conf-XXXXXX";

static int write_conf(const char *text)
{
    struct err err;
    char *path = file_join(root, "config/hearten.ini");
    int rc = file_write(path, text, strlen(text), 0644, &err);
    free(path);
    return rc;
}

static int set_up(void **state)
{
    (void)state;
    struct err err;
    if (!mkdtemp(root))
        return -1;
    char *dir = file_join(root, "config");
    int rc = file_mkdirs(dir, 0755, &err);
    free(dir);
    return rc;
}

static int tear_down(void **state)
{
    (void)state;
    char *path = file_join(root, "config/hearten.ini"), *dir = file_join(root, "config"),
         *secret = file_join(root, "secret");
    unlink(path);
    unlink(secret);
    rmdir(dir);
    rmdir(root);
    free(path);
    free(dir);
    free(secret);
    return 0;
}

static void expect_error(const char *text, const char *place, const char *why)
{
    struct conf *conf;
    struct err err = {0};
    assert_int_equal(write_conf(text), 0);
    if (conf_load(root, &conf, &err) == 0)
        fail_msg("taken, though it should say \"%s\":\n%s", why, text);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, "config/hearten.ini");
    assert_contains(err.msg, place);
    assert_contains(err.msg, why);
    assert_lacks(err.msg, SECRET);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *why;
    } rows[] = {
        {"", "", "[newsletter] name is missing"},
        {"[newsletter]\nname = x\n", "", "from_email is missing"},
        {GOOD "[nonsense]\nx = 1\n", ":4:", "unknown section [nonsense]"},
        {GOOD "colour = red\n", ":4:", "unknown key 'colour' in [newsletter]"},
        {GOOD "name = twice\n", ":4:", "stands twice"},
        {"[newsletter]\nname = x\nfrom_email = nobody\n", ":3:", "has no @"},
        {"[newsletter]\nname = x\nfrom_email = m\xc3\xbcll@example.org\n",
         ":3:", "ASCII before the @"},
        {GOOD "reply_to = m\xc3\xbcll@example.org\n", ":4:", "ASCII before the @"},
        {GOOD "timezone = Mars/Olympus\n", ":4:", "time zone 'Mars/Olympus'"},
        {GOOD "language = english!\n", ":4:", "language tag"},
        {GOOD "language = --\n", ":4:", "language tag"},
        {GOOD "language = en-\n", ":4:", "language tag"},
        {GOOD "language = e\n", ":4:", "language tag"},
        {GOOD "language = 12\n", ":4:", "language tag"},
        {GOOD "language = en-toolonggg\n", ":4:", "language tag"},
        {GOOD "list_id = nodots\n", ":4:", "list id"},
        {GOOD "list_id = .example.org\n", ":4:", "list id"},
        {GOOD "list_id = example.org.\n", ":4:", "list id"},
        {GOOD "list_id = example..org\n", ":4:", "list id"},
        {GOOD "list_id = my list.example.org\n", ":4:", "list id"},
        {GOOD "website = example.org\n", ":4:", "address like"},
        {GOOD "website = https://bob:" SECRET "@example.org\n", ":4:", "without a user name"},
        {GOOD "website = https://[example.org]\n", ":4:", "address like"},
        {GOOD "[store]\nurl = mysql://bob:" SECRET "@x\n", ":5:", "is not a store"},
        {GOOD "[optout]\nbase_url = http://example.org\n", ":5:", "https://"}, // UN-02
        {GOOD "[optout]\nbase_url = https://bob:" SECRET "@example.org\n",
         ":5:", "without a user name"},
        {GOOD "[optout]\nbase_url = https://b\xc3\xbc"
              "cher.example\n",
         ":5:", "xn--"},
        {GOOD "[optout]\nbase_url = " URL_OF_201 "\n", ":5:", "200 bytes"},
        {GOOD "[optout]\nmailto = {token}{token}{token}@example.org\n", ":5:", "{token}"},
        {GOOD "[optout]\nmailto = a-prefix-that-is-much-too-long-for-it+{token}@example.org\n",
         ":5:", "64 octets"},
        {GOOD "[delivery]\nretry = soon\n", ":5:", "length of time"},
        {GOOD "[delivery]\nretry = 5m 15m\n", ":5:", "put a comma"},
        {GOOD "[delivery]\nretry = 5m15m\n", ":5:", "length of time"},
        {GOOD "[delivery]\nretry = 0s, 5m\n", ":5:", "after 1s at the earliest"},
        {GOOD "[delivery]\nretry = ,\n", ":5:", "no retry times"},
        {GOOD "[delivery]\nretry = 1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s\n",
         ":5:", "more than 16"},
        {GOOD "[delivery]\nretry = 5m\ngive_up_after = 4m\n",
         ":6:", "shorter than the first retry"},
        {GOOD "[delivery]\n\nretry = 2d\n", ":6:", "shorter than the first retry"},
        {GOOD "[delivery]\nbrake_permanent = 101%\n", ":5:", "0% to 100%"},
        {GOOD "[delivery]\nbrake_permanent = 5\n", ":5:", "0% to 100%"},
        {GOOD "[delivery]\nbrake_permanent = %\n", ":5:", "0% to 100%"},
        {GOOD "[delivery]\nbrake_permanent = -1%\n", ":5:", "0% to 100%"},
        {GOOD "[delivery]\nbrake_permanent = 5%%\n", ":5:", "0% to 100%"},
        {GOOD "[delivery]\ngive_up_after = 11y\n", ":5:", "length of time"},
        {GOOD "[delivery]\ndurability = maybe\n", ":5:", "full, process"},
        {GOOD "[schedule]\nday = someday\n", ":5:", "not one of"},
        {GOOD "[schedule]\ntime = 9am\n", ":5:", "HH:MM"},
        {GOOD "[bogus]\n", ":4:", "unknown section [bogus]"},
        {GOOD "[Newsletter]\n", ":4:", "unknown section [Newsletter]"},
        {"x = 1\n" GOOD, ":1:", "before the first section"},
        {GOOD "name\n", ":4:", "neither"},
        {GOOD "language = en\n  de\n", ":4:", "next line is indented"},
        {GOOD "postal_address = a\x01"
              "b\n",
         ":4:", "control character"},
        {GOOD "this is no setting\n", ":4:", "neither"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_error(rows[i].text, rows[i].place, rows[i].why);
}

// Of a relay: the line is that of the key that is meant; [relay x] is line 4.
static void test_relay_errors(void **state)
{
    (void)state;
#define RELAY GOOD "[relay x]\n"
#define URL   RELAY "url = smtp://mail.example.org\n"
    static const struct {
        const char *text, *place, *why;
    } rows[] = {
        {GOOD "[relay]\nurl = smtp://h\n", ":4:", "give the relay a name"},
        {GOOD "[relay a.b]\n", ":4:", "give the relay a name"},
        {RELAY, ":4:", "has no url"},
        {RELAY "connections = 1\n", ":4:", "has no url"},
        {RELAY "url =\n", ":5:", "has no url"},
        {RELAY "url = http://h\n", ":5:", "smtp://"},
        {RELAY "url = h:25\n", ":5:", "address like"},
        {RELAY "url = smtp://h/path\n", ":5:", "smtp://"},
        {RELAY "url = smtp://h:99999\n", ":5:", "address like"},
        {RELAY "url = smtp://h:0\n", ":5:", "address like"},
        {RELAY "url = smtp://user@h\n", ":5:", "keys of their own: username, password_file"},
        {RELAY "url = smtp://bob:" SECRET "@mail.example.org:587\n", ":5:", "url: it holds a user"},
        {RELAY "url = smtp://bob:" SECRET "/x@mail.example.org\n", ":5:", "url: it holds a user"},
        {RELAY "url = bob:" SECRET "@mail.example.org\n", ":5:", "url: it holds a user"},
        {RELAY "url = smtp://bob:" SECRET "\n", ":5:", "address like"},
        {RELAY "url = smtp://b\xc3\xbc"
               "cher.example\n",
         ":5:", "xn--"},
        {RELAY "url = smtp://my_relay\n", ":5:", "not a host name"},
        {RELAY "url = smtp://-mail.example.org\n", ":5:", "not a host name"},
        {RELAY "url = smtp://mail..example.org\n", ":5:", "not a host name"},
        {RELAY "url = smtp://[mail.example.org]:25\n", ":5:", "address like"},
        {RELAY "url = smtp://[::g]:25\n", ":5:", "address like"},
        {RELAY "url = smtp://a\tb\n", ":5:", "not a host name"},
        {RELAY "url = smtp://h\nurl = smtp://i\n", ":6:", "stands twice"},
        {RELAY "url = smtp://h\n  tls = none\n", ":5:", "next line is indented"},
        {URL "connections = 0\n", ":6:", "from 1 to 100"},
        {URL "connections = 101\n", ":6:", "from 1 to 100"},
        {URL "priority = 1001\n", ":6:", "from 0 to 1000"},
        {URL "reply_timeout_ms = 0\n", ":6:", "from 1 to 3600000"},
        {URL "disable = EVERYTHING\n", ":6:", "PIPELINING"},
        {URL "colour = red\n", ":6:", "unknown key 'colour' in [relay x]"},
        {URL "usrname = u\n", ":6:", "perhaps 'username'?"},
        {URL "connections = 3\ntls = none\n", ":7:", "only for a relay on"},
        {URL "connections = 3\nca_file = none.pem\n", ":7:", "ca_file"},
        {URL "tls = opportunistic\nusername = u\npassword_env = P\n",
         ":6:", "needs tls = required"},
        {URL "username = u\n", ":6:", "no password_file"},
        {URL "username = u\npassword_env =\npassword_file =\n", ":6:", "no password_file"},
        {URL "password_env = P\n", ":6:", "no username"},
        {URL "username =\npassword_file = P\n", ":7:", "no username"},
        {URL "username = u\npassword_env = P\npassword_file = F\n", ":7:", "keep one"},
        {URL "username = u\n  password_env = P\n", ":6:", "next line is indented"},
        {URL "username = u\tv\n", ":6:", "a tab"},
        {URL "username = " X64 X64 X64 X64 "\n", ":6:", "255"},
        {URL "password_file = a\tb\n", ":6:", "a tab"},
        {URL "password_file = a\n  b\n", ":6:", "next line is indented"},
        {URL "ca_file = a\tb\n", ":6:", "a tab"},
        {URL "ehlo_name = a b\n", ":6:", "not a host name"},
        {URL "ehlo_name = a\n b\n", ":6:", "next line is indented"},
        {URL "ehlo_name = -a.example.org\n", ":6:", "not a host name"},
        {URL "ehlo_name = a-.example.org\n", ":6:", "not a host name"},
        {URL "ehlo_name = a.example.org-\n", ":6:", "not a host name"},
        {URL "ehlo_name = a.example.org.\n", ":6:", "not a host name"},
        {URL "ehlo_name = .\n", ":6:", "not a host name"},
        {URL "ehlo_name = " X64 ".example.org\n", ":6:", "not a host name"},
        {URL "ehlo_name = " X50 "." X50 "." X50 "." X50 "." X50 "xx\n", ":6:", "not a host name"},
        {URL "ehlo_name = b\xc3\xbc"
             "cher.example\n",
         ":6:", "xn--"},
        {URL "ehlo_name = 192.0.2.1\n", ":6:", "[192.0.2.1]"},
        {URL "ehlo_name = 2001:db8::1\n", ":6:", "[IPv6:2001:db8::1]"},
        {URL "ehlo_name = [2001:db8::1]\n", ":6:", "not a host name"},
        {URL "ehlo_name = [192.0.2.1\n", ":6:", "not a host name"},
        {URL "ehlo_name = [IPv6:]\n", ":6:", "not a host name"},
        {URL "ehlo_name = []\n", ":6:", "not a host name"},
        {URL "ehlo_name = [\n", ":6:", "not a host name"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_error(rows[i].text, rows[i].place, rows[i].why);
}

static struct conf *load_text(const char *text)
{
    struct conf *conf = NULL;
    struct err err = {0};
    assert_int_equal(write_conf(text), 0);
    if (conf_load(root, &conf, &err) != 0)
        fail_msg("%s\n%s", err.msg, text);
    return conf;
}

static void test_relay_names(void **state)
{
    (void)state;
    static const char *const ehlo[] = {"localhost",
                                       "mail.example.org",
                                       "3com.example",
                                       "xn--bcher-kva.example",
                                       "[192.0.2.1]",
                                       "[IPv6:2001:db8::1]",
                                       X50 "." X50 "." X50 "." X50 "." X50 "x"};
    static const char *const hosts[] = {"mail.example.org", "192.0.2.1", "[2001:db8::1]", "a-b"};
    char text[1000];
    for (size_t i = 0; i < COUNT_OF(ehlo); i++) {
        snprintf(text, sizeof text, URL "ehlo_name = %s\n", ehlo[i]);
        struct conf *conf = load_text(text);
        assert_string_equal(conf->delivery.relays[0].ehlo_name, ehlo[i]);
        conf_free(&conf);
    }
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        snprintf(text, sizeof text, RELAY "url = smtp://%s:25/\n", hosts[i]);
        struct conf *conf = load_text(text);
        size_t skip = *hosts[i] == '[';
        assert_int_equal(strncmp(conf->delivery.relays[0].host, hosts[i] + skip,
                                 strlen(conf->delivery.relays[0].host)),
                         0);
        conf_free(&conf);
    }
}

static void test_defaults(void **state)
{
    (void)state;
    struct conf *conf = load_text(URL);
    const struct delivery_settings *d = &conf->delivery;
    const struct relay_settings *relay = &d->relays[0];
    assert_true(conf->store.is_full_sync);
    assert_string_equal(conf->store.url, "sqlite:var/hearten.db");
    assert_int_equal(d->retry_count, 4);
    assert_int_equal(d->retry[0], 300);
    assert_int_equal(d->retry[3], 14400);
    assert_int_equal(d->give_up_after, 86400);
    assert_int_equal(d->not_after, 86400);
    assert_int_equal(d->lease, 900);
    assert_int_equal(d->brake_percent, 5);
    assert_int_equal(relay->connections, 4);
    assert_int_equal(relay->messages_per_connection, 0);
    assert_int_equal(relay->connect_timeout_ms, 300000);
    assert_int_equal(relay->reply_timeout_ms, 300000);
    assert_int_equal(relay->data_timeout_ms, 600000);
    assert_int_equal(relay->tls, RELAY_TLS_REQUIRED);
    assert_null(relay->ehlo_name);
    assert_string_equal(conf->timezone, "UTC");
    assert_string_equal(conf->campaign.language, "en");
    assert_string_equal(conf->campaign.from_name, "Letters");
    assert_int_equal(conf->campaign.schedule_day, -1);
    assert_false(conf->campaign.has_reply_to);
    conf_free(&conf);
}

static void test_what_is_set(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int brake, tls;
        bool is_full_sync;
    } rows[] = {
        {URL "[delivery]\nbrake_permanent = 0%\n", 0, RELAY_TLS_REQUIRED, true},
        {URL "[delivery]\nbrake_permanent = 100%\ndurability = full\n", 100, RELAY_TLS_REQUIRED,
         true},
        {URL "tls = opportunistic\n[delivery]\ndurability = process\n", 5, RELAY_TLS_OPPORTUNISTIC,
         false},
        {RELAY "url = smtp://localhost\n", 5, RELAY_TLS_NONE, true},
        {RELAY "url = smtp://[::1]:25\n", 5, RELAY_TLS_NONE, true},
        {RELAY "url = smtps://127.0.0.1\n", 5, RELAY_TLS_REQUIRED, true},
        // a password does not travel in the clear unless that is written
        {RELAY "url = smtp://127.0.0.1\nusername = u\npassword_env = P\n", 5, RELAY_TLS_REQUIRED,
         true},
        {RELAY "url = smtp://127.0.0.1\nusername = u\npassword_env = P\ntls = none\n", 5,
         RELAY_TLS_NONE, true},
        // an empty value is as if it were not there
        {URL
         "tls =\nconnections =\npassword_env =\n[delivery]\nbrake_permanent =\nretry =\ndurability =\n",
         5, RELAY_TLS_REQUIRED, true},
        {RELAY "url = smtp://127.0.0.1\nusername =\n", 5, RELAY_TLS_NONE, true},
        {GOOD "list_id =\nreply_to =\n[relay x]\nurl = smtp://h\ndisable = CHUNKING,\n  DSN\n", 5,
         RELAY_TLS_REQUIRED, true},
        {GOOD "[optout]\nbase_url = " URL_OF_200 "\n[relay x]\nurl = smtp://h\n", 5,
         RELAY_TLS_REQUIRED, true},
        {GOOD "website = https://example.org/@mira\n[relay x]\nurl = smtp://h\n", 5,
         RELAY_TLS_REQUIRED, true},
        {GOOD "language = zh-Hant-TW\n[relay x]\nurl = smtp://h\n", 5, RELAY_TLS_REQUIRED, true},
        {URL "[delivery]\nretry = 1h30m,\n  2h\ngive_up_after = 1h 30m\n", 5, RELAY_TLS_REQUIRED,
         true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct conf *conf = load_text(rows[i].text);
        assert_int_equal(conf->delivery.brake_percent, rows[i].brake);
        assert_int_equal(conf->delivery.relays[0].tls, rows[i].tls);
        assert_int_equal(conf->delivery.relays[0].connections, 4);
        assert_int_equal(conf->store.is_full_sync, rows[i].is_full_sync);
        assert_string_equal(conf->campaign.list_id, "newsletter.example.org");
        conf_free(&conf);
    }
}

static void test_relays_in_order(void **state)
{
    (void)state;
    struct conf *conf = load_text(GOOD "[relay c]\nurl = smtp://h\npriority = 20\n"
                                       "[relay z]\nurl = smtp://h\n"
                                       "[relay a]\nurl = smtp://h\n"
                                       "[relay m]\nurl = smtp://h\n"
                                       "[relay b]\nurl = smtp://h\npriority = 0\n"
                                       "[relay c]\nconnections = 9\n");
    char order[6] = "";
    assert_int_equal(conf->delivery.relay_count, 5);
    for (int i = 0; i < 5; i++)
        order[i] = *conf->delivery.relays[i].name;
    assert_string_equal(order, "bzamc"); // of the same priority: as they stand
    assert_int_equal(conf->delivery.relays[4].connections, 9);
    conf_free(&conf);
}

// The zone of one file is not that of the next.
static void test_the_zone_goes_with_the_file(void **state)
{
    (void)state;
    struct civil noon = {.year = 2026, .month = 7, .day = 1, .hour = 12};
    struct conf *conf = load_text(GOOD "timezone = Europe/Berlin\n");
    assert_int_equal(clock_from_civil(&noon), 1782900000);
    conf_free(&conf);
    conf = load_text(GOOD);
    assert_int_equal(clock_from_civil(&noon), 1782907200);
    conf_free(&conf);
}

static void test_whole(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err;
    assert_int_equal(
        write_conf("\xef\xbb\xbf" GOOD "from_name = Mira ; Vale # 1\r\n"
                   "postal_address = Street 1\n  Town ; 2nd line\n"
                   "timezone = Europe/Berlin\n"
                   "[optout]\nbase_url = https://l.example.org/x/\nmailto = off@example.org\n"
                   "[relay slow]\nurl = smtp://127.0.0.1:2525\npriority = 20\n"
                   "[relay fast]\nurl = smtps://mail.example.org:465\nconnections = 7\n"
                   "[sections]\ncall = Your Call, Call to Rest\n"
                   "[delivery]\nretry = 1m, 1h\ngive_up_after = 2d\ndurability = process\n"
                   "[schedule]\nday = friday\ntime = 07:30\nnot_after = 6h\n"),
        0);
    assert_ok(conf_load(root, &conf, &err), &err);
    assert_string_equal(conf->campaign.from_name, "Mira ; Vale # 1");
    assert_string_equal(conf->campaign.postal_address, "Street 1\nTown ; 2nd line");
    assert_string_equal(conf->campaign.base_url, "https://l.example.org/x");
    assert_string_equal(conf->campaign.list_id, "newsletter.example.org");
    assert_string_equal(conf->campaign.call_titles[1], "Call to Rest");
    assert_null(conf->campaign.call_titles[2]);
    assert_string_equal(conf->campaign.practice_titles[0], "Your Gentle Practice This Week");
    assert_int_equal(conf->delivery.relay_count, 2);
    assert_string_equal(conf->delivery.relays[0].name, "fast"); // by priority
    assert_int_equal(conf->delivery.relays[0].connections, 7);
    assert_int_equal(conf->delivery.relays[0].tls, RELAY_TLS_REQUIRED);
    assert_int_equal(conf->delivery.relays[1].tls, RELAY_TLS_NONE); // loopback
    assert_int_equal(conf->delivery.retry_count, 2);
    assert_int_equal(conf->delivery.retry[1], 3600);
    assert_int_equal(conf->delivery.give_up_after, 2 * 86400);
    assert_int_equal(conf->delivery.not_after, 6 * 3600);
    assert_false(conf->store.is_full_sync);
    assert_int_equal(conf->campaign.schedule_day, 5);
    assert_int_equal(conf->campaign.schedule_hour, 7);
    struct civil noon = {.year = 2026, .month = 7, .day = 1, .hour = 12};
    assert_int_equal(clock_from_civil(&noon), 1782900000); // 10:00 UTC: the zone is in force
    conf_free(&conf);
}

static void test_nowhere_to_send_to(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err;
    assert_int_equal(write_conf(GOOD), 0);
    assert_ok(conf_load(root, &conf, &err), &err);
    assert_int_equal(conf_load_secrets(conf, &err), -1); // no relay at all
    assert_contains(err.msg, "[relay NAME]");
    conf_free(&conf);
}

static void expect_no_secret(struct conf *conf, const char *why)
{
    struct err err = {0};
    if (conf_load_secrets(conf, &err) == 0)
        fail_msg("a secret was taken, though it should say \"%s\"", why);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, "config/hearten.ini:7: [relay x] password_");
    assert_contains(err.msg, why);
    assert_lacks(err.msg, SECRET);
    assert_null(conf->delivery.relays[0].password);
}

static void test_password_files(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        unsigned mode;
        const char *why;
    } bad[] =
        {
            {"", 0, 0600, "is empty"},
            {"\n" SECRET "\n", 9, 0600, "is empty"},
            {"\r\n", 2, 0600, "is empty"},
            {SECRET "\0x\n", 10, 0600, "a NUL"},
            {"\0", 1, 0600, "a NUL"},
            {SECRET "\n", 8, 0644, "chmod 600"},
            {SECRET "\n", 8, 0640, "chmod 600"},
            {SECRET "\n", 8, 0604, "chmod 600"},
        },
      good[] = {{"s3cret word\n", 12, 0600, "s3cret word"},
                {"s3cret", 6, 0400, "s3cret"},
                {" \xfc \r\nmore\n", 10, 0600, " \xfc "}};
    struct err err;
    char *path = file_join(root, "secret");
    struct conf *conf = load_text(GOOD "[relay x]\nurl = smtps://mail.example.org\nusername = u\n"
                                       "password_file = secret\n");
    expect_no_secret(conf, "no such file");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_ok(file_write(path, bad[i].bytes, bad[i].len, bad[i].mode, &err), &err);
        expect_no_secret(conf, bad[i].why);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_ok(file_write(path, good[i].bytes, good[i].len, good[i].mode, &err), &err);
        assert_ok(conf_load_secrets(conf, &err), &err);
        assert_string_equal(conf->delivery.relays[0].password, good[i].why);
    }
    conf_free(&conf);
    conf = load_text(GOOD "[relay x]\nurl = smtps://mail.example.org\nusername = u\n"
                          "password_file = " SECRET "\n"); // the password itself, by mistake
    expect_no_secret(conf, "no such file");
    conf_free(&conf);
    free(path);
}

static void test_passwords_of_the_environment(void **state)
{
    (void)state;
    static const char *const names[] = {SECRET "secret", SECRET "=x", "$" SECRET, SECRET " word"};
    struct conf *conf;
    struct err err;
    char text[300];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(text, sizeof text,
                 GOOD
                 "[relay x]\nurl = smtps://mail.example.org\nusername = u\npassword_env = %s\n",
                 names[i]);
        conf = load_text(text);
        expect_no_secret(conf, "password_env names no variable that is set");
        conf_free(&conf);
    }
    conf = load_text(GOOD "[relay x]\nurl = smtps://mail.example.org\nusername = u\n"
                          "password_env = HEARTEN_TEST_PASSWORD\n");
    setenv("HEARTEN_TEST_PASSWORD", "", 1);
    expect_no_secret(conf, "password_env names no variable that is set");
    setenv("HEARTEN_TEST_PASSWORD", "s3cret", 1);
    assert_ok(conf_load_secrets(conf, &err), &err);
    assert_string_equal(conf->delivery.relays[0].password, "s3cret");
    unsetenv("HEARTEN_TEST_PASSWORD");
    conf_free(&conf);
}

// The file that `init` writes is a configuration.
static void test_sample(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err;
    assert_int_equal(write_conf(conf_sample), 0);
    assert_ok(conf_load(root, &conf, &err), &err);
    assert_int_equal(conf->delivery.relay_count, 1);
    conf_free(&conf);
    static const char *const keys[] = {// "it explains each setting where it stands"
                                       "name",
                                       "from_name",
                                       "from_email",
                                       "reply_to",
                                       "list_id",
                                       "postal_address",
                                       "website",
                                       "language",
                                       "timezone",
                                       "base_url",
                                       "mailto",
                                       "url",
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
                                       "retry",
                                       "brake_permanent",
                                       "give_up_after",
                                       "durability",
                                       "day",
                                       "time",
                                       "not_after",
                                       "practice",
                                       "call"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_contains(conf_sample, keys[i]);
}

static void test_missing(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err;
    assert_int_equal(conf_load("/nonexistent", &conf, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

// The exit is that of a wrong configuration, whatever the reason.
static void test_unreadable(void **state)
{
    (void)state;
    struct err err;
    char *path = file_join(root, "config/hearten.ini");
    size_t size = (1 << 20) + 1;
    char *large = mem_new(size, 1);
    memset(large, '\n', size);
    memcpy(large, GOOD, sizeof GOOD - 1);
    assert_ok(file_write(path, large, size, 0644, &err), &err);
    struct conf *conf;
    assert_int_equal(conf_load(root, &conf, &err), -1);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, path);
    assert_ok(file_write(path, large, size - 1, 0644, &err), &err);
    assert_ok(conf_load(root, &conf, &err), &err);
    conf_free(&conf);
    unlink(path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(conf_load(root, &conf, &err), -1);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, path);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("hearten.ini", path), 0); // one that cannot be opened, for root too
    assert_int_equal(conf_load(root, &conf, &err), -1);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, path);
    unlink(path);
    free(large);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_whole),
                                       cmocka_unit_test(test_relay_errors),
                                       cmocka_unit_test(test_relay_names),
                                       cmocka_unit_test(test_defaults),
                                       cmocka_unit_test(test_what_is_set),
                                       cmocka_unit_test(test_relays_in_order),
                                       cmocka_unit_test(test_the_zone_goes_with_the_file),
                                       cmocka_unit_test(test_nowhere_to_send_to),
                                       cmocka_unit_test(test_password_files),
                                       cmocka_unit_test(test_passwords_of_the_environment),
                                       cmocka_unit_test(test_unreadable),
                                       cmocka_unit_test(test_sample),
                                       cmocka_unit_test(test_missing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
