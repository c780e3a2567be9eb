// NAME
//   file - whole files, in and out
//
// DESCRIPTION
//   Reading has a ceiling. Writing is all or nothing: a temporary file beside the target, synced,
//   renamed over it. Messages name the path.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

// Appends the file to out. ERR_NOT_FOUND when it does not exist, ERR_INPUT past max bytes or when
// it is not a regular file, ERR_IO else.
int file_read(const char *path, size_t max, struct buf *out, struct err *err) MUST_CHECK;

// mode is the permission bits of the new file. ERR_CREATE or ERR_IO.
int file_write(const char *path, const void *data, size_t n, unsigned mode,
               struct err *err) MUST_CHECK;

// The same, but never over a file that exists: ERR_CREATE.
int file_create(const char *path, const void *data, size_t n, unsigned mode,
                struct err *err) MUST_CHECK;

// Makes the folder and its parents (0777 less the umask for all, `mode` for the last).
int file_mkdirs(const char *path, unsigned mode, struct err *err) MUST_CHECK;

bool file_is_file(const char *path);
bool file_is_dir(const char *path);

// "dir/name" on the heap; name alone when it is absolute.
char *file_join(const char *dir, const char *name);

// The file names in a folder, sorted bytewise, without "." and ".."; freed with file_free_names.
int file_list(const char *dir, char ***names, size_t *count, struct err *err) MUST_CHECK;
void file_free_names(char ***names, size_t count);

#endif
