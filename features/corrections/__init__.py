"""Corrections that people make to the record by hand, as a dated layer over the exports."""
