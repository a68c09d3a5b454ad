"""A document as read: plain data, and the line that each piece stands on.

The rule that must not break: every scalar is text exactly as written. `01`, `no`, `2020-01-01`
and `1e3` are codes of somebody's export, never a number, a truth value or a date; only an unquoted
`null`, `~` or nothing at all means nothing.
"""

import difflib
from collections.abc import Iterable
from typing import Any

import yaml

from features.errors import DocumentError, MappingError

Path = tuple[str | int, ...]
Data = dict[str, Any] | list[Any] | str | None

_NOTHING = ("", "~", "null")
#: More than any mapping needs; an alias that stands for aliases can ask for billions.
MOST_PIECES = 100_000


class Document:
    r"""A YAML text with line marks.

    Parameters
    ----------
    text : str
    name : str
        What messages call the file.
    error : type[DocumentError]
        What is raised.
    guide : str
        The page that describes the document.

    Raises
    ------
    DocumentError
        If the text is no YAML, is no list of sections, or says a thing twice.

    Examples
    --------
    >>> document = Document("agency: harbour\nladder:\n- {post_class: A}\n", "h.yaml")
    >>> document.data["ladder"]
    [{'post_class': 'A'}]
    >>> document.where(("ladder", 0, "post_class"))
    'h.yaml, line 3'
    """

    def __init__(
        self,
        text: str,
        name: str,
        error: type[DocumentError] = MappingError,
        guide: str = "docs/mapping.md",
    ) -> None:
        self.name, self.error, self.guide = name, error, guide
        self._lines: dict[Path, int] = {}
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except RecursionError:
            raise error("sections are nested too deeply", where=name) from None
        except yaml.MarkedYAMLError as found:
            mark = found.problem_mark or found.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            raise error(f"not YAML: {found.problem or found.context}", where=name + line) from None
        except yaml.YAMLError as found:
            raise error(f"not YAML: {found}".splitlines()[0], where=name) from None
        if not isinstance(root, yaml.MappingNode):
            raise error(
                "holds no sections",
                where=name,
                expected=f"sections at the left edge, see {guide}",
            )
        self._n_pieces = 0
        self.data = self._plain(root, ())

    def where(self, path: Path) -> str:
        """File and line of a piece, or of the nearest written piece around it."""
        line, here = 1, ()
        for step in path:
            if (*here, step) in self._lines:
                here = (*here, step)
                line = self._lines[here]
            elif not isinstance(step, int):
                break
        return f"{self.name}, line {line}"

    def at(self, path: Path) -> Data:
        """The piece at a place; nothing where there is none."""
        piece: Any = self.data
        for step in path:
            inside = isinstance(piece, dict) or (
                isinstance(piece, list) and isinstance(step, int) and step < len(piece)
            )
            piece = piece.get(step) if isinstance(piece, dict) else piece[step] if inside else None
        return piece

    def path_of(self, steps: Iterable[str | int]) -> Path:
        """The place that a model speaks of, without the names of the kinds of a thing.

        Where a section is of one of several kinds, pydantic puts the kind between the section and
        its key, although nobody wrote it there.
        """
        path: Path = ()
        for step in steps:
            piece = self.at(path)
            is_kind = isinstance(piece, dict) and step not in piece and step in piece.values()
            path = path if is_kind else (*path, step)
        return path

    def unknown(self, kind: str, found: str, existing: Iterable[str], path: Path) -> DocumentError:
        """The error for a name that does not exist: what was found, what exists, the closest."""
        names = sorted(existing)
        close = difflib.get_close_matches(found, names, n=1, cutoff=0.5)
        return self.error(
            f"unknown {kind} {found!r}",
            where=self.where(path),
            expected=f"one of {', '.join(names)}" if names else f"no {kind} exists here",
            remedy=f"perhaps {close[0]!r} was meant" if close else None,
        )

    def _plain(self, node: yaml.Node, path: Path) -> Data:
        self._lines.setdefault(path, node.start_mark.line + 1)
        self._n_pieces += 1
        if self._n_pieces > MOST_PIECES:
            raise self.error(
                f"holds more than {MOST_PIECES:,} pieces, aliases written out", where=self.name
            )
        if isinstance(node, yaml.ScalarNode):
            return None if node.style is None and node.value in _NOTHING else node.value
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, i)) for i, item in enumerate(node.value)]
        data: dict[str, Data] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self.error("a key is a list or a section", where=f"{self.name}, line {line}")
            name = str(key.value)
            if name in data:
                raise self.error(f"says {name!r} twice", where=f"{self.name}, line {line}")
            self._lines[(*path, name)] = line
            data[name] = self._plain(value, (*path, name))
        return data
