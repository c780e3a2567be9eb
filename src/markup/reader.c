#include "markup/reader.h"

const char *reader_title(const struct doc *doc)
{
    const struct node *title = doc_title(doc);
    return title && title->text && *title->text ? title->text : NULL;
}
