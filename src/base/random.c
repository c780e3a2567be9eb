#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static int seeded;
static uint64_t state;

static uint64_t splitmix(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void random_seed(uint64_t seed)
{
    seeded = 1;
    state = seed;
}

void random_bytes(void *out, size_t n)
{
    unsigned char *p = out;
    while (n > 0) {
        if (seeded) {
            uint64_t v = splitmix();
            size_t k = n < sizeof v ? n : sizeof v;
            memcpy(p, &v, k);
            p += k;
            n -= k;
            continue;
        }
        ssize_t got = getrandom(p, n < 256 ? n : 256, 0);
        if (got < 0 && errno == EINTR) // while the kernel's pool fills, early after boot
            continue;
        if (got < 0)
            abort();
        p += got;
        n -= (size_t)got;
    }
}

uint64_t random_below(uint64_t bound)
{
    if (bound == 0)
        abort();
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, v;
    do
        random_bytes(&v, sizeof v);
    while (v >= limit);
    return v % bound;
}
