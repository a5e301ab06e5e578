"""Notices are opened with the key of the registration that is in force, or not at all."""

from base64 import b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.wire.stream.cipher import Keyring, Lock, seal, unseal
from kis_core.wire.stream.frames import Ack, Sealed

KEY, IV = "k" * 32, "i" * 16


def ack(tr_id: str, key: str, iv: str, ok: bool = True, tr_key: str = "hts") -> Ack:
    return Ack(tr_id, tr_key, ok, "OPSP0000", "SUBSCRIBE SUCCESS", "N", iv, key)


def ended(tr_id: str, tr_key: str = "hts") -> Ack:
    return Ack(tr_id, tr_key, True, "OPSP0001", "UNSUBSCRIBE SUCCESS", "N", IV, KEY)


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


@given(st.lists(st.one_of(st.text(max_size=60), st.binary(max_size=60)), max_size=12))
def test_one_lock_opens_frame_after_frame_whatever_came_between(sent: list[str | bytes]) -> None:
    lock = Lock(KEY, IV)
    for text in sent:
        if isinstance(text, str):
            assert lock.open(seal(text, KEY, IV)) == text
            continue
        with suppress(FrameError):  # rubbish, of any length
            lock.open(b64encode(text).decode())


def test_half_a_block_is_an_error_and_does_not_spoil_the_next() -> None:
    lock = Lock(KEY, IV)
    with pytest.raises(FrameError, match="24 bytes, expected whole blocks"):
        lock.open(b64encode(b"x" * 24).decode())
    assert lock.open(seal("next", KEY, IV)) == "next"


@pytest.mark.parametrize("padding", [0, 17, 255])
def test_a_padding_that_cannot_be_is_an_error(padding: int) -> None:
    encryptor = Cipher(algorithms.AES(KEY.encode()), modes.CBC(IV.encode())).encryptor()
    block = encryptor.update(b"x" * 15 + bytes([padding])) + encryptor.finalize()
    with pytest.raises(FrameError, match="cannot decrypt"):
        unseal(b64encode(block).decode(), KEY, IV)


def test_two_ids_under_one_tr_are_each_opened_with_their_own_key() -> None:
    ring = Keyring()
    other = "o" * 32
    ring.learn(ack("H0STCNI0", KEY, IV))
    ring.learn(ack("H0STCNI0", other, IV, tr_key="second"))
    for key in (KEY, other):
        assert ring.open(Sealed("H0STCNI0", 1, seal("a^b", key, IV))) == "a^b"
    ring.learn(ended("H0STCNI0", "second"))
    with pytest.raises(FrameError):
        ring.open(Sealed("H0STCNI0", 1, seal("a^b", other, IV)))
    assert ring.open(Sealed("H0STCNI0", 1, seal("a^b", KEY, IV))) == "a^b"


def test_a_registration_that_ended_leaves_no_key_behind() -> None:
    ring = Keyring()
    ring.learn(ack("H0STCNI0", KEY, IV))
    ring.learn(ended("H0STCNI0"))
    with pytest.raises(FrameError, match="no key came"):
        ring.open(Sealed("H0STCNI0", 1, seal("a", KEY, IV)))


def test_a_key_that_is_none_opens_nothing_and_replaces_the_old() -> None:
    ring = Keyring()
    ring.learn(ack("H0STCNI0", KEY, IV))
    ring.learn(ack("H0STCNI0", "short", IV))
    with pytest.raises(FrameError, match="no key came"):
        ring.open(Sealed("H0STCNI0", 1, seal("a", KEY, IV)))
