"""Notices are opened with the key of the registration that is in force, or not at all."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.wire.cipher import Keyring, seal, unseal
from kis_core.wire.frames import Ack, Sealed

KEY, IV = "k" * 32, "i" * 16


def ack(tr_id: str, key: str, iv: str, ok: bool = True) -> Ack:
    return Ack(tr_id, "hts", ok, "OPSP0000", "SUBSCRIBE SUCCESS", "N", iv, key)


@given(st.text(max_size=300))
def test_what_is_sealed_can_be_opened(text: str) -> None:
    assert unseal(seal(text, KEY, IV), KEY, IV) == text


def test_the_cipher_is_aes_256_cbc_with_pkcs7_padding() -> None:
    # Computed with `openssl enc -aes-256-cbc -K <key> -iv <iv> -base64`.
    assert seal("12345678^01", KEY, IV) == "+NO3q9IY/fnIeFrUO7FfYA=="


@given(st.text(max_size=100))
def test_rubbish_raises_nothing_else(ciphertext: str) -> None:
    with suppress(FrameError):
        unseal(ciphertext, KEY, IV)


@pytest.mark.parametrize("key", ["", "short", "k" * 31 + "한"])
def test_a_key_of_the_wrong_size_is_an_error(key: str) -> None:
    with pytest.raises(FrameError):
        unseal(seal("text", KEY, IV), key, IV)


def test_the_newest_answer_brings_the_key_in_force() -> None:
    ring = Keyring()
    ring.learn(ack("H0STCNI0", "o" * 32, IV))
    ring.learn(ack("H0STCNI9", "p" * 32, IV))
    ring.learn(ack("H0STCNI0", KEY, IV))
    ring.learn(ack("H0STCNI0", "x" * 32, IV, ok=False))
    assert ring.open(Sealed("H0STCNI0", 1, seal("a^b", KEY, IV))) == "a^b"


def test_a_sealed_frame_without_a_key_is_an_error() -> None:
    with pytest.raises(FrameError, match="no key came"):
        Keyring().open(Sealed("H0STCNI0", 1, seal("a", KEY, IV)))
