#include "host/folder.h"

#include "cloud/file.h"
#include "cloud/picture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int has_ending(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".webp", ".ppm", ".pgm", ".pnm"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return 1;
    return 0;
}

/* *found receives whether a file begins as a picture does. One that cannot be read does not. */
static ln_status has_content(const char *path, int *found, ln_error *error)
{
    uint8_t bytes[LN_PICTURE_BEGINNING];
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOMEM)
        return ln_fail_memory(error);
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        fclose(file);
    *found = ln_picture_begins(bytes, size);
    return LN_OK;
}

/* Takes the path, or frees it. */
static ln_status add_picture(ln_folder *list, char *path, ln_error *error)
{
    char **larger = realloc(list->paths, (list->count + 1) * sizeof *larger);
    if (!larger) {
        free(path);
        return ln_fail_memory(error);
    }
    list->paths = larger;
    larger[list->count++] = path;
    return LN_OK;
}

static ln_status add_file(ln_folder *list, const char *folder, const char *name, ln_error *error)
{
    struct stat info;
    char *path = ln_path_join(folder, name);
    if (!path)
        return ln_fail_memory(error);
    int is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    int is_picture = !is_folder && has_ending(name);
    ln_status status = is_folder || is_picture ? LN_OK : has_content(path, &is_picture, error);
    if (status == LN_OK && is_picture)
        return add_picture(list, path, error);
    list->strangers += !is_folder;
    free(path);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ln_status list_files(ln_folder *list, const char *folder, ln_error *error)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return ln_fail_system(error, folder, "cannot be opened", errno);
    ln_status status = LN_OK;
    struct dirent *entry;
    while (status == LN_OK && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            status = add_file(list, folder, entry->d_name, error);
    closedir(directory);
    if (status == LN_OK && !list->count)
        status = ln_fail(error, LN_ERR_IO, "%s: has no pictures", folder);
    return status;
}

ln_status ln_folder_list(ln_folder *list, const char *folder, ln_error *error)
{
    *list = (ln_folder){0};
    ln_status status = list_files(list, folder, error);
    if (status == LN_OK)
        qsort(list->paths, list->count, sizeof *list->paths, by_path);
    else
        ln_folder_free(list);
    return status;
}

void ln_folder_free(ln_folder *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (ln_folder){0};
}
