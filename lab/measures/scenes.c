#include "measures/scenes.h"

#include "cloud/error.h"
#include "host/folder.h"
#include "measures/scene_formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Pictures -------------------------------------------------------------------------------- */

static char *join(const char *folder, const char *name, size_t length, const char *ending)
{
    size_t size = strlen(folder) + length + strlen(ending) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%.*s%s", folder, (int)length, name, ending);
    return path;
}

/* Length of a file's name without its ending. */
static size_t stem_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

static ln_status list_pictures(ln_scenes *scenes, const char *folder, ln_error *error)
{
    ln_folder list;
    ln_status status = ln_folder_list(&list, folder, error);
    if (status != LN_OK)
        return status;
    scenes->items = calloc(list.count, sizeof *scenes->items);
    if (!scenes->items)
        status = ln_fail_memory(error);
    scenes->strangers = list.strangers;
    for (; status == LN_OK && scenes->count < list.count; scenes->count++) {
        scenes->items[scenes->count].path = list.paths[scenes->count];
        list.paths[scenes->count] = NULL;
    }
    ln_folder_free(&list);
    return status;
}

void ln_scenes_drop(ln_scenes *scenes, size_t from)
{
    for (size_t i = from; i < scenes->count; i++) {
        free(scenes->items[i].path);
        free(scenes->items[i].truths);
    }
    scenes->count = from < scenes->count ? from : scenes->count;
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* The file with the objects of a picture, in new memory; null if there is none. Other systems write endings
 * in capitals. */
static ln_status find_file(const char *folder, const char *picture, const char *const endings[2], char **path,
                           ln_error *error)
{
    const char *name = strrchr(picture, '/') + 1;
    for (size_t i = 0; i < 2; i++) {
        *path = join(folder, name, stem_of(name), endings[i]);
        if (!*path)
            return ln_fail_memory(error);
        if (access(*path, F_OK) == 0)
            return LN_OK;
        free(*path);
    }
    *path = NULL;
    return LN_OK;
}

/* Where the objects of pictures come from. */
typedef struct source {
    const char *folder;
    const ln_classes *classes;
    ln_numbering numbering;
    size_t labelled; /* pictures that have a file */
} source;

static ln_status read_scene(source *from, ln_scene *scene, size_t *ignored, ln_error *error)
{
    static const char *const text[] = {".txt", ".TXT"}, *const xml[] = {".xml", ".XML"};
    char *path;
    ln_status status = find_file(from->folder, scene->path, text, &path, error);
    if (path)
        status = ln_scene_read_text(scene, path, from->classes, &from->numbering, error);
    else if (status == LN_OK) {
        status = find_file(from->folder, scene->path, xml, &path, error);
        if (path)
            status = ln_scene_read_xml(scene, path, from->classes, ignored, error);
    }
    from->labelled += path != NULL;
    free(path);
    return status;
}

static ln_status read_folder(ln_scenes *scenes, const char *labels, const ln_classes *classes,
                             ln_error *error)
{
    source from = {.folder = labels, .classes = classes};
    ln_status status = ln_numbering_read(&from.numbering, labels, classes, error);
    for (size_t i = 0; i < scenes->count && status == LN_OK; i++)
        status = read_scene(&from, &scenes->items[i], &scenes->ignored, error);
    if (status == LN_OK && !from.labelled)
        status = ln_fail(error, LN_ERR_IO, "%s: has no NAME.txt or NAME.xml for any of the %zu pictures",
                         labels, scenes->count);
    ln_numbering_free(&from.numbering);
    return status;
}

static ln_status read_all(ln_scenes *scenes, const char *images, const char *labels,
                          const ln_classes *classes, size_t most, ln_error *error)
{
    struct stat info;
    ln_status status = list_pictures(scenes, images, error);
    if (status != LN_OK)
        return status;
    if (stat(labels, &info) == 0 && !S_ISDIR(info.st_mode))
        return ln_scenes_read_json(scenes, labels, classes, most, error);
    ln_scenes_drop(scenes, most);
    return read_folder(scenes, labels, classes, error);
}

ln_status ln_scenes_read(ln_scenes *scenes, const char *images, const char *labels, const ln_classes *classes,
                         size_t most, ln_error *error)
{
    *scenes = (ln_scenes){0};
    ln_status status = read_all(scenes, images, labels, classes, most, error);
    if (status != LN_OK)
        ln_scenes_free(scenes);
    return status;
}

void ln_scenes_free(ln_scenes *scenes)
{
    ln_scenes_drop(scenes, 0);
    free(scenes->items);
    *scenes = (ln_scenes){0};
}
