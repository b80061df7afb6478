/* Any bytes as a CSV file with the classes of pictures. What is read can be written and read back the same.
 */
#include "fuzz_error.h"

#include "host/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLASSES 1000
#define MOST 64

static const char *folder;

static void make_pictures(void)
{
    folder = strdup(fuzz_path("."));
    fuzz_write("a", "", 0);
    fuzz_write("b.jpg", "", 0);
    fuzz_write("c, \"d\".png", "", 0);
}

static void print_quoted(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text; text++)
        fprintf(file, *text == '"' ? "\"\"" : "%c", *text);
    putc('"', file);
}

static void write_and_read(const ln_labels *labels)
{
    const char *path = fuzz_path("again.csv");
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    fprintf(file, "class_index,file\r\n");
    for (size_t i = 0; i < labels->count; i++) {
        fprintf(file, "%u,", labels->items[i].class_index);
        print_quoted(file, labels->items[i].path + strlen(folder) + 1);
        fprintf(file, "\r\n");
    }
    REQUIRE(fclose(file) == 0);
    ln_labels again;
    REQUIRE(ln_labels_read(&again, path, folder, CLASSES, MOST, NULL) == LN_OK);
    REQUIRE(again.count == labels->count);
    for (size_t i = 0; i < again.count; i++)
        REQUIRE(again.items[i].class_index == labels->items[i].class_index &&
                strcmp(again.items[i].path, labels->items[i].path) == 0);
    ln_labels_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!folder)
        make_pictures();
    ln_error error = FUZZ_UNTOUCHED;
    ln_labels labels;
    ln_status status =
        ln_labels_read(&labels, fuzz_write("labels.csv", data, size), folder, CLASSES, MOST, &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(!labels.items && !labels.count);
        return 0;
    }
    REQUIRE(labels.count >= 1 && labels.count <= MOST);
    for (size_t i = 0; i < labels.count; i++) {
        REQUIRE(labels.items[i].class_index < CLASSES && access(labels.items[i].path, R_OK) == 0);
        REQUIRE(strncmp(labels.items[i].path, folder, strlen(folder)) == 0);
    }
    write_and_read(&labels);
    ln_labels_free(&labels);
    return 0;
}
