"""Node with the JavaScript SDK: installed once, in the user's cache, so that the checkout stays as it was cloned."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent / "javascript"
NODE, NPM = shutil.which("node"), shutil.which("npm")
MISSING = "NODE IS MISSING: the JavaScript SDK was NOT tried"
HAS_NODE = NODE is not None and NPM is not None


def run(program: str, *arguments: str) -> str:
    """What the program prints; AssertionError with what went wrong if it fails."""
    folder = _folder_with_sdk()
    path = folder / f"{hashlib.sha256(program.encode()).hexdigest()[:16]}-{os.getpid()}.mjs"
    path.write_text(program, encoding="utf-8")
    try:
        command = [str(NODE), path.name, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
    finally:
        path.unlink()
    assert done.returncode == 0, done.stderr
    return done.stdout


def _folder_with_sdk() -> Path:
    """One folder for each list of packages; several tests may want it at once."""
    wanted = (HERE / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "kinpay-tests" / f"javascript-{hashlib.sha256(wanted).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            (folder / "package.json").write_bytes(wanted)
            command = [str(NPM), "install", "--no-audit", "--no-fund", "--no-package-lock"]
            subprocess.run(command, cwd=folder, check=True, timeout=110)
            (folder / "installed").touch()
    return folder
