"""The one place where parts meet: built from the settings, started in order, stopped in reverse."""
