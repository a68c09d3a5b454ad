"""The identity linter: no table that leaves the protected side holds who somebody is.

The rule that must not break: a copy is refused however it is written, a resemblance is reported,
and what is not held is called not auditable; nothing is inferred about anybody.
"""
