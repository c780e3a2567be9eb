#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "campaign/campaign.h"
#include "campaign/frontmatter.h"
#include "campaign/skeleton.h"
#include "campaign/slug.h"
#include "mail/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE_MAX ((size_t)1 << 20)

// The next day and time of the schedule from now; today when there is no schedule.
static void next_day(const struct campaign_settings *settings, struct civil *day)
{
    clock_to_civil(clock_now(), day);
    if (settings->schedule_day < 0)
        return;
    int days = (settings->schedule_day - day->weekday + 7) % 7;
    int now = day->hour * 60 + day->minute;
    if (days == 0 && now >= settings->schedule_hour * 60 + settings->schedule_minute)
        days = 7;
    day->hour = 12; // far from the hours that daylight saving moves
    clock_to_civil(clock_from_civil(day) + (int64_t)days * 86400, day);
}

static bool is_taken(const struct campaign_settings *settings, const char *slug)
{
    char *campaigns = file_join(settings->root, "campaigns"), *folder = file_join(campaigns, slug);
    bool is = file_is_dir(folder);
    free(campaigns);
    free(folder);
    return is;
}

static char *slug_for(const struct campaign_settings *settings, const struct campaign_new *what)
{
    struct civil day = {.year = what->year, .month = what->month, .day = what->day};
    struct buf slug;
    if (what->year == 0)
        next_day(settings, &day);
    buf_init(&slug, BUF_MAX_DEFAULT);
    buf_addf(&slug, "%04d-%02d-%02d-", day.year, day.month, day.day);
    bool has_letters = slug_add_title(&slug, what->title);
    size_t len = slug.len;
    for (int n = 2; !has_letters && n < 100 && is_taken(settings, slug.data); n++) {
        slug.len = len;
        buf_addf(&slug, "-%d", n);
    }
    return buf_take(&slug);
}

// --- the text of the post ------------------------------------------------------------------------

static void put_section(struct buf *out, const char *const *titles, const char *hint)
{
    if (titles && titles[0])
        buf_addf(out, "## %s\n\n%s\n\n", titles[0], hint);
}

static void put_skeleton(struct buf *out, const struct campaign_settings *settings)
{
    buf_adds(out, "Dear {{first_name|friend}},\n\n" SKELETON_LETTER "\n\n");
    put_section(out, settings->practice_titles, SKELETON_PRACTICE);
    put_section(out, settings->call_titles, SKELETON_CALL);
}

static void put_with_lf(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
            continue;
        buf_addc(out, text[i] == '\r' ? '\n' : text[i]);
    }
}

// What is no text cannot be mended once it stands in a campaign; a NUL tells of UTF-16.
static int check_text(const char *path, const struct buf *text, struct err *err)
{
    size_t bad = utf8_first_bad(text->data, text->len), line = 1, column = 1;
    const char *nul = memchr(text->data, '\0', bad);
    if (nul)
        bad = (size_t)(nul - text->data);
    if (bad == text->len)
        return 0;
    for (size_t i = 0; i < bad; i++) {
        if (text->data[i] == '\n') {
            line++;
            column = 1;
        } else if ((text->data[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return err_set(err, ERR_INPUT,
                   "%s:%zu:%zu: the byte 0x%02X is not UTF-8 text; save the file in the encoding "
                   "UTF-8 first",
                   path, line, column, (unsigned)(unsigned char)text->data[bad]);
}

static int put_file(struct buf *out, const char *path, struct err *err)
{
    struct buf bytes, text;
    buf_init(&bytes, 2 * SOURCE_MAX);
    buf_init(&text, SOURCE_MAX);
    int rc = file_read(path, SOURCE_MAX - 1024, &bytes, err); // the front matter comes on top
    if (rc == 0) {
        size_t bom = bytes.len >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        put_with_lf(&text, bytes.data + bom, bytes.len - bom);
        rc = check_text(path, &text, err);
    }
    if (rc == 0 && text.data[strspn(text.data, " \t\n")] == '\0')
        rc = err_set(err, ERR_INPUT, "%s has no text in it", path);
    if (rc == 0 && frontmatter_is_there(text.data, text.len))
        rc = err_set(err, ERR_INPUT,
                     "%s has front matter already; take it out, or put the file into a campaign's "
                     "folder as it is",
                     path);
    if (rc == 0) {
        buf_add(out, text.data, text.len);
        if (text.len == 0 || text.data[text.len - 1] != '\n')
            buf_addc(out, '\n');
    }
    buf_deinit(&bytes);
    buf_deinit(&text);
    return rc;
}

static bool ends_in(const char *path, const char *suffix)
{
    size_t n = strlen(path), k = strlen(suffix);
    return n >= k && strcasecmp(path + n - k, suffix) == 0;
}

static const char *post_name(const struct campaign_new *what)
{
    bool is_text = what->from_path && !ends_in(what->from_path, ".md") &&
                   !ends_in(what->from_path, ".markdown");
    return is_text ? "post.txt" : "post.md";
}

// A title is meant as it stands: braces in it are no merge tag.
static void put_title(struct buf *out, const char *title)
{
    for (const char *p = title; *p; p++) {
        if (p[0] == '{' && p[1] == '{') {
            buf_adds(out, "\\{");
            p++;
        }
        buf_addc(out, *p);
    }
}

static int put_post(struct buf *out, const struct campaign_settings *settings,
                    const struct campaign_new *what, struct err *err)
{
    buf_adds(out, "---\nsubject: ");
    put_title(out, what->title);
    buf_adds(out, "\npreheader:\ndraft: true\n---\n\n");
    if (what->from_path)
        return put_file(out, what->from_path, err);
    put_skeleton(out, settings);
    return 0;
}

// --- the folder ----------------------------------------------------------------------------------

// A folder that exists is somebody's letter: it is never written into.
static int make_folder(const char *campaigns, const char *folder, const char *slug, struct err *err)
{
    if (file_mkdirs(campaigns, 0777, err) != 0)
        return -1;
    if (mkdir(folder, 0777) == 0)
        return 0;
    return err_set(err, ERR_CREATE, "cannot create campaigns/%s: %s", slug,
                   errno == EEXIST ? "there is such a campaign already; choose another title or "
                                     "--date"
                                   : strerror(errno));
}

static int write_post(const struct campaign_settings *settings, const struct campaign_new *what,
                      const char *slug, const struct buf *post, struct err *err)
{
    char *campaigns = file_join(settings->root, "campaigns");
    char *folder = file_join(campaigns, slug);
    char *path = file_join(folder, post_name(what));
    int rc = make_folder(campaigns, folder, slug, err);
    if (rc == 0) {
        rc = file_write(path, post->data, post->len, 0644, err);
        if (rc != 0)
            (void)rmdir(folder);
    }
    free(campaigns);
    free(folder);
    free(path);
    return rc;
}

// The title without the blanks around it, which front matter would not keep; the caller frees it.
static char *trimmed(const char *title)
{
    title += strspn(title, " \t");
    size_t len = strlen(title);
    while (len > 0 && (title[len - 1] == ' ' || title[len - 1] == '\t'))
        len--;
    return mem_strndup(title, len);
}

static int check_title(const char *title, struct err *err)
{
    if (!*title)
        return err_set(err, ERR_INPUT, "the title is empty; write one, it becomes the subject");
    return line_check("the title", title, strlen(title), LINE_MAX_NAME, err);
}

static int create(const struct campaign_settings *settings, const struct campaign_new *what,
                  char **slug, struct err *err)
{
    struct buf post;
    buf_init(&post, 2 * SOURCE_MAX);
    char *name = slug_for(settings, what);
    int rc = put_post(&post, settings, what, err);
    if (rc == 0)
        rc = write_post(settings, what, name, &post, err);
    buf_deinit(&post);
    if (rc == 0)
        *slug = name;
    else
        free(name);
    return rc;
}

int campaign_create(const struct campaign_settings *settings, const struct campaign_new *what,
                    char **slug, struct err *err)
{
    char *title = trimmed(what->title);
    struct campaign_new clean = *what;
    clean.title = title;
    *slug = NULL;
    int rc = check_title(title, err);
    if (rc == 0)
        rc = create(settings, &clean, slug, err);
    free(title);
    return rc;
}
