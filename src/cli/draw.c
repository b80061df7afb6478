#include "cli/draw.h"

#include <stdio.h>

#include <stb_easy_font.h>

#define EDGE 2           /* pixels that a box's edge is wide */
#define TEXT_HEIGHT 11   /* pixels, with a margin above and below */
#define MOST_LETTERS 48  /* of a label; the rest is cut off */
#define LETTER_BYTES 512 /* of the font's rectangles, at most */

typedef struct colour {
    uint8_t rgb[3];
} colour;

static const colour black = {{0, 0, 0}};

/* All bright, for black letters. */
static const colour palette[] = {
    {{255, 92, 92}},  {{92, 220, 92}},  {{110, 170, 255}}, {{255, 220, 60}},  {{240, 120, 240}},
    {{60, 230, 230}}, {{255, 160, 60}}, {{200, 200, 200}}, {{170, 140, 255}}, {{180, 230, 60}},
};

/* ---- Rectangles ------------------------------------------------------------------------------ */

static unsigned clip(float place, unsigned side)
{
    return place <= 0 ? 0 : place >= (float)side ? side : (unsigned)(place + 0.5f);
}

static void fill(ln_picture *picture, float left, float top, float right, float bottom, colour c)
{
    unsigned from = clip(left, picture->width), to = clip(right, picture->width);
    unsigned end = clip(bottom, picture->height);
    for (unsigned y = clip(top, picture->height); y < end; y++)
        for (unsigned x = from; x < to; x++)
            for (unsigned i = 0; i < 3; i++)
                picture->rgb[((size_t)y * picture->width + x) * 3 + i] = c.rgb[i];
}

static void draw_edges(ln_picture *picture, const ln_object *box, colour c)
{
    float right = box->x + box->width, bottom = box->y + box->height;
    fill(picture, box->x, box->y, right, box->y + EDGE, c);
    fill(picture, box->x, bottom - EDGE, right, bottom, c);
    fill(picture, box->x, box->y, box->x + EDGE, bottom, c);
    fill(picture, right - EDGE, box->y, right, bottom, c);
}

/* ---- Letters --------------------------------------------------------------------------------- */

/* The font's letters are made of rectangles, each of which it gives as four corners. */
static void write_text(ln_picture *picture, float x, float y, char *text)
{
    static struct {
        float x, y, z;
        unsigned char colour[4];
    } corner[MOST_LETTERS * LETTER_BYTES / 16];
    int count = stb_easy_font_print(x, y, text, NULL, corner, sizeof corner);
    for (int i = 0; i < count; i++)
        fill(picture, corner[4 * i].x, corner[4 * i].y, corner[4 * i + 2].x, corner[4 * i + 2].y, black);
}

/* Characters that the font lacks become question marks: it would look for them outside its table. */
static void describe(const ln_object *object, char text[MOST_LETTERS])
{
    if (*object->label)
        snprintf(text, MOST_LETTERS, "%.2f %s", (double)object->score, object->label);
    else
        snprintf(text, MOST_LETTERS, "%.2f %u", (double)object->score, object->index);
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

/* Above the box, or in it where there is no room above. */
static void draw_label(ln_picture *picture, const ln_object *object, colour c)
{
    char text[MOST_LETTERS];
    describe(object, text);
    float width = (float)stb_easy_font_width(text) + 2;
    float x = object->x, y = object->y - TEXT_HEIGHT;
    if (x + width > (float)picture->width)
        x = (float)picture->width - width;
    if (x < 0)
        x = 0;
    if (y < 0)
        y = object->y;
    fill(picture, x, y, x + width, y + TEXT_HEIGHT, c);
    write_text(picture, x + 1, y + 2, text);
}

void cli_draw_objects(ln_picture *picture, const ln_object *objects, size_t count)
{
    while (count-- > 0) {
        colour c = palette[objects[count].index % (sizeof palette / sizeof *palette)];
        draw_edges(picture, &objects[count], c);
        draw_label(picture, &objects[count], c);
    }
}
