"""From a record to a registered model and its evidence: cohorts, labels, fits, backtests."""
