"""Files sealed with a key, piece by piece, so that none has to fit into memory.

The rule that must not break: what is opened is what was sealed, whole and in order, under the same
label; anything else is refused.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PIECE, _NONCE, _TAG = 8_000_000, 12, 16


class DamagedError(Exception):
    """A sealed file that was changed, cut off, or sealed with another key or label."""


def seal(plain: Path, sealed: Path, secret: bytes, label: str) -> None:
    """Seal a file with AES-256-GCM.

    Parameters
    ----------
    plain, sealed : Path
    secret : bytes
        32 bytes.
    label : str
        What the file is; it opens under this label only.
    """
    cipher = AESGCM(secret)
    with plain.open("rb") as source, _private(sealed) as target:
        for place, (piece, is_last) in enumerate(_pieces(source, _PIECE)):
            nonce = secrets.token_bytes(_NONCE)
            target.write(nonce + cipher.encrypt(nonce, piece, _about(label, place, is_last)))


def unseal(sealed: Path, plain: Path, secret: bytes, label: str) -> None:
    """Open a sealed file into another one.

    Raises
    ------
    DamagedError
        Nothing of what was written then may be used.
    """
    cipher = AESGCM(secret)
    with sealed.open("rb") as source, _private(plain) as target:
        for place, (piece, is_last) in enumerate(_pieces(source, _NONCE + _PIECE + _TAG)):
            nonce, rest = piece[:_NONCE], piece[_NONCE:]
            try:
                target.write(cipher.decrypt(nonce, rest, _about(label, place, is_last)))
            except (InvalidTag, ValueError):
                raise DamagedError(sealed.name) from None


def _pieces(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of a file, at least one, each with whether it is the last."""
    piece = file.read(size)
    while following := file.read(size):
        yield piece, False
        piece = following
    yield piece, True


def _about(label: str, place: int, is_last: bool) -> bytes:
    return f"{label}/{place}/{is_last}".encode()


def _private(path: Path) -> BinaryIO:
    """A new file for the eyes of this account only."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    return os.fdopen(handle, "wb")
