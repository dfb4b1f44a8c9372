"""`scripts/simulate`: runs seeds, tells which fail and why."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.simulation.plan import plan_of
from tests.simulation.world import Outcome, World


def main() -> int:
    """0: nothing was violated; 1: something was."""
    options = _options()
    say: Callable[[str], None] = lambda line: print(line, flush=True)  # noqa: E731, T201
    seeds = [options.seed] if options.seed is not None else range(options.start, options.start + options.seeds)
    began, failed, held, crashes, restores = time.monotonic(), 0, 0, 0, 0
    for seed in seeds:
        outcome = World(plan_of(seed), echo=say if options.verbose else None).run()
        crashes, restores = crashes + outcome.crashes, restores + outcome.restores
        if outcome.held:
            held += 1
            say(f"seed {seed} waits for an operator: {outcome.held}")
        if outcome.violations:
            failed += 1
            say(f"seed {seed}:")
            for violation in outcome.violations:
                say(f"    {violation}")
        if options.seed is not None:
            say(_summary(outcome))
    took = time.monotonic() - began
    say(f"{len(seeds)} seeds in {took:.1f} s, {crashes} crashes, {restores} restored copies")
    say(f"{held} wait for an operator, {failed} failed")
    return 1 if failed else 0


def _summary(outcome: Outcome) -> str:
    return (
        f"seed {outcome.seed}: {outcome.payments} payments, {outcome.ledgers} ledgers, {outcome.crashes} crashes, "
        f"{outcome.restores} restored copies, {outcome.virtual_seconds:.0f} virtual seconds\ntrace {outcome.trace}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first one (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--verbose", action="store_true", help="print everything that happens")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
