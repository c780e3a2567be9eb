#include "transport/session.h"

#include "base/mem.h"
#include "transport/greeting.h"
#include "transport/refusal.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_TIMEOUT_DEFAULT_MS 300000 // RFC 5321 4.5.3.2.1
#define A_DAY_S                    86400L

// TL-08, strongest first; libcurl takes the first of its own order that is offered. The others it
// knows (NTLM, DIGEST-MD5) are offered by servers that then refuse them.
#define LOGIN_OPTIONS "AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN"

enum session_state {
    SESSION_OPENING,
    SESSION_OPEN,
    SESSION_FAILED,
    SESSION_CLOSED
};

// A descriptor that libcurl waits for while it opens the session.
struct curl_watch {
    struct session *session;
    int fd;
    struct loop_watch *watch;
    struct curl_watch *next;
};

// Each session has a multi of its own. In a shared one, opening a session makes libcurl look
// through all idle connections, as it thinks these are, and drop those with unread bytes: sessions
// that wait for a reply would die of their neighbours.
struct session {
    struct transport *transport;
    struct session *prev, *next;
    struct session_events events;
    enum session_state state;
    CURLM *multi;
    CURL *easy;
    struct curl_watch *curl_watches;
    struct loop_timer *curl_timer; // libcurl's own
    struct loop_timer *deadline;   // connect_timeout_ms
    struct loop_timer *again;      // work that must not wait for the descriptor
    struct loop_watch *watch;      // once open
    bool tls;
    bool drained; // the last read found nothing more
    bool broken;

    char label[384]; // "relay NAME (host:port)"
    char *disable;
    bool wants_login;
    int64_t timeout_ms;
    struct greeting greeting;
    CURLcode refusal; // why the session could not even begin
    char curl_says[CURL_ERROR_SIZE];
};

struct transport {
    struct loop *loop;
    CURLSH *share; // names and TLS sessions
    struct session *sessions;
    struct session *closed; // freed from the timer: a callback may still be on the stack
    struct loop_timer *bury;
};

static void free_closed(void *arg)
{
    struct transport *t = arg;
    while (t->closed) {
        struct session *s = t->closed;
        t->closed = s->next;
        free(s->disable);
        free(s);
    }
}

struct transport *transport_new(struct loop *loop)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); // out of memory, or a libcurl that does not fit its TLS library
    struct transport *t = mem_new(1, sizeof *t);
    t->loop = loop;
    t->share = curl_share_init();
    if (!t->share)
        abort();
    curl_share_setopt(t->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(t->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    t->bury = loop_after(loop, 0, free_closed, t);
    loop_stop(loop, t->bury);
    return t;
}

void transport_free(struct transport **transport)
{
    struct transport *t = *transport;
    if (!t)
        return;
    while (t->sessions) {
        struct session *s = t->sessions;
        session_close(&s);
    }
    free_closed(t);
    loop_cancel(t->loop, &t->bury);
    curl_share_cleanup(t->share);
    curl_global_cleanup();
    free(t);
    *transport = NULL;
}

// --- the end of opening: well or badly -----------------------------------------------------------

// Takes everything of libcurl's down, the connection too.
static void drop_curl(struct session *s)
{
    struct loop *loop = s->transport->loop;
    loop_unwatch(loop, &s->watch);
    if (s->easy) {
        if (s->multi)
            curl_multi_remove_handle(s->multi, s->easy);
        curl_easy_cleanup(s->easy);
    }
    if (s->multi)
        curl_multi_cleanup(s->multi);
    s->easy = NULL;
    s->multi = NULL;
    while (s->curl_watches) {
        struct curl_watch *w = s->curl_watches;
        s->curl_watches = w->next;
        loop_unwatch(loop, &w->watch);
        free(w);
    }
    loop_cancel(loop, &s->curl_timer);
    loop_cancel(loop, &s->deadline);
}

static void fail(struct session *s, CURLcode code)
{
    struct err err = {0};
    struct reply cause = refusal_cause((int)code, &s->greeting.last);
    const struct refusal refusal = {(int)code, s->label, s->curl_says, s->timeout_ms};
    s->state = SESSION_FAILED;
    drop_curl(s);
    refusal_tell(&refusal, &cause, &err);
    s->events.failed(s->events.arg, &cause, &err);
}

// The zero timer's turn: bytes may wait inside the TLS layer where epoll does not see them.
static void deliver(struct session *s)
{
    s->drained = false;
    s->events.readable(s->events.arg);
    if (s->state == SESSION_OPEN && !s->drained && !s->broken && s->tls)
        loop_again(s->transport->loop, s->again, 0);
}

static void on_again(void *arg)
{
    struct session *s = arg;
    if (s->state == SESSION_OPENING)
        fail(s, s->refusal);
    else if (s->state == SESSION_OPEN && !s->broken)
        deliver(s);
}

static void on_ready(void *arg, unsigned events)
{
    struct session *s = arg;
    if (events & LOOP_WRITE) {
        loop_rewatch(s->transport->loop, s->watch, LOOP_READ);
        s->events.writable(s->events.arg);
    }
    if (s->state == SESSION_OPEN && !s->broken && (events & (LOOP_READ | LOOP_HANGUP)))
        deliver(s);
}

static void forget_watch(struct session *s, struct curl_watch *w)
{
    struct curl_watch **p = &s->curl_watches;
    while (*p && *p != w)
        p = &(*p)->next;
    if (!*p)
        return;
    *p = w->next;
    loop_unwatch(s->transport->loop, &w->watch);
    free(w);
}

// libcurl gives the descriptor up before it says that it is done; should it not have, we take it.
static void take_over(struct session *s, int fd)
{
    struct curl_watch *w = s->curl_watches;
    while (w && w->fd != fd)
        w = w->next;
    if (w) {
        curl_multi_assign(s->multi, fd, NULL);
        forget_watch(s, w);
    }
    s->watch = loop_watch(s->transport->loop, fd, LOOP_READ, on_ready, s);
}

static void open_done(struct session *s)
{
    struct loop *loop = s->transport->loop;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (s->wants_login && !s->greeting.offers_login) {
        // libcurl would go on without the log-in, and the mail would be refused later
        s->greeting.last = (struct reply){0};
        fail(s, CURLE_LOGIN_DENIED);
        return;
    }
    if (curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD) {
        fail(s, CURLE_RECV_ERROR);
        return;
    }
    loop_cancel(loop, &s->deadline);
    s->state = SESSION_OPEN;
    take_over(s, fd);
    if (s->tls)
        loop_again(loop, s->again, 0);
    s->events.opened(s->events.arg);
}

// --- libcurl in our loop -------------------------------------------------------------------------

static void act(struct session *s, curl_socket_t fd, int events)
{
    int running;
    curl_multi_socket_action(s->multi, fd, events, &running);
    int left;
    CURLMsg *msg = curl_multi_info_read(s->multi, &left);
    if (!msg || msg->msg != CURLMSG_DONE || s->state != SESSION_OPENING)
        return;
    if (msg->data.result == CURLE_OK)
        open_done(s);
    else
        fail(s, msg->data.result);
}

static void on_curl_ready(void *arg, unsigned events)
{
    const struct curl_watch *w = arg;
    int mask = 0;
    if (events & LOOP_READ)
        mask |= CURL_CSELECT_IN;
    if (events & LOOP_WRITE)
        mask |= CURL_CSELECT_OUT;
    if (events & LOOP_HANGUP)
        mask |= CURL_CSELECT_ERR;
    act(w->session, w->fd, mask);
}

static void on_curl_timer(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_deadline(void *arg)
{
    struct session *s = arg;
    fail(s, CURLE_OPERATION_TIMEDOUT);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socketp)
{
    (void)easy;
    struct session *s = arg;
    struct curl_watch *w = socketp;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            forget_watch(s, w);
        return 0;
    }
    unsigned events = 0;
    if (what & CURL_POLL_IN)
        events |= LOOP_READ;
    if (what & CURL_POLL_OUT)
        events |= LOOP_WRITE;
    if (w) {
        loop_rewatch(s->transport->loop, w->watch, events);
        return 0;
    }
    w = mem_new(1, sizeof *w);
    w->session = s;
    w->fd = fd;
    w->next = s->curl_watches;
    s->curl_watches = w;
    w->watch = loop_watch(s->transport->loop, fd, events, on_curl_ready, w);
    curl_multi_assign(s->multi, fd, w);
    return 0;
}

static int on_curl_wants_timer(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    struct session *s = arg;
    if (ms < 0)
        loop_stop(s->transport->loop, s->curl_timer);
    else
        loop_again(s->transport->loop, s->curl_timer, ms);
    return 0;
}

// libcurl calls this with one whole line of the server.
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct session *s = arg;
    greeting_take(&s->greeting, data, size * n);
    s->tls |= s->greeting.tls;
    return size * n;
}

// --- opening -------------------------------------------------------------------------------------

// "relay NAME (host:port)", as good as the url allows.
static CURLUcode set_label(struct session *s, CURLU *u, const struct relay_settings *relay)
{
    char *host = NULL, *port = NULL;
    CURLUcode bad = curl_url_set(u, CURLUPART_URL, relay->url, 0);
    if (!bad)
        bad = curl_url_get(u, CURLUPART_HOST, &host, 0);
    if (!bad)
        bad = curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    const char *known = relay->host ? relay->host : "?";
    snprintf(s->label, sizeof s->label, "relay %.64s (%.255s:%s)", relay->name ? relay->name : "",
             host ? host : known, port ? port : "?");
    curl_free(host);
    curl_free(port);
    return bad;
}

// smtp://host:port/EHLONAME: the path is how libcurl is told the name.
static CURLUcode set_ehlo_name(CURLU *u, const char *name)
{
    size_t len = strlen(name);
    char *path = mem_new(len + 2, 1);
    path[0] = '/';
    memcpy(path + 1, name, len);
    CURLUcode bad = curl_url_set(u, CURLUPART_PATH, path, CURLU_URLENCODE);
    free(path);
    return bad;
}

// What is not a plain relay url is refused; a password in it could end up in a message.
static CURLcode set_url(struct session *s, const struct relay_settings *relay)
{
    CURLU *u = curl_url();
    char *user = NULL, *scheme = NULL, *url = NULL;
    CURLcode code = CURLE_URL_MALFORMAT;
    if (!u)
        abort(); // out of memory
    CURLUcode bad = set_label(s, u, relay);
    if (!bad && curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK) {
        snprintf(s->curl_says, sizeof s->curl_says, "it holds a user name, which has its own key");
        bad = CURLUE_USER_NOT_ALLOWED;
    }
    if (!bad && relay->ehlo_name && *relay->ehlo_name)
        bad = set_ehlo_name(u, relay->ehlo_name);
    if (!bad)
        bad = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (!bad)
        bad = curl_url_get(u, CURLUPART_URL, &url, 0);
    if (!bad) {
        s->tls = strcasecmp(scheme, "smtps") == 0;
        code = curl_easy_setopt(s->easy, CURLOPT_URL, url);
    }
    curl_free(user);
    curl_free(scheme);
    curl_free(url);
    curl_url_cleanup(u);
    return code;
}

static CURLcode set_security(struct session *s, const struct relay_settings *relay)
{
    CURL *e = s->easy;
    long use = relay->tls == RELAY_TLS_REQUIRED        ? (long)CURLUSESSL_ALL
               : relay->tls == RELAY_TLS_OPPORTUNISTIC ? (long)CURLUSESSL_TRY
                                                       : (long)CURLUSESSL_NONE;
    CURLcode code = curl_easy_setopt(e, CURLOPT_USE_SSL, use);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!code && relay->ca_file) {
        code = curl_easy_setopt(e, CURLOPT_CAINFO, relay->ca_file);
        if (!code)
            code = curl_easy_setopt(e, CURLOPT_CAPATH, NULL); // this file and nothing beside it
    }
    if (!code && relay->username) {
        s->wants_login = true;
        code = curl_easy_setopt(e, CURLOPT_USERNAME, relay->username);
        if (!code)
            code = curl_easy_setopt(e, CURLOPT_PASSWORD, relay->password ? relay->password : "");
        if (!code)
            code = curl_easy_setopt(e, CURLOPT_LOGIN_OPTIONS, LOGIN_OPTIONS);
    }
    return code;
}

static CURLcode set_rest(struct session *s)
{
    CURL *e = s->easy;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_CONNECT_ONLY, 1},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_TCP_NODELAY, 1},
        {CURLOPT_FRESH_CONNECT, 1},
        {CURLOPT_MAXAGE_CONN, A_DAY_S},
        {CURLOPT_QUICK_EXIT, 1}, // closing never waits for a name look-up
        {CURLOPT_CONNECTTIMEOUT_MS, (long)s->timeout_ms},
        {CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((s->timeout_ms + 999) / 1000)},
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; !code && i < COUNT_OF(numbers); i++)
        code = curl_easy_setopt(e, numbers[i].option, numbers[i].value);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_PROXY, ""); // none, whatever the environment says
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_SHARE, s->transport->share);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->curl_says);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    if (!code)
        code = curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
    return code;
}

static CURLcode begin(struct session *s, const struct relay_settings *relay)
{
    s->easy = curl_easy_init();
    s->multi = curl_multi_init();
    if (!s->easy || !s->multi)
        abort(); // out of memory
    CURLcode code = set_url(s, relay);
    if (!code)
        code = set_security(s, relay);
    if (!code)
        code = set_rest(s);
    if (code)
        return code;
    if (curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) ||
        curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s) ||
        curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_curl_wants_timer) ||
        curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s) ||
        curl_multi_add_handle(s->multi, s->easy))
        return CURLE_FAILED_INIT;
    return CURLE_OK;
}

static struct loop_timer *idle_timer(struct loop *loop, void (*fire)(void *), void *arg)
{
    struct loop_timer *timer = loop_after(loop, 0, fire, arg);
    loop_stop(loop, timer);
    return timer;
}

struct session *session_open(struct transport *transport, const struct relay_settings *relay,
                             const struct session_events *events)
{
    struct loop *loop = transport->loop;
    struct session *s = mem_new(1, sizeof *s);
    s->transport = transport;
    s->events = *events;
    s->state = SESSION_OPENING;
    s->disable = mem_strdup(relay->disable ? relay->disable : "");
    s->timeout_ms =
        relay->connect_timeout_ms > 0 ? relay->connect_timeout_ms : CONNECT_TIMEOUT_DEFAULT_MS;
    greeting_init(&s->greeting, s->disable);
    s->next = transport->sessions;
    if (s->next)
        s->next->prev = s;
    transport->sessions = s;
    s->curl_timer = idle_timer(loop, on_curl_timer, s);
    s->again = idle_timer(loop, on_again, s);
    s->deadline = loop_after(loop, s->timeout_ms, on_deadline, s);
    s->refusal = begin(s, relay);
    if (s->refusal)
        loop_again(loop, s->again, 0); // failed, but not before the caller has the session
    return s;
}

void session_close(struct session **session)
{
    struct session *s = *session;
    if (!s)
        return;
    *session = NULL;
    struct transport *t = s->transport;
    s->state = SESSION_CLOSED;
    drop_curl(s);
    loop_cancel(t->loop, &s->again);
    if (s->prev)
        s->prev->next = s->next;
    else
        t->sessions = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->next = t->closed;
    t->closed = s;
    loop_again(t->loop, t->bury, 0);
}

const struct session_offers *session_offers(const struct session *session)
{
    return &session->greeting.offers;
}

// --- bytes ---------------------------------------------------------------------------------------

// A broken connection stays readable for ever; nobody wants to hear of it again.
static int broke(struct session *s, const char *what, CURLcode code, struct err *err)
{
    s->broken = true;
    if (s->watch)
        loop_rewatch(s->transport->loop, s->watch, 0);
    if (code == CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "%s closed the connection", s->label);
    return err_set(err, ERR_UNAVAILABLE, "%s: the connection broke while %s: %s", s->label, what,
                   s->curl_says[0] ? s->curl_says : curl_easy_strerror(code));
}

ssize_t session_write(struct session *session, const void *data, size_t len, struct err *err)
{
    struct session *s = session;
    if (s->state != SESSION_OPEN || s->broken)
        return err_set(err, ERR_UNAVAILABLE, "%s: the session is not open", s->label);
    size_t done = 0;
    while (done < len) {
        size_t n = 0;
        CURLcode code = curl_easy_send(s->easy, (const char *)data + done, len - done, &n);
        if (code == CURLE_AGAIN)
            break;
        if (code != CURLE_OK && done == 0)
            return broke(s, "sending", code, err);
        if (code != CURLE_OK) // what was taken counts; the next call meets the break again
            break;
        done += n;
    }
    if (done < len)
        loop_rewatch(s->transport->loop, s->watch, LOOP_READ | LOOP_WRITE);
    return (ssize_t)done;
}

ssize_t session_read(struct session *session, void *data, size_t len, struct err *err)
{
    struct session *s = session;
    if (s->state != SESSION_OPEN || s->broken)
        return err_set(err, ERR_UNAVAILABLE, "%s: the session is not open", s->label);
    // On a plain connection epoll tells when more comes; asking again would be a call for nothing.
    if (s->drained && !s->tls) {
        s->drained = false;
        return 0;
    }
    size_t n = 0;
    CURLcode code = curl_easy_recv(s->easy, data, len, &n);
    if (code == CURLE_AGAIN) {
        s->drained = true;
        return 0;
    }
    if (code != CURLE_OK)
        return broke(s, "receiving", code, err);
    if (n == 0)
        return broke(s, "receiving", CURLE_OK, err);
    s->drained = !s->tls && n < len;
    return (ssize_t)n;
}
