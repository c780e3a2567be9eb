#include <stdio.h>

int main(void)
{
    fputs("hearten " HEARTEN_VERSION "\n", stderr);
    return 64;
}
