#include "campaign/program.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum value_source source;
} sources[] = {{"name", VALUE_NAME},
               {"first_name", VALUE_FIRST_NAME},
               {"last_name", VALUE_LAST_NAME},
               {"email", VALUE_EMAIL},
               {"@date", VALUE_DATE},
               {"@message_id", VALUE_MESSAGE_ID},
               {"@to", VALUE_TO},
               {"@token", VALUE_TOKEN},
               {"@address_token", VALUE_ADDRESS_TOKEN},
               {"@mark", VALUE_MARK}};

int value_source_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (strcmp(sources[i].name, name) == 0)
            return (int)sources[i].source;
    return strncmp(name, "attr.", 5) == 0 && name[5] ? VALUE_ATTRIBUTE : -1;
}

// --- reading a blob: every byte of it may be wrong -----------------------------------------------

struct reader {
    const char *at, *end;
    bool is_bad;
};

static size_t get_number(struct reader *r)
{
    size_t v = 0;
    for (int shift = 0; shift < 35 && r->at < r->end; shift += 7) {
        unsigned char c = (unsigned char)*r->at++;
        v |= (size_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return v;
    }
    r->is_bad = true;
    return 0;
}

static unsigned get_byte(struct reader *r)
{
    if (r->at < r->end)
        return (unsigned char)*r->at++;
    r->is_bad = true;
    return 0;
}

static const char *get_bytes(struct reader *r, size_t n)
{
    if (r->is_bad || (size_t)(r->end - r->at) < n) {
        r->is_bad = true;
        return "";
    }
    const char *p = r->at;
    r->at += n;
    return p;
}

static const char *get_string(struct reader *r, size_t *len)
{
    *len = get_number(r);
    return get_bytes(r, *len);
}

// A name or a text: valid UTF-8 without control characters.
static char *get_text(struct reader *r)
{
    size_t len;
    const char *p = get_string(r, &len);
    if (r->is_bad)
        return NULL;
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int n = utf8_next(p + i, len - i, &cp);
        if (n == 0 || cp == 0 || utf8_is_control(cp)) {
            r->is_bad = true;
            return NULL;
        }
        i += (size_t)n;
    }
    return mem_strndup(p, len);
}

static size_t get_jump(struct reader *r)
{
    const unsigned char *p = (const unsigned char *)get_bytes(r, 4);
    if (r->is_bad)
        return 0;
    return p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

// Constant bytes of a message: ASCII lines that end in CRLF, so that no blob, whatever happened to
// it, can put a bare line feed on the wire.
static bool is_wire_text(const struct code *code)
{
    for (size_t i = 0; i < code->count; i++) {
        const struct op *op = &code->ops[i];
        for (size_t k = 0; k < op->len; k++) {
            unsigned char c = (unsigned char)op->bytes[k];
            if (c == '\r' && k + 1 < op->len && op->bytes[k + 1] == '\n')
                k++;
            else if ((c < 0x20 && c != '\t') || c > 0x7e)
                return false;
        }
    }
    return true;
}

// --- programs ------------------------------------------------------------------------------------

struct code_reader {
    struct reader r;
    const char *start;
    size_t *offsets; // where each op begins
    size_t cap;
    size_t value_count;
};

static void read_op(struct code_reader *c, struct op *op)
{
    struct reader *r = &c->r;
    unsigned code = get_byte(r);
    *op = (struct op){.code = (enum opcode)code};
    if (code >= OPCODES) {
        r->is_bad = true;
        return;
    }
    switch (op->code) {
    case OP_COPY:
        op->bytes = get_string(r, &op->len);
        break;
    case OP_SLOT:
    case OP_JUMP_IF_EMPTY:
    case OP_JUMP_UNLESS_URL: {
        size_t value = get_number(r);
        r->is_bad = r->is_bad || value >= c->value_count;
        op->value = (unsigned)value;
        if (op->code == OP_SLOT) {
            unsigned context = get_byte(r);
            r->is_bad = r->is_bad || slot_is_condition((enum slot_context)context);
            op->context = (enum slot_context)context;
            op->column = get_number(r);
            r->is_bad = r->is_bad || op->column > 998;
            break;
        }
        op->target = get_jump(r);
        op->target += (size_t)(r->at - c->start);
        break;
    }
    case OP_JUMP:
        op->target = get_jump(r);
        op->target += (size_t)(r->at - c->start);
        break;
    case OP_END:
    case OPCODES:
        break;
    }
}

// Turns the targets from byte offsets into op indices; only the beginning of an op is a target.
static void resolve(struct code_reader *c, struct code *code)
{
    for (size_t i = 0; i < code->count && !c->r.is_bad; i++) {
        struct op *op = &code->ops[i];
        if (op->code != OP_JUMP && op->code != OP_JUMP_IF_EMPTY && op->code != OP_JUMP_UNLESS_URL)
            continue;
        size_t low = i + 1, high = code->count;
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (c->offsets[mid] < op->target)
                low = mid + 1;
            else
                high = mid;
        }
        if (low >= code->count || c->offsets[low] != op->target)
            c->r.is_bad = true;
        op->target = low;
    }
}

static bool read_code(const char *bytes, size_t len, size_t value_count, struct code *code)
{
    struct code_reader c = {
        .r = {.at = bytes, .end = bytes + len}, .start = bytes, .value_count = value_count};
    bool is_ended = false;
    while (!c.r.is_bad && !is_ended) {
        if (!c.offsets || code->count == c.cap) {
            c.cap = c.cap ? c.cap * 2 : 32;
            code->ops = mem_grow(code->ops, c.cap, sizeof *code->ops);
            c.offsets = mem_grow(c.offsets, c.cap, sizeof *c.offsets);
        }
        c.offsets[code->count] = (size_t)(c.r.at - bytes);
        struct op *op = &code->ops[code->count++];
        read_op(&c, op);
        is_ended = op->code == OP_END;
    }
    if (!c.r.is_bad && c.r.at != c.r.end)
        c.r.is_bad = true;
    resolve(&c, code);
    free(c.offsets);
    return !c.r.is_bad;
}

// --- values --------------------------------------------------------------------------------------

static void read_value(struct reader *r, size_t value_count, struct value *v)
{
    v->name = get_text(r);
    unsigned flags = get_byte(r);
    if (r->is_bad || flags > 7) {
        r->is_bad = true;
        return;
    }
    v->is_url = flags & 4;
    if (flags & 1)
        v->fallback = get_text(r);
    if (flags & 2) {
        size_t len;
        const char *piece = get_string(r, &len);
        v->source = VALUE_COMPOSITE;
        r->is_bad = r->is_bad || !read_code(piece, len, value_count, &v->piece);
        return;
    }
    int source = r->is_bad ? -1 : value_source_of(v->name);
    r->is_bad = r->is_bad || source < 0;
    v->source = (enum value_source)source;
}

// A composite is made of plain values only, so that evaluating it ends.
static bool is_flat(const struct template *t, const struct value *v)
{
    for (size_t i = 0; i < v->piece.count; i++) {
        const struct op *op = &v->piece.ops[i];
        bool has_value =
            op->code == OP_SLOT || op->code == OP_JUMP_IF_EMPTY || op->code == OP_JUMP_UNLESS_URL;
        if (has_value && t->values[op->value].source == VALUE_COMPOSITE)
            return false;
    }
    return true;
}

static bool read_blob(struct template *t)
{
    struct reader r = {.at = (const char *)t->blob, .end = (const char *)t->blob + t->blob_len};
    const char *magic = get_bytes(&r, 4);
    if (r.is_bad || memcmp(magic, "HRT", 3) != 0 || magic[3] != TEMPLATE_VERSION)
        return false;
    t->subject = get_text(&r);
    size_t count = get_number(&r);
    if (r.is_bad || count > TEMPLATE_VALUES_MAX)
        return false;
    t->values = mem_new(count, sizeof *t->values);
    for (; t->value_count < count && !r.is_bad; t->value_count++)
        read_value(&r, count, &t->values[t->value_count]);
    for (size_t i = 0; i < count && !r.is_bad; i++)
        r.is_bad = !is_flat(t, &t->values[i]);
    size_t len;
    const char *program = get_string(&r, &len);
    return !r.is_bad && r.at == r.end && read_code(program, len, count, &t->code) &&
           is_wire_text(&t->code);
}

int template_load(const void *blob, size_t len, struct template **out, struct err *err)
{
    *out = NULL;
    if (len > TEMPLATE_BLOB_MAX)
        return err_set(err, ERR_INPUT, "the compiled message is too large");
    struct template *t = mem_new(1, sizeof *t);
    t->blob = mem_new(len, 1);
    memcpy(t->blob, blob, len);
    t->blob_len = len;
    if (!read_blob(t)) {
        template_free(&t);
        return err_set(err, ERR_INPUT,
                       "the compiled message is damaged or was made by another version of hearten");
    }
    *out = t;
    return 0;
}

void template_free(struct template **template)
{
    struct template *t = *template;
    if (!t)
        return;
    for (size_t i = 0; i < t->value_count; i++) {
        free(t->values[i].name);
        free(t->values[i].fallback);
        free(t->values[i].piece.ops);
    }
    free(t->values);
    free(t->code.ops);
    free(t->subject);
    free(t->blob);
    free(t);
    *template = NULL;
}

const void *template_blob(const struct template *template, size_t *len)
{
    *len = template->blob_len;
    return template->blob;
}

void template_hash(const struct template *template, unsigned char out[HASH_SIZE])
{
    hash_sha256(template->blob, template->blob_len, out);
}

const char *template_subject(const struct template *template)
{
    return template->subject;
}

const char *template_value(const struct template *template, size_t index, const char **fallback)
{
    if (index >= template->value_count || template->values[index].name[0] == '@')
        return NULL;
    *fallback = template->values[index].fallback;
    return template->values[index].name;
}
