#include "transport/refusal.h"

#include <curl/curl.h>
#include <stdbool.h>

// Whether the server's last words were the reason. When the connection was lost, only a temporary
// reply explains it: an EHLO refused with 500 is followed by HELO and decides nothing.
struct reply refusal_cause(int code, const struct reply *last)
{
    bool spoken = code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED ||
                  code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_WEIRD_SERVER_REPLY;
    int most = spoken ? 599 : 499;
    if (last->code >= 400 && last->code <= most)
        return *last;
    return (struct reply){0};
}

static const char *detail(const struct refusal *r)
{
    return r->curl_says[0] ? r->curl_says : curl_easy_strerror((CURLcode)r->code);
}

static int say_login(const struct refusal *r, const struct reply *cause, struct err *err)
{
    if (cause->code >= 500)
        return err_set(err, ERR_CONFIG,
                       "%s refused the log-in: %d %s %s; check username and password in the "
                       "relay's section of config/hearten.ini",
                       r->label, cause->code, cause->enhanced, cause->text);
    if (cause->code >= 400)
        return err_set(err, ERR_UNAVAILABLE,
                       "%s cannot check the log-in now: %d %s %s; it is tried again later",
                       r->label, cause->code, cause->enhanced, cause->text);
    return err_set(err, ERR_CONFIG,
                   "%s offers no way to log in that hearten speaks (CRAM-MD5, PLAIN, LOGIN); check "
                   "its url and port, or take the username out of the relay's section",
                   r->label);
}

static int say_tls(const struct refusal *r, const struct reply *cause, struct err *err)
{
    if (cause->code >= 400)
        return err_set(err, cause->code < 500 ? ERR_UNAVAILABLE : ERR_CONFIG,
                       "%s refused to begin TLS: %d %s %s; nothing was sent without it", r->label,
                       cause->code, cause->enhanced, cause->text);
    return err_set(err, ERR_CONFIG,
                   "%s does not offer STARTTLS, and tls = required; nothing was sent without it. "
                   "Check the port, or use an smtps:// url",
                   r->label);
}

// One sentence for the person: what, where, what to do.
static int say(const struct refusal *r, const struct reply *cause, struct err *err)
{
    switch (r->code) {
    case CURLE_LOGIN_DENIED:
        return say_login(r, cause, err);
    case CURLE_USE_SSL_FAILED:
        return say_tls(r, cause, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return err_set(err, ERR_CONFIG,
                       "%s has a certificate that cannot be trusted: %s; check the url's host name "
                       "and ca_file",
                       r->label, detail(r));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_NOT_BUILT_IN:
        return err_set(err, ERR_CONFIG,
                       "%s has an unusable url: %s; write smtp://host:port or smtps://host:port",
                       r->label, detail(r));
    default:
        break;
    }
    if (cause->code)
        return err_set(err, ERR_UNAVAILABLE, "%s refused the session: %d %s %s", r->label,
                       cause->code, cause->enhanced, cause->text);
    if (r->code == CURLE_OPERATION_TIMEDOUT)
        return err_set(err, ERR_UNAVAILABLE,
                       "%s did not answer within %lld ms; check the port and the network", r->label,
                       (long long)r->timeout_ms);
    if (r->code == CURLE_COULDNT_RESOLVE_HOST)
        return err_set(err, ERR_UNAVAILABLE, "%s: %s; check the url and this machine's DNS",
                       r->label, detail(r));
    return err_set(err, ERR_UNAVAILABLE,
                   "%s cannot be used: %s; check that it is running and that the url is right",
                   r->label, detail(r));
}

void refusal_tell(const struct refusal *refusal, const struct reply *cause, struct err *err)
{
    say(refusal, cause, err);
}
