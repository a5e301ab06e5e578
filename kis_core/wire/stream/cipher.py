"""The encryption of order notices: AES-256-CBC, PKCS#7, base64. Nothing else is encrypted.

Key (32 characters) and iv (16) come with the answer to the registration and change with the next
one. Both are used as UTF-8 text, not decoded.
"""

from binascii import a2b_base64, b2a_base64
from contextlib import suppress

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from kis_core.errors import FrameError
from kis_core.wire.stream.frames import Ack, Sealed

_BLOCK_BYTES = 16
_PADDINGS = (b"", *(bytes([n]) * n for n in range(1, _BLOCK_BYTES + 1)))


def seal(text: str, key: str, iv: str) -> str:
    """Return the ciphertext of a payload, in base64."""
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode())).encryptor()
    return b2a_base64(encryptor.update(padded) + encryptor.finalize(), newline=False).decode()


def unseal(ciphertext: str, key: str, iv: str) -> str:
    """Return the payload of a ciphertext, or raise FrameError."""
    return Lock(key, iv).open(ciphertext)


class Lock:
    """What opens the frames of one registration. Raises FrameError for a key that is none.

    One decryption runs on through all its frames, for making one costs more than using it: in CBC
    a block is undone with the ciphertext before it, so each frame is handed over behind the iv,
    and what comes out for the iv itself is left away.
    """

    def __init__(self, key: str, iv: str) -> None:
        try:
            self._iv = iv.encode()
            cipher = Cipher(algorithms.AES(key.encode()), modes.CBC(self._iv))
        except ValueError as error:  # of the wrong size, or no UTF-8
            raise FrameError(f"no key of a registration: {error}", "") from None
        self._update = cipher.decryptor().update

    def open(self, ciphertext: str) -> str:
        """Return the payload of a ciphertext, or raise FrameError."""
        try:
            sealed = a2b_base64(ciphertext, strict_mode=True)
        except ValueError as error:  # binascii.Error is one, and so is a text that is not ASCII
            raise FrameError(f"not base64: {error}", ciphertext) from None
        if not sealed or len(sealed) % _BLOCK_BYTES:  # half a block would stay and spoil the next
            raise FrameError(f"{len(sealed)} bytes, expected whole blocks", ciphertext)
        padded = self._update(self._iv + sealed)
        padding = padded[-1]
        if not 0 < padding <= _BLOCK_BYTES or not padded.endswith(_PADDINGS[padding]):
            raise FrameError("cannot decrypt with the key of this registration", ciphertext)
        try:
            return padded[_BLOCK_BYTES:-padding].decode()
        except UnicodeDecodeError:
            raise FrameError("decrypts to no text with this key", ciphertext) from None


class Keyring:
    """The locks of the registrations in force, by TR id and key. A new answer replaces the old.

    A frame names its TR alone. Where one TR is registered under several keys (HTS ids), the newest
    lock that opens it is the right one.
    """

    def __init__(self) -> None:
        self._locks: dict[str, dict[str, Lock]] = {}

    def learn(self, ack: Ack) -> None:
        """Remember what an answer to a registration brought; forget a registration that ended."""
        if ack.ends:
            self._locks.get(ack.tr_id, {}).pop(ack.tr_key, None)
        elif ack.ok and ack.key and ack.iv:
            locks = self._locks.setdefault(ack.tr_id, {})
            locks.pop(ack.tr_key, None)
            with suppress(FrameError):  # a key that is none opens nothing
                locks[ack.tr_key] = Lock(ack.key, ack.iv)

    def open(self, sealed: Sealed) -> str:
        """Return the payload of a sealed frame, or raise FrameError."""
        return self.unsealed(sealed.tr_id, sealed.ciphertext)

    def unsealed(self, tr_id: str, ciphertext: str) -> str:
        """Return the payload of a ciphertext that came for a TR, or raise FrameError."""
        wrong: FrameError | None = None
        for lock in reversed(self._locks.get(tr_id, {}).values()):
            try:
                return lock.open(ciphertext)
            except FrameError as error:
                wrong = error
        raise wrong or FrameError(f"{tr_id} sealed, but no key came for it", ciphertext)
