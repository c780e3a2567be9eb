#include "base/buf.h"
#include "base/escape.h"
#include "campaign/program.h"
#include "mail/date.h"
#include "mail/line.h"
#include "markup/url.h"
#include "mime/message.h"
#include "mime/qp.h"
#include "mime/word.h"

#include <string.h>

#define MESSAGE_MAX ((size_t)32 << 20)
#define LINE_GOAL   76 // octets of a line that may hold an encoded-word (EW-01)
// Composites may be used many times over; a blob made by an enemy must not run for hours.
#define STEPS_FREE 100000

struct text {
    const char *at;
    size_t len;
};

struct run {
    const struct template *template;
    const struct template_input *input;
    struct buf *out;
    struct buf piece;   // a composite value
    struct buf escaped; // a value escaped for its context, before quoted-printable
    struct buf url;     // a URL on its way to an HTML attribute
    size_t steps;       // of composite values, bounded by the size of the template
    char date[DATE_SIZE];
    struct err *err;
};

// --- values --------------------------------------------------------------------------------------

static struct text trimmed(const char *s)
{
    if (!s)
        return (struct text){"", 0};
    size_t len = strlen(s);
    while (len > 0 && *s == ' ') {
        s++;
        len--;
    }
    while (len > 0 && s[len - 1] == ' ')
        len--;
    return (struct text){s, len};
}

static struct text attribute(const struct run *r, const char *name)
{
    return trimmed(r->input->attribute ? r->input->attribute(r->input->arg, name) : NULL);
}

static struct text first_name(const struct run *r)
{
    struct text t = attribute(r, "first_name");
    if (t.len > 0)
        return t;
    t = trimmed(r->input->name);
    const char *blank = memchr(t.at, ' ', t.len);
    return blank ? (struct text){t.at, (size_t)(blank - t.at)} : t;
}

static struct text last_name(const struct run *r)
{
    struct text t = attribute(r, "last_name");
    if (t.len > 0)
        return t;
    t = trimmed(r->input->name);
    const char *blank = memrchr(t.at, ' ', t.len);
    return blank ? (struct text){blank + 1, (size_t)(t.at + t.len - blank - 1)}
                 : (struct text){"", 0};
}

static struct text plain_value(struct run *r, const struct value *v)
{
    switch (v->source) {
    case VALUE_NAME:
        return trimmed(r->input->name);
    case VALUE_FIRST_NAME:
        return first_name(r);
    case VALUE_LAST_NAME:
        return last_name(r);
    case VALUE_EMAIL:
        return trimmed(r->input->to->text);
    case VALUE_ATTRIBUTE:
        return attribute(r, v->name + strlen("attr."));
    case VALUE_DATE:
        date_format(r->input->date, r->date);
        return trimmed(r->date);
    case VALUE_MESSAGE_ID:
        return trimmed(r->input->message_id);
    case VALUE_TO:
        return trimmed(r->input->to->wire);
    case VALUE_TOKEN:
        return trimmed(r->input->optout_token);
    case VALUE_ADDRESS_TOKEN:
        return trimmed(r->input->optout_address_token);
    case VALUE_MARK: // its blank at the end belongs to it
        return (struct text){r->input->subject_mark ? r->input->subject_mark : "",
                             r->input->subject_mark ? strlen(r->input->subject_mark) : 0};
    case VALUE_COMPOSITE:
    case VALUE_SOURCES:
        break;
    }
    return (struct text){"", 0};
}

bool template_value_is_empty(const struct template *template, size_t index,
                             const struct template_input *input)
{
    struct run r = {.template = template, .input = input};
    const struct value *v = &template->values[index];
    return v->source != VALUE_COMPOSITE && plain_value(&r, v).len == 0;
}

// Printable ASCII is fine at a glance; anything else is looked at character by character.
static int check_line(struct run *r, const struct value *v, struct text t, size_t max)
{
    size_t i = 0;
    while (i < t.len && t.at[i] >= 0x20 && t.at[i] <= 0x7e)
        i++;
    if (i == t.len && t.len <= max)
        return 0;
    return line_check(v->name, t.at, t.len, max, r->err);
}

// What a message cannot do without: a way out that names the reader, an identity.
static bool is_vital(const struct value *v)
{
    return v->source == VALUE_TOKEN || v->source == VALUE_ADDRESS_TOKEN ||
           v->source == VALUE_MESSAGE_ID || v->source == VALUE_TO;
}

// With the default where it is empty, and checked: nothing that can end a line passes (MM-12).
static int checked_value(struct run *r, const struct value *v, struct text *out)
{
    *out = plain_value(r, v);
    if (out->len == 0 && v->fallback)
        *out = (struct text){v->fallback, strlen(v->fallback)};
    if (out->len == 0 && is_vital(v))
        return err_set(r->err, ERR_INPUT, "%s is missing; without it no message is made", v->name);
    return check_line(r, v, *out, TEMPLATE_VALUE_MAX);
}

// Whether a value is an address that a reader may follow; what the list's data hold is no promise.
static bool is_address(const struct value *v, struct text t)
{
    return v->is_url || url_is_safe(t.at, t.len);
}

static bool jumps(const struct run *r, const struct op *op, struct text t)
{
    return op->code == OP_JUMP_UNLESS_URL ? !is_address(&r->template->values[op->value], t)
                                          : t.len == 0;
}

static int composite_value(struct run *r, const struct value *v, struct text *out)
{
    struct text part;
    buf_reset(&r->piece);
    for (size_t i = 0; i < v->piece.count; i++) {
        const struct op *op = &v->piece.ops[i];
        if (op->code == OP_END)
            break;
        if (++r->steps > STEPS_FREE + 16 * r->template->blob_len)
            return err_set(r->err, ERR_INPUT, "the compiled message never ends");
        if (op->code == OP_COPY) {
            buf_add(&r->piece, op->bytes, op->len);
        } else if (op->code == OP_JUMP) {
            i = op->target - 1;
        } else {
            if (checked_value(r, &r->template->values[op->value], &part) != 0)
                return -1;
            if (op->code == OP_SLOT)
                buf_add(&r->piece, part.at, part.len);
            else if (jumps(r, op, part))
                i = op->target - 1;
        }
    }
    if (buf_is_over(&r->piece))
        return err_set(r->err, ERR_INPUT, "%s is longer than %d bytes for this reader", v->name,
                       TEMPLATE_PIECE_MAX);
    *out = trimmed(r->piece.data);
    return check_line(r, v, *out, TEMPLATE_PIECE_MAX);
}

static int value_of(struct run *r, const struct value *v, struct text *out)
{
    return v->source == VALUE_COMPOSITE ? composite_value(r, v, out) : checked_value(r, v, out);
}

// --- contexts ------------------------------------------------------------------------------------

// A whole address stays one. Anything else is a part that can neither end the part of the URL it
// stands in nor make a scheme of its own.
static void escape_href(struct run *r, const struct op *op, struct text t)
{
    const struct value *v = &r->template->values[op->value];
    if (op->context == SLOT_HREF || !is_address(v, t)) {
        escape_url_part(t.at, t.len, &r->escaped);
        return;
    }
    buf_reset(&r->url);
    escape_url(t.at, t.len, &r->url);
    escape_html(r->url.data, r->url.len, &r->escaped);
}

static void escape_link(struct run *r, const struct op *op, struct text t)
{
    const struct value *v = &r->template->values[op->value];
    if (op->context == SLOT_LINK)
        escape_url_part(t.at, t.len, &r->escaped);
    else if (is_address(v, t))
        escape_url(t.at, t.len, &r->escaped);
    else // it stands in a text
        buf_add(&r->escaped, t.at, t.len);
}

// Stands between "<" and ">" or in a date: printable ASCII that cannot end what it stands in. Only
// a date has blanks (UN-11).
static int put_raw(struct run *r, const struct value *v, struct text t)
{
    unsigned char least = v->source == VALUE_DATE ? ' ' : '!';
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] < least || (unsigned char)t.at[i] > 0x7e ||
            strchr("<>\"\\", t.at[i]))
            return err_set(r->err, ERR_INPUT, "%s has a character that cannot stand in a header",
                           v->name);
    buf_add(r->out, t.at, t.len);
    return 0;
}

// The name, and what parts it from the address behind it: a fold where the line would be long.
static void put_phrase(struct run *r, size_t column, struct text t)
{
    size_t behind = word_phrase(t.at, t.len, column, r->out);
    bool is_long = behind + strlen(r->input->to->wire) + 3 > LINE_GOAL;
    buf_adds(r->out, is_long ? "\r\n " : " ");
}

static int put_slot(struct run *r, const struct op *op)
{
    const struct value *v = &r->template->values[op->value];
    struct text t;
    if (value_of(r, v, &t) != 0)
        return -1;
    buf_reset(&r->escaped);
    switch (op->context) {
    case SLOT_RAW:
        return put_raw(r, v, t);
    case SLOT_HEADER:
        word_text(t.at, t.len, op->column, r->out);
        return 0;
    case SLOT_PHRASE:
        put_phrase(r, op->column, t);
        return 0;
    case SLOT_TEXT:
        qp_value(t.at, t.len, r->out);
        return 0;
    case SLOT_HTML:
    case SLOT_ATTR:
        escape_html(t.at, t.len, &r->escaped);
        break;
    case SLOT_HREF:
    case SLOT_HREF_WHOLE:
        escape_href(r, op, t);
        break;
    case SLOT_LINK:
    case SLOT_LINK_WHOLE:
        escape_link(r, op, t);
        break;
    case SLOT_IF:
    case SLOT_IF_URL:
    case SLOT_ELSE:
    case SLOT_END:
    case SLOT_CONTEXTS:
        break;
    }
    qp_value(r->escaped.data, r->escaped.len, r->out);
    return 0;
}

static int run_program(struct run *r)
{
    const struct code *code = &r->template->code;
    struct text t = {"", 0};
    for (size_t i = 0; i < code->count; i++) {
        const struct op *op = &code->ops[i];
        switch (op->code) {
        case OP_COPY:
            buf_add(r->out, op->bytes, op->len);
            break;
        case OP_SLOT:
            if (put_slot(r, op) != 0)
                return -1;
            break;
        case OP_JUMP_IF_EMPTY:
        case OP_JUMP_UNLESS_URL:
            if (value_of(r, &r->template->values[op->value], &t) != 0)
                return -1;
            if (jumps(r, op, t))
                i = op->target - 1;
            break;
        case OP_JUMP:
            i = op->target - 1;
            break;
        case OP_END:
        case OPCODES:
            return 0;
        }
    }
    return 0;
}

int template_render(const struct template *template, const struct template_input *input,
                    struct buf *out, struct err *err)
{
    if (input->to->needs_smtputf8)
        return err_set(
            err, ERR_INPUT,
            "the address is not ASCII before the @, which this version cannot mail to (5.6.7)");
    struct run r = {.template = template, .input = input, .out = out, .err = err};
    size_t before = out->len;
    buf_init(&r.piece, TEMPLATE_PIECE_MAX);
    buf_init(&r.escaped, 20 * TEMPLATE_PIECE_MAX); // "&quot;" for each byte and more
    buf_init(&r.url, 3 * TEMPLATE_PIECE_MAX);
    if (out->max - out->len > template->blob_len + 1024) // one growth instead of many
        *buf_reserve(out, template->blob_len + 1024) = '\0';
    int rc = run_program(&r);
    buf_deinit(&r.piece);
    buf_deinit(&r.escaped);
    buf_deinit(&r.url);
    if (rc == 0 && buf_is_over(out))
        rc = err_set(err, ERR_INPUT, "the message is too large");
    if (rc != 0 && out->len > before) {
        out->len = before; // half a message is none
        out->data[before] = '\0';
    }
    return rc;
}

static int render_part(const struct template *template, const struct template_input *input,
                       const char *type, struct buf *out, struct err *err)
{
    struct buf whole;
    buf_init(&whole, MESSAGE_MAX);
    int rc = template_render(template, input, &whole, err);
    if (rc == 0)
        rc = message_read(whole.data, whole.len, type, out, err);
    buf_deinit(&whole);
    return rc;
}

int template_render_html(const struct template *template, const struct template_input *input,
                         struct buf *out, struct err *err)
{
    return render_part(template, input, "text/html", out, err);
}

int template_render_text(const struct template *template, const struct template_input *input,
                         struct buf *out, struct err *err)
{
    return render_part(template, input, "text/plain", out, err);
}
