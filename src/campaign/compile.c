#include "base/arena.h"
#include "base/mem.h"
#include "campaign/compilation.h"
#include "campaign/program.h"
#include "markup/reader.h"
#include "markup/writer.h"
#include "mime/message.h"
#include "mime/qp.h"
#include "mime/word.h"

#include <stdlib.h>
#include <string.h>

#define URL_MAX 300 // with an address beside it, a line of a header has room for it (UN-14)

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
    judge_letter(c);
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
    judge_post(c);
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
    buf_init(&plain, PART_MAX);
    merge_plain(c->merge, c->subject, strlen(c->subject), &plain);
    judge_headers(c, plain.data);
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
