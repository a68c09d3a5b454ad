"""The JSON Schema of a policy pack, for editors that check a pack while it is written.

The rule that must not break: `docs/policy-pack.schema.json` is this text, byte for byte.
"""

import json

from features.packs.declaration import Pack


def schema_text() -> str:
    r"""The schema as it is published, in JSON.

    Examples
    --------
    >>> schema_text().startswith('{\n  "$defs": {')
    True
    """
    schema = Pack.model_json_schema(by_alias=True)
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
