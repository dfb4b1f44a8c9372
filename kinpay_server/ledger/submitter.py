"""Sends attempts, many side by side, by the call that answers at once where there is one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.outcome import Answer
from kinpay_server.ledger.answers import answer_for, is_missing_route, read_answer
from kinpay_server.ledger.connection import HorizonConnection, HttpAnswer, NoAnswer
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.ledger.submissions import Submission, submission_of

IN_FLIGHT = 64
"""Requests at once for each batch; each is answered within milliseconds."""

SYNC_IN_FLIGHT = 1000
"""The same for the call that waits for the ledger: as many as a ledger takes."""

SYNC_TIMEOUT = 45.0
"""Seconds; Horizon itself gives up after about 30 and then says so."""


class Submitter:
    """Sends envelopes to one Horizon. Whether it has the asynchronous call is found out by using it."""

    def __init__(self, connection: HorizonConnection, signer: StellarSigner) -> None:
        self._connection = connection
        self._signer = signer
        self._async_url = connection.url("/transactions_async")
        self._sync_url = connection.url("/transactions")
        self._sync_only = False

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        """One answer each, in order; a failure of the network is an answer too.

        What a Horizon before 2.30 has no asynchronous call for goes by the other one, then and from then on.
        """
        answers: list[Answer | None] = [None] * len(attempts)
        if not self._sync_only:
            await self._fill(answers, attempts, self._post_async, IN_FLIGHT)
            self._sync_only = self._sync_only or None in answers
        if self._sync_only:
            await self._fill(answers, attempts, self._post_sync, SYNC_IN_FLIGHT)
        return [answer or answer_for("not_found") for answer in answers]

    async def _fill(
        self,
        answers: list[Answer | None],
        attempts: Sequence[Attempt],
        post: Callable[[bytes], Awaitable[HttpAnswer]],
        in_flight: int,
    ) -> None:
        """Send all that have no answer; as many workers as may be in flight share the work."""
        missing = iter([index for index, answer in enumerate(answers) if answer is None])

        async def work() -> None:
            for index in missing:
                answers[index] = await _send(submission_of(attempts[index], self._signer), post)

        await asyncio.gather(*(work() for _ in range(min(in_flight, len(attempts)))))

    async def _post_async(self, form: bytes) -> HttpAnswer:
        return await self._connection.post_form(self._async_url, form)

    async def _post_sync(self, form: bytes) -> HttpAnswer:
        return await self._connection.post_form(self._sync_url, form, wait_seconds=SYNC_TIMEOUT)


async def _send(submission: Submission, post: Callable[[bytes], Awaitable[HttpAnswer]]) -> Answer | None:
    """What came back; None when this Horizon has no such call."""
    try:
        answer = await post(submission.form)
    except NoAnswer as error:
        return answer_for(error.code)
    return None if is_missing_route(answer) else read_answer(submission, answer)
