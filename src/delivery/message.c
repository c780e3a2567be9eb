#include "delivery/message.h"

#include "base/encode.h"
#include "base/random.h"
#include "crypt/token.h"

#include <string.h>

_Static_assert(TOKEN_SIZE <= sizeof(((struct message_input *)0)->optout_token), "room for a token");

static const char *attribute(void *arg, const char *name)
{
    const struct person *person = arg;
    return person->attributes ? json_text(json_get(person->attributes, name)) : NULL;
}

// A copy that is not accounted is a message of its own each time.
static void random_id(char out[33])
{
    unsigned char bytes[16];
    struct buf hex;
    random_bytes(bytes, sizeof bytes);
    buf_init(&hex, 64);
    encode_hex(bytes, sizeof bytes, &hex);
    memcpy(out, hex.data, 32);
    out[32] = '\0';
    buf_deinit(&hex);
}

void message_input_init(struct message_input *in, const struct message_for *who)
{
    memset(in, 0, sizeof *in);
    struct token token = {.purpose = TOKEN_OPTOUT,
                          .subscriber = (uint64_t)who->person->id,
                          .edition = (uint64_t)who->edition};
    token_format(who->keyring, &token, in->optout_token);
    token_format_address(who->keyring, &token, in->optout_address_token);
    if (who->edition)
        token_message_id(who->keyring, token.edition, token.subscriber, in->message_id);
    else
        random_id(in->message_id);
    in->input = (struct template_input){.to = &who->person->addr,
                                        .name = who->person->name ? who->person->name : "",
                                        .attribute = attribute,
                                        .message_id = in->message_id,
                                        .optout_token = in->optout_token,
                                        .optout_address_token = in->optout_address_token,
                                        .date = who->date,
                                        .subject_mark = who->subject_mark};
    memcpy(&in->input.arg, &who->person, sizeof in->input.arg); // read-only behind attribute()
}

int message_render(const struct template *template, const struct message_for *who, struct buf *out,
                   struct err *err)
{
    struct message_input in;
    message_input_init(&in, who);
    return template_render(template, &in.input, out, err);
}
