"""The catalogue in PostgreSQL with pgvector."""
