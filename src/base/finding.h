// NAME
//   finding - what is noticed in a writer's text: file:line:column, severity, rule, one sentence
//
// DESCRIPTION
//   Readers, the merge parser, the compiler and `check` add findings; cmd prints them. An error
//   stops a send, a warning does not. rule is a short id: a number of the mail rules ("HT-10") or a
//   word with a room in front ("post.furniture", "merge.unknown-tag").
#ifndef BASE_FINDING_H
#define BASE_FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_severity {
    FINDING_ERROR,
    FINDING_WARNING
};

struct finding {
    enum finding_severity severity;
    char *file;
    unsigned line, column; // 1-based; column counts characters; 0: the whole file or line
    char *rule;
    char *text;
};

struct findings {
    struct finding *list;
    size_t count;
    size_t errors;
};

void findings_init(struct findings *findings);
void findings_deinit(struct findings *findings);
void findings_add(struct findings *findings, enum finding_severity severity, const char *file,
                  unsigned line, unsigned column, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
void findings_sort(struct findings *findings); // by file, line, column; stable

#endif
