// config/hearten.ini: applied whole or not at all, and every message names file and line.
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "conf/conf.h"

#include <sys/stat.h>
#include <unistd.h>

#define GOOD "[newsletter]\nname = Letters\nfrom_email = a@example.org\n"

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
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *why;
    } rows[] = {
        {"", "", "[newsletter] name is missing"},
        {"[newsletter]\nname = x\n", "", "from_email is missing"},
        {GOOD "[nonsense]\nx = 1\n", ":5:", "unknown section [nonsense]"},
        {GOOD "colour = red\n", ":4:", "unknown key 'colour' in [newsletter]"},
        {GOOD "name = twice\n", ":4:", "stands twice"},
        {"[newsletter]\nname = x\nfrom_email = nobody\n", ":3:", "has no @"},
        {GOOD "timezone = Mars/Olympus\n", ":4:", "time zone 'Mars/Olympus'"},
        {GOOD "language = english!\n", ":4:", "language tag"},
        {GOOD "list_id = nodots\n", ":4:", "list id"},
        {GOOD "website = example.org\n", ":4:", "address like"},
        {GOOD "[store]\nurl = mysql://x\n", ":5:", "is not a store"},
        {GOOD "[optout]\nbase_url = http://example.org\n", ":5:", "https://"}, // UN-02
        {GOOD "[optout]\nmailto = {token}{token}{token}@example.org\n", ":5:", "{token}"},
        {GOOD "[optout]\nmailto = a-prefix-that-is-much-too-long-for-it+{token}@example.org\n",
         ":5:", "64 octets"},
        {GOOD "[delivery]\nretry = soon\n", ":5:", "length of time"},
        {GOOD "[delivery]\ngive_up_after = 11y\n", ":5:", "length of time"},
        {GOOD "[delivery]\ndurability = maybe\n", ":5:", "full, process"},
        {GOOD "[schedule]\nday = someday\n", ":5:", "not one of"},
        {GOOD "[schedule]\ntime = 9am\n", ":5:", "HH:MM"},
        {GOOD "[relay]\nurl = smtp://h\n", ":5:", "give the relay a name"},
        {GOOD "[relay x]\nurl = http://h\n", ":5:", "smtp://"},
        {GOOD "[relay x]\nurl = smtp://h:99999\n", ":5:", "address like"},
        {GOOD "[relay x]\nconnections = 0\n", ":5:", "from 1 to 100"},
        {GOOD "[relay x]\nconnections = 1\n", ":5:", "has no url"},
        {GOOD "[relay x]\nurl = smtp://mail.example.org\ntls = none\n",
         ":5:", "only for a relay on"},
        {GOOD "[relay x]\nurl = smtp://mail.example.org\ntls = opportunistic\nusername = u\n"
              "password_env = P\n",
         ":5:", "needs tls = required"},
        {GOOD "[relay x]\nurl = smtp://mail.example.org\nusername = u\n",
         ":5:", "no password_file"},
        {GOOD "[relay x]\nurl = smtp://h\nurl = smtp://i\n", ":6:", "stands twice"},
        {GOOD "[relay x]\nurl = smtp://user@h\n", ":5:", "address like"},
        {GOOD "postal_address = a\x01"
              "b\n",
         ":4:", "control character"},
        {GOOD "this is no setting\n", ":4:", "neither"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_error(rows[i].text, rows[i].place, rows[i].why);
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

static void test_secrets(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err;
    char *path = file_join(root, "secret");
    assert_int_equal(write_conf(GOOD), 0);
    assert_ok(conf_load(root, &conf, &err), &err);
    assert_int_equal(conf_load_secrets(conf, &err), -1); // no relay at all
    assert_contains(err.msg, "[relay NAME]");
    conf_free(&conf);

    assert_int_equal(write_conf(GOOD "[relay x]\nurl = smtps://mail.example.org\nusername = u\n"
                                     "password_file = secret\n"),
                     0);
    assert_ok(conf_load(root, &conf, &err), &err);
    assert_int_equal(conf_load_secrets(conf, &err), -1);
    assert_int_equal(err_exit_code(err.kind), 78);
    assert_contains(err.msg, "password_file");
    assert_ok(file_write(path, "s3cret word\n", 12, 0600, &err), &err);
    assert_ok(conf_load_secrets(conf, &err), &err);
    assert_string_equal(conf->delivery.relays[0].password, "s3cret word");
    conf_free(&conf);
    free(path);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors), cmocka_unit_test(test_whole), cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_sample), cmocka_unit_test(test_missing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
