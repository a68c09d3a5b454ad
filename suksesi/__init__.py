"""The command `suksesi`."""
