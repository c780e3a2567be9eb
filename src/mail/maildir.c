#include "mail/maildir.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct maildir {
    char *dir;
    int tmp, fresh; // the folders tmp/ and new/
    uint64_t count;
    uint64_t mark; // tells this process from another with its pid, before or on another machine
    char host[256];
};

// '/' and ':' have a meaning in the names of a Maildir.
static void host_name(char *out, size_t size)
{
    char name[64] = "";
    if (gethostname(name, sizeof name - 1) != 0 || !*name)
        snprintf(name, sizeof name, "localhost");
    size_t n = 0;
    for (const char *p = name; *p && n + 5 < size; p++) {
        if (*p == '/' || *p == ':' || (unsigned char)*p <= ' ')
            n += (size_t)snprintf(out + n, size - n, "\\%03o", (unsigned)(unsigned char)*p);
        else
            out[n++] = *p;
    }
    out[n] = '\0';
}

static int open_folder(const char *dir, const char *name, int *fd, struct err *err)
{
    char *path = file_join(dir, name);
    int rc = file_mkdirs(path, 0700, err);
    if (rc == 0) {
        *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (*fd < 0)
            rc = err_set(err, ERR_CREATE, "cannot open folder %s: %s", path, strerror(errno));
        else if (faccessat(*fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
            rc = err_set(err, ERR_CREATE, "cannot write into folder %s: %s", path, strerror(errno));
    }
    free(path);
    return rc;
}

int maildir_open(struct maildir **out, const char *dir, struct err *err)
{
    *out = NULL;
    struct maildir *m = mem_new(1, sizeof *m);
    m->dir = mem_strdup(dir);
    m->tmp = m->fresh = -1;
    int seen = -1;
    host_name(m->host, sizeof m->host);
    random_bytes(&m->mark, sizeof m->mark);
    int rc = open_folder(dir, "tmp", &m->tmp, err);
    if (rc == 0)
        rc = open_folder(dir, "new", &m->fresh, err);
    if (rc == 0)
        rc = open_folder(dir, "cur", &seen, err);
    if (seen >= 0)
        close(seen);
    if (rc != 0)
        maildir_close(&m);
    *out = m;
    return rc;
}

void maildir_close(struct maildir **maildir)
{
    struct maildir *m = *maildir;
    if (!m)
        return;
    if (m->tmp >= 0)
        close(m->tmp);
    if (m->fresh >= 0)
        close(m->fresh);
    free(m->dir);
    free(m);
    *maildir = NULL;
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

// Into new/ without replacing anything, on file systems that can do that.
static int move_to_new(const struct maildir *m, const char *name)
{
    if (renameat2(m->tmp, name, m->fresh, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return renameat(m->tmp, name, m->fresh, name);
}

static int fail(const struct maildir *m, const char *name, struct err *err)
{
    int e = errno;
    unlinkat(m->tmp, name, 0);
    return err_set(err, ERR_IO, "cannot write a message into %s: %s", m->dir, strerror(e));
}

int maildir_put(struct maildir *maildir, const void *message, size_t len, int sync, struct err *err)
{
    struct maildir *m = maildir;
    char name[512];
    snprintf(name, sizeof name, "%lld.R%016llxP%ldQ%llu.%s", (long long)clock_now(),
             (unsigned long long)m->mark, (long)getpid(), (unsigned long long)++m->count, m->host);
    int fd = openat(m->tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot create a message in %s/tmp: %s", m->dir,
                       strerror(errno));
    int rc = write_all(fd, message, len);
    if (rc == 0 && sync)
        rc = fsync(fd);
    if (rc != 0) {
        int e = errno;
        close(fd);
        errno = e;
        return fail(m, name, err);
    }
    if (close(fd) != 0 || move_to_new(m, name) != 0 || (sync && fsync(m->fresh) != 0))
        return fail(m, name, err);
    return 0;
}
