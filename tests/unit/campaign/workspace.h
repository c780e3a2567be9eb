// A workspace in a folder of its own under /tmp, for the tests that read and write campaigns.
#ifndef TESTS_UNIT_CAMPAIGN_WORKSPACE_H
#define TESTS_UNIT_CAMPAIGN_WORKSPACE_H

#include "base/clock.h"
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/hearten-campaign-XXXXXX";

static inline int set_up(void **state)
{
    struct err err;
    (void)state;
    clock_set(FIXTURE_DATE - 7200); // Friday, 07:00 UTC
    return mkdtemp(root) && clock_set_zone("Europe/Berlin", &err) == 0 ? 0 : -1;
}

static inline void remove_tree(const char *path)
{
    char **names;
    size_t count;
    struct err err;
    if (file_is_dir(path) && file_list(path, &names, &count, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            char *child = file_join(path, names[i]);
            remove_tree(child);
            free(child);
        }
        file_free_names(&names, count);
        rmdir(path);
    } else {
        unlink(path);
    }
}

static inline int tear_down(void **state)
{
    (void)state;
    remove_tree(root);
    return 0;
}

static inline struct campaign_settings settings(void)
{
    struct campaign_settings s = fixture_settings();
    s.root = root;
    return s;
}

static inline void put(const char *path, const char *text, size_t len)
{
    struct err err;
    char *full = file_join(root, path), *dir = mem_strdup(full);
    *strrchr(dir, '/') = '\0';
    assert_ok(file_mkdirs(dir, 0777, &err), &err);
    assert_ok(file_write(full, text, len, 0644, &err), &err);
    free(dir);
    free(full);
}

static inline void drop(const char *path)
{
    char *full = file_join(root, path);
    remove_tree(full);
    free(full);
}

struct loaded {
    struct campaign *campaign;
    struct findings findings;
};

static inline struct loaded load_bytes(const char *text, size_t len)
{
    struct err err;
    struct loaded l;
    struct campaign_settings s = settings();
    put("campaigns/2026-11-27-one/post.txt", text, len);
    findings_init(&l.findings);
    assert_ok(campaign_load(&s, "2026-11-27-one", &l.campaign, &l.findings, &err), &err);
    drop("campaigns/2026-11-27-one");
    return l;
}

static inline struct loaded load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static inline void unload(struct loaded *l)
{
    campaign_free(&l->campaign);
    findings_deinit(&l->findings);
}

#endif
