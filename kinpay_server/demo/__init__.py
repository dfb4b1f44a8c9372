"""`kinpay demo`: sandbox and service together, a wallet made and paid, each step told as it happens."""

import click


@click.command()
@click.option("--once", is_flag=True, help="Stop after the first payment; exit status 1 if anything is wrong.")
def demo(once: bool) -> None:
    """Start a sandbox and the service, make a wallet and pay it.

    Nothing to configure, nothing is left behind. Stays up until Ctrl-C, with lines to copy and try.
    """
    from kinpay_server.demo.story import play  # heavy, and the other commands do without it

    raise SystemExit(play(stay_up=not once))
