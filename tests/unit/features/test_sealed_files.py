"""What is opened is what was sealed, or nothing."""

import stat
from pathlib import Path

import pytest

from features.agencies import sealed_files
from features.agencies.sealed_files import DamagedError, seal, unseal

SECRET, OTHER = bytes(range(32)), bytes(32)
STORED = 12 + 10 + 16


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealed_files, "_PIECE", 10)


@pytest.fixture
def sealed(tmp_path: Path):
    """Seal a content; where it lies."""

    def _sealed(content: bytes) -> Path:
        (tmp_path / "plain").write_bytes(content)
        seal(tmp_path / "plain", tmp_path / "sealed", SECRET, "rows")
        return tmp_path / "sealed"

    return _sealed


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 35])
def test_what_was_sealed_comes_back(sealed, tmp_path, size):
    content = bytes(range(size))
    unseal(sealed(content), tmp_path / "opened", SECRET, "rows")
    assert (tmp_path / "opened").read_bytes() == content


def test_nothing_of_it_can_be_read_and_nobody_else_may_try(sealed):
    path = sealed(b"Ann Of Elsewhere " * 20)
    assert b"Ann" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content[:STORED],
        lambda content: content[: 2 * STORED],
        lambda content: b"",
        lambda content: content[STORED:],
        lambda content: content[STORED : 2 * STORED] + content[:STORED] + content[2 * STORED :],
        lambda content: content[:20] + bytes([content[20] ^ 1]) + content[21:],
        lambda content: content + content[:STORED],
    ],
)
def test_what_was_changed_is_not_opened(sealed, tmp_path, change):
    path = sealed(bytes(range(25)))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DamagedError):
        unseal(path, tmp_path / "opened", SECRET, "rows")


@pytest.mark.parametrize(("secret", "label"), [(OTHER, "rows"), (SECRET, "malformed")])
def test_another_key_or_label_does_not_open_it(sealed, tmp_path, secret, label):
    with pytest.raises(DamagedError):
        unseal(sealed(b"anything"), tmp_path / "opened", secret, label)
