// NAME
//   session - an open SMTP session with a relay
//
// DESCRIPTION
//   libcurl opens it without blocking (CURLOPT_CONNECT_ONLY in the multi interface: name look-up,
//   TLS, STARTTLS, EHLO, AUTH). After that bytes go both ways through session_write/session_read
//   and the caller speaks the transactions. What the last EHLO offered is in session_offers. One
//   transport serves all sessions of a process and lives in the given loop.
//
// OWNERSHIP
//   The transport owns its sessions until session_close.
#ifndef TRANSPORT_SESSION_H
#define TRANSPORT_SESSION_H

#include "base/err.h"
#include "base/loop.h"
#include "mail/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum relay_tls {
    RELAY_TLS_REQUIRED,
    RELAY_TLS_OPPORTUNISTIC,
    RELAY_TLS_NONE
};

// One [relay NAME] of the configuration (filled by conf).
struct relay_settings {
    const char *name;
    const char *url;      // "smtp://host:port" or "smtps://host:port"
    const char *host;     // of the url
    const char *username; // NULL: no AUTH
    const char *password; // NULL: none; never logged
    enum relay_tls tls;
    const char *ca_file;         // NULL: the system's
    const char *ehlo_name;       // NULL: the host's name
    const char *disable;         // "PIPELINING, CHUNKING": not used even when offered
    int connections;             // 1-100
    int messages_per_connection; // 0: no limit
    int64_t connect_timeout_ms;  // to the end of EHLO/AUTH
    int64_t reply_timeout_ms;    // MAIL, RCPT, DATA
    int64_t data_timeout_ms;     // the reply to the end of data (RFC 5321 4.5.3.2.6: 10 minutes)
};

struct session_offers {
    bool pipelining, eightbitmime, enhancedstatuscodes, smtputf8, dsn, chunking;
    bool has_size;
    int64_t size; // 0: no limit stated
};

struct transport;
struct session;

struct transport *transport_new(struct loop *loop);
void transport_free(struct transport **transport);

// What a session tells its user. Exactly one of opened/failed comes first; failed is the end.
struct session_events {
    void (*opened)(void *arg);
    // reply is the server's, when one was the cause (code 0 else): 421 greeting, 535 for the log-in
    void (*failed)(void *arg, const struct reply *reply, const struct err *err);
    void (*readable)(void *arg);
    void (*writable)(void *arg); // only after session_write came back short
    void *arg;
};

struct session *session_open(struct transport *transport, const struct relay_settings *relay,
                             const struct session_events *events);
// No QUIT is sent: that is the caller's word. Clears the pointer. Callable from any callback.
void session_close(struct session **session);

const struct session_offers *session_offers(const struct session *session);

// Bytes taken (less than len: try again when writable comes), -1 the connection is broken and
// nothing of this was taken.
ssize_t session_write(struct session *session, const void *data, size_t len,
                      struct err *err) MUST_CHECK;
// Bytes read, 0: nothing now (readable comes), -1: broken or closed by the peer (err says which).
ssize_t session_read(struct session *session, void *data, size_t len, struct err *err) MUST_CHECK;

#endif
