"""Charts and pages: what people are shown, made of tables that others have worked out.

The rule that must not break: nothing is computed here that a claim rests on; a picture shows the
numbers of its table, and a page reaches for nothing outside itself.
"""
