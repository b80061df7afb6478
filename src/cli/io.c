#include "cli/io.h"

#include "cli/cli.h"
#include "cloud/bundle.h"
#include "cloud/file.h"
#include "cloud/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int cli_is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

const char *cli_input_name(const char *path)
{
    return cli_is_standard(path) ? "standard input" : path;
}

const char *cli_output_name(const char *path)
{
    return cli_is_standard(path) ? "standard output" : path;
}

int cli_check_standard(int count, char *const *paths)
{
    int standard = 0;
    for (int i = 0; i < count; i++)
        standard += cli_is_standard(paths[i]);
    if (standard > 1)
        return cli_wrong_use("standard input can be read only once: give - once");
    return CLI_DONE;
}

static int check_ending(const char *path, const char *ending)
{
    static const char *const known[] = {".lnp", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".heic",
                                        ".ppm", ".pgm", ".bmp", ".gif",  ".tif",  ".tiff"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (strcasecmp(dot, known[i]) == 0 && strcmp(known[i], ending) != 0)
            return cli_wrong_use("%s: what is written is of another kind: end the name with %s", path,
                                 ending);
    return CLI_DONE;
}

int cli_check_outputs(const char *output, const char *ending, const char *map)
{
    if (map && strcmp(map, output) == 0)
        return cli_wrong_use("-o and --map cannot both be %s: name another file for one of them",
                             cli_output_name(output));
    int done = check_ending(output, ending);
    return done == CLI_DONE && map ? check_ending(map, ".png") : done;
}

ln_status cli_read(const char *path, size_t most, uint8_t **bytes, size_t *size, ln_error *error)
{
    if (cli_is_standard(path))
        return ln_file_read_open(stdin, cli_input_name(path), most, bytes, size, error);
    return ln_file_read(path, most, bytes, size, error);
}

ln_status cli_write(const char *path, const uint8_t *bytes, size_t size, ln_error *error)
{
    if (cli_is_standard(path))
        return ln_file_write_open(STDOUT_FILENO, cli_output_name(path), bytes, size, error);
    return ln_file_write(path, bytes, size, error);
}

ln_status cli_write_text(ln_text *text, const char *path, ln_error *error)
{
    ln_status status = ln_text_check(text, error);
    if (status == LN_OK)
        status = cli_write(path, (const uint8_t *)text->bytes, text->size, error);
    free(text->bytes);
    *text = (ln_text){0};
    return status;
}

ln_status cli_decode_picture(ln_picture *picture, const uint8_t *bytes, size_t size, const char *path,
                             int as_stored, ln_error *error)
{
    const char *name = cli_input_name(path);
    ln_status status = as_stored ? ln_picture_decode_as_stored(picture, bytes, size, name, error)
                                 : ln_picture_decode(picture, bytes, size, name, error);
    if (status == LN_OK && picture->cut)
        cli_note("%s: the end of the file is missing or damaged, but no pixel is missing: it is used", name);
    return status;
}

ln_status cli_read_picture(ln_picture *picture, const char *path, int as_stored, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    *picture = (ln_picture){0};
    ln_status status = cli_read(path, LN_PICTURE_FILE_BYTES, &bytes, &size, error);
    if (status == LN_OK)
        status = cli_decode_picture(picture, bytes, size, path, as_stored, error);
    free(bytes);
    return status;
}

ln_status cli_write_png(const ln_picture *picture, const char *path, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_picture_encode_png(picture, cli_output_name(path), &bytes, &size, error);
    if (status == LN_OK)
        status = cli_write(path, bytes, size, error);
    free(bytes);
    return status;
}

ln_status cli_open_bundle(ln_bundle *bundle, const char *name, ln_error *error)
{
    if (!cli_is_standard(name))
        return ln_bundle_open(bundle, name, error);
    uint8_t *bytes;
    size_t size;
    *bundle = (ln_bundle){0};
    ln_status status = cli_read(name, LN_MODEL_FILE_BYTES, &bytes, &size, error);
    return status == LN_OK ? ln_bundle_take(bundle, bytes, size, cli_input_name(name), error) : status;
}

void cli_note_model(int verbose, const ln_bundle *bundle)
{
    if (verbose)
        cli_note("model %s", bundle->encoder_path);
}
