// NAME
//   bio - lines about a person, as a web page has them in the box of an author
#ifndef MARKUP_BIO_H
#define MARKUP_BIO_H

#include "markup/srcline.h"

#include <stdbool.h>

// A person writes to another ("I", "you", "our"): no author box does.
bool bio_speaks(const struct srcline *line);
// The line begins with the first word of a name.
bool bio_begins_like(const struct srcline *line, const struct srcline *name);
// "she", "his": it tells of somebody who does not speak.
bool bio_is_about_third(const struct srcline *line);
// "Administrator": what a web page says of somebody's place in it.
bool bio_is_role(const struct srcline *line);
// "Asha Mehra": each word as a name is written.
bool bio_is_name(const struct srcline *line);
// "Asha is a coach.", "A coach in Jaipur.": about somebody, without a name above it.
bool bio_is_sentence(const struct srcline *line);

#endif
