"""From a score to an outcome: thresholds under a false-alarm budget, and the table of what is tolerated."""
