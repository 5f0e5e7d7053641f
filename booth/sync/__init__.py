"""The nightly way to central storage: uploads, receipts, eviction."""
