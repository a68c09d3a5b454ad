"""Identities: who is behind an issued id, kept apart from everything else.

The rule that must not break: what lies outside this store knows people by ids that say nothing, and
the store says nothing to whoever does not hold its key.
"""
