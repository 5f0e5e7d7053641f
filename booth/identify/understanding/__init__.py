"""What the words of a query mean: which of them are a brand, a category, a size."""
