"""`python -m kinpay_server` and the program `kinpay`."""

from kinpay_server.cli import kinpay


def main() -> None:
    """Run the program."""
    kinpay(prog_name="kinpay")


if __name__ == "__main__":
    main()
