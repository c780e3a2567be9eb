// NAME
//   random - bytes nobody can guess
//
// DESCRIPTION
//   From the kernel. Tests make it repeatable with random_seed (a counter-mode stream, not secret).
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t n);
uint64_t random_below(uint64_t bound); // uniform in 0..bound-1; bound >= 1
void random_seed(uint64_t seed);

#endif
