#include "base/finding.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_init(struct findings *findings)
{
    *findings = (struct findings){0};
}

void findings_deinit(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].file);
        free(findings->list[i].rule);
        free(findings->list[i].text);
    }
    free(findings->list);
    findings_init(findings);
}

void findings_add(struct findings *findings, enum finding_severity severity, const char *file,
                  unsigned line, unsigned column, const char *rule, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    utf8_clean(text);
    findings->list = mem_grow(findings->list, findings->count + 1, sizeof *findings->list);
    findings->list[findings->count++] = (struct finding){.severity = severity,
                                                         .file = mem_strdup(file),
                                                         .line = line,
                                                         .column = column,
                                                         .rule = mem_strdup(rule),
                                                         .text = mem_strdup(text)};
    if (severity == FINDING_ERROR)
        findings->errors++;
}

static bool is_after(const struct finding *a, const struct finding *b)
{
    int by_file = strcmp(a->file, b->file);
    if (by_file)
        return by_file > 0;
    if (a->line != b->line)
        return a->line > b->line;
    return a->column > b->column;
}

// Insertion sort: stable, and findings come almost in order.
void findings_sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->count; i++) {
        struct finding f = findings->list[i];
        size_t k = i;
        for (; k > 0 && is_after(&findings->list[k - 1], &f); k--)
            findings->list[k] = findings->list[k - 1];
        findings->list[k] = f;
    }
}
