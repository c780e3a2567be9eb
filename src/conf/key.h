// NAME
//   key - a table of the keys that the sections of the configuration may have
//
// DESCRIPTION
//   A row says how a value is read and into which field it goes. key_apply does what is the same
//   for all of them: a key that is not known, one that stands twice, an empty value (as if the key
//   were not there), a value that goes on in the next line though it is one of a single line.
#ifndef CONF_KEY_H
#define CONF_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/ini.h"

#include <stdbool.h>
#include <stddef.h>

// What a setter works on.
struct key_call {
    const struct key *key;
    void *object;
    struct arena *arena; // the value lives in it
};

struct key {
    const char *section, *name;
    int (*set)(const struct key_call *call, const char *value, struct err *err);
    size_t offset;  // of the field in the object
    int min, max;   // of a number
    bool is_folded; // a list or an address: it may go on in indented lines
};

struct key_target {
    void *object;
    struct arena *arena;
    const char *section; // as the table has it
    unsigned *lines;     // one for each row: where the key stands in the file, 0: nowhere
};

// Sets the field that the item speaks of. ERR_CONFIG, or the kind of a parser below, without a
// place (the caller puts it in front).
int key_apply(const struct key *keys, size_t count, const struct key_target *target,
              const struct ini_item *item, struct err *err) MUST_CHECK;

// The field of the row in the object.
void *key_field(const struct key_call *call);

// Setters. A text of one line into a const char *, a number from min to max into an int.
int key_set_line(const struct key_call *call, const char *value, struct err *err);
int key_set_number(const struct key_call *call, const char *value, struct err *err);

#endif
