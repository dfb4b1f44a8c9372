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
"""Requests at once; each is answered within milliseconds."""

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
        self._async_slots = asyncio.Semaphore(IN_FLIGHT)
        self._sync_slots = asyncio.Semaphore(SYNC_IN_FLIGHT)
        self._sync_only = False

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        """One answer each, in order; a failure of the network is an answer too."""
        return await asyncio.gather(*(self._submit(submission_of(attempt, self._signer)) for attempt in attempts))

    async def _submit(self, submission: Submission) -> Answer:
        """The asynchronous call, or the other one when Horizon (before 2.30) does not know it."""
        if not self._sync_only:
            async with self._async_slots:
                answer = await _answered(submission, self._post_async)
            if answer is not None:
                return answer
            self._sync_only = True
        async with self._sync_slots:
            return await _answered(submission, self._post_sync) or answer_for("not_found")

    async def _post_async(self, form: bytes) -> HttpAnswer:
        return await self._connection.post_form(self._async_url, form)

    async def _post_sync(self, form: bytes) -> HttpAnswer:
        return await self._connection.post_form(self._sync_url, form, wait_seconds=SYNC_TIMEOUT)


async def _answered(submission: Submission, post: Callable[[bytes], Awaitable[HttpAnswer]]) -> Answer | None:
    """What came back; None when this Horizon has no such call."""
    try:
        answer = await post(submission.form)
    except NoAnswer as error:
        return answer_for(error.code)
    return None if is_missing_route(answer) else read_answer(submission, answer)
