#include "measures/fidelity.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>

#define PEAK 255.0

double ln_psnr(const ln_picture *a, const ln_picture *b)
{
    const size_t count = (size_t)3 * a->width * a->height;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = (double)a->rgb[i] - b->rgb[i];
        sum += difference * difference;
    }
    const double psnr = sum > 0 ? 10 * log10(PEAK * PEAK * (double)count / sum) : LN_MOST_PSNR;
    return psnr < LN_MOST_PSNR ? psnr : LN_MOST_PSNR;
}

/* ---- MS-SSIM --------------------------------------------------------------------------------- */

/* The paper's constants. */
#define TAPS 11 /* of the window, a Gaussian */
#define SIGMA 1.5
#define SCALES 5
#define C1 (0.01 * PEAK * 0.01 * PEAK)
#define C2 (0.03 * PEAK * 0.03 * PEAK)
static const double exponents[SCALES] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/* What a window knows: weighted means of both pictures, of their squares, and of their product. */
enum { A, B, AA, BB, AB, MOMENTS };

/* One colour of both pictures at one scale. */
typedef struct scale {
    unsigned width, height;
    double *a, *b;            /* pixels */
    double (*along)[MOMENTS]; /* height x (width - TAPS + 1): windows of one row */
    double window[TAPS];
} scale;

static void make_window(double *window)
{
    double sum = 0;
    for (int i = 0; i < TAPS; i++) {
        const double x = i - TAPS / 2;
        window[i] = exp(-x * x / (2 * SIGMA * SIGMA));
        sum += window[i];
    }
    for (int i = 0; i < TAPS; i++)
        window[i] /= sum;
}

static void sum_rows(scale *s)
{
    const unsigned places = s->width - TAPS + 1;
    for (size_t y = 0; y < s->height; y++)
        for (size_t x = 0; x < places; x++) {
            double *m = s->along[y * places + x];
            m[A] = m[B] = m[AA] = m[BB] = m[AB] = 0;
            for (size_t k = 0; k < TAPS; k++) {
                const double w = s->window[k], a = s->a[y * s->width + x + k], b = s->b[y * s->width + x + k];
                m[A] += w * a;
                m[B] += w * b;
                m[AA] += w * a * a;
                m[BB] += w * b * b;
                m[AB] += w * a * b;
            }
        }
}

/* The means over all windows that lie inside the picture.
 *   structure    of contrast and structure
 *   similarity   of these and of the luminance */
static void compare(scale *s, double *structure, double *similarity)
{
    const size_t places = s->width - TAPS + 1, rows = s->height - TAPS + 1;
    *structure = *similarity = 0;
    sum_rows(s);
    for (size_t i = 0; i < places * rows; i++) {
        double m[MOMENTS] = {0};
        for (size_t k = 0; k < TAPS; k++)
            for (int j = 0; j < MOMENTS; j++)
                m[j] += s->window[k] * s->along[i + k * places][j];
        const double variances = m[AA] - m[A] * m[A] + m[BB] - m[B] * m[B];
        const double cs = (2 * (m[AB] - m[A] * m[B]) + C2) / (variances + C2);
        *structure += cs;
        *similarity += cs * (2 * m[A] * m[B] + C1) / (m[A] * m[A] + m[B] * m[B] + C1);
    }
    *structure /= (double)(places * rows);
    *similarity /= (double)(places * rows);
}

/* Half the size, in place: the mean of four pixels. */
static void halve(const scale *s, double *pixels)
{
    const size_t width = s->width / 2, height = s->height / 2;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const double *p = pixels + 2 * y * s->width + 2 * x;
            pixels[y * width + x] = (p[0] + p[1] + p[s->width] + p[s->width + 1]) / 4;
        }
}

static double compare_scales(scale *s)
{
    double product = 1;
    for (int i = 0; i < SCALES; i++) {
        double structure, similarity;
        compare(s, &structure, &similarity);
        product *= pow(fmax(i + 1 < SCALES ? structure : similarity, 0), exponents[i]);
        halve(s, s->a);
        halve(s, s->b);
        s->width /= 2;
        s->height /= 2;
    }
    return product;
}

ln_status ln_ms_ssim(const ln_picture *a, const ln_picture *b, double *value, ln_error *error)
{
    const size_t count = (size_t)a->width * a->height;
    double *pixels = malloc(2 * count * sizeof *pixels), (*along)[MOMENTS] = malloc(count * sizeof *along);
    *value = 0;
    for (int colour = 0; colour < 3 && pixels && along; colour++) {
        scale s = {.width = a->width, .height = a->height, .a = pixels, .b = pixels + count, .along = along};
        make_window(s.window);
        for (size_t i = 0; i < count; i++) {
            s.a[i] = a->rgb[3 * i + (size_t)colour];
            s.b[i] = b->rgb[3 * i + (size_t)colour];
        }
        *value += compare_scales(&s) / 3;
    }
    *value = fmin(*value, 1);
    const ln_status status = pixels && along ? LN_OK : ln_fail_memory(error);
    free(pixels);
    free(along);
    return status;
}
