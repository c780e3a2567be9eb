#include "crypt/keyring.h"

#include "base/buf.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char token_name[] = "token.key", suppress_name[] = "suppress.key";

static int create_one(const char *dir, const char *name, struct err *err)
{
    unsigned char key[KEYRING_KEY];
    struct buf text;
    char *path = file_join(dir, name);
    random_bytes(key, sizeof key);
    buf_init(&text, 128);
    encode_hex(key, sizeof key, &text);
    buf_addc(&text, '\n');
    int rc = file_create(path, text.data, text.len, 0600, err);
    explicit_bzero(key, sizeof key);
    explicit_bzero(text.data, text.len);
    buf_deinit(&text);
    free(path);
    return rc;
}

static bool exists(const char *dir, const char *name)
{
    struct stat st;
    char *path = file_join(dir, name);
    bool found = lstat(path, &st) == 0;
    free(path);
    return found;
}

static void remove_one(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    unlink(path);
    free(path);
}

int keyring_create(const char *dir, struct err *err)
{
    if (file_mkdirs(dir, 0700, err) != 0)
        return -1;
    if (exists(dir, token_name) || exists(dir, suppress_name))
        return err_set(err, ERR_CREATE, "%s has keys already; they are not replaced", dir);
    if (create_one(dir, token_name, err) != 0)
        return -1;
    if (create_one(dir, suppress_name, err) == 0)
        return 0;
    remove_one(dir, token_name); // half a ring would forbid the next attempt
    return -1;
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0 && errno == EACCES)
        return err_set(err, ERR_CONFIG,
                       "cannot read the key %s: %s; check the owner and permissions of its folders",
                       path, strerror(errno));
    if (stat(path, &st) != 0)
        return err_set(err, ERR_CONFIG,
                       "cannot read the key %s: %s; put it back from a backup, or, in a new "
                       "workspace, run 'hearten init'",
                       path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s does not hold a key; put it back from a backup", path);
    if (st.st_mode & 077)
        return err_set(err, ERR_CONFIG, "%s can be read by others; run: chmod 600 %s", path, path);
    return 0;
}

// One line of hexadecimal digits and nothing else.
static int parse_key(const struct buf *text, const char *path, unsigned char out[KEYRING_KEY],
                     struct err *err)
{
    size_t len = strcspn(text->data, "\r\n");
    size_t end = len + strspn(text->data + len, "\r\n");
    if (len == 2 * KEYRING_KEY && end == text->len &&
        decode_hex(text->data, len, out, KEYRING_KEY) == KEYRING_KEY)
        return 0;
    return err_set(err, ERR_CONFIG, "%s does not hold a key; put it back from a backup", path);
}

static int load_one(const char *dir, const char *name, unsigned char out[KEYRING_KEY],
                    struct err *err)
{
    struct buf text;
    char *path = file_join(dir, name);
    buf_init(&text, 256);
    int rc = check_file(path, err);
    if (rc == 0 && file_read(path, 256, &text, err) != 0) {
        rc = err_set(err, ERR_CONFIG, "%s; check its owner", err ? err->msg : "");
    } else if (rc == 0) {
        rc = parse_key(&text, path, out, err);
    }
    if (text.len)
        explicit_bzero(text.data, text.len);
    buf_deinit(&text);
    free(path);
    return rc;
}

int keyring_load(struct keyring *keyring, const char *dir, struct err *err)
{
    memset(keyring, 0, sizeof *keyring);
    keyring->token_id = 1;
    if (load_one(dir, token_name, keyring->token, err) == 0 &&
        load_one(dir, suppress_name, keyring->suppress, err) == 0)
        return 0;
    explicit_bzero(keyring, sizeof *keyring);
    return -1;
}

void keyring_fingerprint(const struct keyring *keyring, char out[17])
{
    static const char what[] = "hearten fingerprint 1";
    unsigned char one[2 * HASH_SIZE], all[HASH_SIZE];
    struct buf hex;
    hash_hmac(keyring->token, KEYRING_KEY, what, sizeof what, one);
    hash_hmac(keyring->suppress, KEYRING_KEY, what, sizeof what, one + HASH_SIZE);
    hash_sha256(one, sizeof one, all);
    buf_init(&hex, 64);
    encode_hex(all, 8, &hex);
    memcpy(out, hex.data, 17);
    buf_deinit(&hex);
}

void keyring_address_hash(const struct keyring *keyring, const char *addr_key,
                          unsigned char out[HASH_SIZE])
{
    hash_hmac(keyring->suppress, KEYRING_KEY, addr_key, strlen(addr_key), out);
}
