"""The pages of the touchscreen, each a function of the item as it stands."""
