#include "base/arena.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/utf8.h"
#include "campaign/campaign.h"
#include "campaign/frontmatter.h"
#include "campaign/program.h"
#include "campaign/skeleton.h"
#include "markup/reader.h"
#include "markup/writer.h"
#include "mime/message.h"
#include "mime/qp.h"
#include "mime/word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PART_MAX     ((size_t)4 << 20)
#define CLIP_SIZE    102400 // bytes of decoded HTML past which Gmail cuts a message (HT-10)
#define SUBJECT_GOAL 60     // characters (HT-24)
#define LONG_VALUE   64     // bytes of a long name or city
#define LONG_LINK    128    // bytes of an opt-out link behind the configured address
#define URL_MAX      300    // with an address beside it, a line of a header has room for it (UN-14)

struct compilation {
    const struct campaign_settings *settings;
    struct campaign *campaign;
    struct findings *findings;
    struct arena *arena;
    struct merge *merge;
    struct doc *doc;
    const char *subject; // merge text
    unsigned subject_line, subject_column;
    const char *preheader; // merge text, or NULL
    struct addr mailto;    // [optout] mailto, with a word in place of {token}
    struct buf html, text;
};

// --- reading -------------------------------------------------------------------------------------

static const char *take(struct compilation *c, const char *text, size_t len, unsigned line,
                        unsigned column)
{
    struct buf out;
    buf_init(&out, PART_MAX);
    merge_take(c->merge, text, len, c->campaign->path, line, column, &out, c->findings);
    const char *taken = arena_strndup(c->arena, out.data, out.len);
    buf_deinit(&out);
    return taken;
}

static void read_post(struct compilation *c)
{
    const struct campaign *campaign = c->campaign;
    const char *all[] = {campaign->subject ? campaign->subject : "",
                         campaign->preheader ? campaign->preheader : "", campaign->body};
    c->merge = merge_new(c->arena, all, COUNT_OF(all));
    if (campaign->subject)
        c->subject = take(c, campaign->subject, strlen(campaign->subject), campaign->subject_line,
                          campaign->subject_column);
    if (campaign->preheader)
        c->preheader = take(c, campaign->preheader, strlen(campaign->preheader),
                            campaign->preheader_line, campaign->preheader_column);
    const char *body = take(c, campaign->body, campaign->body_len, campaign->body_line, 1);
    struct reader_options options = {.file = campaign->path,
                                     .first_line = campaign->body_line,
                                     .merge = c->merge,
                                     .practice_titles = c->settings->practice_titles,
                                     .call_titles = c->settings->call_titles};
    c->doc = campaign->is_markdown
                 ? reader_markdown(c->arena, body, strlen(body), &options, c->findings)
                 : reader_text(c->arena, body, strlen(body), &options, c->findings);
    c->subject_line = campaign->subject_line;
    c->subject_column = campaign->subject_column;
    if (!c->subject && (c->subject = reader_title(c->doc))) {
        c->subject_line = doc_title(c->doc)->line;
        c->subject_column = 1;
    }
}

// Where the writer's tags stand, for those who check them against the readers.
static void list_tags(struct compilation *c)
{
    struct campaign *campaign = c->campaign;
    for (size_t i = 0; i < c->merge->count; i++) {
        const struct merge_value *v = &c->merge->values[i];
        if (!v->line)
            continue; // the compiler's own
        campaign->tags = mem_grow(campaign->tags, campaign->tag_count + 1, sizeof *campaign->tags);
        campaign->tags[campaign->tag_count++] =
            (struct campaign_tag){mem_strdup(v->name), v->line, v->column};
    }
}

// --- findings ------------------------------------------------------------------------------------

static void check_tag(struct compilation *c, const struct merge_value *v)
{
    static const char *const known[] = {"first_name", "last_name",       "name",
                                        "email",      "unsubscribe_url", "campaign.subject"};
    static const struct {
        const char *name, *needs;
    } later[] = {
        {"web_url", "the web pages"}, {"preferences_url", "the web pages"}, {"else", "conditions"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(v->name, known[i]) == 0)
            return;
    if (v->name[0] == '@' || value_source_of(v->name) >= 0)
        return;
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        if (strcmp(v->name, later[i].name) != 0)
            continue;
        findings_add(c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.later",
                     "{{%s}} needs %s, which come with a later version of hearten; take it out",
                     v->name, later[i].needs);
        return;
    }
    const char *meant = near_of(v->name, known, COUNT_OF(known));
    if (meant)
        findings_add(c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.unknown-tag",
                     "there is no merge tag {{%s}}; perhaps {{%s}}?", v->name, meant);
    else
        findings_add(
            c->findings, FINDING_ERROR, v->file, v->line, v->column, "merge.unknown-tag",
            "there is no merge tag {{%s}}; there are {{first_name}}, {{last_name}}, {{name}}, "
            "{{email}}, {{attr.NAME}}, {{unsubscribe_url}}, {{campaign.subject}}",
            v->name);
}

// The merge parser knows no conditions: to it they are names that are none.
static void explain_conditions(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *f = &findings->list[i];
        if (strcmp(f->rule, "merge.syntax") != 0 ||
            !(strstr(f->text, "\"{{#if") || strstr(f->text, "\"{{/if")))
            continue;
        free(f->rule);
        free(f->text);
        f->rule = mem_strdup("merge.later");
        f->text = mem_strdup("{{#if …}} and {{/if}} come with a later version of hearten; take "
                             "them out");
    }
}

static void check_tags(struct compilation *c)
{
    explain_conditions(c->findings);
    for (size_t i = 0; i < c->merge->count; i++)
        check_tag(c, &c->merge->values[i]);
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static bool is_all_capitals(const char *text)
{
    size_t capitals = 0;
    for (; *text; text++) {
        if (*text >= 'a' && *text <= 'z')
            return false;
        capitals += *text >= 'A' && *text <= 'Z';
    }
    return capitals > 5;
}

static void complain_subject(struct compilation *c, enum finding_severity severity,
                             const char *rule, const char *text)
{
    findings_add(c->findings, severity, c->campaign->path, c->subject_line, c->subject_column, rule,
                 "%s", text);
}

// HT-24, BS-14, BS-17
static void check_subject(struct compilation *c, const char *plain)
{
    const char *why = NULL;
    char text[200];
    size_t len = strlen(plain);
    if (strncasecmp(plain, "re:", 3) == 0 || strncasecmp(plain, "fwd:", 4) == 0 ||
        strncasecmp(plain, "fw:", 3) == 0)
        why = "begins like an answer to a mail, which misleads readers and mail filters";
    else if (is_all_capitals(plain))
        why = "is all in capitals, which mail filters take for spam";
    else if (len > 1 && strchr("!?", plain[len - 1]) && strchr("!?", plain[len - 2]))
        why = "ends in more than one ! or ?, which mail filters take for spam";
    snprintf(text, sizeof text, "the subject %s", why ? why : "");
    if (why)
        complain_subject(c, FINDING_WARNING, "HT-24", text);
    snprintf(text, sizeof text, "the subject has %zu bytes, %d at most are taken by mail servers",
             len, SUBJECT_MAX);
    if (len > SUBJECT_MAX)
        complain_subject(c, FINDING_ERROR, "BS-17", text);
    snprintf(text, sizeof text, "the subject has %zu characters; phones show about %d",
             characters(plain), SUBJECT_GOAL);
    if (characters(plain) > SUBJECT_GOAL && len <= SUBJECT_MAX)
        complain_subject(c, FINDING_WARNING, "HT-24", text);
}

// HT-17
static void check_preheader(struct compilation *c, const char *plain_subject)
{
    if (!c->preheader)
        return;
    struct buf plain;
    buf_init(&plain, PART_MAX);
    merge_plain(c->merge, c->preheader, strlen(c->preheader), &plain);
    size_t n = characters(plain.data);
    const struct campaign *campaign = c->campaign;
    if (strcmp(plain.data, plain_subject) == 0)
        findings_add(c->findings, FINDING_WARNING, campaign->path, campaign->preheader_line,
                     campaign->preheader_column, "HT-17", "the preheader only repeats the subject");
    else if (n < 40 || n > 110)
        findings_add(c->findings, FINDING_WARNING, campaign->path, campaign->preheader_line,
                     campaign->preheader_column, "HT-17",
                     "the preheader has %zu characters; 40 to 110 are shown well", n);
    buf_deinit(&plain);
}

// Bytes of the HTML part for a reader whose values are long: what a marker makes of itself is
// counted instead of the marker.
static size_t html_size(const struct compilation *c)
{
    size_t size = c->html.len;
    for (size_t i = 0; i < c->html.len; i++) {
        unsigned value;
        enum slot_context context;
        size_t n = slot_get(c->html.data + i, c->html.len - i, &value, &context);
        if (n == 0 || slot_is_condition(context))
            continue;
        bool is_link = strcmp(c->merge->values[value].name, "unsubscribe_url") == 0;
        size += (is_link ? strlen(c->settings->base_url) + LONG_LINK : LONG_VALUE) - n;
    }
    return size;
}

// What `hearten new` and `hearten init` wrote to be replaced.
static void check_placeholders(struct compilation *c)
{
    const char *const lines[] = {SKELETON_LETTER, SKELETON_PRACTICE, SKELETON_CALL};
    const char *body = c->campaign->body;
    unsigned line = c->campaign->body_line;
    for (const char *p = body; *p; line++) {
        size_t len = strcspn(p, "\n");
        for (size_t i = 0; i < COUNT_OF(lines); i++)
            if (len == strlen(lines[i]) && strncmp(p, lines[i], len) == 0)
                findings_add(
                    c->findings, FINDING_ERROR, c->campaign->path, line, 1, "post.placeholder",
                    "\"%s\" stands here to be replaced; write your own or take it out", lines[i]);
        p += len + (p[len] == '\n');
    }
    const struct campaign_settings *s = c->settings;
    if (strcmp(s->from.text, SAMPLE_FROM) == 0 || strcmp(s->postal_address, SAMPLE_ADDRESS) == 0)
        findings_add(c->findings, FINDING_WARNING, c->campaign->path, 0, 0, "conf.sample",
                     "[newsletter] from_email or postal_address is still the one of the sample; "
                     "edit config/hearten.ini before you send to real readers");
}

static void check_letter(struct compilation *c)
{
    if (!*c->settings->postal_address)
        findings_add(c->findings, FINDING_WARNING, c->campaign->path, 0, 0, "HT-18",
                     "the footer has no postal address; set [newsletter] postal_address");
    size_t size = html_size(c);
    if (size > CLIP_SIZE)
        findings_add(
            c->findings, FINDING_ERROR, c->campaign->path, 0, 0, "HT-10",
            "the HTML part has %zu bytes; Gmail cuts a message at %d, and with it the link to "
            "leave the list",
            size, CLIP_SIZE);
    else if (size > CLIP_SIZE / 10 * 9)
        findings_add(c->findings, FINDING_WARNING, c->campaign->path, 0, 0, "HT-10",
                     "the HTML part has %zu bytes; Gmail cuts a message at %d", size, CLIP_SIZE);
}

// Blanks of every width and what has no width show nothing.
static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == 0xa0 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x3000 ||
           utf8_char_width(cp) == 0;
}

static bool may_be_empty(const struct merge *merge, const char *text)
{
    while (*text) {
        unsigned value;
        uint32_t cp = 0;
        size_t n = merge_at(merge, text, strlen(text), &value);
        if (n > 0 && merge->values[value].fallback && *merge->values[value].fallback)
            return false;
        if (n == 0) {
            int k = utf8_next(text, strlen(text), &cp);
            if (k <= 0 || !is_blank(cp))
                return false;
            n = (size_t)k;
        }
        text += n;
    }
    return true;
}

// A subject made of links or of itself cannot be put together; an empty one cannot be sent.
static void check_subject_tags(struct compilation *c)
{
    if (may_be_empty(c->merge, c->subject))
        complain_subject(
            c, FINDING_ERROR, "merge.subject",
            "the subject would be empty for a reader without a value; write a default, "
            "like {{name|friend}}");
    for (const char *p = c->subject; *p; p++) {
        unsigned value;
        char text[100];
        if (!merge_at(c->merge, p, strlen(p), &value))
            continue;
        const char *name = c->merge->values[value].name;
        snprintf(text, sizeof text, "{{%s}} cannot stand in the subject", name);
        if (strcmp(name, "campaign.subject") == 0 || strcmp(name, "unsubscribe_url") == 0)
            complain_subject(c, FINDING_ERROR, "merge.subject", text);
    }
}

// --- values --------------------------------------------------------------------------------------

static unsigned builtin(struct compilation *c, const char *name)
{
    return merge_value(c->merge, name, NULL);
}

// RFC 6068 2: what has a meaning in a mailto URL is percent-encoded in the address.
static void put_mailto_text(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("%/?#[]&;=^`{|}", text[i]))
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)text[i]);
        else
            buf_addc(out, text[i]);
    }
}

// "mailto:" with the reader's token in the address or, when it has no place there, in the subject.
static void put_mailto(struct compilation *c, struct buf *out)
{
    const char *mailto = c->settings->optout_mailto, *at = strrchr(mailto, '@');
    const char *slot = strstr(mailto, "{token}");
    unsigned token = builtin(c, "@address_token");
    buf_adds(out, "mailto:");
    put_mailto_text(out, mailto, (size_t)((slot ? slot : at) - mailto));
    if (slot) {
        const char *behind = slot + strlen("{token}");
        slot_put(out, token, SLOT_RAW);
        put_mailto_text(out, behind, (size_t)(at - behind));
    }
    buf_addf(out, "@%s?subject=unsubscribe", addr_domain(&c->mailto));
    if (!slot) {
        buf_adds(out, "%20");
        slot_put(out, token, SLOT_RAW);
    }
}

static void put_web_link(struct compilation *c, struct buf *out)
{
    buf_adds(out, c->settings->base_url);
    buf_adds(out, "/u/");
    slot_put(out, builtin(c, "@token"), SLOT_RAW);
}

static char *optout_link(struct compilation *c)
{
    struct buf link;
    buf_init(&link, PART_MAX);
    if (*c->settings->base_url)
        put_web_link(c, &link);
    else
        put_mailto(c, &link);
    return buf_take(&link);
}

static char *subject_piece(struct compilation *c, bool with_mark)
{
    struct buf piece;
    buf_init(&piece, PART_MAX);
    if (with_mark)
        slot_put(&piece, builtin(c, "@mark"), SLOT_RAW);
    merge_write(c->merge, c->subject, strlen(c->subject), SLOT_RAW, &piece);
    return buf_take(&piece);
}

// --- the message ---------------------------------------------------------------------------------

static void put_mailbox(struct buf *out, const char *header, const char *name, const char *wire)
{
    buf_addf(out, "%s: ", header);
    size_t column = word_phrase(name, strlen(name), strlen(header) + 2, out);
    if (*name)
        buf_adds(out, column + strlen(wire) + 3 > 76 ? "\r\n " : " ");
    buf_addf(out, "<%s>\r\n", wire);
}

static void put_to(struct compilation *c, struct buf *out)
{
    unsigned name = builtin(c, "name");
    buf_adds(out, "To: ");
    slot_put(out, name, SLOT_IF);
    slot_put(out, name, SLOT_PHRASE);
    slot_put(out, name, SLOT_END);
    buf_addc(out, '<');
    slot_put(out, builtin(c, "@to"), SLOT_RAW);
    buf_adds(out, ">\r\n");
}

// UN-01 to UN-03, UN-14: one line, whatever its length.
static void put_unsubscribe(struct compilation *c, struct buf *out)
{
    const struct campaign_settings *s = c->settings;
    buf_adds(out, "List-Unsubscribe: <");
    if (*s->base_url) {
        put_web_link(c, out);
        if (*s->optout_mailto) {
            buf_adds(out, ">, <");
            put_mailto(c, out);
        }
    } else {
        put_mailto(c, out);
    }
    buf_adds(out, ">\r\n");
    if (*s->base_url)
        buf_adds(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

static void put_headers(struct compilation *c, struct buf *out)
{
    const struct campaign_settings *s = c->settings;
    const char *from_name = c->campaign->from_name ? c->campaign->from_name : s->from_name;
    buf_adds(out, "Date: ");
    slot_put(out, builtin(c, "@date"), SLOT_RAW);
    buf_adds(out, "\r\n");
    put_mailbox(out, "From", from_name, s->from.wire);
    if (s->has_reply_to)
        buf_addf(out, "Reply-To: <%s>\r\n", s->reply_to.wire);
    put_to(c, out);
    buf_adds(out, "Subject: ");
    slot_put(out, builtin(c, "@subject"), SLOT_HEADER);
    buf_adds(out, "\r\nMessage-ID: <");
    slot_put(out, builtin(c, "@message_id"), SLOT_RAW);
    buf_addf(out, "@%s>\r\n", addr_domain(&s->from));
    put_mailbox(out, "List-Id", s->name, s->list_id);
    put_unsubscribe(c, out);
    buf_adds(out, "List-Post: NO\r\nPrecedence: bulk\r\n");
}

static int put_body(struct compilation *c, struct buf *out, struct err *err)
{
    struct buf html, text;
    buf_init(&html, 4 * PART_MAX);
    buf_init(&text, 4 * PART_MAX);
    qp_encode(c->html.data, c->html.len, &html);
    qp_encode(c->text.data, c->text.len, &text);
    struct message *tree = message_multipart("multipart/alternative");
    message_add(tree, message_text("text/plain", text.data, text.len));
    message_add(tree, message_text("text/html", html.data, html.len));
    int rc = message_write(tree, out, err);
    message_free(&tree);
    buf_deinit(&html);
    buf_deinit(&text);
    return rc;
}

static int build(struct compilation *c, const char *plain_subject, struct template **out,
                 struct err *err)
{
    struct buf marked;
    buf_init(&marked, 10 * PART_MAX);
    char *link = optout_link(c), *subject = subject_piece(c, false),
         *marked_subject = subject_piece(c, true);
    put_headers(c, &marked);
    int rc = put_body(c, &marked, err);
    size_t count = c->merge->count;
    struct template_value_def *defs = mem_new(count, sizeof *defs);
    for (size_t i = 0; i < count; i++) {
        const struct merge_value *v = &c->merge->values[i];
        defs[i] = (struct template_value_def){.name = v->name, .fallback = v->fallback};
        if (strcmp(v->name, "unsubscribe_url") == 0) {
            defs[i].composite = link;
            defs[i].is_url = true;
        } else if (strcmp(v->name, "campaign.subject") == 0) {
            defs[i].composite = subject;
        } else if (strcmp(v->name, "@subject") == 0) {
            defs[i].composite = marked_subject;
        }
    }
    struct template_source source = {.subject = plain_subject,
                                     .marked = marked.data,
                                     .len = marked.len,
                                     .values = defs,
                                     .value_count = count};
    if (rc == 0)
        rc = template_build(&source, out, err);
    free(defs);
    free(link);
    free(subject);
    free(marked_subject);
    buf_deinit(&marked);
    return rc;
}

static int write_letter(struct compilation *c, const char *plain_subject, struct template **out,
                        struct err *err)
{
    const struct campaign_settings *s = c->settings;
    struct letter letter = {.subject = c->subject,
                            .preheader = c->preheader,
                            .newsletter = s->name,
                            .from_name =
                                c->campaign->from_name ? c->campaign->from_name : s->from_name,
                            .website = *s->website ? s->website : NULL,
                            .postal_address = s->postal_address,
                            .language = s->language,
                            .optout_value = merge_value(c->merge, "unsubscribe_url", NULL),
                            .optout_is_mail = !*s->base_url};
    buf_init(&c->html, PART_MAX);
    buf_init(&c->text, PART_MAX);
    writer_html(c->doc, &letter, c->merge, &c->html);
    writer_text(c->doc, &letter, c->merge, &c->text);
    check_letter(c);
    int rc = 0;
    if (buf_is_over(&c->html) || buf_is_over(&c->text))
        rc = err_set(err, ERR_INPUT, "%s is too long for a mail", c->campaign->path);
    else if (c->findings->errors == 0)
        rc = build(c, plain_subject, out, err);
    buf_deinit(&c->html);
    buf_deinit(&c->text);
    return rc;
}

// More than the title.
static bool has_text(const struct doc *doc)
{
    const struct node *first = doc->root->first;
    return first && (first->kind != NODE_HEADING || first->next);
}

static int compile(struct compilation *c, struct template **out, struct err *err)
{
    struct buf plain;
    bool is_sound = c->findings->errors == 0;
    read_post(c);
    list_tags(c);
    check_tags(c);
    check_placeholders(c);
    if (!has_text(c->doc))
        findings_add(c->findings, FINDING_ERROR, c->campaign->path, c->campaign->body_line, 1,
                     "post.empty", "there is no text to send; write the letter here");
    if (!c->subject && !is_sound)
        return 0; // perhaps the subject is what is wrong, and that has been said
    if (!c->subject) {
        findings_add(
            c->findings, FINDING_ERROR, c->campaign->path, 1, 1, "post.no-subject",
            "the post has no title, so the mail has no subject; write 'subject: …' between two "
            "lines of --- at its top");
        return 0;
    }
    check_subject_tags(c);
    buf_init(&plain, PART_MAX);
    merge_plain(c->merge, c->subject, strlen(c->subject), &plain);
    check_subject(c, plain.data);
    check_preheader(c, plain.data);
    int rc = write_letter(c, plain.data, out, err);
    buf_deinit(&plain);
    return rc;
}

static int check_mailto(struct compilation *c, struct err *err)
{
    const char *mailto = c->settings->optout_mailto, *at = strrchr(mailto, '@');
    const char *slot = strstr(mailto, "{token}");
    if (slot && (!at || slot > at || strstr(slot + 1, "{token}")))
        return err_set(err, ERR_CONFIG,
                       "[optout] mailto '%s': {token} stands once, and before the @", mailto);
    size_t before = slot ? (size_t)(slot - mailto) : strlen(mailto);
    struct buf filled;
    buf_init(&filled, ADDR_MAX);
    buf_add(&filled, mailto, before);
    if (slot)
        buf_addf(&filled, "token%s", slot + strlen("{token}"));
    int rc = addr_parse(&c->mailto, filled.data, filled.len, err);
    buf_deinit(&filled);
    if (rc == 0 && c->mailto.needs_smtputf8)
        rc = err_set(err, ERR_CONFIG, "'%s' is not ASCII before the @", mailto);
    if (rc == 0)
        return 0;
    err->kind = ERR_CONFIG;
    return err_prefix(err, "[optout] mailto");
}

// What conf has let through stands in a header that must be one line of ASCII (UN-11, UN-14).
static int check_optout(struct compilation *c, struct err *err)
{
    const char *url = c->settings->base_url, *mailto = c->settings->optout_mailto;
    if (!*url && !*mailto)
        return err_set(err, ERR_CONFIG,
                       "no way to leave the list is configured; set [optout] base_url or mailto in "
                       "config/hearten.ini");
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("<>,\"\\", *p))
            return err_set(err, ERR_CONFIG,
                           "[optout] base_url '%s' has a character that cannot stand in a header; "
                           "percent-encode it",
                           url);
    if (strlen(url) > URL_MAX)
        return err_set(err, ERR_CONFIG, "[optout] base_url has %zu bytes, %d are allowed",
                       strlen(url), URL_MAX);
    return *mailto ? check_mailto(c, err) : 0;
}

int campaign_compile(const struct campaign_settings *settings, struct campaign *campaign,
                     struct template **out, struct findings *findings, struct err *err)
{
    struct compilation c = {.settings = settings, .campaign = campaign, .findings = findings};
    *out = NULL;
    if (check_optout(&c, err) != 0)
        return -1;
    if (findings->errors > 0 && campaign->body_len == 0)
        return 0; // nothing could be read: that has been said
    c.arena = arena_new();
    int rc = compile(&c, out, err);
    arena_free(&c.arena);
    return rc;
}
