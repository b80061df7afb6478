/* For comparison: libjpeg-turbo's baseline JPEG of the same picture, quality 50, 4:2:0, all other settings at
 * their defaults. The counted function is encode_picture.
 *
 * usage: jpeg PICTURE.ppm */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

__attribute__((noinline, noclone)) static unsigned long encode_picture(unsigned char *rgb, unsigned width,
                                                                       unsigned height)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char *file = NULL;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &file, &size);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 50, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        unsigned char *row = rgb + (size_t)3 * width * jpeg.next_scanline;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(file);
    return size;
}

int main(int argc, char **argv)
{
    FILE *ppm = argc == 2 ? fopen(argv[1], "rb") : NULL;
    unsigned width, height;
    if (!ppm || fscanf(ppm, "P6 %u %u 255", &width, &height) != 2 || fgetc(ppm) == EOF) {
        fprintf(stderr, "usage: jpeg PICTURE.ppm\n");
        return 1;
    }
    size_t bytes = (size_t)3 * width * height;
    unsigned char *rgb = malloc(bytes);
    if (!rgb || fread(rgb, 1, bytes, ppm) != bytes)
        return 1;
    printf("%lu bytes\n", encode_picture(rgb, width, height));
    free(rgb);
    fclose(ppm);
    return 0;
}
