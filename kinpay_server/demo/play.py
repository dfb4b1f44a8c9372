"""The demo as a whole, and its exit status."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from kinpay_server.demo.busy import Busy
from kinpay_server.demo.http import receiver
from kinpay_server.demo.programs import DemoError
from kinpay_server.demo.scenes import check_balance, create_wallet, pay, watch
from kinpay_server.demo.stage import set_up
from kinpay_server.demo.story import Story
from kinpay_server.demo.tips import show_tips

ONCE_SECONDS = 15.0
"""So long is it busy when it does not stay up."""


def play(*, once: bool, busy: bool, faults: bool) -> int:
    """Plays the demo; without `once` it goes on until Ctrl-C."""
    story = Story()
    signal.signal(signal.SIGTERM, _leave)
    try:
        _play(story, once=once, busy=busy, faults=faults)
    except DemoError as error:
        story.failed(str(error))
        return 1
    except KeyboardInterrupt:
        story.plain("\nbroken off")
        return 1
    return 0


def _play(story: Story, *, once: bool, busy: bool, faults: bool) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="kinpay-demo-") as folder,
        receiver() as callbacks,
        set_up(story, Path(folder), callbacks, usual_ports=not once) as stage,
    ):
        wallet = create_wallet(stage)
        pay(stage, wallet)
        watch(stage, wallet)
        check_balance(stage, wallet)
        if not once:
            show_tips(stage, wallet)
        pays = busy or faults
        if pays or not once:
            Busy(stage, wallet, pays=pays, faults=faults)(ONCE_SECONDS if once else None)


def _leave(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM ends the demo as an exception does, so that its programs end with it."""
    sys.exit(143)
