"""Which tests one worker runs after another: those of a group, else those of a file.

The rule that must not break: what a file makes once, a model, a record or a question put together,
is made by one worker; dealt out test by test each of them would make it.
"""

from xdist.scheduler.loadgroup import LoadGroupScheduling


class ByFile(LoadGroupScheduling):
    """As `--dist loadgroup`, and a test that names no group belongs to its file."""

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        return nodeid.split("::")[0] if group == nodeid else group
