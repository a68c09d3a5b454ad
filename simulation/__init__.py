"""A whole agency whose truth is known: who would succeed where, and who was passed over unfairly.

Everything here is invented: no row stands for a real person. The rule that must not break: this
package imports nothing of ours, and what it writes into a truth folder is read by
`simulation.report` and by `training.protocol`, by nothing else.
"""
