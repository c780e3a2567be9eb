#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "mail/maildir.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hearten-maildir.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void empty_folder(const char *dir)
{
    char **names;
    size_t count;
    struct err err;
    assert_ok(file_list(dir, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(dir, names[i]);
        if (file_is_dir(path)) {
            empty_folder(path);
            assert_int_equal(rmdir(path), 0);
        } else {
            assert_int_equal(unlink(path), 0);
        }
        free(path);
    }
    file_free_names(&names, count);
}

static int remove_folder(void **state)
{
    (void)state;
    empty_folder(folder);
    return rmdir(folder);
}

static size_t count_in(const char *name)
{
    char **names;
    size_t count;
    struct err err;
    char *dir = file_join(folder, name);
    assert_ok(file_list(dir, &names, &count, &err), &err);
    file_free_names(&names, count);
    free(dir);
    return count;
}

static void test_a_message_arrives_in_new(void **state)
{
    (void)state;
    struct maildir *m;
    struct err err;
    static const char mail[] = "Subject: x\r\n\r\nnul: \0 bare: \n\r end";
    assert_ok(maildir_open(&m, folder, &err), &err);
    for (int sync = 0; sync < 2; sync++)
        assert_ok(maildir_put(m, mail, sizeof mail - 1, sync, &err), &err);
    assert_ok(maildir_put(m, "", 0, 0, &err), &err);
    maildir_close(&m);
    assert_null(m);
    assert_int_equal(count_in("new"), 3);
    assert_int_equal(count_in("tmp"), 0);
    assert_int_equal(count_in("cur"), 0);
    char **names;
    size_t count, whole = 0;
    char *dir = file_join(folder, "new");
    assert_ok(file_list(dir, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(dir, names[i]);
        struct buf b;
        struct stat st;
        buf_init(&b, BUF_MAX_DEFAULT);
        assert_ok(file_read(path, 1000, &b, &err), &err);
        if (b.len > 0) {
            assert_int_equal(b.len, sizeof mail - 1);
            assert_memory_equal(b.data, mail, b.len);
            whole++;
        }
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600); // somebody's mail
        assert_null(strchr(names[i], ':'));
        buf_deinit(&b);
        free(path);
    }
    assert_int_equal(whole, 2);
    file_free_names(&names, count);
    free(dir);
}

// One second, one process, even one stream of "random" bytes: all names differ.
static void test_names_are_unique(void **state)
{
    (void)state;
    enum {
        EACH = 200
    };
    struct maildir *m;
    struct err err;
    clock_set(1700000000);
    for (int round = 0; round < 2; round++) {
        random_seed(1);
        assert_ok(maildir_open(&m, folder, &err), &err);
        int refused = 0;
        for (int i = 0; i < EACH; i++)
            refused += maildir_put(m, "x", 1, 0, &err) != 0;
        // the same names again may fail, but never replace a message
        assert_int_equal(refused, round == 0 ? 0 : EACH);
        assert_int_equal(count_in("new"), EACH);
        assert_int_equal(count_in("tmp"), 0);
        maildir_close(&m);
    }
    random_seed(2);
    assert_ok(maildir_open(&m, folder, &err), &err);
    for (int i = 0; i < EACH; i++)
        assert_ok(maildir_put(m, "x", 1, 0, &err), &err);
    maildir_close(&m);
    assert_int_equal(count_in("new"), 2 * EACH);
}

static void test_missing_folders_are_made(void **state)
{
    (void)state;
    struct maildir *m;
    struct err err;
    char *deep = file_join(folder, "a/b/Mail");
    assert_ok(maildir_open(&m, deep, &err), &err);
    assert_ok(maildir_put(m, "x", 1, 0, &err), &err);
    maildir_close(&m);
    assert_ok(maildir_open(&m, deep, &err), &err); // and existing ones are kept
    maildir_close(&m);
    assert_int_equal(count_in("a/b/Mail/new"), 1);
    free(deep);
}

static void test_what_cannot_be_written(void **state)
{
    (void)state;
    struct maildir *m;
    struct err err;
    assert_int_equal(maildir_open(&m, "/dev/null/mail", &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, "/dev/null");
    assert_null(m);
    maildir_close(&m);
    char *file = file_join(folder, "taken");
    assert_ok(file_write(file, "x", 1, 0600, &err), &err);
    assert_int_equal(maildir_open(&m, file, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    free(file);
    char *dir = file_join(folder, "gone");
    assert_ok(maildir_open(&m, dir, &err), &err);
    empty_folder(dir);
    assert_int_equal(maildir_put(m, "x", 1, 0, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_contains(err.msg, dir);
    maildir_close(&m);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_message_arrives_in_new, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_names_are_unique, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_missing_folders_are_made, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
