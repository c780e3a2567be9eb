#include "conf/key.h"

#include "base/near.h"
#include "conf/value.h"
#include "mail/line.h"

#include <string.h>

#define TEXT_MAX 900 // a header line has 998 octets

void *key_field(const struct key_call *call)
{
    return (char *)call->object + call->key->offset;
}

int key_set_line(const struct key_call *call, const char *value, struct err *err)
{
    if (line_check("the value", value, strlen(value), TEXT_MAX, err) != 0)
        return -1;
    *(const char **)key_field(call) = value;
    return 0;
}

int key_set_number(const struct key_call *call, const char *value, struct err *err)
{
    int64_t n;
    if (value_number(value, call->key->min, call->key->max, &n, err) != 0)
        return -1;
    *(int *)key_field(call) = (int)n;
    return 0;
}

static int unknown(const struct key *keys, size_t count, const struct key_target *target,
                   const struct ini_item *item, struct err *err)
{
    const char **names = arena_alloc(target->arena, (count + 1) * sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].section, target->section) == 0)
            names[n++] = keys[i].name;
    const char *near = near_of(item->name, names, n);
    if (near)
        return err_set(err, ERR_CONFIG, "unknown key '%s' in [%s]; perhaps '%s'?", item->name,
                       item->section, near);
    return err_set(err, ERR_CONFIG, "unknown key '%s' in [%s]", item->name, item->section);
}

int key_apply(const struct key *keys, size_t count, const struct key_target *target,
              const struct ini_item *item, struct err *err)
{
    size_t i = 0;
    while (i < count &&
           (strcmp(keys[i].section, target->section) != 0 || strcmp(keys[i].name, item->name) != 0))
        i++;
    if (i == count)
        return unknown(keys, count, target, item, err);
    if (target->lines[i])
        return err_set(err, ERR_CONFIG, "'%s' stands twice in [%s]", item->name, item->section);
    target->lines[i] = item->line;
    if (!*item->value)
        return 0;
    if (!keys[i].is_folded && strchr(item->value, '\n'))
        return err_set(err, ERR_CONFIG,
                       "%s has one line, but the next line is indented and so would continue it",
                       item->name);
    struct key_call call = {.key = &keys[i], .object = target->object, .arena = target->arena};
    if (keys[i].set(&call, arena_strdup(target->arena, item->value), err) != 0)
        return err_prefix(err, "%s", item->name);
    return 0;
}
