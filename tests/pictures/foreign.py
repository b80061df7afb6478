"""Pictures that other programs make, read by this project and by Pillow: the same pixels within 1, or a clear refusal.

usage: foreign.py TOOL_PICTURE   (the program built from tests/cloud/tool_picture.c; needs Pillow)

Kinds whose program is not installed are left out; without any, the exit code is 77.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageChops, ImageOps

tool, photo = sys.argv[1], pathlib.Path(__file__).parent / "cat.jpg"

# Name of the file, and the command that makes it of photo.ppm (83 x 71 pixels), clear.png (the same with transparency),
# grey.pgm or turned.jpg.
READ = """
im-baseline.jpg      convert photo.ppm -quality 90 OUT
im-444.jpg           convert photo.ppm -sampling-factor 1x1 OUT
im-422.jpg           convert photo.ppm -sampling-factor 2x1 OUT
im-progressive.jpg   convert photo.ppm -interlace JPEG OUT
im-grey.jpg          convert photo.ppm -colorspace Gray OUT
im-cmyk.jpg          convert photo.ppm -colorspace CMYK OUT
im-turned-3.jpg      convert photo.ppm -orient BottomRight OUT
im-turned.png        convert turned.jpg OUT
im-turned.webp       convert turned.jpg OUT
im-comment.jpg       convert photo.ppm -comment hello OUT
im-8.png             convert photo.ppm PNG24:OUT
im-alpha.png         convert clear.png PNG32:OUT
im-palette.png       convert photo.ppm -colors 40 PNG8:OUT
im-2-bits.png        convert photo.ppm -colorspace Gray -depth 2 OUT
im-bits.png          convert photo.ppm -monochrome OUT
im-16.png            convert photo.ppm -depth 16 PNG48:OUT
im-alpha-16.png      convert clear.png -depth 16 PNG64:OUT
im-grey-16.png       convert grey.pgm -depth 16 -evaluate add 77 OUT
im-grey-alpha.png    convert clear.png -colorspace Gray OUT
im-interlaced.png    convert photo.ppm -interlace PNG OUT
im-clear-colour.png  convert photo.ppm -colors 16 -transparent black PNG8:OUT
im-8.ppm             convert photo.ppm OUT
im-16.ppm            convert photo.ppm -depth 16 OUT
im-grey.pgm          convert photo.ppm -colorspace Gray OUT
im-lossy.webp        convert photo.ppm -quality 80 OUT
im-lossless.webp     convert clear.png -define webp:lossless=true OUT
cjpeg-float.jpg      cjpeg -dct float -quality 85 -outfile OUT photo.ppm
cjpeg-optimal.jpg    cjpeg -optimize -quality 40 -outfile OUT photo.ppm
cjpeg-restart.jpg    cjpeg -restart 1 -outfile OUT photo.ppm
cjpeg-rgb.jpg        cjpeg -rgb -outfile OUT photo.ppm
cjpeg-440.jpg        cjpeg -sample 1x2 -outfile OUT photo.ppm
cjpeg-411.jpg        cjpeg -sample 4x1 -outfile OUT photo.ppm
cjpeg-scans.jpg      cjpeg -scans scans -outfile OUT photo.ppm
cjpeg-arithmetic.jpg cjpeg -arithmetic -outfile OUT photo.ppm
cjpeg-smooth.jpg     cjpeg -smooth 30 -outfile OUT photo.ppm
cjpeg-grey.jpg       cjpeg -grayscale -outfile OUT grey.pgm
pnm.png              pnmtopng photo.ppm >OUT
pnm-interlaced.png   pnmtopng -interlace grey.pgm >OUT
pnm-clear.png        pnmtopng -transparent =white photo.ppm >OUT
pnm-gamma.png        pnmtopng -gamma 0.45 -text scans photo.ppm >OUT
pnm.jpg              pnmtojpeg -quality 75 photo.ppm >OUT
pnm-maxval.ppm       pamdepth 100 photo.ppm >OUT
pnm-maxval-16.pgm    pamdepth 1000 grey.pgm >OUT
cwebp.webp           cwebp -quiet photo.ppm -o OUT
cwebp-alpha.webp     cwebp -quiet -alpha_q 50 clear.png -o OUT
cwebp-lossless.webp  cwebp -quiet -lossless -exact clear.png -o OUT
cwebp-near.webp      cwebp -quiet -near_lossless 50 photo.ppm -o OUT
cwebp-exif.webp      cwebp -quiet -metadata all turned.jpg -o OUT
"""
REFUSED = """
im.gif               convert photo.ppm OUT
im.bmp               convert photo.ppm OUT
im.tiff              convert photo.ppm OUT
im-text.ppm          convert photo.ppm -compress none OUT
im-bits.pbm          convert photo.ppm -monochrome OUT
im.pam               convert photo.ppm OUT
im.ico               convert photo.ppm OUT
pnm.pfm              pamtopfm photo.ppm >OUT
moving.webp          convert photo.ppm one.gif && convert one.gif grey.pgm two.gif && gif2webp -quiet two.gif -o OUT
"""
# Of these a piece without which no pixel is missing is cut off: file, bytes.
CUT = {"im-progressive.jpg": 2, "cjpeg-scans.jpg": 2, "cjpeg-restart.jpg": 2, "im-cmyk.jpg": 2, "im-16.png": 12,
       "im-interlaced.png": 16, "pnm.png": 20, "cwebp-exif.webp": 1}  # fmt: skip
# And of these one with which pixels are.
TOO_SHORT = {"im-progressive.jpg": 12, "cjpeg-scans.jpg": 12, "cjpeg-arithmetic.jpg": 2, "pnm.png": 30,
             "cwebp.webp": 60, "im-8.ppm": 1}  # fmt: skip


def make_sources(folder):
    picture = Image.open(photo).crop((100, 60, 183, 131))
    picture.save(folder / "photo.ppm")
    picture.convert("L").save(folder / "grey.pgm")
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    clear.save(folder / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 5
    picture.save(folder / "turned.jpg", exif=exif, quality=90)
    (folder / "scans").write_text("0;\n1;\n2;\n")


def make(folder, table):
    """The paths of the files that could be made."""
    made = []
    for name, command in (line.split(maxsplit=1) for line in table.strip().splitlines()):
        if all(shutil.which(part.split()[0]) for part in command.split("&&")):
            subprocess.run(command.replace("OUT", name), shell=True, check=True, cwd=folder, capture_output=True)
            made.append(folder / name)
    return made


def ours(paths):
    """What this project reads: for each path (size, cut, pixels), or the message."""
    output = subprocess.run([tool, *paths], check=True, stdout=subprocess.PIPE).stdout
    for _ in paths:
        line, output = output.split(b"\n", 1)
        try:
            width, height, cut = map(int, line.split())
        except ValueError:
            yield line.decode()
            continue
        size = 3 * width * height
        yield (width, height), cut, output[:size]
        output = output[size:]


def pillows(path):
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):  # 16 bits
        return picture.convert("I").point(lambda value: value / 257 + 0.5).convert("L").convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def compare(path, read, whole):
    assert not isinstance(read, str), read
    size, cut, pixels = read
    assert cut == (not whole), f"{path.name}: cut is {cut}"
    wanted = pillows(path)
    assert size == wanted.size, f"{path.name}: {size} instead of {wanted.size}"
    extrema = ImageChops.difference(Image.frombytes("RGB", size, pixels), wanted).getextrema()
    assert max(high for _, high in extrema) <= 1, f"{path.name}: differs by {extrema}"


def shortened(paths, pieces):
    for path in paths:
        if path.name in pieces:
            short = path.with_name("short-" + path.name)
            short.write_bytes(path.read_bytes()[: -pieces[path.name]])
            yield path, short


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_sources(folder)
        good, bad = make(folder, READ), make(folder, REFUSED)
        if not good:
            print("foreign.py: no program that makes pictures is installed: run tools/setup.sh test")
            return 77
        for path, read in zip(good, ours(good)):
            compare(path, read, True)
        cut = list(shortened(good, CUT))
        for (path, _), read in zip(cut, ours([short for _, short in cut])):
            compare(path, read, False)
        bad += [short for _, short in shortened(good, TOO_SHORT)]
        for path, read in zip(bad, ours(bad)):
            assert isinstance(read, str), f"{path.name} is read"
            reasons = ("not a picture that can be read: give a JPEG", "animated", "cut short")
            assert read.startswith(str(path)) and any(reason in read for reason in reasons), read
        print(f"{len(good)} files of other programs are read, {len(cut)} of them also without their end, "
              f"and {len(bad)} refused.")  # fmt: skip
    return 0


sys.exit(main())
