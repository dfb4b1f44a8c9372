"""Rules of fees and of what is ours: bids have a cap, few are raised, and what we lack fails nobody."""

from tests.mutations.mutation import breaks

SEND = "services/test_send_attempts.py"
PRESSURE = "services/test_pressure.py"
ROOT = "services/test_check_root.py"
RETRY = "services/test_retry_payment.py"
TOP_UP = "services/test_top_up_channels.py"

MUTATIONS = (
    breaks(
        "no bid is above max_base_fee",
        "services/network_view",
        "return min(bid, self._max_bid)",
        "return bid",
        "services/test_submit_payments.py::test_what_is_usually_bid_is_bid_up_to_the_cap",
        f"{SEND}::test_never_more_is_bid_than_the_cap_and_the_status_says_so",
    ),
    breaks(
        "a bump for a channel that is short is within it too",
        "services/send_attempts",
        "return attempt.bumped(self._view.capped(max(self._view.bid, attempt.fee)))",
        "return attempt.bumped(max(self._view.bid, attempt.fee))",
        "simulation/test_regressions.py::test_a_bump_of_many_operations_bids_within_the_cap",
    ),
    breaks(
        "what refusals want is bid at once",
        "services/send_attempts",
        "            self._view.refused_for(wanted)\n",
        "            pass\n",
        f"{SEND}::test_new_payments_bid_at_once_what_refusals_asked_for_of_late",
    ),
    breaks(
        "where the cap does not suffice, it is said",
        "services/send_attempts",
        "        if wanted > self._view.capped(wanted):",
        "        if wanted > 10 * self._view.capped(wanted):",
        f"{SEND}::test_never_more_is_bid_than_the_cap_and_the_status_says_so",
    ),
    breaks(
        "full ledgers are met with fewer payments",
        "services/send_attempts",
        "        self._pressure.refused(refusals)\n",
        "",
        f"{SEND}::test_full_ledgers_are_met_with_fewer_payments_not_with_more_bids",
    ),
    breaks(
        "no more go out than there is room for",
        "services/submit",
        "most = min(BATCH, self._pressure.room)",
        "most = BATCH",
        "services/test_submit_payments.py::test_no_more_are_taken_than_may_be_under_way",
    ),
    breaks(
        "after a refusal fewer go out than the network took",
        "services/pressure",
        "self._window = max(LEAST, SHRINK * max(len(self._under_way), LEAST))",
        "self._window = self._window",
        f"{PRESSURE}::test_after_refusals_fewer_may_go_than_the_network_took",
    ),
    breaks(
        "it never closes wholly",
        "services/pressure",
        "self._window = max(LEAST, SHRINK * max(len(self._under_way), LEAST))",
        "self._window = SHRINK * len(self._under_way)",
        f"{PRESSURE}::test_it_never_closes_wholly",
    ),
    breaks(
        "it opens again as payments land",
        "services/pressure",
        "self._window = min(self._most, self._window + growth * landed)",
        "self._window = min(self._most, self._window)",
        f"{PRESSURE}::test_it_opens_again_as_payments_land",
    ),
    breaks(
        "what was refused is not under way",
        "services/pressure",
        '''        """The network had no room for these."""
        self._under_way.difference_update(hashes)
''',
        '''        """The network had no room for these."""
''',
        f"{PRESSURE}::test_what_was_refused_keeps_no_other_from_going_once_there_is_room",
    ),
    breaks(
        "a channel that is known to be short is bumped by root",
        "services/submit",
        '"bump_bid": bid if channel.balance < bid else None',
        '"bump_bid": None',
        "services/test_submit_payments.py::test_root_bumps_a_payment_whose_channel_is_known_to_be_short",
    ),
    breaks(
        "a channel that can pay its fee is not bumped",
        "services/submit",
        '"bump_bid": bid if channel.balance < bid else None',
        '"bump_bid": bid',
        "services/test_submit_payments.py::test_the_channel_pays_the_fee_itself_while_it_can",
    ),
    breaks(
        "a channel pays the fee of what it carries, and not that of a bump",
        "services/settle_fundings",
        "spent = transaction.fee_charged if transaction.fee_account == attempt.source else 0",
        "spent = transaction.fee_charged",
        "services/test_settle_payments.py::test_a_channel_that_root_bumped_has_paid_nothing",
    ),
    breaks(
        "a channel is topped up by one attempt at a time",
        "storage/channels",
        'where(channels.c.index == bindparam("the_index"), channels.c.funded_by.is_(None))',
        'where(channels.c.index == bindparam("the_index"))',
        "storage/test_channels.py::test_a_channel_is_funded_by_one_attempt_at_a_time",
    ),
    breaks(
        "a top-up that failed gives nothing",
        "services/settle_fundings",
        "topped_up=failure is None and is_top_up,",
        "topped_up=is_top_up,",
        f"{TOP_UP}::test_a_top_up_that_failed_gives_nothing_and_says_why",
    ),
    breaks(
        "a top-up that expired is made again",
        "storage/settlements",
        "        connection.execute(update(channels).where(channels.c.funded_by.in_(ended)).values("
        "funded_by=None, funding=0))\n",
        "        pass\n",
        f"{TOP_UP}::test_a_top_up_that_expired_is_made_again",
    ),
    breaks(
        "payments wait while root cannot pay",
        "services/check_root",
        '            self._health.bad(ROOT, wrong or "")\n',
        '            self._health.bad(ROOT, wrong or "", blocking=False)\n',
        f"{ROOT}::test_payments_wait_while_root_cannot_pay_and_go_on_when_it_can",
    ),
    breaks(
        "a trustline that is frozen keeps payments waiting",
        "services/check_root",
        "        if not account.kin_authorized:",
        "        if account.kin_held < 0:",
        f"{ROOT}::test_payments_wait_while_root_cannot_pay_and_go_on_when_it_can",
    ),
    breaks(
        "a root account whose key may not sign keeps payments waiting",
        "services/check_root",
        "        if not account.signs_payments:",
        "        if account.kin_held < 0:",
        f"{ROOT}::test_payments_wait_while_root_cannot_pay_and_go_on_when_it_can",
    ),
    breaks(
        "what is ours passes when it is mended",
        "services/check_root",
        "        self._health.good(SENDING)\n",
        "",
        f"{SEND}::test_what_is_ours_and_passing_holds_payments_until_it_is_mended",
        "services/test_settle_payments.py::test_a_payment_that_waited_for_us_is_paid_when_it_is_mended",
    ),
    breaks(
        "a payment larger than what root has waits alone",
        "storage/submissions",
        ".where(ACCEPTED, payments.c.amount <= most)",
        ".where(ACCEPTED)",
        f"{ROOT}::test_a_payment_larger_than_what_root_has_waits_alone",
    ),
    breaks(
        "a silent Horizon changes nothing of what is known of root",
        "services/check_root",
        "        except LedgerUnavailable:\n            return\n",
        "        except LedgerUnavailable:\n            account = None\n",
        f"{ROOT}::test_a_silent_horizon_changes_nothing",
    ),
    breaks(
        "what blocks keeps payments from being sent",
        "services/health",
        "return all(check.ok or not check.blocking for check in self.checks.values())",
        "return any(check.ok or not check.blocking for check in self.checks.values())",
        "services/test_health.py::test_only_what_blocks_keeps_payments_waiting",
    ),
    breaks(
        "what is held keeps the others waiting until it is decided about",
        "services/held",
        '        self._health.bad(HELD, f"{what}; all others wait until then")\n',
        "",
        "services/test_held.py::test_the_others_wait_until_what_is_held_has_been_tried_again",
    ),
    breaks(
        "all that is held must be decided about",
        "services/held",
        "        if not (self._payments or self._wallets):\n            self._health.good(HELD)",
        "        if not self._wallets:\n            self._health.good(HELD)",
        "services/test_held.py::test_the_others_wait_until_what_is_held_has_been_tried_again",
    ),
    breaks(
        "what is on the ledger after all is not tried again by an operator",
        "services/not_landed",
        "    if transaction is not None and transaction.failure is None:",
        "    if transaction is not None and transaction.failure is not None:",
        f"{RETRY}::test_one_whose_attempt_has_paid_after_all_is_not_tried_again",
    ),
    breaks(
        "a Horizon that does not show the failure proves nothing to an operator",
        "services/not_landed",
        "    if transaction is None and attempt.state is not AttemptState.EXPIRED:",
        "    if transaction is None and attempt.state is AttemptState.EXPIRED:",
        f"{RETRY}::test_a_horizon_that_does_not_show_the_failure_proves_nothing",
    ),
    breaks(
        "what may still land is not tried again by an operator",
        "services/payment_story",
        """            and self.payment.reason is not None
            and self.open_attempt is None
""",
        "",
        f"{RETRY}::test_one_that_is_on_its_way_is_not_tried_again",
    ),
    breaks(
        "what an attempt has paid is not tried again, says the database too",
        "storage/stories",
        "payments.c.reason == reason, ~may_have_paid)",
        "payments.c.reason == reason)",
        f"{RETRY}::test_the_database_tries_nothing_again_that_may_have_been_paid",
    ),
    breaks(
        "what changed since an operator looked at it is left as it is",
        "storage/stories",
        "_TRIED_AGAIN, payments.c.reason == reason, ~may_have_paid)",
        "_TRIED_AGAIN, ~may_have_paid)",
        f"{RETRY}::test_what_changed_since_it_was_judged_is_left_as_it_is",
    ),
    breaks(
        "a Horizon of another network decides nothing for an operator",
        "services/not_landed",
        "    if serves != passphrase:",
        "    if not serves:",
        f"{RETRY}::test_a_horizon_of_another_network_or_that_is_silent_decides_nothing",
    ),
)
