#include "cloud/bundle.h"

#include "cloud/error.h"
#include "cloud/file.h"
#include "core/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders, from CMake: models of the source tree, of the configured prefix, and from a program of any prefix;
 * and where programs are built, with a slash at the end. */
#if !defined LN_SOURCE_MODELS || !defined LN_PREFIX_MODELS || !defined LN_PROGRAM_MODELS || !defined LN_BUILD
#error "LN_SOURCE_MODELS, LN_PREFIX_MODELS, LN_PROGRAM_MODELS and LN_BUILD must be defined"
#endif

#define ENCODER "encoder.lnm"
#define DECODER "decoder.onnx"
#define EYES "eyes.onnx"
#define VISION "vision/vision.onnx"

/* folder/name, or name alone for an empty folder, in new memory; null if there is none. */
static char *join(const char *folder, size_t folder_length, const char *name)
{
    char *path = malloc(folder_length + strlen(name) + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, folder_length);
    if (folder_length && folder[folder_length - 1] != '/')
        path[folder_length++] = '/';
    strcpy(path + folder_length, name);
    return path;
}

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Turns `path` into the folder of the program that runs, with a slash at its end, and returns its length; 0
 * if that cannot be told. */
static size_t program_folder(char *path, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", path, room);
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length > 0 && room - (size_t)length >= sizeof LN_PROGRAM_MODELS ? (size_t)length : 0;
}

/* Looks for a folder `name` in one place, unless *path is set. *path stays null if there is none. */
static ln_status look_in(const char *place, const char *name, char **path, ln_error *error)
{
    if (*path || !place || !*place)
        return LN_OK;
    *path = join(place, strlen(place), name);
    if (!*path)
        return ln_fail_memory(error);
    if (!is_folder(*path)) {
        free(*path);
        *path = NULL;
    }
    return LN_OK;
}

#define PLACES 4

/* Where models are looked for; null: nowhere. `beside` keeps one of the places. A folder models/ where
 * somebody happens to be is none of them: it would win over the installed models without a word. */
static void list_places(const char *places[PLACES], char beside[PATH_MAX])
{
    size_t length = program_folder(beside, PATH_MAX);
    int is_built_here = length >= sizeof LN_BUILD - 1 && memcmp(beside, LN_BUILD, sizeof LN_BUILD - 1) == 0;
    memcpy(beside + length, LN_PROGRAM_MODELS, sizeof LN_PROGRAM_MODELS);
    places[0] = getenv("LIMITNET_MODELS");
    places[1] = length ? beside : NULL;
    places[2] = is_built_here ? LN_SOURCE_MODELS : NULL;
    places[3] = LN_PREFIX_MODELS;
}

static ln_status look(const char *name, char **path, ln_error *error)
{
    char beside[PATH_MAX];
    const char *places[PLACES];
    ln_status status = LN_OK;
    list_places(places, beside);
    *path = NULL;
    for (size_t i = 0; i < PLACES && status == LN_OK; i++)
        status = look_in(places[i], name, path, error);
    return status;
}

/* The folder or model file that a name means, in new memory. */
static ln_status find(const char *name, char **path, ln_error *error)
{
    *path = NULL;
    ln_status status = strchr(name, '/') ? LN_OK : look(name, path, error);
    if (status != LN_OK || *path)
        return status;
    if (!is_there(name))
        return ln_fail(error, LN_ERR_IO,
                       "there is no model '%s': give a folder that holds " ENCODER
                       ", or the name of one in $LIMITNET_MODELS or among the installed models",
                       name);
    *path = join("", 0, name);
    return *path ? LN_OK : ln_fail_memory(error);
}

static ln_status name_files(ln_bundle *bundle, const char *path, ln_error *error)
{
    size_t folder = strlen(path);
    if (is_folder(path)) {
        bundle->encoder_path = join(path, folder, ENCODER);
    } else {
        while (folder && path[folder - 1] != '/')
            folder--;
        bundle->encoder_path = join("", 0, path);
    }
    bundle->decoder_path = join(path, folder, DECODER);
    bundle->eyes_path = join(path, folder, EYES);
    bundle->vision_path = join(path, folder, VISION);
    if (!bundle->encoder_path || !bundle->decoder_path || !bundle->eyes_path || !bundle->vision_path)
        return ln_fail_memory(error);
    if (!is_there(bundle->eyes_path)) {
        free(bundle->eyes_path);
        bundle->eyes_path = join("", 0, bundle->decoder_path);
    }
    if (!is_there(bundle->vision_path)) {
        free(bundle->vision_path);
        bundle->vision_path = NULL;
    }
    return bundle->eyes_path ? LN_OK : ln_fail_memory(error);
}

int ln_bundle_has_eyes(const ln_bundle *bundle)
{
    return bundle->eyes_path && strcmp(bundle->eyes_path, bundle->decoder_path) != 0;
}

static ln_status open_model(ln_bundle *bundle, size_t size, ln_error *error)
{
    const char *path = bundle->encoder_path;
    ln_status status = ln_model_open(&bundle->model, bundle->bytes, size);
    if (status == LN_ERR_VERSION)
        return ln_fail(error, status,
                       "%s: a model file of another version; this program reads version %d: use a "
                       "limitnet that is as new as the model",
                       path, LN_WIRE_VERSION);
    if (status != LN_OK)
        return ln_fail(error, status, "%s: %s: copy or export it again", path, ln_status_text(status));
    return LN_OK;
}

ln_status ln_bundle_open(ln_bundle *bundle, const char *name, ln_error *error)
{
    if (!bundle)
        return ln_fail_null(error, __func__);
    *bundle = (ln_bundle){0};
    char *path;
    ln_status status = find(name ? name : LN_DEFAULT_MODEL, &path, error);
    if (status == LN_OK)
        status = name_files(bundle, path, error);
    free(path);
    size_t size;
    if (status == LN_OK)
        status = ln_file_read(bundle->encoder_path, LN_MODEL_FILE_BYTES, &bundle->bytes, &size, error);
    if (status == LN_OK)
        status = open_model(bundle, size, error);
    if (status != LN_OK)
        ln_bundle_close(bundle);
    return status;
}

ln_status ln_bundle_take(ln_bundle *bundle, uint8_t *bytes, size_t size, const char *name, ln_error *error)
{
    *bundle = (ln_bundle){.bytes = bytes, .encoder_path = join("", 0, name)};
    ln_status status = bundle->encoder_path ? open_model(bundle, size, error) : ln_fail_memory(error);
    if (status != LN_OK)
        ln_bundle_close(bundle);
    return status;
}

/* ---- By checksum ----------------------------------------------------------------------------- */

/* Whether a file is a model file of our version that ends with this checksum. */
static int has_checksum(FILE *file, uint32_t checksum)
{
    static const uint8_t begin[4] = {'L', 'N', 'M', LN_WIRE_VERSION};
    uint8_t is[4] = {0}, end[4] = {0};
    return fread(is, 1, 4, file) == 4 && memcmp(is, begin, 4) == 0 && fseek(file, -4, SEEK_END) == 0 &&
           fread(end, 1, 4, file) == 4 && ln_u32(end) == checksum;
}

/* *path becomes the folder `name` in a place, in new memory, if its model has this checksum. */
static ln_status try_folder(const char *place, const char *name, uint32_t checksum, char **path,
                            ln_error *error)
{
    char *folder = join(place, strlen(place), name);
    char *encoder = folder ? join(folder, strlen(folder), ENCODER) : NULL;
    FILE *file = encoder ? fopen(encoder, "rb") : NULL;
    ln_status status = !encoder || (!file && errno == ENOMEM) ? ln_fail_memory(error) : LN_OK;
    if (file && has_checksum(file, checksum)) {
        *path = folder;
        folder = NULL;
    }
    if (file)
        fclose(file);
    free(encoder);
    free(folder);
    return status;
}

/* *path becomes the first folder in a place whose model has this checksum, in new memory, unless it is set.
 */
static ln_status find_in(const char *place, uint32_t checksum, char **path, ln_error *error)
{
    struct dirent **names;
    if (*path || !place || !*place)
        return LN_OK;
    int count = scandir(place, &names, NULL, alphasort);
    if (count < 0)
        return errno == ENOMEM ? ln_fail_memory(error) : LN_OK;
    ln_status status = LN_OK;
    for (int i = 0; i < count; i++) {
        if (!*path && status == LN_OK)
            status = try_folder(place, names[i]->d_name, checksum, path, error);
        free(names[i]);
    }
    free(names);
    return status;
}

ln_status ln_bundle_find(ln_bundle *bundle, uint32_t checksum, ln_error *error)
{
    if (!bundle)
        return ln_fail_null(error, __func__);
    *bundle = (ln_bundle){0};
    char beside[PATH_MAX], *path = NULL;
    const char *places[PLACES];
    ln_status status = LN_OK;
    list_places(places, beside);
    for (size_t i = 0; i < PLACES && status == LN_OK; i++)
        status = find_in(places[i], checksum, &path, error);
    if (status == LN_OK && !path)
        status =
            ln_fail(error, LN_ERR_IO,
                    "there is no model with the checksum %08lx: get the model that encoded the packets, and "
                    "name its folder",
                    (unsigned long)checksum);
    if (status == LN_OK)
        status = ln_bundle_open(bundle, path, error);
    free(path);
    return status;
}

void ln_bundle_close(ln_bundle *bundle)
{
    if (!bundle)
        return;
    free(bundle->encoder_path);
    free(bundle->decoder_path);
    free(bundle->eyes_path);
    free(bundle->vision_path);
    free(bundle->bytes);
    *bundle = (ln_bundle){0};
}
