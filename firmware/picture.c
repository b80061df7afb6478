#include "picture.h"

#include "semihosting.h"

/* Skips the head, which has three lines. */
static void pass_head(int picture)
{
    for (unsigned lines = 0; lines < 3;) {
        char c;

        if (sh_read(picture, &c, 1) != 0)
            sh_fail("the picture is not a PPM file");
        lines += c == '\n';
    }
}

int picture_open(const char *path)
{
    int picture = sh_open(path, SH_READ);

    if (picture < 0)
        sh_fail("the picture cannot be read");
    pass_head(picture);
    return picture;
}

void picture_row(int picture, void *row, size_t size)
{
    if (sh_read(picture, row, size) != 0)
        sh_fail("the picture is too small");
}

void picture_close(int picture)
{
    char more;

    if (sh_read(picture, &more, 1) == 0)
        sh_fail("the picture is too large");
    sh_close(picture);
}
