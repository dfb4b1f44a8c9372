"""`kinpay demo`: sandbox and service together, a wallet made, paid and watched, each step told as it happens."""

import click


@click.command()
@click.option("--busy", is_flag=True, help="Go on paying, some payments a second.")
@click.option("--faults", is_flag=True, help="The same on a bad network; at the end the ledger is compared.")
@click.option("--once", is_flag=True, help="Stop by itself; exit status 1 if anything is wrong.")
def demo(busy: bool, faults: bool, once: bool) -> None:
    """Start a sandbox and the service, make a wallet, pay it and watch it.

    Nothing to configure, nothing is left behind. Stays up until Ctrl-C, with a status page to look at and lines to copy
    and try.

    \b
    Examples:
      kinpay demo --busy            payments go on, for the status page to show
      kinpay demo --faults --once   15 seconds of a bad network, for a script
    """
    from kinpay_server.demo.play import play  # heavy, and the other commands do without it

    raise SystemExit(play(once=once, busy=busy, faults=faults))
