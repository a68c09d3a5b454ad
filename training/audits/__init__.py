"""Audits: whether groups of people are treated alike, as far as it can be told.

The rule that must not break: an audit changes no list and no model, and says "cannot tell" where
chance alone could have made what it sees.
"""
