"""Progress of long work, on stderr; nothing where that is not a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from kinpay_server.commands.shown import console


@contextmanager
def reading(*, show: bool) -> Iterator[Callable[[int, int, int], None]]:
    """Progress through ledgers: to be told of the ledger read last, of the newest one, and of how many payments."""
    with _bar("reading the ledger", show=show) as bar:
        task = bar.add_task("", total=None)
        first: list[int] = []

        def tell(ledger: int, newest: int, payments: int) -> None:
            first.extend([] if first else [ledger])
            total = max(newest - first[0], 1)
            bar.update(task, completed=ledger - first[0], total=total, description=f"{payments:,} payments")

        yield tell


@contextmanager
def counting(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Progress of so many things: to be told how many are done."""
    with _bar(title, show=True) as bar:
        task = bar.add_task("", total=total)

        def tell(done: int) -> None:
            bar.update(task, completed=done, description=f"{done} of {total}")

        yield tell


@contextmanager
def waiting(what: str) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Something that turns while the block waits for others; to be given what prints a line meanwhile."""
    shown = console(errors=True)
    if not shown.is_terminal:
        yield lambda print_it: print_it()
        return
    status = shown.status(what)

    def above(print_it: Callable[[], None]) -> None:
        status.stop()
        print_it()
        status.start()

    with status:
        yield above


def _bar(title: str, *, show: bool) -> Progress:
    shown = console(errors=True)
    return Progress(
        TextColumn(title),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=shown,
        transient=True,
        disable=not (show and shown.is_terminal),
    )
