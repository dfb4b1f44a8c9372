"""The units of `scripts/systemd`, judged by systemd itself."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "scripts" / "systemd"
ANALYZE = shutil.which("systemd-analyze")

RUNS = ANALYZE is not None and (Path("/run/systemd").is_dir() or os.access("/run", os.W_OK))

pytestmark = pytest.mark.skipif(not RUNS, reason="SYSTEMD-ANALYZE CANNOT RUN HERE: the units were NOT looked at")


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(ANALYZE), *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with a program that exists here too in the place of the installed one."""
    copies = [tmp_path / unit.name for unit in sorted(UNITS.glob("kinpay*.*"))]
    for copy in copies:
        text = (UNITS / copy.name).read_text(encoding="utf-8")
        copy.write_text(re.sub(r"^ExecStart=/opt/kinpay/current/bin/kinpay", "ExecStart=/bin/true", text, flags=re.M))
    return copies


def test_systemd_understands_all_that_the_units_say(units: list[Path]) -> None:
    assert len(units) == 3
    done = analyze("verify", "--man=no", *units)
    ours = [line for line in done.stderr.splitlines() if "kinpay" in line]
    assert ours == []


@pytest.mark.parametrize(("name", "at_most"), [("kinpay.service", 1.2), ("kinpay-backup.service", 0.5)])
def test_a_unit_gives_its_program_no_more_than_it_needs(units: list[Path], name: str, at_most: float) -> None:
    [unit] = [unit for unit in units if unit.name == name]
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={at_most * 10:.0f}", unit)
    assert done.returncode == 0, done.stdout + done.stderr
