"""The dashboard and the alerts are what Grafana and Prometheus can read, and each alarm has its place in the docs."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ALERTS = DOCS / "monitoring" / "alerts.yml"
DASHBOARD = json.loads((DOCS / "monitoring" / "grafana.json").read_text())
NAMES = re.findall(r"^ +- alert: (\w+)$", ALERTS.read_text(), re.MULTILINE)
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not here, so the alerts are not tried: apt-get install prometheus"
)
TRIALS = Path(__file__).parent / "alerts_tried.yml"


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=120, check=False)


def alerts() -> Iterator[tuple[str, str]]:
    """Each alert's name and what stands below it."""
    _, *rules = re.split(r"^ +- alert: ", ALERTS.read_text(), flags=re.MULTILINE)
    for rule in rules:
        name, _, rest = rule.partition("\n")
        yield name, rest


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        if panel["type"] != "row":
            yield panel


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    done = promtool("check", "rules", ALERTS)
    assert done.returncode == 0, done.stderr
    assert f"{len(NAMES)} rules found" in done.stdout


@needs_promtool
def test_the_alerts_are_raised_when_they_should_be_and_only_then() -> None:
    done = promtool("test", "rules", TRIALS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    assert set(re.findall(r"alertname: (\w+)", TRIALS.read_text())) == set(NAMES)


@pytest.mark.parametrize(("name", "rule"), list(alerts()))
def test_an_alert_says_what_it_is_what_it_means_and_where_to_read_what_to_do(name: str, rule: str) -> None:
    assert re.search(r"^ +summary: \S", rule, re.MULTILINE)
    assert re.search(r"^ +description: \S", rule, re.MULTILINE)
    assert re.search(rf"^ +runbook: docs/operations.md#{name.lower()}$", rule, re.MULTILINE)
    assert re.search(r"severity: (page|ticket)", rule)


def test_each_alarm_and_no_other_has_its_section_in_the_same_order() -> None:
    _, _, alarms = (DOCS / "operations.md").read_text().partition("\n## Alarms\n")
    alarms, _, _ = alarms.partition("\n## ")
    assert re.findall(r"^### (\w+)$", alarms, re.MULTILINE) == NAMES


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    assert DASHBOARD["title"] == "kinpay"
    assert DASHBOARD["schemaVersion"] >= 36
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    variables = {one["name"] for one in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "instance"}


@pytest.mark.parametrize("panel", list(panels()), ids=lambda panel: panel["title"])
def test_a_panel_asks_the_chosen_prometheus_for_the_chosen_instances(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        metrics = re.findall(r"\b(?:kinpay|process)_[a-z_]+(?:\{[^}]*\})?", target["expr"])
        assert metrics
        assert all('instance=~"$instance"' in one for one in metrics), target["expr"]


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert taken.isdisjoint(cells), panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


@needs_promtool
@pytest.mark.parametrize("panel", list(panels()), ids=lambda panel: panel["title"])
def test_prometheus_understands_what_a_panel_asks(panel: dict[str, Any], tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    asked = [target["expr"].replace("$__rate_interval", "5m") for target in panel["targets"]]
    named = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(asked)]
    rules.write_text(json.dumps({"groups": [{"name": "panel", "rules": named}]}))
    done = promtool("check", "rules", rules)
    assert done.returncode == 0, done.stderr
