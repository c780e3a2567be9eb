#include "campaign/campaign.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/near.h"
#include "campaign/frontmatter.h"
#include "campaign/slug.h"
#include "campaign/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POST_MAX ((size_t)1 << 20) // bytes

// --- finding the post ----------------------------------------------------------------------------

static char *path_of(const char *slug, const char *name)
{
    struct buf path;
    buf_init(&path, BUF_MAX_DEFAULT);
    buf_addf(&path, "campaigns/%s%s%s", slug, *name ? "/" : "", name);
    return buf_take(&path);
}

static bool exists(const struct campaign_settings *settings, const char *slug, const char *name)
{
    char *path = path_of(slug, name), *full = file_join(settings->root, path);
    bool is = *name ? file_is_file(full) : file_is_dir(full);
    free(path);
    free(full);
    return is;
}

// A folder that may not be looked into.
static bool is_locked(const struct campaign_settings *settings, const char *slug)
{
    char *path = path_of(slug, "."), *full = file_join(settings->root, path);
    bool is = access(full, F_OK) != 0 && errno == EACCES;
    free(path);
    free(full);
    return is;
}

// What cannot be seen counts: that it cannot be read is said when it is loaded.
static bool has_post(const struct campaign_settings *settings, const char *slug)
{
    return exists(settings, slug, "post.md") || exists(settings, slug, "post.txt") ||
           is_locked(settings, slug);
}

int campaign_list(const struct campaign_settings *settings, char ***slugs, size_t *count,
                  struct err *err)
{
    char *dir = file_join(settings->root, "campaigns");
    *slugs = NULL;
    *count = 0;
    int rc = file_is_dir(dir) ? file_list(dir, slugs, count, err) : 0;
    free(dir);
    if (rc != 0)
        return -1;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (slug_is_valid((*slugs)[i]) && has_post(settings, (*slugs)[i]))
            (*slugs)[kept++] = (*slugs)[i];
        else
            free((*slugs)[i]);
    }
    *count = kept;
    return 0;
}

static const char *without_date(const char *slug)
{
    struct civil date;
    return slug_date(slug, &date) && slug[10] ? slug + strlen("2026-11-27-") : slug;
}

// The index of one that is written almost so, with its date or without; count when none is.
static size_t near_slug(const char *slug, char *const *slugs, size_t count)
{
    const char **words = mem_new(2 * count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        words[i] = slugs[i];
        words[count + i] = without_date(slugs[i]);
    }
    const char *near = near_of(slug, words, 2 * count);
    size_t at = 0;
    while (at < 2 * count && words[at] != near)
        at++;
    free(words);
    return at == 2 * count ? count : at < count ? at : at - count;
}

// The last one that has the word in it.
static size_t last_with(const char *word, char *const *slugs, size_t count)
{
    size_t last = count;
    for (size_t i = 0; i < count && strlen(word) >= 3; i++)
        if (strstr(slugs[i], word))
            last = i;
    return last;
}

// The campaign that was perhaps meant. The caller frees it; NULL when there is none.
static char *meant(const struct campaign_settings *settings, const char *slug)
{
    char **slugs;
    size_t count;
    struct err err;
    if (campaign_list(settings, &slugs, &count, &err) != 0)
        return NULL;
    size_t at = near_slug(slug, slugs, count);
    if (at == count)
        at = last_with(slug, slugs, count);
    char *found = at < count ? mem_strdup(slugs[at]) : NULL;
    file_free_names(&slugs, count);
    return found;
}

static int no_folder(const struct campaign_settings *settings, const char *slug, struct err *err)
{
    char *near = meant(settings, slug);
    if (near)
        err_set(err, ERR_NOT_FOUND, "there is no campaign campaigns/%s; perhaps %s?", slug, near);
    else
        err_set(err, ERR_NOT_FOUND, "there is no campaign campaigns/%s; 'hearten new' makes one",
                slug);
    free(near);
    return -1;
}

// *name: the file of the post in its folder.
static int find_post(const struct campaign_settings *settings, const char *slug, const char **name,
                     struct err *err)
{
    if (!slug_is_valid(slug))
        return err_set(err, ERR_INPUT,
                       "'%.120s' is not a campaign's name: small letters, digits and hyphens, at "
                       "most %d",
                       slug, SLUG_MAX);
    if (is_locked(settings, slug))
        return err_set(err, ERR_IO,
                       "cannot look into campaigns/%s: %s; check its owner and permissions", slug,
                       strerror(EACCES));
    if (!exists(settings, slug, ""))
        return no_folder(settings, slug, err);
    bool md = exists(settings, slug, "post.md"), txt = exists(settings, slug, "post.txt");
    if (md && txt)
        return err_set(err, ERR_INPUT,
                       "campaigns/%s has a post.md and a post.txt; keep the one to send", slug);
    if (!md && !txt && exists(settings, slug, "post.html"))
        return err_set(err, ERR_INPUT,
                       "campaigns/%s has only a post.html; this version reads post.md and post.txt",
                       slug);
    if (!md && !txt)
        return err_set(err, ERR_NOT_FOUND,
                       "campaigns/%s has no post; write the letter into post.md or post.txt there",
                       slug);
    *name = md ? "post.md" : "post.txt";
    return 0;
}

// --- reading it ----------------------------------------------------------------------------------

// The day that the slug begins with, at the scheduled time.
static int64_t scheduled(const struct campaign_settings *settings, const char *slug)
{
    struct civil when = {.hour = settings->schedule_hour, .minute = settings->schedule_minute};
    return slug_date(slug, &when) ? clock_from_civil(&when) : 0;
}

static void read_text(struct campaign *c, const struct campaign_settings *settings,
                      const struct buf *bytes, struct findings *findings)
{
    struct buf text;
    buf_init(&text, 3 * POST_MAX + 3); // a byte that is wrong becomes three
    source_clean(bytes->data, bytes->len, c->path, &text, findings);
    size_t begin = frontmatter_read(c, settings, text.data, text.len, findings);
    c->body_len = text.len - begin;
    c->body = mem_strndup(text.data + begin, c->body_len);
    buf_deinit(&text);
    if (c->send_at == 0)
        c->send_at = scheduled(settings, c->slug);
}

int campaign_load(const struct campaign_settings *settings, const char *slug, struct campaign **out,
                  struct findings *findings, struct err *err)
{
    const char *name = "";
    *out = NULL;
    if (find_post(settings, slug, &name, err) != 0)
        return -1;
    struct campaign *c = mem_new(1, sizeof *c);
    struct buf bytes;
    c->slug = mem_strdup(slug);
    c->path = path_of(slug, name);
    c->is_markdown = strcmp(name, "post.md") == 0;
    buf_init(&bytes, 2 * POST_MAX);
    char *full = file_join(settings->root, c->path);
    int rc = file_read(full, POST_MAX, &bytes, err);
    free(full);
    if (rc == 0)
        read_text(c, settings, &bytes, findings);
    buf_deinit(&bytes);
    if (rc != 0)
        campaign_free(&c);
    *out = c;
    return rc;
}

void campaign_free(struct campaign **campaign)
{
    struct campaign *c = *campaign;
    if (!c)
        return;
    free(c->slug);
    free(c->path);
    free(c->subject);
    free(c->preheader);
    free(c->from_name);
    free(c->body);
    for (size_t i = 0; i < c->tag_count; i++)
        free(c->tags[i].name);
    free(c->tags);
    free(c);
    *campaign = NULL;
}
