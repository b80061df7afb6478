"""Makes every picture in this folder. Not part of any test: run it to add one.

usage: make.py FOLDER_OF_SKIMAGE_DATA   (the folder skimage/data inside scikit-image's wheel; needs Pillow)
"""

import io
import pathlib
import struct
import sys
import zlib

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
cmyk = (odd / "cmyk.jpg").read_bytes()
adobe = cmyk.index(b"\xff\xee")
(odd / "cmyk-unmarked.jpg").write_bytes(cmyk[:adobe] + cmyk[adobe + 16 :])
exif = Image.Exif()
exif[0x0112] = 6  # turn by 90 degrees
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


def png_chunk(name, content):
    chunk = name + content
    return struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk))


# Pixels, another chunk, and the same pixels again: libpng begins a second picture there.
rgb = (odd / "rgb.png").read_bytes()
pixels = rgb[33:-12]
(odd / "pixels-twice.png").write_bytes(rgb[:33] + pixels + png_chunk(b"tEXt", b"a\0b") + pixels + rgb[-12:])

# One picture in every orientation of EXIF, and a few odd ones. Its four parts have four colours, so that it is the same
# from no two sides.
quarters = Image.new("RGB", (24, 16), (250, 250, 250))
quarters.paste((200, 40, 30), (0, 0, 8, 8))
quarters.paste((20, 60, 220), (8, 0, 24, 8))
quarters.paste((30, 160, 40), (0, 8, 8, 16))
turned = here / "turned"
turned.mkdir(exist_ok=True)
stored_as = {
    1: lambda picture: picture,
    2: lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
    4: lambda picture: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda picture: picture.transpose(Image.Transpose.TRANSPOSE),
    6: lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    7: lambda picture: picture.transpose(Image.Transpose.TRANSVERSE),
    8: lambda picture: picture.transpose(Image.Transpose.ROTATE_270),
}


def exif_of(orientation, order="<", kind=3, offset=8):
    """EXIF data with this entry only: kind 3 has two bytes, kind 4 four."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", offset)
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else struct.pack(order + "I", orientation)
    return head + struct.pack(order + "HHHI", 1, 0x0112, kind, 1) + value + struct.pack(order + "I", 0)


def png_with(picture, exif, at=33):
    """A PNG with EXIF data in its own chunk, by default behind the first one."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = file.getvalue()
    at = at if at > 0 else len(data) + at
    return data[:at] + png_chunk(b"eXIf", exif) + data[at:]


for orientation, store in stored_as.items():
    stored = store(quarters)
    head = b"Exif\0\0"
    (turned / f"{orientation}.png").write_bytes(png_with(stored, exif_of(orientation)))
    stored.save(turned / f"{orientation}.jpg", exif=head + exif_of(orientation, ">"), **jpeg)
    stored.save(turned / f"{orientation}.webp", exif=exif_of(orientation), lossless=True)
left = stored_as[6](quarters)
for name, file in {
    "long-number": png_with(left, exif_of(6, kind=4)),
    "high-byte-first": png_with(left, exif_of(6, ">")),
    "behind-pixels": png_with(left, exif_of(6), -12),
    "with-header": png_with(left, b"Exif\0\0" + exif_of(6)),
    "broken-empty": png_with(left, b""),
    "broken-noise": png_with(left, bytes(range(100))),
    "broken-offset": png_with(left, exif_of(6, offset=0xFFFFFFF0)),
    "broken-short": png_with(left, exif_of(6)[:15]),
    "broken-0": png_with(left, exif_of(0)),
    "broken-9": png_with(left, exif_of(9)),
}.items():
    (turned / f"{name}.png").write_bytes(file)
# The same EXIF data in JPEG behind another segment of its kind (XMP), and in WebP with JPEG's header.
file = io.BytesIO()
left.save(file, "JPEG", exif=b"Exif\0\0" + exif_of(6), **jpeg)
xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"
segment = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
(turned / "behind-xmp.jpg").write_bytes(file.getvalue()[:2] + segment + file.getvalue()[2:])
file = io.BytesIO()
left.save(file, "WEBP", exif=exif_of(6), lossless=True)
webp, chunk = file.getvalue(), b"Exif\0\0" + exif_of(6)
webp = webp[: webp.index(b"EXIF")] + b"EXIF" + struct.pack("<I", len(chunk)) + chunk
(turned / "with-header.webp").write_bytes(webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:])
