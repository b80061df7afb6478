/* A journal that was cut, damaged or not written gives no wrong result. */
#include "eval/eval.h"

#include "cloud/file.h"
#include "faults/fault.h"
#include "host/labels.h"
#include "measures/measure_classify.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PICTURES 20 /* a group and a part of one */
#define CLASSES 3   /* of tests/onnx/mean.onnx */
#define BUDGETS 2

static char folder[] = "/tmp/limitnet-journal-XXXXXX", journal[64], table[64];
static ln_vision *vision;
static ln_labels labels;

/* ---- A codec that gives classes, and fails on one picture ------------------------------------ */

static ln_status encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error)
{
    (void)codec, (void)picture;
    *stream = NULL;
    if (number == 5)
        return ln_fail(error, LN_ERR_IO, "not this one");
    size_t *kept = malloc(sizeof number);
    assert_non_null(kept);
    *kept = number;
    *stream = kept;
    return LN_OK;
}

static ln_status recognise(ln_codec *codec, ln_delivery *deliveries, size_t count, float *logits,
                           ln_error *error)
{
    (void)codec, (void)error;
    for (size_t i = 0; i < count; i++) {
        size_t number = *(size_t *)deliveries[i].stream;
        deliveries[i].bytes = number * deliveries[i].budget;
        for (size_t k = 0; k < CLASSES; k++)
            logits[i * CLASSES + k] = (float)((number * 7 + k * 5 + deliveries[i].budget) % 11);
    }
    return LN_OK;
}

static const ln_codec_kind kind = {.encode = encode, .recognise = recognise, .forget = free};

/* ---- Runs ------------------------------------------------------------------------------------ */

typedef struct course {
    size_t resumed, notes;
} course;

static void see_progress(void *context, size_t done, size_t resumed)
{
    (void)done;
    ((course *)context)->resumed = resumed;
}

static void see_broken(void *context, const char *message)
{
    (void)context;
    assert_non_null(strstr(message, "not this one"));
}

static void see_note(void *context, const char *message)
{
    ((course *)context)->notes++;
    assert_non_null(strstr(message, journal));
}

static ln_status run(int resume, course *c, ln_error *error)
{
    static const size_t budgets[BUDGETS] = {300, 1000};
    ln_measure measure = ln_measure_classify(vision, &labels);
    ln_codec codec = {
        .name = "known", .kind = &kind, .width = 8, .height = 8, .classes = CLASSES, .ways = LN_WAY_FIT};
    ln_point points[BUDGETS];
    ln_eval_task task = {.measure = &measure,
                         .codecs = &codec,
                         .codec_count = 1,
                         .budgets = budgets,
                         .budget_count = BUDGETS,
                         .journal = journal,
                         .name = "a task",
                         .resume = resume,
                         .progress = see_progress,
                         .broken = see_broken,
                         .note = see_note,
                         .context = c};
    *c = (course){0};
    ln_status status = ln_eval_run(&task, points, error);
    if (status != LN_OK)
        return status;
    ln_text text = ln_eval_table(measure.kind, points, BUDGETS);
    return ln_text_write(&text, table, error);
}

typedef struct file {
    uint8_t *bytes;
    size_t size;
} file;

static file read_file(const char *path)
{
    file f;
    assert_int_equal(ln_file_read(path, 1 << 20, &f.bytes, &f.size, NULL), LN_OK);
    return f;
}

static void assert_same(const char *path, const file *should)
{
    file is = read_file(path);
    assert_int_equal(is.size, should->size);
    assert_memory_equal(is.bytes, should->bytes, is.size);
    free(is.bytes);
}

/* What an uninterrupted run leaves. */
static file whole_journal, whole_table;

static void keep_whole(void)
{
    course c;
    ln_error error;
    if (run(0, &c, &error) != LN_OK)
        fail_msg("%s", error.text);
    whole_journal = read_file(journal);
    whole_table = read_file(table);
}

/* Resumes from a journal of these bytes, which must lead to what the whole run left. */
static void resume_from(const uint8_t *bytes, size_t size, course *c)
{
    ln_error error;
    assert_int_equal(ln_file_write(journal, bytes, size, NULL), LN_OK);
    unlink(table);
    if (run(1, c, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_same(table, &whole_table);
    assert_same(journal, &whole_journal);
}

static int make_everything(void **state)
{
    (void)state;
    char text[1024] = "file,class_index\n", path[64];
    ln_vision_config config;
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    config.output = LN_OUTPUT_LOGITS;
    ln_error error;
    assert_non_null(mkdtemp(folder));
    snprintf(journal, sizeof journal, "%s/out.csv.journal", folder);
    snprintf(table, sizeof table, "%s/out.csv", folder);
    snprintf(path, sizeof path, "%s/labels.csv", folder);
    for (size_t i = 0; i < PICTURES; i++) { /* one picture by several paths */
        for (size_t k = 0; k < i; k++)
            strcat(text, "./");
        strcat(text, "photo-8x8.ppm,1\n");
    }
    assert_int_equal(ln_file_write(path, (uint8_t *)text, strlen(text), NULL), LN_OK);
    if (ln_vision_open(&vision, "tests/onnx/mean.onnx", &config, 1, &error) != LN_OK ||
        ln_labels_read(&labels, path, "tests/golden", CLASSES, SIZE_MAX, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(ln_vision_classes(vision), CLASSES);
    keep_whole();
    return 0;
}

static int remove_everything(void **state)
{
    (void)state;
    char command[64];
    free(whole_journal.bytes);
    free(whole_table.bytes);
    ln_labels_free(&labels);
    ln_vision_close(vision);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void a_journal_may_be_cut_anywhere(void **state)
{
    (void)state;
    course c;
    for (size_t size = 0; size < whole_journal.size; size++) {
        resume_from(whole_journal.bytes, size, &c);
        assert_true(c.resumed < PICTURES);
    }
    resume_from(whole_journal.bytes, whole_journal.size, &c);
    assert_int_equal(c.notes, 0);
}

/* A group before the damage is not computed again. */
static void a_journal_may_be_damaged_anywhere(void **state)
{
    (void)state;
    course c;
    uint8_t *bytes = malloc(whole_journal.size);
    assert_non_null(bytes);
    for (size_t at = 0; at < whole_journal.size; at++) {
        static const uint8_t masks[] = {0x01, 0x20, 0x80, 0xFF};
        for (size_t i = 0; i < sizeof masks; i++) {
            memcpy(bytes, whole_journal.bytes, whole_journal.size);
            bytes[at] ^= masks[i];
            resume_from(bytes, whole_journal.size, &c);
            assert_int_equal(c.notes, 1);
        }
    }
    assert_int_equal(c.resumed, 16);
    free(bytes);
}

/* A group that is repeated, or missing, breaks the chain of the seals. */
static void groups_must_follow_each_other(void **state)
{
    (void)state;
    course c;
    const char *text = (const char *)whole_journal.bytes;
    const char *first = strstr(text, "\n= ") + 12, *second = strstr(first, "\n= ") + 12;
    file f = {malloc(2 * whole_journal.size), 0};
    assert_non_null(f.bytes);
    f.size = (size_t)(second - text);
    memcpy(f.bytes, text, f.size);
    memcpy(f.bytes + f.size, first, (size_t)(second - first));
    resume_from(f.bytes, f.size + (size_t)(second - first), &c);
    assert_int_equal(c.notes, 1);
    f.size = (size_t)(first - text);
    memcpy(f.bytes, text, f.size);
    memcpy(f.bytes + f.size, second, whole_journal.size - (size_t)(second - text));
    resume_from(f.bytes, whole_journal.size - (size_t)(second - first), &c);
    assert_int_equal(c.notes, 1);
    free(f.bytes);
}

/* Whatever fails, the journal keeps the records that it had, and the next run ends well. */
static void check_failing_writes(fault_kind what, int cause)
{
    course c;
    ln_error error;
    const char *second = strstr((const char *)whole_journal.bytes, "\n= ") + 12;
    size_t begun = (size_t)(second - (const char *)whole_journal.bytes);
    for (unsigned n = 1, fails = 1; fails; n++) {
        assert_int_equal(ln_file_write(journal, whole_journal.bytes, begun + 3, NULL), LN_OK);
        fault_arm(what, n, cause);
        ln_status status = run(1, &c, &error);
        fails = (unsigned)fault_disarm();
        if (fails && status != LN_OK && (status != LN_ERR_IO || !strstr(error.text, "cannot be written: ")))
            fail_msg("call %u: %s", n, error.text);
        file f = read_file(journal);
        assert_true(f.size >= begun);
        assert_memory_equal(f.bytes, whole_journal.bytes, begun);
        resume_from(f.bytes, f.size, &c);
        free(f.bytes);
    }
}

static void a_failed_write_takes_nothing_away(void **state)
{
    (void)state;
    check_failing_writes(FAULT_DISK, ENOSPC);
    check_failing_writes(FAULT_DISK, EIO);
    check_failing_writes(FAULT_SHORT, ENOSPC);
}

static void other_settings_are_refused(void **state)
{
    (void)state;
    course c;
    ln_error error;
    static const char other[] = "another task\n= 9db4af16\n";
    assert_int_equal(ln_file_write(journal, (const uint8_t *)other, sizeof other - 1, NULL), LN_OK);
    assert_int_equal(run(1, &c, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "is of a run with other options"));
    file f = {(uint8_t *)(uintptr_t)other, sizeof other - 1};
    assert_same(journal, &f);
    assert_int_equal(run(0, &c, &error), LN_OK);
    assert_same(journal, &whole_journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_may_be_cut_anywhere), cmocka_unit_test(a_journal_may_be_damaged_anywhere),
        cmocka_unit_test(groups_must_follow_each_other), cmocka_unit_test(a_failed_write_takes_nothing_away),
        cmocka_unit_test(other_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, make_everything, remove_everything);
}
