#include "service/worker/answer.h"

#include "service/json.h"

#include <stdlib.h>
#include <string.h>

static const char *const LISTS[] = {[LN_TASK_CLASSIFY] = "classes", [LN_TASK_DETECT] = "objects"};

/* Room for `count` entries of the task. */
static ln_status make(ln_answer *answer, ln_task task, size_t count, ln_error *error)
{
    *answer = (ln_answer){.task = task, .count = count, .all_above = LN_ANSWER_BEST};
    if (task == LN_TASK_CLASSIFY)
        answer->classes = calloc(count + 1, sizeof *answer->classes);
    else
        answer->objects = calloc(count + 1, sizeof *answer->objects);
    if (answer->classes || answer->objects)
        return LN_OK;
    *answer = (ln_answer){0};
    return ln_fail_memory(error);
}

ln_status ln_answer_of_classes(ln_answer *answer, const ln_class *classes, size_t count, ln_error *error)
{
    ln_status status = make(answer, LN_TASK_CLASSIFY, count, error);
    if (status == LN_OK && count)
        memcpy(answer->classes, classes, count * sizeof *classes);
    return status;
}

ln_status ln_answer_of_objects(ln_answer *answer, const ln_object *objects, size_t count, ln_error *error)
{
    ln_status status = make(answer, LN_TASK_DETECT, count, error);
    if (status == LN_OK && count)
        memcpy(answer->objects, objects, count * sizeof *objects);
    return status;
}

float ln_answer_score(const ln_answer *answer)
{
    if (!answer->count)
        return 0;
    return answer->task == LN_TASK_CLASSIFY ? answer->classes->score : answer->objects->score;
}

const char *ln_answer_label(const ln_answer *answer)
{
    if (!answer->count)
        return NULL;
    return answer->task == LN_TASK_CLASSIFY ? answer->classes->label : answer->objects->label;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static json_t *write_class(unsigned index, const char *label, float score)
{
    json_t *entry = json_pack("{s:i, s:f}", "class", (int)index, "score", (double)score);
    json_object_set_new(entry, "label", json_string(label)); /* refuses what is not UTF-8 */
    return entry;
}

static json_t *write_entry(const ln_answer *answer, size_t i)
{
    if (answer->task == LN_TASK_CLASSIFY) {
        const ln_class *c = &answer->classes[i];
        return write_class(c->index, c->label, c->score);
    }
    const ln_object *o = &answer->objects[i];
    json_t *entry = write_class(o->index, o->label, o->score);
    json_object_set_new(
        entry, "box",
        json_pack("[f, f, f, f]", (double)o->x, (double)o->y, (double)o->width, (double)o->height));
    return entry;
}

char *ln_answer_write(const ln_answer *answer)
{
    json_t *list = json_array(), *root = json_pack("{s:O}", LISTS[answer->task], list);
    int failed = !root;
    for (size_t i = 0; i < answer->count; i++)
        failed |= json_array_append_new(list, write_entry(answer, i));
    if (answer->all_above <= 1)
        failed |= json_object_set_new(root, "all above", json_real((double)answer->all_above));
    char *text = failed ? NULL : json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(list);
    json_decref(root);
    return text;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* json_unpack would allocate, and not say that memory was short. */
static int read_number(const json_t *value, float *number)
{
    *number = (float)json_number_value(value);
    return json_is_number(value);
}

static int read_class(const json_t *entry, unsigned *index, const char **label, float *score)
{
    const json_t *number = json_object_get(entry, "class"), *name = json_object_get(entry, "label");
    const json_int_t value = json_integer_value(number);
    *index = (unsigned)value;
    *label = name ? json_string_value(name) : "";
    return json_is_integer(number) && value >= 0 && value <= UINT16_MAX && *label &&
           read_number(json_object_get(entry, "score"), score);
}

static int read_entry(ln_answer *answer, const json_t *entry, size_t i)
{
    if (answer->task == LN_TASK_CLASSIFY) {
        ln_class *c = &answer->classes[i];
        return read_class(entry, &c->index, &c->label, &c->score);
    }
    ln_object *o = &answer->objects[i];
    const json_t *box = json_object_get(entry, "box");
    return read_class(entry, &o->index, &o->label, &o->score) && read_number(json_array_get(box, 0), &o->x) &&
           read_number(json_array_get(box, 1), &o->y) && read_number(json_array_get(box, 2), &o->width) &&
           read_number(json_array_get(box, 3), &o->height);
}

ln_status ln_answer_read(ln_answer *answer, const char *text, ln_error *error)
{
    *answer = (ln_answer){0};
    json_t *root;
    if (ln_json_read(&root, text, strlen(text)) == LN_ERR_MEMORY)
        return ln_fail_memory(error);
    ln_task task = json_object_get(root, LISTS[LN_TASK_DETECT]) ? LN_TASK_DETECT : LN_TASK_CLASSIFY;
    json_t *list = json_object_get(root, LISTS[task]);
    ln_status status = json_is_array(list)
                           ? make(answer, task, json_array_size(list), error)
                           : ln_fail(error, LN_ERR_IO, "an answer in the store is not what was written");
    answer->labels = root;
    if (json_is_number(json_object_get(root, "all above")))
        answer->all_above = (float)json_number_value(json_object_get(root, "all above"));
    for (size_t i = 0; i < answer->count && status == LN_OK; i++)
        if (!read_entry(answer, json_array_get(list, i), i))
            status = ln_fail(error, LN_ERR_IO, "an answer in the store is not what was written");
    if (status != LN_OK)
        ln_answer_free(answer);
    return status;
}

void ln_answer_free(ln_answer *answer)
{
    json_decref(answer->labels);
    free(answer->classes);
    free(answer->objects);
    *answer = (ln_answer){0};
}
