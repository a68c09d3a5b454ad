"""The report after an ingest: what the record holds and lacks, contradictions, and changes."""
