"""Measuring what judges the items: rows of evidence, their figures, ablations."""
