"""Rules of telling: a callback is never false, never lost, and a watched payment is told once to each service."""

from tests.mutations.mutation import breaks

DOMAIN = "domain/test_callback.py"
DELIVER = "services/test_deliver_callbacks.py"
STORED = "storage/test_callbacks.py"
SENDER = "callbacks/test_sender.py"
SIGNATURE = "callbacks/test_signature.py"
WATCH = "domain/test_watch.py"
WATCHED = "storage/test_watched_payments.py"
WATCHING = "services/test_watch_payments.py"
LISTS = "ledger/test_payments.py"
SERVICES = "storage/test_services.py"

WITHDRAWN = "storage/test_withdrawn_callbacks.py"

MUTATIONS = (
    breaks(
        "only a 2xx delivers a callback",
        "domain/callback",
        "200 <= self.status < 300",
        "200 <= self.status < 400",
        f"{DOMAIN}::test_anything_but_2xx_is_tried_again",
    ),
    breaks(
        "a fail that is not final any more is not told",
        "storage/payments",
        "    withdraw_of_payments(connection, [p.id for p in posts], POSTED_AGAIN, max(p.created_at for p in posts))\n",
        "",
        f"{WITHDRAWN}::test_a_fail_that_was_not_delivered_is_never_told_once_the_payment_is_posted_again",
    ),
    breaks(
        "a fail of what the ledger shows as paid is not told",
        "storage/found_payments",
        "if one.believed is PaymentStatus.FAILED",
        "if False",
        f"{WITHDRAWN}::test_a_fail_of_a_payment_that_the_ledger_shows_as_paid_is_withdrawn",
    ),
    breaks(
        "a fail is not replayed once its payment was posted again",
        "storage/callback_list",
        " & ~OVERTAKEN",
        "",
        f"{WITHDRAWN}::test_a_fail_that_was_delivered_stays_so_and_is_not_sent_again_unless_it_is_still_true",
    ),
    breaks(
        "a success waits for the answer to a fail of the same payment",
        "services/callback_chains",
        "payments.append(payment_id)",
        "alone.append(chain.callbacks[0].callback.id)",
        f"{DELIVER}::test_a_success_waits_for_the_answer_to_a_try_to_tell_that_the_payment_had_failed",
    ),
    breaks(
        "who posts a wallet on its way is told of its end too",
        "storage/settlements",
        "    tell_posts(connection, settlements, now)\n",
        "",
        "services/test_submit_wallets.py::test_who_posts_a_wallet_that_is_on_its_way_is_told_of_its_end_too",
    ),
    breaks(
        "any 2xx delivers it",
        "domain/callback",
        "200 <= self.status < 300",
        "self.status == 200",
        f"{DOMAIN}::test_any_2xx_is_delivered",
    ),
    breaks(
        "410 ends it at once",
        "domain/callback",
        "return self.final or self.status == GONE",
        "return self.final",
        f"{DOMAIN}::test_410_ends_it_at_once",
    ),
    breaks(
        "it is tried as long as the contract says",
        "domain/callback",
        "tries > len(RETRY_DELAYS) or now >= give_up_at",
        "tries >= 5 or now >= give_up_at",
        f"{DOMAIN}::test_the_tries_go_on_for_about_three_days_then_it_is_dead",
    ),
    breaks(
        "it does not wait for more than three days",
        "domain/callback",
        "tries > len(RETRY_DELAYS) or now >= give_up_at",
        "tries > len(RETRY_DELAYS)",
        f"{DOMAIN}::test_after_three_days_a_failure_is_the_last_whatever_is_left_of_the_plan",
    ),
    breaks(
        "Retry-After is honoured",
        "domain/callback",
        "return now + max(delay, min(delivery.retry_after or 0, 24 * HOUR))",
        "return now + delay",
        f"{DOMAIN}::test_retry_after_is_honoured_when_it_asks_for_more_patience_up_to_a_day",
    ),
    breaks(
        "a callback is marked once its receiver has taken it",
        "services/deliver_callbacks",
        "            delivery = await self._sender.send(due.callback)\n",
        "            await self._record(due, Delivery(200))\n"
        "            delivery = await self._sender.send(due.callback)\n",
        f"{DELIVER}::test_a_callback_is_marked_only_after_the_receiver_has_answered",
    ),
    breaks(
        "one that failed is tried again",
        "services/deliver_callbacks",
        "        if not delivery.delivered:\n            again_at = ",
        "        if delivery.delivered:\n            again_at = ",
        f"{DELIVER}::test_a_failed_try_is_planned_again_and_gone_is_the_end",
    ),
    breaks(
        "one that is refused waits",
        "storage/callbacks",
        "    if delivery.delivered:\n        return CallbackState.DELIVERED",
        "    if delivery.status:\n        return CallbackState.DELIVERED",
        f"{STORED}::test_a_callback_that_is_refused_waits_for_its_next_try",
    ),
    breaks(
        "one that is done or dead does not change any more",
        "storage/callbacks",
        """_TRIED = (
    update(callbacks)
    .where(callbacks.c.id == bindparam("the_id"), or_(WAITING, WITHDRAWN))""",
        """_TRIED = (
    update(callbacks)
    .where(callbacks.c.id == bindparam("the_id"))""",
        f"{STORED}::test_what_is_delivered_or_dead_does_not_change_any_more",
    ),
    breaks(
        "only what has waited for three days is given up untried",
        "storage/callbacks",
        '    callbacks.c.give_up_at <= bindparam("now"),\n',
        "",
        f"{STORED}::test_what_is_due_and_has_waited_for_three_days_is_given_up_and_nothing_else",
    ),
    breaks(
        "an attempt has one callback",
        "migrations/versions/0001_first",
        'sa.UniqueConstraint("attempt_hash", name=op.f("uq_callbacks_attempt_hash")),',
        "",
        "storage/test_settlements.py::test_the_database_refuses_a_second_callback_of_an_attempt",
    ),
    breaks(
        "a redirect is not followed",
        "callbacks/sender",
        "allow_redirects=False",
        "allow_redirects=True",
        f"{SENDER}::test_a_redirect_is_not_followed_and_not_delivered",
    ),
    breaks(
        "a host that is not allowed is not called",
        "callbacks/sender",
        'if not self._allowed_hosts.allow(url.raw_host or "", url.port or 0):',
        "if not url.raw_host:",
        "callbacks/test_allowed_hosts.py::test_a_host_that_is_not_allowed_any_more_ends_the_callback_unsent",
    ),
    breaks(
        "one slow receiver does not delay the others",
        "callbacks/sender",
        "aiohttp.TCPConnector(limit=0)",
        "aiohttp.TCPConnector(limit=1)",
        f"{SENDER}::test_a_slow_receiver_does_not_delay_another_one",
    ),
    breaks(
        "some receivers that never answer do not take all the room",
        "services/receivers",
        "(left + 1) // 2)",
        "left)",
        "services/test_receivers.py::test_however_well_a_receiver_answers_it_gets_half_of_what_is_left_at_most",
    ),
    breaks(
        "each try has the same id",
        "callbacks/signature",
        '{"webhook-id": callback_id,',
        '{"webhook-id": f"{callback_id}-{at}",',
        f"{SIGNATURE}::test_what_the_sender_posts_is_verified_and_each_try_has_the_same_id_and_a_new_time",
    ),
    breaks(
        "a signature is over the id, the time and the body",
        "callbacks/signature",
        'signed = f"{callback_id}.{at}.".encode() + body',
        "signed = body",
        f"{SIGNATURE}::test_the_library_verifies_what_is_signed_and_its_signature_is_the_same",
    ),
    breaks(
        "while secrets are changed either is enough",
        "callbacks/signature",
        '" ".join(_signature(key, signed) for key in self._keys)',
        "_signature(self._keys[0], signed)",
        f"{SIGNATURE}::test_with_two_secrets_either_is_enough",
    ),
    breaks(
        "what was written before the clock was set back is due all the same",
        "storage/settlements",
        "    if before is None or int(before) > now:\n        let_be_due(connection, now)\n",
        "",
        "storage/test_settlements.py::test_callbacks_of_before_the_clock_was_set_back_are_due_anew",
        "storage/test_settlements.py::test_a_clock_that_is_set_back_before_the_first_beat_delays_no_callback_either",
    ),
    breaks(
        "only what is dead is replayed",
        "storage/callback_list",
        "return [_have_due(connection, DEAD & chosen, now) for chosen, now in batch]",
        "return [_have_due(connection, chosen, now) for chosen, now in batch]",
        "storage/test_outstanding.py::test_only_what_is_dead_is_replayed",
    ),
    breaks(
        "a service is told once, however many of its watches hold",
        "domain/watch",
        "            found[watch.service_id] = Telling(",
        "            found[watch.service_id + watch.address] = Telling(",
        f"{WATCH}::test_a_service_is_told_once_however_many_of_its_watches_hold",
    ),
    breaks(
        "either side of a payment counts",
        "domain/watch",
        "if watch.address not in (payment.sender, payment.recipient) or",
        "if watch.address != payment.recipient or",
        f"{WATCH}::test_either_side_counts",
    ),
    breaks(
        "only what happens after the watch was put is told",
        "domain/watch",
        " or payment.position <= watch.since:",
        ":",
        f"{WATCH}::test_only_what_happens_after_the_put_is_told",
        f"{WATCHED}::test_what_happened_before_the_put_is_not_told",
    ),
    breaks(
        "a watch of a payment is for that id",
        "domain/watch",
        "if watch.payment_id is not None and watch.payment_id != payment.payment_id:",
        "if watch.payment_id is not None and payment.payment_id is None:",
        f"{WATCH}::test_a_watch_of_a_payment_is_for_that_id_in_a_memo_of_ours",
    ),
    breaks(
        "a watch ends with its time",
        "domain/watch",
        "return watch.expires_at is None or min(now, payment.closed_at) < watch.expires_at",
        "return True",
        f"{WATCH}::test_it_ends_when_its_time_has_passed_by_both_clocks",
    ),
    breaks(
        "what happened before a watch ended is told, however late",
        "domain/watch",
        "min(now, payment.closed_at) < watch.expires_at",
        "now < watch.expires_at",
        f"{WATCH}::test_it_ends_when_its_time_has_passed_by_both_clocks",
        f"{WATCHING}::test_a_temporary_watch_that_ended_while_the_service_was_down_is_told_of_what_came_before",
    ),
    breaks(
        "a payment that is seen again is not told again",
        "storage/watched_payments",
        "            new = without_known(connection, few)\n",
        "            new = few\n",
        f"{WATCHED}::test_a_payment_that_is_seen_again_is_not_told_again",
    ),
    breaks(
        "two payments of one transaction are two",
        "domain/watch",
        'return f"receive-{payment.position}-',
        'return f"receive-{payment.transaction_id}-',
        f"{WATCHED}::test_two_payments_of_one_transaction_are_two",
    ),
    breaks(
        "each service is told by itself",
        "domain/watch",
        "-{sha256(service_id.encode()).hexdigest()[:16]}",
        "",
        f"{WATCHED}::test_each_service_that_watches_either_side_is_told_once",
    ),
    breaks(
        "how far is told is stored with what is told",
        "storage/watched_payments",
        "    move_to(connection, position, now)\n",
        "",
        f"{WATCHED}::test_callbacks_and_position_are_one_commit",
    ),
    breaks(
        "the position never goes back",
        "storage/watch_marks",
        "    if position > int(read_cursor(connection, POSITION) or 0):",
        "    if position:",
        f"{WATCHED}::test_the_position_never_goes_back",
    ),
    breaks(
        "a failed payment is not told",
        "ledger/payments",
        '                and record["transaction_successful"] is True\n',
        "",
        f"{LISTS}::test_a_payment_that_failed_is_none",
    ),
    breaks(
        "KIN of another issuer is not told",
        "ledger/payments",
        'record.get("asset_code") == code and record["asset_issuer"] == issuer',
        'record.get("asset_code") == code',
        f"{LISTS}::test_another_asset_or_the_same_code_by_another_issuer_is_never_told",
    ),
    breaks(
        "a path that spends KIN counts",
        "ledger/payments",
        'or (record.get("source_asset_code") == code and record["source_asset_issuer"] == issuer)\n',
        "\n",
        f"{LISTS}::test_a_path_that_spends_kin_counts_with_what_it_spends",
    ),
    breaks(
        "a payment that cannot be read is not left out",
        "ledger/payments",
        '            raise HorizonUnavailable(f"a payment that Horizon lists cannot be read: {error!r}") from error',
        "            return []",
        f"{LISTS}::test_a_payment_that_cannot_be_read_is_no_payment_that_is_left_out",
    ),
    breaks(
        "a list of accounts' payments without news is not taken for read",
        "services/read_accounts",
        "reached = end_of_ledger(latest_ledger - MARGIN)",
        "reached = end_of_ledger(latest_ledger)",
        f"{WATCHING}::test_in_the_accounts_way_the_stored_position_stays_behind_by_what_a_replica_may_lag",
    ),
    breaks(
        "the network's list moves to what was seen in it and no further",
        "services/read_network",
        "position = page.last if page.last is not None else position",
        "position = page.last if page.last is not None else position + (1 << 40)",
        f"{WATCHING}::test_a_replica_that_lags_hides_nothing",
    ),
    breaks(
        "what is put while a page is on its way is told of what is in it",
        "services/read_network",
        "        await self._watched.refresh()\n",
        "",
        f"{WATCHING}::test_what_is_put_while_a_page_is_on_its_way_is_told_of_what_is_in_it",
    ),
    breaks(
        "a PUT of a service skips nothing of what was watched before",
        "storage/services",
        "new = [address for address in after if address not in before]",
        "new = list(after)",
        f"{SERVICES}::test_a_put_keeps_from_where_on_an_address_is_watched_that_was_watched_before",
    ),
    breaks(
        "a watch that was deleted is really gone",
        "storage/services",
        "    if connection.execute(delete(payment_watches).where(*_is(watch))).rowcount:\n",
        "    if connection.execute(select(payment_watches).where(*_is(watch))).first():\n",
        f"{SERVICES}::test_a_deleted_watch_is_gone_and_others_of_the_service_are_not",
        f"{WATCHED}::test_what_was_deleted_is_told_of_nothing_more",
    ),
    breaks(
        "what history no longer has is said",
        "services/watch_payments",
        "        if ledger_of(position) >= state.elder_ledger - 1:",
        "        if ledger_of(position) >= 0:",
        f"{WATCHING}::test_what_a_horizon_no_longer_has_is_shouted_about",
    ),
    breaks(
        "our own payment is told as paid by what paid it",
        "services/payment_events",
        'return Event("payment", "send", "success", as_value(paid))',
        'return Event("payment", "send", "success", as_value(payment))',
        "services/test_settle_payments.py::test_a_payment_on_the_ledger_has_succeeded_and_is_told_once",
    ),
)
