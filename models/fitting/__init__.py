"""Fits the few numbers that weigh evidence against evidence, on made-up products."""
