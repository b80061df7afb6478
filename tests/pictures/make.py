"""Makes every picture in this folder. Not part of any test: run it to add one.

usage: make.py FOLDER_OF_SKIMAGE_DATA   (the folder skimage/data inside scikit-image's wheel; needs Pillow)
"""

import io
import pathlib
import sys

from PIL import Image, ImageChops

data, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent

# The four photographs, one in each format.
Image.open(data / "chelsea.png").convert("RGB").save(here / "cat.jpg", quality=92)
Image.open(data / "coffee.png").convert("RGB").save(here / "coffee.webp", quality=88, method=6)
Image.open(data / "rocket.jpg").resize((320, 213), Image.LANCZOS).save(here / "rocket.png", optimize=True)
astronaut = Image.open(data / "astronaut.png").convert("RGB").resize((192, 192), Image.LANCZOS)
astronaut.save(here / "astronaut.ppm")

# What Pillow makes of the lossless one: larger, smaller, both, and much smaller.
for width, height in (224, 224), (64, 48), (37, 301), (8, 8):
    astronaut.resize((width, height), Image.BICUBIC).save(here / f"golden/{width}x{height}.png", optimize=True)
# The centre of it in another aspect.
box = (0, 48, 192, 144)
astronaut.crop(box).resize((64, 32), Image.BICUBIC).save(here / "golden/64x32-crop.png", optimize=True)

# One picture of 16 x 12 pixels in every kind of file: left half reddish, right half bluish.
tiny = Image.new("RGB", (16, 12), (200, 40, 30))
tiny.paste((20, 60, 220), (8, 0, 16, 12))
odd = here / "odd"
jpeg = {"quality": 95, "subsampling": 0}
tiny.save(odd / "rgb.jpg", **jpeg)
tiny.save(odd / "progressive.jpg", progressive=True, **jpeg)
tiny.convert("L").save(odd / "grey.jpg", **jpeg)
tiny.convert("CMYK").save(odd / "cmyk.jpg", **jpeg)
exif = Image.Exif()
exif[0x0112] = 6  # turn by 90 degrees: to be ignored
tiny.save(odd / "exif-turned.jpg", exif=exif, **jpeg)
tiny.save(odd / "rgb.png")
tiny.quantize(4).save(odd / "palette.png")
tiny.convert("L").save(odd / "grey.png")
tiny.convert("L").point(lambda v: v * 257, "I").convert("I;16").save(odd / "grey16.png")
tiny.convert("L").point(lambda v: 255 * (v > 80)).convert("1").save(odd / "bits.png")
halves = Image.new("L", (16, 12), 0)  # left half invisible, right half opaque
halves.paste(255, (8, 0, 16, 12))
clear = tiny.copy()
clear.putalpha(halves)
clear.save(odd / "alpha.png")
clear.save(odd / "alpha.webp", lossless=True)
tiny.save(odd / "lossless.webp", lossless=True)
tiny.save(odd / "animated.webp", save_all=True, append_images=[ImageChops.invert(tiny)], lossless=True)
tiny.convert("L").save(odd / "grey.pgm")
Image.new("RGB", (1, 1), (1, 2, 3)).save(odd / "one-pixel.png")
# The beginning of a picture of 20,000 x 20,000 pixels: its size must be refused before anything misses the rest.
whole = io.BytesIO()
Image.new("1", (20000, 20000)).save(whole, "PNG")
(odd / "huge.png").write_bytes(whole.getvalue()[:64])
