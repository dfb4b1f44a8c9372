"""`python -m tests.system.puzzled CODE -- serve -c …`: kinpay, which does not know what CODE means."""

import sys

from kinpay_server.cli import kinpay
from kinpay_server.ledger import outcomes


def main() -> None:
    """Be kinpay without that code in its table."""
    separator = sys.argv.index("--")
    for code in sys.argv[1:separator]:
        outcomes.TABLE.pop(code)  # type: ignore[attr-defined]
    kinpay(sys.argv[separator + 1 :], prog_name="kinpay")


if __name__ == "__main__":
    main()
