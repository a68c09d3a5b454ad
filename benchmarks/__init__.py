"""Figures of speed and memory that a reader can reproduce with one command: `make bench`."""
