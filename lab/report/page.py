"""A report as Markdown and as HTML, from the same sections."""

import dataclasses
import html
import os
import pathlib
import subprocess

REPORT = pathlib.Path("docs/report")
COLOURS = ("#d00000", "#1f5fbf", "#208020", "#e08000", "#7030a0", "#008b8b", "#c050a0", "#806040", "#707070", "#90b000", "#000000", "#50a0f0")
STYLE = ("body{font:15px sans-serif;max-width:75em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:1em 0}"
         "td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left}img{max-width:100%}")


@dataclasses.dataclass
class Section:
    title: str
    text: list                    # paragraphs, or lists of bullet points
    images: list                  # names of files in the report's folder
    tables: list                  # of rows of text; the first row is the head


def save(name, text, folder=REPORT):
    """Writes a file of a report. It gets its name when it is complete."""
    new = folder / f"{name}.new"
    try:
        with new.open("w", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / name)
    finally:
        new.unlink(missing_ok=True)


def quoted(text):
    """Between the single quotes of gnuplot."""
    return text.replace("'", "''")


def plot(name, curves, x, y, logarithmic=True, bottom=0, top=100, folder=REPORT):
    """Draws lines of points, {title: [(x, y)]}, as NAME.svg. Returns the file's name."""
    titles = [t for t in curves if curves[t]]
    script = ["set terminal svg size 900,560 background '#ffffff' font 'sans,13'", "set grid",
              "set key outside below maxcols 2 Left reverse",
              f"set xlabel '{quoted(x)}'", f"set ylabel '{quoted(y)}'", f"set yrange [{bottom}:{top}]"]
    if logarithmic:
        ticks = ", ".join(str(t) for t in (50, 100, 150, 300, 600, 1200, 2500, 5000))
        script += ["set logscale x", f"set xtics ({ticks})", "unset mxtics"]
    for i, title in enumerate(titles):
        script += [f"$data{i} << end", *(f"{a} {b}" for a, b in sorted(curves[title])), "end"]
    script.append("plot " + ", ".join(f"$data{i} with linespoints linewidth 1.5 pointtype {1 + i} linecolor rgb '{COLOURS[i % len(COLOURS)]}' title '{quoted(t)}' noenhanced"
                                      for i, t in enumerate(titles)))
    save(f"{name}.svg", subprocess.run(["gnuplot"], input="\n".join(script) + "\n", stdout=subprocess.PIPE, text=True, check=True).stdout, folder)
    return f"{name}.svg"


def markdown_table(table):
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]])


def markdown(title, sections):
    parts = [f"# {title}"]
    for s in sections:
        parts.append(f"## {s.title}")
        parts += ["\n".join(f"- {line}" for line in p) if isinstance(p, list) else p for p in s.text]
        parts += [f"![{s.title}]({name})" for name in s.images]
        parts += [markdown_table(t) for t in s.tables]
    return "\n\n".join(parts) + "\n"


def html_text(paragraph):
    if isinstance(paragraph, list):
        return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in paragraph) + "</ul>"
    if paragraph.startswith("    "):
        return f"<pre>{html.escape(paragraph.strip())}</pre>"
    return f"<p>{html.escape(paragraph)}</p>"


def html_table(table):
    rows = ["".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) for tag, row in zip(["th"] + ["td"] * len(table), table)]
    return "<table>" + "".join(f"<tr>{r}</tr>\n" for r in rows) + "</table>"


def html_page(title, sections):
    body = [f"<h1>{html.escape(title)}</h1>"]
    for s in sections:
        body.append(f"<h2>{html.escape(s.title)}</h2>")
        body += map(html_text, s.text)
        body += [f"<img src='{name}' alt='{html.escape(s.title)}'>" for name in s.images]
        body += map(html_table, s.tables)
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style>\n" + "\n".join(body) + "</html>\n"


def write(title, sections, folder=REPORT):
    save("README.md", markdown(title, sections), folder)
    save("index.html", html_page(title, sections), folder)
