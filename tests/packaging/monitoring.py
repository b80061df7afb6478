#!/usr/bin/python3
"""Whether Grafana's dashboard and Prometheus' alerts fit the service: each expression is one, and names metrics and
labels that the service has. What the alerts say is in alerts.yml.

usage: monitoring.py TOOL     TOOL is the program of tool_serve.c
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent / "service"))
from support import Service  # noqa: E402

RULES = ROOT / "packaging/prometheus/limitnet.yml"
DASHBOARD = ROOT / "packaging/grafana/limitnet.json"
PROMETHEUS = {"job", "instance"}  # labels that it adds


def read_metrics(tool, folder):
    """The series that /metrics can have; a histogram has three."""
    service = Service(tool, folder)
    service.wait_for("the service is ready")
    with urllib.request.urlopen(f"http://127.0.0.1:{service.metrics_port}/metrics") as answer:
        types = re.findall(r"^# TYPE (\S+) (\S+)$", answer.read().decode(), re.MULTILINE)
    service.stop()
    return {name + end for name, kind in types for end in ("_bucket", "_sum", "_count" if kind == "histogram" else "")
            if kind == "histogram" or not end} | {name for name, kind in types if kind != "histogram"}  # fmt: skip


def read_labels():
    """The labels in the table of metrics.c."""
    table = (ROOT / "src/service/metrics.c").read_text().split("families[LN_METRICS] = {")[1].split("\n};")[0]
    return {label for labels in re.findall(r'\{("[a-z", ]+")\}\}', table) for label in re.findall(r"[a-z]+", labels)}


def labels_of(expression):
    lists = re.findall(r"\bby \(([^)]*)\)", expression)
    return {label.strip() for names in lists for label in names.split(",")} | set(
        re.findall(r"([a-z_]+)(?:=~|!~|!=|=)\"", expression))  # fmt: skip


def check_with_promtool(expressions, folder):
    """As rules, since promtool checks no single expressions."""
    rules = [{"record": f"r:{number}", "expr": text} for number, text in enumerate(expressions)]
    file = folder / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    for command in (["check", "rules", file], ["check", "rules", RULES], ["test", "rules", HERE / "alerts.yml"]):
        run = subprocess.run(["promtool", *command], capture_output=True, text=True)
        assert run.returncode == 0, (command, run.stdout, run.stderr)


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    alerts = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    panels = [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]
    shown = [target["expr"].replace("$job", "limitnet") for panel in panels for target in panel["targets"]]
    with tempfile.TemporaryDirectory(prefix="limitnet-monitoring-") as name:
        folder = pathlib.Path(name)
        metrics, labels = read_metrics(tool, folder), read_labels() | PROMETHEUS | {"le"}
        assert {"source", "fate", "target", "state"} < labels, labels
        for expression in [alert["expr"] for alert in alerts] + shown:
            used = set(re.findall(r"limitnet_\w+", expression))
            assert used or "up{" in expression, f"{expression}: names no metric"
            assert used <= metrics, f"{expression}: there is no {used - metrics}"
            assert labels_of(expression) <= labels, f"{expression}: there is no {labels_of(expression) - labels}"
        check_with_promtool(shown, folder)
    tests = (HERE / "alerts.yml").read_text()
    untested = {alert["alert"] for alert in alerts if f'alertname="{alert["alert"]}"' not in tests}
    assert not untested, f"alerts.yml: {untested} never fire"
    print(f"{len(alerts)} alerts, {len(panels)} panels")


main()
