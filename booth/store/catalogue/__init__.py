"""The embedded catalogue index: SQLite holds the truth, files beside it are made from it for the searches."""
