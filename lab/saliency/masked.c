#include "saliency/masked.h"

#include "cloud/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Folders --------------------------------------------------------------------------------- */

/* A folder and the names in it, sorted. */
typedef struct folder {
    const char *path;
    struct dirent **names;
    size_t count;
} folder;

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static ln_status open_folder(folder *f, const char *path,
                             int (*order)(const struct dirent **, const struct dirent **), ln_error *error)
{
    *f = (folder){.path = path};
    int count = scandir(path, &f->names, is_shown, order);
    if (count < 0)
        return ln_fail_system(error, path, "cannot be read", errno);
    f->count = (size_t)count;
    return LN_OK;
}

static void close_folder(folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->names[i]);
    free(f->names);
}

static char *path_of(const folder *f, const struct dirent *entry)
{
    size_t size = strlen(f->path) + strlen(entry->d_name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", f->path, entry->d_name);
    return path;
}

/* ---- Stems ----------------------------------------------------------------------------------- */

/* Length of a name without its ending. */
static size_t stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int by_stem(const struct dirent **a, const struct dirent **b)
{
    const char *x = (*a)->d_name, *y = (*b)->d_name;
    size_t n = stem_length(x), m = stem_length(y);
    int order = memcmp(x, y, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int by_stem_untyped(const void *a, const void *b)
{
    const struct dirent *x = *(struct dirent *const *)a, *y = *(struct dirent *const *)b;
    return by_stem(&x, &y);
}

static ln_status check_masks(const folder *masks, ln_error *error)
{
    if (!masks->count)
        return ln_fail(error, LN_ERR_IO, "%s: is empty: give the folder with the masks", masks->path);
    for (size_t i = 1; i < masks->count; i++)
        if (by_stem_untyped(&masks->names[i - 1], &masks->names[i]) == 0)
            return ln_fail(error, LN_ERR_IO, "%s: %s and %s are two masks of one picture: keep one",
                           masks->path, masks->names[i - 1]->d_name, masks->names[i]->d_name);
    return LN_OK;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static ln_status add_pairs(ln_masked_list *list, const folder *pictures, const folder *masks, size_t most,
                           ln_error *error)
{
    list->items = calloc(pictures->count + 1, sizeof *list->items);
    if (!list->items)
        return ln_fail_memory(error);
    for (size_t i = 0; i < pictures->count && list->count < most; i++) {
        struct dirent *const *mask =
            bsearch(&pictures->names[i], masks->names, masks->count, sizeof *masks->names, by_stem_untyped);
        if (!mask)
            continue;
        ln_masked *pair = &list->items[list->count++];
        *pair = (ln_masked){path_of(pictures, pictures->names[i]), path_of(masks, *mask)};
        if (!pair->picture || !pair->mask)
            return ln_fail_memory(error);
    }
    if (!list->count)
        return ln_fail(error, LN_ERR_IO,
                       "%s: no picture there has a mask in %s: name them alike, such as 12.jpg and 12.png",
                       pictures->path, masks->path);
    return LN_OK;
}

ln_status ln_masked_find(ln_masked_list *list, const char *pictures, const char *masks, size_t most,
                         ln_error *error)
{
    *list = (ln_masked_list){0};
    folder from, beside = {0};
    ln_status status = open_folder(&from, pictures, by_name, error);
    if (status == LN_OK)
        status = open_folder(&beside, masks, by_stem, error);
    if (status == LN_OK)
        status = check_masks(&beside, error);
    if (status == LN_OK)
        status = add_pairs(list, &from, &beside, most, error);
    close_folder(&from);
    close_folder(&beside);
    if (status != LN_OK)
        ln_masked_free(list);
    return status;
}

void ln_masked_free(ln_masked_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].picture);
        free(list->items[i].mask);
    }
    free(list->items);
    *list = (ln_masked_list){0};
}
