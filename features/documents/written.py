"""What every piece of a mapping file shares: unknown keys are refused, nothing changes later."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Written(BaseModel):
    """A piece of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Words(Written):
    """A sentence or title in both languages."""

    id: str
    en: str


def listed(value: Any) -> Any:
    """A single thing as a list of one: `a` may be written for `[a]`."""
    return value if isinstance(value, list | tuple) or value is None else [value]
