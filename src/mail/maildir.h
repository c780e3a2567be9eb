// NAME
//   maildir - writes messages into a Maildir
//
// DESCRIPTION
//   A message is written to tmp/ and renamed into new/, so a reader never sees half of one.
//   Names are unique per process and host.
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

#include "base/err.h"

#include <stddef.h>

struct maildir;

// Makes dir, dir/tmp, dir/new, dir/cur where they are missing. ERR_CREATE.
int maildir_open(struct maildir **out, const char *dir, struct err *err) MUST_CHECK;
void maildir_close(struct maildir **maildir);

// sync asks for fsync before the rename. Line ends are stored as they are. ERR_IO.
int maildir_put(struct maildir *maildir, const void *message, size_t len, int sync,
                struct err *err) MUST_CHECK;

#endif
