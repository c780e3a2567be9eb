// NAME
//   json - JSON values (jansson behind a narrow door)
//
// DESCRIPTION
//   Objects keep the order in which members were put. Text must be UTF-8; invalid bytes are
//   replaced by U+FFFD.
//
// OWNERSHIP
//   json_map, json_list and json_parse return a value the caller owns and drops with json_drop.
//   json_put and json_push take over `child`. What json_get returns is borrowed.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct json;

struct json *json_map(void);
struct json *json_list(void);
void json_drop(struct json **json);

void json_put_text(struct json *map, const char *name, const char *text); // NULL puts null
void json_put_number(struct json *map, const char *name, int64_t value);
void json_put_bool(struct json *map, const char *name, bool value);
void json_put(struct json *map, const char *name, struct json *child);
void json_push(struct json *list, struct json *child);
void json_push_text(struct json *list, const char *text);

// One line, no spaces, appended to out.
void json_write(const struct json *json, struct buf *out);

// At most 1 MiB and 64 levels; ERR_INPUT else.
int json_read(const char *text, size_t len, struct json **out, struct err *err) MUST_CHECK;

const struct json *json_get(const struct json *map, const char *name); // NULL if absent
const char *json_text(const struct json *json);                        // NULL if not a string
int64_t json_number(const struct json *json);                          // 0 if not a number
size_t json_count(const struct json *json);                            // members or elements

// Calls each(arg, name, value) for every member of a map in order.
void json_each(const struct json *map,
               void (*each)(void *arg, const char *name, const struct json *value), void *arg);

#endif
