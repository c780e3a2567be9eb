#include "markup/writer.h"

#include "base/escape.h"
#include "markup/html_body.h"
#include "markup/letter.h"
#include "markup/theme.h"

#include <string.h>

// --- the style -----------------------------------------------------------------------------------

static void put_rule(struct buf *out, const char *mark, const char *on, const char *class,
                     const char *property, const char *colour)
{
    buf_addf(out, "%s.%s%s{%s:%s!important;}\n", mark, on, class, property, colour);
}

// What becomes of the classes of a ground. Outlook marks what it has recoloured: data-ogsc for
// colours, data-ogsb for backgrounds.
static void put_ground(struct buf *out, const struct theme_ground *g, const char *name,
                       const char *on, bool is_outlook)
{
    const char *colours = is_outlook ? "[data-ogsc] " : "";
    const char *backgrounds = is_outlook ? "[data-ogsb] " : "";
    put_rule(out, backgrounds, "", name, "background-color", g->ground);
    put_rule(out, backgrounds, on, "code", "background-color", g->code);
    put_rule(out, colours, on, "edge", "border-color", g->edge);
    put_rule(out, colours, on, "ink", "color", g->ink);
    put_rule(out, colours, on, "soft", "color", g->soft);
    put_rule(out, colours, on, "head", "color", g->head);
}

static void put_dark(struct buf *out, const struct theme_colours *dark, bool is_outlook)
{
    put_rule(out, is_outlook ? "[data-ogsb] " : "", "", "page", "background-color", dark->page);
    put_ground(out, &dark->sheet, "sheet", "", is_outlook);
    put_ground(out, &dark->practice, "practice", "practice-", is_outlook);
    put_ground(out, &dark->call, "call", "call-", is_outlook);
}

static void put_style(struct buf *out, const struct theme *theme)
{
    buf_adds(out, "<style>\n"
                  ":root{color-scheme:light dark;supported-color-schemes:light dark;}\n"
                  "a[x-apple-data-detectors]{color:inherit!important;"
                  "text-decoration:inherit!important;}\n"
                  "@media (max-width:620px){\n"
                  ".outer{padding:16px 8px!important;}\n"
                  ".sheet{padding:30px 20px!important;}\n"
                  ".card{padding:26px 18px!important;}\n"
                  ".h1{font-size:29px!important;}\n"
                  ".h2{font-size:23px!important;}\n"
                  ".dense td,.dense th{padding:6px 3px!important;font-size:14px!important;"
                  "word-break:break-word!important;}\n"
                  "}\n"
                  "@media (prefers-color-scheme:dark){\n");
    put_dark(out, &theme->dark, false);
    buf_adds(out, "}\n");
    put_dark(out, &theme->dark, true);
    buf_adds(out, "</style>\n");
}

// --- head ----------------------------------------------------------------------------------------

static void put_attr(struct html *w, const char *name, const char *value)
{
    buf_addf(w->out, " %s=\"", name);
    html_text(w, value, SLOT_ATTR);
    buf_addc(w->out, '"');
}

// What the configuration says is plain text, whatever opaque words it looks like.
static void put_plain(struct html *w, const char *text)
{
    escape_html(text, strlen(text), w->out);
}

// The same in its own direction where the text around has the other: a house number stays before
// its street.
static void put_directed(struct html *w, const char *text, size_t len, bool in_rtl)
{
    int direction = letter_direction(text, len);
    bool is_turned = direction != 0 && (direction > 0) != in_rtl;
    if (is_turned)
        buf_addf(w->out, "<span dir=\"%s\">", direction > 0 ? "rtl" : "ltr");
    escape_html(text, len, w->out);
    if (is_turned)
        buf_adds(w->out, "</span>");
}

static void put_language(struct html *w, const struct letter *letter)
{
    buf_adds(w->out, " lang=\"");
    put_plain(w, letter->language && *letter->language ? letter->language : "en");
    buf_addc(w->out, '"');
    put_attr(w, "dir", w->is_rtl ? "rtl" : "ltr");
}

static void put_head(struct html *w, const struct letter *letter)
{
    buf_adds(w->out, "<!doctype html>\n<html");
    put_language(w, letter);
    buf_adds(w->out, " xmlns:o=\"urn:schemas-microsoft-com:office:office\">\n<head>\n"
                     "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"x-apple-disable-message-reformatting\">\n"
                     "<meta name=\"format-detection\" "
                     "content=\"telephone=no, date=no, address=no, email=no, url=no\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
                     "<title>");
    html_text(w, letter->subject, SLOT_HTML);
    buf_adds(w->out, "</title>\n"
                     "<!--[if mso]>\n<xml><o:OfficeDocumentSettings><o:PixelsPerInch>96"
                     "</o:PixelsPerInch></o:OfficeDocumentSettings></xml>\n<![endif]-->\n");
    put_style(w->out, w->theme);
    buf_adds(w->out, "</head>\n");
}

// --- body ----------------------------------------------------------------------------------------

// The only hidden element (HT-17).
static void put_preheader(struct html *w, const struct letter *letter)
{
    if (!letter->preheader || !*letter->preheader)
        return;
    buf_adds(w->out, "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all;\">");
    html_text(w, letter->preheader, SLOT_HTML);
    buf_adds(w->out, "</div>\n");
}

static void put_masthead(struct html *w, const struct letter *letter)
{
    const struct theme *t = w->theme;
    buf_addf(w->out,
             "<tr>\n<td align=\"center\" class=\"head\" style=\"padding:6px 16px 24px;"
             "font-family:%s;font-size:20px;line-height:1.4;font-style:italic;color:%s;\">",
             t->serif, t->light.sheet.head);
    put_directed(w, letter->newsletter, strlen(letter->newsletter), w->is_rtl);
    buf_adds(w->out, "</td>\n</tr>\n");
}

static void put_sheet(struct html *w, const struct doc *doc, const struct letter *letter)
{
    const struct theme *t = w->theme;
    const struct node *title = doc_title(doc);
    buf_addf(w->out,
             "<tr>\n<td class=\"sheet ink\" bgcolor=\"%s\" style=\"padding:44px 36px 36px;"
             "background-color:%s;border-radius:10px;font-family:%s;font-size:%upx;"
             "line-height:1.65;color:%s;word-wrap:break-word;overflow-wrap:break-word;\">\n",
             w->ground->ground, w->ground->ground, t->serif, t->text_size, w->ground->ink);
    html_title(w, title, letter->subject);
    for (const struct node *at = letter_next(doc, NULL); at; at = letter_next(doc, at))
        if (at != title)
            html_block(w, at);
    buf_adds(w->out, "</td>\n</tr>\n");
}

// Room for a finger (HT-20): 46 px.
#define FOOTER_LINK                                                           \
    "\" class=\"soft\" style=\"display:inline-block;padding:12px 0;color:%s;" \
    "text-decoration:underline;word-break:break-word;\">"

static void put_website(struct html *w, const char *website)
{
    struct buf url;
    buf_init(&url, BUF_MAX_DEFAULT);
    escape_url(website, strlen(website), &url);
    buf_adds(w->out, "<br>\n<a href=\"");
    escape_html(url.data, url.len, w->out);
    buf_addf(w->out, FOOTER_LINK, w->ground->soft);
    put_directed(w, website, strlen(website), w->is_rtl);
    buf_adds(w->out, "</a>");
    buf_deinit(&url);
}

static void put_lines(struct html *w, const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        put_directed(w, p, n, w->is_rtl);
        p += n + (p[n] == '\n');
        buf_adds(w->out, *p ? "<br>\n" : "");
    }
}

static void put_sender(struct html *w, const struct letter *letter)
{
    bool has_website = letter->website && *letter->website;
    buf_addf(w->out, "<p style=\"margin:0 0 %dpx;\"><strong>", has_website ? 4 : 14);
    put_directed(w, letter->from_name, strlen(letter->from_name), w->is_rtl);
    buf_adds(w->out, "</strong>");
    if (letter->postal_address && *letter->postal_address) {
        buf_adds(w->out, "<br>\n");
        put_lines(w, letter->postal_address);
    }
    if (has_website)
        put_website(w, letter->website);
    buf_adds(w->out, "</p>\n");
}

// The sentences are in a language of their own, which has a direction of its own.
static void put_optout(struct html *w, const struct letter *letter)
{
    const struct letter_words *words = letter_words(letter->language);
    buf_addf(w->out, "<p dir=\"ltr\" lang=\"%s\" style=\"margin:0;\">", words->language);
    put_plain(w, words->why_before);
    put_directed(w, letter->newsletter, strlen(letter->newsletter), false);
    put_plain(w, words->why_after);
    buf_adds(w->out, "<br>\n<a href=\"");
    slot_put(w->out, letter->optout_value, SLOT_HREF_WHOLE);
    buf_addf(w->out, FOOTER_LINK, w->ground->soft);
    put_plain(w, letter->optout_is_mail ? words->optout_mail : words->optout_web);
    buf_adds(w->out, "</a></p>\n");
}

static void put_footer(struct html *w, const struct letter *letter)
{
    const struct theme *t = w->theme;
    buf_addf(w->out,
             "<tr>\n<td align=\"center\" class=\"soft\" style=\"padding:30px 24px 16px;"
             "font-family:%s;font-size:14px;line-height:1.6;text-align:center;color:%s;\">\n",
             t->sans, w->ground->soft);
    put_sender(w, letter);
    put_optout(w, letter);
    buf_adds(w->out, "</td>\n</tr>\n");
}

static void put_body(struct html *w, const struct doc *doc, const struct letter *letter)
{
    const struct theme *t = w->theme;
    buf_addf(w->out,
             "<body class=\"page\" style=\"margin:0;padding:0;background-color:%s;"
             "-webkit-text-size-adjust:100%%;-ms-text-size-adjust:100%%;\">\n"
             "<div role=\"article\" aria-roledescription=\"email\"",
             t->light.page);
    put_attr(w, "aria-label", letter->subject);
    put_language(w, letter);
    buf_adds(w->out, ">\n");
    put_preheader(w, letter);
    buf_addf(w->out,
             "<table role=\"presentation\" class=\"page\" width=\"100%%\" border=\"0\" "
             "cellpadding=\"0\" cellspacing=\"0\" bgcolor=\"%s\" "
             "style=\"background-color:%s;\">\n"
             "<tr>\n<td class=\"outer\" align=\"center\" style=\"padding:28px 16px;\">\n"
             // Outlook knows no max-width: it gets a table of that width around (HT-23)
             "<!--[if mso]>\n<table role=\"presentation\" width=\"%u\" align=\"center\" "
             "border=\"0\" cellpadding=\"0\" cellspacing=\"0\"><tr><td>\n<![endif]-->\n"
             "<table role=\"presentation\" width=\"100%%\" border=\"0\" cellpadding=\"0\" "
             "cellspacing=\"0\" style=\"width:100%%;max-width:%upx;table-layout:fixed;\">\n",
             t->light.page, t->light.page, t->width, t->width);
    put_masthead(w, letter);
    put_sheet(w, doc, letter);
    put_footer(w, letter);
    buf_adds(w->out, "</table>\n<!--[if mso]>\n</td></tr></table>\n<![endif]-->\n"
                     "</td>\n</tr>\n</table>\n</div>\n</body>\n</html>\n");
}

void writer_html(const struct doc *doc, const struct letter *letter, const struct merge *merge,
                 struct buf *out)
{
    const struct theme *theme = theme_default();
    struct html w = {.out = out,
                     .merge = merge,
                     .theme = theme,
                     .is_rtl = letter_is_rtl(doc, letter->subject),
                     .ground = &theme->light.sheet,
                     .on = ""};
    outline_init(&w.outline, doc);
    put_head(&w, letter);
    put_body(&w, doc, letter);
}
