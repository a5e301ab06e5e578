"""The encryption of order notices: AES-256-CBC, PKCS#7, base64. Nothing else is encrypted.

Key (32 characters) and iv (16) come with the answer to the registration and change with the next
one. Both are used as UTF-8 text, not decoded.
"""

import base64
import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from kis_core.errors import FrameError
from kis_core.wire.frames import Ack, Sealed

_BLOCK_BYTES = 16


def seal(text: str, key: str, iv: str) -> str:
    """Return the ciphertext of a payload, in base64."""
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode())).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def unseal(ciphertext: str, key: str, iv: str) -> str:
    """Return the payload of a ciphertext, or raise FrameError."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        decryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode())).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except (ValueError, binascii.Error) as error:  # UnicodeDecodeError is a ValueError
        raise FrameError(f"cannot decrypt with the key of this registration: {error}", "") from None


class Keyring:
    """The keys of the registrations heard so far, by TR id. The newest answer wins."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, str]] = {}

    def learn(self, ack: Ack) -> None:
        """Remember what an answer to a registration brought."""
        if ack.ok and ack.key and ack.iv:
            self._keys[ack.tr_id] = (ack.key, ack.iv)

    def open(self, sealed: Sealed) -> str:
        """Return the payload of a sealed frame, or raise FrameError."""
        if sealed.tr_id not in self._keys:
            raise FrameError(f"{sealed.tr_id} sealed, but no key came for it", sealed.ciphertext)
        return unseal(sealed.ciphertext, *self._keys[sealed.tr_id])
