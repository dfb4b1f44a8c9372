"""The wheel, installed where there is no checkout, brings all that the service needs, its migrations too."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network, network_of

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.py", "pyproject.toml", "README.md", "LICENSE", "kinpay_server", "migrations")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, copy / name, ignore=ignore) if source.is_dir() else shutil.copy(source, copy)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", copy / "out", copy, cwd=copy)
    (built,) = (copy / "out").glob("kinpay-*.whl")
    return built


@pytest.fixture(scope="module")
def kinpay(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program `kinpay` in an empty venv where only the wheel was installed."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    constraints = ROOT / "scripts" / "constraints.txt"
    run(home / "bin" / "python", "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=home)
    return home / "bin" / "kinpay"


@contextmanager
def started(*command: str | Path, cwd: Path) -> Iterator[Iterator[str]]:
    """The lines that a program says; it is stopped at the end of the block, and must then end well."""
    with (cwd / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=clean_environment(), stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout
        yield iter(process.stdout.readline, "")
        process.terminate()
        assert process.wait(timeout=15) == 0, (cwd / "log").read_text()
    finally:
        process.kill()
        process.communicate()


def first_network(lines: Iterator[str]) -> Network:
    return next(network for line in lines if (network := network_of(line)))


def test_the_installed_program_serves_without_a_checkout(kinpay: Path, tmp_path: Path) -> None:
    there, here = tmp_path / "sandbox", tmp_path / "service"
    there.mkdir()
    here.mkdir()
    with started(kinpay, "sandbox", "--port", "0", "--json", cwd=there) as lines:
        network = first_network(lines)
        root = network.make_wallet()
        network.give_kin(root.public_key, 100)
        config = write_config(here, network, root)
        with started(kinpay, "serve", "-c", config, cwd=here) as said:
            ready = next(said, "")
            assert ready.startswith("listening on http://127.0.0.1:"), (here / "log").read_text()
    assert (here / "kinpay.db").exists()


def test_the_wheel_holds_the_migrations_inside_the_package(kinpay: Path) -> None:
    (package,) = kinpay.parent.parent.glob("lib/python*/site-packages/kinpay_server")
    inside = {path.name for path in (package / "migrations").rglob("*.*") if "__pycache__" not in path.parts}
    assert inside >= {path.name for path in (ROOT / "migrations").rglob("*.*") if "__pycache__" not in path.parts}
    assert {"env.py", "script.py.mako"} <= inside


@pytest.mark.parametrize("folder", ["static", "templates"])
def test_the_wheel_holds_all_that_the_pages_are_made_of(kinpay: Path, folder: str) -> None:
    (package,) = kinpay.parent.parent.glob("lib/python*/site-packages/kinpay_server")
    inside, wanted = (files_in(root / "web" / folder) for root in (package, ROOT / "kinpay_server"))
    assert inside == wanted
    assert wanted


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
