// NAME
//   program - a template as it is built, stored and run (inside of the room campaign)
//
// DESCRIPTION
//   Blob: "HRT" and the version byte; the plain subject; the table of values; the program. Numbers
//   are varints of at most five bytes, strings have their length in front, jumps are four bytes
//   little-endian, counted from the byte behind them, forward only.
//
//   Values named "@…" come from the delivery, not from the reader's data: @date, @message_id, @to,
//   @token, @address_token, @mark (before the subject of a test copy), and @subject.
#ifndef CAMPAIGN_PROGRAM_H
#define CAMPAIGN_PROGRAM_H

#include "campaign/template.h"
#include "mail/slot.h"

#include <stdbool.h>

#define TEMPLATE_VERSION    2
#define TEMPLATE_BLOB_MAX   ((size_t)8 << 20)
#define TEMPLATE_VALUES_MAX 1100 // the 1000 of a post (markup/merge.h) and our own
#define TEMPLATE_VALUE_MAX  1024 // bytes of one reader's value
#define TEMPLATE_PIECE_MAX  4096 // bytes of a composite value

enum opcode {
    OP_END,
    OP_COPY,
    OP_SLOT,
    OP_JUMP_IF_EMPTY,
    OP_JUMP_UNLESS_URL, // to what stands there when the value is no address
    OP_JUMP,
    OPCODES
};

struct op {
    enum opcode code;
    unsigned value;            // SLOT, JUMP_IF_…, JUMP_UNLESS_…: index of the value
    enum slot_context context; // SLOT
    size_t column;             // SLOT in HEADER or PHRASE: octets before it in its line
    const char *bytes;         // COPY
    size_t len;
    size_t target; // jumps: index of the op
};

struct code {
    struct op *ops;
    size_t count;
};

enum value_source {
    VALUE_NAME,
    VALUE_FIRST_NAME,
    VALUE_LAST_NAME,
    VALUE_EMAIL,
    VALUE_ATTRIBUTE,
    VALUE_DATE,
    VALUE_MESSAGE_ID,
    VALUE_TO,
    VALUE_TOKEN,
    VALUE_ADDRESS_TOKEN,
    VALUE_MARK,
    VALUE_COMPOSITE,
    VALUE_SOURCES
};

struct value {
    char *name;
    char *fallback; // NULL: none
    enum value_source source;
    bool is_url;       // a composite that is a whole link: not percent-encoded again
    struct code piece; // of a composite; its slots are no composites
};

struct template
{
    unsigned char *blob;
    size_t blob_len;
    char *subject;
    struct value *values;
    size_t value_count;
    struct code code;
};

// The source of a value by its name; -1 when there is none of that name.
int value_source_of(const char *name);

// --- building ------------------------------------------------------------------------------------

struct template_value_def {
    const char *name;
    const char *fallback;  // NULL: none
    const char *composite; // marked text; NULL: a plain value
    bool is_url;
};

struct template_source {
    const char *subject; // plain, for lists
    const char *marked;  // the whole message, CRLF line ends, with markers
    size_t len;
    const struct template_value_def *values; // the index is the slot's number
    size_t value_count;
};

int template_build(const struct template_source *source, struct template **out,
                   struct err *err) MUST_CHECK;

#endif
