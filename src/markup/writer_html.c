#include "markup/writer.h"

#include "markup/html_body.h"
#include "markup/letter.h"
#include "markup/theme.h"

#include <string.h>

// --- the style -----------------------------------------------------------------------------------

// One class, and what dark mode makes of it.
struct dark_rule {
    const char *selector, *property, *colour;
};

enum {
    DARK_RULES = 14
};

static void dark_rules(const struct theme_colours *c, struct dark_rule out[DARK_RULES])
{
    const struct dark_rule rules[DARK_RULES] = {
        {".page", "background-color", c->page},
        {".sheet", "background-color", c->sheet},
        {".ink", "color", c->ink},
        {".soft", "color", c->soft},
        {".accent", "color", c->accent},
        {".edge", "border-color", c->edge},
        {".code", "background-color", c->code},
        {".practice", "background-color", c->practice_ground},
        {".practice", "border-color", c->practice_edge},
        {".practice", "color", c->practice_ink},
        {".practice-head", "color", c->practice_head},
        {".call", "background-color", c->call_ground},
        {".call", "color", c->call_ink},
        {".call-head", "color", c->call_head},
    };
    memcpy(out, rules, sizeof rules);
}

// Outlook marks what it has recoloured: data-ogsc for colours, data-ogsb for backgrounds.
static const char *outlook_mark(const struct dark_rule *rule)
{
    return strcmp(rule->property, "background-color") == 0 ? "[data-ogsb]" : "[data-ogsc]";
}

static void put_style(struct buf *out, const struct theme *theme)
{
    struct dark_rule rules[DARK_RULES];
    dark_rules(&theme->dark, rules);
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
                  "}\n"
                  "@media (prefers-color-scheme:dark){\n");
    for (size_t i = 0; i < DARK_RULES; i++)
        buf_addf(out, "%s{%s:%s!important;}\n", rules[i].selector, rules[i].property,
                 rules[i].colour);
    buf_adds(out, "}\n");
    for (size_t i = 0; i < DARK_RULES; i++)
        buf_addf(out, "%s %s{%s:%s!important;}\n", outlook_mark(&rules[i]), rules[i].selector,
                 rules[i].property, rules[i].colour);
    buf_adds(out, "</style>\n");
}

// --- head ----------------------------------------------------------------------------------------

static void put_attr(struct html *w, const char *name, const char *value)
{
    buf_addf(w->out, " %s=\"", name);
    html_text(w, value, SLOT_ATTR);
    buf_addc(w->out, '"');
}

static void put_language(struct html *w, const struct letter *letter)
{
    put_attr(w, "lang", letter->language && *letter->language ? letter->language : "en");
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
             "<tr>\n<td align=\"center\" class=\"accent\" style=\"padding:6px 16px 24px;"
             "font-family:%s;font-size:20px;line-height:1.4;font-style:italic;color:%s;\">",
             t->serif, t->light.accent);
    html_text(w, letter->newsletter, SLOT_HTML);
    buf_adds(w->out, "</td>\n</tr>\n");
}

static void put_sheet(struct html *w, const struct doc *doc, const struct letter *letter)
{
    const struct theme *t = w->theme;
    const struct node *title = doc_title(doc);
    buf_addf(w->out,
             "<tr>\n<td class=\"sheet ink\" bgcolor=\"%s\" style=\"padding:44px 36px 36px;"
             "background-color:%s;border-radius:10px;font-family:%s;font-size:%upx;"
             "line-height:1.65;color:%s;word-wrap:break-word;word-break:break-word;\">\n",
             t->light.sheet, t->light.sheet, t->serif, t->text_size, t->light.ink);
    html_title(w, title, letter->subject);
    for (const struct node *at = letter_next(doc, NULL); at; at = letter_next(doc, at))
        if (at != title)
            html_block(w, at);
    buf_adds(w->out, "</td>\n</tr>\n");
}

static void put_link(struct html *w, const char *url, const char *text)
{
    buf_adds(w->out, "<a href=\"");
    html_text(w, url, SLOT_HREF);
    buf_addf(w->out, "\" class=\"soft\" style=\"color:%s;text-decoration:underline;\">",
             w->theme->light.soft);
    html_text(w, text, SLOT_HTML);
    buf_adds(w->out, "</a>");
}

static void put_lines(struct html *w, const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        merge_write(w->merge, p, n, SLOT_HTML, w->out);
        p += n + (p[n] == '\n');
        buf_adds(w->out, *p ? "<br>\n" : "");
    }
}

static void put_sender(struct html *w, const struct letter *letter)
{
    buf_adds(w->out, "<p style=\"margin:0 0 14px;\"><strong>");
    html_text(w, letter->from_name, SLOT_HTML);
    buf_adds(w->out, "</strong>");
    if (letter->postal_address && *letter->postal_address) {
        buf_adds(w->out, "<br>\n");
        put_lines(w, letter->postal_address);
    }
    if (letter->website && *letter->website) {
        buf_adds(w->out, "<br>\n");
        put_link(w, letter->website, letter->website);
    }
    buf_adds(w->out, "</p>\n");
}

static void put_optout(struct html *w, const struct letter *letter)
{
    const struct letter_words *words = letter_words(letter->language);
    buf_adds(w->out, "<p style=\"margin:0;\">");
    html_text(w, words->why_before, SLOT_HTML);
    html_text(w, letter->newsletter, SLOT_HTML);
    html_text(w, words->why_after, SLOT_HTML);
    buf_adds(w->out, "<br>\n<a href=\"");
    slot_put(w->out, letter->optout_value, SLOT_HREF_WHOLE);
    buf_addf(w->out,
             "\" class=\"soft\" style=\"display:inline-block;padding:12px 0;color:%s;"
             "text-decoration:underline;\">",
             w->theme->light.soft);
    html_text(w, letter->optout_is_mail ? words->optout_mail : words->optout_web, SLOT_HTML);
    buf_adds(w->out, "</a></p>\n");
}

static void put_footer(struct html *w, const struct letter *letter)
{
    const struct theme *t = w->theme;
    buf_addf(w->out,
             "<tr>\n<td align=\"center\" class=\"soft\" style=\"padding:30px 24px 16px;"
             "font-family:%s;font-size:14px;line-height:1.6;text-align:center;color:%s;\">\n",
             t->sans, t->light.soft);
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
             "<table role=\"presentation\" width=\"%u\" border=\"0\" cellpadding=\"0\" "
             "cellspacing=\"0\" style=\"width:100%%;max-width:%upx;\">\n",
             t->light.page, t->light.page, t->width, t->width);
    put_masthead(w, letter);
    put_sheet(w, doc, letter);
    put_footer(w, letter);
    buf_adds(w->out, "</table>\n</td>\n</tr>\n</table>\n</div>\n</body>\n</html>\n");
}

void writer_html(const struct doc *doc, const struct letter *letter, const struct merge *merge,
                 struct buf *out)
{
    const struct theme *theme = theme_default();
    struct html w = {.out = out,
                     .merge = merge,
                     .theme = theme,
                     .is_rtl = letter_is_rtl(doc, letter->subject),
                     .link_class = "accent",
                     .link_colour = theme->light.accent,
                     .head_class = "accent",
                     .head_colour = theme->light.accent};
    outline_init(&w.outline, doc);
    put_head(&w, letter);
    put_body(&w, doc, letter);
}
