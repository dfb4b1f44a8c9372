"""The table of docs/safety.md. `python -m tests.mutations.table` writes it there."""

from collections.abc import Iterator

from tests.mutations import accepting, asking, sending, settling, signing, spending, starting, telling
from tests.mutations.mutation import ROOT, Mutation

DOCUMENT = ROOT / "docs" / "safety.md"
HEAD = "| rule | broken at | test that fails |\n|---|---|---|\n"

MUTATIONS: tuple[Mutation, ...] = (
    *accepting.MUTATIONS,
    *signing.MUTATIONS,
    *sending.MUTATIONS,
    *asking.MUTATIONS,
    *settling.MUTATIONS,
    *starting.MUTATIONS,
    *spending.MUTATIONS,
    *telling.MUTATIONS,
)

SIMULATED = (
    (
        "a used number is not taken for death",
        "services/judge_attempts",
        "test_a_used_number_that_is_taken_for_death_is_found_out",
    ),
    ("nothing is dead before its bound", "services/judge_attempts", "test_death_before_the_bound_is_found_out"),
    (
        "number and ledger are of one snapshot",
        "ledger/client",
        "test_number_and_ledger_from_two_snapshots_are_found_out",
    ),
    (
        "attempts are written before they are sent",
        "storage/submissions",
        "test_attempts_that_are_written_after_they_were_sent_are_found_out",
    ),
    (
        "an unknown answer is no licence to sign anew",
        "storage/submissions",
        "test_signing_anew_after_an_unknown_answer_is_found_out",
    ),
    ("a refusal is no licence to sign anew", "storage/submissions", "test_signing_anew_after_a_refusal_is_found_out"),
    (
        "what a former life paid is looked for",
        "services/found_payments",
        "test_a_service_that_does_not_look_for_payments_of_its_former_life_is_found_out",
    ),
    (
        "the start waits for history",
        "services/read_history",
        "test_a_start_that_does_not_wait_for_history_is_found_out",
    ),
    (
        "a list is believed only as far as it is known to go",
        "services/read_history",
        "test_a_list_that_is_believed_whatever_replica_it_comes_from_is_found_out",
    ),
    (
        "a callback is marked after it was sent",
        "services/deliver_callbacks",
        "test_a_callback_that_is_marked_before_it_was_sent_is_found_out",
    ),
    (
        "a fail that is withdrawn is not told",
        "storage/payments",
        "test_a_fail_that_is_told_after_its_payment_was_posted_again_is_found_out",
    ),
    (
        "claims of a process that died are given back",
        "storage/settlements",
        "test_claims_that_nobody_gives_back_are_found_out",
    ),
    ("no bid is above the cap", "services/submit_payments", "test_bids_above_the_cap_are_found_out"),
    (
        "how far is told is written with what is told",
        "storage/watched_payments",
        "test_a_position_that_is_written_before_what_is_told_is_found_out",
    ),
    (
        "a list of payments without news is not taken for read",
        "services/read_accounts",
        "test_a_list_without_news_that_is_taken_for_read_is_found_out",
    ),
    (
        "an event has the payment's own id",
        "storage/watched_payments",
        "test_telling_of_the_same_payment_anew_is_found_out",
    ),
)
"""What `tests/simulation/test_mutations.py` breaks, since it takes a whole run to see it."""


def rows() -> Iterator[str]:
    """One for each rule."""
    for one in MUTATIONS:
        tests = ", ".join(f"`{test.rpartition('::')[2]}`" for test in one.tests)
        yield f"| {one.rule} | `{one.at}` | {tests} |\n"
    for rule, at, test in SIMULATED:
        yield f"| {rule} | `{at}` | `{test}` (simulation) |\n"


def document() -> str:
    """The document as it should be: the table is at its end."""
    return DOCUMENT.read_text().partition(HEAD)[0] + HEAD + "".join(rows())


if __name__ == "__main__":
    DOCUMENT.write_text(document())
