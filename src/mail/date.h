// NAME
//   date - the Date header field (RFC 5322 3.3)
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdint.h>

#define DATE_SIZE 40

// "Fri, 27 Nov 2026 09:00:00 +0000", always UTC with a numeric zone (MM-07).
void date_format(int64_t seconds, char out[DATE_SIZE]);

// "2026-11-27 09:00" in the newsletter's zone, for people.
void date_format_local(int64_t seconds, char out[DATE_SIZE]);

// "2026-11-27T08:00:00Z" (RFC 3339), for machines.
void date_format_utc(int64_t seconds, char out[DATE_SIZE]);

#endif
