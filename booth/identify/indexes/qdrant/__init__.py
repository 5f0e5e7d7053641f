"""The catalogue in Qdrant."""
