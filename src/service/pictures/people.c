#include "service/pictures/people.h"

#include <inttypes.h>
#include <string.h>

#define MARGIN 0.15f    /* of a box's sides: boxes cut off hair and feet */
#define LEAST_MARGIN 2  /* pixels */
#define BLOCKS_A_SIDE 5 /* of the longer side of a box: a face is less than one block */
#define LEAST_BLOCK 8   /* pixels */
#define MILLION 1000000.0f

int ln_people_matter(const ln_people *people)
{
    return people && people->mode != LN_PEOPLE_KEEP;
}

float ln_people_score(const ln_people *people)
{
    return (float)people->score / MILLION;
}

int ln_people_has_class(const ln_people *people, const char *label)
{
    for (uint64_t i = 0; i < people->class_count && label; i++)
        if (!strcmp(people->classes[i], label))
            return 1;
    return !people->class_count && label && !strcmp(label, LN_PEOPLE_CLASS);
}

static int is_person(const ln_people *people, const char *label, float score)
{
    return ln_answer_points(score) >= ln_answer_points(ln_people_score(people)) &&
           ln_people_has_class(people, label);
}

int ln_people_seen(const ln_people *people, const ln_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->task == LN_TASK_CLASSIFY
                ? is_person(people, answer->classes[i].label, answer->classes[i].score)
                : is_person(people, answer->objects[i].label, answer->objects[i].score))
            return 1;
    return 0;
}

/* ---- Vision model ---------------------------------------------------------------------------- */

static int has_label(const ln_vision *vision, const char *name)
{
    for (size_t i = 0; i < ln_vision_classes(vision); i++) {
        const char *label = ln_vision_label(vision, i);
        if (label && !strcmp(label, name))
            return 1;
    }
    return 0;
}

ln_status ln_people_check_vision(const ln_people *people, const ln_vision *vision, ln_error *error)
{
    if (!ln_people_matter(people))
        return LN_OK;
    if (people->mode == LN_PEOPLE_BLUR && ln_vision_task(vision) == LN_TASK_CLASSIFY)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "[privacy] people: the vision model is a classifier, which does not say where people "
                       "are: take a detector, or 'people = drop'");
    for (uint64_t i = 0; i < people->class_count; i++)
        if (!has_label(vision, people->classes[i]))
            return ln_fail(error, LN_ERR_ARGUMENT,
                           "[privacy] people classes: the vision model has no class '%.60s': 'limitnet model "
                           "info' shows what it has",
                           people->classes[i]);
    return LN_OK;
}

/* ---- Showing --------------------------------------------------------------------------------- */

static ln_status refuse(const ln_picture_row *row, const char *why, ln_error *error)
{
    return ln_fail(error, LN_ERR_STATE, "picture %" PRId64 " is not shown: %s", row->id, why);
}

/* Answers from before the setting hold the best few objects only, or no boxes. */
static int looks_for_people(const ln_people *people, const ln_answer *answer)
{
    if (people->mode == LN_PEOPLE_BLUR && answer->task == LN_TASK_CLASSIFY)
        return 0;
    return answer->task == LN_TASK_CLASSIFY ||
           ln_answer_points(answer->all_above) <= ln_answer_points(ln_people_score(people));
}

ln_status ln_people_admit(const ln_people *people, const ln_picture_row *row, ln_answer *answer,
                          ln_error *error)
{
    *answer = (ln_answer){0};
    if (row->people)
        return refuse(row, "it shows a person", error);
    if (!row->answer || !row->seen)
        return refuse(row, "nobody has looked for people in it", error);
    ln_status status = ln_answer_read(answer, row->answer, error);
    if (status != LN_OK)
        return status;
    if (!looks_for_people(people, answer))
        return refuse(row, "people were not looked for, or only clearer ones, when it was looked at", error);
    return people->mode == LN_PEOPLE_DROP && ln_people_seen(people, answer)
               ? refuse(row, "it shows a person", error)
               : LN_OK;
}

/* ---- Blur ------------------------------------------------------------------------------------ */

typedef struct area {
    unsigned left, top, right, bottom;
} area;

static unsigned within(float at, unsigned most)
{
    return at <= 0 ? 0 : at >= (float)most ? most : (unsigned)at;
}

static area area_of(const ln_object *o, const ln_picture *picture)
{
    const float x = o->width * MARGIN + LEAST_MARGIN, y = o->height * MARGIN + LEAST_MARGIN;
    return (area){within(o->x - x, picture->width), within(o->y - y, picture->height),
                  within(o->x + o->width + x + 1, picture->width),
                  within(o->y + o->height + y + 1, picture->height)};
}

/* One colour for all pixels of a block. */
static void fill(const ln_picture *picture, const area *block)
{
    const unsigned count = (block->right - block->left) * (block->bottom - block->top);
    for (unsigned c = 0; c < 3; c++) {
        uint64_t sum = 0;
        for (unsigned y = block->top; y < block->bottom; y++)
            for (unsigned x = block->left; x < block->right; x++)
                sum += picture->rgb[((size_t)y * picture->width + x) * 3 + c];
        for (unsigned y = block->top; y < block->bottom; y++)
            for (unsigned x = block->left; x < block->right; x++)
                picture->rgb[((size_t)y * picture->width + x) * 3 + c] = (uint8_t)(sum / count);
    }
}

static unsigned less(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void pixelate(const ln_picture *picture, const area *all)
{
    const unsigned width = all->right - all->left, height = all->bottom - all->top;
    unsigned side = (width > height ? width : height) / BLOCKS_A_SIDE;
    side = side < LEAST_BLOCK ? LEAST_BLOCK : side;
    for (unsigned y = all->top; y < all->bottom; y += side)
        for (unsigned x = all->left; x < all->right; x += side)
            fill(picture, &(area){x, y, less(x + side, all->right), less(y + side, all->bottom)});
}

void ln_people_blur(const ln_people *people, const ln_answer *answer, const ln_picture *picture)
{
    if (answer->task != LN_TASK_DETECT)
        return;
    for (size_t i = 0; i < answer->count; i++) {
        const ln_object *o = &answer->objects[i];
        if (!is_person(people, o->label, o->score))
            continue;
        const area all = area_of(o, picture);
        pixelate(picture, &all);
    }
}
