// NAME
//   log - lines for the operator
//
// DESCRIPTION
//   Rooms below cmd never print. They log; cmd decides where a line goes and which level is
//   wanted. Without a listener lines vanish. Foreign text in a line is cleaned (utf8_clean).
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG
};

// listener gets one finished line without a line end. NULL silences.
void log_listen(void (*listener)(enum log_level level, const char *line), enum log_level most);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
