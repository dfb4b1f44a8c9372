"""What can be looked at and tried while the demo stays up; a test runs each line as it is printed."""

from __future__ import annotations

import json
import shlex

from kinpay_server.demo.stage import Stage


def show_tips(stage: Stage, wallet: str) -> None:
    """Addresses, and lines to copy."""
    story, url = stage.story, stage.url
    story.plain("\nLook at")
    story.plain(f"  {url}/        the status page")
    story.plain(f"  {url}/docs    the API, to try it")
    story.plain(f"  {stage.network.horizon_url}/        the sandbox, which speaks Horizon")
    story.plain("\nTry (an id is paid once, however often it is posted)")
    for command in commands(stage, wallet):
        story.command("\n".join(f"  {line}" for line in command.splitlines()))
    story.plain("\nCallbacks are shown here as they come. Ctrl-C stops everything.\n")


def commands(stage: Stage, wallet: str) -> list[str]:
    """Each as a shell takes it."""
    url, config = stage.url, shlex.quote(str(stage.config))
    body = json.dumps(stage.payment("second", wallet, 5))
    body = body.replace(f' "{wallet}", ', f'\n   "{wallet}",\n   ')  # so that lines have 80 columns
    return [
        f"curl {url}/payments -H 'Content-Type: application/json' -d '\n  {body}'",
        f"curl {url}/payments/second",
        f"curl {url}/wallets/{wallet}",
        f"curl {url}/status",
        f"kinpay payments show second -c {config}",
        f"kinpay check -c {config}",
    ]
