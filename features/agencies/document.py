"""A mapping file as read: plain data, and the line that each piece stands on.

The rule that must not break: every scalar is text exactly as written. `01`, `no`, `2020-01-01`
and `1e3` are codes of somebody's export, never a number, a truth value or a date; only an unquoted
`null`, `~` or nothing at all means nothing.
"""

import difflib
from collections.abc import Iterable
from typing import Any

import yaml

from features.errors import MappingError

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

    Raises
    ------
    MappingError
        If the text is no YAML, is no list of sections, or says a thing twice.

    Examples
    --------
    >>> document = Document("agency: harbour\nladder:\n- {post_class: A}\n", "h.yaml")
    >>> document.data["ladder"]
    [{'post_class': 'A'}]
    >>> document.where(("ladder", 0, "post_class"))
    'h.yaml, line 3'
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._lines: dict[Path, int] = {}
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except RecursionError:
            raise MappingError("sections are nested too deeply", where=name) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            raise MappingError(
                f"not YAML: {error.problem or error.context}", where=name + line
            ) from None
        except yaml.YAMLError as error:
            raise MappingError(f"not YAML: {error}".splitlines()[0], where=name) from None
        if not isinstance(root, yaml.MappingNode):
            raise MappingError(
                "holds no sections",
                where=name,
                expected="`agency:`, `sources:`, `tables:` and so on, see docs/mapping.md",
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

    def unknown(self, kind: str, found: str, existing: Iterable[str], path: Path) -> MappingError:
        """The error for a name that does not exist: what was found, what exists, the closest."""
        names = sorted(existing)
        close = difflib.get_close_matches(found, names, n=1, cutoff=0.5)
        return MappingError(
            f"unknown {kind} {found!r}",
            where=self.where(path),
            expected=f"one of {', '.join(names)}" if names else f"no {kind} exists here",
            remedy=f"perhaps {close[0]!r} was meant" if close else None,
        )

    def _plain(self, node: yaml.Node, path: Path) -> Data:
        self._lines.setdefault(path, node.start_mark.line + 1)
        self._n_pieces += 1
        if self._n_pieces > MOST_PIECES:
            raise MappingError(
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
                raise MappingError(
                    "a key is a list or a section", where=f"{self.name}, line {line}"
                )
            name = str(key.value)
            if name in data:
                raise MappingError(f"says {name!r} twice", where=f"{self.name}, line {line}")
            self._lines[(*path, name)] = line
            data[name] = self._plain(value, (*path, name))
        return data
