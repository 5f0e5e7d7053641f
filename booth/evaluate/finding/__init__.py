"""Measures how well products are found: codes, words, pictures, and what was learnt."""
