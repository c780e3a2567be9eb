#include "unit.h"

#include "base/file.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[64];

// The C library's, with a count; the last file that was synced is looked at.
static int syncs;
static off_t synced_size;

int fsync(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        synced_size = st.st_size;
    syncs++;
    return (int)syscall(SYS_fsync, fd);
}

static int make_folder(void **state)
{
    (void)state;
    umask(022);
    snprintf(folder, sizeof folder, "/tmp/hearten-file.XXXXXX");
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
        struct stat st;
        assert_int_equal(lstat(path, &st), 0);
        if (S_ISDIR(st.st_mode)) {
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

static char *in_folder(const char *name)
{
    return file_join(folder, name);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static size_t count_names(void)
{
    char **names;
    size_t count;
    struct err err;
    assert_ok(file_list(folder, &names, &count, &err), &err);
    file_free_names(&names, count);
    return count;
}

static void test_write_and_read(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 100000};
    char *path = in_folder("whole");
    char *data = mem_new(100000, 1);
    memset(data, 0, 100000);
    data[7] = 'x';
    struct err err;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct buf out;
        buf_init(&out, sizes[i]); // a buffer just as large as the file
        assert_ok(file_write(path, data, sizes[i], 0640, &err), &err);
        assert_int_equal(mode_of(path), 0640);
        assert_ok(file_read(path, sizes[i], &out, &err), &err);
        assert_int_equal(out.len, sizes[i]);
        assert_memory_equal(out.data, data, sizes[i]);
        assert_int_equal(out.data[out.len], '\0');
        buf_deinit(&out);
    }
    assert_int_equal(count_names(), 1); // no temporary file is left
    free(data);
    free(path);
}

// A power cut after the call leaves the old file or the whole new one.
static void test_what_is_written_is_synced(void **state)
{
    (void)state;
    struct err err;
    char *path = in_folder("synced"), *created = in_folder("created");
    syncs = 0;
    synced_size = -1;
    assert_ok(file_write(path, "0123456789", 10, 0600, &err), &err);
    assert_int_equal(synced_size, 10); // whole when it was synced
    assert_int_equal(syncs, 2);        // the file and its folder
    assert_ok(file_create(created, "01234", 5, 0600, &err), &err);
    assert_int_equal(synced_size, 5);
    assert_int_equal(syncs, 4);
    free(path);
    free(created);
}

static void test_reading_appends(void **state)
{
    (void)state;
    char *path = in_folder("whole");
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    buf_adds(&out, "before ");
    assert_ok(file_write(path, "after", 5, 0600, &err), &err);
    assert_ok(file_read(path, 5, &out, &err), &err);
    assert_string_equal(out.data, "before after");
    buf_deinit(&out);
    free(path);
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    char *large = in_folder("large"), *fifo = in_folder("fifo"), *none = in_folder("none");
    char *under = in_folder("large/x");
    struct err err;
    assert_ok(file_write(large, "0123456789", 10, 0600, &err), &err);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct {
        const char *path;
        size_t max, room;
        enum err_kind kind;
    } rows[] = {{none, 100, 100, ERR_NOT_FOUND}, {under, 100, 100, ERR_NOT_FOUND},
                {large, 9, 100, ERR_INPUT},      {large, 100, 9, ERR_INPUT},
                {fifo, 100, 100, ERR_INPUT},     {folder, 100, 100, ERR_INPUT},
                {"", 100, 100, ERR_NOT_FOUND}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out;
        buf_init(&out, rows[i].room);
        assert_int_equal(file_read(rows[i].path, rows[i].max, &out, &err), -1);
        assert_int_equal(err.kind, rows[i].kind);
        assert_contains(err.msg, rows[i].path); // the message names the path
        buf_deinit(&out);
    }
    free(large);
    free(fifo);
    free(none);
    free(under);
}

static void test_writing_replaces_whole_or_not_at_all(void **state)
{
    (void)state;
    char *path = in_folder("target"), *dir = in_folder("dir"), *none = in_folder("none/x");
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    assert_ok(file_write(path, "old text", 8, 0600, &err), &err);
    assert_ok(file_write(path, "new", 3, 0644, &err), &err);
    assert_ok(file_read(path, 100, &out, &err), &err);
    assert_string_equal(out.data, "new");
    assert_int_equal(mode_of(path), 0644);
    assert_ok(file_mkdirs(dir, 0755, &err), &err);
    assert_int_equal(file_write(dir, "x", 1, 0600, &err), -1); // a folder is in the way
    assert_int_equal(err.kind, ERR_CREATE);
    assert_int_equal(file_write(none, "x", 1, 0600, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, none);
    assert_int_equal(count_names(), 2); // target and dir: the temporary files went
    buf_deinit(&out);
    free(path);
    free(dir);
    free(none);
}

static void test_creating_never_replaces(void **state)
{
    (void)state;
    char *path = in_folder("key"), *link_path = in_folder("link");
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    assert_ok(file_create(path, "first", 5, 0600, &err), &err);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(file_create(path, "second", 6, 0600, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, "exists");
    assert_int_equal(symlink("nowhere", link_path), 0);
    assert_int_equal(file_create(link_path, "third", 5, 0600, &err), -1);
    assert_ok(file_read(path, 100, &out, &err), &err);
    assert_string_equal(out.data, "first");
    assert_int_equal(count_names(), 2);
    buf_deinit(&out);
    free(path);
    free(link_path);
}

static void test_folders_with_their_parents(void **state)
{
    (void)state;
    struct err err;
    static const char *const ways[] = {"a/b/c", "d/e/f/", "g//h///", "i/../i/j", "k"};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        char *path = in_folder(ways[i]);
        assert_ok(file_mkdirs(path, 0700, &err), &err);
        assert_true(file_is_dir(path));
        assert_int_equal(mode_of(path), 0700);
        assert_ok(file_mkdirs(path, 0700, &err), &err); // there already
        free(path);
    }
    char *parent = in_folder("a/b"), *file = in_folder("file"), *below = in_folder("file/x");
    assert_int_equal(mode_of(parent), 0755);
    assert_ok(file_mkdirs("/", 0755, &err), &err);
    assert_ok(file_write(file, "", 0, 0600, &err), &err);
    assert_int_equal(file_mkdirs(file, 0700, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_int_equal(file_mkdirs(below, 0700, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_int_equal(file_mkdirs("", 0700, &err), -1);
    assert_int_equal(file_mkdirs("/proc/hearten/x", 0700, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    free(parent);
    free(file);
    free(below);
}

static void test_what_is_what(void **state)
{
    (void)state;
    char *file = in_folder("file");
    struct err err;
    assert_ok(file_write(file, "", 0, 0600, &err), &err);
    assert_true(file_is_file(file));
    assert_false(file_is_dir(file));
    assert_true(file_is_dir(folder));
    assert_false(file_is_file(folder));
    assert_false(file_is_file("/nowhere/at/all"));
    assert_false(file_is_dir("/nowhere/at/all"));
    free(file);
}

static void test_joining(void **state)
{
    (void)state;
    static const struct {
        const char *dir, *name, *want;
    } rows[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"},
                {"", "b", "b"},    {"a", "/b", "/b"},  {"a", "", "a/"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = file_join(rows[i].dir, rows[i].name);
        assert_string_equal(path, rows[i].want);
        free(path);
    }
}

static void test_lists_are_sorted_bytewise(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "B", "a", "\xc3\xa9", ".hidden", "a b", "10", "9"};
    static const char *const want[] = {".hidden", "10", "9", "B", "a", "a b", "b", "\xc3\xa9"};
    char **got;
    size_t count;
    struct err err;
    assert_ok(file_list(folder, &got, &count, &err), &err);
    assert_int_equal(count, 0);
    file_free_names(&got, count);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = in_folder(names[i]);
        assert_ok(file_write(path, "", 0, 0600, &err), &err);
        free(path);
    }
    assert_ok(file_list(folder, &got, &count, &err), &err);
    assert_int_equal(count, COUNT_OF(want));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(got[i], want[i]);
    file_free_names(&got, count);
    assert_null(got);
    assert_int_equal(file_list("/nowhere/at/all", &got, &count, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    file_free_names(&got, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_is_written_is_synced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_reading_appends, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_writing_replaces_whole_or_not_at_all, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_creating_never_replaces, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_folders_with_their_parents, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_what_is_what, make_folder, remove_folder),
        cmocka_unit_test(test_joining),
        cmocka_unit_test_setup_teardown(test_lists_are_sorted_bytewise, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
