#include "mime/message.h"

#include "base/encode.h"
#include "base/mem.h"
#include "crypt/hash.h"

#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct message {
    char *type;
    struct buf body; // a leaf's
    struct message **children;
    size_t count;
};

struct message *message_text(const char *type, const char *body, size_t len)
{
    struct message *m = mem_new(1, sizeof *m);
    m->type = mem_strdup(type);
    buf_init(&m->body, BUF_MAX_DEFAULT);
    buf_add(&m->body, body, len);
    return m;
}

struct message *message_multipart(const char *type)
{
    return message_text(type, "", 0);
}

void message_add(struct message *parent, struct message *child)
{
    parent->children = mem_grow(parent->children, parent->count + 1, sizeof(struct message *));
    parent->children[parent->count++] = child;
}

void message_free(struct message **message)
{
    struct message *m = *message;
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        message_free(&m->children[i]);
    free(m->children);
    free(m->type);
    buf_deinit(&m->body);
    free(m);
    *message = NULL;
}

// --- writing -------------------------------------------------------------------------------------

static void gather(const struct message *m, struct buf *all)
{
    buf_adds(all, m->type);
    buf_add(all, m->body.data, m->body.len);
    for (size_t i = 0; i < m->count; i++)
        gather(m->children[i], all);
}

static char *boundary_of(const struct message *m)
{
    unsigned char hash[HASH_SIZE];
    struct buf all, name;
    buf_init(&all, 2 * BUF_MAX_DEFAULT);
    gather(m, &all);
    hash_sha256(all.data, all.len, hash);
    buf_deinit(&all);
    buf_init(&name, 64);
    // 96 bits. A longer name would make libetpan fold the field, with a blank before the line end.
    buf_adds(&name, "=_");
    encode_base32(hash, 12, &name);
    return buf_take(&name);
}

static void set_boundary(struct mailmime *mime, const struct message *m)
{
    for (clistiter *i = clist_begin(mime->mm_content_type->ct_parameters); i; i = clist_next(i)) {
        struct mailmime_parameter *p = clist_content(i);
        if (strcasecmp(p->pa_name, "boundary") != 0)
            continue;
        free(p->pa_value);
        p->pa_value = boundary_of(m);
    }
}

static struct mailmime *build_leaf(const struct message *m)
{
    struct mailmime_content *type = mailmime_content_new_with_str(m->type);
    struct mailmime_fields *fields =
        mailmime_fields_new_encoding(MAILMIME_MECHANISM_QUOTED_PRINTABLE);
    if (!type || !fields)
        return NULL;
    char name[] = "charset", value[] = "utf-8"; // libetpan copies them
    struct mailmime_parameter *charset = mailmime_param_new_with_data(name, value);
    if (!charset || clist_append(type->ct_parameters, charset) != 0)
        return NULL;
    struct mailmime *mime = mailmime_new_empty(type, fields);
    struct mailmime_data *data =
        mailmime_data_new(MAILMIME_DATA_TEXT, MAILMIME_MECHANISM_QUOTED_PRINTABLE, 1, m->body.data,
                          m->body.len, NULL);
    if (!mime || !data)
        return NULL;
    mime->mm_body = data;
    mime->mm_data.mm_single = data;
    return mime;
}

// NULL only without memory; message_write ends the process then, so nothing is freed here.
static struct mailmime *build(const struct message *m)
{
    if (m->count == 0)
        return build_leaf(m);
    struct mailmime *mime = mailmime_multiple_new(m->type);
    if (!mime)
        return NULL;
    set_boundary(mime, m);
    for (size_t i = 0; i < m->count; i++) {
        struct mailmime *child = build(m->children[i]);
        if (!child || mailmime_add_part(mime, child) != MAILIMF_NO_ERROR)
            return NULL;
    }
    return mime;
}

int message_write(const struct message *message, struct buf *out, struct err *err)
{
    struct mailmime *body = build(message);
    struct mailmime *whole = body ? mailmime_new_message_data(body) : NULL;
    MMAPString *text = mmap_string_new("");
    int column = 0, rc = 0;
    if (!whole || !text)
        abort(); // out of memory
    mailmime_set_imf_fields(whole, mailimf_fields_new_empty());
    if (mailmime_write_mem(text, &column, whole) != MAILIMF_NO_ERROR)
        rc = err_set(err, ERR_IO, "the message could not be put together");
    else
        buf_add(out, text->str, text->len);
    mmap_string_free(text);
    mailmime_free(whole);
    return rc;
}

// --- reading -------------------------------------------------------------------------------------

static struct mailmime *find(struct mailmime *mime, const char *type)
{
    if (mime->mm_type == MAILMIME_MESSAGE)
        return mime->mm_data.mm_message.mm_msg_mime
                   ? find(mime->mm_data.mm_message.mm_msg_mime, type)
                   : NULL;
    if (mime->mm_type == MAILMIME_MULTIPLE) {
        for (clistiter *i = clist_begin(mime->mm_data.mm_multipart.mm_mp_list); i;
             i = clist_next(i)) {
            struct mailmime *found = find(clist_content(i), type);
            if (found)
                return found;
        }
        return NULL;
    }
    const char *subtype = strchr(type, '/') + 1;
    const struct mailmime_content *content = mime->mm_content_type;
    return content && content->ct_subtype && strcasecmp(content->ct_subtype, subtype) == 0 ? mime
                                                                                           : NULL;
}

static int encoding_of(const struct mailmime *mime)
{
    for (clistiter *i = clist_begin(mime->mm_mime_fields->fld_list); i; i = clist_next(i)) {
        const struct mailmime_field *field = clist_content(i);
        if (field->fld_type == MAILMIME_FIELD_TRANSFER_ENCODING)
            return field->fld_data.fld_encoding->enc_type;
    }
    return MAILMIME_MECHANISM_8BIT;
}

static void add_with_lf(struct buf *out, const char *text, size_t len)
{
    while (len > 0) {
        const char *crlf = memmem(text, len, "\r\n", 2);
        size_t n = crlf ? (size_t)(crlf - text) : len;
        buf_add(out, text, n);
        if (crlf)
            buf_addc(out, '\n');
        n += crlf ? 2 : 0;
        text += n;
        len -= n;
    }
}

int message_read(const char *text, size_t len, const char *type, struct buf *out, struct err *err)
{
    struct mailmime *whole = NULL;
    size_t at = 0;
    int rc = -1;
    if (mailmime_parse(text, len, &at, &whole) == MAILIMF_NO_ERROR) {
        struct mailmime *part = find(whole, type);
        char *decoded = NULL;
        size_t decoded_len = 0, from = 0;
        if (part && part->mm_mime_fields && part->mm_data.mm_single &&
            mailmime_part_parse(part->mm_data.mm_single->dt_data.dt_text.dt_data,
                                part->mm_data.mm_single->dt_data.dt_text.dt_length, &from,
                                encoding_of(part), &decoded, &decoded_len) == MAILIMF_NO_ERROR) {
            add_with_lf(out, decoded, decoded_len);
            mailmime_decoded_part_free(decoded);
            rc = 0;
        }
        mailmime_free(whole);
    }
    return rc == 0 ? 0 : err_set(err, ERR_INPUT, "the message has no %s part", type);
}
