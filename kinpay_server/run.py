"""Runs the service until a signal ends it, and turns what stops it into one sentence and an exit status."""

import asyncio
import os
import signal
import sys
from io import StringIO
from pathlib import Path

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from kinpay_server import logs
from kinpay_server.bootstrap import Service, SteadyCallback
from kinpay_server.config import Settings
from kinpay_server.ledger.signer import InvalidSeed
from kinpay_server.services.network_view import WrongNetwork
from kinpay_server.services.refusals import Refused
from kinpay_server.storage.condition import head, revision_of
from kinpay_server.storage.database import CannotOpen
from kinpay_server.storage.lock import DatabaseInUse, ProcessLock
from kinpay_server.storage.migrate import DatabaseTooNew, upgrade
from kinpay_server.systemd import Systemd
from kinpay_server.web.listening import CannotListen

FAILED = 1

SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter from the others: the event loop answers posts while another one signs."""

log = structlog.get_logger(__name__)


def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    logs.configure(settings.logging.level, settings.logging.format)
    for sentence in settings.ignored:
        log.warning(sentence)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        asyncio.run(_serve(settings))
    except (CannotListen, CannotOpen, DatabaseInUse, DatabaseTooNew, InvalidSeed, Refused, WrongNetwork) as error:
        return _complain(str(error))
    return 0


def upgrade_database(settings: Settings) -> int:
    """Bring the schema up to date; the exit status."""
    url = settings.storage.url
    file = Path(make_url(url).database or "")
    try:
        lock = ProcessLock(file)
        try:
            before = revision_of(url) if file.exists() else None
            upgrade(url)
        finally:
            lock.release()
    except DatabaseInUse as error:
        return _complain(f"{error}: stop it first")
    except (DatabaseTooNew, Refused) as error:
        return _complain(str(error))
    except (OSError, SQLAlchemyError) as error:
        return _complain(f"the database {file} cannot be upgraded: {error}")
    sys.stdout.write(f"{file}: {_upgraded(before, head())}\n")
    return 0


def _upgraded(before: str | None, after: str) -> str:
    if before is None:
        return f"made, at schema {after}"
    return (
        f"at schema {after} already, nothing to do" if before == after else f"upgraded from schema {before} to {after}"
    )


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    systemd = Systemd(os.environ)
    service = await Service.start(settings)
    try:
        if systemd.pulse_seconds:
            SteadyCallback(systemd.alive, systemd.pulse_seconds * 1000).start()
        systemd.ready()
        _say(f"listening on http://{_bracketed(settings.server.host)}:{service.port}\n")
        await _first(stop.wait(), service.failed())
    finally:
        systemd.stopping()
        await service.stop()


async def _first(*waits: object) -> None:
    """Wait for the first of them; raises what it raises."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    for task in done:
        task.result()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _say(line: str) -> None:
    """A reader that has gone stops nothing."""
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except OSError:
        sys.stdout = StringIO()  # or the end of the program would fail for it


def _complain(sentence: str) -> int:
    sys.stderr.write(f"kinpay: {sentence}\n")
    return FAILED
