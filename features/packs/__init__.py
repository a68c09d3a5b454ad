"""Policy packs: what law and agency decide, as versioned, dated and cited data.

A pack is read here and evaluated in `features.policy`; nothing in this room knows a person.
"""
