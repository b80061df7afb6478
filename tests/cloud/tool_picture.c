/* Writes the pixels of picture files, as this project reads them, one behind the other to standard output:
 * for each file a line with width, height and whether it lacks its end, or the message why it is refused; and
 * RGB8 behind the former.
 *
 * usage: tool_picture [--as-stored] FILE... */
#include <limitnet/cloud.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    int as_stored = argc > 1 && !strcmp(argv[1], "--as-stored");
    for (int i = 1 + as_stored; i < argc; i++) {
        ln_picture picture;
        ln_error error;
        ln_status status = as_stored ? ln_picture_read_as_stored(&picture, argv[i], &error)
                                     : ln_picture_read(&picture, argv[i], &error);
        if (status == LN_OK)
            printf("%u %u %d\n", picture.width, picture.height, picture.cut);
        else
            printf("%s\n", error.text);
        if (status == LN_OK)
            fwrite(picture.rgb, 3, (size_t)picture.width * picture.height, stdout);
        ln_picture_free(&picture);
    }
    return fflush(stdout) ? 1 : 0;
}
