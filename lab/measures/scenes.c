#include "measures/scenes.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_FILE_BYTES ((size_t)16 << 20)
#define FIELDS 5 /* of a line */

/* A file with objects being read. */
typedef struct reader {
    const char *path; /* for messages */
    size_t line;
    size_t classes;
} reader;

/* ---- Objects --------------------------------------------------------------------------------- */

/* Takes digits only; strtoul would also take signs and blanks. */
static int parse_class(const char *text, size_t classes, unsigned *class_index)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *class_index = (unsigned)number;
    return *text >= '0' && *text <= '9' && !*end && !errno && number < classes;
}

/* The comparisons refuse NaN, too. */
static int parse_share(const char *text, float *share)
{
    char *end;
    *share = strtof(text, &end);
    return end != text && !*end && *share >= 0 && *share <= 1;
}

static size_t split(char *line, char **fields)
{
    size_t count = 0;
    char *rest = line, *field;
    while ((field = strtok_r(rest, " \t\r", &rest)) && count <= FIELDS)
        fields[count++] = field;
    return count;
}

static ln_status parse_truth(const reader *r, char **fields, ln_truth *truth, ln_error *error)
{
    float share[FIELDS - 1];
    if (!parse_class(fields[0], r->classes, &truth->class_index))
        return ln_fail(error, LN_ERR_IO,
                       "%s:%zu: '%s' is no class of the vision model: its classes are 0 to %zu", r->path,
                       r->line, fields[0], r->classes - 1);
    for (size_t i = 0; i < FIELDS - 1; i++)
        if (!parse_share(fields[1 + i], &share[i]))
            return ln_fail(error, LN_ERR_IO, "%s:%zu: '%s' is no share from 0 to 1", r->path, r->line,
                           fields[1 + i]);
    truth->x = share[0] - share[2] / 2;
    truth->y = share[1] - share[3] / 2;
    truth->width = share[2];
    truth->height = share[3];
    return LN_OK;
}

static ln_status add_truth(ln_scene *scene, const ln_truth *truth, ln_error *error)
{
    ln_truth *larger = realloc(scene->truths, (scene->count + 1) * sizeof *larger);
    if (!larger)
        return ln_fail_memory(error);
    scene->truths = larger;
    larger[scene->count++] = *truth;
    return LN_OK;
}

static ln_status read_line(const reader *r, char *line, ln_scene *scene, ln_error *error)
{
    char *fields[FIELDS + 1];
    size_t count = split(line, fields);
    if (count == 0)
        return LN_OK;
    if (count != FIELDS)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: is not of the form 'class x y width height'", r->path,
                       r->line);
    ln_truth truth;
    ln_status status = parse_truth(r, fields, &truth, error);
    return status == LN_OK ? add_truth(scene, &truth, error) : status;
}

static ln_status read_truths(ln_scene *scene, const char *path, size_t classes, ln_error *error)
{
    char *text;
    ln_status status = ln_text_read(path, MOST_FILE_BYTES, &text, error);
    reader r = {.path = path, .classes = classes};
    for (char *line = text, *next; status == LN_OK && *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        r.line++;
        status = read_line(&r, line, scene, error);
    }
    free(text);
    return status;
}

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

static ln_status read_scene(ln_scene *scene, const char *labels, size_t classes, size_t *labelled,
                            ln_error *error)
{
    const char *name = strrchr(scene->path, '/') + 1;
    char *path = join(labels, name, stem_of(name), ".txt");
    if (!path)
        return ln_fail_memory(error);
    ln_status status = LN_OK;
    if (access(path, F_OK) == 0) {
        ++*labelled;
        status = read_truths(scene, path, classes, error);
    }
    free(path);
    return status;
}

static ln_status add_scene(ln_scenes *scenes, const char *folder, const char *name, ln_error *error)
{
    struct stat info;
    char *path = join(folder, name, strlen(name), "");
    if (!path)
        return ln_fail_memory(error);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        free(path);
        return LN_OK;
    }
    ln_scene *larger = realloc(scenes->items, (scenes->count + 1) * sizeof *larger);
    if (!larger) {
        free(path);
        return ln_fail_memory(error);
    }
    scenes->items = larger;
    larger[scenes->count++] = (ln_scene){.path = path};
    return LN_OK;
}

static int by_path(const void *a, const void *b)
{
    const ln_scene *p = a, *q = b;
    return strcmp(p->path, q->path);
}

static ln_status list_pictures(ln_scenes *scenes, const char *folder, ln_error *error)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return ln_fail(error, LN_ERR_IO, "%s: cannot be opened: %s", folder, strerror(errno));
    ln_status status = LN_OK;
    struct dirent *entry;
    while (status == LN_OK && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            status = add_scene(scenes, folder, entry->d_name, error);
    closedir(directory);
    if (status != LN_OK)
        return status;
    if (!scenes->count)
        return ln_fail(error, LN_ERR_IO, "%s: has no pictures", folder);
    qsort(scenes->items, scenes->count, sizeof *scenes->items, by_path);
    return LN_OK;
}

static void drop_scenes(ln_scenes *scenes, size_t from)
{
    for (size_t i = from; i < scenes->count; i++) {
        free(scenes->items[i].path);
        free(scenes->items[i].truths);
    }
    scenes->count = from < scenes->count ? from : scenes->count;
}

static ln_status read_all(ln_scenes *scenes, const char *images, const char *labels, size_t classes,
                          size_t most, ln_error *error)
{
    size_t labelled = 0;
    ln_status status = list_pictures(scenes, images, error);
    drop_scenes(scenes, most);
    for (size_t i = 0; i < scenes->count && status == LN_OK; i++)
        status = read_scene(&scenes->items[i], labels, classes, &labelled, error);
    if (status == LN_OK && !labelled)
        status = ln_fail(error, LN_ERR_IO, "%s: has no NAME.txt for any of the %zu pictures", labels,
                         scenes->count);
    return status;
}

ln_status ln_scenes_read(ln_scenes *scenes, const char *images, const char *labels, size_t classes,
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
    drop_scenes(scenes, 0);
    free(scenes->items);
    *scenes = (ln_scenes){0};
}
