#include "base/buf.h"
#include "campaign/program.h"

#include <assert.h>
#include <string.h>

#define NESTING_MAX 32

static void put_number(struct buf *out, size_t v)
{
    for (; v >= 0x80; v >>= 7)
        buf_addc(out, (char)(v | 0x80));
    buf_addc(out, (char)v);
}

static void put_string(struct buf *out, const char *text, size_t len)
{
    put_number(out, len);
    buf_add(out, text, len);
}

// --- jumps ---------------------------------------------------------------------------------------

struct open_if {
    size_t at; // where the four bytes of the jump stand that is to be filled in
};

struct builder {
    struct buf *out;
    struct open_if open[NESTING_MAX];
    size_t depth;
};

static size_t put_jump(struct builder *b, enum opcode code, unsigned value)
{
    buf_addc(b->out, (char)code);
    if (code != OP_JUMP)
        put_number(b->out, value);
    buf_add(b->out, "\0\0\0\0", 4);
    return b->out->len - 4;
}

static void land(struct builder *b, size_t at)
{
    size_t distance = b->out->len - (at + 4);
    for (int i = 0; i < 4; i++)
        b->out->data[at + (size_t)i] = (char)(distance >> (8 * i));
}

static int put_condition(struct builder *b, enum slot_context context, unsigned value,
                         struct err *err)
{
    if (context == SLOT_IF || context == SLOT_IF_URL) {
        if (b->depth == NESTING_MAX)
            return err_set(err, ERR_INPUT, "conditions are nested more than %d deep", NESTING_MAX);
        b->open[b->depth++].at =
            put_jump(b, context == SLOT_IF ? OP_JUMP_IF_EMPTY : OP_JUMP_UNLESS_URL, value);
        return 0;
    }
    if (b->depth == 0)
        return err_set(err, ERR_INPUT, "a condition ends that never began");
    struct open_if *top = &b->open[b->depth - 1];
    if (context == SLOT_ELSE) {
        size_t over = put_jump(b, OP_JUMP, 0);
        land(b, top->at);
        top->at = over;
        return 0;
    }
    land(b, top->at);
    b->depth--;
    return 0;
}

// --- programs ------------------------------------------------------------------------------------

static void put_copy(struct buf *out, const char *text, size_t len)
{
    if (len == 0)
        return;
    buf_addc(out, OP_COPY);
    put_string(out, text, len);
}

// Octets before a slot in its line; the markers of conditions leave none in the message.
static size_t column_at(const char *text, size_t at)
{
    size_t begin = at, column = 0;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    while (begin < at) {
        unsigned value;
        enum slot_context context;
        size_t n = slot_get(text + begin, at - begin, &value, &context);
        column += n == 0;
        begin += n ? n : 1;
    }
    return column;
}

static int put_program(const char *text, size_t len, struct buf *out, struct err *err)
{
    struct builder b = {.out = out};
    size_t from = 0;
    for (size_t i = 0; i < len;) {
        unsigned value;
        enum slot_context context;
        size_t n = text[i] == SLOT_OPEN ? slot_get(text + i, len - i, &value, &context) : 0;
        if (n == 0) {
            const char *next = memchr(text + i + 1, SLOT_OPEN, len - i - 1);
            i = next ? (size_t)(next - text) : len;
            continue;
        }
        put_copy(out, text + from, i - from);
        if (slot_is_condition(context)) {
            if (put_condition(&b, context, value, err) != 0)
                return -1;
        } else {
            buf_addc(out, OP_SLOT);
            put_number(out, value);
            buf_addc(out, (char)context);
            put_number(out,
                       context == SLOT_HEADER || context == SLOT_PHRASE ? column_at(text, i) : 0);
        }
        i += n;
        from = i;
    }
    put_copy(out, text + from, len - from);
    buf_addc(out, OP_END);
    return b.depth == 0 ? 0 : err_set(err, ERR_INPUT, "a condition never ends");
}

static int put_value(const struct template_value_def *def, struct buf *out, struct err *err)
{
    put_string(out, def->name, strlen(def->name));
    buf_addc(out,
             (char)((def->fallback ? 1 : 0) | (def->composite ? 2 : 0) | (def->is_url ? 4 : 0)));
    if (def->fallback)
        put_string(out, def->fallback, strlen(def->fallback));
    if (!def->composite)
        return 0;
    struct buf piece;
    buf_init(&piece, TEMPLATE_BLOB_MAX);
    int rc = put_program(def->composite, strlen(def->composite), &piece, err);
    put_string(out, piece.data, piece.len);
    buf_deinit(&piece);
    return rc;
}

int template_build(const struct template_source *source, struct template **out, struct err *err)
{
    static const char magic[] = {'H', 'R', 'T', TEMPLATE_VERSION};
    struct buf blob, program;
    int rc = 0;
    *out = NULL;
    buf_init(&blob, TEMPLATE_BLOB_MAX);
    buf_init(&program, TEMPLATE_BLOB_MAX);
    buf_add(&blob, magic, sizeof magic);
    put_string(&blob, source->subject, strlen(source->subject));
    put_number(&blob, source->value_count);
    for (size_t i = 0; i < source->value_count && rc == 0; i++)
        rc = put_value(&source->values[i], &blob, err);
    if (rc == 0)
        rc = put_program(source->marked, source->len, &program, err);
    put_string(&blob, program.data, program.len);
    if (rc == 0 && (buf_is_over(&blob) || buf_is_over(&program)))
        rc = err_set(err, ERR_INPUT, "the compiled message is larger than %zu bytes",
                     TEMPLATE_BLOB_MAX);
    if (rc == 0)
        rc = template_load(blob.data, blob.len, out, err);
    buf_deinit(&blob);
    buf_deinit(&program);
    return rc;
}
