#include "unit.h"

#include "base/file.h"
#include "crypt/keyring.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[64], keys[80], token_path[100], suppress_path[100];

static int make_folder(void **state)
{
    (void)state;
    umask(022);
    snprintf(folder, sizeof folder, "/tmp/hearten-keyring.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(keys, sizeof keys, "%s/keys", folder);
    snprintf(token_path, sizeof token_path, "%s/token.key", keys);
    snprintf(suppress_path, sizeof suppress_path, "%s/suppress.key", keys);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char **names;
    size_t count;
    struct err err;
    if (file_list(keys, &names, &count, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            char *path = file_join(keys, names[i]);
            assert_int_equal(file_is_dir(path) ? rmdir(path) : unlink(path), 0);
            free(path);
        }
        file_free_names(&names, count);
        assert_int_equal(rmdir(keys), 0);
    }
    return rmdir(folder);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void create(void)
{
    struct err err;
    assert_ok(keyring_create(keys, &err), &err);
}

static void load(struct keyring *keyring)
{
    struct err err;
    assert_ok(keyring_load(keyring, keys, &err), &err);
}

static void test_two_keys_in_private_files(void **state)
{
    (void)state;
    create();
    assert_int_equal(mode_of(keys), 0700);
    assert_int_equal(mode_of(token_path), 0600);
    assert_int_equal(mode_of(suppress_path), 0600);
    struct buf text;
    struct err err;
    buf_init(&text, 100);
    assert_ok(file_read(token_path, 100, &text, &err), &err);
    assert_int_equal(text.len, 65);
    assert_int_equal(strspn(text.data, "0123456789abcdef"), 64);
    buf_deinit(&text);
    struct keyring a, b;
    load(&a);
    load(&b);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(a.token, a.suppress, KEYRING_KEY);
    assert_int_equal(a.token_id, 1);
}

static void test_keys_are_never_replaced(void **state)
{
    (void)state;
    struct keyring before, after;
    struct err err;
    create();
    load(&before);
    assert_int_equal(keyring_create(keys, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, keys);
    load(&after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(unlink(token_path), 0);
    assert_int_equal(keyring_create(keys, &err), -1); // half a ring is data's too
    assert_int_equal(err.kind, ERR_CREATE);
    assert_false(file_is_file(token_path));
    assert_int_equal(symlink("nowhere", token_path), 0);
    assert_int_equal(unlink(suppress_path), 0);
    assert_int_equal(keyring_create(keys, &err), -1); // nor through a link that leads nowhere
}

// Names that are just too long for the system: at some length the first key can be written and the
// second, whose name is longer, cannot. Half a ring would forbid the next attempt.
static void test_no_half_a_ring_stays(void **state)
{
    (void)state;
    char dir[4200];
    int made = 0, refused = 0;
    for (size_t len = 4020; len < 4100; len++) {
        struct err err = {0};
        int n = snprintf(dir, sizeof dir, "%s", keys);
        while ((size_t)n < len)
            n += snprintf(dir + n, sizeof dir - (size_t)n, (len - (size_t)n) % 2 ? "/" : "/.");
        if (keyring_create(dir, &err) == 0) {
            assert_int_equal(unlink(token_path), 0);
            assert_int_equal(unlink(suppress_path), 0);
            made++;
            continue;
        }
        refused++;
        assert_int_equal(access(token_path, F_OK), -1);
        assert_int_equal(access(suppress_path, F_OK), -1);
    }
    assert_true(made > 0 && refused > 0);
}

static void test_a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    struct err err;
    assert_ok(file_write(keys, "", 0, 0600, &err), &err);
    assert_int_equal(keyring_create(keys, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_int_equal(unlink(keys), 0);
}

static void expect_refusal(const char *path, const char *why)
{
    static const struct keyring nothing;
    struct keyring keyring;
    struct err err;
    memset(&keyring, 0xee, sizeof keyring);
    assert_int_equal(keyring_load(&keyring, keys, &err), -1);
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_contains(err.msg, path);
    assert_contains(err.msg, why);
    assert_memory_equal(&keyring, &nothing, sizeof keyring); // no half of a ring is used
}

static void test_missing_keys(void **state)
{
    (void)state;
    expect_refusal(token_path, "backup");
    create();
    assert_int_equal(unlink(suppress_path), 0);
    expect_refusal(suppress_path, "backup");
    assert_int_equal(unlink(token_path), 0);
    expect_refusal(token_path, "backup");
    assert_false(file_is_file(token_path)); // nothing is made anew
}

static void test_keys_that_others_can_read(void **state)
{
    (void)state;
    static const unsigned open_modes[] = {0640, 0604, 0644, 0660, 0602, 0601, 0610, 0777};
    static const unsigned close_modes[] = {0600, 0400, 0700};
    create();
    for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
        assert_int_equal(chmod(token_path, open_modes[i]), 0);
        expect_refusal(token_path, "chmod 600");
    }
    assert_int_equal(chmod(token_path, 0600), 0);
    assert_int_equal(chmod(suppress_path, 0644), 0);
    expect_refusal(suppress_path, "chmod 600");
    for (size_t i = 0; i < COUNT_OF(close_modes); i++) {
        struct keyring keyring;
        assert_int_equal(chmod(suppress_path, close_modes[i]), 0);
        load(&keyring);
    }
}

#define DIGITS_62 "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"

static void test_malformed_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "\n",
                                      DIGITS_62,
                                      DIGITS_62 "f\n",
                                      DIGITS_62 "fff\n",
                                      DIGITS_62 "ffff\n",
                                      DIGITS_62 "fg\n",
                                      DIGITS_62 "FF\n",
                                      " " DIGITS_62 "ff\n",
                                      DIGITS_62 "ff \n",
                                      DIGITS_62 "ff\nmore\n",
                                      "\n" DIGITS_62 "ff\n",
                                      "# a key\n" DIGITS_62 "ff\n",
                                      DIGITS_62 "ff\n" DIGITS_62 "ff\n"};
    static const char *const good[] = {DIGITS_62 "ff", DIGITS_62 "ff\n", DIGITS_62 "ff\r\n"};
    struct keyring keyring;
    struct err err;
    create();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_ok(file_write(token_path, bad[i], strlen(bad[i]), 0600, &err), &err);
        expect_refusal(token_path, "does not hold a key");
        assert_int_equal(keyring_load(&keyring, keys, &err), -1);
        assert_lacks(err.msg, "00112233"); // a message never tells a key
    }
    assert_ok(file_write(token_path, DIGITS_62 "f\0", 64, 0600, &err), &err);
    expect_refusal(token_path, "does not hold a key");
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_ok(file_write(token_path, good[i], strlen(good[i]), 0600, &err), &err);
        load(&keyring);
        assert_int_equal(keyring.token[0], 0x00);
        assert_int_equal(keyring.token[31], 0xff);
    }
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    struct err err;
    char *large = mem_new(100000, 1);
    memset(large, 'a', 100000);
    create();
    assert_ok(file_write(token_path, large, 100000, 0600, &err), &err);
    expect_refusal(token_path, "larger");
    free(large);
    assert_int_equal(unlink(token_path), 0);
    assert_int_equal(mkfifo(token_path, 0600), 0); // must not wait for a writer
    expect_refusal(token_path, "does not hold a key");
    assert_int_equal(unlink(token_path), 0);
    assert_int_equal(mkdir(token_path, 0700), 0);
    expect_refusal(token_path, "does not hold a key");
}

static void test_the_fingerprint(void **state)
{
    (void)state;
    struct keyring ring = {.token_id = 1};
    char first[17], other[17];
    for (unsigned i = 0; i < KEYRING_KEY; i++) {
        ring.token[i] = (unsigned char)i;
        ring.suppress[i] = (unsigned char)(0x80 + i);
    }
    keyring_fingerprint(&ring, first);
    assert_int_equal(strspn(first, "0123456789abcdef"), 16);
    assert_int_equal(first[16], '\0');
    keyring_fingerprint(&ring, other);
    assert_string_equal(first, other);
    for (int bit = 0; bit < 8; bit++) { // either key counts, and which is which
        ring.token[31] ^= (unsigned char)(1 << bit);
        keyring_fingerprint(&ring, other);
        assert_string_not_equal(first, other);
        ring.token[31] ^= (unsigned char)(1 << bit);
        ring.suppress[0] ^= (unsigned char)(1 << bit);
        keyring_fingerprint(&ring, other);
        assert_string_not_equal(first, other);
        ring.suppress[0] ^= (unsigned char)(1 << bit);
    }
    struct keyring swapped = {.token_id = 1};
    memcpy(swapped.token, ring.suppress, KEYRING_KEY);
    memcpy(swapped.suppress, ring.token, KEYRING_KEY);
    keyring_fingerprint(&swapped, other);
    assert_string_not_equal(first, other);
    // Stores keep it: it may never change for the same keys.
    assert_string_equal(first, "4dad9d033fcc60a7");
}

static void test_address_hashes(void **state)
{
    (void)state;
    struct keyring ring = {.token_id = 1}, other_token = {.token_id = 2};
    unsigned char a[HASH_SIZE], b[HASH_SIZE];
    memset(ring.suppress, 0x0b, KEYRING_KEY);
    other_token = ring;
    other_token.token[0] = 1;
    keyring_address_hash(&ring, "ann@example.org", a);
    keyring_address_hash(&ring, "bob@example.org", b);
    assert_memory_not_equal(a, b, HASH_SIZE);
    keyring_address_hash(&other_token, "ann@example.org", b);
    assert_memory_equal(a, b, HASH_SIZE); // rotating the token key changes nothing
    // HMAC-SHA-256 with the key, and nothing else: what is stored stays findable.
    static const unsigned char want[4] = {0x33, 0xeb, 0x9a, 0x2f};
    assert_memory_equal(a, want, sizeof want);
    ring.suppress[31] ^= 1;
    keyring_address_hash(&ring, "ann@example.org", b);
    assert_memory_not_equal(a, b, HASH_SIZE);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_two_keys_in_private_files),
        WITH_FOLDER(test_keys_are_never_replaced),
        WITH_FOLDER(test_no_half_a_ring_stays),
        WITH_FOLDER(test_a_folder_that_cannot_be_made),
        WITH_FOLDER(test_missing_keys),
        WITH_FOLDER(test_keys_that_others_can_read),
        WITH_FOLDER(test_malformed_keys),
        WITH_FOLDER(test_files_that_are_none),
        cmocka_unit_test(test_the_fingerprint),
        cmocka_unit_test(test_address_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
