// What every unit test includes: cmocka and its prerequisites, and small macros.
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"

// Fails with the error's message when rc is not 0.
#define assert_ok(rc, err)              \
    do {                                \
        if ((rc) != 0)                  \
            fail_msg("%s", (err)->msg); \
    } while (0)

#define assert_contains(haystack, needle)                                     \
    do {                                                                      \
        if (!strstr((haystack), (needle)))                                    \
            fail_msg("\"%s\" does not contain \"%s\"", (haystack), (needle)); \
    } while (0)

#define assert_lacks(haystack, needle)                                \
    do {                                                              \
        if (strstr((haystack), (needle)))                             \
            fail_msg("\"%s\" contains \"%s\"", (haystack), (needle)); \
    } while (0)

#endif
