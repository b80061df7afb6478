#!/usr/bin/env python3
"""Measures a model and writes its card, models/NAME/README.md.

usage: lab/tools/card.py NAME --images DIR --labels CSV

Runs only build/lab/limitnet and limitnet-lab.
"""

import argparse
import csv
import io
import pathlib
import subprocess
import sys
import tempfile

PROGRAM, LABORATORY = "build/lab/limitnet", "build/lab/limitnet-lab"
BYTES = [150, 300, 600, 1200, 2000, 2500, 4000, 6000]
LOSS, PROTECTION, SEEDS, LOSSY_BYTES = 0.3, 40, (1, 2), [600, 1200, 2000, 4000]


def measure(images, labels, codec, *options, sizes=BYTES):
    """{param: top-1} of one run of `limitnet-lab eval`, and the number of pictures."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as out:
        subprocess.run([LABORATORY, "eval", "--images", images, "--labels", labels, "--codec", codec, "--bytes", ",".join(map(str, sizes)),
                        *options, "-o", out.name], check=True)
        rows = list(csv.DictReader(io.StringIO(pathlib.Path(out.name).read_text())))
    return {r["param"]: float(r["top1"]) for r in rows}, int(rows[0]["n"])


def row(name, top1, original):
    cells = [f"{100 * top1[str(b)] / original:.1f}" if str(b) in top1 else "" for b in BYTES]
    return f"| {name} | " + " | ".join(cells) + " |"


def lost(images, labels, codec, *how):
    """Means over the seeds, on a link that loses packets."""
    runs = [measure(images, labels, codec, *how, "--loss", str(LOSS), "--seed", str(seed), sizes=LOSSY_BYTES)[0] for seed in SEEDS]
    return {b: sum(r[b] for r in runs) / len(runs) for b in runs[0]}


def table_rows(images, labels, codec, original, mixed):
    """A line for each way of sending; `mixed`: also with other payloads than the smallest on a link that loses packets."""
    lines = [row("packets of 51 B", measure(images, labels, codec)[0], original),
             row("packets of 242 B", measure(images, labels, codec, "--mtu", "242")[0], original),
             row(f"51 B, {LOSS:.0%} lost", lost(images, labels, codec, "--protect", "0"), original)]
    for mtu in ("51", "242", "51,242")[:3 if mixed else 1]:
        how = ["--mtu", mtu, "--protect", str(PROTECTION)]
        sent, _ = measure(images, labels, codec, *how)
        lines.append(row(f"{mtu.replace(',', ' and ')} B, {PROTECTION} % repair packets", sent, original))
        lines.append(row(f"the same, {LOSS:.0%} lost", lost(images, labels, codec, *how), original))
    return "\n".join(lines)


def results(name, images, labels, adapted):
    """Top-1 of the originals, the number of pictures, and a table, or two with `adapted`: frozen and adapted."""
    original, n = measure(images, labels, "original")
    original, codec = original["-"], f"limitnet:{name}"
    tables = []
    for what, seen in ((", frozen", codec), (", adapted", f"{codec}+adapted"))[:1 + adapted]:
        head = f"| % of the original's top-1 kept{what if adapted else ''} | " + " | ".join(f"{b:,} B" for b in BYTES) + " |"
        tables.append("\n".join([head, "|---" * (len(BYTES) + 1) + "|", table_rows(images, labels, seen, original, seen == codec)]))
    return original, n, "\n\n".join(tables)


def vision_section(folder):
    """What the card says of a vision model of the model's own."""
    settings = folder / "vision/vision.vision"
    if not settings.exists():
        return ""
    return f"""
## Vision model

`vision/vision.onnx` is the default vision model, trained along behind this decoder and averaged with the original. It
looks at pictures of fewer bytes than its settings say (`below`), the original at the others: the rows *adapted*. In the
rows *frozen* the original looks at all. Average and bytes were chosen on validation pictures.

```
{settings.read_text().rstrip()}
```
"""


def eyes_section(folder):
    """What the card says of a decoder for eyes."""
    if not (folder / "eyes.onnx").exists():
        return ""
    return """
## Decoder for eyes

`eyes.onnx` is a second decoder of the same packets, trained for the squared error: what `limitnet decode`, the service
and all that shows pictures to people use. The figures above are `decoder.onnx`'s, as vision models see it; the report
has PSNR and MS-SSIM of both.
"""


def main():
    parser = argparse.ArgumentParser(description="Measures a model and writes its card.")
    parser.add_argument("name")
    parser.add_argument("--images", required=True)
    parser.add_argument("--labels", required=True)
    args = parser.parse_args()
    folder = pathlib.Path("models") / args.name
    adapted = (folder / "vision").is_dir()
    original, n, table = results(args.name, args.images, args.labels, adapted)
    info = subprocess.run([PROGRAM, "model", "info", folder / "encoder.lnm"], check=True, capture_output=True, text=True).stdout
    log = (folder / "training.log").read_text().strip().splitlines()
    notes = (folder / "NOTES.md").read_text().strip()
    command = f"lab/tools/card.py {args.name} --images imagenet-ccby/images --labels imagenet-ccby/labels.csv"
    (folder / "README.md").write_text(f"""# {args.name}

{notes}

## Accuracy

Top-1 of EfficientNet-Lite0{'' if adapted else ', frozen,'} on the {n} photographs of imagenet-ccby (the NIPS 2017 development set, on which no
classifier was trained), as a share of its {100 * original:.1f} % on the uncompressed 224x224 pictures. Every byte of every packet
counts, headers and map included. There is one stream, cut at each size: only the last packet is made to fit. Rows with
lost packets are means of {len(SEEDS)} seeds and count the bytes sent. The standard error of a single figure is up to {100 * (0.25 / n) ** 0.5 / original:.1f} points.

    {command}

{table}
{eyes_section(folder)}{vision_section(folder)}
## Model

    limitnet model info models/{args.name}/encoder.lnm

```
{info.rstrip()}
```

## Training

The configuration, seed included, is `train/configs/{args.name}.toml`; the last 500 pictures of each source are kept for
validation. [train/README.md](../../train/README.md) has the commands. The log, `training.log`, ends:

```
{chr(10).join(log[-3:])}
```
""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
