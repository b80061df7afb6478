/* Objects in Pascal VOC's XML files, one for each picture:
 *
 *     <annotation>
 *       <size><width>640</width><height>480</height></size>
 *       <object>
 *         <name>cat</name>
 *         <difficult>0</difficult>
 *         <bndbox><xmin>10</xmin><ymin>20</ymin><xmax>200</xmax><ymax>300</ymax></bndbox>
 *       </object>
 *     </annotation>
 *
 * Other elements are ignored, and so is the order of these; but a file of another kind is refused. */
#include "measures/scene_formats.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PATH 256
#define MOST_TEXT 256

/* A file being read. Until the picture's size is known, boxes are in pixels. */
typedef struct reader {
    const char *path; /* for messages */
    const ln_classes *classes;
    ln_scene *scene;
    XML_Parser parser;

    char element[MOST_PATH]; /* where the parser is, such as /annotation/size/width; longer ones are cut */
    size_t depth;            /* of `element`, in characters, as if it were never cut */
    char text[MOST_TEXT];    /* of the element so far, cut if longer */

    double width, height;            /* of the picture */
    char name[MOST_TEXT];            /* of the object's class */
    double left, top, right, bottom; /* of the object */
    unsigned edges;                  /* how many of these are known */
    double difficult;                /* the object's mark */
    size_t ignored;                  /* objects that are marked as difficult */

    ln_status status;
    ln_error *error;
} reader;

/* What is looked for, and where it goes. */
static const struct {
    const char *element;
    size_t at; /* offset of a double in the reader */
    int is_edge;
} numbers[] = {
    {"/annotation/size/width", offsetof(reader, width), 0},
    {"/annotation/size/height", offsetof(reader, height), 0},
    {"/annotation/object/difficult", offsetof(reader, difficult), 0},
    {"/annotation/object/bndbox/xmin", offsetof(reader, left), 1},
    {"/annotation/object/bndbox/ymin", offsetof(reader, top), 1},
    {"/annotation/object/bndbox/xmax", offsetof(reader, right), 1},
    {"/annotation/object/bndbox/ymax", offsetof(reader, bottom), 1},
};
#define EDGES 4
#define OBJECT "/annotation/object"

/* ---- Elements -------------------------------------------------------------------------------- */

static void stop(reader *r, ln_status status)
{
    r->status = status;
    XML_StopParser(r->parser, XML_FALSE);
}

static void stop_at(reader *r, const char *what)
{
    stop(r, ln_fail(r->error, LN_ERR_IO, "%s:%lu: %s", r->path, XML_GetCurrentLineNumber(r->parser), what));
}

static void end_object(reader *r)
{
    if (r->difficult != 0) {
        r->ignored++;
        return;
    }
    if (r->edges != EDGES || !r->name[0]) {
        stop_at(r, "the object before lacks its name, xmin, ymin, xmax or ymax");
        return;
    }
    ln_truth truth = {.x = (float)r->left,
                      .y = (float)r->top,
                      .width = (float)(r->right - r->left),
                      .height = (float)(r->bottom - r->top)};
    ln_status status = ln_class_find(r->classes, r->name, r->path, &truth.class_index, r->error);
    if (status == LN_OK)
        status = ln_scene_add(r->scene, &truth, r->error);
    if (status != LN_OK)
        stop(r, status);
}

static void take_number(reader *r, size_t number)
{
    char *end;
    double value = strtod(r->text, &end);
    end += strspn(end, " \t\r\n");
    if (end == r->text || *end)
        stop_at(r, "the text before is no number");
    *(double *)((char *)r + numbers[number].at) = value;
    r->edges += (unsigned)numbers[number].is_edge;
}

/* Without the blanks around it. */
static void take_name(reader *r)
{
    const char *name = r->text + strspn(r->text, " \t\r\n");
    size_t length = strlen(name);
    while (length > 0 && strchr(" \t\r\n", name[length - 1]))
        length--;
    memcpy(r->name, name, length);
    r->name[length] = 0;
}

static void take_element(reader *r)
{
    if (strcmp(r->element, OBJECT) == 0)
        end_object(r);
    if (strcmp(r->element, OBJECT "/name") == 0)
        take_name(r);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(r->element, numbers[i].element) == 0)
            take_number(r, i);
}

/* ---- What expat calls ------------------------------------------------------------------------ */

static void append(char *to, size_t room, size_t at, const char *from, size_t length)
{
    if (at + 1 >= room)
        return;
    if (length > room - 1 - at)
        length = room - 1 - at;
    memcpy(to + at, from, length);
    to[at + length] = 0;
}

static void XMLCALL begin(void *context, const XML_Char *name, const XML_Char **attributes)
{
    reader *r = context;
    (void)attributes;
    append(r->element, MOST_PATH, r->depth, "/", 1);
    append(r->element, MOST_PATH, r->depth + 1, name, strlen(name));
    if (!r->depth && strcmp(name, "annotation") != 0)
        stop_at(r, "begins with another element than annotation: give Pascal VOC's XML");
    r->depth += 1 + strlen(name);
    r->text[0] = 0;
    if (strcmp(r->element, OBJECT) != 0)
        return;
    r->name[0] = 0;
    r->edges = 0;
    r->difficult = 0;
}

static void XMLCALL end(void *context, const XML_Char *name)
{
    reader *r = context;
    if (r->depth < MOST_PATH && r->status == LN_OK)
        take_element(r);
    r->depth -= 1 + strlen(name);
    if (r->depth < MOST_PATH)
        r->element[r->depth] = 0;
    r->text[0] = 0;
}

static void XMLCALL add_text(void *context, const XML_Char *text, int length)
{
    reader *r = context;
    append(r->text, MOST_TEXT, strlen(r->text), text, (size_t)length);
}

/* ---- File ------------------------------------------------------------------------------------ */

static ln_status parse(reader *r, const uint8_t *bytes, size_t size)
{
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, begin, end);
    XML_SetCharacterDataHandler(r->parser, add_text);
    if (XML_Parse(r->parser, (const char *)bytes, (int)size, XML_TRUE) == XML_STATUS_OK || r->status != LN_OK)
        return r->status;
    return ln_fail(r->error, LN_ERR_IO, "%s:%lu: not XML: %s", r->path, XML_GetCurrentLineNumber(r->parser),
                   XML_ErrorString(XML_GetErrorCode(r->parser)));
}

static ln_status to_shares(const reader *r)
{
    for (size_t i = 0; i < r->scene->count; i++) {
        ln_truth *t = &r->scene->truths[i];
        const double right = (double)(t->x + t->width), bottom = (double)(t->y + t->height);
        const ln_pixel_box box = {(double)t->x, (double)t->y, right, bottom, r->width, r->height};
        if (!ln_box_to_truth(&box, t))
            return ln_fail(
                r->error, LN_ERR_IO,
                "%s: a box of pixels that cannot be: it needs the picture's size, and xmin and ymin "
                "not above xmax and ymax",
                r->path);
    }
    return LN_OK;
}

ln_status ln_scene_read_xml(ln_scene *scene, const char *path, const ln_classes *classes, size_t *ignored,
                            ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, LN_LABEL_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    reader r = {.path = path, .classes = classes, .scene = scene, .error = error};
    r.parser = XML_ParserCreate(NULL);
    status = r.parser ? parse(&r, bytes, size) : ln_fail_memory(error);
    if (status == LN_OK)
        status = to_shares(&r);
    *ignored += r.ignored;
    if (r.parser)
        XML_ParserFree(r.parser);
    free(bytes);
    return status;
}
