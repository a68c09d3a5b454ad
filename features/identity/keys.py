"""Keys of an identity store: one file outside the home, readable by its owner only.

The rule that must not break: a key is made once, with its store. Where a store is there and its key
is not, nothing is opened and no new key is made in its place.
"""

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from features.errors import IdentityError

_KEY_BYTES, _NONCE_BYTES = 32, 12
_OTHERS = 0o077


@dataclass(frozen=True)
class Key:
    """A secret of 32 bytes, from which one for each purpose is derived.

    Parameters
    ----------
    key_id : str
        What the store calls it; tells nothing of the secret.
    secret : bytes
    """

    key_id: str
    secret: bytes

    @classmethod
    def new(cls) -> "Key":
        """A key that nobody had before."""
        return cls(secrets.token_hex(8), secrets.token_bytes(_KEY_BYTES))

    def digest(self, kind: str, text: str) -> str:
        """HMAC-SHA256 of a text of a kind: the same text is found again, and read by nobody."""
        return hmac.digest(self._for_digests, f"{kind}\0{text}".encode(), "sha256").hex()

    def seal(self, kind: str, text: str) -> bytes:
        """A text encrypted with AES-256-GCM; it opens as a text of this kind only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, text.encode(), kind.encode())

    def opened(self, kind: str, sealed: bytes) -> str:
        """The text that was sealed.

        Raises
        ------
        IdentityError
            If it was changed, or sealed with another key or as another kind.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._sealer.decrypt(nonce, rest, kind.encode()).decode()
        except InvalidTag:
            raise IdentityError(
                "an entry cannot be opened with the key",
                where="identity store",
                expected="entries as this store wrote them",
                remedy="restore the store from a backup",
            ) from None

    def secret_for(self, purpose: str) -> bytes:
        """A secret of 32 bytes for something else of the same agency; changes with a rotation."""
        return hmac.digest(self.secret, f"for {purpose}".encode(), "sha256")

    @cached_property
    def _for_digests(self) -> bytes:
        return hmac.digest(self.secret, b"digest", "sha256")

    @cached_property
    def _sealer(self) -> AESGCM:
        return AESGCM(hmac.digest(self.secret, b"seal", "sha256"))


class KeyFile:
    """The keys of one store: that in use, and retired ones that older backups need.

    Parameters
    ----------
    path : Path
        Outside the home, so that a copy of the home tells nobody who is who.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> Key:
        """Make the file with a first key."""
        key = Key.new()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write([key])
        return key

    def get(self, key_id: str) -> Key:
        """The key of that id.

        Raises
        ------
        IdentityError
            If the file is absent, open to others, no list of keys, or lacks the key.
        """
        found = {key.key_id: key for key in self._keys()}
        if key_id not in found:
            raise IdentityError(
                "the key of the identity store is not in the file",
                where=str(self.path),
                remedy="restore the key file from its backup",
            )
        return found[key_id]

    def add(self, key: Key) -> None:
        """Add a key behind the others."""
        self._write([*self._keys(), key])

    def forget_all_but(self, key_id: str) -> int:
        """Drop the other keys; how many they were."""
        keys = self._keys()
        kept = [key for key in keys if key.key_id == key_id]
        self._write(kept)
        return len(keys) - len(kept)

    def _keys(self) -> list[Key]:
        try:
            if self.path.stat().st_mode & _OTHERS:
                raise IdentityError(
                    "others may read the key of the identity store",
                    where=str(self.path),
                    remedy=f"chmod 600 {self.path}",
                )
            written = json.loads(self.path.read_text(encoding="utf-8"))
            return [Key(name, base64.b64decode(text)) for name, text in written["keys"].items()]
        except FileNotFoundError:
            remedy = "restore the key file from its backup, or set SUKSESI_KEY_DIR to its folder"
            what = "the key of the identity store is not there"
        except PermissionError:
            remedy = "ask who may open identities; the key is readable by its owner only"
            what = "this account may not read the key of the identity store"
        except (ValueError, KeyError, AttributeError, TypeError):
            remedy = "restore the key file from its backup"
            what = "is no list of keys"
        raise IdentityError(what, where=str(self.path), remedy=remedy)

    def _write(self, keys: list[Key]) -> None:
        """Replace the file in one step; nobody else can read it at any moment."""
        text = {key.key_id: base64.b64encode(key.secret).decode() for key in keys}
        beside = self.path.with_name(f".{self.path.name}")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"keys": text}, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
