// NAME
//   err - what went wrong, as one line for a person
//
// DESCRIPTION
//   A function that can fail returns 0 or -1 and takes a caller-owned struct err last. The kinds
//   are chosen by what the caller does next; each has one exit code (sysexits.h numbers).
//   The message says what went wrong, where, and what to do about it; it never holds a secret.
//   Foreign text in it is cleaned (utf8_clean), so arguments of the format may be foreign, and may
//   point into the err itself.
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
    ERR_NONE,
    ERR_FINDINGS,    // exit 1: the input was understood and is not good enough
    ERR_USAGE,       // exit 64: the command line is wrong
    ERR_INPUT,       // exit 65: a file, row or value is wrong
    ERR_NOT_FOUND,   // exit 65: what was named does not exist
    ERR_UNAVAILABLE, // exit 69: a relay or server cannot be reached
    ERR_CREATE,      // exit 73: a file cannot be created
    ERR_IO,          // exit 74: reading or writing failed
    ERR_AGAIN,       // exit 75: not now; the same call can succeed later
    ERR_CONFIG,      // exit 78: the configuration stands in the way
};

struct err {
    enum err_kind kind;
    char msg[1024];
};

#define MUST_CHECK __attribute__((warn_unused_result))

// Fills *err (NULL is allowed) and returns -1, so that `return err_set(...)` reads well.
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "prefix: " before the message that stands in *err; keeps the kind; returns -1.
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// The exit code for a kind; 0 for ERR_NONE.
int err_exit_code(enum err_kind kind);

#endif
