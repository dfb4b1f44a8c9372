"""`python -m tests.system.clock FILE -- serve -c …`: kinpay, on a host whose clock is wrong by the seconds in FILE.

The number may change at any time: the clock jumps. The monotonic clock goes on as ever, as it does on a real host.
"""

import sys
import time
from pathlib import Path

from kinpay_server.cli import kinpay


def be_wrong_by(file: Path) -> None:
    """Shift what this process is told of the time of day."""
    true_time, true_time_ns = time.time, time.time_ns

    def shift() -> int:
        return int(file.read_text() or 0)

    time.time = lambda: true_time() + shift()
    time.time_ns = lambda: true_time_ns() + shift() * 1_000_000_000


def main() -> None:
    """Be kinpay."""
    separator = sys.argv.index("--")
    be_wrong_by(Path(sys.argv[1]))
    kinpay(sys.argv[separator + 1 :], prog_name="kinpay")


if __name__ == "__main__":
    main()
