#!/usr/bin/env python3
"""Checks Table 1 of lab/report: what ours keep at the bytes of others, from tables that the test writes, and that the
committed report has the section that its committed tables make.

usage: lab/tests/report.py
"""

import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lab/report")]

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


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        page.REPORT.mkdir(parents=True)
        (pathlib.Path(folder) / "firmware").symlink_to(ROOT / "firmware")
        check_section()
        check_ours()
        check_data()
        for committed in (ROOT / page.REPORT).iterdir():
            (page.REPORT / committed.name).write_bytes(committed.read_bytes())
        check_committed()
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
