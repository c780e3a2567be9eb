#include "markup/label.h"

#include "base/buf.h"
#include "base/mem.h"
#include "markup/dateline.h"
#include "markup/fold.h"
#include "markup/shape.h"
#include "markup/srcline.h"

#include <string.h>

enum {
    LINE_BYTES = 400,   // longer lines are prose
    META_WORDS = 12,    // "Tags: …" has no more
    CATEGORY_WORDS = 4, // "Posted in …" has no more
    COPYRIGHT_WORDS = 16,
    COMMENT_WORDS = 8,
    MENU_LINE_WORDS = 3, // "Home About Contact" without bars between them
    LABEL_WORDS_MAX = 4, // the words of the longest weak label
};

struct pattern {
    enum label label;
    const char *text; // as fold_text makes it; '*' stands for anything
};

// Each sentence of a line has to be one of these.
static const struct pattern sentences[] = {
    {LABEL_FORM, "your email address will not be published"},
    {LABEL_FORM, "your e-mail address will not be published"},
    {LABEL_FORM, "required fields are marked"},
    {LABEL_FORM, "this site uses akismet to reduce spam"},
    {LABEL_FORM, "learn how your comment data is processed"},
    {LABEL_FORM, "learn how your comment data is processed](*"},
    {LABEL_FORM, "save my name, email, and website in this browser for the next time i comment"},
    {LABEL_FORM, "save my name, email and website in this browser for the next time i comment"},
    {LABEL_FORM, "notify me of follow-up comments by email"},
    {LABEL_FORM, "notify me of new posts by email"},
    {LABEL_FORM, "notify me of new comments via email"},
    {LABEL_FORM, "comments are closed"},
    {LABEL_FORM, "you must be logged in to post a comment"},
    {LABEL_FORM, "tu dirección de correo electrónico no será publicada"},
    {LABEL_FORM, "los campos obligatorios están marcados con"},
    {LABEL_FORM, "este sitio usa akismet para reducir el spam"},
    {LABEL_FORM, "aprende cómo se procesan los datos de tus comentarios"},
    {LABEL_FORM, "guarda mi nombre, correo electrónico y web en este navegador*"},
    {LABEL_NOTICE, "we use cookies * our website*"},
    {LABEL_NOTICE, "we use cookies * our site*"},
    {LABEL_NOTICE, "we use cookies * this website*"},
    {LABEL_NOTICE, "we use cookies * this site*"},
    {LABEL_NOTICE, "we use cookies * best experience*"},
    {LABEL_NOTICE, "we use cookies * relevant experience*"},
    {LABEL_NOTICE, "we use cookies * browsing experience*"},
    {LABEL_NOTICE, "we use cookies * your experience"},
    {LABEL_NOTICE, "we use cookies to personali?e content and ads*"},
    {LABEL_NOTICE, "if you continue to use this site we will assume that you are happy with it"},
    {LABEL_NOTICE, "by clicking \"accept*\", you consent to *"},
    {LABEL_NOTICE, "we value your privacy"},
    {LABEL_NOTICE, "this website uses cookies"},
    {LABEL_NOTICE, "this website uses cookies to improve *experience*"},
    {LABEL_NOTICE, "this site uses cookies"},
    {LABEL_NOTICE, "this site uses cookies to improve *experience*"},
    {LABEL_NOTICE, "privacy & cookies: this site uses cookies"},
    {LABEL_NOTICE, "by continuing to use this site, you agree to * use"},
    {LABEL_NOTICE, "by continuing to use this website, you agree to * use"},
    {LABEL_NOTICE, "to find out more, including how to control cookies, see here*"},
    {LABEL_NOTICE, "we'll assume you're ok with this, but you can opt-out if you wish"},
    {LABEL_NOTICE, "by continuing to * site, you * cookies"},
    {LABEL_NOTICE, "by continuing to * website, you * cookies"},
    {LABEL_NOTICE, "by continuing to * site you * cookies"},
    {LABEL_NOTICE, "by continuing to * website you * cookies"},
    {LABEL_NOTICE, "by continuing to use it, you * cookies"},
    {LABEL_NOTICE, "by continuing, you * cookies"},
    {LABEL_NOTICE, "by continuing you * cookies"},
    {LABEL_NOTICE,
     "enter your email address to subscribe to this blog and receive notifications *"},
    {LABEL_WEAK, "accept"},
    {LABEL_WEAK, "accept all"},
    {LABEL_WEAK, "ok"},
    {LABEL_WEAK, "got it"},
    {LABEL_NOTICE, "accept read more"},
    {LABEL_NOTICE, "accept reject read more"},
    {LABEL_NOTICE, "view all posts by *"},
    {LABEL_NOTICE, "usamos cookies * sitio web*"},
    {LABEL_NOTICE, "utilizamos cookies * sitio web*"},
    {LABEL_NOTICE, "utilizamos cookies * experiencia*"},
    {LABEL_NOTICE, "this entry was posted in * bookmark the permalink"},
    {LABEL_NOTICE, "bookmark the permalink"},
    {LABEL_NOTICE, "proudly powered by wordpress"},
    {LABEL_NOTICE, "powered by wordpress"},
};

static const struct pattern labels[] = {
    {LABEL_AUTHOR, "about author"},
    {LABEL_AUTHOR, "about the author"},
    {LABEL_AUTHOR, "author bio"},
    {LABEL_AUTHOR, "acerca del autor"},
    {LABEL_AUTHOR, "acerca de la autora"},
    {LABEL_AUTHOR, "sobre el autor"},
    {LABEL_AUTHOR, "sobre la autora"},
    {LABEL_POSTS, "related posts"},
    {LABEL_POSTS, "related articles"},
    {LABEL_POSTS, "recent posts"},
    {LABEL_POSTS, "more posts"},
    {LABEL_POSTS, "you may also like"},
    {LABEL_POSTS, "you might also like"},
    {LABEL_POSTS, "post navigation"},
    {LABEL_POSTS, "entradas relacionadas"},
    {LABEL_POSTS, "entradas recientes"},
    {LABEL_POSTS, "también te puede interesar"},
    {LABEL_POSTS, "navegación de entradas"},
    {LABEL_RELATED, "related"},
    {LABEL_RELATED, "relacionado"},
    {LABEL_TALK, "leave a reply"},
    {LABEL_TALK, "leave a comment"},
    {LABEL_TALK, "post a comment"},
    {LABEL_TALK, "write a comment"},
    {LABEL_TALK, "submit a comment"},
    {LABEL_TALK, "add a comment"},
    {LABEL_TALK, "join the conversation"},
    {LABEL_TALK, "deja una respuesta"},
    {LABEL_TALK, "deja un comentario"},
    {LABEL_FORM, "leave a reply*cancel reply*"},
    {LABEL_FORM, "leave a comment*cancel reply*"},
    {LABEL_FORM, "leave a comment*cancel comment*"},
    {LABEL_FORM, "deja una respuesta*cancelar la respuesta*"},
    {LABEL_FORM, "cancel reply"},
    {LABEL_FORM, "cancelar la respuesta"},
    {LABEL_FORM, "post comment"},
    {LABEL_FORM, "publicar el comentario"},
    {LABEL_COUNTED, "no comments"},
    {LABEL_COUNTED, "no comments yet"},
    {LABEL_COUNTED, "no responses yet"},
    {LABEL_COUNTED, "one thought on \"*"},
    {LABEL_COUNTED, "one response to \"*"},
    {LABEL_COUNTED, "un comentario en \"*"},
    {LABEL_NOTICE, "click to share on * (opens in new window*"},
    {LABEL_NOTICE, "share on * (opens in new window*"},
    {LABEL_NOTICE, "print (opens in new window*"},
    {LABEL_NOTICE, "email a link to a friend (opens in new window*"},
    {LABEL_NOTICE, "click to share on facebook"},
    {LABEL_NOTICE, "click to share on twitter"},
    {LABEL_NOTICE, "click to share on x"},
    {LABEL_NOTICE, "click to share on linkedin"},
    {LABEL_NOTICE, "click to share on pinterest"},
    {LABEL_NOTICE, "click to share on whatsapp"},
    {LABEL_NOTICE, "click to share on telegram"},
    {LABEL_NOTICE, "click to share on reddit"},
    {LABEL_NOTICE, "click to email a link to a friend*"},
    {LABEL_NOTICE, "click to email this to a friend*"},
    {LABEL_NOTICE, "click to print (opens in new window*"},
    {LABEL_NOTICE, "haz clic para compartir en * (se abre en una ventana nueva*"},
    {LABEL_WIDGET, "skip to content"},
    {LABEL_WIDGET, "skip to main content"},
    {LABEL_WIDGET, "skip to primary navigation"},
    {LABEL_WIDGET, "skip to footer"},
    {LABEL_WIDGET, "saltar al contenido"},
    {LABEL_WIDGET, "ir al contenido"},
    {LABEL_WIDGET, "toggle navigation"},
    {LABEL_WIDGET, "share this"},
    {LABEL_WIDGET, "share this post"},
    {LABEL_WIDGET, "share this article"},
    {LABEL_WIDGET, "share on facebook"},
    {LABEL_WIDGET, "share on twitter"},
    {LABEL_WIDGET, "share on x"},
    {LABEL_WIDGET, "share on linkedin"},
    {LABEL_WIDGET, "share on whatsapp"},
    {LABEL_WIDGET, "share on pinterest"},
    {LABEL_WIDGET, "share via email"},
    {LABEL_WIDGET, "compartir esto"},
    {LABEL_WIDGET, "comparte esto"},
    {LABEL_WIDGET, "like this"},
    {LABEL_WIDGET, "like loading"},
    {LABEL_WIDGET, "me gusta esto"},
    {LABEL_WIDGET, "me gusta cargando"},
    {LABEL_WIDGET, "accept all cookies"},
    {LABEL_WIDGET, "accept cookies"},
    {LABEL_WIDGET, "cookie settings"},
    {LABEL_WIDGET, "manage consent"},
    {LABEL_WIDGET, "privacy & cookies policy"},
    {LABEL_WIDGET, "privacy policy"},
    {LABEL_WIDGET, "cookie policy"},
    {LABEL_WIDGET, "política de privacidad"},
    {LABEL_WIDGET, "terms of service"},
    {LABEL_WIDGET, "terms & conditions"},
    {LABEL_WIDGET, "terms and conditions"},
    {LABEL_WIDGET, "close and accept"},
    {LABEL_WIDGET, "scroll to top"},
    {LABEL_WIDGET, "back to top"},
    {LABEL_WIDGET, "all rights reserved"},
    {LABEL_WIDGET, "todos los derechos reservados"},
    {LABEL_WIDGET, "read more"},
    {LABEL_WIDGET, "continue reading"},
    {LABEL_WIDGET, "leer más"},
    {LABEL_POSTS, "previous post"},
    {LABEL_POSTS, "next post"},
    {LABEL_POSTS, "previous article"},
    {LABEL_POSTS, "next article"},
    {LABEL_POSTS, "entrada anterior"},
    {LABEL_POSTS, "siguiente entrada"},
    {LABEL_POSTS, "entrada siguiente"},
    {LABEL_WIDGET, "previous post: *"},
    {LABEL_WIDGET, "next post: *"},
    {LABEL_WIDGET, "entrada anterior: *"},
    {LABEL_WIDGET, "entrada siguiente: *"},
    {LABEL_WIDGET, "enter your email"},
    {LABEL_WIDGET, "enter your email address"},
    {LABEL_WIDGET, "type your email"},
    {LABEL_WIDGET, "escribe tu correo electrónico"},
    {LABEL_WIDGET, "join * other subscribers"},
    {LABEL_WIDGET, "subscribe to blog via email"},
    {LABEL_TOP, "leave a comment / *"},
    {LABEL_CRUMBS, "home \" * \" *"}, // Home » Blog » Healing
    {LABEL_CRUMBS, "home > * > *"},
    {LABEL_CRUMBS, "home / * / *"},
    {LABEL_CRUMBS, "inicio \" * \" *"},
    {LABEL_CRUMBS, "you are here: home *"},
    {LABEL_HEAD, "subscribe"},
    {LABEL_HEAD, "subscribe now"},
    {LABEL_HEAD, "sign up"},
    {LABEL_HEAD, "suscríbete"},
    {LABEL_HEAD, "suscribirse"},
    {LABEL_WEAK, "accept"},
    {LABEL_WEAK, "accept all"},
    {LABEL_WEAK, "accept reject"},
    {LABEL_WEAK, "reject"},
    {LABEL_WEAK, "reject all"},
    {LABEL_WEAK, "decline"},
    {LABEL_WEAK, "deny"},
    {LABEL_WEAK, "settings"},
    {LABEL_WEAK, "ok"},
    {LABEL_WEAK, "got it"},
    {LABEL_WEAK, "aceptar"},
    {LABEL_WEAK, "rechazar"},
    {LABEL_WEAK, "email address"},
    {LABEL_WEAK, "menu"},
    {LABEL_WEAK, "menú"},
    {LABEL_WEAK, "home"},
    {LABEL_WEAK, "inicio"},
    {LABEL_WEAK, "about"},
    {LABEL_WEAK, "about me"},
    {LABEL_WEAK, "about us"},
    {LABEL_WEAK, "sobre mí"},
    {LABEL_WEAK, "blog"},
    {LABEL_WEAK, "contact"},
    {LABEL_WEAK, "contact me"},
    {LABEL_WEAK, "contact us"},
    {LABEL_WEAK, "contacto"},
    {LABEL_WEAK, "services"},
    {LABEL_WEAK, "servicios"},
    {LABEL_WEAK, "shop"},
    {LABEL_WEAK, "tienda"},
    {LABEL_WEAK, "search"},
    {LABEL_WEAK, "search for"},
    {LABEL_WEAK, "buscar"},
    {LABEL_WEAK, "log in"},
    {LABEL_WEAK, "login"},
    {LABEL_NETWORK, "facebook"},
    {LABEL_NETWORK, "twitter"},
    {LABEL_NETWORK, "x"},
    {LABEL_NETWORK, "x (formerly twitter"},
    {LABEL_NETWORK, "x (twitter"},
    {LABEL_NETWORK, "instagram"},
    {LABEL_NETWORK, "linkedin"},
    {LABEL_NETWORK, "pinterest"},
    {LABEL_NETWORK, "whatsapp"},
    {LABEL_NETWORK, "telegram"},
    {LABEL_NETWORK, "reddit"},
    {LABEL_NETWORK, "tumblr"},
    {LABEL_NETWORK, "youtube"},
    {LABEL_NETWORK, "threads"},
    {LABEL_NETWORK, "bluesky"},
    {LABEL_NETWORK, "mastodon"},
    {LABEL_NETWORK, "pocket"},
    {LABEL_NETWORK, "tweet"},
    {LABEL_NETWORK, "pin it"},
    {LABEL_NETWORK, "pin"},
    {LABEL_NETWORK, "print"},
    {LABEL_NETWORK, "imprimir"},
    {LABEL_NETWORK, "email"},
    {LABEL_NETWORK, "correo electrónico"},
    {LABEL_NETWORK, "copy link"},
    {LABEL_SHARE, "share"},
    {LABEL_SHARE, "share:"},
    {LABEL_SHARE, "share on"},
    {LABEL_SHARE, "share on:"},
    {LABEL_SHARE, "compartir"},
    {LABEL_WEAK, "like"},
    {LABEL_WEAK, "me gusta"},
    {LABEL_WEAK, "more"},
    {LABEL_WEAK, "más"},
    {LABEL_WEAK, "loading"},
    {LABEL_WEAK, "cargando"},
    {LABEL_WEAK, "name"},
    {LABEL_WEAK, "nombre"},
    {LABEL_WEAK, "website"},
    {LABEL_WEAK, "web"},
    {LABEL_WEAK, "comment"},
    {LABEL_WEAK, "comentario"},
    {LABEL_WEAK, "reply"},
    {LABEL_WEAK, "responder"},
    {LABEL_WEAK, "type here"},
    {LABEL_WEAK, "previous"},
    {LABEL_WEAK, "next"},
    {LABEL_WEAK, "uncategorized"},
    {LABEL_WEAK, "terms"},
    {LABEL_WEAK, "terms of use"},
    {LABEL_WEAK, "disclaimer"},
    {LABEL_WEAK, "sitemap"},
    {LABEL_WEAK, "aviso legal"},
    {LABEL_WEAK, "política de cookies"},
};

bool label_is_weak(enum label label)
{
    return label >= LABEL_WEAK && label <= LABEL_SHARE;
}

static bool is_like(const char *pattern, const char *text)
{
    const char *star = NULL, *back = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            back = text;
        } else if (*pattern == *text || (*pattern == '?' && *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++back;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static enum label match(const struct pattern *patterns, size_t count, const char *folded)
{
    for (size_t i = 0; i < count; i++)
        if (is_like(patterns[i].text, folded))
            return patterns[i].label;
    return LABEL_NONE;
}

static bool begins_with(const char *folded, const char *start)
{
    return strncmp(folded, start, strlen(start)) == 0;
}

// --- sentences -----------------------------------------------------------------------------------

static size_t sentence_len(const char *text)
{
    size_t n = 0;
    while (text[n] && !(strchr(".!?", text[n]) && text[n + 1] == ' '))
        n++;
    return n;
}

static enum label match_sentences(const char *folded)
{
    enum label best = LABEL_NONE;
    while (*folded) {
        struct buf one;
        buf_init(&one, LINE_BYTES * 8);
        size_t n = sentence_len(folded);
        fold_text(folded, n, &one);
        enum label label = match(sentences, COUNT_OF(sentences), one.data);
        buf_deinit(&one);
        if (label == LABEL_NONE)
            return LABEL_NONE;
        best = label > best ? label : best;
        folded += n;
        folded += strspn(folded, ".!? ");
    }
    return best > LABEL_WEAK ? best : LABEL_NONE; // a button behind a notice, never alone
}

// --- labels that are more than words -------------------------------------------------------------

// "3 comments", "12 thoughts on “Being Still”", "comments (3)".
static enum label match_counted(const char *folded)
{
    static const char *const exact[] = {"comments", "comment", "responses", "replies",
                                        "comentarios"};
    static const char *const quoted[] = {"thoughts on \"",  "comments on \"", "comment on \"",
                                         "responses to \"", "replies to \"",  "comentarios en \""};
    size_t digits = strspn(folded, "0123456789");
    if (begins_with(folded, "comments (") && strspn(folded + 10, "0123456789") > 0)
        return LABEL_COUNTED;
    if (digits == 0 || digits > 6 || folded[digits] != ' ')
        return LABEL_NONE;
    const char *rest = folded + digits + 1;
    for (size_t i = 0; i < COUNT_OF(exact); i++)
        if (strcmp(rest, exact[i]) == 0)
            return LABEL_COUNTED;
    for (size_t i = 0; i < COUNT_OF(quoted); i++)
        if (begins_with(rest, quoted[i]))
            return LABEL_COUNTED;
    return LABEL_NONE;
}

// "Tags: grief, love", "Posted in Healing": the categories of a post.
static enum label match_meta(const char *text, size_t len, const char *folded)
{
    static const char *const colons[] = {
        "tags: ",      "tag: ",        "filed under: ",  "categories: ", "category: ",
        "etiquetas: ", "categorías: ", "archivado en: ", "posted in: "};
    static const char *const bare[] = {"posted in ", "tagged ", "filed under ", "publicado en "};
    size_t words = srcline_words(text, len);
    for (size_t i = 0; i < COUNT_OF(colons); i++)
        if (begins_with(folded, colons[i]))
            return words <= META_WORDS ? LABEL_WIDGET : LABEL_NONE;
    for (size_t i = 0; i < COUNT_OF(bare); i++) {
        if (!begins_with(folded, bare[i]))
            continue;
        if (strcmp(bare[i], "tagged ") == 0)
            return words <= META_WORDS ? LABEL_WEAK : LABEL_NONE;
        const char *name = memchr(text + strlen(bare[i]) - 1, ' ', len - strlen(bare[i]) + 1);
        bool is_name = name && fold_is_upper((unsigned char)name[1]);
        return is_name && words <= CATEGORY_WORDS + 2 ? LABEL_WIDGET : LABEL_NONE;
    }
    return LABEL_NONE;
}

// "Posted on November 7, 2025": with a number, so that a sentence that begins so is none.
static enum label match_top(const char *text, size_t len, const char *folded)
{
    static const char *const starts[] = {"posted on ", "published on ", "last updated",
                                         "updated on ", "publicado el "};
    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (begins_with(folded, starts[i]))
            return strpbrk(folded, "0123456789") && srcline_words(text, len) <= META_WORDS
                       ? LABEL_TOP
                       : LABEL_NONE;
    return LABEL_NONE;
}

// "© 2025 Name. All Rights Reserved.", "Copyright 2025 Name".
static bool is_copyright(const char *text, size_t len, const char *folded)
{
    bool has_sign = len > 2 && memcmp(text, "\xc2\xa9", 2) == 0;
    bool has_word = begins_with(folded, "copyright ");
    bool has_rights = is_like("*. all rights reserved", folded) ||
                      is_like("* | all rights reserved", folded) ||
                      is_like("*todos los derechos reservados", folded);
    const char *year = strstr(folded, "20");
    bool has_year = year && strspn(year, "0123456789") == 4;
    return srcline_words(text, len) <= COPYRIGHT_WORDS && has_year &&
           (has_sign || has_word || has_rights);
}

// "Jane says:", "Jane on March 3, 2025 at 4:30 pm", "March 3, 2025 at 4:30 pm".
static bool is_comment_head(const char *text, size_t len, const char *folded)
{
    if (srcline_words(text, len) > COMMENT_WORDS)
        return false;
    if (is_like("* says", folded) || is_like("* dice", folded))
        return text[len - 1] == ':';
    const char *at = strstr(folded, " at ");
    return at && at[4] >= '0' && at[4] <= '9' && strchr(at, ':') &&
           strpbrk(folded, "0123456789") < at;
}

// --- menus ---------------------------------------------------------------------------------------

static bool is_bar(char c)
{
    return c == '|' || c == '>' || c == '/';
}

// The label that the words at text make, as many of them as do; *n: their bytes.
static enum label label_at(const char *text, size_t *n)
{
    enum label best = LABEL_NONE;
    size_t end = 0;
    for (int words = 0; words < LABEL_WORDS_MAX && text[end] && !is_bar(text[end]); words++) {
        end += strspn(text + end, " ");
        end += strcspn(text + end, " |>/");
        char copy[64];
        if (end == 0 || end >= sizeof copy)
            break;
        memcpy(copy, text, end);
        copy[end] = '\0';
        enum label label = match(labels, COUNT_OF(labels), copy);
        if (label == LABEL_POSTS)
            label = LABEL_WIDGET; // "← Previous Post | Next Post →"
        if (!label_is_weak(label) && label != LABEL_WIDGET)
            continue;
        best = label;
        *n = end;
    }
    return best;
}

// What only a page's row of links or buttons holds.
static bool is_page_name(const char *text, size_t n)
{
    static const char *const names[] = {"about",      "about me", "blog",      "contact",
                                        "contact me", "services", "contacto",  "contact us",
                                        "accept",     "reject",   "accept all"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strlen(names[i]) == n && memcmp(names[i], text, n) == 0)
            return true;
    return false;
}

// "Home | About | Blog", "Home About Contact": how many labels stand in one line; 0 when it is no
// menu.
static size_t menu_words(const char *folded, enum label *label)
{
    size_t words = 0, networks = 0;
    bool has_bar = false, has_page = false, is_share = false;
    *label = LABEL_WEAK;
    for (const char *at = folded; *at; words++) {
        size_t n = 0;
        enum label one = label_at(at, &n);
        if (one == LABEL_NONE)
            return 0;
        if (one == LABEL_WIDGET)
            *label = LABEL_WIDGET;
        has_page = has_page || is_page_name(at, n);
        is_share = is_share || (words == 0 && one == LABEL_SHARE);
        networks += one == LABEL_NETWORK;
        at += n;
        for (; *at == ' ' || is_bar(*at); at++)
            has_bar = has_bar || is_bar(*at);
    }
    if (networks >= 2 && networks + is_share == words) {
        *label = is_share ? LABEL_WIDGET : LABEL_NETWORK;
        return words;
    }
    bool is_row = *label == LABEL_WIDGET ? words >= 2 : words >= MENU_LINE_WORDS && has_page;
    return has_bar || is_row ? words : 0;
}

// --- the line ------------------------------------------------------------------------------------

static bool ends_sentence(const char *text, size_t len)
{
    bool has_dots = len >= 3 && (memcmp(text + len - 3, "...", 3) == 0);
    return len > 0 && !has_dots && strchr(".!?", text[len - 1]);
}

// What a list item says is the writer's more often than a button's.
static enum label in_list(enum label label)
{
    return label >= LABEL_AUTHOR                          ? LABEL_NONE
           : label == LABEL_WIDGET || label == LABEL_HEAD ? LABEL_WEAK
                                                          : label;
}

static enum label label_of_folded(const char *text, size_t len, const char *folded, size_t *menu)
{
    enum label label = match_sentences(folded);
    if (label == LABEL_NONE && is_copyright(text, len, folded))
        label = LABEL_WIDGET;
    bool is_button = strcmp(folded, "got it") == 0; // "Got it!"
    if (label != LABEL_NONE || (ends_sentence(text, len) && !is_button))
        return label;
    label = match(labels, COUNT_OF(labels), folded);
    *menu = label_is_weak(label);
    if (label == LABEL_NONE && (*menu = menu_words(folded, &label)) == 0)
        label = LABEL_NONE;
    if (label == LABEL_NONE)
        label = match_counted(folded);
    if (label == LABEL_NONE)
        label = match_meta(text, len, folded);
    if (label == LABEL_NONE)
        label = match_top(text, len, folded);
    if (label == LABEL_NONE && dateline_is_reading_time(text, len))
        label = LABEL_WIDGET;
    if (label == LABEL_NONE && (dateline_is_date(text, len) || is_like("in \"*", folded)))
        label = LABEL_DATE;
    if (label == LABEL_NONE && is_comment_head(text, len, folded))
        label = LABEL_COMMENT;
    return label;
}

enum label label_of(const char *text, size_t len, size_t *menu)
{
    struct srcline line = {.text = text, .len = len};
    struct bullet bullet;
    struct buf folded;
    *menu = 0;
    if (len == 0 || len > LINE_BYTES)
        return LABEL_NONE;
    buf_init(&folded, 8 * LINE_BYTES);
    fold_text(text, len, &folded);
    enum label label = folded.len > 0 ? label_of_folded(text, len, folded.data, menu) : LABEL_NONE;
    buf_deinit(&folded);
    return shape_bullet(&line, &bullet) ? in_list(label) : label;
}

enum label label_of_sentences(const char *text, size_t len)
{
    struct buf folded;
    if (len == 0 || len > 2 * LINE_BYTES)
        return LABEL_NONE;
    buf_init(&folded, 16 * LINE_BYTES);
    fold_text(text, len, &folded);
    enum label label = folded.len > 0 ? match_sentences(folded.data) : LABEL_NONE;
    buf_deinit(&folded);
    return label;
}
