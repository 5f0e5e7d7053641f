"""Procedural products on a lit tray: what the simulated cameras see, with the truth about every pixel."""
