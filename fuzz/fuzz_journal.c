/* Any bytes as the journal of a run of limitnet-lab eval that is continued. A journal that is accepted loses
 * at most its end, takes the pictures that it lacks, and is then read the same; one that is refused stays as
 * it is.
 *
 * A line "=" becomes the seal of a record: otherwise only seals would be tested. */
#include "fuzz_error.h"

#include "eval/journal.h"
#include "measures/measure_classify.h"
#include "measures/measure_detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PICTURES 3
#define POINTS 2

/* ---- In place of vision models, since nothing is looked at ------------------------------------ */

size_t ln_vision_classes(const ln_vision *vision)
{
    (void)vision;
    return 10;
}

ln_status ln_vision_classify(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                             size_t top, ln_class *classes, ln_error *error)
{
    (void)vision, (void)pictures, (void)count, (void)fit, (void)top, (void)classes, (void)error;
    abort();
}

ln_status ln_vision_detect(ln_vision *vision, const ln_picture *pictures, size_t count,
                           const ln_selection *selection, ln_object *objects, size_t *found, ln_error *error)
{
    (void)vision, (void)pictures, (void)count, (void)selection, (void)objects, (void)found, (void)error;
    abort();
}

/* ---- A run ----------------------------------------------------------------------------------- */

/* A measure with its results. */
typedef struct run {
    ln_measure measure;
    ln_outcomes outcomes;
    size_t done;
} run;

static void begin(run *r, int detects)
{
    static ln_truth truth = {1, 0, 0, 1, 1};
    static ln_label items[PICTURES];
    static ln_scene scene_items[PICTURES] = {{NULL, &truth, 1}};
    static const ln_labels labels = {items, PICTURES};
    static const ln_scenes scenes = {.items = scene_items, .count = PICTURES};
    r->measure = detects ? ln_measure_detect(NULL, &scenes) : ln_measure_classify(NULL, &labels);
    REQUIRE(r->measure.kind->open(&r->measure, POINTS, NULL) == LN_OK);
    REQUIRE(ln_outcomes_open(&r->outcomes, POINTS, PICTURES, NULL) == LN_OK);
}

static void end(run *r)
{
    r->measure.kind->close(&r->measure);
    ln_outcomes_close(&r->outcomes);
}

static ln_status read_journal(run *r, const char *path, const char *task, ln_error *error)
{
    ln_journal journal;
    ln_status status = ln_journal_open(&journal, path, task, 1, &r->measure, &r->outcomes, &r->done, error);
    REQUIRE(r->done <= PICTURES);
    if (status == LN_OK && r->done < PICTURES)
        REQUIRE(ln_journal_add(&journal, &r->measure, &r->outcomes, r->done, PICTURES, NULL) == LN_OK);
    ln_journal_close(&journal);
    return status;
}

static void sum_up(const run *r)
{
    size_t counting[PICTURES], count = 0;
    ln_share shares[LN_MOST_SHARES];
    for (size_t i = 0; i < PICTURES; i++)
        if (!r->outcomes.broken[i])
            counting[count++] = i;
    if (!count)
        return;
    REQUIRE(r->measure.kind->sum(&r->measure, 0, counting, count, shares, NULL) == LN_OK);
    REQUIRE(shares[0].value >= 0 && shares[0].value <= 1);
}

static void continue_run(const char *task, int detects, const uint8_t *data, size_t size)
{
    run first, again;
    ln_error error = FUZZ_UNTOUCHED;
    const char *path = fuzz_write("journal", data, size);
    begin(&first, detects);
    ln_status status = read_journal(&first, path, task, &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(fuzz_file_is(path, data, size));
        end(&first);
        return;
    }
    sum_up(&first);
    size_t written;
    uint8_t *text = fuzz_load(path, &written);
    begin(&again, detects);
    REQUIRE(read_journal(&again, path, task, NULL) == LN_OK && again.done == PICTURES);
    REQUIRE(fuzz_file_is(path, text, written));
    free(text);
    end(&first);
    end(&again);
}

/* The input with its seals; to be freed. */
static uint8_t *seal(fuzz_part input, size_t *size)
{
    uint8_t *sealed = malloc(input.size * 6 + 16), *to = sealed; /* "=" and a line's end become 11 bytes */
    uLong crc = 0;
    REQUIRE(sealed != NULL);
    while (input.size > 0) {
        const uint8_t *end = memchr(input.bytes, '\n', input.size);
        size_t line = end ? (size_t)(end + 1 - input.bytes) : input.size;
        if (line == 2 && input.bytes[0] == '=') {
            to += snprintf((char *)to, 12, "= %08lx\n", crc);
        } else {
            memcpy(to, input.bytes, line);
            crc = crc32(crc, to, (uInt)line);
            to += line;
        }
        input.bytes += line;
        input.size -= line;
    }
    *size = (size_t)(to - sealed);
    return sealed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t whole;
    uint8_t *journal = seal((fuzz_part){data, size}, &whole);
    continue_run("classify", 0, journal, whole);
    continue_run("detect", 1, journal, whole);
    free(journal);
    return 0;
}
