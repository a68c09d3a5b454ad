"""A policy pack: what law and agency decide, as one YAML file.

The rule that must not break: everything that can be wrong in the file is reported here by file and
line, before it meets a person. `docs/policy-packs.md` is the reference of the language.
"""

from pathlib import Path

from pydantic import ValidationError

from features.documents.document import Document
from features.documents.refusal import read_text, refusal
from features.errors import PackError
from features.packs.consistency import check
from features.packs.declaration import Pack

__all__ = ["Pack", "load_pack", "parse_pack"]

GUIDE = "docs/policy-packs.md"


def load_pack(path: Path) -> Pack:
    """Read a pack file.

    Raises
    ------
    PackError
        If the file is absent, is no UTF-8 text, or is wrong at a line.
    """
    return parse_pack(read_text(path, "policy pack", PackError), path.name)


def parse_pack(text: str, name: str) -> Pack:
    """Read the text of a pack; `name` is what messages call it.

    Raises
    ------
    PackError
        If it is wrong: file and line, what was found, what exists, the closest match.
    """
    document = Document(text, name, PackError, GUIDE)
    try:
        pack = Pack.model_validate(document.data)
    except ValidationError as error:
        raise refusal(document, error, Pack) from None
    pack._document, pack._text = document, text
    check(pack, document)
    return pack
