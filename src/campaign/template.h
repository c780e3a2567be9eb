// NAME
//   template - a compiled message: constant bytes and slots, run once for each recipient
//
// DESCRIPTION
//   A versioned blob that is frozen in the store with its edition. It holds a table of values
//   (where each slot's text comes from: a field, an attribute, a link, or a piece of text with
//   slots of its own such as the subject) and a program: COPY bytes, SLOT value context,
//   JUMP_IF_EMPTY value target, JUMP_UNLESS_URL value target, JUMP target. Nothing in a blob is
//   trusted: template_load checks every offset, jump (forward only) and table index before the
//   first run. The same template and the same input give the same bytes. Output is a complete
//   RFC 5322 message with CRLF line ends, all of it ASCII, no bare CR or LF, lines at most 998
//   octets, ended by CRLF.
//
// THREADS
//   A loaded template is read-only and may be rendered by several threads at once.
#ifndef CAMPAIGN_TEMPLATE_H
#define CAMPAIGN_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "crypt/hash.h"
#include "mail/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct template;

// What one recipient brings. Strings are borrowed for the call.
struct template_input {
    const struct addr *to;
    const char *name; // "" when not known
    // The attribute's value, or NULL. name is "city" for {{attr.city}}.
    const char *(*attribute)(void *arg, const char *name);
    void *arg;
    const char *message_id;           // left side; the template has the domain
    const char *optout_token;         // for the web link; the template has the rest of the URL
    const char *optout_address_token; // for mailto
    int64_t date;                     // seconds since 1970, UTC
    const char *subject_mark; // put before the subject of a test copy: "[TEST] "; NULL: none
};

int template_load(const void *blob, size_t len, struct template **out, struct err *err) MUST_CHECK;
void template_free(struct template **template);

const void *template_blob(const struct template *template, size_t *len);
void template_hash(const struct template *template, unsigned char out[HASH_SIZE]);

// The subject with defaults in place of tags, for lists and logs.
const char *template_subject(const struct template *template);

// The names of the values the template uses, for checks against the audience: index 0, 1, …; NULL
// at the end. *fallback is NULL when no default was written.
const char *template_value(const struct template *template, size_t index, const char **fallback);

// Whether that value is empty for a reader, its default not counted. Links never are.
bool template_value_is_empty(const struct template *template, size_t index,
                             const struct template_input *input);

// Appends the message to out. ERR_INPUT when a value cannot stand in a message (a control character
// in a name) or is missing (a token); the message says which, and nothing is appended.
int template_render(const struct template *template, const struct template_input *input,
                    struct buf *out, struct err *err) MUST_CHECK;

// The decoded parts of the message for a preview and for size checks, rendered as above.
int template_render_html(const struct template *template, const struct template_input *input,
                         struct buf *out, struct err *err) MUST_CHECK;
int template_render_text(const struct template *template, const struct template_input *input,
                         struct buf *out, struct err *err) MUST_CHECK;

#endif
