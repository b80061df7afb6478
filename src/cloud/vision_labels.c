#include "cloud/vision_model.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LABEL_BYTES (1 << 24)

/* Blanks at the end of a file or a line name nothing. */
static void cut_end(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\n", text[length - 1]))
        length--;
    text[length] = 0;
}

static size_t count_lines(const char *text)
{
    size_t count = *text != 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static ln_status take_label(ln_vision *vision, char *line, ln_error *error)
{
    cut_end(line);
    vision->label[vision->label_count++] = line;
    if (!*line)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: a blank label: give each class a name, or remove the line",
                       vision->config.labels, vision->label_count);
    return LN_OK;
}

ln_status ln_vision_read_labels(ln_vision *vision, ln_error *error)
{
    ln_status status = ln_text_read(vision->config.labels, MOST_LABEL_BYTES, &vision->text, error);
    if (status != LN_OK)
        return status;
    cut_end(vision->text);
    vision->label = calloc(count_lines(vision->text) + 1, sizeof *vision->label);
    if (!vision->label)
        return ln_fail_memory(error);
    for (char *line = vision->text, *next; *line && status == LN_OK; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        status = take_label(vision, line, error);
    }
    return status;
}

ln_status ln_vision_check_labels(const ln_vision *vision, const char *model, ln_error *error)
{
    size_t labels = vision->label_count, classes = vision->classes;
    if (!vision->label || labels == classes)
        return LN_OK;
    const char *advice = "give one a line";
    if (labels == classes + 1)
        advice = "remove the one that is no class of the model, often a first one such as 'background'";
    else if (labels + 1 == classes)
        advice = "add the one that is missing, often a first one such as 'background'";
    return ln_fail(error, LN_ERR_IO, "%s: has %zu labels for the %zu classes of %s: %s",
                   vision->config.labels, labels, classes, model, advice);
}
