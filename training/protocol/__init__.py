"""The protocol: what is held against the truth of a simulated agency, and must hold.

The rule that must not break: rooms in here read a truth folder and hand back figures; nothing that
trains, scores or serves reads one.
"""
