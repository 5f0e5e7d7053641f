"""Made-up catalogues and what people would type to find their products: the same bytes for the same seed."""
