#!/usr/bin/env python3
"""Checks Table 1 of lab/report: what ours keep at the bytes of others, from tables that the test writes, and that the
committed report has the section that its committed tables make. And the rows frozen and adapted of report and card, and the section
of what people see.

usage: lab/tests/report.py
"""

import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lab/report"), str(ROOT / "lab/tools")]

import card
import figures
import measure
import page
import table1

METHODS = ("DeepCOD", "BottleNet++", "AgileNN", "SPINN", "FLEET", "DynO", "Starfish", "JPEG and progressive JPEG", "Ballé",
           "Full-Res RNN", "DCCOI", "AccelIR", "LimitNet")
HEAD = "codec,param,bytes,top1,top5,n,way\n"


def write_tables(models):
    """Every model keeps 20 % at 200 B and 60 % at 3,200 B; the next one is 10 points better, and so on."""
    for name in ("imagenet", "cifar"):
        rows = [f"{model},{size},{size},{0.5 * (share + 0.1 * better):.3f},0.400,10,cut\n"
                for better, model in enumerate(models) for size, share in ((200, 0.2), (3200, 0.6))]
        (page.REPORT / f"accuracy-{name}.csv").write_text(HEAD + "".join(rows))
        (page.REPORT / f"original-{name}.csv").write_text(HEAD + "original,-,150528,0.500,0.800,10,-\n")


def check_ours():
    write_tables(["mine"])
    ours = table1.Ours("imagenet", "mine")
    assert [round(ours.kept(size, "top1")) for size in (200, 400, 800, 3200, 9000)] == [20, 30, 40, 60, 60]
    assert ours.kept(199, "top1") is None and round(ours.kept(500, "top5")) == 50


def check_section():
    assert table1.Table1().section() is None        # nothing was measured yet
    write_tables(table1.MODELS[:1])
    section = table1.Table1().section()
    claims, points = section.tables
    assert len(claims) == len(METHODS) + 2 and all(row[0].startswith(name) for row, name in zip(claims[1:], METHODS))
    assert "60 % at 3,200 B" in claims[-1][2] and "Cortex-M7: " in claims[-1][3], claims[-1]
    duan = next(row for row in points if row[0] == "Duan and Zhu (2022)")
    assert duan[5:7] == ["81*", "38"], duan           # 62 of 76.1 %; 715 B of 200 to 3,200
    seaotter = next(row for row in points if row[0] == "SEAOTTER (2026)" and row[3] == "700")
    assert seaotter[5:7] == ["55", "38"], seaotter    # an accuracy of uncompressed pictures that is its own
    assert all("[" in row[-1] for row in points[1:])
    assert (page.REPORT / "table1.svg").stat().st_size > 0
    write_tables((table1.MODELS[0], f"{table1.MODELS[0]}+adapted"))
    points = table1.Table1().section().tables[1]
    assert points[0][6:8] == [table1.MODELS[0], f"{table1.MODELS[0]}+adapted"]
    assert next(row for row in points if row[0] == "Duan and Zhu (2022)")[6:8] == ["38", "48"]


def check_data():
    for row in (*table1.Table1().said, *table1.Table1().points):
        if row.get("aspect") == "unfair":
            continue
        assert row["source"] and set(row["mark"].split()) <= {"T", "F", "A", "D", "2nd"}, row
    assert {row["aspect"] for row in table1.Table1().said} == set(table1.ASPECTS)


def check_committed():
    section = page.markdown("", [table1.Table1().section()]).split("\n", 2)[2]
    assert section.strip() in (page.REPORT / "README.md").read_text(), "docs/report: Table 1 is another: make report"


def check_adapted():
    """A model has adapted rows if it brings a vision model; the best codec of a size is chosen among frozen ones."""
    model = pathlib.Path("models/mine")
    model.mkdir(parents=True)
    (model / "encoder.lnm").touch()
    assert measure.is_trained("limitnet:mine") and not measure.is_trained("limitnet:mine+adapted")
    (model / "vision").mkdir()
    (model / "vision/vision.onnx").touch()
    assert measure.is_trained("limitnet:mine+adapted")
    out = pathlib.Path("out.csv")
    out.touch()
    os.utime(out, (0, 2000000000))
    assert measure.is_current(out, "limitnet:mine+adapted")
    os.utime(model / "vision/vision.onnx", (0, 2000000001))
    assert not measure.is_current(out, "limitnet:mine+adapted")
    figures.SEEN = ("limitnet:mine+adapted",)
    curves = figures.Curves("", measure.Pictures("imagenet", ()), (), (300,), ())
    found = {(codec, "cut"): {300: {"top1": top1}} for codec, top1 in (("limitnet:mine", 0.4), ("limitnet:mine+adapted", 0.6), ("webp", 0.5))}
    assert curves.winners(found, 1) == ["300 B: webp, cut, 50 %; ours, limitnet:mine, cut, 40 %"]


def check_fidelity():
    """The section of what people see, with the decoder for eyes once the model has one."""
    model = pathlib.Path("models/pyramid-224")
    model.mkdir(parents=True)
    assert measure.is_trained("limitnet:pyramid-224") and not measure.is_trained("limitnet:pyramid-224+eyes")
    figure = figures.Fidelity("some", "pictures", 0)
    assert figure.section() is None                  # nothing was measured yet
    measure.WORK.mkdir(parents=True, exist_ok=True)
    head = "codec,param,bytes,psnr,ms_ssim,n,way,psnr_low,psnr_high,ms_ssim_low,ms_ssim_high\n"

    def write(codec, psnr):
        run = next(run for run in figure.runs() if run.codec == codec)
        lines = [f"{codec},{size},{size},{psnr},0.9,10,cut,{psnr - 1},{psnr + 1},0.8,0.95\n" for size in figure.BYTES]
        run.out().write_text(head + "".join(lines))

    write("limitnet:pyramid-224", 25)
    write("limitnet:pyramid-224+eyes", 27)
    psnr, likeness = figure.section().tables
    assert [row[0] for row in psnr[1:]] == ["limitnet:pyramid-224, cut", "limitnet:pyramid-224+eyes"], psnr
    assert psnr[1][1] == "25.0 (24.0–26.0)" and likeness[1][1] == "0.900 (0.800–0.950)" and psnr[2][1] == "not trained"
    (model / "eyes.onnx").touch()
    section = figure.section()
    assert section.tables[0][1][:2] == ["limitnet:pyramid-224+eyes, cut", "27.0 (26.0–28.0)"], section.tables
    assert all((page.REPORT / name).stat().st_size > 0 for name in section.images)


def check_rivals():
    """Kept rows of rivals stand beside those of the default, which are measured."""
    head = "model,param,bytes,top1,top5,n,top1_low,top1_high,top5_low,top5_high\n"
    kept = "".join(f"{model},{size},{size},{top1},0.9,10,{top1},{top1},0.9,0.9\n" for model, top1 in (("webp", 0.2), ("webp+adapted", 0.3)) for size in (300, 600))
    (page.REPORT / "finished-rivals.csv").write_text(head + "original,-,150528,0.5,0.9,10,0.5,0.5,0.9,0.9\n" + kept)
    curves = figures.Curves("", measure.Pictures("imagenet", ()), figures.MODELS[:1], (300, 600), ())
    figure = figures.Rivals(curves)
    assert figure.section() is None                  # nothing was measured yet
    ours = {"top1": 0.4, "top1_low": 0.3, "top1_high": 0.5}
    figures.SEEN, plain = (), figures.rows
    curves.curves = lambda: {(figures.MODELS[0], "cut"): {300: ours, 600: ours}}
    figures.rows = lambda run: [{"top1": 0.5}]
    section = figure.section()
    figures.rows = plain
    assert section.tables[0] == [["codec", "300 B", "600 B"], ["webp", *["40 (40–40)"] * 2], ["webp+adapted", *["60 (60–60)"] * 2],
                                 [figures.MODELS[0], *["80 (60–100)"] * 2]], section.tables
    assert (page.REPORT / section.images[0]).stat().st_size > 0


def check_card():
    asked = []

    def measured(images, labels, codec, *options, sizes=card.BYTES):
        asked.append(codec)
        return {"-": 0.5, **{str(size): 0.4 if codec.endswith("+adapted") else 0.2 for size in sizes}}, 10

    card.measure = measured
    plain = card.results("mine", "", "", False)[2]
    assert "+adapted" not in "".join(asked) and plain.count("kept |") == 1 and "| packets of 51 B | 40.0 |" in plain
    both = card.results("mine", "", "", True)[2]
    assert both.index("kept, frozen |") < both.index("| packets of 51 B | 40.0 |") < both.index("kept, adapted |") < both.index("| packets of 51 B | 80.0 |")
    assert card.vision_section(pathlib.Path("models/none")) == ""
    pathlib.Path("models/mine/vision/vision.vision").write_text("# half\nbelow = 700\n")
    assert "below = 700\n```" in card.vision_section(pathlib.Path("models/mine"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        page.REPORT.mkdir(parents=True)
        (pathlib.Path(folder) / "firmware").symlink_to(ROOT / "firmware")
        check_section()
        check_ours()
        check_data()
        check_adapted()
        check_card()
        check_fidelity()
        check_rivals()
        for committed in (ROOT / page.REPORT).iterdir():
            (page.REPORT / committed.name).write_bytes(committed.read_bytes())
        check_committed()
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
