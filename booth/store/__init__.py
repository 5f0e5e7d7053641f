"""All that survives a power cut: files, SQLite, the outbox. The only room that knows SQL."""
