#include "delivery/owner.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SILENCE 3600 // seconds: over the lease of a claim and the longest wait for a reply

struct owner {
    struct store *store;
    char *run_dir;
    int64_t id;
    int fd;
};

struct host {
    char name[256];
    char boot_id[64];
};

struct reaping {
    const char *run_dir;
    const struct host *host;
    int64_t dead[256];
    size_t count;
};

static void host_read(struct host *host)
{
    memset(host, 0, sizeof *host);
    if (gethostname(host->name, sizeof host->name - 1) != 0)
        snprintf(host->name, sizeof host->name, "localhost");
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, host->boot_id, sizeof host->boot_id - 1) : 0;
    if (fd >= 0)
        close(fd);
    host->boot_id[n > 0 ? n : 0] = '\0';
    host->boot_id[strcspn(host->boot_id, "\n")] = '\0';
}

static void lock_path(char *out, size_t size, const char *run_dir, int64_t id)
{
    snprintf(out, size, "%s/owner-%lld.lock", run_dir, (long long)id);
}

// True when no living process holds the owner's file.
static bool is_dead(const struct reaping *r, const struct owner_info *info)
{
    // Of another host only silence is known. A late one is fenced by its attempt numbers.
    if (strcmp(info->host, r->host->name) != 0)
        return clock_now() - info->seen_at > SILENCE;
    if (strcmp(info->boot_id, r->host->boot_id) != 0)
        return true;
    char path[4200];
    lock_path(path, sizeof path, r->run_dir, info->id);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    bool dead = flock(fd, LOCK_SH | LOCK_NB) == 0;
    close(fd);
    return dead;
}

static int look_at(void *arg, const struct owner_info *info, struct err *err)
{
    (void)err;
    struct reaping *r = arg;
    if (r->count < COUNT_OF(r->dead) && is_dead(r, info))
        r->dead[r->count++] = info->id;
    return 0;
}

static int reap(struct store *store, const char *run_dir, const struct host *host, struct err *err)
{
    struct reaping r = {.run_dir = run_dir, .host = host};
    if (ledger_owners(store, look_at, &r, err) != 0)
        return -1;
    for (size_t i = 0; i < r.count; i++) {
        int64_t freed = 0;
        if (ledger_owner_dead(store, r.dead[i], clock_now(), &freed, err) != 0)
            return -1;
        char path[4200];
        lock_path(path, sizeof path, run_dir, r.dead[i]);
        unlink(path);
        if (freed > 0)
            log_line(LOG_INFO, "%lld claims of a sender that died were given back",
                     (long long)freed);
    }
    return 0;
}

static int lock_file(const char *path, int how, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_CREATE, "cannot create %s: %s", path, strerror(errno));
    int rc;
    do
        rc = flock(fd, how);
    while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        int e = errno;
        close(fd);
        return err_set(err, ERR_IO, "cannot lock %s: %s", path, strerror(e));
    }
    return fd;
}

static int register_owner(struct owner *o, const struct host *host, struct err *err)
{
    if (reap(o->store, o->run_dir, host, err) != 0)
        return -1;
    if (ledger_owner_add(o->store, host->name, host->boot_id, (int64_t)getpid(), clock_now(),
                         &o->id, err) != 0)
        return -1;
    char path[4200];
    lock_path(path, sizeof path, o->run_dir, o->id);
    o->fd = lock_file(path, LOCK_EX, err); // others only touch it to see who lives
    return o->fd < 0 ? -1 : 0;
}

int owner_open(struct owner **out, struct store *store, const char *run_dir, struct err *err)
{
    *out = NULL;
    if (file_mkdirs(run_dir, 0700, err) != 0)
        return -1;
    char *registry = file_join(run_dir, "owners.lock");
    int fd = lock_file(registry, LOCK_EX, err);
    free(registry);
    if (fd < 0)
        return -1;
    struct host host;
    host_read(&host);
    struct owner *o = mem_new(1, sizeof *o);
    o->store = store;
    o->run_dir = mem_strdup(run_dir);
    o->fd = -1;
    int rc = register_owner(o, &host, err);
    close(fd);
    if (rc != 0) {
        owner_close(&o);
        return -1;
    }
    *out = o;
    return 0;
}

void owner_close(struct owner **owner)
{
    struct owner *o = *owner;
    if (!o)
        return;
    *owner = NULL;
    if (o->fd >= 0) {
        struct err err;
        char path[4200];
        if (ledger_owner_remove(o->store, o->id, &err) != 0)
            log_line(LOG_WARN, "could not sign off in the store: %s", err.msg);
        lock_path(path, sizeof path, o->run_dir, o->id);
        unlink(path);
        close(o->fd);
    }
    free(o->run_dir);
    free(o);
}

struct orphans {
    struct store *store;
    struct reaping place;
    int64_t edition, count;
};

static int add_orphans(void *arg, const struct owner_info *info, struct err *err)
{
    struct orphans *o = arg;
    int64_t count = 0;
    if (!is_dead(&o->place, info))
        return 0;
    if (ledger_in_doubt_of(o->store, o->edition, info->id, &count, err) != 0)
        return -1;
    // Asked again: one who was only just registering had no lock yet, and is at work by now.
    if (count > 0 && is_dead(&o->place, info))
        o->count += count;
    return 0;
}

// First the rows that were left behind, then those of owners who are found dead: whoever dies or is
// reaped meanwhile is missed, never counted twice, and a row in living hands is never counted.
int owner_orphans(struct store *store, const char *run_dir, int64_t edition, int64_t *count,
                  struct err *err)
{
    struct host host;
    host_read(&host);
    struct orphans o = {
        .store = store, .place = {.run_dir = run_dir, .host = &host}, .edition = edition};
    int rc = ledger_in_doubt_of(store, edition, 0, &o.count, err);
    if (rc == 0)
        rc = ledger_owners(store, add_orphans, &o, err);
    *count = o.count;
    return rc;
}

int64_t owner_id(const struct owner *owner)
{
    return owner->id;
}
