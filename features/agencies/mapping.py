"""The mapping of an agency: its exports, its ladder and its rules, as one YAML file.

The rule that must not break: a new agency is a new file and no code, so everything that can be
wrong in the file is reported here by file and line, before a row is read. `docs/mapping.md` is the
reference of the language.
"""

from pathlib import Path

from pydantic import ValidationError

from features.agencies.consistency import check
from features.agencies.declaration import Mapping
from features.documents.document import Document
from features.documents.refusal import read_text, refusal
from features.errors import MappingError

__all__ = ["Mapping", "load_mapping", "parse_mapping"]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    MappingError
        If the file is absent, is no UTF-8 text, or is wrong at a line.
    """
    return parse_mapping(read_text(path, "mapping", MappingError), path.name)


def parse_mapping(text: str, name: str) -> Mapping:
    """Read the text of a mapping file; `name` is what messages call it.

    Raises
    ------
    MappingError
        If it is wrong: file and line, what was found, what exists, the closest match.
    """
    document = Document(text, name)
    try:
        mapping = Mapping.model_validate(document.data)
    except ValidationError as error:
        raise refusal(document, error, Mapping) from None
    mapping._document, mapping._text = document, text
    check(mapping, document)
    return mapping
