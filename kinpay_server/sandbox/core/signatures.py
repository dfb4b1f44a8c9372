"""Who has signed: weights, thresholds, and that no signature is superfluous (core's SignatureChecker)."""

import hashlib
import struct

from nacl.bindings import crypto_sign_open

from .entries import Account
from .envelope import Envelope

ED25519, PRE_AUTH, HASH_X, PAYLOAD = 0, 1, 2, 3
LOW, MEDIUM, HIGH = 1, 2, 3


def ed25519_key(account_id: bytes) -> bytes:
    """The SignerKey in XDR of a plain public key."""
    return b"\0\0\0\0" + account_id


def signers_of(account: Account) -> list[tuple[bytes, int]]:
    """All signers with their weights; the master key too unless it is switched off."""
    found = [(s.key, min(s.weight, 255)) for s in account.signers]
    if account.thresholds[0]:
        found.append((ed25519_key(account.id), account.thresholds[0]))
    return found


class SignatureChecker:
    """Checks one transaction's signatures and remembers which of them were of use."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.used = [False] * len(envelope.signatures)

    def reaches(self, account: Account, level: int) -> bool:
        """Whether the account's signers have signed with the weight that this level wants."""
        if not account.signers:
            return self._master_reaches(account, account.thresholds[level])
        return self.weight_reached(signers_of(account), account.thresholds[level])

    def _master_reaches(self, account: Account, needed: int) -> bool:
        """The same for the usual account, which only its own key signs for."""
        weight, public = account.thresholds[0], account.id
        if weight:
            hint = public[-4:]
            for index, (given, signature) in enumerate(self.envelope.signatures):
                if given == hint and self._verified(index, signature, public, self.envelope.hash):
                    self.used[index] = True
                    return weight >= needed
        return False

    def weight_reached(self, signers: list[tuple[bytes, int]], needed: int) -> bool:
        """Whether these signers have signed with that weight together; 0 still wants one of them."""
        total = 0
        envelope = self.envelope
        for key, weight in signers:
            if key[3] == PRE_AUTH and key[4:] == envelope.hash:
                total += weight
                if total >= needed:
                    return True
        left = sorted((s for s in signers if s[0][3] != PRE_AUTH), key=lambda s: s[0][3] != HASH_X)
        for kind in (HASH_X, ED25519, PAYLOAD):
            for index, (hint, signature) in enumerate(envelope.signatures):
                for signer in left:
                    if signer[0][3] == kind and self._fits(index, hint, signature, signer[0]):
                        self.used[index] = True
                        total += signer[1]
                        if total >= needed:
                            return True
                        left.remove(signer)
                        break
        return False

    def all_used(self) -> bool:
        """Whether every signature was needed by somebody."""
        return all(self.used)

    def _fits(self, index: int, hint: bytes, signature: bytes, key: bytes) -> bool:
        kind = key[3]
        if kind == ED25519:
            return hint == key[-4:] and self._verified(index, signature, key[4:36], self.envelope.hash)
        if kind == HASH_X:
            return hint == key[-4:] and hashlib.sha256(signature).digest() == key[4:]
        length = struct.unpack_from(">I", key, 36)[0]
        payload = key[40 : 40 + length]
        tail = payload[-4:].ljust(4, b"\0") if len(payload) >= 4 else payload.ljust(4, b"\0")
        wanted = bytes(a ^ b for a, b in zip(key[32:36], tail, strict=True))
        return hint == wanted and self._verified(index, signature, key[4:36], payload)

    def _verified(self, index: int, signature: bytes, public: bytes, message: bytes) -> bool:
        known = self.envelope.verified
        found = known.get((index, public))
        if found is None:
            found = known[index, public] = signed(public, message, signature)
        return found


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is that key's signature of the message."""
    if len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except Exception:
        return False
    return True
