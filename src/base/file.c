#include "base/file.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_fd(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
    char chunk[16384];
    for (size_t total = 0;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
        if (n == 0)
            return 0;
        total += (size_t)n;
        buf_add(out, chunk, (size_t)n);
        if (total > max || buf_is_over(out))
            return err_set(err, ERR_INPUT, "%s is larger than the %zu bytes allowed here", path,
                           max);
    }
}

int file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open %s: %s", path, strerror(errno));
    struct stat st;
    int rc;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        rc = err_set(err, ERR_INPUT, "%s is not a regular file", path);
    else
        rc = read_fd(fd, path, max, out, err);
    close(fd);
    return rc;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static void sync_parent(const char *path)
{
    char *dir = mem_strdup(path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir ? 1 : 0] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

struct content {
    const void *data;
    size_t len;
    unsigned mode;
};

// Writes a temporary file beside path and returns its name (heap), or NULL.
static char *write_beside(const char *path, const struct content *content, struct err *err)
{
    size_t size = strlen(path) + 8;
    char *tmp = mem_new(size, 1);
    snprintf(tmp, size, "%s.XXXXXX", path);
    int fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0) {
        err_set(err, ERR_CREATE, "cannot create %s: %s", path, strerror(errno));
        free(tmp);
        return NULL;
    }
    bool is_written = fchmod(fd, content->mode) == 0 &&
                      write_all(fd, content->data, content->len) == 0 && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && is_written) {
        is_written = false;
        why = errno;
    }
    if (is_written)
        return tmp;
    err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(why));
    unlink(tmp);
    free(tmp);
    return NULL;
}

// Not every file system knows RENAME_NOREPLACE; the others know hard links.
static int rename_to_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL || link(from, to) != 0)
        return -1;
    unlink(from);
    return 0;
}

static int put_file(const char *path, const struct content *content, bool is_new, struct err *err)
{
    char *tmp = write_beside(path, content, err);
    if (!tmp)
        return -1;
    int rc = 0;
    if ((is_new ? rename_to_new(tmp, path) : rename(tmp, path)) != 0)
        rc = err_set(err, ERR_CREATE, "cannot create %s: %s", path,
                     errno == EEXIST ? "it exists" : strerror(errno));
    if (rc != 0)
        unlink(tmp);
    else
        sync_parent(path);
    free(tmp);
    return rc;
}

int file_write(const char *path, const void *data, size_t n, unsigned mode, struct err *err)
{
    return put_file(path, &(struct content){data, n, mode}, false, err);
}

int file_create(const char *path, const void *data, size_t n, unsigned mode, struct err *err)
{
    return put_file(path, &(struct content){data, n, mode}, true, err);
}

int file_mkdirs(const char *path, unsigned mode, struct err *err)
{
    if (!*path)
        return err_set(err, ERR_CREATE, "cannot create a folder without a name");
    char *p = mem_strdup(path);
    int rc = 0;
    for (size_t n = strlen(p); n > 1 && p[n - 1] == '/'; n--)
        p[n - 1] = '\0'; // or the last would get the mode of its parents
    for (char *s = p + 1; rc == 0; s++) {
        if (*s && *s != '/')
            continue;
        char keep = *s;
        *s = '\0';
        if (mkdir(p, keep ? 0777 : mode) != 0 && (errno != EEXIST || !file_is_dir(p)))
            rc = err_set(err, ERR_CREATE, "cannot create folder %s: %s", p,
                         errno == EEXIST ? "a file of that name is in the way" : strerror(errno));
        *s = keep;
        if (!keep)
            break;
    }
    free(p);
    return rc;
}

bool file_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *file_join(const char *dir, const char *name)
{
    if (*name == '/' || !*dir)
        return mem_strdup(name);
    size_t n = strlen(dir);
    char *p = mem_new(n + strlen(name) + 2, 1);
    memcpy(p, dir, n);
    if (p[n - 1] != '/')
        p[n++] = '/';
    memcpy(p + n, name, strlen(name));
    return p;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_list(const char *dir, char ***names, size_t *count, struct err *err)
{
    *names = NULL;
    *count = 0;
    DIR *d = opendir(dir);
    if (!d)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open folder %s: %s",
                       dir, strerror(errno));
    errno = 0;
    for (struct dirent *e; (e = readdir(d)); errno = 0) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        *names = mem_grow(*names, *count + 1, sizeof **names);
        (*names)[(*count)++] = mem_strdup(e->d_name);
    }
    int why = errno;
    closedir(d);
    if (why) {
        file_free_names(names, *count);
        *count = 0;
        return err_set(err, ERR_IO, "cannot read folder %s: %s", dir, strerror(why));
    }
    if (*count)
        qsort(*names, *count, sizeof **names, by_name);
    return 0;
}

void file_free_names(char ***names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((*names)[i]);
    free(*names);
    *names = NULL;
}
