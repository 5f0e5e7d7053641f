"""Training of the networks that the booth runs; the only place where torch is imported."""
