"""Pictures side by side with a few words below each, as one PNG."""

from PIL import Image, ImageDraw, ImageFont

EDGE, LINE = 16, 19


def draw(rows, path, side=224):
    """Draws `rows` of (picture or None, lines of text below it), each picture side x side pixels large, into `path`."""
    texts = [7 + LINE * lines if lines else 0 for lines in (max(len(words) for _, words in row) for row in rows)]
    width = max(len(row) for row in rows) * (side + EDGE) + EDGE
    sheet = Image.new("RGB", (width, sum(side + text + EDGE for text in texts) + EDGE), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    y = EDGE
    for row, text in zip(rows, texts):
        for i, (picture, words) in enumerate(row):
            x = EDGE + i * (side + EDGE)
            if picture:
                sheet.paste(picture.convert("RGB").resize((side, side), Image.BICUBIC), (x, y))
            for n, line in enumerate(words):
                pen.text((x, y + side + 6 + LINE * n), line, "black", font)
        y += side + text + EDGE
    sheet.save(path, optimize=True)
